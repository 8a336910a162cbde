"""How a Generator foresees a text: of each piece its probability, and what else was likely there.

What is foreseen is a share of what the net says and of what counted n-grams say; all three are told beside each other,
so that one sees where the net knows more than the counts. An exported model is asked in the same way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.pieces import Pieces
from vec2seq.errors import UserError
from vec2seq.tasks.foresight import Foreseen
from vec2seq.tasks.generate import Generator

LONGEST = 4000
"""Pieces of a text that is explained."""
LEVELS = (0.5, 0.1, 0.01)
"""Probabilities below which a piece is marked, and marked more."""
FACTORS = (2, 10)
"""How many times as probable a piece is to the one as to the other, for that to be marked, and marked more."""
PARTS = ("", "₂", "₃", "₄")
SMALLEST = 1e-300
"""What the logarithm of a smaller probability is taken of."""


class Candidate(NamedTuple):
    """A piece that may stand somewhere, and how probable it is there."""

    text: str
    """bytes that are no character by themselves as \\xe6; of the end of a text nothing"""
    probability: float
    """by net and counts together, as the model writes"""
    net: float
    """by the net alone"""
    counts: float
    """by counting alone"""


class Place(NamedTuple):
    """A piece of the text, and what else might have stood there."""

    piece: Candidate
    shown: str
    """the characters that begin in it; of a piece in which none does, which part of its character it is: ₂, ₃ or ₄"""
    characters: int
    """how many these are; the end of a text counts as one"""
    rank: int
    """1: nothing was more probable"""
    entropy_bits: float
    """how unsure the model was before it saw the piece: 0 to log2 of how many pieces there are"""
    alternatives: Sequence[Candidate]
    """the most probable pieces, the best first; the piece itself may be among them"""

    def to_json(self) -> dict[str, Any]:
        """For JSON: the fields, and those of "piece" beside them."""
        told = {name: value for name, value in self._asdict().items() if name != "piece"}
        return self.piece._asdict() | told | {"alternatives": [other._asdict() for other in self.alternatives]}


@dataclass(frozen=True, eq=False, kw_only=True)
class Alternatives:
    """A text as a model foresees it, piece by piece."""

    model: str
    """its name"""
    share: float
    """of the net in what is foreseen; the rest is of the counts"""
    places: Sequence[Place]

    def nats_per_char(self) -> dict[str, float]:
        """Of "both", "net", "counts": the mean of -ln p by character; of whole texts that of ``Generator.scores``."""
        characters = max(sum(place.characters for place in self.places), 1)
        logs = np.log(np.maximum([place.piece[1:] for place in self.places], SMALLEST)).sum(0)
        return dict(zip(("both", "net", "counts"), (-logs / characters).tolist(), strict=True))

    def net_ahead(self) -> int:
        """How many pieces are more probable to the net than to counting."""
        return sum(place.piece.net > place.piece.counts for place in self.places)

    def surprising(self, most: int = 10) -> list[int]:
        """The places of the least probable pieces, the least probable first."""
        order = sorted(range(len(self.places)), key=lambda at: self.places[at].piece.probability)
        return order[:most]

    def to_json(self) -> dict[str, Any]:
        """For JSON: "model", "share", "nats_per_char", "net_ahead", "pieces", "surprising" (their places, from 0)."""
        return {
            "model": self.model,
            "share": self.share,
            "nats_per_char": self.nats_per_char(),
            "net_ahead": self.net_ahead(),
            "pieces": [place.to_json() for place in self.places],
            "surprising": self.surprising(),
        }


def alternatives_of(model: Generator, text: str, name: str, top: int = 5) -> Alternatives:
    """How a text is foreseen; ``name``: the model's, ``top``: how many alternatives of each piece.

    A whole text's end is its last piece; a stream is read as after a new line. UserError for a text that is empty, or
    has more than LONGEST pieces.
    """
    author, pieces = model.author(), model.pieces
    if not text:
        raise UserError("the text is empty: there is nothing to foresee")
    row = author.row_of(text)
    if len(row) - 1 > LONGEST:
        raise UserError(f"the text has {len(row) - 1:,} pieces, more than {LONGEST:,}", "explain a part of it")
    shown = _shown([pieces.encoded[number] for number in row.tolist()])
    found: dict[int, Place] = {}
    for part in author.foresight.places(row):
        at = part.places.tolist()
        found.update(zip(at, _places(part, row[at], [shown[place] for place in at], pieces, top), strict=True))
    return Alternatives(model=name, share=author.foresight.share, places=[found[at] for at in sorted(found)])


def _shown(data: Sequence[bytes]) -> list[str]:
    """Of pieces of UTF-8 what is seen of each in the text; see ``Place.shown``."""
    characters, found, part = iter(b"".join(data).decode(errors="replace")), [], 0
    for piece in data:
        begins = sum(byte & 0xC0 != 0x80 for byte in piece)
        part = part + 1 if piece and not begins else 0
        found.append(PARTS[min(part, 3)] or "".join(islice(characters, begins)))
    return found


def _places(part: Foreseen, ids: NDArray[np.int64], shown: Sequence[str], pieces: Pieces, top: int) -> list[Place]:
    """Of some places, at which the pieces with these numbers stand [N]."""
    both = part.both
    rows, last = np.arange(len(ids)), both.shape[1] - 1
    ranks = 1 + (both > both[rows, ids][:, None]).sum(1)
    entropies = -(both * np.log2(np.maximum(both, SMALLEST))).sum(1)
    best = np.argpartition(-both, min(top - 1, last), 1)[:, :top]
    best = np.take_along_axis(best, np.argsort(-np.take_along_axis(both, best, 1), 1, kind="stable"), 1)

    def candidate(row: int, number: int) -> Candidate:
        text = pieces.encoded[number].decode(errors="backslashreplace")
        return Candidate(text, *(float(said[row, number]) for said in (both, part.net, part.counts)))

    return [
        Place(
            piece=candidate(row, number),
            shown=shown[row],
            characters=int(pieces.sizes[0][number]),
            rank=rank,
            entropy_bits=max(entropy, 0.0),
            alternatives=[candidate(row, other) for other in others],
        )
        for row, number, rank, entropy, others in zip(
            rows.tolist(), ids.tolist(), ranks.tolist(), entropies.tolist(), best.tolist(), strict=True
        )
    ]


def level_of(probability: float) -> int:
    """How much a piece is marked, from 0 to 3: by LEVELS."""
    return sum(probability < level for level in LEVELS)
