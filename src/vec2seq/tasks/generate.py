"""Generator: a language model - it foresees text, and writes it.

``fit`` reads from top to bottom: texts, some kept out, pieces, numbers, counts, net, training, and how much to trust
net and counts. A net learns slowly what counting n-grams finds at once, and counting never learns what a net does: what
is foreseen is a share of both, chosen by what was kept out. All three scores are told beside each other.
"""

import codecs
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.files import ReadSettings
from vec2seq.data.pieces import BORDER, Pieces
from vec2seq.data.ragged import Ragged
from vec2seq.engine.runtime import Arrays
from vec2seq.engine.settings import TrainSettings
from vec2seq.errors import UserError, counted, not_written_by_us
from vec2seq.kernels.kneser_ney import KneserNey
from vec2seq.kernels.sampling import NOTHING, Sampling, Writer, Written, sample
from vec2seq.measure import Score
from vec2seq.measure.language import language_scores
from vec2seq.run.context import Run
from vec2seq.settings import Doc
from vec2seq.tasks.data_estimator import DataEstimator, Ready, facts_of
from vec2seq.tasks.fingerprint import Fingerprint, fingerprints
from vec2seq.tasks.generate_data import Split, kept_out, numbered, texts_of
from vec2seq.tasks.writers import GraphSteps, MixedWriter, NetWriter, Steps, best_share, net_log_probabilities
from vec2seq.tasks.writing import Writing

if TYPE_CHECKING:
    from torch import nn

FEWEST_HELD_OUT = 200
"""Fewer characters judge nothing."""
MOST_ORDER = 8
UNJUDGED_SHARE = 0.5
"""Of the net, where nothing was kept out."""


@dataclass(kw_only=True, eq=False)
class Generator(DataEstimator):
    """A language model: it foresees text, and writes it.

    >>> Generator().fit("poems.txt").save("model")                 # or fit(texts)
    >>> load("model").predict(["spring "])
    """

    task: ClassVar[str] = "generate"
    noun: ClassVar[str] = "character"
    outputs: ClassVar[tuple[str, ...]] = ("scores", "first_after", "second_after")
    fixed: ClassVar[tuple[str, ...]] = (
        *("decoder", "width", "layers", "heads", "dropout", "context", "tokenizer", "max_size", "min_count", "order"),
    )
    learned: ClassVar[tuple[str, ...]] = (
        *("pieces_", "counts_first_", "counts_keys_", "counts_shares_", "counts_backs_", "counts_sizes_", "share_"),
        *("whole_", "judgement_"),
    )

    decoder: Annotated[Literal["attention", "lstm"], Doc("how a piece sees those before it")] = "lstm"
    width: Annotated[int, Doc("size of every hidden vector; 0: what suits the text", low=0)] = 0
    layers: Annotated[int, Doc("layers of the decoder", low=1)] = 2
    heads: Annotated[int, Doc("heads of attention", low=1)] = 4
    dropout: Annotated[
        float | None, Doc("share of numbers left out while training; default: what suits the text", low=0, high=0.95)
    ] = None
    context: Annotated[int, Doc("pieces that the net sees at the most", low=2)] = 256
    tokenizer: Annotated[Literal["chars", "words", "bpe"], Doc("what a piece of text is")] = "chars"
    max_size: Annotated[int, Doc("of words and bpe: so many pieces at the most", low=1)] = 4096
    min_count: Annotated[int, Doc("what is seen less often is spelled: words by characters, these by bytes", low=1)] = 2
    order: Annotated[int, Doc("longest n-grams that are counted; 0: what suits the text; 1: none", low=0, high=16)] = 0
    smoothing: Annotated[float, Doc("label smoothing", low=0, high=0.5)] = 0.0
    unit: Annotated[
        Literal["auto", "stream", "line"],
        Doc("what a text is: stream: a file; line: a line; auto: of tables a row, else a file"),
    ] = "auto"
    text_column: Annotated[str | None, Doc("of tables: the column of the texts, by name or number from 1")] = None
    pieces_: dict[str, Any] = field(init=False, repr=False)
    counts_first_: NDArray[np.float64] = field(init=False, repr=False)
    counts_keys_: NDArray[np.int64] = field(init=False, repr=False)
    counts_shares_: NDArray[np.float32] = field(init=False, repr=False)
    counts_backs_: NDArray[np.float32] = field(init=False, repr=False)
    counts_sizes_: NDArray[np.int64] = field(init=False, repr=False)
    share_: float = field(init=False, repr=False)
    """of the net in what is foreseen; the rest is of the counts"""
    whole_: bool = field(init=False, repr=False)
    """whether texts were whole, with a beginning and an end of their own; else they were streams"""

    def ready(self, X: Any, y: Any, valid: Any, run: Run, folder: Path, goes_on: bool) -> Ready:
        """Texts as numbers, those to learn from and those kept out, counts, and how the net begins."""
        from vec2seq.tasks.generate_net import Loss, Windows

        if y is not None:
            raise UserError("texts have no labels here: give no y")
        split, digests = self._split(X, valid, run)
        if not goes_on:
            self._take_pieces(split)
        learnt = numbered(split.learnt, self.pieces, folder / "learnt", ends=not split.cut)
        out = numbered(split.held_out, self.pieces, folder / "held-out", begins=not split.cut)
        characters = sum(map(len, split.learnt))
        run.progress.note(
            f"read {counted(characters, 'character')}, {counted(len(learnt.values), 'piece')} of "
            f"{len(self.pieces):,} kinds ({self.tokenizer})"
        )
        self._take_counts(learnt, out, run)
        return Ready(
            begin=lambda _: copy.deepcopy(self.net_) if goes_on else self.new_net(),
            learnt=Windows.of(learnt, self.context, moves=True),
            held_out=Windows.of(out, self.context, moves=False),
            loss=Loss(self.smoothing),
            facts={
                **{"characters": characters, "pieces": len(learnt.values)},
                **{"held_out": sum(map(len, split.held_out)), **digests},
            },
        )

    # data

    def _split(self, X: Any, valid: Any, run: Run) -> tuple[Split, dict[str, str | None]]:
        """Texts to learn from and to judge by, and their fingerprints."""
        parts = [list(texts_of(given, self.reading(run), self.unit)) for given in (X, valid) if given is not None]
        digests = [self._fingerprint(texts) for texts in parts]
        texts = parts[0]
        if not texts:
            raise UserError("there is no text to learn from")
        self.whole_ = len(texts) > 1
        if valid is not None:
            return Split(texts, parts[1]), fingerprints(digests)
        split = kept_out(texts, self.holdout, self.seed)
        if self.holdout and sum(map(len, split.held_out)) < FEWEST_HELD_OUT:
            run.warn("the text is too short to keep some of it out: nothing tells how good this model is")
            return Split(texts, []), fingerprints(digests)
        return split, fingerprints(digests)

    def _fingerprint(self, texts: Sequence[str]) -> Fingerprint:
        found = Fingerprint()
        for text in texts:
            found.add(text)
        return found

    def _take_pieces(self, split: Split) -> None:
        self.pieces_ = Pieces.learn(split.learnt, self.tokenizer, self.max_size, self.min_count).to_json()
        self.__dict__.pop("_pieces", None)

    def _take_counts(self, learnt: Ragged, out: Ragged, run: Run) -> None:
        """Count n-grams: of more and more pieces, as long as what was kept out is foreseen better."""
        best, lowest = None, np.inf
        for order in range(2, MOST_ORDER + 1) if not self.order else [self.order]:
            counts = KneserNey.of(learnt.values, learnt.offsets, len(self.pieces), order)
            loss = -np.log(counts.probabilities(out.values, out.offsets)).mean() if len(out.values) else -order
            if loss >= lowest:
                break
            best, lowest = counts, loss
            run.check()
        assert best is not None
        for name, array in best.arrays.items():
            setattr(self, f"counts_{name}_", array)
        self.__dict__.pop("_counts", None)

    @property
    def pieces(self) -> Pieces:
        """How text becomes numbers."""
        if "_pieces" not in self.__dict__:
            self._pieces = Pieces.from_json(self.pieces_, "the model")
        return self._pieces

    @property
    def counts(self) -> KneserNey:
        """What counting says."""
        if "_counts" not in self.__dict__:
            names = ("first", "keys", "shares", "backs", "sizes")
            self._counts = KneserNey.of_arrays(*(getattr(self, f"counts_{name}_") for name in names))
        return self._counts

    # the net

    def settled(self, lengths: NDArray[np.int64]) -> TrainSettings:
        """A copy with all settings that were left to the data; lengths [N] of what is learnt from."""
        pieces = int(lengths.sum())
        tokens = self.batch_tokens or int(np.clip(2 * pieces**0.5, 512, 8192))
        epochs = self.epochs or int(np.clip(2e7 / max(pieces, 1), 3, 40))
        return replace(self, batch_tokens=tokens, epochs=epochs, lr=self.lr or 3e-3, threads=self.own_threads)

    def build(self) -> "nn.Module":
        """The net, untrained."""
        from vec2seq.tasks.generate_net import LanguageNet

        dropout = 0.2 if self.dropout is None else self.dropout
        return LanguageNet(len(self.pieces), self.decoder, self.own_width, self.layers, self.heads, dropout)

    @property
    def steps(self) -> Steps:
        """The net, as it writes."""
        if not hasattr(self, "net_"):
            return GraphSteps(self.back_end, len(self.pieces), self._state_shape(0))
        from vec2seq.tasks.generate_net import EagerSteps

        return EagerSteps(self.net_)

    @property
    def graph(self) -> "nn.Module":
        """The trained net, as it is exported: a state goes in, and comes out."""
        from vec2seq.tasks.generate_net import StepGraph

        return StepGraph(self.net_)

    def _state_shape(self, rows: int, seen: int = 0) -> tuple[int, ...]:
        """Of each of the two arrays that are the state of rows that have read so many pieces: see ``nn.decoder``."""
        if self.decoder == "lstm":
            return self.layers, rows, self.own_width
        return self.layers, rows, self.heads, seen, self.own_width // self.heads

    def traced(self) -> tuple[Sequence[Arrays], dict[str, dict[int, str]]]:
        """Rows that have read some pieces, or none, and read some more."""
        random = np.random.default_rng(1)
        examples: list[Arrays] = []
        for rows, more, seen in ((2, 3, 5), (3, 1, 4), (1, 2, 0), (2, 4, 1)):
            shape = self._state_shape(rows, seen)
            state = {name: random.normal(size=shape).astype(np.float32) for name in ("first", "second")}
            examples.append({"ids": random.integers(0, len(self.pieces), (rows, more)), **state})
        axes = {1: "B", **({} if self.decoder == "lstm" else {3: "P"})}
        return examples, {"ids": {0: "B", 1: "N"}, "first": axes, "second": axes}

    @property
    def own_width(self) -> int:
        """Of the hidden vectors."""
        return self.width or 256

    def writer(self, rows: int) -> Writer:
        """What foresees so many rows."""
        net = NetWriter(self.steps, rows, self.context)
        return net if self.share_ == 1 else MixedWriter(net, self.counts, self.share_, rows)

    def _log_probabilities(self, rows: Ragged) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of each number of rows by net and by counts [M] each; of the first one of a row, 0."""
        counts = np.log(self.counts.probabilities(rows.values, rows.offsets))
        return net_log_probabilities(self.steps, rows, self.context), counts

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
        net, counts = self._log_probabilities(rows)
        self.share_ = best_share(net, counts)
        return {
            "scores": [facts_of(score) for score in self._scores(self._mixed(net, counts), rows, "")],
            "baselines": {
                "the net alone": facts_of(self._scores(net, rows, "")[0]),
                "counting alone": facts_of(self._scores(counts, rows, "")[0]),
            },
        }

    def _mixed(self, net: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = np.log(self.share_ * np.exp(net) + (1 - self.share_) * np.exp(counts))
        return found

    # asking

    def scores(self, X: Any, y: Any = None, file: str = "") -> list[Score]:
        """How well texts are foreseen: nats_per_char, bits_per_byte, perplexity; files, or a list of texts."""
        self.check_fitted()
        texts = list(texts_of(X, self.reading(), self.unit))
        if not texts:
            raise UserError("there is no text to judge by")
        rows = numbered(texts, self.pieces)
        return self._scores(self._mixed(*self._log_probabilities(rows)), rows, file)

    def score(self, X: Any, y: Any = None) -> float:
        """How well texts are foreseen, higher is better: minus nats_per_char."""
        return -float(self.scores(X)[0].score or 0.0)

    def predict(self, X: Sequence[str] = ("",), how: Writing | None = None) -> list[str]:
        """For each beginning, a text that goes on from it; it begins with it."""
        return [answer["output"] for answer in self.answers(X, how)]

    def answers(self, X: Sequence[str], how: Writing | None = None) -> Iterator[dict[str, Any]]:
        """Of each beginning "input", "output" (the first text), "score" and "candidates", each with "text", "score".

        The score is the mean log-probability of what was written, by piece.
        """
        self.check_fitted()
        how = how or Writing()
        how.check_settings()
        for number, beginning in enumerate(X):
            rows: list[list[int]] = [[] for _ in range(how.samples)]
            sums = np.zeros(how.samples)
            for told in self._written([beginning] * how.samples, how, number):
                sums += told.log_probabilities
                for row in np.flatnonzero(told.tokens != NOTHING):
                    rows[row].append(int(told.tokens[row]))
            candidates = [
                {"text": beginning + self.pieces.text(row), "score": float(total / len(row))}
                for row, total in zip(rows, sums.tolist(), strict=True)
            ]
            first = candidates[0]
            yield {"input": beginning, "output": first["text"], "score": first["score"], "candidates": candidates}

    def write(self, beginning: str = "", how: Writing | None = None) -> Iterator[str]:
        """One text, as it is written: first its beginning, then parts of what comes after it."""
        self.check_fitted()
        how = replace(how or Writing(), samples=1)
        how.check_settings()
        yield beginning
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        for told in self._written([beginning], how, 0):
            if part := decoder.decode(self.pieces.encoded[int(told.tokens[0])]):
                yield part
        if part := decoder.decode(b"", final=True):
            yield part

    def _written(self, beginnings: Sequence[str], how: Writing, number: int) -> Iterator[Written]:
        """What rows write, step after step."""
        prompts = [self._prompt(beginning) for beginning in beginnings]
        randoms = [np.random.default_rng([how.draw, number, row]) for row in range(len(prompts))]
        sampling = Sampling(how.temperature, how.top_k, how.top_p, how.min_p)
        return sample(self.writer(len(prompts)), prompts, how.length, BORDER, sampling, randoms)

    def _prompt(self, beginning: str) -> NDArray[np.int64]:
        """The numbers from which a text goes on: of a whole text its border first; of a stream a new line."""
        (numbers,) = self.pieces.numbers([beginning])
        if self.whole_:
            return np.concatenate([[BORDER], numbers])
        return numbers.astype(np.int64) if len(numbers) else self.pieces.numbers(["\n"])[0].astype(np.int64)

    def reading(self, run: Run | None = None) -> ReadSettings:
        """How files are read."""
        return replace(super().reading(run), column=self.text_column)

    # the model file, the command line

    def fingerprint_of(self, X: Any, run: Run) -> str:
        """That of ``data_`` if the model was trained on these texts."""
        return self._fingerprint(list(texts_of(X, self.reading(run), self.unit))).told()

    def check_learned(self, where: str) -> None:
        """UserError unless pieces and counts can be those of a net."""
        pieces = Pieces.from_json(self.pieces_, where)
        try:
            counts = self.counts
        except ValueError:
            raise not_written_by_us(where, "counts_keys_") from None
        if len(counts.first) != len(pieces):
            raise not_written_by_us(where, "counts_first_")
        if not 0 <= self.share_ <= 1:
            raise not_written_by_us(where, "share_")

    def golden(self) -> dict[str, Any]:
        """How a made text is foreseen, and what is written after it: nothing of the user's is kept but pieces."""
        made = self.pieces.text(range(len(self.pieces) - 1, max(len(self.pieces) - 20, 0), -1))
        rows = numbered([made], self.pieces)
        found = self._mixed(*self._log_probabilities(rows))
        return {"text": made, "log_probabilities": found.tolist(), "written": self.predict([made], Writing(length=8))}

    def describe(self) -> str:
        """One line on what was trained."""
        return (
            f"{self.decoder} of width {self.own_width}, {len(self.pieces):,} kinds of pieces ({self.tokenizer}), "
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
        return f"{counted(self.data_['characters'], 'character')}, and {self.data_['held_out']:,} kept out"

    def suggest(self, folder: str) -> str | None:
        """A command that one may want next."""
        return f'vec2seq predict {folder} "" --samples 3'
