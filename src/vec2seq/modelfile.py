"""A model on disk: a folder with JSON and tensors, whole or absent, that cannot execute anything.

    model.json            format, version, task, settings, what was learned, history, golden outputs, file digests
    vocab.json            words and counts (where the task has words)
    tensors.safetensors   the numbers
    trust.safetensors     how far neighbours can be trusted (where that was found out)
    net.onnx              the net for ONNX Runtime, in the place of most tensors (where it was exported)

``write`` puts the new folder together beside its place, and moves it there when it is whole. ``read`` checks everything
before it believes anything: the digests of all files, the format, the task, every tensor's shape and that its values
are finite.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from numpy.typing import NDArray

from vec2seq import __version__
from vec2seq.disk import (
    file_digest,
    followed,
    is_sealed,
    replacing_folder,
    sealed,
    write_synced,
)
from vec2seq.errors import UserError, not_written_by_us
from vec2seq.tensorfile import check_finite, read_tensors, write_tensors

FORMAT = 1
MANIFEST, VOCAB, TENSORS, TRUST = "model.json", "vocab.json", "tensors.safetensors", "trust.safetensors"
NET = "net.onnx"
PARTS = {MANIFEST, VOCAB, TENSORS, TRUST, NET}


@dataclass(frozen=True)
class ModelFile:
    """What a model folder holds."""

    task: str
    settings: dict[str, Any]
    learned: dict[str, Any]
    """what training found, as JSON"""
    tensors: dict[str, NDArray[Any]]
    vocab: dict[str, Any] | None = None
    trust: dict[str, NDArray[Any]] = field(default_factory=dict)
    """tensors of a file of their own; empty: there is no such file"""
    net: bytes | None = None
    """what is in net.onnx; None: there is no such file"""
    history: list[dict[str, Any]] = field(default_factory=list)
    """one entry per epoch"""
    data: dict[str, Any] = field(default_factory=dict)
    """what it was trained on: sizes and a fingerprint, never the text"""
    golden: dict[str, Any] = field(default_factory=dict)
    """inputs with the outputs they must give"""
    version: str = __version__
    """the vec2seq that wrote it"""


def write(folder: str | Path, model: ModelFile) -> None:
    """Write a model folder; an older model of that name is replaced. UserError if something else is in the way."""
    folder = followed(folder)
    check_place(folder)
    with replacing_folder(folder) as new:
        _fill(new, model)


def _fill(folder: Path, model: ModelFile) -> None:
    """Write all files of a model into an empty folder, ``model.json`` last."""
    write_tensors(folder / TENSORS, model.tensors)
    files = [TENSORS]
    if model.vocab is not None:
        write_synced(folder / VOCAB, json.dumps(model.vocab, ensure_ascii=False).encode())
        files.append(VOCAB)
    if model.trust:
        write_tensors(folder / TRUST, model.trust)
        files.append(TRUST)
    if model.net is not None:
        write_synced(folder / NET, model.net)
        files.append(NET)
    manifest = {
        "format": FORMAT,
        **{name: getattr(model, name) for name in _STATED},
        "shapes": {name: list(tensor.shape) for name, tensor in model.tensors.items()},
        "files": {name: file_digest(folder / name) for name in files},
    }
    text = json.dumps(sealed(manifest), ensure_ascii=False, indent=1, allow_nan=False)
    write_synced(folder / MANIFEST, text.encode())


def check_place(folder: str | Path) -> None:
    """UserError unless a model can be written here; nothing is left behind. Call it before a long training."""
    folder = followed(folder)
    if folder.name in {"", ".."}:
        raise UserError(f"{folder}: not the name of a new folder; choose another place")
    if folder.exists() and not (folder / MANIFEST).exists():
        if not folder.is_dir():
            raise UserError(f"{folder}: is a file, not a folder; choose another place")
        if any(folder.iterdir()):
            raise UserError(f"{folder}: holds something that is not a model; choose another place or empty it")
    if folder.exists():  # all that is in there will be replaced
        foreign = sorted({path.name for path in folder.iterdir()} - PARTS)
        if foreign:
            raise UserError(
                f"{folder}: holds {foreign[0]}, which is no part of a model; move it, or choose another place"
            )
        if not os.access(folder, os.W_OK):
            raise UserError(f"{folder}: is read-only; choose another place, or allow that it is replaced")
    probe = folder.with_name(f"{folder.name}.probe-{os.getpid()}")
    try:
        probe.mkdir(parents=True)
        probe.rmdir()
    except OSError as error:
        raise UserError(f"{folder}: cannot be written ({error.strerror}); choose another place") from None


def read(folder: str | Path) -> ModelFile:
    """Read a model folder, tensors memory-mapped; UserError says what is wrong with it."""
    folder = Path(folder)
    manifest = _manifest(folder)
    for name, digest in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            raise UserError(f"{path}: missing; the model is incomplete, copy the whole folder again")
        if file_digest(path) != digest:
            raise UserError(f"{path}: not the file that was saved (cut off, damaged or changed); copy the model again")
    tensors = read_tensors(folder / TENSORS)
    for name, shape in manifest["shapes"].items():
        if name not in tensors:
            raise UserError(f"{folder / TENSORS}: no tensor {name!r}; the model is damaged")
        if list(tensors[name].shape) != shape:
            raise UserError(
                f"{folder / TENSORS}: tensor {name!r} is {list(tensors[name].shape)}, but should be {shape}"
            )
        check_finite(folder / TENSORS, name, tensors[name])
    vocab = _json(folder / VOCAB) if VOCAB in manifest["files"] else None
    trust = read_tensors(folder / TRUST) if TRUST in manifest["files"] else {}
    net = (folder / NET).read_bytes() if NET in manifest["files"] else None
    return ModelFile(**{name: manifest[name] for name in _STATED}, tensors=tensors, vocab=vocab, trust=trust, net=net)


_STATED = ("task", "settings", "learned", "history", "data", "golden", "version")
"""What ``model.json`` says of a ModelFile; the rest has files of its own."""
_KINDS = {
    **dict.fromkeys(("task", "version", "digest"), str),
    **dict.fromkeys(("settings", "learned", "data", "golden", "shapes", "files"), dict),
    "history": list,
}


def interrupted_save(folder: Path) -> str:
    """Where the older model is, if a save was interrupted after it was moved away."""
    old = next((path for path in folder.parent.glob("*") if path.name.startswith(f"{folder.name}.old-")), None)
    return f"; a save was interrupted, the model before it is {old}" if old else ""


def _manifest(folder: Path) -> dict[str, Any]:
    """model.json, checked: of a format that we know, complete, and unchanged since it was written."""
    path = folder / MANIFEST
    if not folder.is_dir():
        what = "not a model folder" if folder.exists() else "no such model folder"
        raise UserError(f"{folder}: {what}{interrupted_save(folder)}")
    if not path.is_file():
        raise UserError(f"{folder}: not a vec2seq model (no {MANIFEST}){interrupted_save(folder)}")
    manifest = _json(path)
    version = manifest.get("format")
    if not isinstance(version, int):
        raise UserError(f"{path}: not the model.json of vec2seq (no format number)")
    if version > FORMAT:
        raise UserError(
            f"{path}: format {version}, written by a newer vec2seq; this one reads up to {FORMAT}: upgrade it"
        )
    for name, kind in _KINDS.items():
        if not isinstance(manifest.get(name), kind):
            raise not_written_by_us(path, name)
    if not all(isinstance(entry, dict) for entry in manifest["history"]):
        raise not_written_by_us(path, "history")
    if set(manifest["files"]) - PARTS:
        raise UserError(f"{path}: names files that are not part of a model; it is damaged or was tampered with")
    try:
        unchanged = is_sealed(manifest)
    except RecursionError:
        unchanged = False
    if not unchanged:
        raise UserError(f"{path}: not as it was saved (damaged or edited); copy the model again")
    return manifest


def _json(path: Path) -> dict[str, Any]:
    """A JSON object."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: cut off or damaged ({str(error)[:100]})") from None
    if not isinstance(value, dict):
        raise UserError(f"{path}: damaged (not a JSON object)")
    return value


def _refuse(constant: str) -> NoReturn:
    """NaN and infinities: Python's JSON knows them, no model has them."""
    raise ValueError(f"{constant} is no number")
