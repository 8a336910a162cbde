"""Stopping early: when a held-out loss has not fallen for some epochs."""

from dataclasses import dataclass


@dataclass
class Stopping:
    """Watches a value that should fall. All its state is in its fields, so that a checkpoint can hold it."""

    patience: int
    """epochs without a new lowest value before it says stop; 0: never"""
    best: float = float("inf")
    best_epoch: int = 0
    epochs: int = 0

    def add(self, value: float) -> bool:
        """Note the value of one more epoch; whether it is the lowest so far."""
        self.epochs += 1
        if value < self.best:
            self.best, self.best_epoch = value, self.epochs
            return True
        return False

    @property
    def done(self) -> bool:
        """Whether to stop now."""
        return self.patience > 0 and self.epochs - self.best_epoch >= self.patience
