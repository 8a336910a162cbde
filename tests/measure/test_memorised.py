"""What stands in the training texts: as one finds by looking for each piece, whatever the size of blocks."""

from collections.abc import Sequence
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vec2seq.measure import memorised as module
from vec2seq.measure.memorised import memorised

TEXTS = st.lists(st.text("ab月\0\U0001f319\ud800", max_size=24), max_size=4)


def plain_share(texts: Sequence[str], training: Sequence[str], size: int) -> float | None:
    pieces = [text[at : at + size] for text in texts for at in range(len(text) - size + 1)]
    return sum(any(piece in text for text in training) for piece in pieces) / len(pieces) if pieces else None


def plain_longest(texts: Sequence[str], training: Sequence[str]) -> str:
    pieces = [text[at:end] for text in texts for at in range(len(text)) for end in range(at + 1, len(text) + 1)]
    return max((piece for piece in pieces if any(piece in text for text in training)), key=len, default="")


@given(texts=TEXTS, training=TEXTS, at_once=st.integers(1, 30))
@example(texts=["abab", "b"], training=["ab", "ab"], at_once=30)
@example(texts=["ab"], training=[], at_once=30)
def test_it_is_what_one_finds_by_looking(texts: list[str], training: list[str], at_once: int) -> None:
    with patch.object(module, "CHARACTERS_AT_ONCE", at_once), patch.object(module, "FILTER_BITS", 4):
        found = memorised(texts, training, (1, 2, 3, 5, 8))
    assert found.shares == pytest.approx({size: plain_share(texts, training, size) for size in (1, 2, 3, 5, 8)})
    assert found.longest == plain_longest(texts, training)


def test_nothing_goes_from_one_text_to_the_next() -> None:
    found = memorised(["spring is here", "abcd"], ["spring ", "is here", "ab", "cd"], (4,))
    assert found.shares == {4: pytest.approx(8 / 12)}
    assert found.longest == "spring "
    assert memorised(["spring is here"], ["spring is here"], (4,)).shares == {4: 1}


def test_a_long_text_that_was_learnt_by_heart() -> None:
    random = np.random.default_rng(1)
    training, other = ("".join(map(chr, random.integers(0x4E00, 0x4E80, size))) for size in (400_000, 30_000))
    copied = training[131_000:131_200]  # from one block to the next
    found = memorised([other, copied + other[:100]], [training])
    assert found.longest == copied
    assert found.shares[50] == pytest.approx(151 / (30_000 - 49 + 300 - 49))
    assert found.shares[20] == pytest.approx(181 / (30_000 - 19 + 300 - 19))
    assert memorised([other], [training]).shares[20] == 0
    assert found.shares[5] == pytest.approx(plain_share([other[:3000]], [training], 5), abs=0.05)
