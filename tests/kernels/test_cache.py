"""Where compiled kernels are kept: in a folder that nobody else can write to."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vec2seq.kernels import cache_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")


def test_the_cache_is_the_users_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = cache_folder()
    assert folder is not None
    assert folder.stat().st_mode & 0o777 == 0o700
    for open_to_others in (folder, folder.parent):
        open_to_others.chmod(0o777)
        assert cache_folder() is None
        open_to_others.chmod(0o700)
    assert cache_folder() == folder


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give a folder away")
def test_a_cache_of_somebody_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = cache_folder()
    assert folder is not None
    for given_away in (folder, folder.parent):
        os.chown(given_away, 12345, 12345)
        assert cache_folder() is None
        os.chown(given_away, 0, 0)


SEED = "import numpy as np; from vec2seq.kernels.random import seed; state = np.zeros(1, np.uint64); "
SEED += "seed(state, np.array([1, 2, 3])); print(state)"


def seeded(cache: Path, **options: Any) -> str:
    """What a kernel gives in a process of its own, which compiles it or loads it."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    command = [sys.executable, "-c", SEED]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, **options)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("damage", [b"", b"not what it was", None])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, damage: bytes | None) -> None:
    expected = seeded(tmp_path)
    files = sorted(tmp_path.rglob("random.seed-*"))
    assert [path.suffix for path in files] == [".nbc", ".nbi"]
    for path in files:
        whole = path.read_bytes()
        path.write_bytes(whole[:-7] if damage is None else damage)
        assert seeded(tmp_path) == expected
        assert len(path.read_bytes()) > len(damage or whole[:-7])


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    import resource

    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))  # noqa: E731 - no file larger than 10 bytes
    assert seeded(tmp_path / "full", preexec_fn=limit) == seeded(tmp_path / "whole")
    assert not [path for path in (tmp_path / "full").rglob("*") if path.is_file()]
