"""A run of GloVe. What one epoch does stands in ``adagrad.py``, what all runs do in ``epochs.py``."""

from pathlib import Path
from typing import TYPE_CHECKING

from vec2seq.data.cooccurrence import Cooccurrences
from vec2seq.errors import UserError
from vec2seq.run.context import Run
from vec2seq.run.progress import amount
from vec2seq.vectors.adagrad import AdaGrad, Loss
from vec2seq.vectors.entries import Buckets
from vec2seq.vectors.epochs import Epochs
from vec2seq.vectors.estimate import PROCESS_BYTES
from vec2seq.vectors.factors import Factors

if TYPE_CHECKING:
    from vec2seq.vectors.glove import GloVe


class GloVeTraining(Epochs):
    """A run of GloVe on a table of co-occurrences."""

    settings: "GloVe"
    descent: AdaGrad
    matrices: Factors

    def __init__(self, settings: "GloVe", table: Cooccurrences, folder: Path, run: Run, start: str | None = None):
        """The entries, dealt into buckets, lie in ``folder``."""
        super().__init__(settings, run, table.fingerprint, start)
        words = len(table.vocab)
        state = Factors.bytes(words, settings.width) * (2 if settings.patience else 1)
        if settings.memory is not None and PROCESS_BYTES + state > settings.memory_bytes:
            raise UserError(
                f"memory {settings.memory}: {words:,} vectors of width {settings.width} take "
                f"{amount(PROCESS_BYTES + state)}B with the program",
                "allow more {memory}, or use a smaller {width}, a larger {min_count}, or {max_size}",
            )
        (folder / "pairs").mkdir(exist_ok=True)
        every = round(1 / settings.holdout) if settings.holdout else 0
        buckets = Buckets.deal(table, folder / "pairs" / "pairs.bin", settings.used_threads, every, settings.seed)
        self.matrices = Factors(words, settings.width, settings.seed)
        self.matrices.start()
        self.epochs = settings.epochs
        self.descent = AdaGrad(self.matrices, buckets, Loss(settings.x_max, settings.alpha), settings.lr, settings.seed)

    def look_ahead(self) -> None:
        """Say what the training will need; choose the number of epochs where time is what is given."""

    def check_learnt(self) -> None:
        """UserError if there was nothing to learn from."""
        if not any("loss" in entry for entry in self.history):
            raise UserError(
                "all pairs of words are held out: nothing to learn", "use a smaller {holdout}, or more text"
            )
