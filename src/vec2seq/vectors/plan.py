"""What stays the same during a training of word2vec: the tables, the sizes, and how the text is cut into stretches.

Text is cut into stretches of some thousand words. An epoch does them in a random order: text is not stationary, and in
its own order it teaches worse (docs/decisions/0003-threads.md).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.corpus import Corpus
from vec2seq.errors import LittleTextError, UserError
from vec2seq.kernels.simd.rows import padded
from vec2seq.kernels.simd.tiles import OUTPUTS
from vec2seq.kernels.tables import huffman_tree, keep_thresholds, node_shares, noise_shares, noise_table
from vec2seq.kernels.windows import Noise, Text, Tree
from vec2seq.vectors.base import way_to_pairs

if TYPE_CHECKING:
    from vec2seq.vectors.word2vec import Word2Vec

LONGEST_SENTENCE = 1000
"""Longer sentences are cut, as in word2vec.c."""

STALE_WORDS = 16_384
"""Words that the other threads may work on before a thread sees what they changed in private rows. With more, stretches
are longer, and there is less to shuffle (docs/decisions/0003-threads.md)."""

MOST_WORK = 1 << 32
"""Multiplications of a stretch, about, unless one sentence alone has more: a run stops between stretches only."""

STAYS = 0.98
"""About how much of a row's way is left after one change to it: see ``Plan.change_weights``."""

HOT_ROWS = 1000
MOST_THREADS_WITH_HOT_ROWS = 8

FEW_WORDS = 1000
"""With fewer words, each context word makes a step of its own: if a window's words are much alike, as they may be in a
text of few words, their steps point the same way and their sum goes too far (docs/decisions/0004-windows.md)."""

HELD_OUT_WORDS = 100_000
"""Held-out text needs not be longer than this."""

FEWEST_SENTENCES = 20
"""With fewer sentences, none is held out."""


@dataclass(frozen=True, eq=False)
class Plan:
    """All that stays the same during a training."""

    text: Text
    stretches: NDArray[np.int64]
    """[S + 1]: stretch s is the sentences stretches[s] .. stretches[s + 1] - 1"""
    targets: Noise | Tree
    """negative sampling, or hierarchical softmax"""
    negatives: int
    words: int
    """words in the vocabulary: rows of the input matrix"""
    output_rows: int
    """words, or inner nodes of the tree"""
    input_updates: NDArray[np.float64]
    """expected changes of each input row per word of text"""
    output_updates: NDArray[np.float64]
    width: int
    window: int
    bag: bool
    """CBOW instead of skip-gram"""
    seed: int
    threads: int
    lock_step: bool

    @cached_property
    def stretch_sizes(self) -> NDArray[np.int64]:
        """Words of each stretch."""
        return np.diff(self.text.bounds[self.stretches])

    @property
    def state_bytes(self) -> int:
        """Memory of both matrices."""
        rows = self.words + self.output_rows + 1 + 2 * self.threads * self.hot
        return 4 * padded(self.width) * rows

    @property
    def hot(self) -> int:
        """Rows of which every thread has its own copy."""
        if self.threads == 1 or self.lock_step or self.threads > MOST_THREADS_WITH_HOT_ROWS:
            return 0
        return min(HOT_ROWS, self.output_rows)

    @property
    def together(self) -> int:
        """Context words that make a step together."""
        return 1 if self.words < FEW_WORDS else 2 * self.window

    @cached_property
    def blocks(self) -> int:
        """Most blocks of targets a word has."""
        targets = int(np.diff(self.targets.first).max()) if isinstance(self.targets, Tree) else 1 + self.negatives
        return -(-targets // OUTPUTS)

    def change_weights(self, inputs: bool) -> NDArray[np.float32]:
        """Per row, the weight with which the threads' changes are added in lock step (1 for the row of padding).

        A change to a row takes it a small part of its way, say 1 - r. In a round, each of n threads changes a row m
        times on average and takes it 1 - r^m of the way; one after the other they would have come 1 - r^(n m) of the
        way. For rare rows the sum of all changes is right, weight 1; for the hottest ones their mean is, weight 1 / n,
        and their sum would overshoot further and further.
        """
        times = (self.input_updates if inputs else self.output_updates) * np.median(self.stretch_sizes)
        times = np.maximum(times, 1e-6)
        weights = (1 - STAYS ** (self.threads * times)) / (self.threads * (1 - STAYS**times))
        return np.append(weights, 1.0).astype(np.float32)

    def order(self, epoch: int) -> NDArray[np.int64]:
        """The stretches in the order of an epoch."""
        return np.random.default_rng([self.seed, epoch]).permutation(len(self.stretches) - 1)


def plan_of(settings: "Word2Vec", corpus: Corpus, held_out_every: int | None = None) -> Plan:
    """The tables and numbers that the settings and the text give."""
    counts, words = corpus.vocab.counts, len(corpus.vocab)
    if words < 2:
        raise UserError(
            f"only one word ({corpus.vocab.tokens[0]!r}) is in the vocabulary: there is nothing to tell apart"
        )
    if (np.diff(corpus.offsets) < 2).all():
        raise LittleTextError("no two words are left in any sentence: nothing to learn", way_to_pairs(corpus))
    bounds = cut_sentences(corpus.offsets)
    keep = keep_thresholds(counts, settings.sample)
    kept = counts / counts.sum() * (keep / 2**32)
    targets: Noise | Tree
    targets_of_a_word = 1 + settings.negative
    if settings.loss == "negative":
        noise = noise_shares(counts, settings.ns_exponent)
        targets, rows, output_updates = noise_table(noise), words, kept + kept.sum() * settings.negative * noise
    else:
        targets = huffman_tree(counts)
        targets_of_a_word = int(np.diff(targets.first).max())
        rows, output_updates = words - 1, node_shares(targets, kept)
    if held_out_every is None:
        held_out_every = _held_out_every(settings.holdout, len(bounds) - 1, int(bounds[-1]))
    return Plan(
        text=Text(corpus.ids, bounds, keep, held_out_every),
        stretches=cut_stretches(bounds, settings.used_threads, work_of_a_word(settings, bounds, targets_of_a_word)),
        targets=targets,
        negatives=settings.negative,
        words=words,
        output_rows=rows,
        input_updates=kept * (settings.window + 1),
        output_updates=output_updates,
        width=settings.width,
        window=settings.window,
        bag=settings.algorithm == "cbow",
        seed=settings.seed,
        threads=settings.used_threads,
        lock_step=settings.deterministic and settings.used_threads > 1,
    )


def _held_out_every(share: float, sentences: int, words: int) -> int:
    """Every so-manieth sentence is held out; 0: none."""
    if share == 0 or sentences < FEWEST_SENTENCES:
        return 0
    return min(max(round(min(1 / share, sentences)), words // HELD_OUT_WORDS), sentences)


def cut_sentences(offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """The offsets, with more of them inside sentences that are too long."""
    lengths = np.diff(offsets)
    if len(lengths) == 0 or lengths.max() <= LONGEST_SENTENCE:
        return np.ascontiguousarray(offsets)
    pieces = np.maximum(-(-lengths // LONGEST_SENTENCE), 1)
    number = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)  # of a piece in its sentence
    return np.append(np.repeat(offsets[:-1], pieces) + number * LONGEST_SENTENCE, offsets[-1])


def work_of_a_word(settings: "Word2Vec", bounds: NDArray[np.int64], targets: int) -> float:
    """Multiplications that a word of text takes, about; its window does not go beyond its sentence."""
    lengths = np.diff(bounds)
    contexts = min(settings.window + 1, float((lengths * lengths).sum() / lengths.sum()))
    return settings.width * (contexts + targets if settings.algorithm == "cbow" else contexts * targets)


def cut_stretches(bounds: NDArray[np.int64], threads: int, work: float) -> NDArray[np.int64]:
    """Where stretches begin, as numbers of sentences: [S + 1]; ``work`` is that of a word.

    At least 64 stretches of a large text.
    """
    words = int(bounds[-1])
    size = min(STALE_WORDS // max(threads - 1, 1), max(words // 64, 1000), max(int(MOST_WORK / work), 1))
    starts = np.searchsorted(bounds, np.arange(0, words, size))
    return np.unique(np.append(starts, len(bounds) - 1))
