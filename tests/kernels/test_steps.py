"""The training kernels against their twins, finite differences and torch, with injected windows and targets."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from kernels import twins
from vec2seq.kernels.matrix import empty_rows, rows_of
from vec2seq.kernels.simd.llvm import LANES
from vec2seq.kernels.simd.rows import padded
from vec2seq.kernels.simd.tiles import OUTPUTS
from vec2seq.kernels.steps import bag_of_words, sign_table, skip_gram
from vec2seq.kernels.tables import huffman_tree
from vec2seq.kernels.windows import Targets, Windows, find_paths

WORDS = 40


def with_last(kernel: Callable[..., tuple[float, int]], last: int, *arguments: object) -> tuple[float, int]:
    """Call a kernel with one more argument."""
    return kernel(*arguments, last)


TOGETHER = {"skip_gram": 24, "skip_gram one by one": 1, "skip_gram by three": 3}
KERNELS = {
    **{
        name: (partial(with_last, skip_gram, together), partial(with_last, twins.skip_gram, together))
        for name, together in TOGETHER.items()
    },
    "bag_of_words": (bag_of_words, twins.bag_of_words),
}
GRADIENTS = ["skip_gram", "bag_of_words"]
"""Kernels that make one step of a whole window."""


def random_windows(random: np.random.Generator, lengths: list[int], widest: int) -> Windows:
    """Sentences in which no word comes twice within a window."""
    words = np.concatenate([random.permutation(WORDS)[:length] for length in lengths]).astype(np.uint32)
    spans = random.integers(1, widest + 1, len(words)).astype(np.uint32)
    return Windows(words, spans, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))


def random_targets(random: np.random.Generator, words: NDArray[np.uint32], negatives: int) -> Targets:
    """Each word with its negatives, drawn here instead of by the kernel."""
    blocks = -(-(1 + negatives) // OUTPUTS)
    rows = np.full((len(words), blocks * OUTPUTS), WORDS, np.uint32)
    rows[:, 0] = words
    rows[:, 1 : 1 + negatives] = (words[:, None] + random.integers(1, WORDS, (len(words), negatives))) % WORDS
    in_use = np.minimum(1 + negatives - OUTPUTS * np.arange(blocks), OUTPUTS)
    signs = np.tile(64 * in_use + (np.arange(blocks) == 0), len(words)).astype(np.uint16)
    return Targets(rows.ravel(), np.arange(len(words) + 1, dtype=np.int64) * blocks, signs)


def tree_targets(random: np.random.Generator, words: NDArray[np.uint32]) -> Targets:
    """The Huffman paths of the words, counts falling steeply so that paths differ in length."""
    tree = huffman_tree(np.array([2**20 // 2 ** (i // 2) for i in range(WORDS)]))
    size = len(words) * (-(-int(np.diff(tree.first).max()) // OUTPUTS))
    out = Targets(np.zeros(size * OUTPUTS, np.uint32), np.zeros(len(words) + 1, np.int64), np.zeros(size, np.uint16))
    find_paths(words, tree, np.uint32(WORDS - 1), out)
    return out


def matrices(random: np.random.Generator, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Input and output matrix; the row behind the last output row is the padding."""
    inputs, outputs = empty_rows(WORDS, width), empty_rows(WORDS + 1, width)
    inputs[:] = outputs[:] = 0
    rows_of(inputs, WORDS, width)[:] = random.normal(size=(WORDS, width)) / np.sqrt(width)
    rows_of(outputs, WORDS, width)[:] = random.normal(size=(WORDS, width)) / np.sqrt(width)
    return inputs, outputs


def run(kernel: Callable, windows: Windows, targets: Targets, inputs, outputs, width: int, widest: int, rate: float):  # type: ignore[no-untyped-def]
    sentences = len(windows.ends) - 1
    return kernel(
        windows,
        sentences,
        targets,
        inputs,
        outputs,
        padded(width),
        padded(width, LANES),
        sign_table(widest),
        widest,
        np.float32(rate),
    )


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize(("width", "widest"), [(1, 1), (16, 5), (100, 5), (37, 12)])
@pytest.mark.parametrize("negatives", [1, 5, 6, 11, 0], ids=lambda n: f"{n}-negatives" if n else "tree")
def test_kernel_equals_twin(name: str, width: int, widest: int, negatives: int) -> None:
    kernel, twin = KERNELS[name]
    random = np.random.default_rng(width + negatives)
    windows = random_windows(random, [2, 3, 17, WORDS], widest)
    targets = random_targets(random, windows.words, negatives) if negatives else tree_targets(random, windows.words)
    inputs, outputs = matrices(random, width)
    if not negatives:
        rows_of(outputs, WORDS, width)[-1] = 0  # a tree has one inner node less than words: the last row is the padding
    x, y = (rows_of(m, WORDS, width).astype(np.float64) for m in (inputs, outputs))
    start_x, start_y = x.copy(), y.copy()
    loss, examples = run(kernel, windows, targets, inputs, outputs, width, widest, 0.05)
    expected_loss, expected_examples = twin(windows, len(windows.ends) - 1, targets, x, y, 0.05)
    assert examples == expected_examples
    assert loss == pytest.approx(expected_loss, rel=1e-5)
    assert_changes_equal(rows_of(inputs, WORDS, width), x, start_x)
    assert_changes_equal(rows_of(outputs, WORDS, width), y, start_y)
    assert (outputs.reshape(WORDS + 1, -1)[WORDS] == 0).all()
    assert (inputs.reshape(WORDS, -1)[:, width:] == 0).all()


def assert_changes_equal(
    result: NDArray[np.float32], expected: NDArray[np.float64], start: NDArray[np.float64]
) -> None:
    """That the change, not only the value, is the same: values hardly move in one step."""
    changes = expected - start
    np.testing.assert_allclose(result - start, changes, atol=2e-4 * np.abs(changes).max())


def test_helper_fails_on_a_wrong_change() -> None:
    start = np.ones((3, 3))
    expected = start + 0.01 * np.eye(3)
    wrong = (start + 0.01001 * np.eye(3)).astype(np.float32)
    with pytest.raises(AssertionError):
        assert_changes_equal(wrong, expected, start)


def one_window(random: np.random.Generator, negatives: int) -> tuple[Windows, Targets]:
    """A sentence of which only the word in the middle counts: its neighbours have no targets of their own."""
    windows = random_windows(random, [5], 2)
    windows.spans[:] = 2
    blocks = -(-(1 + negatives) // OUTPUTS)
    assert blocks == 1, "the gradient is exact within one block"
    targets = random_targets(random, windows.words, negatives)
    return windows, targets._replace(
        first=np.array([0, 0, 0, 1, 1, 1]), rows=targets.rows[2 * OUTPUTS :], signs=targets.signs[2:]
    )


def loss_of_window(name: str, windows: Windows, targets: Targets, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The loss of the middle word of ``one_window``, by the formulas of the papers, in torch."""
    context = x[torch.tensor([int(windows.words[j]) for j in (0, 1, 3, 4)])]
    if name == "bag_of_words":
        context = context.mean(0, keepdim=True)
    ((*pairs,),) = (list(twins.blocks(targets, 2)),)
    rows, signs = torch.tensor([row for row, _ in pairs[0]]), torch.tensor([float(sign) for _, sign in pairs[0]])
    return torch.nn.functional.softplus(-(context @ y[rows].T) * signs).sum()


@pytest.mark.parametrize("name", GRADIENTS)
@pytest.mark.parametrize("negatives", [1, 3, 5])
def test_step_is_the_gradient_of_the_loss(name: str, negatives: int) -> None:
    random = np.random.default_rng(negatives)
    windows, targets = one_window(random, negatives)
    width, rate = 20, 1e-2
    inputs, outputs = matrices(random, width)
    x, y = (torch.tensor(rows_of(m, WORDS, width).astype(np.float64), requires_grad=True) for m in (inputs, outputs))
    loss = loss_of_window(name, windows, targets, x, y)
    loss.backward()
    start = rows_of(inputs, WORDS, width).astype(np.float64), rows_of(outputs, WORDS, width).astype(np.float64)
    found, _ = run(KERNELS[name][0], windows, targets, inputs, outputs, width, 2, rate)
    assert found == pytest.approx(loss.item(), rel=1e-5)
    assert x.grad is not None
    assert y.grad is not None
    assert_changes_equal(rows_of(inputs, WORDS, width), start[0] - rate * x.grad.numpy(), start[0])
    assert_changes_equal(rows_of(outputs, WORDS, width), start[1] - rate * y.grad.numpy(), start[1])


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradient_agrees_with_finite_differences(name: str) -> None:
    random = np.random.default_rng(7)
    windows, targets = one_window(random, 5)
    width, rate, h = 6, 1e-2, 1e-6
    inputs, outputs = matrices(random, width)
    x, y = (torch.tensor(rows_of(m, WORDS, width).astype(np.float64)) for m in (inputs, outputs))
    run(KERNELS[name][0], windows, targets, inputs, outputs, width, 2, rate)
    for matrix, trained in ((x, inputs), (y, outputs)):
        changes = (rows_of(trained, WORDS, width) - matrix.numpy()) / -rate
        touched = np.argwhere(np.abs(changes) > 1e-6)
        for row, column in touched[random.permutation(len(touched))[:20]]:
            original = float(matrix[row, column])
            losses = []
            for value in (original + h, original - h):
                matrix[row, column] = value
                losses.append(float(loss_of_window(name, windows, targets, x, y)))
            matrix[row, column] = original
            assert changes[row, column] == pytest.approx((losses[0] - losses[1]) / (2 * h), rel=2e-3, abs=2e-4)


@pytest.mark.parametrize("name", GRADIENTS)
def test_rate_zero_changes_nothing(name: str) -> None:
    random = np.random.default_rng(1)
    windows = random_windows(random, [WORDS], 5)
    targets = random_targets(random, windows.words, 5)
    inputs, outputs = matrices(random, 100)
    before = inputs.copy(), outputs.copy()
    run(KERNELS[name][0], windows, targets, inputs, outputs, 100, 5, 0.0)
    np.testing.assert_array_equal(inputs, before[0])
    np.testing.assert_array_equal(outputs, before[1])
