"""Author: writes texts that go on from beginnings, piece after piece, as a model foresees them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.constraints import Permitted
from vec2seq.data.pieces import BORDER, Pieces
from vec2seq.data.stops import Shown
from vec2seq.kernels.sampling import NOTHING, Sampling, Written, sample
from vec2seq.tasks.foresight import Foresight
from vec2seq.tasks.writing import Writing


@dataclass(frozen=True)
class Author:
    """What ``Generator`` writes with."""

    foresight: Foresight
    pieces: Pieces
    whole: bool
    """whether texts have a beginning and an end of their own; else a beginning goes on from what is not there"""
    how: Writing

    def answers(self, beginnings: Iterable[str], start: int = 0) -> Iterator[dict[str, Any]]:
        """Of each beginning "input", "output" (the first text), "score" and "candidates", each with "text", "score".

        The score is the mean log-probability of what was written, by piece. Each draws by its number, from ``start``.
        """
        for number, beginning in enumerate(beginnings, start):
            rows = [Shown(self.stops) for _ in range(self.how.samples)]
            texts, sums, counts = [beginning] * len(rows), np.zeros(len(rows)), np.zeros(len(rows))
            for told in self._written([beginning] * len(rows), number):
                for row in np.flatnonzero(told.tokens != NOTHING).tolist():
                    if not rows[row].stopped:
                        texts[row] += rows[row].add(self.pieces.encoded[told.tokens[row]])
                        sums[row] += told.log_probabilities[row]
                        counts[row] += 1
                if all(row.stopped for row in rows):
                    break
            candidates = [
                {"text": text + row.rest(), "score": score}
                for text, row, score in zip(texts, rows, (sums / np.maximum(counts, 1)).tolist(), strict=True)
            ]
            first = candidates[0]
            yield {"input": beginning, "output": first["text"], "score": first["score"], "candidates": candidates}

    def texts(self, beginnings: Iterable[str], start: int = 0) -> Iterator[Iterable[str]]:
        """The texts of ``answers``, in parts: where there is one of each beginning, as it is written."""
        if self.how.samples > 1:
            yield from (
                [candidate["text"]] for answer in self.answers(beginnings, start) for candidate in answer["candidates"]
            )
        else:
            yield from (self.write(text, number) for number, text in enumerate(beginnings, start))

    def write(self, beginning: str, number: int = 0) -> Iterator[str]:
        """One text, as it is written: first its beginning, then parts of what comes after it.

        It is the first that ``answers`` has for the beginning that is there as number ``number``, from 0.
        """
        written, shown = self._written([beginning], number), Shown(self.stops)
        yield beginning
        for told in written:
            if part := shown.add(self.pieces.encoded[told.tokens[0]]):
                yield part
            if shown.stopped:
                return
        if part := shown.rest():
            yield part

    @property
    def stops(self) -> list[str]:
        """Where to stop."""
        return [] if self.how.stop is None else [self.how.stop]

    def row_of(self, text: str) -> NDArray[np.int64]:
        """A text in numbers, after what it goes on from if it is written from nothing; of a whole text its end, too."""
        (numbers,) = self.pieces.numbers([text])
        return np.concatenate([self._prompt(""), numbers, np.full(int(self.whole), BORDER)])

    def _written(self, beginnings: Sequence[str], number: int) -> Iterator[Written]:
        """What rows write, step after step."""
        how, prompts = self.how, [self._prompt(beginning) for beginning in beginnings]
        randoms = [np.random.default_rng([how.seed, number, row]) for row in range(len(prompts))]
        sampling = Sampling(how.temperature, how.top_k, how.top_p, how.min_p)
        writer, permitted = self.foresight.writer(len(prompts)), self._permitted
        if permitted is not None:
            permitted = permitted.begun(self.pieces.numbers(beginnings[:1])[0].tolist())
        return sample(writer, prompts, how.length, BORDER, sampling, randoms, permitted)

    @cached_property
    def _permitted(self) -> Permitted | None:
        """Which texts may be written; None: all."""
        return self.how.permitted(self.pieces)

    def _prompt(self, beginning: str) -> NDArray[np.int64]:
        """The numbers from which a text goes on: of a whole text its border first; of a stream a new line."""
        (numbers,) = self.pieces.numbers([beginning])
        if self.whole:
            return np.concatenate([[BORDER], numbers])
        return numbers.astype(np.int64) if len(numbers) else self.pieces.numbers(["\n"])[0].astype(np.int64)
