"""Tensors in a safetensors file: written by us, checked by the library, read memory-mapped.

We write the file (a length, a JSON header, the numbers) ourselves: the library would write a hidden file beside it that
a crash leaves there, readable by its owner only. The library checks the header (names, types, shapes, that the tensors
fill the file without gaps or overlaps); we then map the file ourselves, because the library copies every tensor into
memory. Nothing in such a file can be executed.
"""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.errors import UserError

_TYPES = {
    "F32": np.float32,
    "F64": np.float64,
    "I32": np.int32,
    "I64": np.int64,
    "U8": np.uint8,
    "U16": np.uint16,
}
_NAMES = {np.dtype(kind): name for name, kind in _TYPES.items()}
_CHECKED_AT_ONCE = 1 << 22


def write_tensors(path: Path, tensors: dict[str, NDArray[Any]]) -> None:
    """Write tensors (C-contiguous, little-endian, of a type listed above) and flush them to the disk."""
    header: dict[str, Any] = {}
    start = 0
    ordered = sorted(tensors, key=lambda name: (-tensors[name].itemsize, name))  # so that every number is aligned
    for name in ordered:
        tensor = tensors[name]
        stop = start + tensor.nbytes
        header[name] = {"dtype": _NAMES[tensor.dtype], "shape": tensor.shape, "data_offsets": (start, stop)}
        start = stop
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in ordered:
            file.write(tensors[name].reshape(-1).data)
        file.flush()
        os.fsync(file.fileno())


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """The tensors of a file, memory-mapped, read-only; UserError if it is missing, cut off or no safetensors file."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy"):
            pass
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length))
    except FileNotFoundError:
        raise UserError(f"{path}: missing; the model is incomplete") from None
    except (SafetensorError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: cut off, damaged or not a safetensors file ({error})") from None
    return {name: _mapped(path, name, entry, 8 + length) for name, entry in header.items() if name != "__metadata__"}


def _mapped(path: Path, name: str, entry: dict[str, Any], start: int) -> NDArray[Any]:
    kind = _TYPES.get(entry["dtype"])
    if kind is None:
        raise UserError(f"{path}: tensor {name!r} has the type {entry['dtype']}, which no vec2seq model uses")
    shape = tuple(entry["shape"])
    if 0 in shape:
        return np.empty(shape, kind)
    return np.asarray(np.memmap(path, kind, "r", offset=start + entry["data_offsets"][0], shape=shape))


def check_finite(path: Path, name: str, tensor: NDArray[Any]) -> None:
    """UserError if the tensor holds NaN or infinity."""
    if tensor.dtype.kind != "f":
        return
    flat = tensor.reshape(-1)
    for start in range(0, flat.size, _CHECKED_AT_ONCE):
        part = flat[start : start + _CHECKED_AT_ONCE]
        if not (np.isfinite(part.min()) and np.isfinite(part.max())):  # NaN goes through min and max
            raise UserError(f"{path}: tensor {name!r} holds a value that is not finite; the model is damaged")
