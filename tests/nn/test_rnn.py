"""Recurrent layers: the equations are those of PyTorch, and both directions are those of packed rows."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from nn.parity import check_parity, double, leaf, mask_of
from vec2seq.nn.rnn import KINDS, Gates, Recurrent, Weights, lstm, replay, reversed_within, rnn, weights_of

LENGTHS = (6, 1, 4, 6, 2)


def one_layer(kind: type[nn.RNNBase]) -> nn.RNNBase:
    """From width 3 to 4."""
    layer = double(kind(3, 4, batch_first=True))  # type: ignore[call-arg, arg-type]
    assert isinstance(layer, nn.RNNBase)
    return layer


@pytest.mark.parametrize("kind", [nn.LSTM, nn.RNN])
def test_the_equations_are_those_of_pytorch(kind: type[nn.RNNBase]) -> None:
    layer, x = one_layer(kind), leaf(2, 5, 3)
    ours = lstm(x, weights_of(layer)).hidden if kind is nn.LSTM else rnn(x, weights_of(layer))
    check_parity(ours, layer(x)[0], [(leaf, leaf) for leaf in (x, *layer.parameters())])


def test_wrong_equations_are_seen() -> None:
    layer, x = one_layer(nn.LSTM), leaf(2, 5, 3)
    leaves = [(x, x)]
    right = weights_of(layer)
    order = [*range(4, 8), *range(4), *range(8, 16)]  # the forget gate before the input gate
    swapped = Weights(*(part[order] for part in right))
    with pytest.raises(AssertionError, match="not close"):
        check_parity(lstm(x, swapped).hidden, layer(x)[0], leaves)
    value_only = lstm(x, right).hidden.detach() + 0 * x.sum()
    with pytest.raises(AssertionError, match="not close"):
        check_parity(value_only, layer(x)[0], leaves)


def test_a_replay_gives_the_gates_of_the_layer() -> None:
    layer, x = one_layer(nn.LSTM), leaf(2, 5, 3)
    assert isinstance(layer, nn.LSTM)
    gates = replay(layer, x)
    hidden, (last, cell) = layer(x)
    torch.testing.assert_close(gates.hidden, hidden)
    torch.testing.assert_close(gates.hidden[:, -1], last[0])
    torch.testing.assert_close(gates.cell[:, -1], cell[0])
    before = torch.cat([torch.zeros(2, 1, 4, dtype=torch.float64), gates.cell[:, :-1]], 1)
    torch.testing.assert_close(gates.cell, gates.forget * before + gates.input * gates.candidate)
    torch.testing.assert_close(gates.hidden, gates.output * gates.cell.tanh())
    for share in (gates.input, gates.forget, gates.output):
        assert ((share > 0) & (share < 1)).all()


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (nn.LSTM(3, 4, 2, batch_first=True), "not one layer"),
        (nn.LSTM(3, 4, batch_first=True, bidirectional=True), "not one layer"),
        (nn.LSTM(3, 4, batch_first=True, bias=False), "not one layer"),
        (nn.LSTM(3, 4, batch_first=True, proj_size=2), "not one layer"),
        (nn.LSTM(3, 4), r"LSTM\(3, 4\) is not batch-first"),
    ],
)
def test_what_cannot_be_replayed_is_said(layer: nn.LSTM, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replay(layer, torch.ones(1, 2, 3))


@given(lengths=st.lists(st.integers(0, 6), min_size=1, max_size=4))
def test_rows_are_reversed_within_their_length(lengths: list[int]) -> None:
    mask = torch.arange(6) < torch.tensor(lengths)[:, None]
    x = torch.arange(len(lengths) * 12).reshape(len(lengths), 6, 2)
    found = reversed_within(x, mask)
    for row, length in enumerate(lengths):
        assert found[row].tolist() == x[row, :length].tolist()[::-1] + x[row, length:].tolist()
    assert torch.equal(reversed_within(found, mask), x)


def packed_twin(net: Recurrent, kind: str, layers: int) -> nn.RNNBase:
    """One layer of PyTorch's in both directions, with the weights of ours."""
    width = net.forth[0].input_size
    twin = KINDS[kind](width, width // 2, layers, batch_first=True, bidirectional=True).double()
    with torch.no_grad():
        for ours, theirs in twins(net, twin):
            theirs.copy_(ours)
    return twin


def twins(net: Recurrent, twin: nn.RNNBase) -> list[tuple[Tensor, Tensor]]:
    """The weights that are the same."""
    pairs = []
    for number, layers in enumerate(zip(net.forth, net.back, strict=True)):
        for layer, end in zip(layers, ("", "_reverse"), strict=True):
            pairs += [(weight, getattr(twin, f"{name[:-1]}{number}{end}")) for name, weight in layer.named_parameters()]
    return pairs


def packed(layer: nn.RNNBase, x: Tensor, mask: Tensor) -> Tensor:
    """What PyTorch gives with packed rows."""
    rows = nn.utils.rnn.pack_padded_sequence(x, mask.sum(1), batch_first=True, enforce_sorted=False)
    return nn.utils.rnn.pad_packed_sequence(layer(rows)[0], batch_first=True)[0]


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_both_directions_are_those_of_packed_rows(kind: str, layers: int) -> None:
    net = Recurrent(kind, 6, layers, dropout=0.0)
    double(net)
    twin, x, mask = packed_twin(net, kind, layers), leaf(len(LENGTHS), 6, 6), mask_of(*LENGTHS)
    check_parity(net(x, mask), packed(twin, x, mask), [(x, x), *twins(net, twin)])
    naive = twin(x)[0].masked_fill(~mask[:, :, None], 0)
    with pytest.raises(AssertionError, match="not close"):
        check_parity(naive, packed(twin, x, mask), [(x, x)])


def test_in_single_precision_too() -> None:
    net = Recurrent("lstm", 6, 2, dropout=0.0)
    twin, x, mask = packed_twin(net, "lstm", 2).float(), leaf(len(LENGTHS), 6, 6), mask_of(*LENGTHS)
    check_parity(net(x.float(), mask), packed(twin, x.float(), mask), [(x, x), *twins(net, twin)], tolerance=1e-6)


def test_the_gates_are_those_of_what_it_gives() -> None:
    net, x, mask = Recurrent("lstm", 6, 2, dropout=0.5).double().train(False), leaf(3, 4, 6), mask_of(4, 2, 0)
    gates = net.gates(x, mask)
    assert [len(layer) for layer in gates] == [2, 2]
    torch.testing.assert_close(torch.cat([direction.hidden for direction in gates[-1]], 2), net(x, mask))
    for direction in gates[0]:
        assert all(part.shape == (3, 4, 3) and (part[~mask] == 0).all() for part in direction)
    left, right = gates[0]
    start = torch.zeros(3, dtype=torch.float64)
    for cells, order in ((left, (0, 1)), (right, (1, 0))):  # of the row with two tokens, as each direction reads it
        assert_cells(cells, order, start)
    with pytest.raises(AssertionError):
        assert_cells(right, (0, 1), start)


def assert_cells(gates: Gates, order: tuple[int, ...], cell: Tensor) -> None:
    """The cells of the second row come of each other in this order."""
    for place in order:
        cell = gates.forget[1, place] * cell + gates.input[1, place] * gates.candidate[1, place]
        torch.testing.assert_close(gates.cell[1, place], cell)


def test_what_it_refuses() -> None:
    with pytest.raises(ValueError, match="width 5 is odd"):
        Recurrent("lstm", 5, 1, 0.0)
    with pytest.raises(ValueError, match="a plain RNN has no gates"):
        Recurrent("rnn", 4, 1, 0.0).gates(torch.ones(1, 2, 4), mask_of(2))


def test_dropout_is_between_layers() -> None:
    x, mask = torch.ones(2, 3, 4), mask_of(3, 2)
    for layers, same in ((1, True), (2, False)):
        net = Recurrent("lstm", 4, layers, dropout=0.5)
        assert torch.equal(net(x, mask), net(x, mask)) == same
