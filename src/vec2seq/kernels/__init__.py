"""Numba kernels: arrays in, arrays changed in place. Nothing here knows files, settings or words.

``kernel`` is how every kernel is compiled: the interpreter lock released, the machine code cached on disk.
Numba forgets a cached function when the function's own file changes, but not when a file that it calls
changes; so the cache folder carries the digest of all kernel sources, and a new version of vec2seq can never run
an old version's machine code. The cache belongs to the user alone; where there can be no such folder,
kernels are compiled anew in each process.
"""

import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core.caching import FunctionCache

Function = TypeVar("Function", bound=Callable[..., Any])


_UNUSED_SECONDS = 30 * 24 * 3600


def cache_folder() -> Path | None:
    """Where compiled kernels are kept (made on first use), or None where nothing can be written."""
    variable = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME"
    try:
        root = Path(os.environ.get(variable) or Path.home() / ".cache") / "vec2seq"
        folder = root / f"kernels-{_digest()}"
        if not folder.exists():
            root.mkdir(parents=True, mode=0o700, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            _remove_old(root)
        found = folder.stat(), root.stat()  # who may write to the second can put another in the place of the first
    except (OSError, RuntimeError):  # RuntimeError: this user has no home
        return None
    if hasattr(os, "getuid") and any(each.st_uid != os.getuid() or each.st_mode & 0o022 for each in found):
        return None  # what lies there is executed: nobody else may have written it
    return folder if os.access(folder, os.W_OK) else None


def _digest() -> str:
    """Short digest of the sources of all kernels and of Numba's version."""
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _remove_old(root: Path) -> None:
    """Remove what other versions compiled, if nothing was added to it for a month."""
    for folder in root.glob("kernels-*"):
        if time.time() - folder.stat().st_mtime > _UNUSED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


_FOLDER = cache_folder()


_NumbaCache: Any = FunctionCache  # without types


class _Cache(_NumbaCache):  # type: ignore[misc]
    """Numba's cache. It saves time, no more: if its disk is full or a file damaged, kernels are compiled anew."""

    def load_overload(self, *which: Any) -> Any:
        """The machine code of a signature, or None."""
        try:
            return super().load_overload(*which)
        except Exception:  # what is cut off or damaged raises this or that
            with suppress(OSError):
                self.flush()
            return None

    def save_overload(self, *what: Any) -> None:
        """Keep machine code, if that can be done."""
        with suppress(Exception):
            super().save_overload(*what)


def kernel(function: Function) -> Function:
    """Compile ``function`` with Numba on its first call, without the interpreter lock, cached on disk.

    Division is that of NumPy: by zero it gives infinity, and the check that would keep loops from vector instructions
    is not made.
    """
    compiled: Any = numba.njit(nogil=True, error_model="numpy")(function)
    if _FOLDER is not None:
        config: Any = numba.config
        theirs, config.CACHE_DIR = config.CACHE_DIR, str(_FOLDER)
        try:
            compiled._cache = _Cache(function)
        except RuntimeError:  # nothing can be written there
            pass
        finally:
            config.CACHE_DIR = theirs
    return cast(Function, compiled)


def compiled_before(function: Callable[..., Any]) -> bool:
    """Whether a kernel need not be compiled when it is called: a guess from what lies in the cache."""
    if getattr(function, "signatures", None):
        return True
    name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}-*.nbi"
    return _FOLDER is not None and any(_FOLDER.glob(f"*/{name}"))
