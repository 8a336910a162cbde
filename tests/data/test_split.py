"""Rows are dealt out so that every class is learnt."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vec2seq import TableMLP, load
from vec2seq.cli import main
from vec2seq.data.split import split_rows, with_every_label


@given(st.lists(st.integers(0, 8), min_size=1, max_size=60), st.floats(0, 0.9), st.integers(0, 99))
def test_every_row_is_on_one_side_and_every_group_is_learnt(groups: list[int], share: float, seed: int) -> None:
    numbers = np.array(groups, np.int64)
    kept, out = split_rows(len(groups), share, numbers, np.random.RandomState(seed))
    assert sorted([*kept, *out]) == list(range(len(groups)))
    assert set(numbers[kept]) == set(groups)
    assert len(out) <= share * len(groups) + 1


@given(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=30), st.floats(0, 0.9))
def test_of_several_labels_every_one_is_learnt(rows: list[list[bool]], share: float) -> None:
    labels = np.array(rows, np.uint8)
    before = split_rows(len(rows), share, None, np.random.RandomState(1))
    kept, out = with_every_label(*before, labels)
    assert sorted([*kept, *out]) == list(range(len(rows)))
    assert list(kept) == sorted(kept)
    assert (labels[kept].any(0) == labels.any(0)).all()
    assert set(before[0]) <= set(kept)
    assert len(kept) <= len(before[0]) + 4


@pytest.mark.filterwarnings("ignore:.*still getting better")
def test_classes_of_one_row(tmp_path: object) -> None:
    """Whichever rows are drawn, the model knows all classes, can be saved and asked."""
    random = np.random.default_rng(0)
    table = {
        "x": random.normal(size=120).tolist(),
        "y": [f"rare {row}" if row % 20 == 7 else "abc"[row % 3] for row in range(120)],
    }
    for seed in range(6):
        model = TableMLP(max_iter=5, n_iter_no_change=99, random_state=seed, kind="classification")
        model.set_params(hidden_layer_sizes=(4,)).fit(table)
        model.save(f"{tmp_path}/m{seed}")
        assert load(f"{tmp_path}/m{seed}").predict_proba(table).shape == (120, 9)


@pytest.mark.filterwarnings("ignore:.*still getting better")
def test_settings_and_names_that_once_broke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    table = {"x": [float(row % 7) for row in range(80)], "y": [row % 7 * 2.5 + 0.5 for row in range(80)]}
    lines = ["x,y", *(f"{x},{y}" for x, y in zip(table["x"], table["y"], strict=True))]
    Path("t.csv").write_text("\n".join(lines))
    odd = {"solver": "sgd", "learning_rate": "invscaling", "power_t": 1e308, "max_iter": 3}
    TableMLP(**odd).fit(table).save("m")  # type: ignore[arg-type]
    assert main(["plan", "mlp", "t.csv", "--max-iter", str(10**12)]) == 0
    assert main(["explain", "m", "1"]) == 2
    assert "1: no such file" in capsys.readouterr().err
