"""Dropout of whole rows: the same numbers at all places, nothing at prediction, the mean stays."""

import torch

from vec2seq.nn.dropout import RowDropout


def test_the_same_numbers_are_left_out_at_all_places_of_a_row() -> None:
    torch.manual_seed(0)
    x = torch.ones(50, 4, 60)
    dropped = RowDropout(0.4)(x)
    assert torch.equal(dropped, dropped[:, :1].expand_as(x))
    assert dropped[:, 0].unique().tolist() == [0, torch.tensor(1 / 0.6).item()]
    assert not torch.equal(dropped[0], dropped[1])
    assert abs(dropped.mean().item() - 1) < 0.05


def test_nothing_is_left_out_at_prediction_or_by_a_share_of_0() -> None:
    x = torch.rand(3, 2, 5)
    assert RowDropout(0.4).train(False)(x) is x
    assert RowDropout(0.0)(x) is x
