"""Classifier: labels for texts - one of several, or any number of them.

``fit`` reads from top to bottom: texts to numbers, texts to keep out, net, training, calibration, judgement.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.ngrams import Ngrams
from vec2seq.data.ragged import Ragged
from vec2seq.data.texts import SPECIAL, Texts, in_blocks
from vec2seq.data.tokenize import Tokenizer
from vec2seq.data.vocab import Vocab
from vec2seq.engine.runtime import Arrays
from vec2seq.engine.settings import TrainSettings
from vec2seq.errors import UserError, counted, not_written_by_us
from vec2seq.measure.calibration import calibrated_in_halves, probabilities, temperature
from vec2seq.measure.classes import always, label_scores
from vec2seq.run.context import Run
from vec2seq.settings import Doc
from vec2seq.tasks.classify_data import Columns, Data, examples_of, fingerprint, read, targets_of, texts_of, tokenized
from vec2seq.tasks.classify_judgement import judgement_of
from vec2seq.tasks.data_estimator import Ready, facts_of
from vec2seq.tasks.given_vectors import Given, given_vectors
from vec2seq.tasks.naive_bayes import log_ratios
from vec2seq.tasks.text_estimator import Amount, Judged, TextEstimator

if TYPE_CHECKING:
    from torch import nn

MOST_RISING = 64
"""More labels than these do not make the learning rate higher."""


@dataclass(kw_only=True, eq=False)
class Classifier(TextEstimator):
    """Labels for texts: sentiment, topic, language, kind of question.

    >>> Classifier().fit("reviews.tsv").save("model")      # or fit(texts, labels)
    >>> load("model").predict(["a fine film"])
    """

    task: ClassVar[str] = "classify"
    outputs: ClassVar[tuple[str, ...]] = ("logits",)
    noun: ClassVar[str] = "text"
    rates: ClassVar[dict[str, float]] = {"mean": 4e-3, "cnn": 2e-3, "rnn": 2e-3, "lstm": 3e-3, "attention": 1e-3}
    rises: ClassVar[dict[str, tuple[int, float]]] = {
        "mean": (2, 0.75),
        **dict.fromkeys(("cnn", "rnn", "lstm", "attention"), (8, 0.5)),
    }
    """Encoder -> of how many labels its rate is; of K times as many it is K to this power times as high."""
    widths: ClassVar[dict[str, int]] = {"mean": 32, "cnn": 128, "rnn": 128, "lstm": 128, "attention": 128}
    amounts: ClassVar[dict[str, Amount]] = {
        "mean": Amount(1500, 2.2, 5, 30, 128, 8192),
        "cnn": Amount(1200, 2.2, 4, 30, 128, 8192),
        "rnn": Amount(900, 2.2, 3, 30, 128, 8192),
        "lstm": Amount(900, 2.2, 3, 30, 128, 8192),
        "attention": Amount(2000, 2.2, 5, 30, 128, 8192),
    }
    fixed: ClassVar[tuple[str, ...]] = (
        *(*TextEstimator.fixed, "ngrams", "char_ngrams", "max_ngrams", "tokenizer", "lower", "max_size"),
    )
    concerned: ClassVar[dict[str, tuple[str, ...]]] = {
        **TextEstimator.concerned,
        **dict.fromkeys(("ngrams", "char_ngrams", "max_ngrams"), ("mean",)),
    }
    left_out: ClassVar[dict[str, float]] = {"mean": 0.3, "cnn": 0.1, "rnn": 0.1, "lstm": 0.1, "attention": 0.1}
    learned: ClassVar[tuple[str, ...]] = (
        *("vocab_", "ngrams_", "tokenizer_", "labels_", "several_", "given_width_", "temperature_", "judgement_"),
    )

    encoder: Annotated[
        Literal["mean", "cnn", "rnn", "lstm", "attention"],
        Doc("how words see their neighbours; mean: not at all, but runs of words count as words"),
    ] = "mean"
    width: Annotated[int, Doc("size of every hidden vector; 0: what suits the encoder", low=0)] = 0
    ngrams: Annotated[int, Doc("of mean: longest run of words that counts as a word", low=1, high=8)] = 2
    char_ngrams: Annotated[
        int,
        Doc(
            "of mean: longest run of characters that counts as a word, from 3 within words; of Han from 1, also across "
            "words; 0: none",
            low=0,
            high=16,
        ),
    ] = 2
    max_ngrams: Annotated[
        int, Doc("of mean: keep only so many of the most frequent runs; all have been seen twice", low=0, high=2**24)
    ] = 2**20
    threads: Annotated[int | None, Doc("threads; default: all processors, of mean one", low=1, high=256)] = None
    tokenizer: Annotated[
        Literal["auto", "whitespace", "words", "chars"],
        Doc("how texts are split; auto: words if punctuation sticks to them or Han is not segmented, else whitespace"),
    ] = "auto"
    lower: Annotated[bool, Doc("make everything lower case")] = True
    max_size: Annotated[int | None, Doc("keep only so many of the most frequent words", low=1)] = None
    max_length: Annotated[int, Doc("words of a text that are read; it is said how many texts are longer", low=1)] = 1024
    class_weight: Annotated[
        Literal["balanced"] | None, Doc("balanced: each label counts as much as the others, not each text")
    ] = None
    text_column: Annotated[str | None, Doc("of tables: the column of the texts, by name or number from 1")] = None
    label_column: Annotated[str | None, Doc("of tables: the column of the labels, by name or number from 1")] = None
    separator: Annotated[str | None, Doc("what stands between the labels of a text that has several")] = None
    vocab_: Vocab = field(init=False, repr=False)
    ngrams_: NDArray[np.int32] = field(init=False, repr=False)
    """hashes of the runs that are known, of mean; see ``data.ngrams``"""
    tokenizer_: dict[str, Any] = field(init=False, repr=False)
    several_: bool = field(init=False, repr=False)
    """whether a text can have more or less than one label"""
    temperature_: float = field(init=False, repr=False)

    def ready(self, X: Any, y: Any, valid: Any, run: Run, folder: Path, goes_on: bool) -> Ready:
        """Texts as numbers, those to learn from and those kept out, and how the net begins."""
        from vec2seq.engine.rows import Sequences
        from vec2seq.tasks.classify_net import Loss, class_weights

        data, rows = self._data(X, y, valid, run, folder, goes_on)
        kept, out = self._split(data, rows, run, goes_on)
        given = None
        if not goes_on:
            if self.vectors is not None:
                given = given_vectors(self.vectors, data.tokenizer.normalize)
            self._take_words(data, kept, given)
            if given:
                self.check_given(given, self.vocab_, run)
        ids, targets = self.inputs(data.texts, folder / "inputs"), data.targets

        def begin(learnt: Sequences) -> Any:
            net: Any = self.begun(given, self.vocab_, goes_on)
            if self.encoder == "mean" and not (goes_on or given) and len(self.labels_) <= self.own_width:
                net.begin_with(log_ratios(ids, targets, learnt.numbers, len(net.embed.weight), len(self.labels_)))
            return net

        return Ready(
            begin=begin,
            learnt=Sequences(ids, targets, numbers=kept),
            held_out=Sequences(ids, targets, numbers=out),
            loss=Loss(self.several_, class_weights(targets[kept], len(self.labels_), self.class_weight)),
            facts={"texts": len(targets), "held_out": len(out), **data.fingerprints},
            also={"vectors": given and given.digest},
        )

    # data

    def _data(self, X: Any, y: Any, valid: Any, run: Run, folder: Path, goes_on: bool) -> tuple[Data, int | None]:
        """All texts in numbers; how many of them are to be learnt from if the others are ``valid``, else None."""
        how, tell = self.reading(run), run.progress.note
        examples = examples_of(X, y, how, self._columns, tell)
        held_out = None
        if valid is not None:
            texts, labels = valid if isinstance(valid, tuple) else (valid, None)
            held_out = examples_of(texts, labels, how, self._columns, tell)
        tokenizer = self._tokenizer if goes_on else Tokenizer(self.tokenizer, lower=self.lower)
        known = (self.labels_, self.several_) if goes_on else None
        data = read(examples, held_out, tokenizer, folder / "words", known)
        self._warn_of_cut(data.texts.ids.lengths, run)
        data = replace(data, texts=data.texts.cut(self.max_length))
        run.progress.note(
            f"read {counted(len(data.targets), 'text')}, {counted(len(data.texts.ids.values), 'word')} "
            f"({data.tokenizer.name}), {counted(len(data.labels), 'label')}"
        )
        return data, None if valid is None else data.learnt

    def _split(
        self, data: Data, rows: int | None, run: Run, goes_on: bool
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Numbers of the texts to learn from, and of those to judge by."""
        if len(data.labels) < 2:
            raise UserError(
                f"all texts have the label {data.labels[0]!r}: nothing to learn"
                if data.labels
                else "no text has a label"
            )
        kept, out = self.kept_out(len(data.targets), rows, data.targets, run)
        there = (
            data.targets[kept].sum(0) if data.several else np.bincount(data.targets[kept], minlength=len(data.labels))
        )
        never = np.flatnonzero(there == 0)
        if len(never) and not goes_on:
            raise UserError(
                f"the label {data.labels[never[0]]!r} is only among the texts to judge by: nothing can learn it",
                "give some texts of it to learn from",
            )
        return kept, out

    def _take_words(self, data: Data, kept: NDArray[np.int64], given: Given | None) -> None:
        """Note which words are known, and the labels; nothing is calibrated yet."""
        self.tokenizer_ = data.tokenizer.to_json()
        self.labels_, self.several_, self.temperature_ = data.labels, data.several, 1.0
        self.vocab_ = data.texts.vocab(kept, self.min_count, self.max_size, given.tokens if given else ())
        if not len(self.vocab_):
            raise UserError(f"no word is in the texts {counted(self.min_count, 'time')}: nothing to learn from")
        self.given_width_ = given.width if given else self.own_width
        self.ngrams_ = np.zeros(0, np.int32)
        if self.encoder == "mean":
            numbers = data.texts.numbers(self.vocab_)
            self.ngrams_ = Ngrams.seen(data.texts, kept, numbers, self.ngrams, self.char_ngrams, self.max_ngrams).known

    def inputs(self, texts: Texts, path: Path | None = None) -> Ragged:
        """Texts as the net sees them."""
        if self.encoder != "mean":
            return texts.numbered(self.vocab_, path)
        return self.known_ngrams.bags(texts, texts.numbers(self.vocab_), len(self.vocab_) + SPECIAL, path)

    @property
    def known_ngrams(self) -> Ngrams:
        """Runs of words, and of characters in them."""
        return Ngrams(self.ngrams, self.char_ngrams, self.ngrams_)

    def settled(self, lengths: NDArray[np.int64]) -> TrainSettings:
        """Of more labels each is seen less often, and the learning rate is higher."""
        how, (few, power) = super().settled(lengths), self.rises[self.encoder]
        times = float(np.clip(len(self.labels_), few, MOST_RISING)) / few
        return how if self.lr else replace(how, lr=how.lr * times**power)

    @property
    def own_threads(self) -> int | None:
        """Of a bag one: its steps are so little work that two take as long, and far longer beside other programs."""
        return self.threads or (1 if self.encoder == "mean" else None)

    def _warn_of_cut(self, lengths: NDArray[np.int64], run: Run) -> None:
        """Say how many texts of these lengths [N] are not read to their end."""
        longer = int((lengths > self.max_length).sum())
        if longer:
            run.warn(
                f"{counted(longer, 'text')} of {len(lengths):,} longer than {self.max_length:,} words: the rest is not "
                "read",
                "train with more {max_length}, or split them",
            )

    @property
    def own_width(self) -> int:
        """Of the hidden vectors."""
        return self.width or self.widths[self.encoder]

    @property
    def _columns(self) -> Columns:
        return Columns(self.text_column, self.label_column, self.separator)

    @property
    def _tokenizer(self) -> Tokenizer:
        return Tokenizer.from_json(self.tokenizer_, "the model")

    # the net

    def build(self) -> "nn.Module":
        """The net, untrained."""
        from vec2seq.tasks.classify_net import ClassifierNet

        return ClassifierNet(
            len(self.vocab_) + SPECIAL + len(self.ngrams_),
            len(self.labels_),
            self.own_width,
            self.given_width_,
            self.encoder,
            self.layers,
            self.heads,
            self.kernel,
            self.dropout,
            self.share_left_out,
        )

    def _logits(self, ids: Ragged) -> NDArray[np.float64]:
        """What the net gives for texts: [N, labels]."""
        found = np.zeros((len(ids), len(self.labels_)))
        for numbers in self.asked(ids.lengths):
            values, mask = ids.padded(numbers)
            found[numbers] = self.back_end({"ids": values.astype(np.int64), "mask": mask})["logits"]
        return found

    def _probabilities(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated: of one label softmax, of several the logistic function of each."""
        return probabilities(logits / self.temperature_, self.several_)

    def judged(self, learnt: Any, held_out: Any) -> dict[str, Any]:
        """Calibrate by what was kept out, the one half by the other for the scores; and say how good the net is."""
        if not len(held_out):
            return {}
        self.temperature_ = 1.0
        ids, targets = held_out.parts
        logits, truth = self._logits(ids.take(held_out.numbers)), targets[held_out.numbers]
        scores = label_scores(self._probabilities(calibrated_in_halves(logits, truth)), truth, "")
        shares = always(targets[learnt.numbers], len(truth), len(self.labels_))
        self.temperature_ = temperature(logits, truth)
        return {
            "scores": [facts_of(score) for score in scores],
            "baselines": {"the most frequent": facts_of(label_scores(shares, truth, "")[0])},
        }

    # asking

    def predict(self, X: Any) -> list[Any]:
        """The label of each text; where texts can have several, a list of them for each."""
        return [answer["output"] for answer in self.answers(X)]

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The calibrated probability of each label [N, labels], in the order of ``labels_``."""
        self.check_fitted()
        found = [self.probabilities_of(block) for block in in_blocks(texts_of(X, self.reading(), self._columns))]
        return np.concatenate([np.zeros((0, len(self.labels_))), *found])

    def probabilities_of(self, texts: Sequence[tuple[Any, str]]) -> NDArray[np.float64]:
        """Of some texts, or lists of tokens, with their places [N, labels]."""
        words = Texts.read(tokenized(self._tokenizer, [text for text, _ in texts]))
        self._warn_of_cut(words.ids.lengths, Run())
        return self._probabilities(self._logits(self.inputs(words.cut(self.max_length))))

    def tokens_of(self, text: str) -> list[str]:
        """The words of a text that are read."""
        words = tokenized(self._tokenizer, [text])[0]
        self._warn_of_cut(np.array([len(words)]), Run())
        return words[: self.max_length]

    def logits_of(self, words: Sequence[Sequence[str]]) -> NDArray[np.float64]:
        """What the net gives for texts in words: [N, labels], not calibrated."""
        return self._logits(self.inputs(Texts.read(words)))

    def answers(self, X: Any) -> Iterator[dict[str, Any]]:
        """Of each text "input", "output", its "score" and the "probabilities" of all labels, as they come."""
        self.check_fitted()
        for block in in_blocks(texts_of(X, self.reading(), self._columns)):
            for (text, _), row in zip(block, self.probabilities_of(block).tolist(), strict=True):
                by_label = dict(zip(self.labels_, row, strict=True))
                if self.several_:
                    output: Any = [label for label, probability in by_label.items() if probability > 0.5]
                    score = min((max(p, 1 - p) for p in row), default=1.0)
                else:
                    output = max(by_label, key=lambda label: by_label[label])
                    score = by_label[output]
                yield {"input": text, "output": output, "score": score, "probabilities": by_label}

    def judgement(self, X: Any, y: Any = None, file: str = "") -> Judged:
        """How good the answers for labelled texts are, what labels are taken for what, and the errors."""
        self.check_fitted()
        examples = list(examples_of(X, y, self.reading(), self._columns))
        truth, count = targets_of(examples, self.labels_, self.several_), len(self.labels_)
        parts = [self.probabilities_of([(one.text, one.place) for one in block]) for block in in_blocks(examples)]
        return judgement_of(np.concatenate([np.zeros((0, count)), *parts]), truth, examples, self.labels_, file)

    # the model file, the command line

    def fingerprint_of(self, X: Any, run: Run) -> str:
        """That of ``data_`` if the model was trained on these texts."""
        return fingerprint(examples_of(X, None, self.reading(run), self._columns))

    def check_learned(self, where: str) -> None:
        """UserError unless labels, words and calibration can be those of a net."""
        super().check_learned(where)
        Tokenizer.from_json(self.tokenizer_, where)
        if not 0 < self.temperature_ < 1e6:
            raise not_written_by_us(where, "temperature_")
        known = self.ngrams_
        if known.ndim != 1 or known.dtype != np.int32 or (np.diff(known) <= 0).any() or (known < 0).any():
            raise not_written_by_us(where, "ngrams_")

    def golden(self) -> dict[str, Any]:
        """Logits for three made texts, of frequent words: nothing of the user's is kept."""
        words = self.vocab_.tokens[:12]
        texts = [words[:5], words[3:], [*words[::3], "\ufffd unknown"]]
        return {"tokens": texts, "logits": self._logits(self.inputs(Texts.read(texts))).tolist()}

    def traced(self) -> tuple[Sequence[Arrays], dict[str, dict[int, str]]]:
        """Texts of frequent words, of several lengths, one without any."""
        numbers = np.arange(SPECIAL, SPECIAL + max(len(self.vocab_), 1), dtype=np.int64)
        examples: list[Arrays] = []
        for lengths in ((3, 7), (5,), (1, 4, 2), (0, 12)):
            ids = Ragged.of([np.resize(numbers, length) for length in lengths], np.int64)
            values, mask = ids.padded(np.arange(len(ids)))
            examples.append({"ids": values, "mask": mask})
        return examples, {"ids": {0: "B", 1: "T"}, "mask": {0: "B", 1: "T"}}

    def describe(self) -> str:
        """One line on what was trained."""
        what = "labels, any number a text" if self.several_ else "labels"
        words = counted(len(self.vocab_), "word")
        return f"{len(self.labels_)} {what}, from {words}, {self.encoder} of width {self.own_width}"

    def facts(self) -> dict[str, Any]:
        """What was found on the texts kept out."""
        return {"labels": self.labels_, "several": self.several_, "judgement": self.judgement_}

    def told_data(self) -> str:
        """Texts, for people."""
        return f"{counted(self.data_['texts'], 'text')}, {self.data_['held_out']:,} of them kept out"
