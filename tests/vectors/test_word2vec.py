import gzip
import json
import os
import pickle
import re
import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from made import small_texts
from vec2seq import GloVe, Run, Word2Vec, load, modelfile, open_vectors
from vec2seq.data.corpus import Corpus
from vec2seq.errors import UserError
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.progress import Silent

SMALL: dict[str, Any] = {"width": 16, "min_count": 1, "epochs": 12, "threads": 1, "lr": 0.1, "sample": 0.0}
LONGER = {**SMALL, "epochs": 30}


@pytest.fixture(scope="module")
def model(texts: list[str]) -> Word2Vec:
    return Word2Vec(**SMALL).fit(texts)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"algorithm": "cbow", "lr": 0.3},
        {"loss": "hierarchical"},
        {"algorithm": "cbow", "loss": "hierarchical", "lr": 0.3},
        {"threads": 2},
        {"threads": 2, "deterministic": True},
        {"negative": 15, "window": 2},
    ],
)
def test_words_of_a_group_become_neighbors(texts: list[str], settings: dict[str, Any]) -> None:
    model = Word2Vec(**{**LONGER, **settings}).fit(texts)
    right = total = 0
    for word in model.vocab_.tokens:
        for neighbor in model.neighbors(word, 5):
            total += 1
            right += int(neighbor.word[1:]) % 6 == int(word[1:]) % 6
    assert right / total > 0.9  # by chance: 9 / 59


def one_shot(texts: list[str]) -> Iterator[str]:
    yield from texts


def test_text_comes_in_many_forms(texts: list[str], text_file: Path, tmp_path: Path, model: Word2Vec) -> None:
    corpus = Corpus.encode(texts, tmp_path / "corpus", min_count=1)
    lists = [text.split() for text in texts]
    for x in (one_shot(texts), text_file, str(text_file), [text_file], lists, iter(lists), corpus):
        assert Word2Vec(**SMALL).fit(x).input_.tobytes() == model.input_.tobytes()


def test_save_load_and_ask(model: Word2Vec, tmp_path: Path) -> None:
    model.save(tmp_path / "m")
    again = load(tmp_path / "m")
    assert isinstance(again, Word2Vec)
    assert again.get_params() == model.get_params()
    assert again.neighbors("w0") == model.neighbors("w0") == open_vectors(tmp_path / "m").neighbors("w0")
    assert again.analogy("w0", "w6", "w1") == model.analogy("w0", "w6", "w1")
    assert again.similarity("w0", "w6") == model.similarity("w0", "w6")
    assert again.odd_one_out(["w0", "w6", "w12", "w1"]) == "w1"
    np.testing.assert_array_equal(again.predict(["w3", "w0"]), model.input_[model.vocab_.encode(["w3", "w0"])])
    assert again.history_ == model.history_
    assert again.data_ == model.data_
    assert again.gives_golden(model.golden())
    assert not again.input_.flags.writeable


def test_golden_outputs_can_be_left_out(model: Word2Vec, tmp_path: Path) -> None:
    model.save(tmp_path / "m", golden=False)
    text = (tmp_path / "m" / "model.json").read_text()
    assert "w0" not in text
    assert '"golden": {}' in text


def test_the_folder_holds_no_text(texts: list[str], model: Word2Vec, tmp_path: Path) -> None:
    model.save(tmp_path / "m")
    content = b"".join(path.read_bytes() for path in (tmp_path / "m").iterdir())
    assert not any(" ".join(text.split()[:2]).encode() in content for text in texts)


def test_more_text_later(texts: list[str]) -> None:
    model = Word2Vec(**LONGER).fit(texts)
    before = {word: model.predict([word])[0].copy() for word in model.vocab_.tokens}
    counts = dict(zip(model.vocab_.tokens, model.vocab_.counts.tolist(), strict=True))
    model.partial_fit(["w0 w6 new w12 w18"] * 50)
    assert "new" in model.vocab_
    assert model.vocab_.counts[model.vocab_.ids["w0"]] == counts["w0"] + 50
    assert all((np.diff(model.vocab_.counts) <= 0).tolist())
    assert {neighbor.word for neighbor in model.neighbors("new", 4)} <= {f"w{6 * i}" for i in range(10)}
    untouched = model.predict(["w1"])[0]
    assert np.linalg.norm(untouched - before["w1"]) < np.linalg.norm(model.predict(["w0"])[0] - before["w0"])
    assert set(before) < set(model.vocab_.tokens)


def test_more_text_goes_on_from_a_loaded_model_with_its_tokenizer(tmp_path: Path) -> None:
    Word2Vec(**SMALL, lower=True, tokenizer="words").fit(["The CAT, the dog; a Cat!"] * 30).save(tmp_path / "m")
    model = load(tmp_path / "m").partial_fit(["CAT? Mouse."] * 10)
    assert set(model.vocab_.tokens) == {"the", "cat", "dog", "a", "mouse"}
    assert model.neighbors("Cat", 1)[0].word in model.vocab_.tokens


def test_partial_fit_of_a_new_model_is_fit(texts: list[str], model: Word2Vec) -> None:
    assert Word2Vec(**SMALL).partial_fit(texts).input_.tobytes() == model.input_.tobytes()


@pytest.mark.parametrize("loss", ["negative", "hierarchical"])
def test_score_is_the_negative_loss(texts: list[str], loss: str) -> None:
    trained = Word2Vec(**SMALL, loss=loss).fit(texts)
    shuffled = [" ".join(np.random.default_rng(1).permutation(" ".join(texts).split())[:2000])]
    assert trained.score(texts) > trained.score(shuffled)
    assert trained.score(texts) == pytest.approx(-trained.history_[-1]["loss"], rel=0.05)
    before = trained.input_.copy()
    trained.score(["w0 w1 unknown words"])
    np.testing.assert_array_equal(trained.input_, before)


def test_phrases(tmp_path: Path) -> None:
    others = np.random.default_rng(0).choice(list("abcdefghijklmnop"), (20, 8))
    texts = [" ".join([*row[:4], "new york", *row[4:]]) for row in others.tolist()]
    model = Word2Vec(**SMALL, phrases=1, phrase_threshold=6).fit(texts)
    assert model.vocab_.counts[model.vocab_.ids["new_york"]] == 20
    assert "york" not in model.vocab_
    model.save(tmp_path / "m")
    later = load(tmp_path / "m").partial_fit(["new york new york"] * 5)
    assert later.vocab_.counts[later.vocab_.ids["new_york"]] == 30


def test_short_texts_are_read_more_often() -> None:
    assert [Word2Vec().passes(words) for words in (0, 1_000, 1_000_000, 3_000_000, 10**9)] == [50, 50, 15, 5, 5]
    assert Word2Vec(epochs=3).passes(1_000) == 3


def test_a_corpus_that_lacks_words_of_the_model_is_refused(model: Word2Vec, tmp_path: Path) -> None:
    corpus = Corpus.encode(["w0 w1 x y"] * 5, tmp_path / "corpus", min_count=1)
    with pytest.raises(UserError, match="words that the model does not know"):
        model.score(corpus)
    with pytest.raises(UserError, match="lacks words of the model"):
        Word2Vec(**SMALL).fit(["w0 w1 w2"] * 5).partial_fit(corpus)
    grown = Corpus.encode(["w0 w1 x y"] * 5, tmp_path / "grown", min_count=1, known=model.vocab_)
    assert "x" in Word2Vec(**SMALL).fit(["w0 w1 w2"] * 5).partial_fit(grown).vocab_


def test_later_text_without_any_known_word_is_refused(model: Word2Vec) -> None:
    with pytest.raises(UserError, match="no word that the model knows"):
        model.score(["zzz zzz"])


def test_the_user_dictionary_is_not_needed_again(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("蛇皮怪\n")
    model = Word2Vec(**SMALL, user_dict=str(path)).fit(["小明在玩蛇皮怪游戏"] * 5)
    path.unlink()
    assert "蛇皮怪" in model.partial_fit(["小红在玩蛇皮怪游戏"] * 5).vocab_


def test_paragraphs_end_with_their_text(tmp_path: Path) -> None:
    by_text = Word2Vec(**SMALL, sentence="paragraph").fit(["a b\nc d", "e f g"] * 10)
    assert by_text.data_["sentences"] == 20
    for name in ("x.txt", "y.txt"):
        (tmp_path / name).write_text("a b\n\nc d\ne f")
    by_file = Word2Vec(**SMALL, sentence="paragraph").fit(tmp_path)
    assert by_file.data_["sentences"] == 4


def test_an_untrained_model_says_so() -> None:
    with pytest.raises(UserError, match="not trained yet"):
        Word2Vec().neighbors("a")


def test_plan_says_what_it_will_take(texts: list[str], text_file: Path) -> None:
    needs = Word2Vec(**SMALL).plan(text_file)
    assert needs.text_words == sum(len(text.split()) for text in texts)
    assert needs.vocabulary == len({word for text in texts for word in text.split()})
    assert needs.seconds > 0
    assert needs.memory_bytes > needs.mapped_bytes > 0
    assert needs.disk_bytes > 0
    assert "different ones" in str(needs)


@pytest.mark.parametrize(
    ("settings", "kept"),
    [({}, False), ({"epochs": 10**6}, True), ({"bootstrap": 20}, True)],
    ids=["short", "long", "bootstrap"],
)
def test_a_plan_counts_checkpoints_where_a_run_saves_any(
    text_file: Path, settings: dict[str, int], kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vec2seq.vectors.estimate.measured_speed", lambda training: 1e5)
    found = Word2Vec(**{**SMALL, "width": 300, **settings})
    with_state, without = (found.plan(text_file, checkpoint=checkpoint).disk_bytes for checkpoint in (True, False))
    assert (with_state > without) == kept
    assert with_state >= without


def test_plan_takes_encoded_text_too(texts: list[str], tmp_path: Path) -> None:
    corpus = Corpus.encode(texts, tmp_path, min_count=1)
    assert Word2Vec(**SMALL).plan(corpus).text_words == corpus.text_words


def write_jsonl(path: Path, lines: list[str]) -> None:
    other = np.random.default_rng(1)
    rows = (json.dumps({"other": other.bytes(60).hex(), "text": line}) for line in lines)
    data = "\n".join(rows).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def write_csv(path: Path, lines: list[str]) -> None:
    path.write_text("id,other,text\n" + "".join(f"{n},{'x' * 5 * len(line)},{line}\n" for n, line in enumerate(lines)))


def write_parquet(path: Path, lines: list[str]) -> None:
    other = np.random.default_rng(1).integers(2**62, size=(len(lines), 3)).astype("U")
    table = pyarrow.table({"other": map("".join, other), "text": lines})
    pyarrow.parquet.write_table(table, path, row_group_size=5000)


def write_text(path: Path, lines: list[str]) -> None:
    data = "\n".join(lines).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("t.txt", write_text),
        ("t.txt.gz", write_text),
        ("t.jsonl", write_jsonl),
        ("t.jsonl.gz", write_jsonl),
        ("t.csv", write_csv),
        ("t.parquet", write_parquet),
    ],
)
def test_plan_reads_the_beginning_of_a_long_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, write: Callable[[Path, list[str]], None]
) -> None:
    lines = small_texts(3000) * 30
    write(tmp_path / name, lines)
    settings = Word2Vec(**SMALL, column="text" if name == "t.csv" else None)
    words = sum(len(line.split()) for line in lines)
    assert settings.plan(tmp_path / name).text_words == words
    monkeypatch.setattr("vec2seq.vectors.estimate.LONGEST_SAMPLE", 1 << 20)
    assert settings.plan(tmp_path / name).text_words == pytest.approx(words, rel=0.1)
    shutil.copy(tmp_path / name, tmp_path / f"copy-{name}")
    both = [tmp_path / name, tmp_path / f"copy-{name}"]
    assert settings.plan(both).text_words == pytest.approx(2 * words, rel=0.1)


def test_a_run_that_does_not_fit_says_so_before_it_starts(
    texts: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vec2seq.vectors import estimate, training

    monkeypatch.setattr(training, "WindowMatrices", lambda plan: pytest.fail("memory is taken before it is looked for"))
    monkeypatch.setattr(estimate, "available_memory", lambda: 1000)
    with pytest.raises(UserError, match=r"needs about .*B of memory, but 1.0 kB are free"):
        Word2Vec(**SMALL).fit(texts)
    monkeypatch.setattr(estimate, "available_memory", lambda: None)
    monkeypatch.setattr(estimate, "free_disk", lambda folder: 10)
    with pytest.raises(UserError, match=r"on the disk of .*, but 10B are free"):
        Word2Vec(**SMALL).fit(texts, run=Run(Checkpoint.beside(tmp_path / "m")))
    assert list(tmp_path.iterdir()) == []


def test_the_letters_of_a_word_are_not_taken_for_words() -> None:
    model = Word2Vec(**{**SMALL, "tokenizer": "chars"}).fit(["abc cab abc"] * 20)
    assert model.predict(["a", "b"]).shape == (2, 16)
    with pytest.raises(UserError, match=r"'ab' is one word, but predict takes a list of words: \['ab'\]"):
        model.predict("ab")


def test_a_model_can_be_used_in_parallel_by_joblib(model: Word2Vec) -> None:
    """scikit-learn's tools copy estimators between processes; that is Python's own pickling, in memory."""
    copy = pickle.loads(pickle.dumps(model))
    assert copy.neighbors("w0") == model.neighbors("w0")


class Listening:
    """Whom a training tells how far it is."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.steps: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def step(self, what: str, done: float, total: float | None, unit: str, **values: float) -> None:
        self.steps.append(what)


def test_run_reports_progress(texts: list[str]) -> None:
    listening = Listening()
    Word2Vec(**{**SMALL, "epochs": 2}).fit(texts, run=Run(progress=listening))
    assert any("60 different ones in the vocabulary; tokenizer whitespace" in note for note in listening.notes)
    assert any(note.startswith("2 epochs: about") for note in listening.notes)
    assert sum(note.startswith("epoch ") for note in listening.notes) == 2
    assert "reading" in listening.steps


def test_what_is_read_and_what_is_skipped_is_told(texts: list[str], tmp_path: Path) -> None:
    listening, settings = Listening(), Word2Vec(**{**SMALL, "epochs": 1})
    (tmp_path / "a.txt").write_text("\n".join(texts))
    settings.fit(tmp_path, run=Run(progress=listening))
    assert not any("to read" in note for note in listening.notes)
    for name in ("b.txt", "c.pdf", "d.pdf", "e"):
        (tmp_path / name).touch()
    settings.fit(tmp_path, run=Run(progress=listening))
    assert "2 files to read, 3 skipped (not text: .pdf no ending)" in listening.notes
    settings.fit(tmp_path / "*.txt", run=Run(progress=listening))
    assert "2 files to read" in listening.notes


def test_a_text_with_tags_is_told(texts: list[str]) -> None:
    listening, settings = Listening(), Word2Vec(**{**SMALL, "epochs": 1})
    settings.fit([f"<html><p>{text} <b>bold</b> text</p></html>" for text in texts], run=Run(progress=listening))
    assert sum("looks like HTML or XML" in note for note in listening.notes) == 1
    settings.fit(texts, run=Run(progress=listening))
    settings.fit([["<p>", "</p>", "</b>", "</i>"]] * 20, run=Run(progress=listening))
    assert sum("looks like HTML or XML" in note for note in listening.notes) == 1


@pytest.mark.parametrize(
    ("words", "sentences", "warning"),
    [
        (200, 500, "warning: only 5,000 words to learn from: "),
        (50, 2000, "warning: only 50 different words in the vocabulary: "),
        (200, 2000, None),
    ],
)
def test_too_little_text_is_told_at_the_end(words: int, sentences: int, warning: str | None) -> None:
    lists = [[f"w{(10 * i + j) % words}" for j in range(10)] for i in range(sentences)]
    listening, settings = Listening(), {**SMALL, "epochs": 1, "holdout": 0.0}
    model = Word2Vec(**settings).fit(lists, run=Run(progress=listening))
    warned = [note for note in listening.notes if note.startswith("warning")]
    assert warned == listening.notes[-1:] * (warning is not None)
    assert all(note.startswith(str(warning)) for note in warned)
    if warning is None:  # going on with a little more text is all right
        model.partial_fit(lists[:3], run=Run(progress=listening))
        assert not any(note.startswith("warning") for note in listening.notes)


def test_token_lists_are_normalized_but_not_split() -> None:
    lists = [["The", "Ｋing", "É é", "19"], ["the", "ｋing", "é É", "73"]] * 10
    model = Word2Vec(**SMALL, lower=True, nfkc=True, fold_digits=True).fit(lists)
    assert sorted(model.vocab_.tokens) == ["00", "king", "the", "é é"]
    assert model.similarity("KING", "ｋing") == pytest.approx(1)
    model.partial_fit([["The", "Queen"]])
    assert "queen" in model.vocab_
    for name, value in {"tokenizer": "words", "sentence": "paragraph", "user_dict": os.devnull}.items():
        expected = f"{name} '{value}' splits text, but these are token lists; leave out {name}, or give texts"
        for task in (Word2Vec, GloVe):
            with pytest.raises(UserError, match=re.escape(expected)):
                task(**{name: value}).fit(lists)


def test_a_text_without_two_words_in_a_sentence_teaches_nothing() -> None:
    with pytest.raises(UserError, match="no two words are left in any sentence"):
        Word2Vec(**SMALL).fit(["a", "b"] * 20)


@pytest.mark.parametrize("task", [Word2Vec, GloVe])
def test_a_flat_list_of_words_is_told_apart_from_rare_words(task: Any) -> None:
    with pytest.raises(UserError, match=r"nothing to learn; each text or line is one word: .* \[tokens\]"):
        task(min_count=1).fit(["the", "king", "and", "the", "queen"])
    with pytest.raises(UserError, match="nothing to learn; use a smaller min_count, or give whole texts or token"):
        task(min_count=2).fit(["the king", "a queen", "the queen's", "some queen"])


def test_held_out_sentences_of_one_word_have_no_loss() -> None:
    texts = ["a b c" if i % 20 != 19 else "a" for i in range(60)]
    history = Word2Vec(**SMALL, holdout=0.05, patience=1).fit(texts).history_
    assert len(history) == 12
    assert all("held_out_loss" not in entry and entry["loss"] > 0 for entry in history)


@pytest.mark.parametrize("name", ["input", "output"])
def test_a_model_whose_parts_do_not_fit_together_is_refused(model: Word2Vec, tmp_path: Path, name: str) -> None:
    other = Word2Vec(**SMALL).fit(["a b c d"] * 30)
    setattr(other, f"{name}_", getattr(model, f"{name}_"))
    modelfile.write(tmp_path / "m", other._to_file(golden=False))
    with pytest.raises(UserError, match="the model is damaged"):
        load(tmp_path / "m")


@pytest.mark.parametrize("task", [Word2Vec, GloVe])
def test_a_training_that_diverged_says_so(task: Any) -> None:
    notes: list[str] = []
    for lr, warned in ((0.05, False), (90.0, True)):
        notes.clear()
        task(min_count=1, epochs=3, lr=lr, threads=1).fit(small_texts(2000), run=Run(progress=Noting(notes)))
        assert any("the training diverged" in note for note in notes) == warned


@pytest.mark.parametrize("task", [Word2Vec, GloVe])
def test_what_nobody_listens_for_is_a_warning_at_the_line_that_trains(task: Any) -> None:
    texts = small_texts(2000)
    with warnings.catch_warnings(record=True) as told:  # one a message, also of a bootstrap
        warnings.simplefilter("always")
        task(min_count=1, epochs=2, lr=90.0, threads=1, bootstrap=2, holdout=0).fit(
            [f"<a> {texts[0]} </a> </b> </c>"] * 2 + texts[:50]
        )
    assert [warning.filename for warning in told] == [__file__] * 3
    html, diverged, little = (str(warning.message) for warning in told)
    assert html.startswith("this looks like HTML or XML")
    assert diverged.endswith("these vectors mean nothing; use a smaller learning rate (lr)")
    assert little.startswith("only ")


class Noting(Silent):
    """Keeps what is noted."""

    def __init__(self, notes: list[str]):
        self.note = notes.append  # type: ignore[method-assign]


def test_the_smallest_share_can_be_held_out() -> None:
    for task in (Word2Vec, GloVe):
        assert task(min_count=1, epochs=1, holdout=1e-320).fit(small_texts()).history_


def test_what_is_no_text_is_named() -> None:
    with pytest.raises(UserError, match="12: not a text; give a path"):
        Word2Vec().fit(12)
