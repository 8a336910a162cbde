"""Translator: it writes a target for a source - translation, transliteration, inflection, pronunciation, normalisation.

``fit`` reads from top to bottom: pairs, some kept out, pieces of both sides, numbers, net, training, judgement.
"""

import copy
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.pairs import Columns, Pair
from vec2seq.data.sides import Choice, Side, check_alike
from vec2seq.data.texts import in_blocks
from vec2seq.engine.net_estimator import ASKED_TOKENS
from vec2seq.engine.runtime import Arrays
from vec2seq.engine.settings import TrainSettings
from vec2seq.errors import UserError, counted, not_written_by_us
from vec2seq.measure import Score
from vec2seq.measure.texts import ERRORS, check_installed
from vec2seq.run.context import Run
from vec2seq.settings import Doc
from vec2seq.tasks.data_estimator import DataEstimator, Ready, check_heads
from vec2seq.tasks.generate_size import ALONE
from vec2seq.tasks.text_estimator import Judged
from vec2seq.tasks.translate_data import (
    MOST_JUDGED,
    Splitting,
    fingerprint,
    numbered,
    of_each_source,
    pairs_of,
    read,
    sources_of,
    told_sides,
    whole_pairs,
)
from vec2seq.tasks.translate_judgement import (
    Metric,
    judged_beside,
    judgement_of,
    metrics_of,
    some,
)
from vec2seq.tasks.translate_presets import batch_of, epochs_of, rate_of, size_of
from vec2seq.tasks.translate_search import SCORES_AT_ONCE, Search, distinct, growth_of
from vec2seq.tasks.translate_writer import OUTPUTS, Attending, GraphWriter, Shapes, Together
from vec2seq.tasks.translating import Translating

if TYPE_CHECKING:
    from torch import nn

SOURCES_AT_ONCE = 4096
"""Of ``answers``: sorted by length, these are searched for in batches."""


@dataclass(kw_only=True, eq=False)
class Translator(DataEstimator):
    """What a source becomes: another language or script, an inflected form, a pronunciation, a normal form.

    >>> Translator().fit("words.tsv").save("model")               # or fit(sources, targets)
    >>> load("model").predict(["a source"])
    """

    task: ClassVar[str] = "translate"
    noun: ClassVar[str] = "pair"
    part: ClassVar[str] = "piece"
    outputs: ClassVar[tuple[str, ...]] = OUTPUTS
    fixed: ClassVar[tuple[str, ...]] = (
        *("encoder", "decoder", "width", "layers", "heads", "kernel", "dropout", "copy"),
        *("source_tokenizer", "target_tokenizer", "max_size", "min_count"),
    )
    learned: ClassVar[tuple[str, ...]] = (
        *("source_", "target_", "copies_", "width_", "layers_", "growth_", "judgement_"),
    )

    encoder: Annotated[
        Literal["cnn", "rnn", "lstm", "attention"], Doc("how pieces of a source see their neighbours")
    ] = "lstm"
    decoder: Annotated[Literal["lstm", "attention"], Doc("how a piece of a target sees those before it")] = "lstm"
    width: Annotated[int, Doc("size of every hidden vector; 0: what suits the data", low=0)] = 0
    layers: Annotated[
        int, Doc("layers of the encoder, and of the decoder; 0: what suits the data", low=0, high=100)
    ] = 0
    heads: Annotated[int, Doc("heads of attention", low=1)] = 4
    kernel: Annotated[int, Doc("pieces that the narrowest convolution sees", low=1)] = 3
    dropout: Annotated[float, Doc("share of numbers left out while training", low=0, high=0.95)] = 0.2
    smoothing: Annotated[float, Doc("label smoothing", low=0, high=0.5)] = 0.1
    scheduled_sampling: Annotated[
        float, Doc("share of pieces that a target goes on from that are guessed, while training", low=0, high=1)
    ] = 0.0
    copy: Annotated[
        Literal["auto", "yes", "no"],
        Doc(
            "let pieces of the source be copied: both sides then have the same pieces; auto: if most characters of the "
            "targets are in their sources"
        ),
    ] = "auto"
    source_tokenizer: Annotated[
        Choice,
        Doc(
            "what a piece of a source is; spaced: what stands between spaces; auto: spaced where that is few kinds, "
            "bpe if texts are long, else chars"
        ),
    ] = "auto"
    target_tokenizer: Annotated[Choice, Doc("what a piece of a target is; auto: as for sources")] = "auto"
    max_size: Annotated[
        int, Doc("of words, spaced and bpe: so many pieces of a side at the most; 0: what suits the texts", low=0)
    ] = 0
    min_count: Annotated[int, Doc("what is seen less often is spelled: words by characters, these by bytes", low=1)] = 2
    source: Annotated[
        str | None, Doc("of tables: the column of the sources, by name or number from 1; several: 1,2; default: first")
    ] = None
    target: Annotated[str | None, Doc("of tables: the column of the targets; default: the last one")] = None
    references: Annotated[
        str | None, Doc("what stands between targets that are all right: the first one is learnt")
    ] = None
    metric: Annotated[Metric, Doc("what is told first; auto: what suits the pieces of the target")] = "auto"
    precision: Annotated[
        Literal["float32", "bf16", "auto"], Doc("of products; bf16 is faster where the processor has it: auto looks")
    ] = "auto"
    source_: dict[str, Any] = field(init=False, repr=False)
    target_: dict[str, Any] = field(init=False, repr=False)
    copies_: bool = field(init=False, repr=False)
    """whether pieces of the source can be copied"""
    width_: int = field(init=False, repr=False)
    layers_: int = field(init=False, repr=False)
    others: list["Translator"] = field(init=False, repr=False, default_factory=list)
    """what it finds targets together with"""
    growth_: float = field(init=False, repr=False)
    """how long a target can be: see ``translate_search``"""

    def ready(self, X: Any, y: Any, valid: Any, run: Run, folder: Path, goes_on: bool) -> Ready:
        """Pairs as numbers, those to learn from and those kept out, and how the net begins."""
        from vec2seq.tasks.translate_net import Examples, Loss

        learnt, out, facts = read(X, y, valid, self.reading(run), self._columns, self.holdout, self.seed, run)
        if not goes_on:
            self._take_sides(learnt)
        for pair in (*learnt[:1], *out[:1]):
            self.sides[0].check(pair.source, pair.place)
        check_installed(self.metrics)
        pairs = [*learnt, *out]
        sources = numbered((pair.source for pair in pairs), self.sides[0], folder / "sources")
        targets = numbered((pair.targets[:1] for pair in pairs), self.sides[1], folder / "targets", borders=True)
        if not goes_on:
            lengths = sources.lengths[: len(learnt)], targets.lengths[: len(learnt)]
            self.growth_ = growth_of(*lengths)
            width, layers = size_of(int(sum(map(np.sum, lengths))))
            self.width_, self.layers_ = self.width or width, self.layers or layers
        run.progress.note(f"read {counted(len(pairs), 'pair')}: {told_sides(self.sides, self.copies_)}")
        return Ready(
            begin=lambda _: copy.deepcopy(self.net_) if goes_on else self.new_net(),
            learnt=Examples(sources, targets, np.arange(len(learnt)), pairs),
            held_out=Examples(sources, targets, np.arange(len(learnt), len(pairs)), pairs),
            loss=Loss(self.smoothing, self.scheduled_sampling),
            facts={"pairs": len(pairs), "held_out": len(out), **facts},
        )

    # data

    def _take_sides(self, learnt: Sequence[Pair]) -> None:
        """Note how texts become pieces."""
        how = Splitting(self.source_tokenizer, self.target_tokenizer, self.max_size, self.min_count, self.copy)
        self.copies_ = how.copies(learnt)
        source, target = how.sides(learnt, self.copies_)
        self.source_, self.target_ = source.to_json(), target.to_json()
        self.__dict__.pop("_sides", None)

    @property
    def sides(self) -> tuple[Side, Side]:
        """How sources and targets become numbers."""
        if "_sides" not in self.__dict__:
            self._sides = self._sides_of("the model")
        return self._sides

    def _sides_of(self, where: str) -> tuple[Side, Side]:
        return Side.from_json(self.source_, where, "source_"), Side.from_json(self.target_, where, "target_")

    @property
    def metrics(self) -> list[str]:
        """What is told, the headline first."""
        return metrics_of(self.metric, self.sides[1].pieces.name)

    @property
    def _columns(self) -> Columns:
        return Columns(self.source, self.target, self.references)

    # the net

    def settled(self, lengths: NDArray[np.int64]) -> TrainSettings:
        """A copy with all settings that were left to the data; lengths [N] of what is learnt from."""
        pieces, attends = int(lengths.sum()), "attention" in (self.encoder, self.decoder)
        return replace(
            self,
            batch_tokens=self.batch_tokens or batch_of(pieces),
            epochs=self.epochs or epochs_of(pieces),
            lr=self.lr or rate_of(self.width_, attends),
            threads=self.own_threads,
        )

    def build(self) -> "nn.Module":
        """The net, untrained."""
        from vec2seq.tasks.translate_net import Shape, TranslatorNet

        source, target = self.sides
        net = self.encoder, self.decoder, self.width_, self.layers_, self.heads, self.kernel
        return TranslatorNet(Shape(len(source), len(target), *net, self.dropout, self.copies_))

    @property
    def own_threads(self) -> int | None:
        """One where two take as long, and far longer beside other programs: the steps of a small net."""
        return self.threads or (1 if self.width_ <= ALONE else None)

    def check_settings(self) -> None:
        """UserError unless every setting is what it can be, and the net can be made of them."""
        super().check_settings()
        check_heads(self.width or 128, self.heads)

    def take_net(self, net: "nn.Module") -> None:
        """Become the estimator of a trained net, which writes on the processor: its steps are small."""
        super().take_net(net.cpu())

    @property
    def graph(self) -> "nn.Module":
        """The trained net, as it is exported: what is known of a source goes in, and comes out."""
        from vec2seq.tasks.translate_net import TranslatorGraph

        return TranslatorGraph(self.net_)

    @property
    def _shapes(self) -> Shapes:
        return Shapes(self._used["decoder"], self.layers_, self._used["heads"], self.width_, self.copies_)

    def traced(self) -> tuple[Sequence[Arrays], dict[str, dict[int, str]]]:
        """Inputs of several sizes, by which the exported net is checked."""
        return self._shapes.traced(*map(len, self.sides))

    def writer(self, source: NDArray[np.int64], mask: NDArray[np.bool_], longest: int, watched: bool) -> Attending:
        """What writes targets of at most so many pieces for sources [B,S] with their mask [B,S]."""
        if self.others:
            return Together([each.writer(source, mask, longest, watched) for each in (self.together([]), *self.others)])
        if not hasattr(self, "net_"):
            return GraphWriter(self.back_end, self._shapes, source, mask)
        from vec2seq.tasks.translate_net import EagerWriter

        return EagerWriter(self.net_, source, mask, longest, watched, self.own_threads)

    def together(self, others: Sequence["Translator"]) -> "Translator":
        """The same, but what it says is the mean of its own probabilities and those of others (an ensemble).

        UserError unless they have the same pieces: those that are trained on the same pairs, with the same ``valid``.
        """
        check_alike([one.sides for one in (self, *others)])
        found = copy.copy(self)
        found.others = list(others)
        return found

    def judged(self, learnt: Any, held_out: Any) -> dict[str, Any]:
        """How good the net is for what was kept out, beside what one has who knows next to nothing.

        And how much worse it writes after what it wrote itself than after what is right (exposure bias).
        """
        from vec2seq.tasks.translate_net import teacher_forced_error

        if not len(held_out):
            return {}
        pairs = some(of_each_source(held_out.pairs[row] for row in held_out.numbers), MOST_JUDGED, self.seed)
        answers = list(self.answers([pair.source for pair in pairs]))
        most = Counter(learnt.pairs[row].targets[0] for row in learnt.numbers).most_common(1)[0][0]
        at_once = max(1, min(ASKED_TOKENS, SCORES_AT_ONCE // len(self.sides[1])))
        forced = teacher_forced_error(self.net_, held_out, at_once)
        return judged_beside(answers, pairs, self.metrics, most, self.sides[1], forced)

    # asking

    def predict(self, X: Any, how: Translating | None = None) -> list[str]:
        """The best target that is found for each source."""
        return [answer["output"] for answer in self.answers(X, how)]

    def answers(self, X: Any, how: Translating | None = None) -> Iterator[dict[str, Any]]:
        """Of each source "input", "output" (the best target), its "score", and "candidates": "text" and "score" each.

        The score is the log-probability by the length penalty: see ``kernels.beam``.
        """
        self.check_fitted()
        how = how or Translating()
        how.check_settings()
        source, target = self.sides
        search = Search(self.writer, len(target), self.growth_)
        permitted = how.permitted(target.pieces, how.begin, target.before)
        for block in in_blocks(self.sources(X), SOURCES_AT_ONCE):
            rows = [self._row(pair) for pair in block]
            for row, found in zip(rows, search(numbered(rows, source), how, permitted), strict=True):
                candidates = distinct(found, target.text, how.candidates)
                best = candidates[0]["text"], candidates[0]["score"]
                yield {"input": "\t".join(row), "output": best[0], "score": best[1], "candidates": candidates}

    def sources(self, X: Any) -> Iterator[Pair]:
        """The sources of files, or of a list, with their places."""
        return sources_of(X, self.reading(), self._columns)

    def source_numbers(self, X: Any) -> list[NDArray[np.int32]]:
        """The same in numbers."""
        return self.sides[0].numbers([self._row(pair) for pair in self.sources(X)])

    def _row(self, pair: Pair) -> tuple[str, ...]:
        """The columns of a source; where there should be several, one text may have them between TABs."""
        source, marks = pair.source, self.sides[0].marks
        if not any(source):
            return ("",) * (1 + len(marks))
        if len(source) == 1:
            source = tuple(source[0].split("\t")) if marks else (source[0].strip(),)
        self.sides[0].check(source, pair.place)
        return source

    def judgement(self, X: Any, y: Any = None, file: str = "") -> Judged:
        """How good the answers for sources are whose targets are known; of the same source, any target is right.

        ``file``: what the scores say where these are from.
        """
        self.check_fitted()
        pairs = of_each_source(whole_pairs(pairs_of(X, y, self.reading(), self._columns), Run()))
        if not pairs:
            raise UserError("there are no pairs to judge by")
        check_installed(self.metrics)
        answers = list(self.answers([pair.source for pair in pairs]))
        return judgement_of(answers, pairs, self.metrics, file)

    def scores(self, X: Any, y: Any = None, file: str = "") -> list[Score]:
        """The scores of that, the headline first, with intervals."""
        return self.judgement(X, y, file).scores

    def score(self, X: Any, y: Any = None) -> float:
        """The first of ``scores``; of errors, minus that: higher is better."""
        first = self.scores(X, y)[0]
        return float(first.score or 0.0) * (-1 if first.metric in ERRORS else 1)

    # the model file, the command line

    def fingerprint_of(self, X: Any, run: Run) -> str:
        """That of ``data_`` if the model was trained on these pairs."""
        return fingerprint(whole_pairs(pairs_of(X, None, self.reading(run), self._columns), run)).told()

    def check_learned(self, where: str) -> None:
        """UserError unless the sides can be those of a net."""
        source, target = self._sides_of(where)
        if target.marks or (self.copies_ and source.pieces != target.pieces):
            raise not_written_by_us(where, "target_")
        if not 0 < self.width_ <= 1 << 16 or self.width_ % (2 * self.heads):
            raise not_written_by_us(where, "width_")
        if not 0 < self.layers_ <= 1 << 10:
            raise not_written_by_us(where, "layers_")
        if not 0 < self.growth_ < 1e6:
            raise not_written_by_us(where, "growth_")

    def golden(self) -> dict[str, Any]:
        """What a made source becomes: nothing of the user's is kept but pieces."""
        if self.others:
            raise UserError("several models that find targets together are no model of their own: keep each of them")
        side = self.sides[0]
        made = side.text(range(len(side.pieces) - 1, max(len(side.pieces) - 8, 0), -1)).strip()
        row = (made, *(marks[0] if marks else made for marks in side.marks))
        (answer,) = self.answers([row], Translating(longest=12, candidates=3))
        return answer

    def describe(self) -> str:
        """One line on what was trained."""
        return f"{self.encoder} and {self.decoder} of width {self.width_}, {told_sides(self.sides, self.copies_)}"

    def facts(self) -> dict[str, Any]:
        """What was found on the pairs kept out."""
        return {"judgement": self.judgement_}

    def told_facts(self) -> list[str]:
        """The same as lines for people."""
        return [self.told_scores()] if self.judgement_ else []

    def told_scores(self) -> str:
        """The scores of what was kept out, a baseline, and what it costs that mistakes go on."""
        forced, free = (self.judgement_["exposure"][f"{name}_error"] for name in ("teacher_forced", "free_running"))
        return f"{super().told_scores()}; wrong pieces: {forced:.1%} after right ones, {free:.1%} after its own"

    def told_data(self) -> str:
        """Pairs, for people."""
        return f"{counted(self.data_['pairs'], 'pair')}, of which {self.data_['held_out']:,} were kept out"

    def suggest(self, folder: str) -> str | None:
        """A command that one may want next."""
        return f'vec2seq predict {folder} "a source"'
