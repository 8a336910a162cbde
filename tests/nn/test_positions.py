"""Where tokens stand: what is added, what is turned."""

import math

import pytest
import torch

from nn.parity import check_parity, leaf
from vec2seq.nn.positions import POSITIONS, Learned, Positions, Rotary, Sinusoidal


def test_the_names() -> None:
    kinds = {"none": Positions, "sinusoidal": Sinusoidal, "learned": Learned, "rotary": Rotary}
    assert {name: type(make(8, 2, 10)) for name, make in POSITIONS.items()} == kinds


@pytest.mark.parametrize("name", POSITIONS)
def test_each_does_one_thing(name: str) -> None:
    positions, x, query = POSITIONS[name](8, 2, 10), torch.ones(1, 5, 8), torch.ones(1, 2, 5, 4)
    added = not torch.equal(positions.add(x), x)
    turned = [not torch.equal(found, query) for found in positions.turn(query, query)]
    assert (added, *turned) == (name in ("sinusoidal", "learned"), *[name == "rotary"] * 2)


@pytest.mark.parametrize("name", POSITIONS)
def test_vectors_stay_in_bfloat16(name: str) -> None:
    positions, x = POSITIONS[name](8, 2, 400).bfloat16(), torch.ones(1, 400, 8, dtype=torch.bfloat16)
    exact = POSITIONS[name](8, 2, 400)
    exact.load_state_dict(positions.state_dict())
    assert positions.add(x).dtype == torch.bfloat16
    torch.testing.assert_close(positions.add(x).float(), exact.add(x.float()), rtol=0, atol=0.02)
    query = x.reshape(1, 1, 400, 8)
    for rough, fine in zip(positions.turn(query, query), exact.turn(query.float(), query.float()), strict=True):
        assert rough.dtype == torch.bfloat16
        torch.testing.assert_close(rough.float(), fine, rtol=0, atol=0.02)


@pytest.mark.parametrize("width", [6, 5])
def test_waves_are_those_of_the_formula(width: int) -> None:
    found = Sinusoidal().add(torch.zeros(2, 9, width))
    for t in range(9):
        for i in range(width):
            wave = math.cos if i % 2 else math.sin
            want = wave(t / 10000 ** (2 * (i // 2) / width))
            assert found[0, t, i].item() == pytest.approx(want, abs=1e-6)
    assert torch.equal(found[0], found[1])


def test_learned_places() -> None:
    positions, x = Learned(4, 6), torch.zeros(2, 6, 4)
    assert torch.equal(positions.add(x)[1], positions.places)
    assert torch.equal(positions.add(x[:, :2])[0], positions.places[:2])
    with pytest.raises(ValueError, match="7 tokens, but learned positions end at 6"):
        positions.add(torch.zeros(1, 7, 4))


def test_rotary_is_a_product_of_complex_numbers() -> None:
    query, key = leaf(2, 3, 5, 8), leaf(2, 3, 5, 8, seed=1)
    turns = torch.polar(
        torch.ones(5, 4, dtype=torch.float64),
        torch.arange(5.0, dtype=torch.float64)[:, None] / 10000 ** (torch.arange(4.0, dtype=torch.float64) / 4),
    )
    for x, found in zip((query, key), Rotary(24, 3).turn(query, key), strict=True):
        turned = torch.complex(x[..., :4], x[..., 4:]) * turns
        check_parity(found, torch.cat([turned.real, turned.imag], 3), [(x, x)], tolerance=1e-6)
        back = torch.complex(x[..., :4], x[..., 4:]) * turns.conj()
        with pytest.raises(AssertionError, match="not close"):
            check_parity(found, torch.cat([back.real, back.imag], 3), [(x, x)], tolerance=1e-6)


def test_a_rotary_score_knows_the_distance_only() -> None:
    query, key = torch.randn(2, 8).split(1)
    queries, keys = Rotary(8, 1).turn(query.expand(1, 1, 40, 8), key.expand(1, 1, 40, 8))
    scores = (queries @ keys.mT)[0, 0]
    for distance in (-3, 0, 5):
        same = scores.diagonal(distance)
        torch.testing.assert_close(same, same[:1].expand_as(same), rtol=0, atol=1e-4)
    assert (scores.diagonal(5)[0] - scores.diagonal(-3)[0]).abs() > 1e-3


def test_heads_that_cannot_be_turned() -> None:
    with pytest.raises(ValueError, match="heads of width 3 cannot be turned"):
        Rotary(12, 4)
