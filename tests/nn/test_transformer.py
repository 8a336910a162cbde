"""The Transformer's encoder: it is what PyTorch's layers give, and its maps are what it looks at."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from engine.nets import TOKENS, Kind, sequences
from nn.parity import check_parity, double, leaf, mask_of
from vec2seq.nn.positions import POSITIONS
from vec2seq.nn.transformer import Block, Transformer, attention_maps

LENGTHS = (6, 2, 4)


def twin(block: Block) -> tuple[nn.TransformerEncoderLayer, list[tuple[Tensor, Tensor]]]:
    """PyTorch's layer of the same weights, and which are the same."""
    attention = block.attention
    theirs = nn.TransformerEncoderLayer(8, 2, 32, 0.0, "gelu", batch_first=True, norm_first=True).double()
    parts = (attention.query, attention.key, attention.value)
    pairs = [
        (mine, other)
        for ours, others in (
            (attention.out, theirs.self_attn.out_proj),
            (block.attention_norm, theirs.norm1),
            (block.feed_norm, theirs.norm2),
            (block.feed[0], theirs.linear1),
            (block.feed[3], theirs.linear2),
        )
        for mine, other in zip(ours.parameters(), others.parameters(), strict=True)
    ]
    with torch.no_grad():
        theirs.self_attn.in_proj_weight.copy_(torch.cat([part.weight for part in parts]))
        theirs.self_attn.in_proj_bias.copy_(torch.cat([part.bias for part in parts]))
        for mine, other in pairs:
            other.copy_(mine)
    return theirs, pairs


def test_a_block_is_that_of_pytorch() -> None:
    block, x, mask = Block(8, 2, 0.0), leaf(3, 6, 8), mask_of(*LENGTHS)
    double(block)
    theirs, pairs = twin(block)
    want = theirs(x, src_key_padding_mask=~mask)[mask]
    check_parity(block(x, mask)[mask], want, [(x, x), *pairs], tolerance=1e-7)
    with pytest.raises(AssertionError, match="not close"):
        check_parity(block(x, torch.ones_like(mask))[mask], want, [(x, x)])
    theirs.norm_first = False
    with pytest.raises(AssertionError, match="not close"):
        check_parity(block(x, mask)[mask], theirs(x, src_key_padding_mask=~mask)[mask], [(x, x)])


@pytest.mark.parametrize("positions", ["none", "sinusoidal", "learned"])
def test_blocks_follow_each_other_and_a_norm_ends(positions: str) -> None:
    net, x, mask = Transformer(8, 2, 2, 0.0, positions, longest=9), leaf(3, 6, 8), mask_of(*LENGTHS)
    double(net)
    want = net.positions.add(x)
    for block in net.blocks:
        assert isinstance(block, Block)
        want = twin(block)[0](want, src_key_padding_mask=~mask)
    check_parity(net(x, mask)[mask], net.norm(want)[mask], [(x, x)], tolerance=1e-7)


@pytest.mark.parametrize("window", [None, 2])
@pytest.mark.parametrize("positions", POSITIONS)
def test_maps_are_what_each_block_looks_at(positions: str, window: int | None) -> None:
    net, x, mask = Transformer(8, 2, 2, 0.0, positions, window=window), leaf(3, 6, 8), mask_of(*LENGTHS)
    double(net)
    maps = attention_maps(net, x.masked_fill(~mask[:, :, None], torch.nan), mask)
    assert maps.shape == (2, 3, 2, 6, 6)
    torch.testing.assert_close(maps.sum(4), mask[None, :, None].expand(2, 3, 2, 6).double())
    assert (maps.masked_select(~mask[None, :, None, None]) == 0).all()
    state = net.enter(x, mask)
    for block, weights in zip(net.blocks, maps, strict=True):
        assert isinstance(block, Block)
        attention, seen = block.attention, block.attention_norm(state)
        values = attention.value(seen).unflatten(2, (2, 4)).transpose(1, 2)
        state = state + attention.out((weights @ values).transpose(1, 2).flatten(2))
        state = state + block.feed(block.feed_norm(state))
    torch.testing.assert_close(net.norm(state)[mask], net(x, mask)[mask])


@pytest.mark.parametrize("positions", POSITIONS)
def test_the_order_of_tokens_matters_with_positions_only(positions: str) -> None:
    net, x, mask = Transformer(8, 2, 2, 0.0, positions), leaf(1, 6, 8), mask_of(6)
    double(net)
    assert torch.allclose(net(x.flip(1), mask).flip(1), net(x, mask)) == (positions == "none")


@pytest.mark.parametrize("window", [1, 2, 3])
def test_a_window_is_how_far_a_layer_sees(window: int) -> None:
    net, x = Transformer(8, 2, 2, 0.0, window=window), leaf(1, 21, 8)
    double(net)
    [gradient] = torch.autograd.grad(net(x, mask_of(21))[0, 10].square().sum(), x)
    assert gradient[0].any(1).nonzero()[:, 0].tolist() == [*range(10 - 2 * window, 11 + 2 * window)]


def test_learned_weights_are_there_once() -> None:
    net = Transformer(8, 2, 2, 0.0, "learned", longest=5)
    assert [name for name in net.state_dict() if "places" in name] == ["positions.places"]
    with pytest.raises(ValueError, match="6 tokens, but learned positions end at 5"):
        net(torch.ones(1, 6, 8), mask_of(6))


class Net(nn.Module):
    """A Transformer behind an embedding."""

    def __init__(self, positions: str, window: int | None):
        super().__init__()
        self.embed = nn.Embedding(20, 8)
        self.encoder = Transformer(8, 1, 2, 0.5, positions, window=window)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids, mask [B,T] -> [B,T,8]."""
        return torch.as_tensor(self.encoder(self.embed(ids), mask))


@pytest.mark.parametrize(
    ("positions", "window"), [("none", None), ("sinusoidal", None), ("learned", None), ("rotary", 3)]
)
def test_each_kind_can_be_exported(tmp_path: Path, positions: str, window: int | None) -> None:
    Kind(lambda: Net(positions, window), sequences, TOKENS).export(tmp_path / "net.onnx")  # which compares
    assert (tmp_path / "net.onnx").stat().st_size > 0
