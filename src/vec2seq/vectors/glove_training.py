"""A run of GloVe. What one epoch does stands in ``adagrad.py``, what all runs do in ``epochs.py``."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.cooccurrence import PAIR_BYTES, Cooccurrences, given_table
from vec2seq.errors import UserError
from vec2seq.run.context import CHECKPOINT_SECONDS, Run
from vec2seq.run.progress import amount
from vec2seq.vectors.adagrad import AdaGrad, Loss
from vec2seq.vectors.entries import BUCKET_ENTRIES, ENTRY_BYTES, Buckets
from vec2seq.vectors.epochs import Epochs
from vec2seq.vectors.estimate import (
    MEASURED_SECONDS,
    START_SECONDS,
    VOCABULARY_GROWTH,
    WORD_BYTES,
    Estimate,
    beginning,
    check_room,
    process_bytes,
    ranking_seconds,
    results_bytes,
    states,
    times,
)
from vec2seq.vectors.factors import Factors

if TYPE_CHECKING:
    from vec2seq.vectors.glove import GloVe

Known = tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
"""Rows of words that are known, their word vectors, context vectors and biases."""

PAIRS_GROWTH = 0.8
"""A text n times as long has about n ** this times as many different pairs of words near each other."""


def check_vectors(settings: "GloVe", run: Run, words: int, pairs: int = 0) -> None:
    """UserError if so many vectors do not fit the memory that may be taken, or they and the pairs to come the disk."""
    state = Factors.bytes(words, settings.width)
    needed = state * states(settings)
    if settings.memory is not None and needed > settings.free_bytes(words):
        raise UserError(
            f"memory {settings.memory}: {words:,} vectors of width {settings.width} take {amount(needed)}B beside "
            "the program",
            "allow more {memory}, or use a smaller {width}, a larger {min_count}, or {max_size}",
        )
    beside = pairs * (ENTRY_BYTES + (PAIR_BYTES if settings.keep_counts else 0))
    check_room(settings, run, words, state, model_bytes(settings.width, words), beside)


def model_bytes(width: int, words: float) -> int:
    """Disk of the model."""
    return round(4 * words * (2 * width + 2))


class GloVeTraining(Epochs):
    """A run of GloVe on a table of co-occurrences."""

    settings: "GloVe"
    descent: AdaGrad
    matrices: Factors
    nothing_learnt = ("all pairs of words are held out: nothing to learn", "use a smaller {holdout}, or more text")

    def __init__(
        self,
        settings: "GloVe",
        table: Cooccurrences,
        folder: Path,
        run: Run,
        known: Known | None = None,
        start: str | None = None,
    ):
        """The entries, dealt into buckets, lie in ``folder``. ``known`` is what the training goes on with."""
        super().__init__(settings, run, table.fingerprint, start)
        self.table, self.known = table, known
        self.epochs = settings.epochs
        check_vectors(settings, run, len(table.vocab), 0 if run.goes_on() else len(table))
        (folder / "pairs").mkdir(exist_ok=True)
        every = round(min(1 / settings.holdout, len(table) + 1)) if settings.holdout else 0
        path, threads = folder / "pairs" / "pairs.bin", settings.used_threads
        buckets = Buckets.deal(table, path, threads, every, settings.seed, run.check, done=run.goes_on())
        self.matrices = Factors(len(table.vocab), settings.width, settings.seed)
        self.begin()
        loss = Loss(settings.x_max, settings.alpha)
        self.descent = AdaGrad(self.matrices, buckets, loss, settings.lr, settings.seed)

    def begin(self) -> None:
        """Set the vectors to what they are before the training."""
        self.matrices.start()
        if self.known is not None:
            self.matrices.take_over(*self.known)

    @property
    def epoch_units(self) -> int:
        """Pairs of the table."""
        return len(self.table)

    def measured_speed(self) -> float:
        """Pairs per second, from a short training that is then forgotten."""
        sizes, threads = self.descent.piece_sizes(0), self.settings.used_threads
        crew, _ = self.descent.start_epoch(0, 0, threads)  # compiles or loads the kernels
        crew.finish()
        began, done, pairs = time.perf_counter(), 0, 0
        while done < len(sizes) and time.perf_counter() - began < MEASURED_SECONDS:
            crew, _ = self.descent.start_epoch(0, done, done + threads)
            crew.finish()
            pairs += int(sizes[done : done + threads].sum())
            done += threads
        seconds = time.perf_counter() - began
        self.begin()
        self.forget_losses()
        return max(pairs, 1) / seconds

    def estimate(self, speed: float, saves: float | None, text: float = 1.0) -> Estimate:
        """What the training needs at so many pairs a second, if its text were ``text`` times as long."""
        grown, pairs = text**VOCABULARY_GROWTH, len(self.table) * text**PAIRS_GROWTH
        words = len(self.table.vocab) * grown
        model = model_bytes(self.settings.width, words)
        state = Factors.bytes(len(self.table.vocab), self.settings.width) * grown
        seconds = (1 + self.settings.bootstrap) * self.epochs * pairs / speed
        results = results_bytes(self.settings, state, model, words, seconds, saves)
        ids = 4 * self.table.text_words * text
        blocks = max(2 * ids / max(self.settings.free_bytes(len(self.table.vocab)), 1), 1)  # a word and its place
        spilt = pairs * PAIR_BYTES * blocks ** (1 - PAIRS_GROWTH) if blocks > 1 else 0
        dealt = pairs * (ENTRY_BYTES + (PAIR_BYTES if self.settings.keep_counts else 0))
        trained = states(self.settings) * state + self.settings.used_threads * 3 * BUCKET_ENTRIES * ENTRY_BYTES
        counting = min(2 * ids, self.settings.free_bytes(len(self.table.vocab)))
        return Estimate(
            text_words=round(self.table.text_words * text),
            vocabulary=round(words),
            seconds=seconds + ranking_seconds(self.settings, words),
            memory_bytes=round(process_bytes() + words * WORD_BYTES + max(trained, counting)),
            mapped_bytes=0,
            disk_bytes=round(
                (2 if self.settings.bootstrap else 1) * (ids + pairs * PAIR_BYTES + max(dealt, spilt)) + results
            ),
        )


def estimate(settings: "GloVe", x: Any, checkpoint: bool) -> Estimate:
    """What ``settings.fit(x)`` will need, with checkpoints or without.

    Reads the text, of a long one the first 256 MB, counts, and trains for a moment.
    """
    settings.check_settings()
    run = Run()
    source, files = (x, []) if given_table(x) else beginning(x, settings.read_settings(run))
    with tempfile.TemporaryDirectory(prefix="vec2seq-") as folder:
        began = time.perf_counter()
        table = settings.table(source, Path(folder), run, settings.new_tokenizer(run.check), None)
        training = GloVeTraining(settings, table, Path(folder), run)
        preparing = time.perf_counter() - began
        text = times(source, files)
        needs = training.estimate(training.measured_speed(), CHECKPOINT_SECONDS if checkpoint else None, text)
    return replace(needs, seconds=START_SECONDS + (1 + settings.bootstrap) * preparing * text + needs.seconds)
