"""Running the kernels that write once, so that all are compiled and cached; PyTorch is not needed for it."""

import numpy as np

from vec2seq.tasks.kernel_steps import KernelSteps

WIDTH = 2
SQUARE, GATES = (WIDTH, WIDTH), (4 * WIDTH, WIDTH)
BLOCK: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("attention_norm", "feed_norm"), (WIDTH,)),
    **dict.fromkeys((*(f"attention.{part}" for part in ("query", "key", "value", "out")), "feed.0", "feed.3"), SQUARE),
}
SHAPES: dict[str, dict[str, tuple[int, ...]]] = {
    "attention": {
        "decoder.norm.weight": (WIDTH,),
        "decoder.norm.bias": (WIDTH,),
        **{f"decoder.blocks.0.{part}.weight": shape for part, shape in BLOCK.items()},
        **{f"decoder.blocks.0.{part}.bias": (WIDTH,) for part in BLOCK},
    },
    "lstm": {
        **{f"decoder.layers.0.{part}_l0": GATES for part in ("weight_ih", "weight_hh")},
        **{f"decoder.layers.0.{part}_l0": GATES[:1] for part in ("bias_ih", "bias_hh")},
    },
}


def warm_up() -> None:
    """Write a token by each decoder."""
    for decoder, shapes in SHAPES.items():
        every = {"vectors": SQUARE, "bias": (WIDTH,), **shapes}
        steps = KernelSteps({name: np.zeros(shape, np.float32) for name, shape in every.items()}, decoder, 1, 1, 1)
        steps.step(np.zeros((1, 1), np.int64), steps.begin(1, 1))
