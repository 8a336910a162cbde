"""What all tests share: hypothesis profiles, small texts, a command line in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("ci", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("stress", max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def vec2seq() -> Command:
    """vec2seq(*arguments, **options of subprocess.run): run the command line in a process of its own."""

    def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "vec2seq", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, **options)  # type: ignore[call-overload]

    return run


def small_texts(sentences: int = 400, words: int = 60, seed: int = 0) -> list[str]:
    """Texts in which words of the same group stand together: w0 w1 .. of group 0, and so on."""
    random = np.random.default_rng(seed)
    texts = []
    for _ in range(sentences):
        group = random.integers(6)
        members = group + 6 * random.integers(words // 6, size=random.integers(4, 16))
        texts.append(" ".join(f"w{member}" for member in members))
    return texts


@pytest.fixture(scope="session")
def texts() -> list[str]:
    return small_texts()


@pytest.fixture(scope="session")
def text_file(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path
