"""Translator: it learns what a pair has to do with each other, and is the same after saving, exporting and going on."""

import importlib.util
import re
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from vec2seq.data.files import ReadSettings
from vec2seq.data.pairs import Columns
from vec2seq.data.pieces import BORDER
from vec2seq.data.ragged import Ragged
from vec2seq.errors import UserError
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.context import Run
from vec2seq.run.signals import Interrupted
from vec2seq.tasks import translate_data, translate_search
from vec2seq.tasks.translate import Translator
from vec2seq.tasks.translate_data import numbered, read
from vec2seq.tasks.translating import Translating

pytestmark = [
    pytest.mark.filterwarnings(f"ignore:{told}:UserWarning")  # so little training of so small nets says nothing
    for told in ("the loss does not fall", "it learns the examples by heart", "attention at layer")
]
ENDINGS = {"V;PST": "ed", "V;PRS;3;SG": "s", "V;NFIN": ""}
EPOCHS = {"lstm": 12, "attention": 24, "copy": 8}
EACH = pytest.mark.parametrize("name", ["lstm", "attention"])


def verbs(count: int, seed: int = 0) -> tuple[list[tuple[str, str]], list[str]]:
    """Made verbs and their forms."""
    random = np.random.default_rng(seed)
    stems = ["".join(random.choice(list("abcdefg"), random.integers(2, 6))) for _ in range(count)]
    tags = random.choice(list(ENDINGS), count).tolist()
    return list(zip(stems, tags, strict=True)), [stem + ENDINGS[tag] for stem, tag in zip(stems, tags, strict=True)]


def spoken(count: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """Words, and letter by letter how they sound."""
    (pairs, _), sounds = verbs(count, seed), dict(zip("abcdefg", ("AH", "B", "K", "D", "EH", "F", "G"), strict=True))
    return [stem for stem, _ in pairs], [" ".join(sounds[letter] for letter in stem) for stem, _ in pairs]


def small(name: Any = "lstm", **more: Any) -> Translator:
    how = {"width": 32, "layers": 1, "heads": 2, "dropout": 0.0, "smoothing": 0.0, "epochs": 3, "lr": 0.005}
    return Translator(encoder=name, decoder=name, batch_tokens=256, threads=1, **{**how, **more})  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=["lstm", "attention", "copy"])
def learnt(request: pytest.FixtureRequest) -> Translator:
    copies = request.param == "copy"
    return small("lstm" if copies else request.param, copy="yes" if copies else "no", epochs=EPOCHS[request.param]).fit(
        *verbs(600)
    )


def test_it_learns_to_inflect(learnt: Translator) -> None:
    told = learnt.judgement_["scores"]
    assert [score["metric"] for score in told] == ["exact_match", "cer"]
    (name, base), *_ = learnt.judgement_["baselines"].items()
    assert name == "copying the source"
    assert told[0]["score"] > base["score"] + 0.2
    assert told[0]["low"] <= told[0]["score"] <= told[0]["high"]
    assert set(learnt.judgement_["exposure"]) == {"teacher_forced_error", "free_running_error"}
    X, y = verbs(200, seed=9)
    assert learnt.score(X, y) > 0.6
    assert learnt.score(X, [text + "x" for text in y]) == 0.0


def test_a_small_net_works_by_one_thread_unless_asked() -> None:
    model = small(width=0, epochs=1).fit(*verbs(200))
    model.threads = None
    assert (model.width_, model.own_threads) == (128, 1)
    model.threads = 2
    assert model.own_threads == 2
    model.width_, model.threads = 256, None
    assert model.own_threads is None


def test_candidates_are_the_best_first(learnt: Translator) -> None:
    (answer,) = learnt.answers([("abac", "V;PST")], Translating(candidates=4, beams=6))
    assert answer["input"] == "abac\tV;PST"
    texts, scores = zip(*((one["text"], one["score"]) for one in answer["candidates"]), strict=True)
    assert len(set(texts)) == 4
    assert list(scores) == sorted(scores, reverse=True)
    assert (answer["output"], answer["score"]) == (texts[0], scores[0])
    (greedy,) = learnt.answers(["abac\tV;PST"], Translating(beams=1))
    assert len(greedy["candidates"]) == 1


def test_targets_keep_rules(learnt: Translator, tmp_path: Path) -> None:
    pytest.importorskip("llguidance")
    (tmp_path / "list.txt").write_text("abaced\nabacing\nbad\n")
    source = ("abac", "V;PST")
    free = {
        one["text"]: one["score"] for one in next(learnt.answers([source], Translating(candidates=5)))["candidates"]
    }
    for rules in (
        {"pattern": "[^e]*"},
        {"words": str(tmp_path / "list.txt")},
        {"begin": "abe"},
        {"begin": "ab", "pattern": "[a-z]*g", "words": str(tmp_path / "list.txt")},
    ):
        (answer,) = learnt.answers([source], Translating(candidates=5, **rules))  # type: ignore[arg-type]
        for candidate in answer["candidates"]:
            text = candidate["text"]
            assert re.fullmatch(rules.get("pattern", ".*"), text)
            assert "words" not in rules or re.sub(r"[^a-z]", "", text) in ("", "abaced", "abacing", "bad")
            assert text.startswith(rules.get("begin", ""))
            assert candidate["score"] == pytest.approx(free.get(text, candidate["score"]), rel=1e-4)
    with pytest.raises(UserError, match="no text keeps these rules"):
        learnt.predict([source], Translating(begin="a", pattern="b"))


def test_one_as_many(learnt: Translator) -> None:
    X, _ = verbs(8, seed=4)
    how = Translating(candidates=3)
    for source, answer in zip(X, learnt.answers(X, how), strict=True):
        (alone,) = learnt.answers([source], how)
        assert [one["text"] for one in alone["candidates"]] == [one["text"] for one in answer["candidates"]]
        assert alone["score"] == pytest.approx(answer["score"], abs=1e-5)


def test_coverage_is_that_of_what_was_written(learnt: Translator) -> None:
    source, sides = verbs(1, seed=5)[0], learnt.sides
    (plain,), (found,) = (learnt.answers(source, Translating(beams=1, coverage=factor)) for factor in (0.0, 0.2))
    assert found["output"] == plain["output"]
    row = numbered(map(learnt._row, learnt.sources(source)), sides[0]).padded(np.arange(1))[0].astype(np.int64)
    writer, weights = learnt.writer(row, np.ones(row.shape, bool), 20, True), []
    for piece in [BORDER, *numbered([(found["output"],)], sides[1])[0].tolist()]:
        writer.read(np.array([[piece]]))
        weights.append(writer.attention()[0])
    penalty = 0.2 * np.log(np.clip(np.sum(weights, 0), 1e-9, 1)).sum()
    assert found["score"] == pytest.approx(plain["score"] + penalty, abs=1e-4)
    assert penalty < -1e-4


def test_save_load_export(learnt: Translator, tmp_path: Path) -> None:
    learnt.save(tmp_path / "model")
    again = Translator.load(tmp_path / "model")
    assert again.gives_golden(learnt.golden())
    learnt.export_onnx(tmp_path / "exported")
    exported = Translator.load(tmp_path / "exported")
    assert not hasattr(exported, "net_")
    X, y = verbs(40, seed=5)
    how = Translating(candidates=3, coverage=0.1)
    for model in (again, exported):
        for one, other in zip(model.answers(X, how), learnt.answers(X, how), strict=True):
            assert one == {
                **other,
                "score": pytest.approx(other["score"], abs=1e-4),
                "candidates": [{**own, "score": pytest.approx(own["score"], abs=1e-4)} for own in other["candidates"]],
            }
        assert model.score(X, y) == learnt.score(X, y)
    with pytest.raises(UserError, match="an exported model cannot learn"):
        exported.partial_fit(*verbs(50))


@EACH
def test_a_run_that_goes_on_ends_with_the_same(name: str, tmp_path: Path) -> None:
    whole = small(name, dropout=0.1).fit(*verbs(300))
    stop, notes = threading.Event(), []
    run = Run(Checkpoint(tmp_path / "m.checkpoint"), checkpoint_seconds=1e-3, stop=stop)
    run.progress.note = lambda line: (notes.append(line), stop.set() if "epoch 1" in line else None)[0]  # type: ignore[method-assign]
    with pytest.raises(Interrupted):
        small(name, dropout=0.1).fit(*verbs(300), run=run)
    assert any("epoch 1" in line for line in notes)
    again = Run(Checkpoint(tmp_path / "m.checkpoint"), resume=True)
    found = small(name, dropout=0.1).fit(*verbs(300), run=again)
    assert found.digest == whole.digest
    assert found.history_ == whole.history_
    assert found.judgement_ == whole.judgement_


def test_it_goes_on_with_more_pairs() -> None:
    model = small().fit(*verbs(300))
    before, pieces = model.digest, model.source_
    model.partial_fit(*verbs(300, seed=3))
    assert model.digest != before
    assert model.source_ == pieces
    with pytest.raises(UserError, match="source 1: 1 column of a source, but the model knows 2"):
        model.predict(["abc"])
    with pytest.raises(UserError, match="1 column of a source, but the model knows 2"):
        model.partial_fit(*spoken(150))
    with pytest.raises(UserError, match="1 column of a source, but the model knows 2"):
        small().fit(*verbs(150), valid=spoken(150))
    model.set_params(width=48)
    with pytest.raises(UserError, match="width 48: the model was trained with 32"):
        model.partial_fit(*verbs(300))


def test_sounds_are_pieces_of_their_own(tmp_path: Path) -> None:
    X, y = spoken(600)
    path = tmp_path / "words.tsv"
    path.write_text("".join(f"{one}\t{other}|{other} S\n" for one, other in zip(X, y, strict=True)))
    model = small(epochs=12, references="|").fit(path)
    assert model.target_["pieces"]["name"] == "spaced"
    assert [score["metric"] for score in model.judgement_["scores"]] == ["exact_match", "phoneme_error_rate"]
    assert model.judgement_["scores"][1]["score"] < 0.3
    rows = model.judgement(path)
    assert rows.scores[0].n == len(set(X))
    assert rows.scores[0].file == ""
    for error in rows.errors:
        assert error["place"].startswith(f"{path}:")
        assert error["output"] != error["label"]
    assert model.set_params(metric="phoneme_error_rate").score(path) < 0
    if importlib.util.find_spec("llguidance"):  # pieces have a space before them, texts have none
        assert model.predict(["ab"], Translating(pattern="B( [A-Z]+){2}"))[0].startswith("B ")
    (tmp_path / "asked.txt").write_text("ab\n\nba\n")
    answers = list(model.answers([tmp_path / "asked.txt"]))
    assert [answer["input"] for answer in answers] == ["ab", "", "ba"]
    assert answers[1] == {"input": "", "output": "", "score": 0.0, "candidates": [{"text": "", "score": 0.0}]}


def test_long_texts_are_told_bleu() -> None:
    random = np.random.default_rng(0)
    words = [f"word{number}" for number in range(3000)]
    X = [" ".join(random.choice(words, 9)) for _ in range(300)]
    model = small(epochs=1, max_size=400).fit(X, [text.upper() for text in X])
    assert (model.source_["pieces"]["name"], model.target_["pieces"]["name"]) == ("bpe", "bpe")
    assert [score["metric"] for score in model.judgement_["scores"]] == ["bleu", "chrf"]


def test_what_suits_the_data_is_chosen() -> None:
    inflects, speaks = small(epochs=1).fit(*verbs(150)), small(epochs=1, width=0, layers=0).fit(*spoken(150))
    assert inflects.copies_
    assert inflects.source_["pieces"] == inflects.target_["pieces"]
    assert (inflects.width_, inflects.layers_) == (32, 1)
    assert not speaks.copies_
    assert (speaks.width_, speaks.layers_) == (128, 1)
    few, many = (speaks.set_params(epochs=0, lr=0, batch_tokens=0).settled(np.full(n, 10)) for n in (100, 10**6))
    assert (few.epochs, many.epochs) == (30, 5)
    assert few.batch_tokens < many.batch_tokens
    assert few.lr == many.lr == 3e-3


def test_the_same_source_is_on_one_side() -> None:
    X, y = spoken(150)
    targets = [*y, *(text + " S" for text in y)]
    learnt, out, _ = read([*X, *X], targets, None, ReadSettings(), Columns(), 0.3, 1, Run())
    assert len(learnt) + len(out) == 300
    assert out
    assert {pair.source for pair in learnt}.isdisjoint({pair.source for pair in out})


def test_no_more_are_kept_out_than_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translate_data, "MOST_JUDGED", 40)
    learnt, out, _ = read(*spoken(600), None, ReadSettings(), Columns(), 0.3, 1, Run())
    assert len({pair.source for pair in out}) == 40
    assert len(learnt) == 600 - len(out)


def test_what_is_given_to_judge_by_is_not_learnt(tmp_path: Path) -> None:
    X, y = spoken(150)
    model = small(epochs=1).fit(X, y, valid=spoken(30, seed=5))
    assert model.data_["held_out"] == 30
    assert model.data_["fingerprint_valid"] != model.data_["fingerprint"]
    alone = small(epochs=1).fit(X, y, valid=spoken(30, seed=6))
    assert alone.digest == model.digest


def test_empty_sides_are_left_out_and_told() -> None:
    X, y = spoken(150)
    X[7], y[9] = " ", ""
    with pytest.warns(UserWarning, match=r"source 8, and 1 other: the source or the target is empty: left out"):
        model = small(epochs=1).fit(X, y)
    assert model.data_["pairs"] == 148


def test_columns_and_sources_may_be_empty(learnt: Translator, tmp_path: Path) -> None:
    (tmp_path / "asked.txt").write_text("abac\t\n\n")
    first, second = learnt.answers(tmp_path / "asked.txt")
    assert first["output"] == learnt.predict([("abac", "")])[0]
    assert second["output"] == ""
    assert (first["input"], second["input"]) == ("abac\t", "\t")


@pytest.mark.parametrize("tokenizer", ["words", "spaced", "bpe"])
def test_of_an_empty_source_there_is_an_empty_target(tokenizer: Any) -> None:
    model = small(width=16, epochs=1, source_tokenizer=tokenizer, target_tokenizer="chars", copy="no")
    empty, other = model.fit(*spoken(200)).answers(["", "ab"])
    assert (empty["output"], empty["score"]) == ("", 0.0)
    assert other["score"] < 0


def test_models_together_are_not_saved(learnt: Translator, tmp_path: Path) -> None:
    both = learnt.together([learnt])
    for keep in (both.save, both.export_onnx):
        with pytest.raises(UserError, match="no model of their own"):
            keep(tmp_path / "both")
    assert not (tmp_path / "both").exists()


def test_asking_uses_as_many_threads_as_it_should(learnt: Translator, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, before = set(), torch.get_num_threads()
    step = learnt.net_.step
    monkeypatch.setattr(learnt.net_, "step", lambda *given: (seen.add(torch.get_num_threads()), step(*given))[1])
    try:
        torch.set_num_threads(2)
        learnt.predict([("ab", "V;PST")])
    finally:
        torch.set_num_threads(before)
    assert seen == {1}


def test_long_sources_are_searched_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translate_search, "PLACES_AT_ONCE", 400)
    rows = Ragged.of([np.ones(length, np.int32) for length in (3, 30, 0, 3, 3, 60, 3)])
    search, how = translate_search.Search(None, 10, 0.5), Translating(beams=2)  # type: ignore[arg-type]
    batches = [batch.tolist() for batch in search._batches(rows, how)]
    assert batches == [[5], [1, 0, 3], [4, 6]]


def test_few_pairs_are_all_learnt_and_that_is_told() -> None:
    with pytest.warns(UserWarning, match="5 pairs are too few to keep some out"):
        model = small(epochs=1).fit(*spoken(5))
    assert model.judgement_ == {}
    assert model.told_facts() == []


@pytest.mark.parametrize(
    ("X", "y", "told"),
    [
        ([], [], "there are no pairs to learn from"),
        (["a"], None, "1 source, but no y: give one target for each source"),
        (["a", "b"], ["a"], "2 sources, but 1 targets"),
        ([1], ["a"], "source 1 is of type int, neither a text nor a tuple of texts"),
        (["a"], [1], "source 1: the target is of type int, neither a text nor several"),
        ([("a", "b"), ("a",)], ["a", "b"], "source 2: 1 column of a source, but source 1 has 2"),
        (b"ab", ["a"], "type bytes holds no sources"),
        ("nowhere.tsv", None, "nowhere.tsv: no such file"),
        ("nowhere.tsv", ["a"], "targets stand in the files: give no y with them"),
        (["", "b"], ["a", ""], "there are no pairs to learn from"),
        (["a"], 5, "type int holds no targets"),
        (["a"], "b", "type str holds no targets"),
    ],
)
@pytest.mark.filterwarnings("ignore:source 1, and 1 other")
def test_what_is_wrong_is_told(X: Any, y: Any, told: str) -> None:
    with pytest.raises(UserError, match=told):
        small().fit(X, y)


def test_settings_that_do_not_fit_are_told() -> None:
    with pytest.raises(UserError, match="width 32, heads 3: each head has its share"):
        small(heads=3).fit(*spoken(150))
    with pytest.raises(UserError, match="what copies has the same pieces on both sides"):
        small(copy="yes", source_tokenizer="chars", target_tokenizer="bpe").fit(*spoken(150))
    with pytest.raises(UserError, match="layers 1000000: must be at most 100"):
        small(layers=1_000_000).fit(*spoken(150))
    with pytest.raises(UserError, match="is not trained yet"):
        list(small().answers(["a"]))
    with pytest.raises(UserError, match="beams 0: must be at least 1"):
        small(epochs=1).fit(*spoken(150)).predict(["a"], Translating(beams=0))


@pytest.fixture(scope="module")
def little() -> Translator:
    return small(epochs=1).fit(*spoken(150))


@pytest.mark.parametrize("source", ["\ud800", "月亮", "\0", "a" * 400, " a "])
def test_any_source_has_an_answer(source: str, little: Translator) -> None:
    (answer,) = little.answers([source], Translating(longest=5))
    assert answer["input"] == source.strip()
