"""DataEstimator: what estimators of nets share that learn from the user's files - to fit, to go on, to read."""

import shutil
import tempfile
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.files import ReadSettings
from vec2seq.engine.net_estimator import NetEstimator, check_torch
from vec2seq.engine.settings import TrainSettings
from vec2seq.errors import UserError, counted
from vec2seq.measure import Score
from vec2seq.modelfile import ModelFile
from vec2seq.run.context import Run
from vec2seq.settings import Doc
from vec2seq.tasks.plan import Estimate, estimate

if TYPE_CHECKING:
    from torch import nn

    from vec2seq.engine.rows import Batched


@dataclass(frozen=True, eq=False)
class Ready:
    """Data before a net learns from them."""

    begin: Callable[[Any], "nn.Module"]
    """what is learnt from -> the net before it learns"""
    learnt: "Batched"
    """the examples to learn from"""
    held_out: "Batched"
    """those to judge by"""
    loss: Any
    """of ``engine.loop.train``"""
    facts: dict[str, Any]
    """sizes - of all that was read, by ``noun``, and of what is "held_out" - and a fingerprint of the data"""
    also: dict[str, Any] = field(default_factory=dict)
    """what else must be the same when a run goes on"""


@dataclass(kw_only=True, eq=False)
class DataEstimator(NetEstimator):
    """Base of what learns from files."""

    noun: ClassVar[str]
    """what is counted of what was kept out"""
    part: ClassVar[str] = "word"
    """what a net reads one by one"""
    fixed: ClassVar[tuple[str, ...]]
    """settings of what is learnt once: a training that goes on has them as they were"""

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

    judgement_: dict[str, Any] = field(init=False, repr=False)
    """scores of what was kept out; empty if nothing was"""

    def fit(self, X: Any, y: Any = None, *, valid: Any = None, run: Run | None = None) -> Self:
        """Learn from data: a path or Paths of files, or lists.

        ``valid``: files, or lists, that are kept out in the place of a share of the data.
        """
        return self._learn(X, y, valid, run or Run(), goes_on=False)

    def partial_fit(self, X: Any, y: Any = None, *, valid: Any = None, run: Run | None = None) -> Self:
        """Go on with more data of the same kind, from the weights as they are; only what is known can be learnt."""
        goes_on = self.__sklearn_is_fitted__()
        if goes_on and not hasattr(self, "net_"):
            raise UserError("an exported model cannot learn", "go on with the model that it was made of")
        return self._learn(X, y, valid, run or Run(), goes_on)

    def plan(self, X: Any, *, checkpoint: bool = False, minutes: float | None = None) -> Estimate:
        """What ``fit(X)`` will need: time, memory, disk. Reads the data, and trains for a moment.

        ``checkpoint``: whether its run keeps checkpoints, every five minutes, as that of the command line does;
        ``minutes``: how long its run may train. Raises what ``fit`` would before it trains.
        """
        return estimate(self, X, checkpoint, minutes)

    def _learn(self, X: Any, y: Any, valid: Any, run: Run, goes_on: bool) -> Self:
        check_torch()
        self.check_settings()
        if goes_on:
            self._check_goes_on()
        self.warn_of_unused(run)
        start = self.digest if goes_on else None
        with unchanged_unless_done(self), run.workspace() as place, scratch(place) as folder:
            ready = self.ready(X, y, valid, run, folder, goes_on)
            self.data_ = {**ready.facts, "from": start}
            self.judgement_ = self.trained_on(ready, run, {**self.data_, **ready.also})
        if self.judgement_:
            run.progress.note(self.told_scores())
        return self

    def trained_on(self, ready: Ready, run: Run, identity: dict[str, Any] | None = None) -> dict[str, Any]:
        """Become the estimator of a net that has learnt; what is to be said of it, as ``judgement_`` holds it."""
        from vec2seq.engine.loop import train

        net, how = ready.begin(ready.learnt), self.settled(ready.learnt.lengths)
        history = train(net, ready.learnt, ready.held_out, tuple, ready.loss, how, run, identity)
        self.history_ = history.entries
        self.note_fixed()
        self.take_net(net)
        return self.judged(ready.learnt, ready.held_out)

    @abstractmethod
    def ready(self, X: Any, y: Any, valid: Any, run: Run, folder: Path, goes_on: bool) -> Ready:
        """The data as numbers, kept in a folder, and how a net begins; what is learnt of words is noted.

        ``goes_on``: with the words, labels and weights that are there.
        """

    @abstractmethod
    def settled(self, lengths: NDArray[np.int64]) -> TrainSettings:
        """A copy with all settings that were left to the data; lengths [N] of what is learnt from."""

    @abstractmethod
    def judged(self, learnt: Any, held_out: Any) -> dict[str, Any]:
        """What ``judgement_`` holds, of a trained net; empty if nothing was held out. Calibrates, if that is done."""

    def told_scores(self) -> str:
        """The scores of what was kept out, and of baselines."""
        told = ", ".join(f"{score['metric']} {_told(score)}" for score in self.judgement_["scores"])
        baselines = self.judgement_.get("baselines", {})
        first = self.judgement_["scores"][0]["metric"]
        beside = "".join(f" ({first} of {name} {_told(score)})" for name, score in baselines.items())
        return f"{counted(self.data_['held_out'], self.noun)} kept out: {told}{beside}"

    def warn_of_unused(self, run: Run) -> None:
        """Say which settings were changed that change nothing."""

    @classmethod
    def from_file(cls, model: ModelFile, folder: str | Path) -> Self:
        """The estimator of a model file that has been read; UserError unless its weights are those of its net."""
        estimator = super().from_file(model, folder)
        estimator.note_fixed()
        return estimator

    def note_fixed(self) -> None:
        """Note the settings that the net was made with: it stays what it is if they are changed."""
        self._used = {name: getattr(self, name) for name in self.fixed}

    def _check_goes_on(self) -> None:
        """UserError if a setting was changed on which what was learnt depends."""
        for name, before in self._used.items():
            if getattr(self, name) != before:
                raise UserError(
                    f"{name} {getattr(self, name)}: the model was trained with {before}; leave it as it is, or train a "
                    "new model"
                )

    def reading(self, run: Run | None = None) -> ReadSettings:
        """How files are read."""
        return ReadSettings(encoding=self.encoding, errors=self.errors, check=(run or Run()).check)


@contextmanager
def unchanged_unless_done(estimator: DataEstimator) -> Iterator[None]:
    """What was learnt before stays if a training does not end."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


@contextmanager
def scratch(place: Path) -> Iterator[Path]:
    """A folder in a run's workspace for what a run that goes on makes anew; what a killed one left there goes away."""
    corpus = place / "corpus"
    shutil.rmtree(corpus, ignore_errors=True)
    corpus.mkdir()
    with tempfile.TemporaryDirectory(dir=corpus) as name:
        yield Path(name)


def check_heads(width: int, heads: int) -> None:
    """UserError unless attention of this width can have so many heads."""
    if width % (2 * heads):
        raise UserError(
            f"width {width}, heads {heads}: each head has its share of the width, which must be even; use a multiple "
            f"of {2 * heads}"
        )


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
