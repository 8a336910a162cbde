import subprocess
import sys
from pathlib import Path

import pytest

from vec2seq.run.resources import _free_in_container, available_memory, free_disk


def test_what_is_free() -> None:
    memory = available_memory()
    assert memory is None or 10**6 < memory < 10**15
    assert free_disk(Path("no/such/folder/yet")) > 0


def test_a_containers_limit_counts(tmp_path: Path) -> None:
    assert _free_in_container(tmp_path) is None
    (tmp_path / "memory.current").write_text("500\n")
    (tmp_path / "memory.stat").write_text("anon 300\ninactive_file 200\n")  # what files left there can be taken back
    for most, free in (("max", None), ("1000", 700), ("200", 0)):
        (tmp_path / "memory.max").write_text(most + "\n")
        assert _free_in_container(tmp_path) == free


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit on Windows")
def test_the_own_limit_counts() -> None:
    code = (
        "import resource; from vec2seq.run.resources import available_memory; import numpy;"
        "resource.setrlimit(resource.RLIMIT_AS, (2**33, 2**33)); print(available_memory())"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 0 < int(result.stdout) < 2**33


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell it this way")
def test_the_peak_counts_what_was_given_back() -> None:
    code = (
        "from vec2seq.run.resources import peak_memory; before = peak_memory();"
        "block = bytearray(b'x') * 10**8; del block; print(before, peak_memory())"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, after = map(int, result.stdout.split())
    assert 10**6 < before < 10**9
    assert 9 * 10**7 < after - before < 2 * 10**8
