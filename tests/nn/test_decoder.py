"""Decoders: place after place they give what they give at once, and no place knows what is after it."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from nn.parity import check_parity, double, leaf, mask_of
from vec2seq.nn.decoder import DECODERS, RecurrentDecoder, TransformerDecoder
from vec2seq.nn.memory import Joined, Memory
from vec2seq.nn.positions import POSITIONS

LENGTHS, SOURCES = (7, 1, 4), (5, 2, 0)
EACH = pytest.mark.parametrize("name", DECODERS)
WITH = pytest.mark.parametrize("width", [None, 6], ids=["alone", "with a source"])


def made(name: str, source_width: int | None = None) -> Any:
    return double(DECODERS[name](8, 2, 2, 0.0, source_width)).train(False)


def source_of(width: int | None) -> tuple[Tensor, ...]:
    return () if width is None else (leaf(3, 5, width, seed=1), mask_of(*SOURCES))


@EACH
@WITH
@pytest.mark.parametrize("sizes", [[7], [1] * 7, [3, 1, 1, 2], [1, 6]], ids=str)
def test_place_after_place_as_at_once(name: str, width: int | None, sizes: list[int]) -> None:
    decoder, x, source = made(name, width), leaf(3, 7, 8), source_of(width)
    want = decoder(x, mask_of(7, 7, 7), *source)
    state = decoder.begin(3, 7, *source)
    found = [decoder.step(part, state) for part in x.split(sizes, 1)]
    torch.testing.assert_close(torch.cat(found, 1), want)
    state = decoder.begin(3, 8, *source)
    decoder.step(x[:, :1], state)
    with pytest.raises(AssertionError, match="not close"):
        torch.testing.assert_close(decoder.step(x, state), want)


@EACH
@WITH
def test_rows_are_taken_in_any_order(name: str, width: int | None) -> None:
    decoder, x, source = made(name, width), leaf(3, 7, 8), source_of(width)
    want = decoder(x, mask_of(7, 7, 7), *source)
    state, rows = decoder.begin(3, 7, *source), torch.tensor([2, 0, 0, 1])
    decoder.step(x[:, :4], state)
    state.take(rows)
    torch.testing.assert_close(decoder.step(x[rows, 4:5], state), want[rows, 4:5])
    state.take(torch.tensor([1, 3]))
    torch.testing.assert_close(decoder.step(x[:2, 5:], state), want[:2, 5:])


@EACH
def test_a_state_as_two_tensors(name: str) -> None:
    decoder, x = made(name), leaf(3, 7, 8)
    want, packed = decoder(x, mask_of(7, 7, 7)), [torch.zeros(decoder.packed_shape(3), dtype=torch.float64)] * 2
    found = []
    for part in x.split([3, 1, 2, 1], 1):
        state = decoder.unpacked(*packed)
        found.append(decoder.step(part, state))
        packed = decoder.packed(state)
    torch.testing.assert_close(torch.cat(found, 1), want)


@EACH
def test_a_source_that_is_remembered_as_one_that_begins(name: str) -> None:
    decoder, x, (source, source_mask) = made(name, 6), leaf(3, 7, 8), source_of(6)
    want = decoder(x, mask_of(7, 7, 7), source, source_mask)
    packed = [torch.zeros(decoder.packed_shape(3), dtype=torch.float64)] * 2
    found = []
    for part in x.split([3, 4], 1):
        state = decoder.unpacked(*packed)
        state.source = decoder.remembered(source, source_mask)
        found.append(decoder.step(part, state))
        packed = decoder.packed(state)
    torch.testing.assert_close(torch.cat(found, 1), want)
    state.source = decoder.remembered(source.flip(1), source_mask)
    with pytest.raises(AssertionError, match="not close"):
        torch.testing.assert_close(decoder.step(x[:, :1], state), want[:, :1])


@EACH
@WITH
def test_a_place_knows_nothing_of_what_is_after_it(name: str, width: int | None) -> None:
    decoder, x, source = made(name, width), leaf(3, 7, 8), source_of(width)
    out = decoder(x, mask_of(7, 7, 7), *source)
    for place in range(7):
        (gradient,) = torch.autograd.grad(out[:, place].sum(), x, retain_graph=True)
        assert (gradient[:, place + 1 :] == 0).all()
        assert (gradient[:, : place + 1].abs().amax(2) > 0).all()


@EACH
@WITH
@given(junk=st.sampled_from([0.0, 1e9, float("nan")]))
def test_a_row_depends_on_no_padding(name: str, width: int | None, junk: float) -> None:
    decoder, x, mask, source = made(name, width), leaf(3, 7, 8), mask_of(*LENGTHS), source_of(width)
    found = decoder(x.masked_fill(~mask[:, :, None], junk), mask, *source)
    assert (found[~mask] == 0).all()
    for row, length in enumerate(LENGTHS):
        alone = [part[row : row + 1] for part in source]
        torch.testing.assert_close(
            found[row : row + 1, :length], decoder(x[row : row + 1, :length], mask_of(length), *alone)
        )
    if width is not None:
        other = source[0].masked_fill(~source[1][:, :, None], 3e3)
        torch.testing.assert_close(decoder(x, mask, other, source[1]), decoder(x, mask, *source))


def test_a_block_is_pytorchs() -> None:
    ours = double(TransformerDecoder(8, 1, 2, 0.0, 8, positions="none")).train(False)
    theirs = nn.TransformerDecoderLayer(8, 2, 32, 0.0, "gelu", batch_first=True, norm_first=True).double()
    block: Any = ours.blocks[0]
    pairs = [
        *((block.attention_norm, theirs.norm1), (block.source_norm, theirs.norm2), (block.feed_norm, theirs.norm3)),
        *((block.feed[0], theirs.linear1), (block.feed[3], theirs.linear2)),
        *(
            (block.attention.out, theirs.self_attn.out_proj),
            (block.source_attention.out, theirs.multihead_attn.out_proj),
        ),
    ]
    with torch.no_grad():
        for mine, other in pairs:
            other.load_state_dict(mine.state_dict())
        for mine, other in ((block.attention, theirs.self_attn), (block.source_attention, theirs.multihead_attn)):
            other.in_proj_weight.copy_(torch.cat([mine.query.weight, mine.key.weight, mine.value.weight]))
            other.in_proj_bias.copy_(torch.cat([mine.query.bias, mine.key.bias, mine.value.bias]))
    x, source, source_mask = leaf(3, 7, 8), leaf(3, 5, 8, seed=1), mask_of(5, 2, 3)
    hidden = nn.Transformer.generate_square_subsequent_mask(7, dtype=torch.float64)
    want = ours.norm(theirs(x, source, tgt_mask=hidden, tgt_is_causal=True, memory_key_padding_mask=~source_mask))
    leaves = [(x, x), (source, source), *((mine.weight, other.weight) for mine, other in pairs)]
    check_parity(ours(x, mask_of(7, 7, 7), source, source_mask), want, leaves)
    with pytest.raises(AssertionError, match="not close"):
        check_parity(ours(x, mask_of(7, 7, 7), source, mask_of(5, 5, 5)), want, leaves)


def test_an_lstm_is_pytorchs() -> None:
    decoder, x = made("lstm"), leaf(3, 7, 8)
    first, second = decoder.layers
    check_parity(
        decoder(x, mask_of(7, 7, 7)),
        second(first(x)[0])[0],
        [(leaf, leaf) for leaf in (x, *first.parameters(), *second.parameters())],
    )


@EACH
def test_the_alignment_says_how_the_source_is_weighed(name: str) -> None:
    decoder, x, mask, (source, source_mask) = made(name, 6), leaf(3, 7, 8), mask_of(*LENGTHS), source_of(6)
    found = decoder.alignment(x, mask, source, source_mask)
    assert found.shape == (1 if name == "lstm" else 2, 3, 2, 7, 5)
    real = mask[:, :, None] & source_mask[:, None]
    assert (found.permute(1, 3, 4, 0, 2)[~real] == 0).all()
    sums = found.sum(4).permute(1, 3, 0, 2)[mask & source_mask.any(1)[:, None]]
    torch.testing.assert_close(sums, torch.ones_like(sums))
    if isinstance(decoder, RecurrentDecoder):
        values = decoder.attention.value(source).reshape(3, 5, 2, 4).transpose(1, 2)
        context = decoder.attention.out((found[0] @ values).transpose(1, 2).flatten(2))
        want = decoder.norm(decoder._read(x, mask) + context)
        torch.testing.assert_close(decoder(x, mask, source, source_mask)[mask], want[mask])


@pytest.mark.parametrize("positions", POSITIONS)
def test_places_go_on_where_they_were(positions: str) -> None:
    decoder, x = double(TransformerDecoder(8, 1, 2, 0.0, positions=positions, longest=7)), leaf(2, 7, 8)
    state = decoder.begin(2, 7)
    found = torch.cat([decoder.step(x[:, :3], state), decoder.step(x[:, 3:], state)], 1)
    torch.testing.assert_close(found, decoder(x, mask_of(7, 7)))


def test_memory_ends_where_it_was_said_to() -> None:
    memory = Memory(2, 1, 3, 4, torch.zeros(1))
    memory.add(torch.ones(2, 1, 2, 4), torch.ones(2, 1, 2, 4))
    with pytest.raises(ValueError, match="4 places, but there is memory for 3"):
        memory.add(torch.ones(2, 1, 2, 4), torch.ones(2, 1, 2, 4))


@given(sizes=st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_what_is_joined_is_what_is_written(sizes: list[int]) -> None:
    parts = [torch.randn(2, 2, 1, size, 3).unbind() for size in sizes]
    written, joined = Memory(2, 1, 12, 3, torch.zeros(1)), Joined(torch.zeros(2, 1, 0, 3), torch.zeros(2, 1, 0, 3))
    for part in parts:
        for mine, other in zip(written.add(*part), joined.add(*part), strict=True):
            assert torch.equal(mine, other)
    assert written.length == joined.length == sum(sizes)
