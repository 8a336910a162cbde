"""Bootstrap: the training repeated on resampled text, to see how far each neighbour depends on the sample of text.

Antoniak and Mimno (2018), "Evaluating the Stability of Embedding-based Word Similarities", TACL 6: nearest neighbours
vary with the sample of documents, so train on many and report the spread. A run draws as many sentences as the text
has, with replacement, and trains on them from other random numbers, with everything else as in the model: vocabulary,
counts, settings. Of its vectors only the ranks of the model's neighbours are kept. Where this differs from the paper:
what is drawn are sentences, as the text was read, not documents.

What was done is kept as checkpoints are, and not done again. This does not know what kind of training it repeats.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.checked import Check, checked
from vec2seq.data.corpus import Corpus
from vec2seq.data.ordered import in_order
from vec2seq.data.resample import resampled
from vec2seq.disk import array_digest
from vec2seq.errors import LittleTextError
from vec2seq.kernels.ranks import rank_neighbors
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.context import Run
from vec2seq.run.progress import Part, duration
from vec2seq.run.signals import Interrupted
from vec2seq.vectors.base import VectorEstimator
from vec2seq.vectors.plan import cut_sentences
from vec2seq.vectors.store import Vectors
from vec2seq.vectors.trust import Trust

WORDS, NEIGHBORS = 50_000, 50
"""Whose neighbours are ranked, and how many of each."""

_ROWS_AT_ONCE = 256
_PRODUCT_BYTES = 32_000_000

Settings = TypeVar("Settings", bound=VectorEstimator)


@dataclass(frozen=True)
class Bootstrap(Generic[Settings]):
    """Runs of one training on resampled text."""

    settings: Settings
    """of the model; ``bootstrap`` is the number of runs"""
    corpus: Corpus
    """what the model was trained on"""
    folder: Path
    """has what was done before, if ``run`` goes on"""
    run: Run
    train: Callable[[Settings, Corpus, Path, Run], NDArray[np.float32]]
    """train(settings, text, folder of its own, run): vectors [words, width], which may be changed"""

    def trust(self, vectors: Vectors) -> Trust | None:
        """How far the neighbours can be trusted that the model's ``vectors`` give; None if there is too little text."""
        if len(vectors) < 2:
            self._warn("one word has no neighbors")
            return None
        place = self.folder / "bootstrap" / array_digest(vectors.matrix)[:16]  # what is in it is about these vectors
        with _interrupted_in("the bootstrap"):
            neighbors = _kept(place / "neighbors", lambda: nearest(vectors, self.run.check))
        ranks = []
        for number in range(1, self.settings.bootstrap + 1):
            try:
                with _interrupted_in(self._name(number)):
                    ranks.append(_kept(place / f"ranks-{number}", partial(self._ranks, number, neighbors, place)))
            except LittleTextError as error:
                self._warn(f"{self._name(number)} drew sentences with {error.what}")
                return None
            shutil.rmtree(place / f"run-{number}", ignore_errors=True)
        trust = Trust.of_runs(neighbors, ranks)
        self.run.progress.note(f"bootstrap: {trust}")
        return trust

    def _warn(self, why: str) -> None:
        self.run.warn(f"too little text for a bootstrap, neighbors have no ranks: {why}")

    def _name(self, number: int) -> str:
        return f"bootstrap {number} of {self.settings.bootstrap}"

    def _ranks(self, number: int, neighbors: NDArray[np.int32], place: Path) -> NDArray[np.uint16]:
        """Draw, train and rank."""
        began, own = time.monotonic(), place / f"run-{number}"
        run = replace(self.run, progress=Part(self.run.progress, self._name(number)), minutes=None)
        run.checkpoint = Checkpoint(own) if self.run.checkpoint is not None else None
        run.checkpoint_saved()
        random = np.random.default_rng(np.random.SeedSequence(self.settings.seed, spawn_key=(number,)))
        text = resampled(self.corpus, cut_sentences(self.corpus.offsets), place / "text", random, run.check)
        settings = replace(self.settings, seed=int(random.integers(2**31)), bootstrap=0)
        ranks = rank(self.train(settings, text, own, run), neighbors, settings.used_threads, run.check)
        left = (time.monotonic() - began) * (self.settings.bootstrap - number)
        self.run.progress.note(f"{self._name(number)} done" + (f", about {duration(left)} left" if left else ""))
        return ranks


@contextmanager
def _interrupted_in(name: str) -> Iterator[None]:
    """Say where a run was interrupted, and that nothing of the model is lost."""
    try:
        yield
    except Interrupted:
        raise Interrupted(f"interrupted in {name}; the model itself is trained") from None


def _kept(folder: Path, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
    """What was made before and kept in the folder, or else is made now and kept; memory-mapped."""
    kept = Checkpoint(folder)
    if not kept.exists():
        kept.save({}, {"made": make()})
    return kept.load()[1]["made"]


def nearest(vectors: Vectors, check: Check) -> NDArray[np.int32]:
    """[n, k]: the neighbours that ``vectors`` give for the most frequent words."""
    count, found = min(NEIGHBORS, len(vectors) - 1), []
    for first in checked(range(0, min(WORDS, len(vectors)), _ROWS_AT_ONCE), check):
        rows = np.arange(first, min(first + _ROWS_AT_ONCE, WORDS, len(vectors)))
        found.append(vectors.nearest(vectors.units(rows), count, rows[:, None].tolist())[0].astype(np.int32))
    return np.concatenate(found)


def rank(matrix: NDArray[np.float32], neighbors: NDArray[np.int32], threads: int, check: Check) -> NDArray[np.uint16]:
    """[n, k]: the ranks, among all words, of the first n words' ``neighbors`` [n, k] by other vectors [words, width].

    These are scaled to length 1 in place.
    """
    norms = np.sqrt(np.einsum("ij,ij->i", matrix, matrix))
    matrix /= np.where(norms > 0, norms, np.float32(1))[:, None]
    product_bytes = max(_PRODUCT_BYTES, matrix.nbytes) // threads
    at_once = max(1, min(_ROWS_AT_ONCE, product_bytes // (4 * len(matrix))))

    def ranks_from(first: int) -> NDArray[np.uint16]:
        part = neighbors[first : first + at_once]
        ranks = np.empty(part.shape, np.uint16)
        rank_neighbors(matrix[first : first + len(part)] @ matrix.T, first, part, ranks)
        return ranks

    blocks = checked(range(0, len(neighbors), at_once), check)
    return np.concatenate(list(in_order(ranks_from, blocks, threads)))
