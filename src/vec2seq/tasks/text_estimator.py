"""TextEstimator: what Classifier and Tagger share - settings of encoder, data and training, and what is kept out."""

import copy
from abc import abstractmethod
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.split import split_rows, with_every_label
from vec2seq.data.texts import SPECIAL
from vec2seq.data.vocab import Vocab
from vec2seq.engine.settings import TrainSettings
from vec2seq.errors import UserError, counted, not_written_by_us
from vec2seq.measure import Score
from vec2seq.run.context import Run
from vec2seq.settings import Doc
from vec2seq.tasks.data_estimator import DataEstimator, check_heads
from vec2seq.tasks.given_vectors import Given
from vec2seq.tasks.plan import Curve, learning_curve

if TYPE_CHECKING:
    from torch import nn


VECTOR_SIZE = 0.1
"""Standard deviation of the numbers of word vectors at the start."""
FEWEST_GIVEN = 0.1
"""A smaller share of the words with given vectors is worth a warning."""
FEWEST_HELD_OUT = 10
"""Fewer examples judge nothing."""


@dataclass(frozen=True)
class Amount:
    """How much training suits how many words."""

    steps: int
    """of the whole training"""
    root: float
    """A batch has so many times the square root of all words: an epoch of much data has more batches, of more words."""
    fewest_epochs: int
    most_epochs: int
    smallest_batch: int
    """words"""
    largest_batch: int


@dataclass(frozen=True, eq=False)
class Judged:
    """How good the answers for labelled data are."""

    scores: list[Score]
    """the headline first; those of a label have it as section"""
    confusion: NDArray[np.int64] | None = None
    """how often each label was taken for each [K true, K found]; None where that is not told"""
    errors: list[dict[str, Any]] = field(default_factory=list)
    """"place", "input", "label", "output" and "score", those of which the model was most sure first"""


@dataclass(kw_only=True, eq=False)
class TextEstimator(DataEstimator):
    """Base of what learns from labelled texts."""

    rates: ClassVar[dict[str, float]]
    """learning rates that suit the encoders"""
    left_out: ClassVar[dict[str, float]]
    """shares of words left out that suit them"""
    amounts: ClassVar[dict[str, Amount]]
    """training that suits them"""
    fixed: ClassVar[tuple[str, ...]] = (
        *("encoder", "width", "layers", "heads", "kernel", "dropout", "word_dropout", "min_count", "vectors"),
    )
    """settings of what is learnt once: a training that goes on has them as they were"""
    concerned: ClassVar[dict[str, tuple[str, ...]]] = {
        "layers": ("cnn", "rnn", "lstm", "attention"),
        "heads": ("attention",),
        "kernel": ("cnn",),
    }
    """encoders that settings concern, where these are not all"""

    width: Annotated[int, Doc("size of every hidden vector", low=1)] = 128
    layers: Annotated[int, Doc("layers of the encoder", low=1, high=100)] = 1
    heads: Annotated[int, Doc("heads of attention", low=1)] = 4
    kernel: Annotated[int, Doc("words that the narrowest convolution sees", low=1)] = 3
    dropout: Annotated[float, Doc("share of numbers left out while training", low=0, high=0.95)] = 0.5
    word_dropout: Annotated[
        float | None, Doc("share of words left out while training; default: what suits the encoder", low=0, high=0.95)
    ] = None
    min_count: Annotated[int, Doc("words seen less often count as unknown", low=1)] = 1
    vectors: Annotated[
        str | None, Doc("word vectors to begin with: a model folder, or a word2vec, GloVe or fastText (.vec) file")
    ] = None
    freeze: Annotated[bool, Doc("leave given vectors as they are")] = False
    encoder: str = field(init=False, repr=False)
    labels_: list[str] = field(init=False, repr=False)
    given_width_: int = field(init=False, repr=False)
    """width of the vectors of words"""

    def learning_curve(self, X: Any, y: Any = None, *, more: int = 500, run: Run | None = None) -> Curve:
        """How good it is with an eighth, a quarter, half of the data and all; and what ``more`` examples would do."""
        return learning_curve(self, X, y, more, run or Run())

    @property
    def share_left_out(self) -> float:
        """Of words, while training."""
        return self.left_out[self.encoder] if self.word_dropout is None else self.word_dropout

    def begun(self, given: Given | None, vocab: Vocab, goes_on: bool) -> "nn.Module":
        """The net before it learns: as it is if training goes on, else new, with the vectors that were given."""
        net: nn.Module = copy.deepcopy(self.net_) if goes_on else self.new_net()
        weights = net.get_parameter("embed.weight")
        if given is not None:
            given.fill(weights, vocab, SPECIAL, VECTOR_SIZE)
        weights.requires_grad_(self.vectors is None or not self.freeze)
        return net

    def check_given(self, given: Given, vocab: Vocab, run: Run) -> None:
        """Say how many words of the texts have a vector; a warning if they are few."""
        words = [token for token, count in zip(vocab.tokens, vocab.counts.tolist(), strict=True) if count]
        there = given.among(words)
        told = f"{there:,} of {counted(len(words), 'word')} have a vector in {self.vectors}"
        if there < FEWEST_GIVEN * len(words):
            run.warn(f"only {told}", "give vectors of the language of the texts, split in the same way")
        else:
            run.progress.note(told)

    def warn_of_unused(self, run: Run) -> None:
        """Say which settings were changed that change nothing."""
        for name, encoders in self.concerned.items():
            given = getattr(self, name)
            if self.encoder not in encoders and given != getattr(type(self), name):
                run.warn(f"{name} {given}: changes nothing of {self.encoder}", f"it is of {', '.join(encoders)}")

    def check_settings(self) -> None:
        """UserError unless every setting is what it can be, and the net can be made of them."""
        super().check_settings()
        width = self.own_width
        if self.encoder in ("rnn", "lstm") and width % 2:
            raise UserError(f"width {width}: each direction of {self.encoder} has half of it, so it must be even")
        if self.encoder == "attention":
            check_heads(width, self.heads)

    @property
    def own_width(self) -> int:
        """Of the hidden vectors."""
        return self.width

    @abstractmethod
    def judgement(self, X: Any, y: Any = None, file: str = "") -> Judged:
        """How good the answers for labelled texts are; ``file``: what the scores say where these are from."""

    def scores(self, X: Any, y: Any = None, file: str = "") -> list[Score]:
        """The scores of that: the headline first, with intervals; then those of each label."""
        return self.judgement(X, y, file).scores

    def score(self, X: Any, y: Any = None) -> float:
        """The first of ``scores``."""
        return float(self.scores(X, y)[0].score or 0.0)

    def settled(self, lengths: NDArray[np.int64]) -> TrainSettings:
        """A copy with all settings that were left to the data; lengths [N] of what is learnt from."""
        words, how = int(lengths.sum()), self.amounts[self.encoder]
        tokens = self.batch_tokens or int(np.clip(how.root * words**0.5, how.smallest_batch, how.largest_batch))
        epochs = self.epochs or int(np.clip(how.steps * tokens / max(words, 1), how.fewest_epochs, how.most_epochs))
        lr = self.lr or self.rates[self.encoder]
        return replace(self, batch_tokens=tokens, epochs=epochs, lr=lr, threads=self.own_threads)

    def kept_out(
        self, examples: int, learnt: int | None, groups: NDArray[Any] | None, run: Run
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Numbers of the examples to learn from, and of those to judge by.

        ``learnt``: so many are to be learnt from, the others were given to judge by; None: a share is drawn, of every
        group [examples] the same. Groups [examples,K] are 0 or 1 each: of every one something is learnt from.
        """
        if learnt is not None:
            return np.arange(learnt), np.arange(learnt, examples)
        of_one = None if groups is None or groups.ndim == 2 else groups
        kept, out = split_rows(examples, self.holdout, of_one, np.random.RandomState(self.seed))
        if groups is not None and groups.ndim == 2:
            kept, out = with_every_label(kept, out, groups)
        if len(out) >= FEWEST_HELD_OUT:
            return kept, out
        if self.holdout:
            run.warn(
                f"{counted(examples, self.noun)} are too few to keep some out: nothing tells how good this model is"
            )
        return np.arange(examples), out[:0]

    def check_learned(self, where: str) -> None:
        """UserError unless the labels and the width of the vectors can be those of a net."""
        labels = self.labels_
        if len(labels) < 2 or not all(isinstance(label, str) for label in labels) or len(set(labels)) < len(labels):
            raise not_written_by_us(where, "labels_")
        if not 0 < self.given_width_ <= 1 << 20:
            raise not_written_by_us(where, "given_width_")

    # the command line

    def suggest(self, folder: str) -> str | None:
        """A command that one may want next."""
        return f'vec2seq predict {folder} "a text"'

    def told_facts(self) -> list[str]:
        """Labels and scores as lines for people."""
        return [f"labels: {' '.join(self.labels_)}", *([self.told_scores()] if self.judgement_ else [])]
