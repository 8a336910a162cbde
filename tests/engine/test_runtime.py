"""Back ends: nets of every kind give the same by PyTorch and by ONNX Runtime, and what does not is refused."""

import contextlib
import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from engine import nets
from engine.nets import KINDS, SIZES, Kind, sequences
from vec2seq.engine.eager import Eager
from vec2seq.engine.export import check, export
from vec2seq.engine.runtime import Onnx, check_agrees
from vec2seq.errors import UserError

LSTM, MLP = KINDS["lstm"], KINDS["mlp"]


@pytest.fixture(scope="module")
def lstm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of the net with LSTMs."""
    path = tmp_path_factory.mktemp("lstm") / "net.onnx"
    LSTM.export(path)
    return path


@pytest.fixture(scope="module")
def mlp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of the perceptron."""
    path = tmp_path_factory.mktemp("mlp") / "net.onnx"
    MLP.export(path)
    return path


# nets of every kind


@pytest.mark.parametrize("name", KINDS)
def test_a_net_gives_the_same_by_both(tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    kind = KINDS[name]
    net = kind.made()
    weights = copy.deepcopy(net.state_dict())
    kind.export(tmp_path / "net.onnx", net)
    assert capfd.readouterr() == ("", "")
    assert [path.name for path in tmp_path.iterdir()] == ["net.onnx"]
    assert all(module.training for module in net.modules())
    assert all(torch.equal(value, weights[key]) for key, value in net.state_dict().items())
    onnx, eager = Onnx(tmp_path / "net.onnx", threads=1), Eager(net, kind.outputs)
    assert onnx.outputs == list(kind.outputs)
    for size in ((4, 11), (1, 30), (32, 2)):
        assert size not in SIZES
        inputs = kind.inputs(*size)
        check_agrees(eager(inputs), onnx(inputs), "")
        other = Eager(kind.made(seed=1), kind.outputs)(inputs)
        with pytest.raises(UserError, match="apart"):
            check_agrees(other, onnx(inputs), "")


@given(batch=st.integers(1, 9), length=st.integers(1, 40))
def test_every_size_gives_the_same(lstm: Path, batch: int, length: int) -> None:
    inputs = sequences(batch, length)
    check_agrees(Eager(LSTM.made(), ["out"])(inputs), Onnx(lstm, threads=2)(inputs), "")


def test_a_row_is_the_same_alone(lstm: Path) -> None:
    onnx, inputs = Onnx(lstm), sequences(5, 12)
    together = onnx(inputs)["out"]
    for row, length in enumerate(inputs["mask"].sum(1)):
        alone = onnx({name: array[row : row + 1, :length] for name, array in inputs.items()})["out"]
        check_agrees({"out": together[row : row + 1, :length]}, {"out": alone}, "")


def test_the_same_net_gives_the_same_bytes_and_no_source_code(lstm: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.onnx"
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, nets.__file__, "lstm", again], check=True, env=environment, timeout=300)
    assert again.read_bytes() == lstm.read_bytes()
    assert b".py" not in lstm.read_bytes()
    assert str(Path(nets.__file__).parent).encode() not in lstm.read_bytes()


# what a trace freezes


def test_what_a_trace_freezes_is_seen_and_the_old_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(b"the old one")
    by_length = Kind(nets.ByLength, sequences, nets.TOKENS)
    with pytest.raises(UserError, match=r"for ids int64 \[2, 13\], mask bool \[2, 13\]: out.* is .* apart; .*without"):
        by_length.export(path)
    assert path.read_bytes() == b"the old one"
    assert len([*tmp_path.iterdir()]) == 1


@pytest.mark.parametrize("name", nets.REFUSED)
def test_a_net_that_cannot_be_followed_is_refused(tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match=r"net\.onnx: this net cannot be exported to ONNX \(.+\); use it without"):
        nets.REFUSED[name].export(tmp_path / "net.onnx")
    assert capfd.readouterr() == ("", "")
    assert not [*tmp_path.iterdir()]


def test_a_file_with_other_weights_is_seen(lstm: Path) -> None:
    examples = LSTM.examples()
    wanted = [Eager(LSTM.made(), ["out"])(example) for example in examples]
    check(Onnx(lstm), examples, wanted)
    with pytest.raises(
        UserError, match=r"net\.onnx: for ids int64 \[3, 7\].*: out\[\d\]\[\d\]\[\d\] is .*, but should be"
    ):
        check(Onnx(lstm), examples, [Eager(LSTM.made(seed=1), ["out"])(example) for example in examples])


def test_examples_have_to_show_what_varies(tmp_path: Path) -> None:
    full = [{**example, "mask": np.ones_like(example["mask"])} for example in LSTM.examples()]
    for examples, message in (
        ([sequences(3, 7), sequences(3, 9)], "axis B has the same size"),
        ([sequences(3, 7), sequences(2, 7)], "axis T has the same size"),
        (full, "mask is all True"),
    ):
        with pytest.raises(ValueError, match=message):
            export(LSTM.made(), examples, ["out"], nets.TOKENS, tmp_path / "net.onnx")
    with pytest.raises(ValueError, match="no output can be called as an input is"):
        export(LSTM.made(), LSTM.examples(), ["ids"], nets.TOKENS, tmp_path / "net.onnx")
    with pytest.raises(ValueError, match="zip"):
        export(LSTM.made(), LSTM.examples(), ["out", "more"], nets.TOKENS, tmp_path / "net.onnx")


def test_no_file_in_the_place_of_a_folder(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        MLP.export(tmp_path)


# whether outputs agree

RIGHT = {
    "logits": np.array([[0.5, -2.0, 40.0], [0.0, -1e9, -np.inf]], np.float32),
    "ids": np.array([3, 4]),
    "found": np.array([True, False]),
    "odd": np.array([np.nan, np.inf], np.float32),
}


def changed(name: str, *place: int, to: float) -> dict[str, np.ndarray[Any, Any]]:
    """The right outputs with another number in one place."""
    array = RIGHT[name].copy()
    array[place] = to
    return {**RIGHT, name: array}


def test_outputs_that_agree() -> None:
    check_agrees(RIGHT, copy.deepcopy(RIGHT), "here")
    check_agrees(RIGHT, changed("logits", 0, 0, to=0.50009), "here")
    check_agrees(RIGHT, changed("logits", 1, 1, to=-1.00001e9), "here")
    check_agrees({"none": np.zeros((0, 3))}, {"none": np.zeros((0, 3))}, "here")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (changed("logits", 0, 0, to=0.51), r"here: logits\[0\]\[0\] is 0.51, but should be 0.5, 0.01 apart"),
        (changed("logits", 1, 1, to=-1.001e9), r"logits\[1\]\[1\]"),
        (changed("logits", 0, 1, to=np.nan), r"logits\[0\]\[1\] is nan"),
        (changed("logits", 0, 1, to=np.inf), r"logits\[0\]\[1\] is inf"),
        (changed("logits", 1, 2, to=np.inf), r"logits\[1\]\[2\] is inf, but should be -inf"),
        (changed("logits", 1, 2, to=-1e9), r"logits\[1\]\[2\]"),
        (changed("odd", 0, to=0), r"odd\[0\] is 0, but should be nan"),
        (changed("odd", 1, to=np.nan), r"odd\[1\] is nan"),
        (changed("ids", 1, to=5), r"ids\[1\] is 5, but should be 4"),
        (changed("found", 1, to=True), r"found\[1\]"),
        ({**RIGHT, "ids": RIGHT["ids"].astype(np.int32)}, r"ids int32 \[2\], but should be ids int64 \[2\]"),
        ({**RIGHT, "logits": RIGHT["logits"].T}, r"logits float32 \[3, 2\], but should be logits float32 \[2, 3\]"),
        ({"logits": RIGHT["logits"]}, "here: gives logits, but should give logits, ids, found, odd"),
        ({**RIGHT, "more": RIGHT["ids"]}, "gives logits, ids, found, odd, more, but should"),
    ],
)
def test_outputs_that_do_not_agree(wrong: dict[str, np.ndarray[Any, Any]], message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_agrees(RIGHT, wrong, "here")


def test_small_outputs_may_be_apart_by_the_tolerance_itself() -> None:
    want = {"out": np.array([0.001, 0.002], np.float32)}
    check_agrees(want, {"out": want["out"] + np.float32(9e-5)}, "")
    with pytest.raises(UserError, match=r"0\.00011 apart"):
        check_agrees(want, {"out": want["out"] + np.float32(1.1e-4)}, "")


# PyTorch


class Mixed(nn.Module):
    """Dropout, changes its input, and keeps one of its modules out of training."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.dropout, self.frozen = nn.Linear(10, 64), nn.Dropout(0.5), nn.BatchNorm1d(64).train(False)

    def forward(self, x: Tensor) -> Tensor:
        """x [B,10] -> [B,64]."""
        if len(x) > 3:
            raise RuntimeError("too many")
        return torch.as_tensor(self.frozen(self.dropout(self.layer(x.mul_(2)))))


def test_the_net_predicts_as_it_was_learnt_and_stays_as_it_was() -> None:
    net, inputs = Mixed(), nets.rows(3, 1)
    before = inputs["x"].copy()
    modes = [module.training for module in net.modules()]
    assert sorted(set(modes)) == [False, True]
    threads = torch.get_num_threads()
    eager = Eager(net, ["out"], threads=threads + 1)
    out = eager(inputs)["out"]
    assert (out == eager(inputs)["out"]).all()
    assert (inputs["x"] == before).all()
    assert (out != 0).all()
    assert [module.training for module in net.modules()] == modes
    with pytest.raises(RuntimeError, match="too many"):
        eager(nets.rows(4, 1))
    assert [module.training for module in net.modules()] == modes
    assert torch.get_num_threads() == threads
    assert not (net(torch.ones(3, 10)) == net(torch.ones(3, 10))).all()  # it does drop out in training


def test_as_many_threads_as_asked_for() -> None:
    class Threads(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x * 0 + torch.get_num_threads()

    for threads in (1, 3):
        assert (Eager(Threads(), ["n"], threads=threads)(nets.rows(1, 1))["n"] == threads).all()
    assert (Eager(Threads(), ["n"])(nets.rows(1, 1))["n"] == torch.get_num_threads()).all()


def test_bfloat16_is_near_and_comes_as_float32() -> None:
    net, inputs = LSTM.made(), sequences(3, 7)
    exact, rough = Eager(net, ["out"])(inputs)["out"], Eager(net, ["out"], bf16=True)(inputs)["out"]
    assert exact.dtype == rough.dtype == np.float32
    assert 0 < np.abs(exact - rough)[inputs["mask"]].max() < 0.05
    with pytest.raises(UserError, match="apart"):
        check_agrees({"out": exact}, {"out": rough}, "")


@pytest.mark.parametrize("change", [np.asfortranarray, lambda array: array[::-1], lambda array: read_only(array)])
def test_arrays_as_they_come(mlp: Path, change: Callable[[Any], Any]) -> None:
    inputs = {"x": change(nets.rows(4, 1)["x"])}
    plain = {"x": np.array(inputs["x"], order="C")}
    for back_end in (Eager(MLP.made(), ["out"]), Onnx(mlp)):
        check_agrees(back_end(plain), back_end(inputs), "")


def read_only(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """An array that nobody may change."""
    array.flags.writeable = False
    return array


# ONNX Runtime


def test_no_pytorch_and_no_compiler_to_predict(lstm: Path) -> None:
    code = f"""
import sys
for name in ("torch", "onnx", "onnxscript", "onnx_ir", "numba", "safetensors"):
    sys.modules[name] = None  # as if it were not installed
import numpy as np
from vec2seq.engine.runtime import Onnx
ids = np.arange(12).reshape(3, 4)
print(Onnx({str(lstm)!r}, threads=1)(dict(ids=ids, mask=ids < 11))["out"].tolist())
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=120)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    ids = np.arange(12).reshape(3, 4)
    want = Eager(LSTM.made(), ["out"])({"ids": ids, "mask": ids < 11})
    check_agrees(want, {"out": np.array(json.loads(result.stdout), np.float32)}, "")


def test_the_extra_that_is_missing_is_named(lstm: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(UserError, match=r"pip install 'vec2seq\[onnx\]'"):
        MLP.export(tmp_path / "net.onnx")
    Onnx(lstm)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UserError, match=r"pip install 'vec2seq\[onnx\]'"):
        Onnx(lstm)


def test_a_file_of_another_net_is_seen(lstm: Path) -> None:
    onnx, inputs = Onnx(lstm), sequences(3, 7)
    assert onnx.inputs == ["ids", "mask"]
    for wrong in ({"ids": inputs["ids"]}, {**inputs, "more": inputs["ids"]}, {"x": inputs["ids"]}):
        with pytest.raises(UserError, match=r"net\.onnx: takes ids, mask, not .*another model"):
            onnx(wrong)
    for wrong in ({**inputs, "ids": inputs["ids"].astype(np.int32)}, {**inputs, "mask": inputs["mask"][0]}):
        with pytest.raises(UserError, match=r"net\.onnx: does not work with inputs ids int.*; export"):
            onnx(wrong)
    with pytest.raises(UserError, match="does not work"):
        onnx({**inputs, "ids": inputs["ids"] + 100})  # there are 20 words


def test_no_file() -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.onnx"):
        Onnx("nowhere.onnx")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    end=st.floats(0, 1),
    bytes_=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=4),
)
@example(end=1, bytes_=[])
def test_a_damaged_file_is_an_error_or_still_a_net(
    lstm: Path, capfd: pytest.CaptureFixture[str], end: float, bytes_: list[tuple[float, int]]
) -> None:
    data = bytearray(lstm.read_bytes())
    for place, value in bytes_:
        data[int(place * len(data))] = value
    with contextlib.suppress(UserError):
        assert Onnx("damaged.onnx", 1, bytes(data[: int(end * len(data))]))(sequences(3, 7)).keys() == {"out"}
    assert capfd.readouterr() == ("", "")


@given(data=st.binary(max_size=200))
def test_a_foreign_file_is_an_error(data: bytes) -> None:
    with pytest.raises(
        UserError, match=r"^a\.txt: not a net that ONNX Runtime .* can read \(.+\); copy the file again"
    ):
        Onnx("a.txt", 1, data)
