"""TextEstimator: what Classifier and Tagger share - settings of encoder, data and training, and what is kept out."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.files import ReadSettings
from vec2seq.data.split import split_rows
from vec2seq.engine.batches import in_order
from vec2seq.engine.net_estimator import NetEstimator
from vec2seq.engine.settings import TrainSettings
from vec2seq.errors import UserError, counted, not_written_by_us
from vec2seq.measure import Score
from vec2seq.run.context import Run
from vec2seq.settings import Doc

FEWEST_HELD_OUT = 10
"""Fewer examples judge nothing."""


@dataclass(frozen=True)
class Amount:
    """How much training suits how many words."""

    steps: int
    """of the whole training"""
    batches: int
    """of an epoch"""
    fewest_epochs: int
    most_epochs: int
    smallest_batch: int
    """words"""
    largest_batch: int


@dataclass(kw_only=True, eq=False)
class TextEstimator(NetEstimator):
    """Base of what learns from labelled texts."""

    rates: ClassVar[dict[str, float]]
    """learning rates that suit the encoders"""
    amount: ClassVar[Amount]
    noun: ClassVar[str]
    """what an example is called"""

    width: Annotated[int, Doc("size of every hidden vector", low=1)] = 128
    layers: Annotated[int, Doc("layers of the encoder", low=1)] = 1
    heads: Annotated[int, Doc("heads of attention", low=1)] = 4
    kernel: Annotated[int, Doc("words that the narrowest convolution sees", low=1)] = 3
    dropout: Annotated[float, Doc("share of numbers left out while training", low=0, high=0.95)] = 0.5
    word_dropout: Annotated[float, Doc("share of words left out while training", low=0, high=0.95)] = 0.1
    min_count: Annotated[int, Doc("words seen less often count as unknown", low=1)] = 1
    vectors: Annotated[
        str | None, Doc("word vectors to begin with: a model folder, or a word2vec, GloVe or fastText (.vec) file")
    ] = None
    freeze: Annotated[bool, Doc("leave given vectors as they are")] = False
    holdout: Annotated[
        float, Doc("share of the data kept out of training, to judge and to calibrate; 0: none", low=0, high=0.9)
    ] = 0.1
    epochs: Annotated[int, Doc("passes over the data; 0: as many as suit its size", low=0)] = 0
    batch_tokens: Annotated[
        int, Doc("words that a batch has at the most, padding counted; 0: as many as suit the data", low=0)
    ] = 0
    lr: Annotated[float, Doc("highest learning rate; 0: what suits the encoder", low=0, high=100)] = 0.0
    encoding: Annotated[str, Doc("encoding of files, for example gb18030")] = "utf-8"
    errors: Annotated[
        Literal["strict", "replace"], Doc("text that cannot be decoded: stop, or replace it by U+FFFD")
    ] = "strict"

    encoder: str = field(init=False, repr=False)
    labels_: list[str] = field(init=False, repr=False)
    given_width_: int = field(init=False, repr=False)
    """width of the vectors of words"""
    judgement_: dict[str, Any] = field(init=False, repr=False)
    """scores of what was kept out; empty if nothing was"""

    def fit(self, X: Any, y: Any = None, *, valid: Any = None, run: Run | None = None) -> Self:
        """Learn from labelled texts: a path or Paths of files, or a list of texts and one of labels.

        ``valid``: files, or a pair of lists, that are kept out in the place of a share of the data.
        """
        return self._learn(X, y, valid, run or Run(), goes_on=False)

    def partial_fit(self, X: Any, y: Any = None, *, valid: Any = None, run: Run | None = None) -> Self:
        """Go on with more data of the same labels, from the weights as they are; only known words are known."""
        goes_on = self.__sklearn_is_fitted__()
        if goes_on and not hasattr(self, "net_"):
            raise UserError("an exported model cannot learn", "go on with the model that it was made of")
        return self._learn(X, y, valid, run or Run(), goes_on)

    @abstractmethod
    def _learn(self, X: Any, y: Any, valid: Any, run: Run, goes_on: bool) -> Self: ...

    @abstractmethod
    def scores(self, X: Any, y: Any = None, file: str = "") -> list[Score]:
        """How good the answers for labelled texts are, the headline first, with intervals; then of each label."""

    def score(self, X: Any, y: Any = None) -> float:
        """The first of ``scores``."""
        return float(self.scores(X, y)[0].score or 0.0)

    def reading(self, run: Run | None = None) -> ReadSettings:
        """How files are read."""
        return ReadSettings(encoding=self.encoding, errors=self.errors, check=(run or Run()).check)

    def settled(self, lengths: NDArray[np.int64]) -> TrainSettings:
        """A copy with all settings that were left to the data; lengths [N] of what is learnt from."""
        words, how = int(lengths.sum()), self.amount
        tokens = self.batch_tokens or int(np.clip(words / how.batches, how.smallest_batch, how.largest_batch))
        epochs = self.epochs or int(np.clip(how.steps * tokens / max(words, 1), how.fewest_epochs, how.most_epochs))
        return replace(self, batch_tokens=tokens, epochs=epochs, lr=self.lr or self.rates[self.encoder])

    def asked(self, lengths: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
        """Numbers of inputs with these lengths [N], batch by batch, for ``back_end``: of similar lengths."""
        yield from in_order(lengths, self.batch_tokens or self.amount.largest_batch)

    def kept_out(
        self, examples: int, learnt: int | None, groups: NDArray[np.int64] | None, run: Run
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Numbers of the examples to learn from, and of those to judge by.

        ``learnt``: so many are to be learnt from, the others were given to judge by; None: a share is drawn, of every
        group [examples] the same.
        """
        if learnt is not None:
            return np.arange(learnt), np.arange(learnt, examples)
        kept, out = split_rows(examples, self.holdout, groups, np.random.RandomState(self.seed))
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

    def told_scores(self) -> str:
        """The scores of what was kept out, and of baselines."""
        told = ", ".join(f"{score['metric']} {_told(score)}" for score in self.judgement_["scores"])
        baselines = self.judgement_.get("baselines", {})
        first = self.judgement_["scores"][0]["metric"]
        beside = "".join(f" ({first} of {name} {_told(score)})" for name, score in baselines.items())
        return f"{counted(self.data_['held_out'], self.noun)} kept out: {told}{beside}"


def is_files(X: Any) -> bool:
    """Whether these are names of files: a text of its own is one of a list."""
    return isinstance(X, str | Path) or (isinstance(X, Sequence) and len(X) > 0 and isinstance(X[0], Path))


def paths_of(X: Any) -> list[Path]:
    """A path or Paths as a list."""
    return [Path(X)] if isinstance(X, str | Path) else list(X)


def facts_of(score: Score) -> dict[str, Any]:
    """What is kept of a score."""
    return {name: value for name, value in asdict(score).items() if name in ("metric", "score", "low", "high", "n")}


def _told(score: dict[str, Any]) -> str:
    interval = "" if score["low"] is None else f" [{score['low']:.3f}, {score['high']:.3f}]"
    return "-" if score["score"] is None else f"{score['score']:.3f}{interval}"
