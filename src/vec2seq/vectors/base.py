"""VectorEstimator: what estimators of word vectors share - reading text, asking the vectors, golden outputs."""

import shlex
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self, overload

import numpy as np
from numpy.typing import NDArray

from vec2seq import modelfile
from vec2seq.data.blocks import Block, Source, open_source
from vec2seq.data.checked import Check, go_on
from vec2seq.data.corpus import Corpus, fingerprint
from vec2seq.data.files import ReadSettings, kind_of
from vec2seq.data.tokenize import Tokenizer, is_markup, read_dictionary
from vec2seq.data.vocab import Vocab
from vec2seq.disk import array_digest
from vec2seq.errors import UserError, counted
from vec2seq.estimator import Estimator
from vec2seq.modelfile import ModelFile
from vec2seq.run.compiling import announce_compiling
from vec2seq.run.context import Run
from vec2seq.run.resources import processors
from vec2seq.settings import Doc
from vec2seq.vectors.store import Neighbor, Vectors
from vec2seq.vectors.trust import Trust

_SAMPLE_BYTES = 1 << 18
LITTLE_TEXT, FEW_DIFFERENT = 10_000, 100
"""Vectors of a text with fewer words, or fewer different ones, hardly mean anything."""
DIVERGED = 1000.0
"""No training that goes well has such a mean loss."""


def warn_of_little_text(vocab: Vocab, tokenizer: Tokenizer, run: Run) -> None:
    """Say so if there was too little to learn from."""
    words, different = int(vocab.counts.sum()), len(vocab)
    if words < LITTLE_TEXT:
        run.warn(
            f"only {counted(words, 'word')} to learn from: these vectors mean little",
            "a million words of text is a good start",
        )
    elif different < FEW_DIFFERENT:
        run.warn(
            f"only {counted(different, 'different word')} in the vocabulary: these vectors mean little",
            f"is the text split as you meant it (tokenizer {tokenizer.name})?",
        )


def way_to_pairs(corpus: Corpus) -> str:
    """What mends a text of which no sentence has two words in the vocabulary."""
    if corpus.text_words == len(corpus):
        return "each text or line is one word: give whole ones, or in Python a list of token lists, [tokens]"
    return "use a smaller {min_count}, or give whole texts or token lists if each text is one word"


def has_diverged(history: list[dict[str, Any]]) -> bool:
    """Whether a training came to nothing: its last loss is huge."""
    return not history[-1].get("loss", 0.0) < DIVERGED


def announced(source: Source, run: Run) -> Source:
    """Say which files are read and which are not, and whether it looks like text; the source as it was."""
    files, skipped = source.found.files, source.found.skipped
    if len(files) > 1 or skipped:
        kinds = Counter(kind_of(file) or "no ending" for file in skipped)
        most = " ".join(kind for kind, _ in kinds.most_common(5))
        left = f", {len(skipped):,} skipped (not text: {most})" if skipped else ""
        run.progress.note(f"{counted(len(files), 'file')} to read{left}")
    if source.tokenized:
        return source

    def looked_at(blocks: Iterator[Block]) -> Iterator[Block]:
        for number, block in enumerate(blocks):
            if number == 0 and is_markup(block.data[:_SAMPLE_BYTES].decode(errors="replace")):
                run.warn("this looks like HTML or XML, whose tags are learnt as words", "remove them first")
            yield block

    return replace(source, blocks=looked_at(source.blocks))


def check_matrix(matrix: NDArray[Any], shape: tuple[int, ...], what: str) -> None:
    """UserError unless a matrix of a model is float32 and has this shape; ``what`` is how the message begins."""
    if matrix.dtype != np.float32 or matrix.shape != shape:
        raise UserError(f"{what} {' x '.join(map(str, matrix.shape))} {matrix.dtype}; the model is damaged")


@dataclass(kw_only=True, eq=False)
class VectorEstimator(Estimator):
    """Base of the estimators that learn one vector a word."""

    tokenizer: Annotated[
        Literal["auto", "whitespace", "words", "chars", "bpe"],
        Doc("how text is split: at white space, into Unicode words (Han text segmented), characters, or BPE pieces"),
    ] = "auto"
    lower: Annotated[bool, Doc("lower-case the text")] = False
    nfkc: Annotated[bool, Doc("Unicode NFKC: full-width and other compatibility forms become plain ones")] = False
    fold_digits: Annotated[bool, Doc("every digit becomes 0")] = False
    sentence: Annotated[Literal["line", "paragraph"], Doc("what ends a sentence: the line, or an empty line")] = "line"
    user_dict: Annotated[str | None, Doc("file of words, one a line, that the segmenter of Han text should know")] = (
        None
    )
    bpe_size: Annotated[int, Doc("pieces of the BPE vocabulary", low=2, high=10_000_000)] = 8000
    phrases: Annotated[int, Doc("passes that join words that belong together: New York -> New_York", low=0)] = 0
    phrase_threshold: Annotated[float, Doc("how much more often than by chance words of a phrase meet", above=0)] = (
        100.0
    )
    column: Annotated[
        str | None,
        Doc("column that holds the text, in CSV, TSV, JSONL and Parquet files; its number, if there is no header"),
    ] = None
    encoding: Annotated[str, Doc("encoding of text files, for example gb18030")] = "utf-8"
    errors: Annotated[
        Literal["strict", "replace"], Doc("text that cannot be decoded: stop, or replace it by U+FFFD")
    ] = "strict"
    min_count: Annotated[int, Doc("words seen less often are left out", low=1)] = 5
    max_size: Annotated[int | None, Doc("keep only so many words, the most frequent ones", low=2)] = None
    width: Annotated[int, Doc("size of every word vector", low=1, high=65_536)] = 100
    patience: Annotated[
        int, Doc("stop when the held-out loss has not fallen for so many epochs, and keep the best; 0: never", low=0)
    ] = 0
    bootstrap: Annotated[
        int,
        Doc("trainings more, on resampled text, to see which neighbors can be trusted; 20 is a good number", low=0),
    ] = 0
    seed: Annotated[int, Doc("the same seed and threads give the same vectors (see deterministic)", low=0)] = 1
    deterministic: Annotated[
        bool,
        Doc("the same bytes every time with several threads too: word2vec at about half the speed, GloVe always"),
    ] = False
    threads: Annotated[int | None, Doc("threads; default: all processors", low=1, high=1024)] = None

    @abstractmethod
    def main_kernel(self) -> Callable[..., Any]:
        """The kernel that trains."""

    def new_tokenizer(self, check: Check = go_on) -> Tokenizer:
        """The tokenizer that the settings ask for (``auto`` and BPE are settled when the text is seen)."""
        dictionary: tuple[str, ...] = ()
        if self.user_dict is not None:
            dictionary = read_dictionary(Path(self.user_dict), check)
        return Tokenizer(self.tokenizer, self.lower, self.nfkc, self.fold_digits, self.sentence, dictionary)

    @property
    def trained_tokenizer(self) -> Tokenizer:
        """The tokenizer that split the text the vectors were trained on."""
        return Tokenizer.from_json(self.tokenizer_, "tokenizer_")

    def check_goes_on(self, *more: tuple[str, Any, Any]) -> None:
        """UserError if a setting was changed that what is learned depends on; ``more``: its name, now, and before."""
        used = self.trained_tokenizer
        splits_alike = self.tokenizer in ("auto", used.name) or used.name == "given"
        for name, now, before in (
            ("width", self.width, self.input_.shape[1]),
            ("tokenizer", splits_alike, True),
            *(
                (name, getattr(self, name), getattr(used, name))
                for name in ("lower", "nfkc", "fold_digits", "sentence")
            ),
            *more,
        ):
            if now != before:
                raise UserError(f"{name} {getattr(self, name)}: the model was trained with another; leave it as it is")

    def _check_splits_nothing(self) -> None:
        """UserError if a setting says how text is split: token lists are split already."""
        for setting in self.settings():
            value = getattr(self, setting.name)
            if setting.name in ("tokenizer", "sentence", "user_dict") and value != setting.default:
                raise UserError(
                    f"{setting.name} {value!r} splits text, but these are token lists",
                    f"leave out {{{setting.name}}}, or give texts",
                )

    def read_settings(self, run: Run) -> ReadSettings:
        """How a run reads text: as the settings say, and until it is asked to stop."""
        return ReadSettings(self.column, self.encoding, self.errors, run.check)

    def fingerprint_of(self, X: Any, run: Run) -> str:
        """The fingerprint of a text, read as the settings say: that of ``data_`` if the model was trained on it."""
        return fingerprint(X, self.read_settings(run))

    @property
    def digest(self) -> str:
        """Tells these vectors from others: what ``data_`` has under "from" in a model that went on with them."""
        return array_digest(self.input_)

    def corpus(self, X: Any, folder: Path, run: Run, tokenizer: Tokenizer, known: Vocab | None) -> Corpus:
        """X as encoded text: itself if it is a Corpus, the one in ``folder`` when going on, else encoded anew."""
        if isinstance(X, Corpus):
            return X
        if run.goes_on():
            corpus = Corpus.open(folder)
            if self.fingerprint_of(X, run) != corpus.fingerprint:
                raise UserError(
                    f"the text is not the one that this run began with: use that text, or delete {folder.parent} to "
                    "start anew"
                )
            return corpus
        how = self.read_settings(run)
        source = announced(open_source(X, how), run)
        if source.tokenized and known is None:
            self._check_splits_nothing()
        announce_compiling(run, self.main_kernel())
        corpus = Corpus.encode(
            source,
            folder,
            tokenizer,
            how=how,
            min_count=self.min_count,
            max_size=self.max_size,
            bpe_size=self.bpe_size,
            phrase_passes=self.phrases,
            phrase_threshold=self.phrase_threshold,
            known=known,
            threads=self.used_threads,
            report=lambda megabytes: run.progress.step("reading", megabytes, None, "MB"),
        )
        run.progress.note(
            f"read {counted(corpus.text_words, 'word')}, "
            f"{counted(len(corpus.vocab), 'different one')} in the vocabulary; "
            f"tokenizer {corpus.tokenizer.name}"
        )
        return corpus

    @property
    def used_threads(self) -> int:
        """Threads to train with: as set, or as many as the processors that this process may use."""
        if self.threads is not None:
            return self.threads
        return processors()

    @classmethod
    def from_file(cls, model: ModelFile, folder: str | Path) -> Self:
        """The estimator of a model file that has been read; UserError unless its parts fit together."""
        estimator = super().from_file(model, folder)
        estimator.check_shapes(str(folder))
        where = str(Path(folder) / modelfile.TRUST)
        estimator.trust_ = Trust.of_tensors(model.trust, len(estimator.vocab_), where)
        return estimator

    def check_shapes(self, where: str) -> None:
        """UserError unless there is one vector of this width for each word."""
        what = f"{where}: {counted(len(self.vocab_), 'word')} of width {self.width}, but vectors"
        check_matrix(self.input_, (len(self.vocab_), self.width), what)

    def _to_file(self, golden: bool) -> ModelFile:
        trust = {} if self.trust_ is None else self.trust_.tensors()
        return replace(super()._to_file(golden), trust=trust)

    # asking the vectors

    vocab_: Vocab = field(init=False, repr=False)
    input_: NDArray[np.float32] = field(init=False, repr=False)
    tokenizer_: dict[str, Any] = field(init=False, repr=False)
    trust_: Trust | None = field(init=False, repr=False, default=None)
    """how far neighbours can be trusted, with ``bootstrap``"""

    _vectors: Vectors | None = field(init=False, repr=False, default=None)

    @property
    def vectors_(self) -> Vectors:
        """The trained vectors; the same object as long as they are not trained further."""
        self.check_fitted()
        known = self._vectors
        if known is None or known.matrix is not self.input_ or known.trust is not self.trust_:
            self._vectors = known = Vectors(self.vocab_.tokens, self.input_, self.trained_tokenizer, self.trust_)
        return known

    @overload
    def neighbors(self, word: str | NDArray[np.float32], k: int = 10) -> list[Neighbor]: ...
    @overload
    def neighbors(self, word: list[str], k: int = 10) -> list[list[Neighbor]]: ...
    def neighbors(self, word: Any, k: int = 10) -> Any:
        """The k nearest words; see ``Vectors.neighbors``."""
        return self.vectors_.neighbors(word, k)

    def similarity(self, a: str, b: str) -> float:
        """Cosine of two words' vectors."""
        return self.vectors_.similarity(a, b)

    def analogy(self, a: str, b: str, c: str, k: int = 10, method: Literal["add", "mul"] = "add") -> list[Neighbor]:
        """a is to b as c is to: the k best words; see ``Vectors.analogy``."""
        return self.vectors_.analogy(a, b, c, k, method)

    def odd_one_out(self, words: Sequence[str]) -> str:
        """The word that fits the others least."""
        return self.vectors_.odd_one_out(words)

    def predict(self, X: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of words: float32 [words, width]; UserError for a word that has none."""
        if isinstance(X, str):  # else its letters were taken for words
            raise UserError(f"{X!r} is one word, but predict takes a list of words: [{X!r}]")
        return self.vectors_.matrix[[self.vectors_.index(word) for word in X]]

    @property
    def kept_epoch(self) -> dict[str, Any] | None:
        """The entry of ``history_`` whose vectors were kept, if ``patience`` chose: the lowest held-out loss."""
        measured = [entry for entry in self.history_ if "held_out_loss" in entry]
        return min(measured, key=lambda entry: float(entry["held_out_loss"]), default=None) if self.patience else None

    def facts(self) -> dict[str, Any]:
        """How the text was split, and what a bootstrap found."""
        trust = {} if self.trust_ is None else {"trust": self.trust_.facts()}
        return {"tokenizer": self.trained_tokenizer.name, **trust}

    def told_facts(self) -> list[str]:
        """The same as lines for people."""
        bootstrap = [] if self.trust_ is None else [f"bootstrap: {self.trust_}"]
        return [f"tokenizer: {self.trained_tokenizer.name}", *bootstrap]

    def refused(self, X: Sequence[str]) -> dict[str, UserError]:
        """Words that have no vector."""
        return self.vectors_.unknown(X)

    def golden(self) -> dict[str, Any]:
        """The nearest neighbours of three frequent words."""
        words = self.vocab_.tokens[:3]
        found = self.vectors_.neighbors(words, 5)
        outputs = [[[neighbor.word, round(neighbor.similarity, 6)] for neighbor in near] for near in found]
        return {"inputs": words, "outputs": outputs}

    def describe(self) -> str:
        """One line on what was trained."""
        return f"{counted(len(self.vocab_), 'word')}, width {self.width}"

    def suggest(self, folder: str) -> str | None:
        """A command that one may want next; none for vectors that mean nothing."""
        if has_diverged(self.history_):
            return None
        words = self.vocab_.tokens[100:300] or self.vocab_.tokens  # frequent, but not what stands everywhere
        word = max(words, key=lambda word: sum(map(str.isalpha, word)))  # the longest means most
        return shlex.join(["vec2seq", "neighbors", folder, word])
