"""Written texts beside what is right: edits as a plain table counts them, and sacrebleu's numbers."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from vec2seq.errors import UserError
from vec2seq.measure import texts as measured
from vec2seq.measure.texts import check_installed, edits, text_scores

TEXTS = ["two dogs run", "a man sleeps on a couch .", "", "the cat", "a woman reads a book in the park"]
RIGHT = [
    ["two dogs run fast", "two dogs are running"],
    ["a man is sleeping on a couch."],
    ["something"],
    ["the cat"],
    ["a woman is reading a book in a park", "a lady reads in the park", "a woman reads a book in the park"],
]
SHORT = st.lists(st.integers(0, 3), max_size=7)


def plain(first: Sequence[Any], second: Sequence[Any]) -> int:
    table = np.zeros((len(first) + 1, len(second) + 1), int)
    table[:, 0], table[0] = range(len(first) + 1), range(len(second) + 1)
    for i, one in enumerate(first):
        for j, other in enumerate(second):
            table[i + 1, j + 1] = min(table[i, j + 1] + 1, table[i + 1, j] + 1, table[i, j] + (one != other))
    return int(table[-1, -1])


@given(first=SHORT, second=SHORT)
def test_edits_are_those_of_the_table(first: list[int], second: list[int]) -> None:
    assert edits(first, second) == edits(second, first) == plain(first, second)


def test_edits_of_texts() -> None:
    assert (edits("kitten", "sitting"), edits("", "abc"), edits("", "")) == (3, 3, 0)


def test_shares_and_rates() -> None:
    score = text_scores("exact_match", ["a", "b", "e\u0301"], [["a"], ["c", "b"], ["\u00e9"]], "f")
    assert (score.score, score.n, score.file) == (1.0, 3, "f")  # after NFC
    assert text_scores("exact_match", ["A"], [["a"]], "").score == 0.0  # case counts
    assert text_scores("cer", ["abc", "x"], [["abd"], ["xyz"]], "").score == pytest.approx(3 / 6)
    rate = text_scores("phoneme_error_rate", ["AH B", "K"], [["AH  P", "B"], ["K"]], "")
    assert rate.score == pytest.approx(1 / 3)  # to AH P one edit of two, to B one of one
    assert text_scores("cer", ["", "ab"], [["", "zz"], ["ab"]], "").score == 0.0


@pytest.mark.parametrize(("name", "metric"), [("bleu", BLEU()), ("chrf", CHRF())])
def test_sacrebleus_numbers(name: str, metric: Any) -> None:
    score = text_scores(name, TEXTS * 5, RIGHT * 5, "")
    assert score.score == pytest.approx(metric.corpus_score(TEXTS * 5, list(zip_longest(*RIGHT * 5))).score)
    assert score.low is not None
    assert score.high is not None
    assert score.low < score.score < score.high
    first = [[own[0]] for own in RIGHT * 5]
    assert text_scores(name, TEXTS * 5, first, "").score != pytest.approx(score.score)


def test_chinese_is_split_by_characters() -> None:
    texts, right = ["我喜欢这本书。", "他在公园里跑步。"], [["我很喜欢这本书。"], ["他在公园里跑步。"]]
    want = BLEU(tokenize="zh").corpus_score(texts, list(zip_longest(*right))).score
    assert text_scores("bleu", texts, right, "").score == pytest.approx(want)
    assert BLEU().corpus_score(texts, list(zip_longest(*right))).score < want


def test_what_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    check_installed(["bleu"])
    monkeypatch.setattr(measured, "find_spec", lambda name: None)
    check_installed(["cer", "exact_match"])
    with pytest.raises(UserError, match=r"needs: pip install 'vec2seq\[scores\]'"):
        check_installed(["cer", "chrf"])
