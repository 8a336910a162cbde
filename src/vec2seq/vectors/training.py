"""A run of word2vec. What one epoch does stands in ``gradient.py``, what all runs do in ``epochs.py``."""

import weakref
from typing import TYPE_CHECKING

from vec2seq.data.corpus import Corpus
from vec2seq.run.context import Run
from vec2seq.vectors.epochs import Epochs
from vec2seq.vectors.estimate import Estimate, check_room, estimate_of, measured_speed, model_bytes
from vec2seq.vectors.gradient import WindowDescent
from vec2seq.vectors.matrices import WindowMatrices
from vec2seq.vectors.plan import plan_of

if TYPE_CHECKING:
    from vec2seq.vectors.word2vec import Word2Vec


class Training(Epochs):
    """A run of word2vec."""

    settings: "Word2Vec"
    descent: WindowDescent
    matrices: WindowMatrices
    nothing_learnt = (
        "no two words are left in any sentence: nothing to learn",
        "use {sample} 0, or a smaller {min_count}",
    )

    def __init__(
        self,
        settings: "Word2Vec",
        corpus: Corpus,
        run: Run,
        held_out_every: int | None = None,
        start: str | None = None,
    ):
        super().__init__(settings, run, corpus.fingerprint, start)
        self.corpus = corpus
        self.plan = plan_of(settings, corpus, held_out_every)
        check_room(settings, run, self.plan.words, self.plan.state_bytes, model_bytes(self.plan))
        self.matrices = WindowMatrices(self.plan)
        self.matrices.start()
        self.epochs = settings.passes(corpus.text_words)
        me = weakref.proxy(self)  # not a circle: what was trained goes when nobody needs it, not when it is looked for
        self.descent = WindowDescent(self.plan, self.matrices, lambda epochs: settings.rate(epochs / me.epochs))

    @property
    def epoch_units(self) -> int:
        """Words of the text."""
        return self.corpus.text_words

    def measured_speed(self) -> float:
        """Words of text per second."""
        return measured_speed(self)

    def estimate(self, speed: float, saves: float | None, text: float = 1.0) -> Estimate:
        """What the training needs at so many words a second, if its text were ``text`` times as long."""
        return estimate_of(self, speed, saves, text)
