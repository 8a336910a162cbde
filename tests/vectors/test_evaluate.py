"""vectors.evaluate: files read, scores as plain loops, SciPy and gensim give them, coverage, intervals, the table."""

import gzip
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vec2seq.data.tokenize import Tokenizer
from vec2seq.errors import UserError
from vec2seq.vectors import evaluate as module
from vec2seq.vectors.evaluate import (
    Score,
    as_table,
    best_analogies,
    evaluate,
    spearman,
)
from vec2seq.vectors.questions import Analogies, Similarities, read_questions
from vec2seq.vectors.store import Vectors

CAPITALS = ": capitals\nathens greece oslo norway\noslo norway athens greece\n\n: 家庭\nking queen man woman\n"


def written(folder: Path, text: str | bytes, name: str = "items.txt") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def random_vectors(n: int, width: int = 8, seed: int = 0) -> Vectors:
    matrix = np.random.default_rng(seed).standard_normal((n, width)).astype(np.float32)
    return Vectors([f"w{i}" for i in range(n)], matrix)


# reading


def test_reads_analogies_by_section(tmp_path: Path) -> None:
    items = read_questions(written(tmp_path, CAPITALS))
    assert isinstance(items, Analogies)
    assert items.sections == ["capitals", "家庭"]
    assert items.places == [0, 0, 1]
    assert items.questions[2] == ("king", "queen", "man", "woman")


@pytest.mark.parametrize(
    "text",
    [
        "tiger\tcat\t7.35\nold\tnew\t1.58\n",
        "tiger,cat,7.35\nold,new,1.58",
        "tiger cat 7.35\r\nold   new 1.58\r\n",
        "\ufeffWord 1\tWord 2\tHuman (mean)\ntiger\tcat\t7.35\nold\tnew\t1.58\n",
        "Word 1,Word 2,Human (mean),1,2\ntiger,cat,7.35,9,7\nold,new,1.58,2,1\n",
        "word1\tword2\tPOS\tSimLex999\tconc(w1)\ntiger\tcat\tN\t7.35\t4\nold\tnew\tA\t1.58\t2.72\n",
        "# a comment\n# Word 1\tWord 2\nscore of pairs below\ntiger\tcat\t7.35\n\nold\tnew\t1.58\n",
    ],
)
def test_reads_similarities_as_they_are_published(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pairs.tsv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    assert read_questions(path) == Similarities([("tiger", "cat"), ("old", "new")], [7.35, 1.58])


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="\ufeff"), min_size=1).filter(
    lambda word: word[0] not in "#:"
)


@given(st.lists(st.tuples(WORDS, WORDS, st.floats(-1e6, 1e6)), min_size=1))
def test_reads_what_was_written(tmp_path_factory: pytest.TempPathFactory, items: list[tuple[str, str, float]]) -> None:
    path = tmp_path_factory.mktemp("pairs") / "pairs.tsv"
    path.write_text("".join(f"{a}\t{b}\t{score!r}\n" for a, b, score in items), encoding="utf-8", newline="")
    assert read_questions(path) == Similarities([(a, b) for a, b, _ in items], [score for *_, score in items])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (": family\nking queen man\n", r":2: 3 words in 'king queen man', but an analogy has four"),
        (": family\n\n", "sections without questions"),
        ("", "no items; write word TAB word TAB score"),
        ("word1\tword2\tscore\n", "no items"),
        ("old\tnew\t1.5\ntiger\tcat\tmany\nold\told\t2\n", ":2: 'tiger.*cat.*many' is not word TAB word TAB score"),
        ("a\tb\tN\t2\nold\tnew\tA\t1.5\ntiger\tcat\tN\n", ":3: "),
        ("tiger\tcat\nold\tnew\t1.5\n", ":1: .* is not word TAB word TAB score"),
        ("king queen man woman\nfather mother son daughter\n", "begins with ': section'"),
        ("old\tnew\tnan\nold\told\tinf\n", ":2: "),
        (b"old\tnew\t1\n\xb4\xf3\t\xd0\xa1\t2\n", ":2: not UTF-8 at byte 1; save the file as UTF-8"),
    ],
)
def test_says_what_is_wrong_and_where(tmp_path: Path, text: str | bytes, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UserError, match=message) as caught:
        read_questions(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"absent\.txt: cannot be read"):
        read_questions(tmp_path / "absent.txt")
    with pytest.raises(UserError, match="cannot be read"):
        read_questions(tmp_path)
    if Path("/dev/zero").exists():
        with pytest.raises(UserError, match="/dev/zero: more than 64 MB; is this the file that you meant"):
            read_questions("/dev/zero")
    whole = gzip.compress(CAPITALS.encode())
    with pytest.raises(UserError, match="damaged or cut off"):
        read_questions(written(tmp_path, whole[:-9], "cut.gz"))
    with pytest.raises(UserError, match="cannot be read"):
        read_questions(written(tmp_path, b"plain", "plain.gz"))


# analogies


def answers_one_by_one(vectors: Vectors, questions: np.ndarray) -> list[int]:
    units = (vectors.matrix / np.linalg.norm(vectors.matrix, axis=1, keepdims=True)).astype(np.float64)
    answers = []
    for a, b, c in questions:
        similarities = units @ (units[b] - units[a] + units[c])
        similarities[[a, b, c]] = -np.inf
        answers.append(int(similarities.argmax()))
    return answers


def test_answers_are_those_of_a_plain_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_QUESTIONS_A_BLOCK", 40)
    monkeypatch.setattr(module, "_QUESTIONS_AT_ONCE", 7)
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 11)
    vectors = random_vectors(100)
    questions = np.random.default_rng(1).integers(0, 100, (90, 3))
    assert best_analogies(vectors, questions).tolist() == answers_one_by_one(vectors, questions)
    assert best_analogies(vectors, questions[:0]).tolist() == []


def test_no_answer_where_every_word_is_asked() -> None:
    assert best_analogies(random_vectors(3), np.array([[0, 1, 2]])).tolist() == [module.UNKNOWN]


def test_answers_are_those_of_analogy() -> None:
    vectors = random_vectors(50)
    row = best_analogies(vectors, np.array([[3, 4, 5]]))[0]
    assert vectors.tokens[row] == vectors.analogy("w3", "w4", "w5", 1)[0].word


def test_memory_stays_far_below_the_matrix() -> None:
    vectors = random_vectors(60_000, 64)
    questions = np.random.default_rng(1).integers(0, 50, (1000, 3))
    best_analogies(vectors, questions[:1])
    tracemalloc.start()
    best_analogies(vectors, questions)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < vectors.matrix.nbytes / 4


def family() -> Vectors:
    """Vectors in which man is to woman as king is to queen, and father to mother but for a nearer word."""
    plan = {"man": (1, 0, 0), "woman": (1, 1, 0), "king": (1, 0, 2), "queen": (1, 1, 2), "Father": (3, 0, 1)}
    plan |= {"mother": (3, 0, -9), "parent": (3, 1, 1), "one": (0, -1, 0), "two": (-1, -1, 0)}
    return Vectors(list(plan), np.array(list(plan.values()), np.float32))


def test_accuracy_leaves_out_what_is_not_covered(tmp_path: Path) -> None:
    text = ": a\nman woman king queen\nman woman king prince\nman woman Father mother\n: b\nman woman 国王 王后\n"
    path = written(tmp_path, text)
    whole, a, b = evaluate(family(), path)
    assert (whole.metric, whole.score, whole.n, whole.coverage) == ("analogy_accuracy", 0.5, 2, 0.5)
    assert (whole.file, whole.section) == (str(path), None)
    assert (a.section, a.score, a.n, a.coverage) == ("a", 0.5, 2, 2 / 3)
    assert b == Score("analogy_accuracy", None, None, None, 0, 0.0, str(path), "b")


def test_words_are_found_as_they_stand_then_normalized_then_in_any_case(tmp_path: Path) -> None:
    tokens = ["paris", "Paris", "PARIS", "Oslo", "OSLO", "ａ", "a"]
    vectors = Vectors(tokens, np.eye(7, dtype=np.float32), Tokenizer("words", nfkc=True))
    found = module.find_rows(vectors, [("Paris", "paRIS", "OSLO", "oslo", "Ａ", "ａ", "x")])
    assert [tokens[row] for row in found[0, :6]] == ["Paris", "paris", "OSLO", "Oslo", "a", "ａ"]
    assert found[0, 6] == module.UNKNOWN


def test_agrees_with_gensim_on_analogies(tmp_path: Path) -> None:
    models = pytest.importorskip("gensim.models")
    vectors = structured_vectors()
    peer = models.KeyedVectors(vectors.width)
    peer.add_vectors(vectors.tokens, vectors.matrix)
    lines = [f"a{i} b{i} a{j} b{j}" for i in range(20) for j in range(20) if i != j]
    path = written(tmp_path, "\n".join([": first", *lines[:150], "a1 b1 unknown b2", ": second", *lines[150:]]))
    score, sections = peer.evaluate_word_analogies(str(path), restrict_vocab=len(vectors), dummy4unknown=False)
    whole, *parts = evaluate(vectors, path)
    assert whole.score == score
    assert 0.1 < score < 0.9
    assert [part.section for part in parts] == [section["section"] for section in sections[:2]]
    assert [round(part.score * part.n) for part in parts if part.score] == [len(s["correct"]) for s in sections[:2]]


def structured_vectors() -> Vectors:
    """200 words, among them pairs a0 b0, a1 b1 ... that differ by about the same vector."""
    generator = np.random.default_rng(5)
    matrix = generator.standard_normal((200, 10))
    matrix[20:40] = matrix[:20] + 3 * generator.standard_normal(10) + 0.8 * generator.standard_normal((20, 10))
    tokens = [f"a{i}" for i in range(20)] + [f"b{i}" for i in range(20)] + [f"other{i}" for i in range(160)]
    return Vectors(tokens, matrix.astype(np.float32))


# similarities


def test_agrees_with_gensim_on_similarities(tmp_path: Path) -> None:
    models = pytest.importorskip("gensim.models")
    vectors = random_vectors(60)
    peer = models.KeyedVectors(vectors.width)
    peer.add_vectors(vectors.tokens, vectors.matrix)
    generator = np.random.default_rng(2)
    lines = [f"w{a}\tw{b}\t{score}" for a, b, score in generator.integers(0, 75, (200, 3))]
    path = written(tmp_path, "\n".join(lines))
    _, (rho, _), unknown = peer.evaluate_word_pairs(str(path))
    (score,) = evaluate(vectors, path)
    assert score.score == pytest.approx(rho, abs=1e-9)
    assert 100 * (1 - score.coverage) == pytest.approx(unknown)
    assert (score.metric, score.n) == ("spearman", round(200 * score.coverage))


VALUES = arrays(np.float64, 12, elements=st.sampled_from([-1.5, 0, 0.25, 2, 3, 1e9]))


@given(VALUES, VALUES, arrays(np.int64, (3, 12), elements=st.integers(0, 4)))
def test_spearman_is_that_of_scipy_also_in_samples(x: np.ndarray, y: np.ndarray, counts: np.ndarray) -> None:
    stats = pytest.importorskip("scipy.stats")
    found = spearman(x, y, counts)
    for times, rho in zip(counts, found, strict=True):
        xs, ys = np.repeat(x, times), np.repeat(y, times)
        if len(set(xs)) < 2 or len(set(ys)) < 2:
            assert np.isnan(rho)
        else:
            assert rho == pytest.approx(stats.spearmanr(xs, ys).statistic, abs=1e-12)


@pytest.mark.parametrize("text", ["x\ty\t1\n", "w1\tw2\t1\n", "w1\tw2\t5\nw2\tw3\t5\n"])
def test_no_score_where_none_is_defined(tmp_path: Path, text: str) -> None:
    (score,) = evaluate(random_vectors(5), written(tmp_path, text))
    assert (score.score, score.low, score.high) == (None, None, None)


# intervals


def spread_pairs(folder: Path, n: int) -> tuple[Vectors, Path]:
    """Vectors and n pairs whose scores are the cosines, blurred."""
    vectors, generator = random_vectors(200), np.random.default_rng(3)
    rows = generator.integers(0, 200, (n, 2))
    lines = [f"w{a}\tw{b}\t{vectors.similarity(f'w{a}', f'w{b}') + generator.normal(0, 0.3):.2f}" for a, b in rows]
    return vectors, written(folder, "\n".join(lines))


def test_interval_of_a_correlation_is_that_of_a_plain_bootstrap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stats = pytest.importorskip("scipy.stats")
    vectors, path = spread_pairs(tmp_path, 150)
    monkeypatch.setattr(module, "_RANKS_AT_ONCE", 1000)
    (score,) = evaluate(vectors, path, resamples=2000)
    items = read_questions(path)
    assert isinstance(items, Similarities)
    x, y = np.array([vectors.similarity(a, b) for a, b in items.pairs]), np.array(items.scores)
    generator = np.random.default_rng(9)
    drawn = [stats.spearmanr(x[i], y[i]).statistic for i in generator.integers(0, 150, (1000, 150))]
    assert [score.low, score.high] == pytest.approx(np.percentile(drawn, [2.5, 97.5]), abs=0.03)


def test_interval_of_an_accuracy_is_that_of_a_plain_bootstrap(tmp_path: Path) -> None:
    lines = ["man woman king queen"] * 30 + ["man woman Father mother"] * 70
    (score, _) = evaluate(family(), written(tmp_path, "\n".join([": a", *lines])), resamples=5000)
    right = np.repeat([1.0, 0.0], [30, 70])
    drawn = right[np.random.default_rng(9).integers(0, 100, (5000, 100))].mean(axis=1)
    assert score.score == 0.3
    assert [score.low, score.high] == pytest.approx(np.percentile(drawn, [2.5, 97.5]), abs=0.011)


def test_intervals_repeat_with_the_seed(tmp_path: Path) -> None:
    vectors, path = spread_pairs(tmp_path, 40)
    (first,) = evaluate(vectors, path)
    assert evaluate(vectors, path) == [first]
    (other,) = evaluate(vectors, path, seed=2)
    assert other.score == first.score
    assert other.low != first.low
    (bare,) = evaluate(vectors, path, resamples=0)
    assert (bare.score, bare.low, bare.high) == (first.score, None, None)


# showing


def test_table_is_aligned_with_chinese_too() -> None:
    rows = [
        Score("analogy_accuracy", 0.25, 0.2, 0.3, 1234, 0.5, "data/题.txt"),
        Score("analogy_accuracy", None, None, None, 0, 0.0, "data/题.txt", "capital-world"),
        Score("analogy_accuracy", 1.0, 1.0, 1.0, 7, 1.0, "data/题.txt", "首都"),
    ]
    assert as_table(rows).split("\n") == [
        "                          score   95 % interval      n  coverage",
        "题.txt  analogy accuracy  0.250  0.200 to 0.300  1,234    50.0 %",
        "  capital-world               -               -      0     0.0 %",
        "  首都                    1.000  1.000 to 1.000      7   100.0 %",
    ]
