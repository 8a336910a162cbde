"""Nets at prediction: the contract of the back ends, the one that needs no PyTorch, and whether two of them agree.

A back end is a callable: named arrays in, named arrays out. ``eager.Eager`` is a net in PyTorch, ``Onnx`` here is a
file that ``export.export`` wrote, run by ONNX Runtime (extra ``onnx``). Here nothing knows PyTorch, or what a
net is for.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.errors import UserError, missing_extra
from vec2seq.run.resources import processors

Arrays = Mapping[str, NDArray[Any]]
BackEnd = Callable[[Arrays], dict[str, NDArray[Any]]]
"""inputs by name, [B, ...] each -> outputs by name; the inputs stay as they are"""

TOLERANCE = 1e-4
_MASKED = 1e8
"""Outputs of this size and more are what a mask puts in: they do not say how large the others are."""


class Onnx:
    """A net from an ONNX file, on the processor.

    ``threads``: None for all processors. ``data``: what is in the file, where it is known already. UserError if ONNX
    Runtime cannot read it, OSError if nobody can. Damage within the weights is not seen here: for that are the digests
    of a model's folder.
    """

    def __init__(self, path: str | Path, threads: int | None = None, data: bytes | None = None):
        try:
            import onnxruntime  # optional, and slow to load
        except ImportError:
            raise missing_extra("onnx") from None
        self.path = Path(path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or processors()
        options.inter_op_num_threads = 1
        options.log_severity_level = 4  # errors are raised, too
        data = self.path.read_bytes() if data is None else data
        try:
            self._session = onnxruntime.InferenceSession(
                data,
                options,
                providers=["CPUExecutionProvider"],
                enable_fallback=0,  # it would print, and try the same again
            )
        except Exception as error:  # it has a class for each kind, without a base of its own
            raise UserError(
                f"{path}: not a net that ONNX Runtime {onnxruntime.__version__} can read ({_line(error)})",
                "copy the file again, or export the net again",
            ) from error
        self.inputs: list[str] = [one.name for one in self._session.get_inputs()]
        self.outputs: list[str] = [one.name for one in self._session.get_outputs()]

    def __call__(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Inputs by name -> outputs by name. UserError if the net wants others: then the file is of another model."""
        if set(inputs) != set(self.inputs):
            raise UserError(
                f"{self.path}: takes {', '.join(self.inputs)}, not {', '.join(inputs)}",
                "it is the net of another model; export the net again",
            )
        try:
            found = self._session.run(None, dict(inputs))
        except Exception as error:
            raise UserError(
                f"{self.path}: does not work with inputs {described(inputs)} ({_line(error)})", "export the net again"
            ) from error
        return dict(zip(self.outputs, found, strict=True))


def check_agrees(wanted: Arrays, found: Arrays, where: str) -> None:
    """UserError, which begins with ``where``, unless outputs are what they should be: names, shapes, types and numbers.

    Numbers may be ``TOLERANCE`` apart, or that share of the number or of the median of their output, if that is more
    than 1. Infinities, what is not a number, whole numbers and truth values have to be the same.
    """
    if wanted.keys() != found.keys():
        raise UserError(f"{where}: gives {', '.join(found)}, but should give {', '.join(wanted)}")
    for name, want in wanted.items():
        got = found[name]
        if (got.dtype, got.shape) != (want.dtype, want.shape):
            raise UserError(f"{where}: {described({name: got})}, but should be {described({name: want})}")
        excess = _excess(want, got)
        if (excess > 0).any():
            place = np.unravel_index(int(excess.argmax()), excess.shape)
            at = "".join(f"[{index}]" for index in place)
            apart = abs(float(got[place]) - float(want[place]))
            raise UserError(
                f"{where}: {name}{at} is {float(got[place]):.6g}, but should be {float(want[place]):.6g}, "
                f"{apart:.2g} apart"
            )


def _excess(want: NDArray[Any], got: NDArray[Any]) -> NDArray[np.float64]:
    """By how much each number is further off than it may be; what has to be the same and is not, infinitely."""
    same = (want == got) | ((want != want) & (got != got))
    if not np.issubdtype(want.dtype, np.floating):
        return np.where(same, 0, np.inf)
    sizes = np.where(np.isfinite(want), np.abs(want), 0).astype(np.float64)
    plain = sizes[sizes < _MASKED]
    usual = max(1.0, float(np.median(plain))) if plain.size else 1.0
    with np.errstate(invalid="ignore"):  # two infinities
        apart = np.abs(want.astype(np.float64) - got)
    return np.where(same, 0, np.nan_to_num(apart, nan=np.inf, posinf=np.inf) - TOLERANCE * np.maximum(sizes, usual))


def described(arrays: Arrays) -> str:
    """ids int64 [3, 7], mask bool [3, 7]: for messages."""
    return ", ".join(f"{name} {array.dtype} {list(array.shape)}" for name, array in arrays.items())


def _line(error: Exception) -> str:
    """What an error says, on one line that is not too long."""
    return " ".join(str(error).split())[:200]
