"""The contract that all encoders keep."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engine.nets import TOKENS, Kind, sequences
from nn.parity import mask_of
from vec2seq.engine.eager import Eager
from vec2seq.engine.runtime import Onnx, check_agrees
from vec2seq.nn.encoders import ENCODERS

LENGTHS = (7, 3, 1, 5)
WIDTH = 12


def made(name: str, dropout: float = 0.0) -> nn.Module:
    """Of two layers."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return ENCODERS[name](WIDTH, 2, 3, 3, dropout)


def vectors(seed: int = 0) -> Tensor:
    """[4,7,12]"""
    return torch.randn(len(LENGTHS), max(LENGTHS), WIDTH, generator=torch.Generator().manual_seed(seed))


class Net(nn.Module):
    """An encoder behind an embedding."""

    def __init__(self, name: str):
        super().__init__()
        self.embed, self.encoder = nn.Embedding(20, WIDTH), ENCODERS[name](WIDTH, 2, 3, 3, 0.5)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids, mask [B,T] -> [B,T,12]."""
        found: Tensor = self.encoder(self.embed(ids), mask)
        return found


every_encoder = pytest.mark.parametrize("name", ENCODERS)


def test_the_names() -> None:
    assert list(ENCODERS) == ["mean", "cnn", "rnn", "lstm", "attention"]


@every_encoder
def test_what_is_in_the_padding_changes_nothing(name: str) -> None:
    encoder, x, mask = made(name), vectors(), mask_of(*LENGTHS)
    found = encoder(x, mask)
    assert found.shape == x.shape
    assert (found[~mask] == 0).all()
    assert found[mask].any(-1).all()
    for put in (torch.nan, torch.inf, 0.0, 1e30):
        assert torch.equal(encoder(x.masked_fill(~mask[:, :, None], put), mask), found)
    other = x.clone()
    other[0, 3] += 1
    assert not torch.equal(encoder(other, mask), found)


@every_encoder
def test_a_row_is_the_same_alone_and_with_more_padding(name: str) -> None:
    encoder, x, mask = made(name), vectors(), mask_of(*LENGTHS)
    found = encoder(x, mask)
    for row, length in enumerate(LENGTHS):
        alone = encoder(x[row : row + 1, :length], mask[row : row + 1, :length])
        torch.testing.assert_close(alone[0], found[row, :length], rtol=0, atol=2e-6)
    more = encoder(torch.cat([x, vectors(1)], 1), torch.cat([mask, torch.zeros_like(mask)], 1))
    torch.testing.assert_close(more[:, :7], found, rtol=0, atol=2e-6)
    assert (more[:, 7:] == 0).all()


@every_encoder
def test_rows_may_come_in_any_order(name: str) -> None:
    encoder, x, mask, order = made(name), vectors(), mask_of(*LENGTHS), [2, 0, 3, 1]
    torch.testing.assert_close(encoder(x[order], mask[order]), encoder(x, mask)[order], rtol=0, atol=2e-6)


@every_encoder
def test_rows_know_nothing_of_each_other(name: str) -> None:
    encoder, x, mask = made(name), vectors().requires_grad_(), mask_of(*LENGTHS)
    [gradient] = torch.autograd.grad(encoder(x, mask)[3].square().sum(), x)
    assert (gradient[:3] == 0).all()
    assert gradient[3, :5].any(-1).all()


@every_encoder
def test_padding_has_no_gradient(name: str) -> None:
    encoder, mask = made(name), mask_of(*LENGTHS)
    x = vectors().masked_fill(~mask[:, :, None], torch.nan).requires_grad_()
    weights = list(encoder.parameters())
    gradient, *of_weights = torch.autograd.grad(encoder(x, mask).square().sum(), [x, *weights])
    assert (gradient[~mask] == 0).all()
    assert gradient[mask].isfinite().all()
    assert gradient[mask].any(-1).all()
    assert all(found.isfinite().all() for found in of_weights)


@every_encoder
def test_rows_without_tokens_are_finite(name: str) -> None:
    encoder, x = made(name), vectors()
    for lengths in ((7, 0, 3, 0), (0, 0, 0, 0)):
        mask = torch.arange(7) < torch.tensor(lengths)[:, None]
        here = x.clone().requires_grad_()
        found = encoder(here, mask)
        assert (found[~mask] == 0).all()
        assert found.isfinite().all()
        for gradient in torch.autograd.grad(found.sum(), [here, *encoder.parameters()]):
            assert gradient.isfinite().all()


@every_encoder
def test_dropout_is_in_training_only(name: str) -> None:
    encoder, x, mask = made(name, dropout=0.5), vectors(), mask_of(*LENGTHS)
    assert torch.equal(encoder(x, mask), encoder(x, mask)) == (name == "mean")
    encoder.train(False)
    assert torch.equal(encoder(x, mask), encoder(x, mask))
    torch.testing.assert_close(encoder(x, mask), made(name)(x, mask))


@every_encoder
def test_bfloat16_runs_and_stays_near(name: str) -> None:
    encoder, mask = made(name), mask_of(*LENGTHS)
    weights = list(encoder.parameters())
    found = []
    for bf16 in (False, True):
        x = vectors().masked_fill(~mask[:, :, None], torch.nan).requires_grad_()
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            out = encoder(x, mask).float()
        found.append([out, *torch.autograd.grad(out.square().mean(), [x, *weights])])
    for exact, rough in zip(*found, strict=True):
        assert rough.isfinite().all()
        assert (exact - rough).norm() <= 0.05 * exact.norm()
    assert torch.equal(found[0][0], found[1][0]) == (name == "mean")


@every_encoder
def test_it_gives_the_same_by_onnx(tmp_path: Path, name: str) -> None:
    kind = Kind(lambda: Net(name), sequences, TOKENS)
    net = kind.made()
    kind.export(tmp_path / "net.onnx", net)
    onnx, eager = Onnx(tmp_path / "net.onnx", threads=1), Eager(net, kind.outputs)
    for size in ((4, 11), (1, 30), (6, 2)):
        inputs = kind.inputs(*size)
        check_agrees(eager(inputs), onnx(inputs), "")
    empty = {"ids": np.ones((2, 5), np.int64), "mask": np.zeros((2, 5), bool)}
    assert (onnx(empty)["out"] == 0).all()
