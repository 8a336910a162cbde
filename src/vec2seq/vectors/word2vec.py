"""word2vec: one vector a word, learnt by predicting each word from its context words (Mikolov et al. 2013).

``fit`` reads from top to bottom: text to numbers, tables, matrices, epochs, vectors. How an epoch is computed stands in
``gradient.py``, the arithmetic in ``kernels/steps.py``.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.corpus import Corpus
from vec2seq.data.vocab import Vocab
from vec2seq.errors import UserError
from vec2seq.run.context import Run
from vec2seq.run.signals import stop_requests
from vec2seq.settings import Doc
from vec2seq.vectors.base import VectorEstimator, check_matrix, warn_of_little_text
from vec2seq.vectors.estimate import Estimate, estimate


@dataclass(kw_only=True, eq=False)
class Word2Vec(VectorEstimator):
    """Word vectors by skip-gram or CBOW.

    >>> model = Word2Vec(width=100).fit("corpus.txt")        # or a list of texts, of token lists, of Paths, a Corpus
    >>> model.neighbors("king")
    >>> model.save("vectors")
    """

    task: ClassVar[str] = "word2vec"
    learned: ClassVar[tuple[str, ...]] = ("vocab_", "input_", "output_", "tokenizer_")

    algorithm: Annotated[
        Literal["skipgram", "cbow"], Doc("predict each word from each context word, or from the mean of them")
    ] = "skipgram"
    loss: Annotated[
        Literal["negative", "hierarchical"], Doc("tell the word from drawn negatives, or find it in a Huffman tree")
    ] = "negative"
    window: Annotated[
        int, Doc("most words to each side that are context; each time 1 to so many are", low=1, high=1000)
    ] = 5
    negative: Annotated[int, Doc("negatives drawn for each word", low=1, high=1000)] = 5
    ns_exponent: Annotated[float, Doc("negatives are drawn in proportion to count ** this", low=-2, high=2)] = 0.75
    sample: Annotated[float, Doc("words above this share of the text are sub-sampled; 0: none", low=0, high=1)] = 3e-4
    epochs: Annotated[
        int | None, Doc("passes over the text; default: so many that 15 million words are read, but 5 to 50", low=1)
    ] = None
    lr: Annotated[float | None, Doc("learning rate at the start; default 0.025, for cbow 0.1", above=0, high=100)] = (
        None
    )
    lr_end: Annotated[float, Doc("learning rate at the end; it falls in a straight line", low=0, high=100)] = 1e-4
    holdout: Annotated[
        float, Doc("share of sentences kept out of training, to measure the loss; 0: none", low=0, high=0.5)
    ] = 0.01

    output_: NDArray[np.float32] = field(init=False, repr=False)

    def fit(self, X: Any, y: None = None, *, run: Run | None = None) -> Self:
        """Train on text: a path or Paths (files, folders, globs), an iterable of texts or token lists, or a Corpus."""
        self.check_settings()
        return self._train(X, run or Run(), known=None)

    def partial_fit(self, X: Any, y: None = None, *, run: Run | None = None) -> Self:
        """Go on with more text: new words join the vocabulary, counts are added up, all vectors are trained further.

        With hierarchical softmax the tree changes with the counts; its inner nodes then start at zero.
        """
        self.check_settings()
        known = self.vocab_ if self.__sklearn_is_fitted__() else None
        if known is not None:
            self.check_goes_on(("loss", self._output_rows, len(self.output_)))
        return self._train(X, run or Run(), known)

    def main_kernel(self) -> Callable[..., Any]:
        """The kernel that trains."""
        from vec2seq.kernels.steps import bag_of_words, skip_gram  # loads Numba

        return skip_gram if self.algorithm == "skipgram" else bag_of_words

    def check_shapes(self, where: str) -> None:
        """UserError unless both matrices have the shapes that vocabulary and settings give them."""
        super().check_shapes(where)
        check_matrix(self.output_, (self._output_rows, self.width), f"{where}: the output matrix is")

    @property
    def _output_rows(self) -> int:
        """Rows of the output matrix: a word's, or an inner node's of the tree."""
        return len(self.vocab_) - (self.loss == "hierarchical")

    def _train(self, X: Any, run: Run, known: Vocab | None) -> Self:
        from vec2seq.vectors.bootstrap import Bootstrap  # load Numba
        from vec2seq.vectors.training import Training

        before = (known, self.input_, self.output_) if known is not None else None
        tokenizer = self.trained_tokenizer if known is not None else self.new_tokenizer(run.check)
        with run.workspace() as folder:
            corpus = self.corpus(X, folder / "corpus", run, tokenizer, known)
            if known is not None and any(word not in corpus.vocab for word in known.tokens):
                raise UserError("this Corpus lacks words of the model: give the text itself, or encode it with known=")
            start = self.digest if known is not None else None

            def trained(settings: Word2Vec, text: Corpus, run: Run) -> Training:
                training = Training(settings, text, run, start=start)
                if before is not None:
                    training.matrices.take_over(*before, corpus.vocab)
                training.go()
                return training

            def vectors_of(settings: Word2Vec, text: Corpus, folder: Path, run: Run) -> NDArray[np.float32]:
                return trained(settings, text, run).matrices.finished()[0]

            training = trained(self, corpus, run)
            warn_of_little_text(corpus.vocab, corpus.tokenizer, run)
            self.vocab_, self.tokenizer_, self.trust_ = corpus.vocab, corpus.tokenizer.to_json(), None
            self.input_, self.output_ = training.matrices.finished()
            self.history_ = training.history
            sizes = {"words": corpus.text_words, "sentences": len(corpus)}
            self.data_ = {**sizes, "fingerprint": corpus.fingerprint, "from": start}
            if self.bootstrap:
                again = Bootstrap(replace(self, epochs=training.epochs), corpus, folder, run, vectors_of)
                self.trust_ = again.trust(self.vectors_)
        return self

    def plan(self, X: Any, *, checkpoint: bool = False) -> Estimate:
        """What ``fit(X)`` will need: time, memory, disk. Reads the text, of a long one the beginning.

        ``checkpoint``: whether its run keeps checkpoints, every five minutes, as that of the command line does.
        """
        return estimate(self, X, checkpoint)

    def score(self, X: Any, y: None = None) -> float:
        """Minus the mean loss over a text's known words: higher is better. Nothing is trained."""
        from vec2seq.vectors.training import Training  # loads Numba

        self.check_fitted()
        tokenizer, run = self.trained_tokenizer, Run()
        with tempfile.TemporaryDirectory(prefix="vec2seq-") as folder:
            with stop_requests(run.stop):
                corpus = replace(self, min_count=2**62).corpus(X, Path(folder), run, tokenizer, self.vocab_)
            ids = self.vocab_.encode(corpus.vocab.tokens)[corpus.ids]
            if (ids < 0).any():
                raise UserError("this Corpus has words that the model does not know: give the text itself")
            known = replace(corpus, ids=ids, vocab=self.vocab_)
            training = Training(self, known, run, held_out_every=1)
            training.matrices.take_over(self.vocab_, self.input_, self.output_, self.vocab_)
            return -training.descent.held_out_loss()

    def passes(self, words: int) -> int:
        """Epochs for a text of so many words: as set, or so many that 15 million words are read, but 5 to 50.

        Vectors of a short text go on getting better after five passes (docs/decisions/0005-defaults.md).
        """
        return self.epochs if self.epochs is not None else max(5, min(50, round(15e6 / max(words, 1))))

    def rate(self, progress: float) -> float:
        """The learning rate after this share of the training."""
        start = self.lr if self.lr is not None else (0.1 if self.algorithm == "cbow" else 0.025)
        return start + (min(self.lr_end, start) - start) * progress
