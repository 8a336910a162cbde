"""GloVe: one vector a word, from how often words stand near each other in the whole text (Pennington et al. 2014).

``fit`` reads from top to bottom: text to numbers, numbers to a table of co-occurrences, its entries to buckets, epochs,
vectors. How an epoch is computed stands in ``adagrad.py``, the arithmetic in ``kernels/glove.py``.
"""

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from vec2seq.data import cooccurrence
from vec2seq.data.cooccurrence import Around, Cooccurrences, given_table
from vec2seq.data.corpus import Corpus
from vec2seq.data.tokenize import Tokenizer
from vec2seq.data.vocab import Vocab
from vec2seq.disk import followed
from vec2seq.errors import LittleTextError, UserError
from vec2seq.run.context import Run
from vec2seq.settings import Doc
from vec2seq.vectors.base import VectorEstimator, check_matrix, warn_of_little_text, way_to_pairs
from vec2seq.vectors.estimate import PROCESS_BYTES, WORD_BYTES, Estimate

COUNTING_BYTES = 2_000_000_000
"""Memory for counting, if none is set: always the same, so that the same text gives the same sums."""

LARGEST_MEMORY = 2**62
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}


@dataclass(kw_only=True, eq=False)
class GloVe(VectorEstimator):
    """Word vectors from counts of the whole text.

    >>> model = GloVe(width=100).fit("corpus.txt")        # or whatever Word2Vec takes, or a table of co-occurrences
    >>> model.neighbors("king")
    >>> model.save("vectors")
    """

    task: ClassVar[str] = "glove"
    learned: ClassVar[tuple[str, ...]] = ("vocab_", "input_", "other_", "biases_", "tokenizer_", "vectors_are_")

    window: Annotated[int, Doc("most words to each side that are counted", low=1, high=1000)] = 10
    sides: Annotated[Literal["both", "left", "right"], Doc("which words around a word are counted")] = "both"
    weights: Annotated[Literal["distance", "equal"], Doc("a word at distance d counts 1/d, or 1")] = "distance"
    x_max: Annotated[float, Doc("counts from this on have the whole weight", above=0, high=1e9)] = 10.0
    alpha: Annotated[float, Doc("weight of a smaller count x: (x / x_max) ** this", low=0, high=10)] = 0.75
    epochs: Annotated[int, Doc("passes over the counts", low=1)] = 15
    lr: Annotated[float, Doc("learning rate of AdaGrad", above=0, high=100)] = 0.05
    vectors: Annotated[
        Literal["sum", "word", "context"], Doc("what comes out: word vectors plus context vectors, or either")
    ] = "sum"
    holdout: Annotated[
        float, Doc("share of the counts kept out of training, to measure the loss; 0: none", low=0, high=0.5)
    ] = 0.01
    memory: Annotated[
        str | None, Doc("most memory to take, for example 2GB; default: 2 GB to count, and what the vectors need")
    ] = None
    keep_counts: Annotated[bool, Doc("keep the table of co-occurrences, beside the model, in a folder .counts")] = False

    other_: NDArray[np.float32] = field(init=False, repr=False)
    """what the vectors were made with: the context vectors, or with vectors="context" the word vectors"""
    biases_: NDArray[np.float32] = field(init=False, repr=False)
    """[2, words]: of the word vectors and of the context vectors"""
    vectors_are_: str = field(init=False, repr=False)
    """the setting ``vectors`` that they were made with"""
    counts_: Cooccurrences | None = field(init=False, repr=False, default=None)

    def fit(self, X: Any, y: None = None, *, run: Run | None = None) -> Self:
        """Train on text, as ``Word2Vec.fit``, or on a table: a ``Cooccurrences``, or the path of one that was kept."""
        self.check_settings()
        return self._train(X, run or Run(), known=None)

    def check_settings(self) -> None:
        """UserError unless every setting has a value of its kind within its bounds."""
        super().check_settings()
        if self.memory is not None:
            bytes_of(self.memory)

    def partial_fit(self, X: Any, y: None = None, *, run: Run | None = None) -> Self:
        """Go on with more text: new words join the vocabulary, all vectors are trained on the counts of that text."""
        self.check_settings()
        known = self.vocab_ if self.__sklearn_is_fitted__() else None
        if known is not None:
            self.check_goes_on(("vectors", self.vectors, self.vectors_are_))
        return self._train(X, run or Run(), known)

    def main_kernel(self) -> Callable[..., Any]:
        """The kernel that trains."""
        from vec2seq.kernels.glove import descend  # loads Numba

        return descend

    def check_shapes(self, where: str) -> None:
        """UserError unless all matrices have the shapes that vocabulary and settings give them."""
        super().check_shapes(where)
        check_matrix(self.other_, (len(self.vocab_), self.width), f"{where}: other_ is")
        check_matrix(self.biases_, (2, len(self.vocab_)), f"{where}: biases_ is")

    def check_place(self, folder: str | Path) -> None:
        """UserError unless ``save`` could write there, the table too."""
        super().check_place(folder)
        if self.keep_counts:
            cooccurrence.check_place(counts_beside(folder))

    def check_kept(self, folder: str | Path) -> None:
        """UserError unless the table that the model was trained on is beside it, if it is to be kept."""
        super().check_kept(folder)
        if not self.keep_counts:
            return
        table = Cooccurrences.open(counts_beside(folder))
        around = Around(self.window, self.sides, self.weights)
        if (table.fingerprint, table.around) != (self.data_["fingerprint"], around):
            raise UserError(f"{counts_beside(folder)}: not the counts that this model was trained on")

    def fingerprint_of(self, X: Any, run: Run) -> str:
        """The fingerprint of a text, or of the text that a table was counted from."""
        table = given_table(X)
        return table.fingerprint if table is not None else super().fingerprint_of(X, run)

    def save(self, folder: str | Path, *, golden: bool = True) -> None:
        """Write the model folder and, with ``keep_counts``, the table of co-occurrences beside it."""
        self.check_fitted()
        self.check_place(folder)
        if self.keep_counts and self.counts_ is not None:
            self.counts_.save(counts_beside(folder))
        super().save(folder, golden=golden)

    def _train(self, X: Any, run: Run, known: Vocab | None) -> Self:
        from vec2seq.vectors.bootstrap import Bootstrap  # load Numba
        from vec2seq.vectors.glove_training import GloVeTraining

        tokenizer = self.trained_tokenizer if known is not None else self.new_tokenizer(run.check)
        with run.workspace() as folder:
            table = self.table(X, folder, run, tokenizer, known)
            if given_table(X) is not None:
                self._take_settings_of(table)
            before = (table.vocab.encode(known.tokens), *self.both(), self.biases_) if known is not None else None
            start = self.digest if known is not None else None

            def trained(settings: GloVe, table: Cooccurrences, folder: Path, run: Run) -> GloVeTraining:
                training = GloVeTraining(settings, table, folder, run, before, start)
                training.go()
                return training

            def vectors_of(settings: GloVe, text: Corpus, folder: Path, run: Run) -> NDArray[np.float32]:
                counted = settings.table(text, folder, run, tokenizer, known)
                return settings._results(*trained(settings, counted, folder, run).matrices.finished())[0]

            training = trained(self, table, folder, run)
            self.vocab_, self.tokenizer_, self.trust_ = table.vocab, table.tokenizer.to_json(), None
            self.input_, self.other_, self.biases_ = self._results(*training.matrices.finished())
            self.vectors_are_ = self.vectors
            self.history_ = training.history
            sizes = {"words": table.text_words, "pairs": len(table)}
            self.data_ = {**sizes, "fingerprint": table.fingerprint, "from": start}
            self.counts_ = table if self.keep_counts else None
            warn_of_little_text(table.vocab, table.tokenizer, run)
            if self.bootstrap:
                corpus = X if isinstance(X, Corpus) else Corpus.open(folder / "corpus")
                again = Bootstrap(self._beside_model(training.epochs), corpus, folder, run, vectors_of)
                self.trust_ = again.trust(self.vectors_)
        return self

    def _take_settings_of(self, table: Cooccurrences) -> None:
        """What a table was counted with becomes this model's; UserError for what was set to something else."""
        counted, fewest = table.tokenizer, int(table.vocab.counts.min())
        made = {name: getattr(counted, name) for name in ("lower", "nfkc", "fold_digits", "sentence")}
        made |= {**table.around._asdict(), "min_count": min(self.min_count, fewest)}
        defaults = type(self)()
        for name, value in made.items():
            if getattr(self, name) not in (value, getattr(defaults, name)):
                raise UserError(
                    f"{name} {getattr(self, name)}: the table of co-occurrences was counted with {value}",
                    f"leave {{{name}}} out, or give the text",
                )
            setattr(self, name, value)

    def _results(
        self, words: NDArray[np.float32], contexts: NDArray[np.float32], biases: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """The vectors that come out, what they were made with, and the biases; the vectors are changed."""
        if self.vectors == "sum":
            words += contexts
        return (contexts, words, biases) if self.vectors == "context" else (words, contexts, biases)

    def _beside_model(self, epochs: int) -> "GloVe":
        """The settings of a bootstrap's runs: the memory is what the model that is there leaves of it."""
        left = self.memory and f"{bytes_of(self.memory) - 1.1 * self._model_bytes(len(self.vocab_)):.0f}B"
        return replace(self, epochs=epochs, memory=left, keep_counts=False)

    def _model_bytes(self, words: int) -> int:
        """Memory of a model that has just been trained."""
        from vec2seq.vectors.factors import Factors  # loads Numba

        return Factors.bytes(words, self.width)

    def score(self, X: Any, y: None = None) -> float:
        """Minus the mean loss over the counts of a text's known words: higher is better. Nothing is trained."""
        from vec2seq.vectors.glove_training import GloVeTraining  # loads Numba

        self.check_fitted()
        with tempfile.TemporaryDirectory(prefix="vec2seq-") as folder:
            settings = replace(self, min_count=2**62, holdout=1.0, keep_counts=False, bootstrap=0)
            table = settings.table(X, Path(folder), Run(), self.trained_tokenizer, self.vocab_)
            if any(word not in self.vocab_ for word in table.vocab.tokens):
                raise UserError("this table has words that the model does not know: give the text itself")
            known = (table.vocab.encode(self.vocab_.tokens), *self.both(), self.biases_)
            return -GloVeTraining(settings, table, Path(folder), Run(), known).descent.held_out_loss()

    def both(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The word vectors and the context vectors, each [words, width]."""
        if self.vectors_are_ == "context":
            return self.other_, self.input_
        return (self.input_ - self.other_ if self.vectors_are_ == "sum" else self.input_), self.other_

    def table(self, X: Any, folder: Path, run: Run, tokenizer: Tokenizer, known: Vocab | None) -> Cooccurrences:
        """The table of co-occurrences: X itself, the one in ``folder`` when going on, or counted anew."""
        from vec2seq.vectors.glove_training import check_vectors  # loads Numba

        table = given_table(X)
        if table is not None:
            if known is not None and any(word not in table.vocab for word in known.tokens):
                raise UserError("this table lacks words of the model: give the text itself")
            if self.bootstrap:
                raise UserError(
                    "a table of co-occurrences has no sentences to draw", "give the text, or no {bootstrap}"
                )
            return table
        corpus = self.corpus(X, folder / "corpus", run, tokenizer, known)
        check_vectors(self, run, len(corpus.vocab))
        if run.goes_on():
            return Cooccurrences.open(folder / "counts")

        def report(share: float) -> None:
            run.check()
            run.progress.step("counting", 100 * share, 100, "%")

        beside = self._model_bytes(len(corpus.vocab)) if self.memory and self.bootstrap else 0
        table = Cooccurrences.count(
            corpus,
            folder / "counts",
            Around(self.window, self.sides, self.weights),
            memory_bytes=self.free_bytes(len(corpus.vocab)) - beside,  # as a bootstrap's runs count, beside the model
            threads=self.used_threads,
            report=report,
        )
        if len(table) == 0:
            raise LittleTextError("no two words are in the same sentence: nothing to learn", way_to_pairs(corpus))
        run.progress.note(f"counted {len(table):,} pairs of words that stand near each other")
        return table

    def plan(self, X: Any, *, checkpoint: bool = False) -> Estimate:
        """What ``fit(X)`` will need: time, memory, disk. Reads and counts the text, of a long one the beginning.

        ``checkpoint``: whether its run keeps checkpoints, every five minutes, as that of the command line does.
        """
        from vec2seq.vectors.glove_training import estimate  # loads Numba

        return estimate(self, X, checkpoint)

    def free_bytes(self, words: int) -> int:
        """What the setting ``memory``, or what counting takes without it, leaves beside the program and so many words.

        A tenth is kept back: memory is freed in pieces that do not fit what is asked for next.
        """
        memory = COUNTING_BYTES if self.memory is None else bytes_of(self.memory)
        return int(memory / 1.1) - PROCESS_BYTES - words * WORD_BYTES


def bytes_of(size: str) -> int:
    """2GB -> 2,000,000,000; UserError for what is no size."""
    match = _SIZE.fullmatch(size.strip())
    if match is None:
        raise UserError(f"memory {size!r}: not a size; for example 500MB or 2GB")
    number = float(match[1]) * _UNITS[match[2].lower()]
    if number > LARGEST_MEMORY:
        raise UserError(f"memory {size!r}: more than any machine has")
    return int(number)


def counts_beside(folder: str | Path) -> Path:
    """Where the table of co-occurrences of a model folder is kept."""
    folder = followed(folder).absolute()
    return folder.with_name(f"{folder.name}.counts")
