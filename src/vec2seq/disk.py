"""Writing so that it is on the disk when the call returns, digests, and saying which disk is full."""

import errno
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

_LAST_PROCESS = 1 << 22
"""The highest number of a process (Linux); NAME.old-20240115 is somebody's copy with a date."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def write_synced(path: Path, data: bytes) -> None:
    """Write a file and flush it to the disk."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A new file that takes the place of ``path`` when the block ends well; else nothing changes."""
    if path.exists() and not path.is_file():
        raise FileExistsError(errno.EEXIST, "a folder or a device, not a file", str(path))
    aside = path.parent / f"{path.name}.new-{os.getpid()}"
    try:
        with aside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        with suppress(OSError):
            aside.unlink()
        raise
    sync_folder(path.parent)


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """A new folder that takes the place of ``folder`` when the block ends well; else nothing changes.

    The block fills it, and flushes what it writes. An older folder is moved out of the way first: whoever looks sees a
    whole folder or none.
    """
    new = folder.with_name(f"{folder.name}.new-{os.getpid()}")
    old = folder.with_name(f"{folder.name}.old-{os.getpid()}")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    try:
        with naming_full_disk(folder):
            yield new
            sync_folder(new)
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)  # of a process with the same number
            folder.rename(old)
        new.rename(folder)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise
    try:
        sync_folder(folder.parent)
    finally:
        shutil.rmtree(old, ignore_errors=True)
    remove_leftovers(folder)


def followed(path: str | Path) -> Path:
    """The path; if it is a link, the place where it leads, so that a place has one name. OSError if links go round."""
    path = Path(path)
    if not path.is_symlink():
        return path
    place = Path(os.path.realpath(path))
    if place.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return place


@contextmanager
def taking_back_parents(path: Path) -> Iterator[None]:
    """If the block fails, the folders above ``path`` that it made are removed again, as far as they are empty."""
    missing = [parent for parent in path.parents if not parent.exists()]
    try:
        yield
    except BaseException:
        for parent in missing:
            with suppress(OSError):
                parent.rmdir()
        raise


def remove_leftovers(folder: Path) -> None:
    """Remove what processes left aside that were killed while they replaced or removed a folder: NAME.new-PID and
    NAME.old-PID of processes that no longer run, or that had the number of this one (in a container, each has 1).
    """
    with suppress(OSError):
        for path in folder.parent.iterdir():
            name, _, process = path.name.rpartition("-")
            ours = name in {f"{folder.name}.new", f"{folder.name}.old"} and process.isdecimal()
            if ours and int(process) <= _LAST_PROCESS and not _runs(int(process)):
                shutil.rmtree(path, ignore_errors=True)


def _runs(process: int) -> bool:
    """Whether there is another process of this number; True where that cannot be asked."""
    if process == os.getpid():
        return False
    if sys.platform == "win32":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def sync_file(path: Path) -> None:
    """Flush a file that is already written to the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Flush a folder's list of names to the disk, where the system can."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def array_digest(array: NDArray[Any]) -> str:
    """SHA-256 of an array's values."""
    return hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()


def sealed(value: dict[str, Any]) -> dict[str, Any]:
    """A JSON object with one more entry, ``digest``: the SHA-256 of the others."""
    rest = {name: entry for name, entry in value.items() if name != "digest"}
    return {**rest, "digest": hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()}


def is_sealed(value: Any) -> bool:
    """Whether it is a JSON object that is as it was when it was sealed."""
    return isinstance(value, dict) and sealed(value)["digest"] == value.get("digest")


@contextmanager
def naming_full_disk(path: Path) -> Iterator[None]:
    """Put ``path`` into errors about a full disk or a file that is too large: the system leaves out where that was."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL and error.filename is None:
            error.filename = str(path)
        raise
