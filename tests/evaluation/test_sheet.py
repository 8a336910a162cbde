"""evaluation.sheet and example: what the page is given, for several vectors side by side."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluation.making import family, random_vectors, trusted_family, written
from vec2seq.evaluation.evaluate import evaluate
from vec2seq.evaluation.example import choose_example, work_out
from vec2seq.evaluation.items import Analogies, own_items, read_items
from vec2seq.evaluation.sheet import write_sheet
from vec2seq.vectors.store import Vectors

QUESTIONS = ": family\nman woman king queen\nman woman Father mother\n: other\nking queen man woman\n"


def sheet_data(path: Path) -> dict[str, Any]:
    found = re.search(r'<script id="data" type="application/json">(.*?)</script>', path.read_text(encoding="utf-8"))
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_every_measure_of_every_file_stands_beside_the_others(tmp_path: Path) -> None:
    path = written(tmp_path, QUESTIONS)
    pairs = written(
        tmp_path, "man\twoman\t3\nking\tqueen\t2\none\ttwo\t5\nman\tone\t1\nmother\tparent\t4\n", "pairs.tsv"
    )
    other = Vectors(family().tokens, np.random.default_rng(0).standard_normal((9, 3)).astype(np.float32))
    items = [("items.txt", read_items(path)), (str(pairs), read_items(pairs))]
    write_sheet({"one": family(), "<other>": other}, items, tmp_path / "sheet.html", "sheet", "zh")
    data = sheet_data(tmp_path / "sheet.html")
    assert data["models"] == [
        {"name": "one", "words": 9, "width": 3},
        {"name": "<other>", "words": 9, "width": 3},
    ]
    assert [file["name"] for file in data["files"]] == ["items.txt", "pairs.tsv"]
    for file, scores in zip(data["files"], [evaluate(family(), path), evaluate(family(), pairs)], strict=True):
        for row, score in zip(file["rows"], scores, strict=True):
            assert (row["metric"], row["section"]) == (score.metric, score.section)
            first, second = row["cells"]
            assert [first[key] for key in ("score", "low", "high", "n", "coverage", "p", "difference")] == [
                *(score.score, score.low, score.high, score.n, score.coverage, score.p, None)
            ]
            if second["difference"] is not None:
                assert second["difference"]["score"] == pytest.approx(second["score"] - first["score"])
    assert data["files"][1]["rows"][0]["cells"][1]["difference"]["n"] == 5
    assert data["example"]["words"] == ["man", "king", "woman", "queen"]


def test_trust_is_shown_where_it_is_known(tmp_path: Path) -> None:
    vectors = trusted_family()
    write_sheet({"one": vectors, "other": family()}, [], tmp_path / "sheet.html", "sheet")
    trust, nothing = sheet_data(tmp_path / "sheet.html")["trust"]
    assert nothing is None
    assert (trust["runs"], trust["words"], trust["stable_share"]) == (20, 9, pytest.approx(2 / 3))
    assert trust["by_frequency"] == [[1, 9, pytest.approx(2 / 3)]]
    words = ["man", "king", "woman", "queen"]
    assert trust["near"] == [
        [word, [near._asdict() for near in found]] for word, found in zip(words, vectors.neighbors(words), strict=True)
    ]
    assert {near["stable"] for _, found in trust["near"] for near in found if "stable" in near} == {True, False}


def test_worked_example_is_exact() -> None:
    worked = work_out(family(), ("man", "woman", "king", "queen"))
    assert worked.near[0][0] == "queen"
    assert worked.near[0][2] is False
    assert {word for word, _, asked in worked.near if asked} == {"man", "woman", "king"}
    assert (worked.rank, worked.rank_of_all) == (1, 1)
    assert 0.5 < worked.share <= 1.0
    assert worked.plane.shape == (5, 2)


def test_rank_is_with_and_without_the_words_of_the_question() -> None:
    plan = {"a": (1, 0), "b": (1, 0.1), "c": (1, 0.2), "d": (0, 1), "e": (1, 0.3)}
    vectors = Vectors(list(plan), np.array(list(plan.values()), np.float32))
    worked = work_out(vectors, ("a", "b", "c", "d"))
    assert (worked.rank, worked.rank_of_all) == (2, 5)


def test_example_is_one_that_all_vectors_know() -> None:
    own = Analogies([("w1", "w2", "w3", "gone"), ("w4", "w5", "w6", "w7")], ["s"], [0, 0])
    assert choose_example([random_vectors(9), random_vectors(8)], [own]) == ("w4", "w5", "w6", "w7")
    assert choose_example([family(), random_vectors(9)], [own]) is None
    assert choose_example([family()], []) == ("man", "king", "woman", "queen")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_our_own_items_are_whole(language: Any) -> None:
    (_, analogies), (_, categories), (_, associations) = own_items(language)
    assert isinstance(analogies, Analogies)
    assert len(set(categories.words)) == len(categories.words) > 100  # type: ignore[union-attr]
    assert min(categories.categories.count(name) for name in categories.categories) >= 8  # type: ignore[union-attr]
    for test in associations.tests:  # type: ignore[union-attr]
        words = [word for side in (*test.targets, *test.attributes) for word in side]
        assert len(set(words)) == len(words) == 32
