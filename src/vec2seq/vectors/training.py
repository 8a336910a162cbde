"""A run of word2vec. What one epoch does stands in ``gradient.py``, what all runs do in ``epochs.py``."""

from typing import TYPE_CHECKING

from vec2seq.data.corpus import Corpus
from vec2seq.errors import UserError, counted
from vec2seq.run.context import Run
from vec2seq.vectors.epochs import Epochs
from vec2seq.vectors.estimate import check_room, estimate_of, measured_speed
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
        check_room(self.plan, settings, run)
        self.matrices = WindowMatrices(self.plan)
        self.matrices.start()
        self.epochs = settings.passes(corpus.text_words)
        self.descent = WindowDescent(self.plan, self.matrices, lambda epochs: settings.rate(epochs / self.epochs))

    def look_ahead(self) -> None:
        """Say what the training will need; choose the number of epochs where time is what is given."""
        speed = measured_speed(self)
        if self.run.minutes is not None:
            epoch_seconds = (1 + self.settings.bootstrap) * self.corpus.text_words / speed
            self.epochs = max(1, round(0.95 * 60 * self.run.minutes / epoch_seconds))
        needs = estimate_of(self, speed, checkpoint=self.run.checkpoint is not None)
        self.run.progress.note(f"{counted(self.epochs, 'epoch')}: {needs}")

    def check_learnt(self) -> None:
        """UserError if there was nothing to learn from."""
        if not any("loss" in entry for entry in self.history):
            raise UserError(
                "no two words are left in any sentence: nothing to learn", "use {sample} 0, or a smaller {min_count}"
            )
