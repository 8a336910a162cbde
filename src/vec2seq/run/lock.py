"""One process at a time in a folder: a lock that the system takes away with the process, however that ends.

The lock is on a file in the folder. The folder may be removed by whoever holds it, and made again by the next one.
Windows, and file systems that know no locks, let everybody in.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from vec2seq.errors import UserError

if sys.platform != "win32":
    import fcntl

LOCK = "lock"
_ATTEMPTS = 1000


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make the folder if there is none, and hold it; UserError if another process does."""
    if sys.platform == "win32":
        folder.mkdir(parents=True, exist_ok=True)
        yield
        return
    path = folder / LOCK
    for _ in range(_ATTEMPTS):
        if (file := _held(path)) is not None:
            break
        time.sleep(0.01)
    else:
        raise UserError(f"{path}: the file vanishes again and again", "choose another place")
    with file:
        try:
            yield
        finally:
            if _is_at(file, path):
                path.unlink()


def _held(path: Path) -> BinaryIO | None:
    """The lock file, locked; None if whoever held it has just removed it, with the folder or without."""
    path.parent.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        path.parent.mkdir()
    try:
        file = path.open("ab")
    except FileNotFoundError:
        if path.parent.is_symlink():  # to nowhere
            raise
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise UserError(
            f"{path.parent}: another process is training there", "wait until it ends, or choose another place"
        ) from None
    except OSError:
        pass  # a file system without locks
    if _is_at(file, path):
        return file
    file.close()
    return None


def _is_at(file: BinaryIO, path: Path) -> bool:
    """Whether it is this file that is there now."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
