"""What a model that writes has by heart: how much of what it wrote stands in the texts it learnt from.

Of n characters in a row, a few stand in any two texts of a language, and none of fifty by chance. So shares mean
something beside those of a text that people wrote and the model never saw. The share of n is

    places of the texts whose n characters stand in some training text / places that have n characters after them

Characters are compared by hashes of 64 bits: of a million places and a training text of 100 million characters, that
two that differ are taken for equal has a probability of 1e-5. The longest piece is compared as it is. The training
texts are gone through once for each n, and five to ten times for the longest piece. Memory beside the texts: about
30 MB, and 60 bytes for each character of those that are judged.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIZES = (5, 10, 20, 50)
CHARACTERS_AT_ONCE = 1 << 17
"""So that arrays stay in a processor's cache."""
FILTER_BITS = 21
"""Most hashes that are not looked for are known for it by a table of 2 MB, which is faster than a search."""

Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class Memorised:
    """How much of some texts stands in training texts, word for word."""

    shares: dict[int, float | None]
    """of each n the share of n characters in a row; None if no text is so long"""
    longest: str
    """the longest piece of a text that stands there, the first of several; "" if not even a character does"""


def memorised(texts: Sequence[str], training: Sequence[str], sizes: Sequence[int] = SIZES) -> Memorised:
    """Of texts that were written, or kept out, by the texts that were learnt from; ``sizes``: each n, from 1 on."""
    shares = {}
    for size in sizes:
        there = np.concatenate([np.zeros(0, bool), *_standing(texts, training, size)])
        shares[size] = float(there.mean()) if len(there) else None
    return Memorised(shares, _longest(texts, training))


def _longest(texts: Sequence[str], training: Sequence[str]) -> str:
    """A piece stands there only if all pieces of it do: so its length is found by halving."""
    low, high, found = 0, max(map(len, texts), default=0), ""
    size = min(32, high)  # most pieces are short
    while low < high:
        there = _standing(texts, training, size)
        pieces = (
            text[place : place + size]
            for text, own in zip(texts, there, strict=True)
            for place in np.flatnonzero(own).tolist()
        )
        piece = next((piece for piece in pieces if any(piece in other for other in training)), None)
        if piece is None:
            high = size - 1
        else:
            low, found = size, piece
        size = (low + high + 1) // 2
    return found


def _standing(texts: Sequence[str], training: Sequence[str], size: int) -> list[NDArray[np.bool_]]:
    """Of each text, which of its runs of so many characters stand in the training texts [places]."""
    random = np.random.default_rng(1)
    keys = random.integers(1 << 64, size=0x110000, dtype=np.uint64)
    own = [_hashes(keys[_codes(text)], size) for text in texts]
    missing = _distinct(np.concatenate([np.zeros(0, np.uint64), *own]))
    maybe, shift = np.zeros(1 << FILTER_BITS, bool), np.uint64(64 - FILTER_BITS)
    maybe[missing >> shift] = True
    for block in _blocks(training, size):
        values = keys[_codes("\0".join(block))]
        borders = np.cumsum([len(text) + 1 for text in block])[:-1] - 1
        values[borders] = random.integers(1 << 64, size=len(borders), dtype=np.uint64)  # no run goes across
        hashes = _hashes(values, size)
        hashes = _distinct(hashes[maybe[hashes >> shift]])
        found = np.searchsorted(missing, hashes[_known(missing, hashes)])
        if len(found):  # what is found is looked for no more
            maybe[missing[found] >> shift] = False
            missing = np.delete(missing, found)
            maybe[missing >> shift] = True
            if not len(missing):
                break
    return [~_known(missing, hashes) for hashes in own]


def _distinct(values: Hashes) -> Hashes:
    """The different ones in order; ``np.unique`` takes twenty times as long."""
    ordered = np.sort(values)
    new = np.ones(len(ordered), bool)
    new[1:] = ordered[1:] != ordered[:-1]
    distinct: Hashes = ordered[new]
    return distinct


def _known(ordered: Hashes, values: Hashes) -> NDArray[np.bool_]:
    """Which of some values are among others, which are in order."""
    at = np.searchsorted(ordered, values)
    there: NDArray[np.bool_] = (at < len(ordered)) & (np.append(ordered, np.uint64(0))[at] == values)
    return there


def _blocks(texts: Sequence[str], size: int) -> Iterator[list[str]]:
    """Texts, a few at once; long ones in parts that share ``size`` - 1 characters, so that no run is cut."""
    block: list[str] = []
    room = CHARACTERS_AT_ONCE
    for text in texts:
        for first in range(0, len(text) - size + 1, CHARACTERS_AT_ONCE):
            block.append(text[first : first + CHARACTERS_AT_ONCE + size - 1])
            room -= len(block[-1])
            if room <= 0:
                yield block
                block, room = [], CHARACTERS_AT_ONCE
    if block:
        yield block


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _hashes(values: Hashes, size: int) -> Hashes:
    """Of all runs of so many values v [T] the sum of v[k] B^k, k from 0 on [T - size + 1], none if T is less.

    The hash of a run is made of those of two parts, one after the other, and of 2p values of two times p.
    """
    many = max(len(values) - size + 1, 0)
    found, done, moved = np.zeros(many, np.uint64), 0, 1
    part, factor = 1, 0x9E3779B97F4A7C15
    while True:
        if size & part:
            found += np.uint64(moved) * values[done : done + many]
            done, moved = done + part, moved * factor % (1 << 64)
        if 2 * part > size:
            return found
        values = values[:-part] + np.uint64(factor) * values[part:]
        part, factor = 2 * part, factor * factor % (1 << 64)
