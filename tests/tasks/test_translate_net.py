"""The net that translates: place after place as at once, as a graph, and with a pointer that copies."""

from typing import Any

import numpy as np
import pytest
import torch

from vec2seq.data.pieces import BORDER
from vec2seq.data.ragged import Ragged
from vec2seq.engine.eager import Eager
from vec2seq.tasks.translate_copy import Pointer
from vec2seq.tasks.translate_net import (
    EagerWriter,
    Examples,
    Loss,
    Shape,
    TranslatorGraph,
    TranslatorNet,
    teacher_forced_error,
)
from vec2seq.tasks.translate_writer import OUTPUTS, GraphWriter, Shapes, Together

SOURCES, TARGETS = 12, 9
LENGTHS = (5, 1, 3)
EACH = pytest.mark.parametrize("decoder", ["lstm", "attention"])
COPIES = pytest.mark.parametrize("copy", [False, True], ids=["plain", "copy"])


def made(decoder: str, copy: bool, encoder: str = "lstm") -> TranslatorNet:
    torch.manual_seed(3)
    return TranslatorNet(Shape(SOURCES, TARGETS, encoder, decoder, 16, 2, 2, 3, 0.0, copy)).train(False)


def batch() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(2)
    mask = np.arange(max(LENGTHS)) < np.array(LENGTHS)[:, None]
    source = np.where(mask, random.integers(1, SOURCES, mask.shape), BORDER)
    return source, mask, random.integers(1, TARGETS, (3, 6))


def at_once(net: TranslatorNet, rows: Any = slice(None)) -> np.ndarray:
    """Log-probabilities after each place [N,T,V]."""
    source, mask, ids = (torch.from_numpy(part[rows]) for part in batch())
    with torch.no_grad():
        return net(source, mask, ids, torch.ones_like(ids, dtype=torch.bool)).log_softmax(2).numpy()


def written(writer: Any, ids: np.ndarray) -> np.ndarray:
    """The same, piece after piece, rows taken in another order on the way."""
    parts = [writer.read(ids[:, :1]), writer.read(ids[:, 1:3])]
    writer.take(np.array([2, 0, 0]))
    ids = ids[[2, 0, 0]]
    parts += [writer.read(ids[:, place : place + 1]) for place in range(3, 6)]
    return np.stack([torch.from_numpy(part).log_softmax(1).numpy() for part in parts], 1)


@EACH
@COPIES
def test_piece_after_piece_as_at_once(decoder: str, copy: bool) -> None:
    net, (source, mask, ids) = made(decoder, copy), batch()
    graph = Eager(TranslatorGraph(net).train(False), OUTPUTS)
    want, order = at_once(net), [2, 0, 0]
    for writer in (
        EagerWriter(net, source, mask, 6),
        GraphWriter(graph, Shapes(decoder, 2, 2, 16, copy), source, mask),
    ):
        found = written(writer, ids)
        np.testing.assert_allclose(found[:, :2], want[:, [0, 2]], atol=1e-5)
        np.testing.assert_allclose(found[:, 2:], want[order, 3:], atol=1e-5)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(found[:, 2:], want[:, 3:], atol=1e-5)


@EACH
@COPIES
def test_attention_is_that_of_the_alignment(decoder: str, copy: bool) -> None:
    net, (source, mask, ids) = made(decoder, copy), batch()
    graph = Eager(TranslatorGraph(net).train(False), OUTPUTS)
    with torch.no_grad():
        seen = torch.from_numpy(mask)
        entered = net.language.entered(torch.from_numpy(ids))
        memory = net.encoded(torch.from_numpy(source), seen)
        every = torch.ones(ids.shape, dtype=torch.bool)
        weights = net.language.writes.alignment(entered, every, memory, seen)[-1].mean(1)
        want = weights.masked_fill(~seen[:, None], 1).numpy()
    for writer in (
        EagerWriter(net, source, mask, 6, watched=True),
        GraphWriter(graph, Shapes(decoder, 2, 2, 16, copy), source, mask),
    ):
        writer.read(ids[:, :2])
        np.testing.assert_allclose(writer.attention(), want[:, 1], atol=1e-5)
        order = np.array([2, 0, 0])
        writer.take(order)
        writer.read(ids[order, 2:3])
        np.testing.assert_allclose(writer.attention(), want[order, 2], atol=1e-5)
        with pytest.raises(AssertionError, match="Not equal to tolerance"):
            np.testing.assert_allclose(writer.attention(), want[:, 2], atol=1e-5)
    both = Together([writer, writer])
    np.testing.assert_allclose(both.attention(), writer.attention())


@EACH
@COPIES
@pytest.mark.parametrize("encoder", ["cnn", "rnn", "lstm", "attention"])
def test_rows_know_nothing_of_padding_and_each_other(encoder: str, decoder: str, copy: bool) -> None:
    net = made(decoder, copy, encoder)
    whole, (source, mask, _) = at_once(net), batch()
    for row, length in enumerate(LENGTHS):
        assert mask[row].sum() == length
        np.testing.assert_allclose(at_once(net, slice(row, row + 1)), whole[row : row + 1], atol=1e-5)
    net.vectors.data[source[0, 0]] *= -1.0
    assert np.abs(at_once(net)[0] - whole[0]).max() > 1e-3


def test_the_pointer_is_the_formula_of_the_paper() -> None:
    torch.manual_seed(0)
    pointer = Pointer(8, TARGETS).double()
    x, memory, scores = (torch.randn(2, size, width, dtype=torch.float64) for size, width in ((4, 8), (5, 8), (4, 9)))
    ids = torch.tensor([[3, 3, BORDER, 10, 5], [BORDER, 11, -1, -1, -1]])  # 10 and 11 are marks, -1 is padding
    with torch.no_grad():
        found = pointer(x, scores, ids, pointer.remembered(memory)).exp()
        gate = pointer.gate(x).sigmoid()
        compared = pointer.query(x) @ pointer.key(memory).mT / 8**0.5
        weights = compared[:, :, [0, 1, 4]].softmax(2)
        copied = torch.zeros(2, 4, TARGETS, dtype=torch.float64)
        copied[:, :, 3], copied[:, :, 5] = weights[:, :, 0] + weights[:, :, 1], weights[:, :, 2]
    want = gate * scores.softmax(2) + (1 - gate) * copied
    torch.testing.assert_close(found[0], want[0].float(), atol=1e-6, rtol=1e-4, check_dtype=False)
    torch.testing.assert_close(found[1], scores[1].softmax(1), atol=1e-6, rtol=1e-4, check_dtype=False)
    torch.testing.assert_close(found.sum(2), torch.ones(2, 4), atol=1e-5, rtol=0, check_dtype=False)


@pytest.mark.parametrize("size", [0.0, 1e4])
def test_copying_has_finite_gradients(size: float) -> None:
    pointer = Pointer(8, TARGETS)
    x, scores = torch.full((2, 4, 8), size, requires_grad=True), torch.full((2, 4, TARGETS), size, requires_grad=True)
    ids = torch.tensor([[3, 3, 5], [BORDER, -1, -1]])
    pointer(x, scores, ids, pointer.remembered(x[:, :3])).sum().backward()
    for part in (x, scores, *pointer.parameters()):
        assert part.grad is not None
        assert part.grad.isfinite().all()


def examples() -> Examples:
    rows = [[3, 4], [5], [6, 7, 8]], [[0, 1, 2, 0], [0, 3, 0], [0, 0]]
    return Examples(*map(Ragged.of, rows), np.array([2, 0, 1]))


def test_a_batch_holds_what_comes_next() -> None:
    some = examples()
    assert some.lengths.tolist() == [3 + 1, 2 + 3, 1 + 2]
    source, source_mask, ids, following, mask = (part.tolist() for part in some.take(np.array([0, 1])))
    assert source == [[6, 7, 8], [3, 4, 0]]
    assert source_mask == [[True] * 3, [True, True, False]]
    assert ids == [[0, 0, 0], [0, 1, 2]]
    assert following == [[0, 0, 0], [1, 2, 0]]
    assert mask == [[True, False, False], [True] * 3]
    assert [part.tolist() for part in some.some(np.array([1]))[0]] == [[3, 4], [0, 1, 2, 0]]


def test_the_loss_is_of_real_pieces_alone() -> None:
    net = made("lstm", False)
    parts = examples().take(np.array([0, 1, 2]))
    with torch.no_grad():
        summed, many = Loss(0.1)(net, parts)
        alone = [Loss(0.1)(net, examples().take(np.array([row]))) for row in range(3)]
        assert many == 1 + 3 + 2
        assert float(summed) == pytest.approx(sum(float(loss) for loss, _ in alone), rel=1e-5)
        assert float(Loss(0.0)(net, parts)[0]) == float(summed)  # smoothing is of learning alone
        assert float(Loss(0.1)(net.train(), parts)[0]) != pytest.approx(float(summed))


def test_guesses_go_in_while_it_learns(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = examples().take(np.arange(3))
    source, source_mask, ids, _, mask = parts
    net, seen = made("lstm", copy=False), list[torch.Tensor]()
    written = net.written

    def noted(source: Any, source_mask: Any, ids: torch.Tensor, mask: Any) -> Any:
        seen.append(ids)
        return written(source, source_mask, ids, mask)

    monkeypatch.setattr(net, "written", noted)
    Loss(0.0, 1.0)(net.train(False), parts)
    assert len(seen) == 1  # to be judged it is given what is right
    seen.clear()
    Loss(0.0, 1.0)(net.train(), parts)
    given, guessed = seen
    assert torch.equal(given, ids)
    guesses = net(source, source_mask, ids, mask).argmax(2)
    assert torch.equal(guessed[:, 0], ids[:, 0])
    assert torch.equal(guessed[:, 1:], torch.where(mask[:, 1:], guesses[:, :-1], ids[:, 1:]))
    assert not torch.equal(guessed, ids)


def test_the_error_after_what_is_right() -> None:
    net, some = made("lstm", False), examples()
    wrong, many = 0, 0
    for row in range(3):
        source, source_mask, ids, following, mask = some.take(np.array([row]))
        best = net(source, source_mask, ids, mask)[0].argmax(1)
        wrong, many = wrong + int((best != following[0]).sum()), many + len(best)
    assert 0 < wrong / many == teacher_forced_error(net, some, 8)
    assert np.isnan(teacher_forced_error(net, some.some(np.zeros(0, np.int64)), 8))
