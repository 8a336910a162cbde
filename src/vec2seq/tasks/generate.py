"""Generator: a language model - it foresees text, and writes it.

``fit`` reads from top to bottom: texts, some kept out, pieces, numbers, counts, net, training, and how much to trust
net and counts. A net learns slowly what counting n-grams finds at once, and counting never learns what a net does: what
is foreseen is a share of both, chosen by what was kept out. All three scores are told beside each other.
"""

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.files import ReadSettings
from vec2seq.data.labelled import read_texts
from vec2seq.data.pieces import Pieces
from vec2seq.data.ragged import Ragged
from vec2seq.data.texts import in_blocks
from vec2seq.engine.runtime import Arrays
from vec2seq.engine.settings import TrainSettings
from vec2seq.errors import UserError, counted, not_written_by_us
from vec2seq.measure import Score
from vec2seq.measure.language import language_scores
from vec2seq.run.context import Run
from vec2seq.settings import Doc
from vec2seq.tasks.author import Author
from vec2seq.tasks.built_later import BuiltLater
from vec2seq.tasks.data_estimator import Ready, check_heads, facts_of, is_files, paths_of
from vec2seq.tasks.foresight import Foresight, best_share, mixed
from vec2seq.tasks.generate_counts import ngrams
from vec2seq.tasks.generate_data import TEXTS_AT_ONCE, Split, fingerprint, numbered, read, texts_of
from vec2seq.tasks.generate_size import ALONE, LAYERS, RATES, size_for
from vec2seq.tasks.kept_counts import Counted
from vec2seq.tasks.kernel_steps import KERNELS, KernelSteps, Whole
from vec2seq.tasks.writers import GraphSteps, StateShape, Steps, traced_steps
from vec2seq.tasks.writing import Writing

if TYPE_CHECKING:
    from torch import nn

UNJUDGED_SHARE = 0.5
"""Of the net, where nothing was kept out."""


@dataclass(kw_only=True, eq=False)
class Generator(Counted, BuiltLater):
    """A language model: it foresees text, and writes it.

    >>> Generator().fit("poems.txt").save("model")                 # or fit(texts)
    >>> load("model").predict(["spring "])
    """

    task: ClassVar[str] = "generate"
    noun: ClassVar[str] = "character"
    part: ClassVar[str] = "piece"
    outputs: ClassVar[tuple[str, ...]] = ("scores", "first_after", "second_after")
    fixed: ClassVar[tuple[str, ...]] = (
        *("decoder", "width", "layers", "heads", "dropout", "context", "tokenizer", "max_size", "min_count"),
    )
    learned: ClassVar[tuple[str, ...]] = (
        *("pieces_", *Counted.of_counts, "share_", "width_", "layers_", "whole_", "judgement_"),
    )

    decoder: Annotated[Literal["attention", "lstm"], Doc("how a piece sees those before it")] = "lstm"
    width: Annotated[int, Doc("size of every hidden vector; 0: what suits the text", low=0)] = 0
    layers: Annotated[int, Doc("layers of the decoder; 0: what suits it", low=0, high=100)] = 0
    heads: Annotated[int, Doc("heads of attention", low=1)] = 4
    dropout: Annotated[float, Doc("share of numbers left out while training", low=0, high=0.95)] = 0.2
    context: Annotated[int, Doc("pieces that the net sees at the most", low=2)] = 256
    tokenizer: Annotated[Literal["chars", "words", "bpe"], Doc("what a piece of text is")] = "chars"
    max_size: Annotated[int, Doc("of words and bpe: so many pieces at the most", low=1)] = 4096
    min_count: Annotated[int, Doc("what is seen less often is spelled: words by characters, these by bytes", low=1)] = 2
    order: Annotated[int, Doc("longest n-grams that are counted; 0: what suits the text; 1: none", low=0, high=16)] = 0
    max_ngrams: Annotated[int, Doc("without order: so many n-grams at the most, 16 bytes each", low=0)] = 6_000_000
    smoothing: Annotated[float, Doc("label smoothing", low=0, high=0.5)] = 0.0
    unit: Annotated[
        Literal["auto", "stream", "line"],
        Doc("what a text is: stream: a file; line: a line; auto: of tables a row, else a file"),
    ] = "auto"
    text_column: Annotated[str | None, Doc("of tables: the column of the texts, by name or number from 1")] = None
    precision: Annotated[
        Literal["float32", "bf16", "auto"], Doc("of products; bf16 is faster where the processor has it: auto looks")
    ] = "auto"
    pieces_: dict[str, Any] = field(init=False, repr=False)
    share_: float = field(init=False, repr=False)
    """of the net in what is foreseen; the rest is of the counts"""
    width_: int = field(init=False, repr=False)
    layers_: int = field(init=False, repr=False)
    whole_: bool = field(init=False, repr=False)
    """whether texts were whole, with a beginning and an end of their own; else they were streams"""

    def ready(self, X: Any, y: Any, valid: Any, run: Run, folder: Path, goes_on: bool) -> Ready:
        """Texts as numbers, those to learn from and those kept out, counts, and how the net begins."""
        from vec2seq.tasks.generate_net import Loss, Windows

        if y is not None:
            raise UserError("texts have no labels here: give no y")
        split, digests = read(X, valid, self.reading(run), self.unit, self.holdout, self.seed, run)
        if not goes_on:
            self.whole_ = split.whole
            self._take_pieces(split)
        begins, ends = (True if some is None else some for some in (split.begins, split.ends))
        learnt = numbered(split.learnt, self.pieces, folder / "learnt", begins, ends)
        whole = split.begins is None
        out = numbered(split.held_out, self.pieces, folder / "held-out", whole, whole)
        if not goes_on:
            self.width_ = self.width or size_for(len(learnt.values)).width
            self.layers_ = self.layers or LAYERS[self.decoder]
            self._check_net()
        held_out = sum(map(len, split.held_out))
        characters = sum(map(len, split.learnt)) + held_out
        run.progress.note(
            f"read {counted(characters, 'character')}, {held_out:,} of them kept out; "
            f"{counted(len(learnt.values), 'piece')} of {len(self.pieces):,} kinds to learn from ({self.tokenizer})"
        )
        self.take_counts(
            ngrams(learnt, out, len(self.pieces), self.order, self.max_ngrams, self.counts if goes_on else None, run)
        )
        return Ready(
            begin=lambda _: copy.deepcopy(self.net_) if goes_on else self.new_net(),
            learnt=Windows.of(learnt, self.context, moves=True),
            held_out=Windows.of(out, self.context, moves=False),
            loss=Loss(self.smoothing),
            facts={"characters": characters, "pieces": len(learnt.values), "held_out": held_out, **digests},
        )

    # data

    def _take_pieces(self, split: Split) -> None:
        self.pieces_ = Pieces.learn(split.learnt, self.tokenizer, self.max_size, self.min_count).to_json()
        self.__dict__.pop("_pieces", None)

    @property
    def pieces(self) -> Pieces:
        """How text becomes numbers."""
        if "_pieces" not in self.__dict__:
            self._pieces = Pieces.from_json(self.pieces_, "the model")
        return self._pieces

    # the net

    def settled(self, lengths: NDArray[np.int64]) -> TrainSettings:
        """A copy with all settings that were left to the data; lengths [N] of what is learnt from."""
        size = size_for(int(lengths.sum()))
        return replace(
            self,
            batch_tokens=self.batch_tokens or size.batch_tokens,
            epochs=self.epochs or size.epochs,
            lr=self.lr or RATES[self.decoder],
            threads=self.own_threads,
        )

    @property
    def own_threads(self) -> int | None:
        """One where more gain nothing: an LSTM's steps are small, one after the other."""
        small = self.decoder == "lstm" and self.width_ <= ALONE
        return self.threads or (1 if small else None)

    def build(self) -> "nn.Module":
        """The net, untrained."""
        from vec2seq.tasks.generate_net import LanguageNet

        return LanguageNet(len(self.pieces), self.decoder, self.width_, self.layers_, self.heads, self.dropout)

    @property
    def steps(self) -> Steps:
        """The net, as it writes."""
        threads, steps = self.__dict__.get("_steps", (None, None))
        if steps is None or threads != self.threads:
            if hasattr(self, "onnx_"):
                steps = GraphSteps(self.back_end, len(self.pieces), self._state)
            else:
                sizes = self._used["decoder"], self.layers_, self._used["heads"]
                steps = KernelSteps(self._weights(), *sizes, self.threads, self._whole)
            self._steps: tuple[int | None, Steps] = self.threads, steps
        return self._steps[1]

    @property
    def writes_by(self) -> Callable[..., Any] | None:
        """The kernel that it writes by; None if it was exported."""
        kernel: Callable[..., Any] = KERNELS[self._used["decoder"]].read
        return None if hasattr(self, "onnx_") else kernel

    def _whole(self) -> Whole:
        net = self.net_
        from vec2seq.tasks.generate_net import WholeTexts

        return WholeTexts(net, self.own_threads)

    def take_net(self, net: "nn.Module") -> None:
        """Become the estimator of a trained net."""
        super().take_net(net)
        self.__dict__.pop("_steps", None)

    @property
    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Of the net's weights, in its order."""
        return dict(KERNELS[self.decoder].shapes(len(self.pieces), self.width_, self.layers_))

    @property
    def graph(self) -> "nn.Module":
        """The trained net, as it is exported: a state goes in, and comes out."""
        from vec2seq.tasks.generate_net import StepGraph

        return StepGraph(self.net_)

    @property
    def _state(self) -> StateShape:
        return StateShape(self._used["decoder"], self.layers_, self._used["heads"], self.width_)

    def traced(self) -> tuple[Sequence[Arrays], dict[str, dict[int, str]]]:
        """Rows that have read some pieces, or none, and read some more."""
        return traced_steps(self._state, len(self.pieces))

    @property
    def foresight(self) -> Foresight:
        """Net and counts, and how much each is trusted."""
        return Foresight(self.steps, self.counts, self.share_, self.context)

    def _scores(self, found: NDArray[np.float64], rows: Ragged, file: str) -> list[Score]:
        """Of log-probabilities [M] of the numbers of rows, but for the first of each."""
        characters, data_bytes = self.pieces.sizes
        inside = np.ones(len(found), bool)
        inside[rows.offsets[:-1][rows.lengths > 0]] = False
        values, owners = rows.values[inside], np.repeat(np.arange(len(rows)), rows.lengths)[inside]
        return language_scores(found[inside], owners, characters[values], data_bytes[values], file)

    def judged(self, learnt: Any, held_out: Any) -> dict[str, Any]:
        """Choose the shares of net and counts by what was kept out, and say how good both are, and each alone."""
        rows = held_out.rows
        self.share_ = UNJUDGED_SHARE
        if not len(held_out):
            return {}
        net, counts = self.foresight.apart(rows)
        self.share_ = best_share(net, counts)
        return {
            "scores": [facts_of(score) for score in self._scores(mixed(net, counts, self.share_), rows, "")],
            "baselines": {
                "the net alone": facts_of(self._scores(net, rows, "")[0]),
                "counting alone": facts_of(self._scores(counts, rows, "")[0]),
            },
        }

    # asking

    def scores(self, X: Any, y: Any = None, file: str = "") -> list[Score]:
        """How well texts are foreseen: nats_per_char, bits_per_byte, perplexity; files, or a list of texts."""
        self.check_fitted()
        texts = list(texts_of(X, self.reading(), self.unit))
        if not texts:
            raise UserError("there is no text to judge by")
        rows = numbered(texts, self.pieces)
        return self._scores(self.foresight.log_probabilities(rows), rows, file)

    def score(self, X: Any, y: Any = None) -> float:
        """How well texts are foreseen, higher is better: minus nats_per_char."""
        return -float(self.scores(X)[0].score or 0.0)

    def foreseen(self, X: Any) -> Iterator[tuple[str, float]]:
        """Each text of files, or of a list, and how well it is foreseen: nats_per_char, its end counted."""
        self.check_fitted()
        characters, _ = self.pieces.sizes
        for texts in in_blocks(texts_of(X, self.reading(), self.unit), TEXTS_AT_ONCE):
            rows = numbered(texts, self.pieces)
            summed = np.add.reduceat(self.foresight.log_probabilities(rows), rows.offsets[:-1])
            counts = np.add.reduceat(characters[rows.values], rows.offsets[:-1]) - 1
            yield from zip(texts, (-summed / counts).tolist(), strict=True)

    def predict(self, X: Any = ("",), how: Writing | None = None) -> list[str]:
        """For each beginning, a text that goes on from it; it begins with it."""
        return [answer["output"] for answer in self.answers(X, how)]

    def beginnings(self, X: Any) -> Iterator[str]:
        """Those of a list, or the lines of files."""
        if is_files(X):
            yield from (text for text, _ in read_texts(paths_of(X), self.reading(), self.text_column))
            return
        for number, text in enumerate(X, 1):
            if not isinstance(text, str):
                raise UserError(f"beginning {number} is of type {type(text).__name__}, not a text")
            yield text

    def answers(self, X: Any, how: Writing | None = None) -> Iterator[dict[str, Any]]:
        """Of each beginning "input", "output" (the first text), "score" and "candidates", each with "text", "score".

        The score is the mean log-probability of what was written, by piece.
        """
        return self.author(how).answers(self.beginnings(X))

    def write(self, beginning: str = "", how: Writing | None = None) -> Iterator[str]:
        """One text, as it is written: first its beginning, then parts of what comes after it."""
        return self.author(how).write(beginning)

    def author(self, how: Writing | None = None) -> Author:
        """What writes so."""
        self.check_fitted()
        how = how or Writing()
        how.check_settings()
        return Author(self.foresight, self.pieces, self.whole_, how)

    @property
    def lines(self) -> bool:
        """Whether a text is a line."""
        return self.unit == "line"

    def reading(self, run: Run | None = None) -> ReadSettings:
        """How files are read."""
        return replace(super().reading(run), column=self.text_column)

    # the model file, the command line

    def _check_net(self) -> None:
        if self.decoder == "attention":
            check_heads(self.width_, self.heads)

    def check_settings(self) -> None:
        """UserError unless every setting is what it can be, and the net can be made of them."""
        super().check_settings()
        if self.width and self.decoder == "attention":
            check_heads(self.width, self.heads)

    def fingerprint_of(self, X: Any, run: Run) -> str:
        """That of ``data_`` if the model was trained on these texts."""
        return fingerprint(texts_of(X, self.reading(run), self.unit)).told()

    def check_learned(self, where: str) -> None:
        """UserError unless pieces and counts can be those of a net."""
        pieces = Pieces.from_json(self.pieces_, where)
        self.check_counts(len(pieces), where)
        if not 0 <= self.share_ <= 1:
            raise not_written_by_us(where, "share_")
        for name, most in (("width_", 1 << 20), ("layers_", 1 << 10)):
            if not 0 < getattr(self, name) <= most:
                raise not_written_by_us(where, name)
        self._check_net()

    def golden(self) -> dict[str, Any]:
        """How a made text is foreseen, and what is written after it: nothing of the user's is kept but pieces."""
        made = self.pieces.text(range(len(self.pieces) - 1, max(len(self.pieces) - 20, 0), -1))
        rows = numbered([made], self.pieces)
        found = self.foresight.log_probabilities(rows)
        return {"text": made, "log_probabilities": found.tolist(), "written": self.predict([made], Writing(length=8))}

    def describe(self) -> str:
        """One line on what was trained."""
        return (
            f"{self.decoder} of width {self.width_}, {len(self.pieces):,} kinds of pieces ({self.tokenizer}), "
            f"n-grams of up to {1 + len(self.counts.tables)}"
        )

    def facts(self) -> dict[str, Any]:
        """What was found on the text kept out."""
        return {"share": self.share_, "judgement": self.judgement_}

    def told_facts(self) -> list[str]:
        """The same as lines for people."""
        return [self.told_scores()] if self.judgement_ else []

    def told_data(self) -> str:
        """Characters, for people."""
        return f"{counted(self.data_['characters'], 'character')}, {self.data_['held_out']:,} of them kept out"

    def suggest(self, folder: str) -> str | None:
        """A command that one may want next."""
        return f'vec2seq predict {folder} "" --samples 3'
