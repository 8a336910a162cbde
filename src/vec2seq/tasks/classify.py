"""Classifier: labels for texts - one of several, or any number of them.

``fit`` reads from top to bottom: texts to numbers, texts to keep out, net, training, calibration, judgement.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.files import ReadSettings
from vec2seq.data.ngrams import bags
from vec2seq.data.ragged import Ragged
from vec2seq.data.split import split_rows
from vec2seq.data.texts import SPECIAL, Texts, in_blocks
from vec2seq.data.tokenize import Tokenizer
from vec2seq.data.vocab import Vocab
from vec2seq.engine.net_estimator import NetEstimator, check_torch
from vec2seq.engine.runtime import Arrays
from vec2seq.engine.settings import TrainSettings
from vec2seq.errors import UserError, counted, not_written_by_us
from vec2seq.measure import Score
from vec2seq.measure.calibration import calibrated_in_halves, temperature
from vec2seq.measure.classes import each_label, label_scores, one_of
from vec2seq.run.context import Run
from vec2seq.settings import Doc
from vec2seq.tasks.classify_data import Columns, Data, examples_of, fingerprint, read, targets_of, texts_of, tokenized
from vec2seq.tasks.given_vectors import Given, given_vectors

if TYPE_CHECKING:
    from torch import nn

FEWEST_HELD_OUT = 10
"""Fewer texts judge nothing."""
RATES = {"mean": 1e-2, "cnn": 1e-3, "rnn": 2e-3, "lstm": 3e-3, "attention": 1e-3}
"""Learning rates that suit the encoders."""
STEPS, FEWEST_EPOCHS, MOST_EPOCHS = 2000, 3, 30
BATCHES, SMALLEST_BATCH, LARGEST_BATCH = 128, 128, 8192
"""A training is to have so many steps; an epoch so many batches, of so many words at least and at most."""


@dataclass(kw_only=True, eq=False)
class Classifier(NetEstimator):
    """Labels for texts: sentiment, topic, language, kind of question.

    >>> Classifier(encoder="cnn").fit("reviews.tsv").save("model")      # or fit(texts, labels)
    >>> load("model").predict(["a fine film"])
    """

    task: ClassVar[str] = "classify"
    outputs: ClassVar[tuple[str, ...]] = ("logits",)
    learned: ClassVar[tuple[str, ...]] = (
        *("vocab_", "tokenizer_", "labels_", "several_", "given_width_", "temperature_", "judgement_"),
    )

    encoder: Annotated[
        Literal["mean", "cnn", "rnn", "lstm", "attention"],
        Doc("how words see their neighbours; mean: not at all, but runs of words count as words"),
    ] = "cnn"
    width: Annotated[int, Doc("size of every hidden vector", low=1)] = 128
    layers: Annotated[int, Doc("layers of the encoder", low=1)] = 1
    heads: Annotated[int, Doc("heads of attention", low=1)] = 4
    kernel: Annotated[int, Doc("words that the narrowest convolution sees", low=1)] = 3
    dropout: Annotated[float, Doc("share of numbers left out while training", low=0, high=0.95)] = 0.5
    word_dropout: Annotated[float, Doc("share of words left out while training", low=0, high=0.95)] = 0.1
    ngrams: Annotated[int, Doc("of mean: longest run of words that counts as a word", low=1, high=8)] = 2
    char_ngrams: Annotated[
        int, Doc("of mean: longest run of characters in a word that counts as one, from 3; 0: none", low=0, high=16)
    ] = 0
    buckets: Annotated[int, Doc("of mean: how many numbers such runs share", low=1, high=2**26)] = 2**17
    tokenizer: Annotated[
        Literal["auto", "whitespace", "words", "chars"],
        Doc("how texts are split; auto: words if punctuation sticks to them or Han is not segmented, else whitespace"),
    ] = "auto"
    lower: Annotated[bool, Doc("make everything lower case")] = True
    min_count: Annotated[int, Doc("words seen less often count as unknown", low=1)] = 1
    max_size: Annotated[int | None, Doc("keep only so many of the most frequent words", low=1)] = None
    max_length: Annotated[int, Doc("words of a text that are read; the rest is cut off, and that is said", low=1)] = 1024
    vectors: Annotated[
        str | None, Doc("word vectors to begin with: a model folder, or a word2vec, GloVe or fastText (.vec) file")
    ] = None
    freeze: Annotated[bool, Doc("leave given vectors as they are")] = False
    class_weight: Annotated[
        Literal["balanced"] | None, Doc("balanced: each label counts as much as the others, not each text")
    ] = None
    holdout: Annotated[
        float, Doc("share of texts kept out of training, to judge and to calibrate; 0: none", low=0, high=0.9)
    ] = 0.1
    epochs: Annotated[int, Doc("passes over the texts; 0: as many as suit their number", low=0)] = 0
    batch_tokens: Annotated[
        int, Doc("words that a batch has at the most, padding counted; 0: as many as suit all words", low=0)
    ] = 0
    lr: Annotated[float, Doc("highest learning rate; 0: what suits the encoder", low=0, high=100)] = 0.0
    text_column: Annotated[str | None, Doc("of tables: the column of the texts, by name or number from 1")] = None
    label_column: Annotated[str | None, Doc("of tables: the column of the labels, by name or number from 1")] = None
    separator: Annotated[str | None, Doc("what stands between the labels of a text that has several")] = None
    encoding: Annotated[str, Doc("encoding of files, for example gb18030")] = "utf-8"
    errors: Annotated[
        Literal["strict", "replace"], Doc("text that cannot be decoded: stop, or replace it by U+FFFD")
    ] = "strict"

    vocab_: Vocab = field(init=False, repr=False)
    tokenizer_: dict[str, Any] = field(init=False, repr=False)
    labels_: list[str] = field(init=False, repr=False)
    several_: bool = field(init=False, repr=False)
    """whether a text can have more or less than one label"""
    given_width_: int = field(init=False, repr=False)
    """width of the vectors of words"""
    temperature_: float = field(init=False, repr=False)
    judgement_: dict[str, Any] = field(init=False, repr=False)
    """scores of the texts kept out; empty if none were"""

    def fit(self, X: Any, y: Any = None, *, valid: Any = None, run: Run | None = None) -> Self:
        """Learn from texts with labels: a path or Paths of files, or a list of texts and one of labels.

        ``valid``: files, or a pair of lists, that are kept out in the place of a share of the texts.
        """
        return self._learn(X, y, valid, run or Run(), goes_on=False)

    def partial_fit(self, X: Any, y: Any = None, *, valid: Any = None, run: Run | None = None) -> Self:
        """Go on with more texts of the same labels, from the weights as they are; only known words are known."""
        return self._learn(X, y, valid, run or Run(), goes_on=self.__sklearn_is_fitted__())

    def _learn(self, X: Any, y: Any, valid: Any, run: Run, goes_on: bool) -> Self:
        check_torch()
        self.check_settings()
        from vec2seq.engine.loop import train
        from vec2seq.engine.rows import Sequences
        from vec2seq.tasks.classify_net import START, Loss, class_weights

        start = self.digest if goes_on else None
        with run.workspace() as folder:
            given = None if goes_on or self.vectors is None else given_vectors(self.vectors)
            data, rows = self._data(X, y, valid, run, folder, goes_on)
            kept, out = self._split(data, rows, run)
            if not goes_on:
                self._take_words(data, kept, given)
            self._warn_of_cut(data, run)
            ids = self._inputs(data.texts, folder / "corpus" / "inputs")
            net = self.net_ if goes_on else self.new_net()
            if given is not None:
                given.fill(net.embed, self.vocab_, SPECIAL, START)
                net.embed.requires_grad_(not self.freeze)
            targets = data.targets
            loss = Loss(self.several_, class_weights(targets[kept], len(self.labels_), self.class_weight))
            learnt, held_out = (Sequences(ids, targets, numbers=numbers) for numbers in (kept, out))
            self.data_ = {"texts": len(data.targets), "held_out": len(out), "fingerprint": data.fingerprint, "from": start}
            identity = {"data": data.fingerprint, "from": start, "vectors": given and given.digest}
            history = train(net, learnt, held_out, tuple, loss, self._settled(learnt.lengths), run, identity)
            self.history_ = history.entries
            self.take_net(net)
            self._judge(ids.take(out), targets[out], targets[kept])
        if self.judgement_:
            run.progress.note(self._told_scores())
        return self

    # data

    def _data(
        self, X: Any, y: Any, valid: Any, run: Run, folder: Path, goes_on: bool
    ) -> tuple[Data, int | None]:
        """All texts in numbers; how many of them are to be learnt from if the others are ``valid``, else None."""
        how, learnt = self._how(run), 0

        def examples() -> Iterator[Any]:
            nonlocal learnt
            for example in examples_of(X, y, how, self._columns):
                learnt += 1
                yield example
            if valid is not None:
                held_out = valid if isinstance(valid, tuple) else (valid, None)
                yield from examples_of(*held_out, how, self._columns)

        tokenizer = self._tokenizer if goes_on else Tokenizer(self.tokenizer, lower=self.lower)
        known = (self.labels_, self.several_) if goes_on else None
        data = read(examples(), tokenizer, folder / "corpus" / "words", known)
        run.progress.note(
            f"read {counted(len(data.targets), 'text')}, {counted(len(data.texts.ids.values), 'word')} "
            f"({data.tokenizer.name}), {counted(len(data.labels), 'label')}"
        )
        return data, None if valid is None else learnt

    def _split(self, data: Data, rows: int | None, run: Run) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Numbers of the texts to learn from, and of those to judge by."""
        texts = len(data.targets)
        if rows is not None:
            kept, out = np.arange(rows), np.arange(rows, texts)
        else:
            groups = None if data.several else data.targets
            kept, out = split_rows(texts, self.holdout, groups, np.random.RandomState(self.seed))
        if len(out) < FEWEST_HELD_OUT and rows is None:
            if self.holdout:
                run.warn(f"{counted(texts, 'text')} are too few to keep some out: nothing tells how good this model is")
            kept, out = np.arange(texts), out[:0]
        there = data.targets[kept].sum(0) if data.several else np.bincount(data.targets[kept], minlength=len(data.labels))
        never = [label for label, count in zip(data.labels, there.tolist(), strict=True) if not count]
        if never and not self.__sklearn_is_fitted__():
            raise UserError(f"the label {never[0]!r} is only among the texts kept out: nothing can learn it")
        if len(data.labels) < 2:
            raise UserError(f"all texts have the label {data.labels[0]!r}: nothing to learn" if data.labels else "no text has a label")
        return kept, out

    def _take_words(self, data: Data, kept: NDArray[np.int64], given: Given | None) -> None:
        """Note which words are known, and the labels."""
        self.tokenizer_ = data.tokenizer.to_json()
        self.labels_, self.several_ = data.labels, data.several
        self.vocab_ = data.texts.vocab(kept, self.min_count, self.max_size, given.tokens if given else ())
        self.given_width_ = given.width if given else self.width

    def _inputs(self, texts: Texts, path: Path | None = None) -> Ragged:
        """Texts as the net sees them."""
        texts = texts.cut(self.max_length)
        if self.encoder != "mean":
            return texts.numbered(self.vocab_, path)
        first = len(self.vocab_) + SPECIAL
        return bags(texts, texts.numbers(self.vocab_), first, self.buckets, self.ngrams, self.char_ngrams, path)

    def _warn_of_cut(self, data: Data, run: Run) -> None:
        longer = int((data.texts.ids.lengths > self.max_length).sum())
        if longer:
            run.warn(
                f"{counted(longer, 'text')} of {len(data.targets):,} have more than {self.max_length:,} words: "
                "the rest of them is not read",
                "allow more by {max_length}",
            )

    def _settled(self, lengths: NDArray[np.int64]) -> TrainSettings:
        """A copy with all that was left to the data."""
        words = int(lengths.sum())
        tokens = self.batch_tokens or int(np.clip(words / BATCHES, SMALLEST_BATCH, LARGEST_BATCH))
        epochs = self.epochs or int(np.clip(STEPS * tokens / max(words, 1), FEWEST_EPOCHS, MOST_EPOCHS))
        return replace(self, batch_tokens=tokens, epochs=epochs, lr=self.lr or RATES[self.encoder])

    def _how(self, run: Run | None = None) -> ReadSettings:
        return ReadSettings(encoding=self.encoding, errors=self.errors, check=(run or Run()).check)

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

        words = len(self.vocab_) + SPECIAL + (self.buckets if self.encoder == "mean" else 0)
        return ClassifierNet(
            words,
            len(self.labels_),
            self.width,
            self.given_width_,
            self.encoder,
            self.layers,
            self.heads,
            self.kernel,
            self.dropout,
            self.word_dropout,
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
        logits = logits / self.temperature_
        if self.several_:
            return np.exp(-np.logaddexp(0, -logits))
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def _judge(self, ids: Ragged, truth: NDArray[Any], learnt: NDArray[Any]) -> None:
        """Calibrate by what was kept out, and note how good the net is there; nothing if nothing was."""
        self.temperature_, self.judgement_ = 1.0, {}
        if not len(ids):
            return
        logits = self._logits(ids)
        if self.several_:
            halves = calibrated_in_halves(logits.reshape(-1, 1), truth.reshape(-1).astype(np.int64)).reshape(logits.shape)
        else:
            halves = calibrated_in_halves(logits, truth)
        scores = label_scores(self._probabilities(halves), truth, "")
        baseline = label_scores(_always(learnt, len(truth), len(self.labels_)), truth, "")[0]
        self.judgement_ = {
            "scores": [_facts(score) for score in scores],
            "baselines": {"the most frequent": _facts(baseline)},
        }
        flat = (logits.reshape(-1, 1), truth.reshape(-1).astype(np.int64)) if self.several_ else (logits, truth)
        self.temperature_ = temperature(*flat)

    # asking

    def predict(self, X: Any) -> list[Any]:
        """The label of each text; where texts can have several, a list of them for each."""
        return [answer["output"] for answer in self.answers(X)]

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The calibrated probability of each label [N, labels], in the order of ``labels_``."""
        self.check_fitted()
        found = [self.probabilities_of(block) for block in in_blocks(texts_of(X, self._how(), self._columns))]
        return np.concatenate([np.zeros((0, len(self.labels_))), *found])

    def probabilities_of(self, texts: Sequence[tuple[Any, str]]) -> NDArray[np.float64]:
        """Of some texts, or lists of tokens, with their places [N, labels]."""
        words = tokenized(self._tokenizer, [text for text, _ in texts])
        return self._probabilities(self._logits(self._inputs(Texts.read(words))))

    def answers(self, X: Any) -> Iterator[dict[str, Any]]:
        """Of each text "input", "output", its "score" and the "probabilities" of all labels, as they come."""
        self.check_fitted()
        for block in in_blocks(texts_of(X, self._how(), self._columns)):
            for (text, _), row in zip(block, self.probabilities_of(block).tolist(), strict=True):
                by_label = dict(zip(self.labels_, row, strict=True))
                if self.several_:
                    output: Any = [label for label, probability in by_label.items() if probability > 0.5]
                    score = min((max(p, 1 - p) for p in row), default=1.0)
                else:
                    output = max(by_label, key=lambda label: by_label[label])
                    score = by_label[output]
                yield {"input": text, "output": output, "score": score, "probabilities": by_label}

    def score(self, X: Any, y: Any = None) -> float:
        """The share of texts whose label, or all of whose labels, are found."""
        return float(self.scores(X, y)[0].score or 0.0)

    def scores(self, X: Any, y: Any = None, file: str = "") -> list[Score]:
        """How good the answers for labelled texts are, with intervals; then f1, precision and recall of each label."""
        probabilities, truth, _ = self.judged(X, y)
        found = probabilities > 0.5 if self.several_ else one_of(probabilities.argmax(1), len(self.labels_))
        truths = truth > 0 if self.several_ else one_of(truth, len(self.labels_))
        return [*label_scores(probabilities, truth, file), *each_label(truths, found, self.labels_, file)]

    def judged(self, X: Any, y: Any = None) -> tuple[NDArray[np.float64], NDArray[Any], list[Any]]:
        """Of labelled texts: probabilities [N, labels]; true labels, int64 [N] or 0 and 1 [N, labels]; the examples."""
        self.check_fitted()
        examples = list(examples_of(X, y, self._how(), self._columns))
        truth = targets_of(examples, self.labels_, self.several_)
        found = [
            self.probabilities_of([(one.text, one.place) for one in block]) for block in in_blocks(examples)
        ]
        return np.concatenate([np.zeros((0, len(self.labels_))), *found]), truth, examples

    # the model file, the command line

    def fingerprint_of(self, X: Any, run: Run) -> str:
        """That of ``data_`` if the model was trained on these texts."""
        return fingerprint(examples_of(X, None, self._how(run), self._columns))

    def check_learned(self, where: str) -> None:
        """UserError unless labels, words and calibration can be those of a net."""
        Tokenizer.from_json(self.tokenizer_, where)
        if len(self.labels_) < 2 or not all(isinstance(label, str) for label in self.labels_):
            raise not_written_by_us(where, "labels_")
        if not 0 < self.temperature_ < 1e6:
            raise not_written_by_us(where, "temperature_")
        if not 0 < self.given_width_ <= 1 << 20:
            raise not_written_by_us(where, "given_width_")

    def golden(self) -> dict[str, Any]:
        """Logits for three made texts, of frequent words: nothing of the user's is kept."""
        words = self.vocab_.tokens[:12]
        texts = [words[:5], words[3:], [*words[::3], "\ufffd unknown"]]
        return {"tokens": texts, "logits": self._logits(self._inputs(Texts.read(texts))).tolist()}

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
        return f"{len(self.labels_)} {what}, from {counted(len(self.vocab_), 'word')}, {self.encoder} of width {self.width}"

    def suggest(self, folder: str) -> str | None:
        """A command that one may want next."""
        return f'vec2seq predict {folder} "a text"'

    def facts(self) -> dict[str, Any]:
        """What was found on the texts kept out."""
        return {"labels": self.labels_, "several": self.several_, "judgement": self.judgement_}

    def told_data(self) -> str:
        """Texts, for people."""
        return f"{counted(self.data_['texts'], 'text')}, {self.data_['held_out']:,} of them kept out"

    def told_facts(self) -> list[str]:
        """Labels and scores as lines for people."""
        labels = " ".join(self.labels_)
        return [f"labels: {labels}", *([self._told_scores()] if self.judgement_ else [])]

    def _told_scores(self) -> str:
        """The scores on the texts kept out, and of who always says the most frequent label."""
        scores, baselines = self.judgement_["scores"], self.judgement_["baselines"]
        told = ", ".join(f"{score['metric']} {_told(score)}" for score in scores)
        beside = ", ".join(f"{name} {_told(score)}" for name, score in baselines.items())
        return f"{counted(scores[0]['n'], 'text')} kept out: {told} ({scores[0]['metric']} of {beside})"


def _always(learnt: NDArray[Any], texts: int, labels: int) -> NDArray[np.float64]:
    """What one says who knows the shares of the labels only [texts, labels]."""
    shares = learnt.mean(0) if learnt.ndim == 2 else np.bincount(learnt, minlength=labels) / len(learnt)
    return np.tile(shares, (texts, 1))


def _facts(score: Score) -> dict[str, Any]:
    """What is kept of a score."""
    return {name: value for name, value in asdict(score).items() if name in ("metric", "score", "low", "high", "n")}


def _told(score: dict[str, Any]) -> str:
    interval = "" if score["low"] is None else f" [{score['low']:.3f}, {score['high']:.3f}]"
    return "-" if score["score"] is None else f"{score['score']:.3f}{interval}"
