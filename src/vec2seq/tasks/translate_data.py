"""What a Translator learns from: pairs from files or from Python, in numbers, and what is kept out of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.files import ReadSettings
from vec2seq.data.labelled import silent
from vec2seq.data.pairs import Columns, Pair, cells_stripped, read_pairs
from vec2seq.data.pieces import BORDER, Name, Pieces
from vec2seq.data.ragged import Ragged, offsets_of
from vec2seq.data.sides import Choice, Row, Side, chosen, entering, marks_in
from vec2seq.data.split import split_owners
from vec2seq.data.textrows import Tell
from vec2seq.data.texts import in_blocks, kept
from vec2seq.errors import UserError, counted
from vec2seq.run.context import Run
from vec2seq.tasks.data_estimator import is_files, paths_of
from vec2seq.tasks.fingerprint import Fingerprint, fingerprints
from vec2seq.tasks.text_estimator import FEWEST_HELD_OUT

MOST_JUDGED = 2000
"""Sources, of what was kept out, whose targets are searched for; drawn, if there are more."""
ROWS_AT_ONCE = 4096
CHARACTERS_A_PIECE = 400
"""Of words and BPE: a text of so many times as many characters has so many pieces, if nobody says how many."""
FEWEST_SIZE, MOST_SIZE = 512, 8192
COPIED = 0.6
"""Of the characters of targets, if pieces can be copied."""


def pairs_of(X: Any, y: Any, how: ReadSettings, columns: Columns, tell: Tell = silent) -> Iterator[Pair]:
    """Pairs of files, or of a list of sources and one of targets."""
    if is_files(X):
        if y is not None:
            raise UserError("targets stand in the files: give no y with them")
        yield from read_pairs(paths_of(X), how, columns, tell)
        return
    if y is not None and (isinstance(y, str | bytes) or not hasattr(y, "__iter__")):
        raise UserError(f"type {type(y).__name__} holds no targets; give a list of texts")
    sources, targets = list(sources_of(X, how, columns)), None if y is None else list(y)
    if targets is None or len(targets) != len(sources):
        found = "no y" if targets is None else f"{len(targets):,} targets"
        raise UserError(f"{counted(len(sources), 'source')}, but {found}: give one target for each source")
    for pair, target in zip(sources, targets, strict=True):
        several = (target,) if isinstance(target, str) else target
        if not isinstance(several, tuple | list) or not all(isinstance(text, str) for text in several):
            kind = type(target).__name__
            raise UserError(f"{pair.place}: the target is of type {kind}, neither a text nor several that are right")
        yield pair._replace(targets=tuple(dict.fromkeys(text.strip() for text in several if text.strip())) or ("",))


def sources_of(X: Any, how: ReadSettings, columns: Columns, tell: Tell = silent) -> Iterator[Pair]:
    """Sources without targets: of files, or of a list of texts, or of tuples of them."""
    if is_files(X):
        yield from read_pairs(paths_of(X), how, columns, tell, targets=False)
        return
    if isinstance(X, bytes) or not hasattr(X, "__iter__"):
        raise UserError(f"type {type(X).__name__} holds no sources; give a list of texts, or Paths of files")
    for number, source in enumerate(X, 1):
        several = (source,) if isinstance(source, str) else source
        if not isinstance(several, tuple | list) or not several or not all(isinstance(text, str) for text in several):
            raise UserError(f"source {number} is of type {type(source).__name__}, neither a text nor a tuple of texts")
        yield Pair(tuple(map(cells_stripped, several)), (), f"source {number}")


def whole_pairs(pairs: Iterable[Pair], run: Run) -> list[Pair]:
    """Those with a source and a target; one warning says how many have not. UserError if sources are not alike."""
    found: list[Pair] = []
    skipped: list[str] = []
    for pair in pairs:
        if not pair.whole:
            skipped.append(pair.place)
            continue
        if found and len(pair.source) != len(found[0].source):
            raise UserError(
                f"{pair.place}: {counted(len(pair.source), 'column')} of a source, but {found[0].place} has "
                f"{len(found[0].source)}"
            )
        found.append(pair)
    if skipped:
        more = f", and {counted(len(skipped) - 1, 'other')}" if len(skipped) > 1 else ""
        run.warn(f"{skipped[0]}{more}: the source or the target is empty: left out")
    return found


def read(
    X: Any, y: Any, valid: Any, how: ReadSettings, columns: Columns, holdout: float, seed: int, run: Run
) -> tuple[list[Pair], list[Pair], dict[str, str | None]]:
    """Pairs to learn from, and to judge by: these are ``valid``, or a share that is kept out; and their fingerprints.

    ``valid``: files, or a pair of lists. UserError if there are no pairs.
    """
    tell = run.progress.note
    parts = [whole_pairs(pairs_of(X, y, how, columns, tell), run)]
    if valid is not None:
        lists = isinstance(valid, tuple) and len(valid) == 2 and not is_files(valid)
        sources, targets = valid if lists else (valid, None)
        parts.append(whole_pairs(pairs_of(sources, targets, how, columns, tell), run))
    if not all(parts):
        raise UserError(f"there are no pairs to {'judge by' if parts[0] else 'learn from'}")
    facts = fingerprints([fingerprint(pairs) for pairs in parts])
    if valid is not None:
        return parts[0], parts[1], facts
    learnt, out = kept_out(parts[0], holdout, seed)
    if len(out) >= FEWEST_HELD_OUT and learnt:
        return learnt, out, facts
    if holdout:
        run.warn(f"{counted(len(parts[0]), 'pair')} are too few to keep some out: nothing tells how good this model is")
    return parts[0], [], facts


def kept_out(pairs: Sequence[Pair], share: float, seed: int) -> tuple[list[Pair], list[Pair]]:
    """Pairs to learn from, and a share to judge by, at most MOST_JUDGED sources; the same source is on one side."""
    held_out = split_owners([pair.source for pair in pairs], share, MOST_JUDGED, seed)
    parts: tuple[list[Pair], list[Pair]] = ([], [])
    for pair, out in zip(pairs, held_out.tolist(), strict=True):
        parts[out].append(pair)
    return parts


def fingerprint(pairs: Iterable[Pair]) -> Fingerprint:
    """What tells these pairs from others."""
    found = Fingerprint()
    for pair in pairs:
        found.add(pair.source, pair.targets)
    return found


def of_each_source(pairs: Iterable[Pair]) -> list[Pair]:
    """Each source once, with all of its targets: any of them is right."""
    targets: dict[Row, dict[str, None]] = {}
    places: dict[Row, str] = {}
    for pair in pairs:
        targets.setdefault(pair.source, {}).update(dict.fromkeys(pair.targets))
        places.setdefault(pair.source, pair.place)
    return [Pair(tuple(source), tuple(own), places[source]) for source, own in targets.items()]


@dataclass(frozen=True)
class Splitting:
    """How texts become pieces."""

    source: Choice
    target: Choice
    size: int
    """of words and bpe: so many pieces of a side at the most; 0: what suits the texts"""
    min_count: int
    copy: Literal["auto", "yes", "no"]
    """whether pieces of the source can be copied: then both sides have the same"""

    def copies(self, pairs: Sequence[Pair]) -> bool:
        """Whether they can: auto if most of what is written, character by character, stands in the source."""
        if self.copy != "auto":
            return self.copy == "yes"
        columns = [pair.source[0] for pair in pairs], [pair.targets[0] for pair in pairs]
        names = {
            chosen(texts) if name == "auto" else name
            for texts, name in zip(columns, (self.source, self.target), strict=True)
        }
        there = sum(character in source for source, target in zip(*columns, strict=True) for character in target)
        return names == {"chars"} and there >= COPIED * sum(map(len, columns[1]))

    def sides(self, pairs: Sequence[Pair], shared: bool) -> tuple[Side, Side]:
        """Source and target, as learnt from pairs; with the same pieces or not."""
        columns = list(zip(*(pair.source for pair in pairs), strict=True))
        marks = [marks_in(column) for column in columns[1:]]
        spelled = [
            text
            for column in [columns[0], *(column for column, its in zip(columns[1:], marks, strict=True) if not its)]
            for text in column
        ]
        targets = [pair.targets[0] for pair in pairs]
        if shared:
            own = self._learnt([*spelled, *targets], self._shared_name(spelled, targets))
            return Side(own, marks), Side(own)
        source = self._learnt(spelled, chosen(spelled) if self.source == "auto" else self.source)
        target = self._learnt(targets, chosen(targets) if self.target == "auto" else self.target)
        return Side(source, marks), Side(target)

    def _shared_name(self, sources: Sequence[str], targets: Sequence[str]) -> Name:
        """The tokenizer of both sides; UserError if two are asked for."""
        given = {name for name in (self.source, self.target) if name != "auto"}
        if len(given) > 1:
            raise UserError(
                f"source_tokenizer {self.source}, target_tokenizer {self.target}: what copies has the same pieces on "
                "both sides",
                "give both the same, or use {copy} no",
            )
        return next(iter(given), "bpe" if "bpe" in (chosen(sources), chosen(targets)) else "chars")

    def _learnt(self, texts: Sequence[str], name: Name) -> Pieces:
        characters = sum(map(len, texts))
        size = self.size or int(np.clip(characters // CHARACTERS_A_PIECE, FEWEST_SIZE, MOST_SIZE))
        return Pieces.learn([entering(text, name) for text in texts], name, size, self.min_count)


def told_sides(sides: tuple[Side, Side], copies: bool) -> str:
    """How many pieces of which kind the sides have, and whether those of the source can be copied: for people."""
    source, target = sides
    marks = sum(map(len, source.marks))
    more = f" and {counted(marks, 'mark')}" if marks else ""
    told = f"{len(source.pieces):,} kinds of source pieces ({source.pieces.name}){more}"
    if copies:
        return f"{told}, which can be copied"
    return f"{told}, {len(target.pieces):,} of target pieces ({target.pieces.name})"


def numbered(rows: Iterable[Row], side: Side, path: Path | None = None, borders: bool = False) -> Ragged:
    """Rows in numbers, between ``borders`` or not; in a new file at ``path``, or in memory."""
    lengths: list[int] = []
    around = np.full(int(borders), BORDER, np.int32)

    def blocks() -> Iterator[NDArray[np.int32]]:
        for block in in_blocks(rows, ROWS_AT_ONCE):
            own = [np.concatenate([around, numbers, around]) for numbers in side.numbers(block)]
            lengths.extend(map(len, own))
            yield np.concatenate(own)

    values = kept(blocks(), path)
    return Ragged(values, offsets_of(lengths))
