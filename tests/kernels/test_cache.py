"""Where compiled kernels are kept: in a folder that nobody else can write to."""

import os
import sys
from pathlib import Path

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
