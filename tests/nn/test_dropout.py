"""Dropout of numbers and of rows: how much, the mean stays, nothing at prediction, the same gradient, by the seed."""

import pytest
import torch

from vec2seq.nn.dropout import Dropout, RowDropout

SHARES = (0.002, 0.1, 0.25, 0.5, 0.9, 0.95)


@pytest.mark.parametrize("share", SHARES)
def test_so_many_are_left_out_and_the_mean_stays(share: float) -> None:
    torch.manual_seed(0)
    dropped = Dropout(share)(torch.ones(1000, 401))
    exact = round(256 * share) / 256
    gone = (dropped == 0).double()
    assert abs(exact - share) <= 1 / 512
    assert abs(gone.mean().item() - exact) < 4 * (exact * (1 - exact) / gone.numel()) ** 0.5
    assert set(dropped.unique().tolist()) == {0.0, torch.tensor(1 / (1 - exact)).item()}
    for place in range(8):  # each byte of a random number
        assert abs(gone.flatten()[place::8].mean().item() - exact) < 0.01


def test_neighbours_are_left_out_independently() -> None:
    torch.manual_seed(0)
    gone = (Dropout(0.5)(torch.ones(80000)) == 0).double() - 0.5
    for far in (1, 2, 7, 8, 9, 64):
        assert abs((gone[far:] * gone[:-far]).mean().item()) < 0.25 * 5 / 80000**0.5


def test_what_is_left_out_has_no_gradient_and_the_seed_repeats() -> None:
    x = torch.rand(7, 3, 5).add(1).requires_grad_()
    torch.manual_seed(1)
    dropped = Dropout(0.5)(x)
    dropped.sum().backward()
    torch.manual_seed(1)
    assert torch.equal(Dropout(0.5)(x), dropped)
    assert not torch.equal(Dropout(0.5)(x), dropped)
    assert x.grad is not None
    torch.testing.assert_close(x.grad * x, dropped)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_the_type_stays(dtype: torch.dtype) -> None:
    assert Dropout(0.5)(torch.ones(0, 3, dtype=dtype)).dtype == dtype
    assert Dropout(0.5)(torch.ones(9, dtype=dtype)).dtype == dtype


def test_the_same_numbers_are_left_out_at_all_places_of_a_row() -> None:
    torch.manual_seed(0)
    x = torch.ones(50, 4, 60)
    dropped = RowDropout(0.4)(x)
    assert torch.equal(dropped, dropped[:, :1].expand_as(x))
    assert dropped[:, 0].unique().tolist() == [0, torch.tensor(1 / (1 - 102 / 256)).item()]
    assert not torch.equal(dropped[0], dropped[1])
    assert abs(dropped.mean().item() - 1) < 0.05


@pytest.mark.parametrize("kind", [Dropout, RowDropout])
def test_nothing_is_left_out_at_prediction_or_by_a_share_of_0(kind: type[Dropout]) -> None:
    x = torch.rand(3, 2, 5)
    assert kind(0.4).train(False)(x) is x
    assert kind(0.0)(x) is x


@pytest.mark.parametrize("share", [-0.1, 0.999, 1.0, float("nan")])
def test_something_must_be_left(share: float) -> None:
    with pytest.raises(ValueError, match="must be at least 0 and below"):
        Dropout(share)
