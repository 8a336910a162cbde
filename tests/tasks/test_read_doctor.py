"""Faults in lines are named, each by its name; healthy lines have none. The long counts are those of linefaults.py."""

from pathlib import Path

import numpy as np
import pytest

from vec2seq.tasks.read_doctor import are_shuffled

from .linefaults import FAULTS, found, healthy, planted


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_named(fault: str, tmp_path: Path) -> None:
    assert fault in found(planted(fault, 1), tmp_path)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_healthy_lines_have_no_fault(seed: int, tmp_path: Path) -> None:
    assert found(healthy(seed), tmp_path) == []


def test_lengths_that_hardly_differ_tell_nothing() -> None:
    random = np.random.default_rng(0)
    widths, texts = random.integers(700, 800, 100), ["x" * size for size in random.integers(48, 54, 100)]
    assert not are_shuffled(widths, texts)
    lengths = random.integers(5, 60, 100)
    texts = ["x" * size for size in lengths]
    assert not are_shuffled(16 * lengths + random.integers(0, 99, 100), texts)
    assert are_shuffled(16 * random.permutation(lengths), texts)
    assert are_shuffled(np.full(100, 99), texts)
    assert not are_shuffled(widths[:5], texts[:5])
