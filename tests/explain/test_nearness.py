"""Why two words are near: the terms add up to the cosine of the rows, computed here word by word."""

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from made import Command, small_texts
from vec2seq import GloVe, UserError
from vec2seq.data.cooccurrence import Around, Cooccurrences
from vec2seq.data.corpus import Corpus
from vec2seq.explain.nearness import explain_nearness, find_examples
from vec2seq.vectors.formats import write_vectors
from vec2seq.vectors.store import Vectors

TEXTS = [
    *["tea is hot in the cup", "coffee is hot in the cup", "the stone is cold in the river"] * 3,
    *["milk in the cup with tea", "milk in the cup with coffee", "a cold stone"] * 2,
]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Cooccurrences:
    folder = tmp_path_factory.mktemp("table")
    corpus = Corpus.encode([text.split() for text in TEXTS], folder / "corpus", min_count=1)
    return Cooccurrences.count(corpus, folder / "counts", Around(3), memory_bytes=1 << 30)


@pytest.fixture(scope="module")
def vectors(table: Cooccurrences) -> Vectors:
    random = np.random.default_rng(0)
    return Vectors(table.vocab.tokens, random.standard_normal((len(table.vocab), 8), np.float32))


def plain_information(table: Cooccurrences, word: str) -> dict[str, float]:
    """Twin: discounted positive pointwise mutual information of a word with all words around it."""
    tokens = table.vocab.tokens
    counts = {
        (row, tokens[column]): float(value)
        for number, row in enumerate(tokens)
        for column, value in zip(*table.row(number), strict=True)
    }
    total = sum(counts.values())
    of_row = sum(value for (row, _), value in counts.items() if row == word)
    found = {}
    for around in tokens:
        if (word, around) in counts:
            of_column = sum(value for (_, column), value in counts.items() if column == around)
            x, rarer = counts[word, around], min(of_row, of_column)
            found[around] = max(math.log(x * total / of_row / of_column), 0.0) * x / (x + 1) * rarer / (rarer + 1)
    return found


def test_the_terms_are_those_of_the_formula_and_add_up(table: Cooccurrences, vectors: Vectors) -> None:
    found = explain_nearness(vectors, table, "tea", "coffee", 100)
    a, b = plain_information(table, "tea"), plain_information(table, "coffee")
    lengths = math.hypot(*a.values()) * math.hypot(*b.values())
    expected = {word: a[word] * b[word] / lengths for word in a.keys() & b.keys() if a[word] * b[word] > 0}
    assert found.cosine == pytest.approx(sum(expected.values()), rel=1e-5)
    assert {shared.word: shared.share * found.cosine for shared in found.shared} == pytest.approx(expected, rel=1e-4)
    assert sum(shared.share for shared in found.shared) == pytest.approx(1)
    assert [shared.share for shared in found.shared] == sorted((s.share for s in found.shared), reverse=True)
    assert found.similarity == vectors.similarity("tea", "coffee")
    assert found.together == 0


def test_what_is_near_each_other_is_counted(table: Cooccurrences, vectors: Vectors) -> None:
    found = explain_nearness(vectors, table, "hot", "tea", 3)
    assert found.together == pytest.approx(3 / 2)
    assert len(found.shared) <= 3


def test_words_without_anything_in_common(table: Cooccurrences, vectors: Vectors) -> None:
    assert explain_nearness(vectors, table, "coffee", "a", 3).shared == []


def test_a_word_that_was_not_counted_is_told(table: Cooccurrences, vectors: Vectors) -> None:
    more = Vectors([*vectors.tokens, "wine"], np.vstack([vectors.matrix, vectors.matrix[:1]]))
    with pytest.raises(UserError, match="'wine' was not counted in that text"):
        explain_nearness(more, table, "tea", "wine")
    with pytest.raises(UserError, match="'beer' is not among"):
        explain_nearness(vectors, table, "tea", "beer")


def test_a_word_with_nothing_around_it_is_told(tmp_path: Path) -> None:
    corpus = Corpus.encode([["tea"], ["hot", "cup"]], tmp_path / "corpus", min_count=1)
    table = Cooccurrences.count(corpus, tmp_path / "counts", Around(3), memory_bytes=1 << 30)
    vectors = Vectors(table.vocab.tokens, np.ones((3, 2), np.float32))
    with pytest.raises(UserError, match="'tea' always stands alone in that text"):
        explain_nearness(vectors, table, "hot", "tea")


def test_examples_are_sentences_with_both_words_near_each_other(table: Cooccurrences, vectors: Vectors) -> None:
    found = explain_nearness(vectors, table, "tea", "coffee", 5)
    telling = [shared.word for shared in found.shared[:3]]
    examples = find_examples((text.split() for text in TEXTS), found, window=3)
    assert {example.word for example in examples} == {"tea", "coffee"}
    for example in examples:
        words = example.sentence.split()
        assert example.around in telling
        assert abs(words.index(example.word) - words.index(example.around)) <= 3
    assert len({example[:2] for example in examples}) == len(examples)


def test_long_sentences_are_cut_around_the_word(table: Cooccurrences, vectors: Vectors) -> None:
    found = explain_nearness(vectors, table, "tea", "coffee", 5)
    long = ["x"] * 500 + ["coffee", "is", "hot"] + ["y"] * 500
    (example,) = find_examples([long], found, window=3, words=10)
    assert len(example.sentence.split()) == 10
    assert "coffee is hot" in example.sentence


def test_the_command(vec2seq: Command, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("\n".join(small_texts()), encoding="utf-8")
    model = GloVe(width=8, min_count=1, epochs=3, keep_counts=True).fit(text)
    model.save(tmp_path / "kept")
    model.set_params(keep_counts=False).save(tmp_path / "plain")
    told = vec2seq("explain", tmp_path / "kept", "w0", "w6", "--count", 3)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("w0 and w6: similarity ")
    assert len(told.stdout.splitlines()) == 4
    answer = json.loads(vec2seq("explain", tmp_path / "plain", "w0", "w6", "--corpus", text, "--json").stdout)
    assert answer["examples"]
    assert {"word", "with_a", "with_b", "share"} == set(answer["shared"][0])
    other = GloVe(width=8, min_count=1, epochs=1).fit(small_texts(seed=1))
    other.save(tmp_path / "kept")
    stale = vec2seq("explain", tmp_path / "kept", "w0", "w6")
    assert stale.returncode == 2
    assert "counts of another text than these vectors were made from" in stale.stderr
    assert vec2seq("explain", tmp_path / "plain", "w0", "w6", "--corpus", text, "--window", 0).returncode == 2
    assert {"a", "b", "similarity", "cosine", "together", "shared", "examples"} == set(answer)
    refused = vec2seq("explain", tmp_path / "plain", "w0", "w6")
    assert refused.returncode == 2
    assert "no counts were kept with these vectors; name the text they were made from with --corpus FILE" in (
        refused.stderr
    )


def test_kept_counts_and_counts_of_the_same_text_say_the_same(vec2seq: Command, tmp_path: Path) -> None:
    """Words that the vectors do not have are left out, in both."""
    text = tmp_path / "text.txt"
    text.write_text("\n".join(f"rare{at} {line} Rare{at}" for at, line in enumerate(small_texts())), encoding="utf-8")
    GloVe(width=8, min_count=5, epochs=1, keep_counts=True).fit(text).save(tmp_path / "kept")
    shutil.copytree(tmp_path / "kept", tmp_path / "plain")
    one, other = (
        json.loads(vec2seq("explain", tmp_path / name, "w0", "w6", "--corpus", text, "--json").stdout)
        for name in ("kept", "plain")
    )
    assert one == other
    assert not {"w0", "w6"} & {shared["word"] for shared in one["shared"]}


def test_the_text_of_vectors_in_lower_case_is_lowered(vec2seq: Command, tmp_path: Path) -> None:
    lines = small_texts()
    (tmp_path / "lower.txt").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "upper.txt").write_text("\n".join(line.upper() for line in lines), encoding="utf-8")
    words = sorted({word for line in lines for word in line.split()})
    matrix = np.random.default_rng(0).standard_normal((len(words), 4)).astype(np.float32)
    write_vectors(Vectors(words, matrix), tmp_path / "v.txt", "word2vec")
    one, other = (
        json.loads(vec2seq("explain", tmp_path / "v.txt", "w0", "w6", "--corpus", tmp_path / name, "--json").stdout)
        for name in ("lower.txt", "upper.txt")
    )
    assert one == other
    assert one["shared"]
    (tmp_path / "other.txt").write_text("w1 w2 w3\n" * 9)
    gone = vec2seq("explain", tmp_path / "v.txt", "w0", "w6", "--corpus", tmp_path / "other.txt")
    assert gone.returncode == 2
    assert "was not counted in that text" in gone.stderr


def test_examples_are_found_in_paragraphs(vec2seq: Command, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("king\nsits throne\n\nqueen sits\nthrone\n\nmany other words\n\n" * 20, encoding="utf-8")
    GloVe(width=8, min_count=1, epochs=1, sentence="paragraph").fit(text).save(tmp_path / "m")
    found = json.loads(vec2seq("explain", tmp_path / "m", "king", "queen", "--corpus", text, "--json").stdout)
    assert found["examples"][0]["sentence"] == "king sits throne"
