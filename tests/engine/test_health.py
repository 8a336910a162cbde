"""Faults are planted, and named; trainings that are well hear nothing. The suite itself is in faults.py."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from engine import faults
from engine.small import Net, collate, examples, loss, trained
from vec2seq.engine.health import IN_A_ROW, Finding, Health, dead, exploding, frozen, saturated, stuck, vanishing
from vec2seq.engine.loop import train
from vec2seq.engine.rows import Rows
from vec2seq.engine.settings import TrainSettings
from vec2seq.engine.watch import Choice, Reading, Weight
from vec2seq.errors import UserError
from vec2seq.measure import wilson
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.context import Run
from vec2seq.run.progress import Silent
from vec2seq.run.signals import Interrupted

EACH = 3
"""trainings with each fault; eight times as many without. The full counts are those of make stress."""


class Heard(Silent):
    """Keeps what is noted."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


class StopsWhenTold:
    """An event that is set once a fault was told."""

    def __init__(self, heard: Heard):
        self._heard = heard

    def is_set(self) -> bool:
        return any("saturated" in note for note in self._heard.notes)

    def set(self) -> None:
        """As an event has it."""


def test_planted_faults_are_named_and_the_healthy_hear_nothing() -> None:
    """On the part of data, nets and faults by which no threshold was chosen."""
    well = faults.measured("three", None, 8 * EACH)
    sick = {fault: faults.measured("three", fault, EACH) for fault in faults.FAULTS}
    named, all_well = faults.share_right(sick.values()), faults.share_right([well])
    assert wilson(named, len(sick) * EACH)[1] >= faults.NAMED, "so few trainings tell no more than this"
    assert wilson(all_well, 8 * EACH)[1] >= faults.WELL


def test_a_fault_is_told_once_in_plain_words() -> None:
    heard = Heard()
    torch.manual_seed(0)
    net = Net()
    with torch.no_grad():
        net.out.weight *= 300
    history = train(
        net, examples(300), [], collate, loss, TrainSettings(epochs=3, batch_tokens=300), Run(progress=heard)
    )
    (told,) = [note for note in heard.notes if "saturated" in note]
    assert told.startswith("warning: the outputs are saturated: sure to ")
    assert told.endswith("; use smaller weights in the last layer to begin with, or a lower lr")
    assert [finding.step for finding in history.findings if finding.fault == "saturated"] == [IN_A_ROW - 1]


def test_in_a_library_it_is_a_warning_where_train_was_called() -> None:
    net = Net()
    net.embed.weight.requires_grad_(False)
    with pytest.warns(
        UserWarning, match="the embedding embed is frozen, and holds random numbers; let it learn"
    ) as seen:
        train(net, examples(50), [], collate, loss, TrainSettings(epochs=1))
    assert seen[0].filename == __file__


def test_findings_and_readings_go_on_with_the_run(tmp_path: Any) -> None:
    """What was told before is not told again."""
    place = Checkpoint(tmp_path / "net.checkpoint")

    def begun(run: Run) -> Any:
        torch.manual_seed(0)
        net = Net()
        with torch.no_grad():
            net.out.weight *= 300
        return train(net, examples(300), [], collate, loss, TrainSettings(epochs=3, batch_tokens=300, threads=1), run)

    whole, first, second = Heard(), Heard(), Heard()
    expected = begun(Run(progress=whole))
    run = Run(place, progress=first, checkpoint_seconds=1e-9)
    run.stop = StopsWhenTold(first)  # type: ignore[assignment]
    with pytest.raises(Interrupted):
        begun(run)
    assert begun(Run(place, resume=True, progress=second)) == expected
    told = [sum("saturated" in note for note in heard.notes) for heard in (whole, first, second)]
    assert told == [1, 1, 0]


@pytest.mark.parametrize("where", ["examples", "weight", "function", "gradient", "loss"])
def test_a_loss_that_is_no_number_ends_the_training_and_says_where_it_began(where: str) -> None:
    net, some = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1)), torch.randn(20, 3)
    if where == "examples":
        some[7, 1] = math.inf
    if where == "weight":
        with torch.no_grad():
            net[1].weight[0, 2] = math.nan

    def of(net: nn.Module, batch: torch.Tensor) -> tuple[torch.Tensor, int]:
        made = net(batch)
        if where == "function":
            made = made.exp() - (made * 1e9).exp()
        if where == "gradient":
            made = (made.square() * 0).sqrt()
        if where == "loss":
            return torch.from_numpy(np.array(math.nan)).requires_grad_(), len(batch)
        return made.square().sum(), len(batch)

    rows = [((0,), row) for row in range(20)]
    said = {
        "examples": r"step 1 is .*: the examples themselves hold a number that is not finite",
        "weight": r"step 1 is .*: the weight 1.weight is not finite",
        "function": r"step 1 is .*: the function exp at layer 1 made it",
        "gradient": r"step 2 is .*: the weight 0.weight is not finite any more: its gradient was not, or",
        "loss": r"step 1 is .*: the loss itself is not finite",
    }
    with pytest.raises(UserError, match=said[where]):
        train(net, rows, [], lambda rows: some[[row for _, row in rows]], of, TrainSettings(epochs=2, clip=0.0))


def test_a_mask_is_no_fault() -> None:
    """Minus infinity in the scores is what a mask is made of."""
    net, some = nn.Linear(4, 4), torch.randn(20, 6, 4)
    allowed = torch.ones(6, 6, dtype=torch.bool).tril()

    def of(net: nn.Module, batch: torch.Tensor) -> tuple[torch.Tensor, int]:
        scores = (net(batch) @ batch.mT).masked_fill(~allowed, -math.inf)
        made = (scores.softmax(-1) @ batch).square().sum()
        return made + (batch.sum() * 0 - 1).sqrt(), len(batch)

    rows = [((0,), row) for row in range(20)]
    with pytest.raises(UserError, match="the function sqrt at layer weight made it"):
        train(net, rows, [], lambda rows: some[[row for _, row in rows]], of, TrainSettings(epochs=1))


# the rules, at their edges


def reading(step: int = 9, **given: Any) -> Reading:
    same = {"naive": given.get("chance"), "given": given.get("loss", 0.0)}
    return Reading(step, **{**same, **given})


def weights(*gradients: float | None) -> list[Weight]:
    return [Weight(f"layer{place}.weight", 2, 1.0, gradient, moved=0.01) for place, gradient in enumerate(gradients)]


def outputs(largest: float, right: float, many: int = 20) -> list[Choice]:
    return [Choice("out", largest, right, many)]


COSTLY = {"loss": 2.6, "chance": 1.0}


@pytest.mark.parametrize(
    ("rule", "sick", "well"),
    [
        (exploding, {"loss": 3.1, "chance": 1.0}, {"loss": 2.9, "chance": 1.0}),
        (vanishing, {"weights": weights(9e-6, 1.0)}, {"weights": weights(2e-5, 1.0)}),
        (dead, {"dead": {"a": 0.1, "b": 0.81}}, {"dead": {"a": 0.1, "b": 0.79}}),
        (saturated, {"outputs": outputs(0.99, 0.6), **COSTLY}, {"outputs": outputs(0.99, 0.7), **COSTLY}),
        (saturated, {"outputs": outputs(0.99, 0.6), **COSTLY}, {"outputs": outputs(0.99, 0.6, many=5), **COSTLY}),
        (
            saturated,
            {"outputs": outputs(0.99, 0.6), **COSTLY},
            {"outputs": outputs(0.99, 0.6), "chance": 2.0, "loss": 4.0},
        ),
        (saturated, {"attention": [Choice("a", 0.99)]}, {"attention": [Choice("a", 0.97)]}),
        (
            saturated,
            {"attention": [Choice("a", 0.99)], "loss": 0.6, "chance": 1.0},
            {"attention": [Choice("a", 0.99)], "loss": 0.4, "chance": 1.0},
        ),
        (frozen, {"weights": weights(None, 1.0)}, {"weights": weights(1e-9, 1.0)}),
        (frozen, {"weights": weights(0.0, 1.0)}, {"weights": weights(0.0, 1.0), "dead": {"a": 1.0}}),
    ],
)
def test_rules_want_all_of_the_last_readings(rule: Any, sick: dict[str, Any], well: dict[str, Any]) -> None:
    assert rule([reading(**sick)] * IN_A_ROW) is not None
    assert rule([reading(**well)] * IN_A_ROW) is None
    if rule is not saturated:
        assert rule([reading(**sick), reading(**{**sick, **well}), reading(**sick)]) is None or "dead" in well


def test_a_spike_of_classes_is_an_explosion_and_one_of_numbers_is_not() -> None:
    calm, spike = {"loss": 1.0, "chance": 1.0}, {"loss": 9.0, "chance": 1.0}
    for given, found in ((outputs(0.5, 0.5), True), ([], False)):
        last = [reading(**calm, outputs=given), reading(**spike, outputs=given), reading(**calm, outputs=given)]
        assert (exploding(last) is not None) is found


def test_the_layer_that_is_named_is_the_last_at_which_it_has_vanished() -> None:
    found = vanishing([reading(weights=weights(1e-9, 1e-8, 1e-3, 1.0))] * 3)
    assert found is not None
    assert found.what == "the gradient vanishes at layer layer1: 1e-08 of the largest arrives"


def test_reasons_for_a_loss_that_does_not_fall() -> None:
    def told(losses: list[float], held_out: float, **given: Any) -> str:
        history = [{"loss": loss, "held_out_loss": held_out} for loss in losses]
        last = reading(100, chance=1.0, loss=1.0, **{"weights": weights(1.0), "spread": 0.5, **given})
        found = stuck(history, [last] * 4, held_out_chance=1.0)
        return "" if found is None else f"{found.what}; {found.mend}"

    assert told([1.0, 0.97], 0.9) == ""
    assert told([0.8, 0.8], 0.9) == ""
    assert told([0.96, 0.96], 0.9) != ""
    assert told([1.0, 0.99], 1.0).startswith(
        "the loss does not fall: 0.99, where an answer that is always the same has 1;"
    )
    assert "by heart" in told([1.0, 0.5], 1.01)
    assert "the weights hardly move; use a higher {lr}" in told(
        [1.0], 1.0, weights=[Weight("w", 1, 1.0, 1.0, moved=1e-6)]
    )
    assert "all examples get the same output" in told([1.0], 1.0, spread=0.0)
    assert stuck([{"loss": 5.0}], [reading()]) is None, "a loss that is not known"


@pytest.mark.parametrize("share", [0.05, 0.01])
def test_rare_labels_are_no_fault(share: float) -> None:
    """An untrained net is far worse than one that always says no; that is no explosion, and not saturated."""
    random = np.random.default_rng(0)
    X = torch.from_numpy(random.normal(size=(2000, 8)).astype(np.float32))
    y = (X[:, 0] + X[:, 1] > np.quantile((X[:, 0] + X[:, 1]).numpy(), 1 - share)).long()
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 2))
    settings = TrainSettings(epochs=8, batch_tokens=32 * 8, lr=0.005, threads=1)
    assert train(net, Rows(X, y), [], tuple, _classes, settings).findings == []


def test_numbers_far_from_zero_are_no_fault() -> None:
    """The loss of a net that says 0 is the square of their mean, whatever their variance is."""
    X = torch.randn(1000, 4)
    y = 100 + 10 * X[:, :1]
    net = nn.Linear(4, 1)

    def of(net: nn.Module, batch: Any) -> tuple[torch.Tensor, int]:
        return nn.functional.mse_loss(net(batch[0]), batch[1], reduction="sum"), len(batch[0])

    history = train(net, Rows(X, y), [], tuple, of, TrainSettings(epochs=20, batch_tokens=40, lr=0.2, threads=1))
    assert history.entries[-1]["loss"] < 10
    assert history.findings == []


def test_a_loss_in_other_units_than_torchs_is_compared_in_its_own() -> None:
    """Three labels an example, of which the mean is over the examples: that it is above ln 2 means nothing."""
    X = torch.randn(600, 6)
    y = (X[:, :3] > 0).float()
    torch.manual_seed(0)
    net = nn.Linear(6, 3)

    def of(net: nn.Module, batch: Any) -> tuple[torch.Tensor, int]:
        made = nn.functional.binary_cross_entropy_with_logits(net(batch[0]), batch[1], reduction="sum")
        return made, len(batch[0])

    history = train(net, Rows(X, y), [], tuple, of, TrainSettings(epochs=6, batch_tokens=120, lr=0.01, threads=1))
    assert 3 * math.log(2) > history.entries[-1]["loss"] > math.log(2)
    assert history.findings == []


def _classes(net: nn.Module, batch: Any) -> tuple[torch.Tensor, int]:
    return nn.functional.cross_entropy(net(batch[0]), batch[1], reduction="sum"), len(batch[0])


def test_frozen_vectors_that_were_trained_are_no_fault() -> None:
    torch.manual_seed(0)
    net = Net()
    net.embed.weight.requires_grad_(False)
    with torch.no_grad():
        net.embed.weight *= 0.5
    history = train(net, examples(300), [], collate, loss, TrainSettings(epochs=2, batch_tokens=300))
    assert history.findings == []


def test_a_loss_nobody_knows_is_watched_all_the_same() -> None:
    def of(net: nn.Module, batch: Any) -> tuple[torch.Tensor, int]:
        ids, lengths, labels = batch
        return (net(ids, lengths)[:, 0] - labels).abs().sum(), len(labels)

    history = train(Net(), examples(300), examples(50, 1), collate, of, TrainSettings(epochs=4, batch_tokens=100))
    assert history.findings == []
    assert all(one.chance is None and one.weights for one in history.readings)


def test_no_finding_without_enough_readings() -> None:
    health = Health(Net(), Run())
    health.end_epoch([{"loss": 9.0, "held_out_loss": 9.0}], epochs=1, steps=10)
    assert health.findings == []
    assert trained(TrainSettings(epochs=1, batch_tokens=3000))[1].findings == []


def test_findings_are_plain_numbers_and_words() -> None:
    assert Finding("stuck", 3, "a", "b") == Finding(**{"fault": "stuck", "step": 3, "what": "a", "mend": "b"})
    assert np.isfinite([one.loss for one in trained(TrainSettings(epochs=1, batch_tokens=300))[1].readings]).all()
