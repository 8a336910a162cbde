"""Telling that kernels are compiled first: nothing else happens for some seconds."""

from collections.abc import Callable
from typing import Any

from vec2seq.run.context import Run


def announce_compiling(run: Run, kernel: Callable[..., Any]) -> None:
    """Say so if kernels, this one among them, are about to be compiled: the first training takes longer."""
    from vec2seq.kernels import compiled_before  # loads Numba

    if not compiled_before(kernel):
        run.progress.note("compiling for this processor, once: up to a minute (vec2seq warmup does it ahead)")
