"""A moment of a real training, to know how fast it is."""

import time
from dataclasses import dataclass, field

import numpy as np

from vec2seq.mlp.classifier import MLPClassifier
from vec2seq.mlp.ready import Ready
from vec2seq.mlp.regressor import MLPRegressor
from vec2seq.run.context import Run
from vec2seq.run.signals import Interrupted


@dataclass
class Watch:
    """A progress that notes when how many rows were learnt from, and ends the training after some seconds."""

    seconds: float
    over: bool = False
    run: Run = field(init=False)
    _marks: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.run = Run(progress=self)

    def note(self, text: str) -> None:
        """Nothing."""

    def step(self, what: str, done: float, total: float | None, unit: str, **values: float) -> None:
        """Rows learnt from; what comes before the first call, as loading the kernels, is not measured."""
        self._marks.append((time.perf_counter(), done))
        if self._marks[-1][0] - self._marks[0][0] >= self.seconds > 0:
            self.over = True
            self.run.stop.set()

    def row_seconds(self) -> tuple[float, float, float]:
        """Of a row: in the fastest tenth, on the average, in the slowest tenth."""
        seconds, rows = np.diff(self._marks, axis=0).T
        low, high = np.quantile(seconds[rows > 0] / rows[rows > 0], [0.1, 0.9])
        mean = float(seconds.sum() / rows.sum())
        return min(float(low), mean), mean, max(float(high), mean)


def watched(net: MLPClassifier | MLPRegressor, ready: Ready, seconds: float) -> Watch:
    """Train a net, but no longer than this; it is fitted if it came to its end."""
    watch = Watch(seconds)
    try:
        net.fit(ready.inputs, ready.learnt, run=watch.run)
    except Interrupted:
        if not watch.over:
            raise
    return watch
