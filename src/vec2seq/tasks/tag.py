"""Tagger: a label for every token - names, parts of speech, chunks, borders of Chinese words.

``fit`` reads from top to bottom: sentences to numbers, sentences to keep out, net, training, judgement. Spans are
learnt as BIOES, whatever marks them in the data (Ratinov and Roth 2009), and are given back as the data have them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.offsets import Token, kind_of
from vec2seq.data.ragged import Ragged
from vec2seq.data.spans import converted, rules, scheme_of, spans_of
from vec2seq.data.tagged import Sentence
from vec2seq.data.texts import SPECIAL, Texts, in_blocks
from vec2seq.data.vocab import Vocab
from vec2seq.engine.runtime import Arrays
from vec2seq.errors import UserError, counted, not_written_by_us
from vec2seq.kernels.viterbi import forbidding, marginals, viterbi
from vec2seq.measure.spans import span_scores
from vec2seq.run.context import Run
from vec2seq.settings import Doc
from vec2seq.tasks.data_estimator import Ready, facts_of
from vec2seq.tasks.fingerprint import Fingerprint, fingerprints
from vec2seq.tasks.given_vectors import Given, given_vectors
from vec2seq.tasks.tag_data import Tokens, pairs_of, plain, vocabs
from vec2seq.tasks.tag_sentences import asked_of, examples_of, in_pieces, warn_of_pieces
from vec2seq.tasks.text_estimator import Amount, Judged, TextEstimator

if TYPE_CHECKING:
    from torch import nn


@dataclass(kw_only=True, eq=False)
class Tagger(TextEstimator):
    """A label for every token: names, parts of speech, chunks, word borders.

    >>> Tagger().fit("train.conll").save("model")                      # or fit(sentences, labels)
    >>> load("model").predict(["Mr Smith went to Washington"])
    """

    task: ClassVar[str] = "tag"
    outputs: ClassVar[tuple[str, ...]] = ("emissions",)
    beside: ClassVar[tuple[str, ...]] = ("crf.transitions", "crf.starts", "crf.ends")
    noun: ClassVar[str] = "sentence"
    rates: ClassVar[dict[str, float]] = {"cnn": 2e-3, "rnn": 2e-3, "lstm": 4e-3, "attention": 1e-3}
    amounts: ClassVar[dict[str, Amount]] = dict.fromkeys(rates, Amount(3000, 2.2, 8, 30, 256, 4096))
    fixed: ClassVar[tuple[str, ...]] = (*TextEstimator.fixed, "word_width", "char_width", "output")
    left_out: ClassVar[dict[str, float]] = dict.fromkeys(rates, 0.05)
    learned: ClassVar[tuple[str, ...]] = (
        *("vocab_", "characters_", "pairs_", "labels_", "scheme_", "kind_", "given_width_", "judgement_"),
    )

    encoder: Annotated[Literal["cnn", "rnn", "lstm", "attention"], Doc("how words see their neighbours")] = "lstm"
    width: Annotated[int, Doc("size of every hidden vector", low=1)] = 256
    word_width: Annotated[int, Doc("size of the vector of a word", low=1)] = 100
    char_width: Annotated[
        int,
        Doc("size of what a word's characters say of it; 0: nothing. Of single Han characters: pairs of them", low=0),
    ] = 64
    output: Annotated[
        Literal["crf", "softmax"], Doc("crf: labels are learnt as a chain; softmax: each on its own. No rule is broken")
    ] = "crf"
    format: Annotated[
        Literal["auto", "columns", "conllu", "spans", "segmented"],
        Doc("of files; auto: by name and first line; segmented: words between spaces, whose borders are learnt"),
    ] = "auto"
    label_column: Annotated[
        str | None, Doc("of columns: that of the labels, its number from 1, of CoNLL-U its name; default: last, UPOS")
    ] = None
    vocab_: Vocab = field(init=False, repr=False)
    characters_: list[str] = field(init=False, repr=False)
    pairs_: NDArray[np.int64] = field(init=False, repr=False)
    """pairs of Han characters, see ``tag_data.pairs_of``"""
    scheme_: str = field(init=False, repr=False)
    """how the data mark spans; "none": plain tags"""
    kind_: str = field(init=False, repr=False)
    """how raw text becomes tokens: see ``data.offsets``"""

    def ready(self, X: Any, y: Any, valid: Any, run: Run, folder: Path, goes_on: bool) -> Ready:
        """Sentences as numbers, those to learn from and those kept out, and how the net begins."""
        from vec2seq.tasks.tag_net import Sentences, loss

        given = None if goes_on or self.vectors is None else given_vectors(self.vectors, plain)
        texts, truth, rows, digests = self._read(X, y, valid, run, folder)
        kept, out = self.kept_out(len(truth), rows, None, run)
        if not goes_on:
            self._take_words(texts, truth, kept, given)
            if given:
                self.check_given(given, self.vocab_, run)
        tokens, labels = self.inputs(texts), self._numbered(truth)
        return Ready(
            begin=lambda learnt: self.begun(given, self.vocab_, goes_on),
            learnt=Sentences(tokens, labels, kept),
            held_out=Sentences(tokens, labels, out),
            loss=loss,
            facts={
                **{"sentences": len(truth), "tokens": len(texts.ids.values)},
                **{"held_out": len(out), **digests},
            },
            also={"vectors": given and given.digest},
        )

    # data

    def _examples(self, X: Any, y: Any, run: Run | None = None) -> Iterator[Sentence]:
        """Sentences with labels: of files, or of lists; long ones in pieces."""
        run = run or Run()
        return examples_of(X, y, self.reading(run), self.format, self.label_column, run)

    def _read(
        self, X: Any, y: Any, valid: Any, run: Run, folder: Path
    ) -> tuple[Texts, list[list[str]], int | None, dict[str, str | None]]:
        """Sentences in numbers of tokens; labels; how many to learn from, if ``valid`` says; fingerprints."""
        parts = [self._examples(X, y, run)]
        if valid is not None:
            held_out = valid if isinstance(valid, tuple) else (valid, None)
            parts.append(self._examples(held_out[0], held_out[1], run))
        labels: list[list[str]] = []
        digests, learnt = [Fingerprint() for _ in parts], 0

        def tokens() -> Iterator[list[str]]:
            nonlocal learnt
            for number, part in enumerate(parts):
                for sentence in part:
                    digests[number].add(sentence.tokens, sentence.labels)
                    labels.append(sentence.labels)
                    yield sentence.tokens
                learnt = learnt or len(labels)

        texts = Texts.read(tokens(), folder / "tokens")
        if not labels:
            raise UserError("there are no sentences to learn from")
        run.progress.note(f"read {counted(len(labels), 'sentence')}, {counted(len(texts.ids.values), 'token')}")
        return texts, labels, None if valid is None else learnt, fingerprints(digests)

    def _take_words(self, texts: Texts, truth: list[list[str]], kept: NDArray[np.int64], given: Given | None) -> None:
        """Note which words are known, and the labels."""
        self.vocab_, characters = vocabs(texts, kept, self.min_count, given.tokens if given else ())
        self.kind_ = kind_of([texts.tokens[number] for number in texts.ids[row]] for row in kept[:1000].tolist())
        by_pairs = self.kind_ == "chars" and self.char_width > 0
        self.pairs_ = pairs_of(texts, kept, self.vocab_) if by_pairs else np.zeros(0, np.int64)
        self.characters_ = [] if self.kind_ == "chars" or not self.char_width else characters.tokens
        self.scheme_ = scheme_of(label for row in truth for label in row)
        self.given_width_ = given.width if given else self.word_width
        self.labels_ = sorted({label for row in truth for label in self._learnt(row)})
        if len(self.labels_) < 2:
            raise UserError(f"all tokens have the label {self.labels_[0]!r}: nothing to learn")

    def _learnt(self, labels: Sequence[str]) -> list[str]:
        """Labels as they are learnt."""
        return list(labels) if self.scheme_ == "none" else converted(labels, "bioes")

    def _numbered(self, truth: list[list[str]]) -> Ragged:
        """The numbers of the labels of sentences."""
        known = {label: number for number, label in enumerate(self.labels_)}
        try:
            return Ragged.of([[known[label] for label in self._learnt(labels)] for labels in truth])
        except KeyError as error:
            raise UserError(
                f"the label {error.args[0]!r} is not one that the model knows: {' '.join(self.labels_)[:200]}"
            ) from None

    def inputs(self, texts: Texts) -> Tokens:
        """Sentences as the net sees them."""
        characters = Vocab(self.characters_, np.zeros(len(self.characters_), np.int64)) if self.characters_ else None
        return Tokens.of(texts, self.vocab_, characters, self.pairs_)

    # the net

    def build(self) -> "nn.Module":
        """The net, untrained."""
        from vec2seq.tasks.tag_net import TaggerNet

        return TaggerNet(
            len(self.vocab_) + SPECIAL,
            len(self.characters_) + SPECIAL if self.characters_ else 0,
            len(self.pairs_) + 1 if len(self.pairs_) else 0,
            len(self.labels_),
            self.given_width_,
            self.char_width,
            self.width,
            self.encoder,
            self.layers,
            self.heads,
            self.kernel,
            self.dropout,
            self.share_left_out,
            self.output == "crf",
        )

    @property
    def beside_shapes(self) -> dict[str, tuple[int, ...]]:
        """The CRF's, if there is one."""
        count = len(self.labels_)
        return dict(zip(self.beside, ((count, count), (count,), (count,)), strict=True)) if self.output == "crf" else {}

    @property
    def chain(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Scores of label after label [K,K], of the first [K], of the last [K]; -inf where a rule would be broken."""
        count = len(self.labels_)
        transitions, starts, ends = (
            self.beside_.get(name, np.zeros((count, count) if name == "crf.transitions" else count))
            for name in self.beside
        )
        allowed = rules(self.labels_)
        return (
            forbidding(transitions, allowed.moves),
            forbidding(starts, allowed.starts),
            forbidding(ends, allowed.ends),
        )

    def _decoded(self, tokens: Tokens) -> tuple[list[list[str]], list[NDArray[np.float32]]]:
        """The labels of sentences, as they are learnt, and the probability of each."""
        labels: list[list[str]] = [[] for _ in range(len(tokens.ids))]
        sure: list[NDArray[np.float32]] = [np.zeros(0, np.float32)] * len(labels)
        chain, names = self.chain, np.array(self.labels_, object)
        for numbers in self.asked(tokens.ids.lengths):
            inputs = tokens.batch(numbers)
            emissions, mask = self.back_end(inputs)["emissions"], inputs["mask"]
            paths, _ = viterbi(emissions, mask, *chain)
            probable = np.take_along_axis(marginals(emissions, mask, *chain), paths[:, :, None], 2)[:, :, 0]
            for row, number in enumerate(numbers.tolist()):
                length = int(mask[row].sum())
                labels[number] = names[paths[row, :length]].tolist()
                sure[number] = probable[row, :length]
        return labels, sure

    def labels_of(self, tokens: Sequence[str]) -> list[str]:
        """The labels of the tokens of a sentence, as they are learnt."""
        return self._decoded(self.inputs(Texts.read([tokens])))[0][0]

    def emissions_of(self, sentences: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """What the net gives for sentences of as many tokens each: [N,T,labels]."""
        tokens = self.inputs(Texts.read(sentences))
        found = np.zeros((len(sentences), len(sentences[0]), len(self.labels_)), np.float32)
        for numbers in self.asked(tokens.ids.lengths):
            found[numbers] = self.back_end(tokens.batch(numbers))["emissions"]
        return found

    def judged(self, learnt: Any, held_out: Any) -> dict[str, Any]:
        """How good the net is for what was kept out."""
        if not len(held_out):
            return {}
        tokens = replace(held_out.tokens, ids=held_out.tokens.ids.take(held_out.numbers))
        names = np.array(self.labels_, object)
        truth = [self._given_back(names[held_out.labels[row]].tolist()) for row in held_out.numbers.tolist()]
        scores = span_scores(truth, [self._given_back(labels) for labels in self._decoded(tokens)[0]], "")
        return {"scores": [facts_of(score) for score in scores if score.section is None]}

    def _given_back(self, labels: list[str]) -> list[str]:
        """Labels as the data have them."""
        return labels if self.scheme_ in ("none", "bioes") else converted(labels, self.scheme_)  # type: ignore[arg-type]

    # asking

    def predict(self, X: Any) -> list[list[str]]:
        """The labels of the tokens of each sentence: of lists of tokens, or of raw texts, which are split."""
        return [[token["label"] for token in answer["tokens"]] for answer in self.answers(X)]

    def answers(self, X: Any) -> Iterator[dict[str, Any]]:
        """Of each sentence "input", "output" (its spans; or labels), "score" (of the least sure token) and "tokens".

        Each token has "text", "start", "end" (places in the text), "label" and "score", its probability. A span has
        "text", "start", "end" and "label".
        """
        self.check_fitted()
        longer = 0
        for block in in_blocks(asked_of(X, self.reading(), self.kind_), 1024):  # type: ignore[arg-type]
            pieces = [[token.text for token in piece] for _, tokens in block for piece in in_pieces(tokens)]
            decoded = zip(*self._decoded(self.inputs(Texts.read(pieces))), strict=True)
            for text, tokens in block:
                mine = list(islice(decoded, len(in_pieces(tokens))))
                longer += len(mine) > 1
                labels = [label for own, _ in mine for label in own]
                yield self._answer(text, tokens, self._given_back(labels), np.concatenate([sure for _, sure in mine]))
        warn_of_pieces(longer, Run())

    def _answer(self, text: Any, tokens: list[Token], labels: list[str], scores: NDArray[np.float32]) -> dict[str, Any]:
        shown = text if isinstance(text, str) else " ".join(token.text for token in tokens)
        output: list[Any] = labels
        if self.scheme_ != "none":
            output = [
                {
                    "text": shown[tokens[span.start].start : tokens[span.end - 1].end],
                    "start": tokens[span.start].start,
                    "end": tokens[span.end - 1].end,
                    "label": span.label,
                }
                for span in spans_of(labels)
            ]
        found = [
            {**token._asdict(), "label": label, "score": float(score)}
            for token, label, score in zip(tokens, labels, scores, strict=True)
        ]
        return {"input": shown, "output": output, "score": float(min(scores, default=1.0)), "tokens": found}

    def judgement(self, X: Any, y: Any = None, file: str = "") -> Judged:
        """How good the labels for tokens are; then F1 of each type of span, or of each label."""
        self.check_fitted()
        examples = list(self._examples(X, y))
        if not examples:
            raise UserError("there are no sentences to judge by")
        texts = Texts.read([sentence.tokens for sentence in examples])
        found = [self._given_back(labels) for labels in self._decoded(self.inputs(texts))[0]]
        return Judged(span_scores([sentence.labels for sentence in examples], found, file))

    # the model file, the command line

    @property
    def told_scheme(self) -> str:
        """How spans are marked, for people."""
        return "plain tags" if self.scheme_ == "none" else f"spans as {self.scheme_.upper()}"

    def fingerprint_of(self, X: Any, run: Run) -> str:
        """That of ``data_`` if the model was trained on these sentences."""
        found = Fingerprint()
        for sentence in self._examples(X, None, run):
            found.add(sentence.tokens, sentence.labels)
        return found.told()

    def check_learned(self, where: str) -> None:
        """UserError unless labels, words and characters can be those of a net."""
        super().check_learned(where)
        if not all(isinstance(text, str) for text in self.characters_):
            raise not_written_by_us(where, "characters_")
        if self.pairs_.ndim != 1 or self.pairs_.dtype != np.int64 or (np.diff(self.pairs_) <= 0).any():
            raise not_written_by_us(where, "pairs_")
        if self.scheme_ not in ("bio", "bioes", "bmes", "none"):
            raise not_written_by_us(where, "scheme_")
        if self.kind_ not in ("words", "chars", "whitespace"):
            raise not_written_by_us(where, "kind_")

    def golden(self) -> dict[str, Any]:
        """Scores for made sentences of frequent words: nothing of the user's is kept."""
        words = self.vocab_.tokens[:12]
        sentences = [words[:5], words[3:], [*words[::3], "Unknown9"]]
        tokens = self.inputs(Texts.read(sentences))
        inputs = tokens.batch(np.arange(len(sentences)))
        emissions = self.back_end(inputs)["emissions"]
        found = [emissions[row, : len(sentence)].tolist() for row, sentence in enumerate(sentences)]
        return {"tokens": sentences, "emissions": found, "labels": self._decoded(tokens)[0]}

    def traced(self) -> tuple[Sequence[Arrays], dict[str, dict[int, str]]]:
        """Sentences of frequent words, of several lengths; one of a single character, one with longer words."""
        words = self.vocab_.tokens[:40] or ["a"]
        pools = (words, [words[0][0]], [part for word in words for part in (word, word * 2)], words)
        examples: list[Arrays] = []
        for pool, lengths in zip(pools, ((3, 7), (5,), (1, 4, 2), (12, 30)), strict=True):
            sentences = [
                [pool[place % len(pool)] for place in range(first, first + n)] for first, n in enumerate(lengths)
            ]
            examples.append(self.inputs(Texts.read(sentences)).batch(np.arange(len(lengths))))
        rows = {name: {0: "B", 1: "T"} for name in ("ids", "mask", "which", "pairs")}
        return examples, {**rows, "characters": {0: "U", **({1: "C"} if self.characters_ else {})}}

    def describe(self) -> str:
        """One line on what was trained."""
        return (
            f"{len(self.labels_)} labels ({self.told_scheme}), from {counted(len(self.vocab_), 'word')}, "
            f"{self.encoder} of width {self.width}, {self.output}"
        )

    def facts(self) -> dict[str, Any]:
        """What was found on the sentences kept out."""
        return {"labels": self.labels_, "scheme": self.scheme_, "judgement": self.judgement_}

    def told_data(self) -> str:
        """Sentences, for people."""
        data = self.data_
        sentences = f"{counted(data['sentences'], 'sentence')} ({data['held_out']:,} of them kept out)"
        return f"{sentences} of {counted(data['tokens'], 'token')}"
