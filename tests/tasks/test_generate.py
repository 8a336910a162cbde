"""Generator: it foresees text, writes it, and is the same after saving, exporting and going on."""

import copy
import re
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vec2seq.data.pieces import BORDER
from vec2seq.errors import UserError
from vec2seq.kernels.kneser_ney import KneserNey
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.context import Run
from vec2seq.run.signals import Interrupted
from vec2seq.tasks.generate import Generator
from vec2seq.tasks.writing import Writing

pytestmark = [
    pytest.mark.filterwarnings(f"ignore:{told}:UserWarning")  # so little training of so small nets says nothing
    for told in ("the loss does not fall", "it learns the examples by heart")
]
KINDS = ("lstm", "attention")
EACH = pytest.mark.parametrize("name", KINDS)


def lines(count: int, seed: int = 0) -> list[str]:
    """Letters that come again after two strokes: pairs of characters cannot know them, a net can."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        letters, strokes = random.choice(list("abc"), 6), random.choice(list("-="), (6, 2))
        found.append(
            " ".join(f"{letter}{''.join(between)}{letter}" for letter, between in zip(letters, strokes, strict=True))
        )
    return found


def small(name: str = "lstm", **more: Any) -> Generator:
    how = {
        "width": 24,
        "layers": 1,
        "heads": 2,
        "dropout": 0.0,
        "epochs": 3,
        "batch_tokens": 512,
        "threads": 1,
        "lr": 0.01,
    }
    return Generator(decoder=name, **{**how, **more})  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=KINDS)
def learnt(request: pytest.FixtureRequest) -> Generator:
    return small(request.param, epochs=16 if request.param == "lstm" else 8, order=2).fit(lines(600))


def test_a_net_learns_what_counting_cannot(learnt: Generator) -> None:
    found = {name: score["score"] for name, score in learnt.judgement_["baselines"].items()}
    assert found["the net alone"] < found["counting alone"] - 0.05
    assert learnt.judgement_["scores"][0]["score"] <= min(found.values()) + 1e-3
    assert learnt.share_ > 0.5
    beginnings = [letter + strokes for letter in "abc" for strokes in ("--", "-=", "=-", "==")]
    written = learnt.predict(beginnings, Writing(temperature=0, length=1))
    assert sum(text[0] == text[3] for text in written) >= 7  # by chance 4


def test_what_is_foreseen_is_a_score_with_an_interval(learnt: Generator) -> None:
    nats, bits, perplexity = learnt.scores(lines(200, seed=5))
    assert nats.score is not None
    assert bits.score == pytest.approx(nats.score / np.log(2))  # a byte a character
    assert perplexity.score == pytest.approx(np.exp(nats.score))
    assert learnt.score(lines(200, seed=5)) == -nats.score
    nonsense = ["".join(reversed(line)) + "q" for line in lines(200, seed=5)]
    assert learnt.scores(nonsense)[0].score > nats.score + 0.3  # type: ignore[operator]


def test_the_same_is_drawn_again_and_something_else_by_another_seed(learnt: Generator) -> None:
    how = Writing(samples=5, temperature=1.5, length=30)
    (one,), (other,) = learnt.answers(["a"], how), learnt.answers(["a"], how)
    assert one == other
    texts = [candidate["text"] for candidate in one["candidates"]]
    assert len(set(texts)) > 1
    assert all(text.startswith("a") for text in texts)
    assert one["output"] == texts[0]
    (another,) = learnt.answers(["a"], Writing(samples=5, temperature=1.5, length=30, seed=2))
    assert another != one


def test_parts_come_as_they_are_written(learnt: Generator) -> None:
    parts = list(learnt.write("b -", Writing(length=20)))
    assert parts[0] == "b -"
    assert "".join(parts) == learnt.predict(["b -"], Writing(length=20))[0]


def test_save_load_export(learnt: Generator, tmp_path: Path) -> None:
    learnt.save(tmp_path / "model")
    again = Generator.load(tmp_path / "model")
    assert again.gives_golden(learnt.golden())
    learnt.export_onnx(tmp_path / "exported")
    exported = Generator.load(tmp_path / "exported")
    how = Writing(samples=3, length=40, temperature=1.0)
    for model in (again, exported):
        assert [answer["candidates"] for answer in model.answers(["a-", "c"], how)] == [
            [{**one, "score": pytest.approx(one["score"], abs=1e-4)} for one in answer["candidates"]]
            for answer in learnt.answers(["a-", "c"], how)
        ]
        texts = lines(50, seed=7)
        assert model.score(texts) == pytest.approx(learnt.score(texts), abs=1e-5)
    with pytest.raises(UserError, match="an exported model cannot learn"):
        exported.partial_fit(lines(50))


def test_a_loaded_net_is_built_when_it_is_asked_for(learnt: Generator, tmp_path: Path) -> None:
    learnt.save(tmp_path / "model")
    again = Generator.load(tmp_path / "model")
    assert again.predict(["a"]) == learnt.predict(["a"])
    assert "net_" not in vars(again)
    assert again.digest == learnt.digest
    assert again.score(lines(9)) == pytest.approx(learnt.score(lines(9)))
    assert "net_" in vars(again)
    assert "_unbuilt" not in vars(again)
    assert copy.deepcopy(again).predict(["a"]) == learnt.predict(["a"])
    again.epochs = 1
    assert again.fit(lines(200)).predict(["a"]) != learnt.predict(["a"])  # the old weights are of no concern
    assert not hasattr(Generator(), "net_")


def test_a_net_stays_what_it_is_if_settings_are_changed(learnt: Generator, tmp_path: Path) -> None:
    learnt.save(tmp_path / "model")
    learnt.export_onnx(tmp_path / "exported")
    for folder in ("model", "exported"):
        again = Generator.load(tmp_path / folder)
        again.heads, again.decoder = 1, "lstm" if learnt.decoder == "attention" else "attention"
        assert again.predict(["a"]) == learnt.predict(["a"])
        assert again.score(lines(9)) == pytest.approx(learnt.score(lines(9)))
    again = Generator.load(tmp_path / "model")
    again.heads = 1
    with pytest.raises(UserError, match="heads 1: the model was trained with 2"):
        again.partial_fit(lines(9))


def test_weights_of_another_net_are_told(learnt: Generator, tmp_path: Path) -> None:
    file = learnt._to_file(golden=True)
    for name, weight in file.tensors.items():
        if name.startswith("net.") and weight.ndim == 2:
            file.tensors[name] = weight[:, :-1]
            break
    with pytest.raises(UserError, match=rf"{re.escape(name)} is float32 .*the model is damaged"):
        Generator.from_file(file, tmp_path)


@EACH
def test_a_run_that_goes_on_ends_with_the_same(name: str, tmp_path: Path) -> None:
    text = ["\n".join(lines(400))]
    whole = small(name, context=32).fit(text)
    stop = threading.Event()
    run = Run(Checkpoint(tmp_path / "m.checkpoint"), checkpoint_seconds=1e-3, stop=stop)
    notes: list[str] = []
    run.progress.note = lambda line: (notes.append(line), stop.set() if "epoch 1" in line else None)[0]  # type: ignore[method-assign]
    with pytest.raises(Interrupted):
        small(name, context=32).fit(text, run=run)
    assert any("epoch 1" in line for line in notes)
    found = small(name, context=32).fit(text, run=Run(Checkpoint(tmp_path / "m.checkpoint"), resume=True))
    assert found.digest == whole.digest
    assert found.share_ == whole.share_
    assert found.history_ == whole.history_


def test_it_goes_on_with_more_text(learnt: Generator) -> None:
    model = small(learnt.decoder).fit(lines(300))
    before = model.digest
    model.partial_fit(lines(300, seed=3))
    assert model.digest != before
    assert model.data_["from"] == before
    assert model.partial_fit(["\n".join(lines(300))]).whole_, "texts stay whole"
    model.set_params(width=32)
    with pytest.raises(UserError, match="width 32: the model was trained with 24"):
        model.partial_fit(lines(300))


def test_few_texts_have_ends_to_learn() -> None:
    few = ["\n".join(lines(20, seed)) for seed in range(6)]
    model = small(epochs=1, order=3).fit(few)
    assert model.whole_
    assert model.data_["held_out"] > 0
    (answer,) = model.answers([few[0]], Writing(samples=40, temperature=1.0, length=200))
    assert min(len(one["text"]) for one in answer["candidates"]) < len(few[0]) + 200


def test_one_text_is_a_stream_and_many_are_whole() -> None:
    stream = small(epochs=1).fit(["\n".join(lines(300))])
    assert not stream.whole_
    assert stream.data_["held_out"] == pytest.approx(0.1 * stream.data_["characters"], abs=2)
    assert stream.predict([""], Writing(length=5))
    whole = small(epochs=1).fit(lines(300))
    assert whole.whole_


def test_counts_are_chosen_by_what_is_kept_out() -> None:
    model = small(epochs=1).fit(lines(600))
    orders = {order: small(epochs=1, order=order).fit(lines(600)) for order in (1, 2, 5)}
    told = {order: other.judgement_["baselines"]["counting alone"]["score"] for order, other in orders.items()}
    assert model.judgement_["baselines"]["counting alone"]["score"] <= min(told.values()) + 1e-9
    assert len(orders[5].counts.tables) == 4
    assert isinstance(model.counts, KneserNey)
    bounded = small(epochs=1, max_ngrams=model.counts.size - 1).fit(lines(600))
    assert 0 < bounded.counts.size < model.counts.size


def test_counts_that_go_on_are_those_that_foresee_the_new_text_better() -> None:
    model = small(epochs=1, order=2).fit(lines(600))
    before = model.counts.tables[0].keys.tolist()
    model.partial_fit(lines(120, seed=3))
    assert model.counts.tables[0].keys.tolist() == before
    model.partial_fit([line.replace("-", "cb") for line in lines(300, seed=4)])
    assert model.counts.tables[0].keys.tolist() != before


def test_little_text_is_all_learnt_from_and_that_is_told() -> None:
    with pytest.warns(UserWarning, match="too short to keep some of it out"):
        model = small(epochs=1).fit(["to be or not to be"])
    assert model.judgement_ == {}
    assert model.predict(["to"], Writing(length=3))


def test_what_is_wrong_is_told() -> None:
    with pytest.raises(UserError, match="there is no text to learn from"):
        small().fit([])
    with pytest.raises(UserError, match="there is no text to judge by"):
        small().fit(lines(300), valid=[""])
    with pytest.raises(UserError, match="layers 101: must be at most 100"):
        small(layers=101).fit(lines(9))
    with pytest.raises(UserError, match="no memory for so large a net"):
        small(width=10**11).fit(lines(300))
    with pytest.raises(UserError, match="give no y"):
        small().fit(["a"], ["b"])
    with pytest.raises(UserError, match="is not trained yet"):
        list(small().answers(["a"]))
    with pytest.raises(UserError, match="temperature"):
        small(epochs=1).fit(lines(300)).predict(["a"], Writing(temperature=-1.0))


def test_a_row_begins_as_what_is_written_does(learnt: Generator) -> None:
    row = learnt.author().row_of("a--a")
    assert (row[0], row[-1]) == (BORDER, BORDER)
    assert learnt.pieces.text(row) == "a--a"
    stream = small(epochs=1, tokenizer="words").fit(["\n".join(lines(300))]).author()
    assert stream.pieces.text(stream.row_of("a--a b")) == "\na--a b"
    assert stream.pieces.text(stream.row_of("")) == "\n"


def test_half_a_surrogate_or_anything_else_can_begin_a_text(learnt: Generator) -> None:
    for beginning in ("", "\ud800", "月亮", "\0", "a" * 1000):
        assert learnt.predict([beginning], Writing(length=2))[0].startswith(beginning)
