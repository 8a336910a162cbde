"""Running the kernels that write once, so that all are compiled and cached; PyTorch is not needed for it."""

import numpy as np

from vec2seq.tasks.kernel_steps import KERNELS, KernelSteps


def warm_up() -> None:
    """Write a token by each decoder."""
    for decoder, kernel in KERNELS.items():
        weights = {name: np.zeros(shape, np.float32) for name, shape in kernel.shapes(2, 2, 1).items()}
        steps = KernelSteps(weights, decoder, 1, 1, 1)
        steps.step(np.zeros((1, 1), np.int64), steps.begin(1, 1))
