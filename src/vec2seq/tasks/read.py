"""LineReader: it reads lines of text in pictures - what was printed or written, as the user's own lines are (CRNN).

``fit`` reads from top to bottom: lines with their texts, some kept out, characters, counts of what follows what, net,
training, and how much the counts are to be trusted.
"""

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.alphabet import NONE, Alphabet
from vec2seq.data.inklines import STEP
from vec2seq.data.ordered import in_order
from vec2seq.data.pairs import Columns
from vec2seq.data.ragged import Ragged, offsets_of
from vec2seq.data.texts import in_blocks
from vec2seq.data.transcribed import Form
from vec2seq.engine import batches
from vec2seq.engine.runtime import Arrays
from vec2seq.engine.settings import TrainSettings
from vec2seq.errors import UserError, counted, not_written_by_us
from vec2seq.kernels.ngram_walk import Walk
from vec2seq.measure import Score
from vec2seq.run.context import Run
from vec2seq.settings import Doc
from vec2seq.tasks.data_estimator import DataEstimator, Ready, facts_of
from vec2seq.tasks.generate_counts import ngrams
from vec2seq.tasks.kept_counts import Counted
from vec2seq.tasks.read_data import (
    How,
    PictureLine,
    batch_of,
    divided,
    fitting,
    lines_of,
    more_texts,
    read_lines,
    sheets_of,
    unread_sheets,
)
from vec2seq.tasks.read_doctor import examined
from vec2seq.tasks.read_judgement import (
    Find,
    certainties,
    chosen_search,
    confusions,
    line_scores,
    risk_by_coverage,
)
from vec2seq.tasks.read_search import Certainties, Read, Search, answer_of, log_softmax
from vec2seq.tasks.read_sizes import SIZES, epochs_of
from vec2seq.tasks.rules import Searching
from vec2seq.tasks.text_estimator import Judged

if TYPE_CHECKING:
    from torch import nn

LINES_AT_ONCE = 256
"""Of ``answers``: sorted by length, these are read in batches."""
ASKED_COLUMNS = 16_384
"""Of a batch at prediction, padding counted."""
TUNED = 150
"""Lines, a third of those kept out at the most, by which the weight of the counts is chosen."""
BATCH_COLUMNS = 16_384
MOST_NGRAMS = 2_000_000
SILENT = 0.5
"""of lines where nothing is read, which is worth a warning"""


@dataclass(kw_only=True, eq=False)
class LineReader(Counted, DataEstimator):
    """What stands on pictures of lines of text.

    >>> LineReader().fit("lines/").save("model")                    # or fit(pictures, texts)
    >>> load("model").predict(["line.png"])
    """

    task: ClassVar[str] = "read"
    noun: ClassVar[str] = "line"
    part: ClassVar[str] = "column"
    outputs: ClassVar[tuple[str, ...]] = ("scores",)
    fixed: ClassVar[tuple[str, ...]] = ("size", "height", "form")
    learned: ClassVar[tuple[str, ...]] = (
        *("alphabet_", *Counted.of_counts, "alpha_", "beta_", "certainties_", "judgement_"),
    )

    size: Annotated[Literal["tiny", "small", "base"], Doc("of the net: smaller ones are faster")] = "base"
    height: Annotated[
        int, Doc("pixels that lines are scaled to; a multiple of 16, of small devices 32", low=16, high=128)
    ] = 48
    form: Annotated[Form, Doc("Unicode's normal form of texts")] = "NFC"
    dropout: Annotated[float, Doc("share of numbers left out while training", low=0, high=0.95)] = 0.3
    distort: Annotated[bool, Doc("distort lines while training, each time anew")] = True
    texts: Annotated[
        str | None, Doc("files of texts such as stand on the lines: what follows what is counted in them, too")
    ] = None
    order: Annotated[
        int, Doc("longest runs of characters that are counted; 0: what suits the texts; 1: none", low=0, high=16)
    ] = 0
    source: Annotated[str | None, Doc("of tables: the column of the pictures, by name or number from 1")] = None
    target: Annotated[str | None, Doc("of tables: the column of the texts; default: the last one")] = None
    precision: Annotated[
        Literal["float32", "bf16", "auto"], Doc("of products; bf16 is faster where the processor has it: auto looks")
    ] = "auto"
    alphabet_: str = field(init=False, repr=False)
    """the characters that it knows"""
    alpha_: float = field(init=False, repr=False)
    """how much what follows what counts; 0: not at all"""
    beta_: float = field(init=False, repr=False)
    """what a character more is worth then"""
    certainties_: dict[str, Any] = field(init=False, repr=False)

    def ready(self, X: Any, y: Any, valid: Any, run: Run, folder: Path, goes_on: bool) -> Ready:
        """Lines as columns of ink, those to learn from and those kept out, and how the net begins."""
        from vec2seq.tasks.read_net import Examples, Loss

        lines, learnt, out, facts = divided(X, y, valid, self._how(run), folder, self.holdout, self.seed, run)
        before = self.alphabet if goes_on else None
        self._take_alphabet(
            Alphabet.of([lines.texts[row] for row in learnt], "" if before is None else before.characters)
        )
        labels = Ragged.of(map(self.alphabet.numbers, lines.texts))
        for finding in examined(lines, learnt, out, self.seed):
            run.warn(finding.what, finding.mend)
        learnt = fitting(lines, labels, learnt, run)
        run.progress.note(
            f"read {counted(len(lines), 'line')}, {len(out):,} of them kept out; "
            f"{counted(len(self.alphabet_), 'character')} to tell apart"
        )
        self._count(labels, learnt, out, run)
        return Ready(
            begin=lambda _: self._begun(before),
            learnt=Examples(lines, labels, learnt),
            held_out=Examples(lines, labels, out),
            loss=Loss(self.distort),
            facts={"lines": len(lines), "held_out": len(out), **facts},
        )

    # data

    def _take_alphabet(self, alphabet: Alphabet) -> None:
        self.alphabet_ = alphabet.characters
        self.__dict__.pop("_alphabet", None)

    def _count(self, labels: Ragged, learnt: NDArray[np.int64], out: NDArray[np.int64], run: Run) -> None:
        """Note what follows what in the texts."""
        rows = [labels[row] for row in learnt.tolist()]
        if self.texts is not None:
            rows += more_texts(Path(self.texts), self._how(run), self.alphabet, run)
        judged_by = bordered(labels[row] for row in out.tolist())
        self.take_counts(ngrams(bordered(rows), judged_by, len(self.alphabet), self.order, MOST_NGRAMS, None, run))

    @property
    def alphabet(self) -> Alphabet:
        """Characters in numbers."""
        if "_alphabet" not in self.__dict__:
            self._alphabet = Alphabet(self.alphabet_)
        return self._alphabet

    def _how(self, run: Run | None = None) -> How:
        return How(self.height, self.form, self.reading(run), Columns(self.source, self.target))

    # the net

    def settled(self, lengths: NDArray[np.int64]) -> TrainSettings:
        """A copy with all settings that were left to the data; lengths [N] of what is learnt from."""
        return replace(
            self,
            batch_tokens=self.batch_tokens or BATCH_COLUMNS,
            epochs=self.epochs or epochs_of(int(lengths.sum())),
            lr=self.lr or 1e-3,
        )

    def build(self) -> "nn.Module":
        """The net, untrained."""
        from vec2seq.nn.crnn import CRNN

        size = SIZES[self.size]
        return CRNN(len(self.alphabet), self.height, size.channels, size.width, size.layers, self.dropout)

    def _begun(self, before: Alphabet | None) -> "nn.Module":
        """The net before it learns: a new one; or that of before, which knew other characters."""
        if before is None:
            return self.new_net()
        from vec2seq.nn.crnn import widened

        return widened(copy.deepcopy(self.net_), self.new_net())

    def check_settings(self) -> None:
        """UserError unless every setting is what it can be."""
        super().check_settings()
        if self.height % 16:
            raise UserError(f"height {self.height}: must be a multiple of 16")

    def traced(self) -> tuple[Sequence[Arrays], dict[str, dict[int, str]]]:
        """Lines of several lengths, by which the exported net is checked."""
        drawn = np.random.default_rng(1)
        examples: list[Arrays] = []
        for lengths in ((40, 64), (33,), (200, 7, 120)):
            rows = [drawn.integers(0, 256, (length, self.height), np.uint8) for length in lengths]
            columns, mask = batch_of(Ragged(np.concatenate(rows), offsets_of(lengths)), np.arange(len(rows)))
            examples.append({"columns": columns, "mask": mask})
        return examples, {"columns": {0: "B", 1: "W"}, "mask": {0: "B", 1: "W"}}

    def asked(self, lengths: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
        """Numbers of lines with these lengths [N], batch by batch, for ``back_end``."""
        yield from batches.in_order(lengths, ASKED_COLUMNS)

    def log_probabilities(self, columns: Ragged) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Of lines, in any order: its number, and how probable each character is at each column [T,C]."""
        for numbers in self.asked(columns.lengths):
            batch, mask = batch_of(columns, numbers)
            scores = log_softmax(self.back_end({"columns": batch, "mask": mask})["scores"])
            for row, number in enumerate(numbers.tolist()):
                yield number, scores[row, : -(-int(columns.lengths[number]) // STEP)]

    # judging

    def judged(self, learnt: Any, held_out: Any) -> dict[str, Any]:
        """Choose how much counts count by a part of what was kept out, and say how good it reads the rest."""
        self.alpha_, self.beta_ = 0.0, 0.0
        self.certainties_ = Certainties.unknown().to_json()
        if not len(held_out):
            return {}
        kept = held_out.lines.some(held_out.numbers)
        columns, texts = kept.columns, kept.texts
        some = min(TUNED, len(texts) // 3)
        order = np.random.default_rng(self.seed).permutation(len(texts))
        tuned, rest = np.sort(order[:some]), np.sort(order[some:])
        search = self._chosen(columns.take(tuned), [texts[row] for row in tuned])
        self.alpha_, self.beta_ = search.alpha, search.beta
        rest_texts, rest_columns = [texts[row] for row in rest], columns.take(rest)
        plain = list(self._found(rest_columns, Search()))
        read = list(self._found(rest_columns, search)) if search.alpha else plain
        found = [self._text(one) for one in read]
        self.certainties_ = certainties(read, found, rest_texts).to_json()
        chances = self.certainties.line(np.array([one.chance for one in read]))
        baseline = line_scores([self._text(one) for one in plain], rest_texts, "")[0]
        return {
            "scores": [facts_of(score) for score in line_scores(found, rest_texts, "")],
            "baselines": {"the best path": facts_of(baseline)} if search.alpha else {},
            "silent": float(np.mean([not text for text in found])),
            "confusions": confusions(found, rest_texts),
            "risk": risk_by_coverage(chances, found, rest_texts),
        }

    def trained_on(self, ready: Ready, run: Run, identity: dict[str, Any] | None = None) -> dict[str, Any]:
        """Become the estimator of a net that has learnt; a warning if it has learnt to say nothing."""
        found = super().trained_on(ready, run, identity)
        if found.get("silent", 0.0) > SILENT:
            run.warn(
                f"nothing is read on {found['silent']:.0%} of the lines kept out: the net still says everywhere that "
                "there is no character, which all nets with CTC do for a while",
                "look whether texts belong to their pictures; then use more lines, more {epochs}, or another {lr}",
            )
        return found

    def _chosen(self, columns: Ragged, texts: list[str]) -> Search:
        """The search that reads these lines best."""
        known = dict(self.log_probabilities(columns))
        find: Find = lambda search: (search(known[row]) for row in range(len(texts)))  # noqa: E731
        return chosen_search(find, texts, self._text, Walk(self.counts), Searching().beams) if texts else Search()

    def _found(self, columns: Ragged, search: Search) -> Iterator[Read]:
        """What stands on lines, in order; the net goes on while a text is searched for."""
        found = dict(in_order(lambda one: (one[0], search(one[1])), self.log_probabilities(columns), threads=1))
        yield from (found[row] for row in range(len(columns)))

    def _text(self, read: Read) -> str:
        return self.alphabet.text(read.labels)

    @property
    def certainties(self) -> Certainties:
        """How sure is sure."""
        return Certainties.from_json(self.certainties_)

    # asking

    def predict(self, X: Any, how: Searching | None = None) -> list[str]:
        """What stands on each picture: paths, arrays [H,W] of bytes, or images of Pillow's."""
        return [answer["output"] for answer in self.answers(X, how)]

    def answers(self, X: Any, how: Searching | None = None, pages: bool = False) -> Iterator[dict[str, Any]]:
        """Of each picture "input", "output", "score" (how probably all of it is right), "characters", "candidates".

        A character has "char", "confidence", "x0" and "x1": where it is on the picture, in pixels. A candidate has
        "text" and "score". UserError for a picture that cannot be read; ``answers_or_errors`` goes on after it. With
        ``pages``, of each line found on them (see ``data.pagecut``), and its "page", "box" and "outline" there.
        """
        for answer in self.answers_or_errors(X, how, pages):
            if isinstance(answer, UserError):
                raise answer
            yield answer

    def answers_or_errors(
        self, X: Any, how: Searching | None = None, pages: bool = False
    ) -> Iterator[dict[str, Any] | UserError]:
        """The same; in the place of a picture that cannot be read, the reason."""
        self.check_fitted()
        search, many = self._search(how or Searching()), (how or Searching()).candidates
        for block in in_blocks(lines_of(unread_sheets(X, pages), self._how()), LINES_AT_ONCE):
            lines = [line for line in block if isinstance(line, PictureLine)]
            columns = Ragged(
                np.concatenate([np.zeros((0, self.height), np.uint8), *(line.ink.columns for line in lines)]),
                offsets_of([len(line.ink.columns) for line in lines]),
            )
            read = self._found(columns, search)
            for line in block:
                yield line if isinstance(line, UserError) else self._answer(line, next(read), many)

    def _search(self, how: Searching) -> Search:
        how.check_settings()
        rules = how.permitted(self.alphabet)
        if how.beams == 1 or (not self.alpha_ and rules is None and how.candidates == 1):
            return Search(how.beams if rules is not None else 1, constraint=rules)
        return Search(max(how.beams, how.candidates), Walk(self.counts), self.alpha_, self.beta_, rules)

    def _answer(self, line: PictureLine, read: Read, many: int) -> dict[str, Any]:
        return answer_of(line, read, self.alphabet, self.certainties, STEP * line.ink.scale, many)

    def judgement(self, X: Any, y: Any = None, file: str = "") -> Judged:
        """How good what is read is, of lines whose text is known; ``file``: where the scores say these are from."""
        self.check_fitted()
        how = self._how()
        lines = read_lines(sheets_of(X, y, how, Run().progress.note), how, None, Run())
        read = list(self._found(lines.columns, self._search(Searching())))
        found = [self._text(one) for one in read]
        chances = self.certainties.line(np.array([one.chance for one in read]))
        errors = [
            {"place": place, "input": place, "label": text, "output": output, "score": float(chance)}
            for place, text, output, chance in zip(lines.places, lines.texts, found, chances, strict=True)
            if text != output
        ]
        scores = line_scores(found, lines.texts, file)
        return Judged(scores, errors=sorted(errors, key=lambda error: -error["score"]))

    def scores(self, X: Any, y: Any = None, file: str = "") -> list[Score]:
        """The scores of that, the headline first, with intervals."""
        return self.judgement(X, y, file).scores

    def score(self, X: Any, y: Any = None) -> float:
        """Minus the share of characters that are wrong: higher is better."""
        return -float(self.scores(X, y)[0].score or 0.0)

    # the model file, the command line

    def fingerprint_of(self, X: Any, run: Run) -> str:
        """That of ``data_`` if the model was trained on these lines."""
        how = self._how(run)
        return read_lines(sheets_of(X, None, how, run.progress.note), how, None, run).fingerprint().told()

    def check_learned(self, where: str) -> None:
        """UserError unless characters and counts can be those of a net."""
        if not self.alphabet_ or len(set(self.alphabet_)) < len(self.alphabet_):
            raise not_written_by_us(where, "alphabet_")
        self.check_counts(len(self.alphabet), where)
        if not (0 <= self.alpha_ < 1e3 and abs(self.beta_) < 1e3):
            raise not_written_by_us(where, "alpha_")
        try:
            _ = self.certainties
        except (ValueError, TypeError):
            raise not_written_by_us(where, "certainties_") from None

    def golden(self) -> dict[str, Any]:
        """What is read on made lines: nothing of the user's is kept."""
        made = [np.ascontiguousarray(example["columns"][0].T) for example in self.traced()[0]]
        return {"read": [answer["output"] for answer in self.answers(made)]}

    def describe(self) -> str:
        """One line on what was trained."""
        return f"{self.size} net for lines of {self.height} pixels, {counted(len(self.alphabet_), 'character')}"

    def facts(self) -> dict[str, Any]:
        """What was found on the lines kept out."""
        return {"judgement": self.judgement_, "alpha": self.alpha_, "beta": self.beta_}

    def told_facts(self) -> list[str]:
        """The same as lines for people."""
        return [self.told_scores()] if self.judgement_ else []

    def told_data(self) -> str:
        """Lines, for people."""
        return f"{counted(self.data_['lines'], 'line')}, of which {self.data_['held_out']:,} were kept out"

    def suggest(self, folder: str) -> str | None:
        """A command that one may want next."""
        return f"vec2seq predict {folder} line.png"


def bordered(rows: Iterable[NDArray[np.int32]]) -> Ragged:
    """Rows of numbers, each between two that say that it begins and ends."""
    return Ragged.of([np.concatenate([[NONE], row, [NONE]]) for row in rows])
