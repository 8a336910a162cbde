"""Attention: the papers' form, what may be seen, and the fused path, which is the same and has no weights in memory."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from nn.parity import check_parity, double, leaf, mask_of
from vec2seq.nn.attention import (
    AdditiveScores,
    MultiHeadAttention,
    attend,
    causal_mask,
    dot_scores,
    local_attention,
    padding_mask,
    softmax,
    window_mask,
)
from vec2seq.nn.positions import Rotary

LENGTHS = (7, 3, 1, 5)
SOURCES = (2, 6, 4, 1)


def made(**settings: Any) -> MultiHeadAttention:
    """Four heads of width 2, in double precision."""
    attention = MultiHeadAttention(8, 4, **settings)
    double(attention)
    return attention


def by_weights(attention: MultiHeadAttention, x: Tensor, source: Tensor, weights: Tensor) -> Tensor:
    """What attention gives if these [B,H,T,S] are its weights."""
    values = attention.value(source).unflatten(2, (attention.heads, -1)).transpose(1, 2)
    return torch.as_tensor(attention.out((weights @ values).transpose(1, 2).flatten(2)))


# as the papers have it


def test_one_query_by_hand() -> None:
    query, value = torch.tensor([[2.0, 0.0]]), torch.tensor([[10.0], [20.0], [30.0]])
    key = torch.tensor([[math.sqrt(2) / 2 * math.log(2), 5.0], [0.0, -1.0], [0.0, 0.0]])
    found, weights = attend(query, key, value)
    assert weights.tolist() == [pytest.approx([0.5, 0.25, 0.25])]  # e^(ln 2) = 2, 1, 1
    assert found.tolist() == [pytest.approx([17.5])]
    found, weights = attend(query, key, value, torch.tensor([True, False, True]))
    assert weights.tolist() == [pytest.approx([2 / 3, 0, 1 / 3])]
    assert found.tolist() == [pytest.approx([50 / 3])]


def test_the_matrix_form_is_that_of_pytorch() -> None:
    query, key, value = leaf(2, 3, 5, 4), leaf(2, 3, 6, 4, seed=1), leaf(2, 3, 6, 7, seed=2)
    allowed = padding_mask(mask_of(6, 2))
    theirs = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=allowed)
    leaves = [(x, x) for x in (query, key, value)]
    check_parity(attend(query, key, value, allowed)[0], theirs, leaves)
    with pytest.raises(AssertionError, match="not close"):
        check_parity(attend(query, key, value)[0], theirs, leaves)
    with pytest.raises(AssertionError, match="not close"):
        check_parity(softmax(2 * dot_scores(query, key), allowed) @ value, theirs, leaves)


def test_a_query_that_sees_nothing_has_no_weights() -> None:
    scores = leaf(3, 4)
    allowed = torch.tensor([[True] * 4, [False] * 4, [False, True, False, False]])
    weights = softmax(scores, allowed)
    assert weights.sum(1).tolist() == pytest.approx([1, 0, 1])
    assert weights[2].tolist() == [0, 1, 0, 0]
    [gradient] = torch.autograd.grad(weights.square().sum(), scores)
    assert gradient.isfinite().all()
    assert (gradient[1] == 0).all()


def test_values_are_as_many_as_keys_of_any_width() -> None:
    query, key = torch.ones(2, 4), torch.ones(5, 4)
    assert attend(query, key, torch.ones(5, 9))[0].shape == (2, 9)
    with pytest.raises(ValueError, match="5 keys but 7 values: each value is weighed by the score of its own key"):
        attend(query, key, torch.ones(7, 4))


def test_additive_scores_are_those_of_the_formula() -> None:
    scores, query, key = AdditiveScores(3, 5, 4), leaf(2, 3, 3), leaf(2, 6, 5, seed=1)
    double(scores)
    found = scores(query, key)
    assert found.shape == (2, 3, 6)
    v, W, U = scores.score.weight[0], scores.query.weight, scores.key.weight
    rows = [
        [v @ torch.tanh(W @ query[b, t] + scores.query.bias + U @ key[b, s]) for t in range(3) for s in range(6)]
        for b in range(2)
    ]
    want = torch.stack([torch.stack(row).reshape(3, 6) for row in rows])
    check_parity(found, want, [(x, x) for x in (query, key, *scores.parameters())])


# what may be seen


@given(length=st.integers(1, 9), window=st.integers(1, 10))
def test_masks_say_who_is_seen(length: int, window: int) -> None:
    places = range(length)
    assert causal_mask(length).tolist() == [[s <= t for s in places] for t in places]
    assert window_mask(length, window).tolist() == [[abs(s - t) <= window for s in places] for t in places]
    assert padding_mask(mask_of(length, 1)).shape == (2, 1, 1, length)


# many heads


@pytest.mark.parametrize("lengths", [LENGTHS, (7, 7, 7, 7)], ids=["padded", "nothing padded"])
def test_it_is_pytorchs_attention_with_many_heads(lengths: tuple[int, ...]) -> None:
    ours, theirs = made(), nn.MultiheadAttention(8, 4, batch_first=True).double()
    x, mask = leaf(4, 7, 8), mask_of(*lengths)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([part.weight for part in (ours.query, ours.key, ours.value)]))
        theirs.in_proj_bias.copy_(torch.cat([part.bias for part in (ours.query, ours.key, ours.value)]))
        theirs.out_proj.load_state_dict(ours.out.state_dict())
    want, weights = theirs(x, x, x, key_padding_mask=~mask, average_attn_weights=False)
    leaves = [(x, x), (ours.out.weight, theirs.out_proj.weight), (ours.out.bias, theirs.out_proj.bias)]
    check_parity(ours(x, mask), want.masked_fill(~mask[:, :, None], 0), leaves)
    torch.testing.assert_close(ours.weights(x, mask), weights * mask[:, None, :, None])


SELF: dict[str, tuple[dict[str, Any], bool]] = {
    "plain": ({}, False),
    "rotary": ({"turn": Rotary(8, 4).turn}, False),
    "causal": ({}, True),
    "causal rotary": ({"turn": Rotary(8, 4).turn}, True),
    "window": ({"window": 2}, False),
    "window of one": ({"window": 1, "turn": Rotary(8, 4).turn}, False),
    "wide window": ({"window": 9}, False),
    "causal window": ({"window": 3}, True),
}


@pytest.mark.parametrize("name", SELF)
def test_the_weights_are_those_of_the_fused_path(name: str) -> None:
    settings, causal = SELF[name]
    attention, x, mask = made(**settings), leaf(4, 7, 8), mask_of(*LENGTHS)
    weights = attention.weights(x, mask, causal=causal)
    assert weights.shape == (4, 4, 7, 7)
    torch.testing.assert_close(weights.sum(3), mask[:, None].expand(4, 4, 7).double())
    assert not weights.masked_select(~mask[:, None, None]).any()
    found, want = attention(x, mask, causal=causal)[mask], by_weights(attention, x, x, weights)[mask]
    check_parity(found, want, [(leaf, leaf) for leaf in (x, *attention.parameters())], tolerance=1e-7)
    others = attention.weights(x, mask, causal=not causal)
    with pytest.raises(AssertionError, match="not close"):
        check_parity(found, by_weights(attention, x, x, others)[mask], [(x, x)])


def test_a_source_of_another_width_and_length() -> None:
    attention = made(source_width=5, turn=Rotary(8, 4).turn)
    x, source, mask, source_mask = leaf(4, 7, 8), leaf(4, 6, 5, seed=1), mask_of(*LENGTHS), mask_of(*SOURCES)
    weights = attention.weights(x, mask, source, source_mask)
    assert weights.shape == (4, 4, 7, 6)
    want = by_weights(attention, x, source, weights).masked_fill(~mask[:, :, None], 0)
    found = attention(x, mask, source, source_mask)
    check_parity(found, want, [(leaf, leaf) for leaf in (x, source, *attention.parameters())])
    torch.testing.assert_close(
        found[:, 2:5], attention(x[:, 2:5], mask[:, 2:5], source, source_mask)
    )  # places say nothing
    padded = source.masked_fill(~source_mask[:, :, None], 1e9)
    torch.testing.assert_close(attention(x, mask, padded, source_mask), found)


def test_an_empty_source_gives_what_does_not_depend_on_it() -> None:
    attention, x, mask = made(), leaf(2, 3, 8), mask_of(3, 2)
    source, nothing = leaf(2, 4, 8, seed=1), torch.arange(4) < torch.tensor([[0], [3]])
    found = attention(x, mask, source, nothing)
    torch.testing.assert_close(found[0], attention.out.bias.expand(3, 8))
    assert (attention.weights(x, mask, source, nothing)[0] == 0).all()
    for gradient in torch.autograd.grad(found.sum(), [x, source, *attention.parameters()]):
        assert gradient.isfinite().all()


@pytest.mark.parametrize("name", SELF)
def test_a_row_without_tokens_is_zeros(name: str) -> None:
    settings, causal = SELF[name]
    attention, x, mask = made(**settings), leaf(2, 5, 8), torch.arange(5) < torch.tensor([[0], [5]])
    found = attention(x, mask, causal=causal)
    assert (found[0] == 0).all()
    assert (attention.weights(x, mask, causal=causal)[0] == 0).all()
    for gradient in torch.autograd.grad(found.sum(), [x, *attention.parameters()]):
        assert gradient.isfinite().all()


@given(lengths=st.lists(st.integers(1, 11), min_size=1, max_size=3), window=st.integers(1, 12), causal=st.booleans())
def test_blocks_are_the_window(lengths: list[int], window: int, causal: bool) -> None:
    mask = mask_of(*lengths)
    batch, length = mask.shape
    parts = [leaf(batch, 2, length, 4, seed=seed) for seed in range(3)]
    allowed = padding_mask(mask) & window_mask(length, window)
    allowed = allowed & causal_mask(length) if causal else allowed
    real = mask[:, None, :, None]
    found = local_attention(*parts, mask, window, causal).masked_fill(~real, 0)
    want = attend(*parts, allowed)[0].masked_fill(~real, 0)
    torch.testing.assert_close(found, want)
    if length > 1:
        check_parity(found, want, [(part, part) for part in parts])


def test_a_wrong_window_is_seen() -> None:
    parts, mask = [leaf(1, 2, 9, 4, seed=seed) for seed in range(3)], mask_of(9)
    for wrong in (window_mask(9, 2), window_mask(9, 4), window_mask(9, 3) & causal_mask(9)):
        with pytest.raises(AssertionError, match="not close"):
            check_parity(
                local_attention(*parts, mask, 3, False), attend(*parts, wrong)[0], [(part, part) for part in parts]
            )


class Largest(TorchDispatchMode):
    """How many numbers the largest tensor has that any operator gives."""

    def __init__(self) -> None:
        super().__init__()
        self.size = 0

    def __torch_dispatch__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        found = function(*args, **(kwargs or {}))
        parts = found if isinstance(found, tuple | list) else (found,)
        self.size = max(
            self.size, *(part.untyped_storage().nbytes() // 4 for part in parts if isinstance(part, Tensor)), 0
        )
        return found


def largest(compute: Callable[[], Tensor]) -> int:
    """In computing and in going back, in units of a float."""
    with Largest() as seen:
        compute().sum().backward()
    return seen.size


@pytest.mark.parametrize("heads", [1, 2, 4])
@pytest.mark.parametrize("name", ["plain", "rotary", "causal", "causal rotary", "window", "causal window", "source"])
def test_no_weights_are_in_memory(name: str, heads: int) -> None:
    settings, causal = SELF.get(name, ({}, False))
    settings = {**settings, "turn": Rotary(8, heads).turn} if "turn" in settings else settings
    attention, mask, length = MultiHeadAttention(8, heads, dropout=0.1, **settings), mask_of(256, 100), 256
    x = torch.randn(2, length, 8, requires_grad=True)
    source = (x.detach(), mask) if name == "source" else ()
    assert largest(lambda: attention(x, mask, *source, causal=causal)) < length * length
    assert largest(lambda: attention.weights(x, mask, *source, causal=causal)) >= 2 * heads * length * length


@pytest.mark.parametrize("name", ["plain", "causal", "source"])
def test_products_in_bfloat16_give_about_the_same(name: str) -> None:
    attention = MultiHeadAttention(16, 2)
    x, mask = torch.randn(3, 7, 16, generator=torch.Generator().manual_seed(1)), mask_of(7, 3, 5)
    more: dict[str, Any] = {"causal": {"causal": True}, "source": {"source": x[:, :4], "source_mask": mask_of(4, 1, 3)}}
    found = []
    for low in (False, True):
        attention.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=low):
            out = attention(x, mask, **more.get(name, {}))
        out.float().pow(2).sum().backward()
        found.append(torch.cat([out.detach().flatten().float(), *(w.grad.flatten() for w in attention.parameters())]))
    exact, about = found
    torch.testing.assert_close(about, exact, atol=0.03 * float(exact.abs().max()), rtol=0)


def test_a_module_in_bfloat16_stays_in_it() -> None:
    attention = MultiHeadAttention(16, 2, turn=Rotary(16, 2).turn).bfloat16()
    found = attention(torch.randn(2, 5, 16).bfloat16(), mask_of(5, 2))
    assert found.dtype == torch.bfloat16
    assert found.isfinite().all()


def test_dropout_is_in_training_only() -> None:
    attention, x, mask = MultiHeadAttention(8, 4, dropout=0.5), torch.ones(1, 3, 8), mask_of(3)
    assert (attention(x, mask) == 0).any()
    assert torch.equal(attention.train(False)(x, mask), attention(x, mask))
    assert (attention(x, mask) != 0).all()


def test_what_it_refuses() -> None:
    with pytest.raises(ValueError, match="width 30 is not a multiple of heads 4"):
        MultiHeadAttention(30, 4)
    with pytest.raises(ValueError, match="window 0 is less than 1"):
        MultiHeadAttention(8, 4, window=0)
    x, mask = torch.ones(1, 3, 8), mask_of(3)
    for call in (MultiHeadAttention(8, 4), MultiHeadAttention(8, 4).weights):
        with pytest.raises(ValueError, match="a source needs its source_mask"):
            call(x, mask, x)
        with pytest.raises(ValueError, match="about one row"):
            call(x, mask, x, mask, causal=True)
    with pytest.raises(ValueError, match="about one row"):
        MultiHeadAttention(8, 4, window=2)(x, mask, x, mask)
