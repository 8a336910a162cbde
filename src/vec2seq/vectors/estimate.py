"""How much memory, disk and time a training will take, and whether that fits."""

import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vec2seq.data.blocks import Block, Source, open_source
from vec2seq.data.compressed import COMPRESSED
from vec2seq.data.corpus import Corpus
from vec2seq.data.files import ReadSettings
from vec2seq.errors import UserError
from vec2seq.run.context import CHECKPOINT_SECONDS, Run
from vec2seq.run.progress import amount, duration
from vec2seq.run.resources import available_memory, free_disk
from vec2seq.run.signals import stop_requests

if TYPE_CHECKING:
    from vec2seq.vectors.base import VectorEstimator
    from vec2seq.vectors.plan import Plan
    from vec2seq.vectors.training import Training
    from vec2seq.vectors.word2vec import Word2Vec

MEASURED_SECONDS = 0.04
PROCESS_BYTES = 170_000_000
"""Python, NumPy, Numba, the compiled kernels, and the buffers for reading text."""
START_SECONDS = 0.7
"""Starting Python, loading Numba."""
SEGMENTER_BYTES = 60_000_000
"""The dictionary of the segmenter of Han text."""
WORD_BYTES = 150
"""A word's text, count and place in the tables."""
LONGEST_SAMPLE = 256 << 20
"""Bytes of a long text that ``plan`` reads."""
COMPRESSION = 3.3
"""How many times longer a text is than its compressed file, about; matters only if others are not compressed."""
RANKED_WORDS, RANKS_BYTES = 50_000, 100
"""Most words whose neighbours a bootstrap ranks, and what it keeps of each in a run."""
VOCABULARY_GROWTH = 0.55
"""A text n times as long has n ** this times as many frequent words (Heaps' law)."""


@dataclass(frozen=True)
class Estimate:
    """What a training needs."""

    text_words: int
    vocabulary: int
    seconds: float
    memory_bytes: int
    """peak resident memory, ``mapped_bytes`` included"""
    mapped_bytes: int
    """encoded text, mapped from the disk: memory that the system can take back"""
    disk_bytes: int
    """at the peak: the encoded text and the model, or two checkpoints in a run that saves its state"""

    def __str__(self) -> str:
        """One line for people."""
        return (
            f"about {duration(self.seconds)}, "
            f"{amount(self.memory_bytes)}B of memory, {amount(self.disk_bytes)}B on disk "
            f"for {amount(self.text_words)} words, {amount(self.vocabulary)} different ones"
        )


def process_bytes() -> int:
    """Memory of the program that has read a text, before it trains."""
    return PROCESS_BYTES + (SEGMENTER_BYTES if "rjieba" in sys.modules else 0)


def states(settings: "VectorEstimator") -> int:
    """How many times what is trained is in memory: with the best so far, and beside a bootstrap's runs the model."""
    return 1 + bool(settings.patience) + bool(settings.bootstrap)


def ranking_seconds(settings: "VectorEstimator", words: float) -> float:
    """What a bootstrap takes to find neighbours and their ranks: products of matrices, and a look at each number."""
    pair_seconds = 2 * settings.width / 1e11 + 2e-9 / settings.used_threads  # on a processor of the 2020s
    return (settings.bootstrap + 2) * min(words, RANKED_WORDS) * words * pair_seconds if settings.bootstrap else 0.0


def check_room(settings: "VectorEstimator", run: Run, words: int, state: int, model: int, beside: int = 0) -> None:
    """UserError if what a training is still to take does not fit this machine's memory, or the disk of its results.

    ``state``: bytes of what is trained; ``model``, ``beside``: disk of the model, and of what else is to come.
    """
    needed = state * states(settings)
    memory = available_memory()
    if memory is not None and needed > memory:
        raise UserError(
            f"needs about {amount(needed)}B of memory, but {amount(memory)}B are free",
            "use a smaller {width}, a larger {min_count}, or {max_size}",
        )
    if run.checkpoint is None:
        return
    results = kept_bytes(settings, state, model, words) + beside
    folder = run.checkpoint.folder
    disk = free_disk(folder)
    if results > disk:
        raise UserError(
            f"needs about {amount(results)}B on the disk of {folder}, but {amount(disk)}B are free: "
            "make room, or choose another place"
        )


def model_bytes(plan: "Plan") -> int:
    """Disk of the model."""
    return 4 * plan.width * (plan.words + plan.output_rows)


def kept_bytes(settings: "VectorEstimator", state: float, model: float, words: float) -> float:
    """Disk of what a run keeps at its most: a new checkpoint is written before the old one goes, and the last one stays
    until the model is there. A bootstrap has two of one of its runs beside the model's last one, and the ranks.

    ``state``: what is trained; ``words``: in the vocabulary.
    """
    state *= 2 if settings.patience else 1
    if settings.bootstrap:
        return 3 * state + settings.bootstrap * min(words, RANKED_WORDS) * RANKS_BYTES
    return state + max(state, model)


def results_bytes(
    settings: "VectorEstimator", state: float, model: float, words: float, seconds: float, saves: float | None
) -> float:
    """As ``kept_bytes``, but of a run that ends before it saves its state, every ``saves`` seconds, only the model."""
    if saves is None or (seconds < saves and not settings.bootstrap):
        return model
    return kept_bytes(settings, state, model, words)


def estimate_of(training: "Training", speed: float, saves: float | None, text: float = 1.0) -> Estimate:
    """What a training needs that reads ``speed`` words a second, if its text were ``text`` times as long.

    ``saves``: seconds between its checkpoints; None if it keeps none.
    """
    plan, corpus, settings = training.plan, training.corpus, training.settings
    grown = text**VOCABULARY_GROWTH
    model = model_bytes(plan) * grown
    state = plan.state_bytes * grown
    encoded = (corpus.ids.nbytes + corpus.offsets.nbytes) * text
    words = corpus.text_words * text
    seconds = (1 + settings.bootstrap) * training.epochs * words / speed
    results = results_bytes(settings, state, model, plan.words * grown, seconds, saves)
    if settings.bootstrap:
        results += encoded  # a sample of it
    buffers = sum(worker.bytes for worker in training.descent.workers)
    return Estimate(
        text_words=round(words),
        vocabulary=round(plan.words * grown),
        seconds=seconds + ranking_seconds(settings, plan.words * grown),
        memory_bytes=round(
            process_bytes() + states(settings) * state + buffers + plan.words * grown * WORD_BYTES + encoded
        ),
        mapped_bytes=round(encoded),
        disk_bytes=round(encoded + max(encoded, results)),  # encoded text needs twice its room while it is made
    )


def measured_speed(training: "Training") -> float:
    """Words of text per second, from a short run with learning rate 0, which changes nothing."""
    plan, descent = training.plan, training.descent
    order = plan.order(0)
    words = done = 0
    crew, _ = descent.start_epoch(0, 0, 1, rate=0.0)  # compiles or loads the kernels
    crew.finish()
    began = time.perf_counter()
    while done < len(order) and time.perf_counter() - began < MEASURED_SECONDS:
        last = min(done + 4 * plan.threads, len(order))
        crew, _ = descent.start_epoch(0, done, last, rate=0.0)
        crew.finish()
        words += int(plan.stretch_sizes[order[done:last]].sum())
        done = last
    training.forget_losses()
    seconds = time.perf_counter() - began
    return words / seconds * training.corpus.text_words / max(int(plan.stretch_sizes.sum()), 1)


def estimate(settings: "Word2Vec", x: Any, checkpoint: bool) -> Estimate:
    """What ``settings.fit(x)`` will need, with checkpoints or without.

    Reads the text, of a long one the first 256 MB, and trains for a moment.
    """
    from vec2seq.vectors.training import Training  # loads Numba

    settings.check_settings()
    run = Run()
    source, files = beginning(x, settings.read_settings(run))
    with tempfile.TemporaryDirectory(prefix="vec2seq-") as folder:
        began = time.perf_counter()
        with stop_requests(run.stop):
            corpus = settings.corpus(source, Path(folder), run, settings.new_tokenizer(run.check), None)
        reading = time.perf_counter() - began
        training = Training(settings, corpus, run)
        text = times(source, files)
        needs = estimate_of(training, measured_speed(training), CHECKPOINT_SECONDS if checkpoint else None, text)
    return Estimate(**{**vars(needs), "seconds": START_SECONDS + reading * text + needs.seconds})


def beginning(x: Any, how: ReadSettings) -> tuple[Source | Corpus, list[Path]]:
    """The text, from files of known size its first 256 MB, and these files."""
    if isinstance(x, Corpus):
        return x, []
    source = open_source(x, how)
    files = source.found.files
    if not all(file.is_file() for file in files):  # a pipe among them
        return source, []

    def first(blocks: Iterator[Block]) -> Iterator[Block]:
        size = 0
        for block in blocks:
            size += len(block.data)
            yield block
            if size >= LONGEST_SAMPLE:
                return

    return replace(source, blocks=first(source.blocks)), files


def times(source: Source | Corpus, files: list[Path]) -> float:
    """How many times as long as what was read of them the files are."""
    if not isinstance(source, Source) or not files:
        return 1.0
    weights = {file: COMPRESSION if file.suffix.lower() in COMPRESSED else 1.0 for file in files}
    read = sum(weights[file] * size for file, size in source.read_bytes.items())
    return sum(weights[file] * file.stat().st_size for file in files) / read if read else 1.0
