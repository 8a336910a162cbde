"""evaluation.analogies: answers as plain loops and gensim give them, what is left out, memory."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from evaluation.making import family, random_vectors, written
from kernels.twins import analogy_scores
from vec2seq.data.vocab import UNKNOWN
from vec2seq.evaluation import analogies as module
from vec2seq.evaluation.analogies import RULES, best_analogies
from vec2seq.evaluation.evaluate import evaluate
from vec2seq.measure import Score
from vec2seq.vectors.store import Vectors


def answers_one_by_one(vectors: Vectors, questions: np.ndarray) -> list[list[int]]:
    units = vectors.matrix / np.linalg.norm(vectors.matrix.astype(np.float64), axis=1, keepdims=True)
    answers = []
    for a, b, c in questions:
        scores = analogy_scores(units, a, b, c)
        scores[:, [a, b, c]] = -np.inf
        answers.append(scores.argmax(axis=1).tolist())
    return np.array(answers).T.tolist()


def test_answers_are_those_of_a_plain_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_QUESTIONS_A_BLOCK", 40)
    monkeypatch.setattr(module, "_FEWEST_ROWS", 11)
    monkeypatch.setattr(module, "_TILE", 1)
    vectors = random_vectors(100)
    questions = np.random.default_rng(1).integers(0, 100, (90, 3))
    expected = answers_one_by_one(vectors, questions)
    assert best_analogies(vectors, questions).tolist() == expected
    assert expected[0] != expected[1] != expected[2] != expected[0]
    assert best_analogies(vectors, questions[:0]).tolist() == [[], [], []]


def test_no_answer_where_every_word_is_asked() -> None:
    assert best_analogies(random_vectors(3), np.array([[0, 1, 2]])).tolist() == [[UNKNOWN]] * 3


def test_words_with_the_same_vector_are_no_trouble() -> None:
    vectors = Vectors(["a", "b", "c", "d"], np.array([[1, 0], [0, 1], [1, 1], [1, 1]], np.float32))
    assert best_analogies(vectors, np.array([[0, 1, 2]])).tolist() == [[3]] * 3


def test_answers_are_those_of_analogy() -> None:
    vectors = random_vectors(50)
    add, mul, _ = best_analogies(vectors, np.array([[3, 4, 5]]))[:, 0]
    assert vectors.tokens[add] == vectors.analogy("w3", "w4", "w5", 1)[0].word
    assert vectors.tokens[mul] == vectors.analogy("w3", "w4", "w5", 1, method="mul")[0].word


def test_memory_stays_far_below_the_matrix() -> None:
    vectors = random_vectors(60_000, 64)
    questions = np.random.default_rng(1).integers(0, 50, (1000, 3))
    best_analogies(vectors, questions[:1])
    tracemalloc.start()
    best_analogies(vectors, questions)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < vectors.matrix.nbytes / 4


def test_accuracy_leaves_out_what_is_not_covered(tmp_path: Path) -> None:
    text = ": a\nman woman king queen\nman woman king prince\nman woman Father mother\n: b\nman woman 国王 王后\n"
    path = written(tmp_path, text)
    scores = evaluate(family(), path)
    assert [score.metric for score in scores] == [rule for rule in RULES for _ in range(3)]
    whole, a, b = scores[:3]
    assert (whole.score, whole.n, whole.coverage) == (0.5, 2, 0.5)
    assert (whole.file, whole.section) == (str(path), None)
    assert (a.section, a.score, a.n, a.coverage) == ("a", 0.5, 2, 2 / 3)
    assert b == Score("3cosadd", None, None, None, 0, 0.0, str(path), "b")


def test_agrees_with_gensim_on_analogies(tmp_path: Path) -> None:
    models = pytest.importorskip("gensim.models")
    vectors = structured_vectors()
    peer = models.KeyedVectors(vectors.width)
    peer.add_vectors(vectors.tokens, vectors.matrix)
    lines = [f"a{i} b{i} a{j} b{j}" for i in range(20) for j in range(20) if i != j]
    path = written(tmp_path, "\n".join([": first", *lines[:150], "a1 b1 unknown b2", ": second", *lines[150:]]))
    score, sections = peer.evaluate_word_analogies(str(path), restrict_vocab=len(vectors), dummy4unknown=False)
    whole, *parts = evaluate(vectors, path)[:3]
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
