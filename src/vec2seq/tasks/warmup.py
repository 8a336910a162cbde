"""Running the kernels that write and read once, so that all are compiled and cached; PyTorch is not needed for it."""

import numpy as np

from vec2seq.kernels.kneser_ney import KneserNey
from vec2seq.kernels.ngram_walk import Walk
from vec2seq.tasks.kernel_steps import KERNELS, KernelSteps


def warm_up() -> None:
    """Write a token by each decoder; ask counts for one."""
    counts = Walk(KneserNey.of(np.zeros(2, np.int64), np.array([0, 2]), 1, 2))
    counts.after(counts.start(), 0)
    for decoder, kernel in KERNELS.items():
        weights = {name: np.zeros(shape, np.float32) for name, shape in kernel.shapes(2, 2, 1).items()}
        steps = KernelSteps(weights, decoder, 1, 1, 1)
        steps.step(np.zeros((1, 1), np.int64), steps.begin(1, 1))
