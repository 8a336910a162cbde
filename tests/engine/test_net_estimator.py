"""Model folders of nets: what is wrong with weights, the net's file or what was learned is refused in a line."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from tasks.small import CASES
from vec2seq import load, modelfile
from vec2seq.errors import UserError
from vec2seq.modelfile import ModelFile
from vec2seq.tasks.classify import Classifier

pytestmark = pytest.mark.filterwarnings("ignore:the loss does not fall:UserWarning")
CLASSIFIER, TAGGER = (next(case for case in CASES if case.name == name) for name in ("classify cnn", "tag cnn crf"))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders: a classifier and a tagger, as they are and exported."""
    place = tmp_path_factory.mktemp("models")
    for name, case in (("classify", CLASSIFIER), ("tag", TAGGER)):
        model = case.fit()
        model.save(place / name)
        model.export_onnx(place / f"{name}-onnx")
    return place


FOLDERS = ("classify", "tag", "classify-onnx", "tag-onnx")


def copied(models: Path, name: str, to: Path) -> Path:
    """A copy that may be damaged."""
    to.mkdir()
    for path in (models / name).iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    return to


def refused(folder: Path, asked: list[Any]) -> str:
    """The line with which a model is refused when it is loaded, or at the latest when it is asked."""
    with pytest.raises(UserError) as error:
        load(folder).predict(asked)
    assert "\n" not in str(error.value)
    return str(error.value)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda data: data[:-5],
    "a bit flipped": lambda data: (
        data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 4]) + data[len(data) // 2 + 1 :]
    ),
    "more behind": lambda data: data + b"x",
    "empty": lambda data: b"",
}


@pytest.mark.parametrize("damage", [*DAMAGES, "missing"])
@pytest.mark.parametrize("name", FOLDERS)
def test_damaged_files_are_refused(models: Path, name: str, damage: str, tmp_path: Path) -> None:
    for file in sorted(path.name for path in (models / name).iterdir()):
        folder = copied(models, name, tmp_path / file)
        if damage == "missing":
            (folder / file).unlink()
        else:
            (folder / file).write_bytes(DAMAGES[damage]((folder / file).read_bytes()))
        if damage == "more behind" and file == modelfile.MANIFEST:
            (folder / file).write_text((models / name / file).read_text().replace('"epochs": 2', '"epochs": 3'))
        assert str(folder) in refused(folder, ["a"])


def rewritten(models: Path, name: str, to: Path, **changes: Any) -> Path:
    """A folder whose seals are right, but that holds something else: somebody wrote it on purpose."""
    file = modelfile.read(models / name)
    modelfile.write(to, replace(file, **changes))
    return to


def tensors(models: Path, name: str) -> dict[str, np.ndarray]:
    return {name: np.array(tensor) for name, tensor in load_file(models / name / modelfile.TENSORS).items()}


@pytest.mark.parametrize("name", ["classify", "tag"])
def test_weights_that_are_not_the_nets_are_refused(models: Path, name: str, tmp_path: Path) -> None:
    own = tensors(models, name)
    damaged = f"{modelfile.TENSORS}: tensor net"
    for number, weight in enumerate(name for name in own if name.startswith("net.")):
        changed = {key: tensor for key, tensor in own.items() if key != weight}
        said = refused(rewritten(models, name, tmp_path / f"{number}-missing", tensors=changed), ["a"])
        assert said.endswith(f"tensor {weight} is missing or one too many: the model is damaged")
        for kind, tensor in (("shape", own[weight][:-1]), ("type", own[weight].astype(np.float64))):
            folder = rewritten(models, name, tmp_path / f"{number}-{kind}", tensors={**own, weight: tensor})
            said = refused(folder, ["a"])
            assert f"tensor {weight} is {tensor.dtype} {list(tensor.shape)}, but the net has" in said
            assert damaged in said
    said = refused(rewritten(models, name, tmp_path / "more", tensors={**own, "net.more": np.ones(2)}), ["a"])
    assert "net.more is missing or one too many" in said
    first = next(name for name in own if name.startswith("net."))
    for number in (np.nan, np.inf):
        strange = {**own, first: np.full_like(own[first], number)}
        folder = rewritten(models, name, tmp_path / str(number), tensors=strange)
        assert first in refused(folder, ["a"])


def test_weights_beside_an_exported_net_are_checked(models: Path, tmp_path: Path) -> None:
    own = tensors(models, "tag-onnx")
    assert sorted(own) == ["net.crf.ends", "net.crf.starts", "net.crf.transitions", "pairs"]
    wrong = {
        "none": {"pairs": own["pairs"]},
        "shape": {**own, "net.crf.ends": own["net.crf.ends"][:-1]},
        "more": {**own, "net.out.bias": np.ones(3, np.float32)},
    }
    for kind, changed in wrong.items():
        said = refused(rewritten(models, "tag-onnx", tmp_path / kind, tensors=changed), [["a"]])
        assert "crf.transitions" in said
    own = tensors(models, "classify-onnx")
    assert sorted(own) == ["ngrams"]
    said = refused(rewritten(models, "classify-onnx", tmp_path / "c", tensors={**own, "net.x": np.ones(1)}), ["a"])
    assert "net." in said


@pytest.mark.parametrize("name", ["tag", "tag-onnx"])
def test_pairs_that_are_not_known_ones_are_refused(models: Path, name: str, tmp_path: Path) -> None:
    own = tensors(models, name)
    strange = {
        "missing": None,
        "type": own["pairs"].astype(np.int32),
        "shape": own["pairs"][None],
        "order": np.array([7, 5]),
        "twice": np.array([5, 5]),
    }
    for kind, pairs in strange.items():
        changed = {key: tensor for key, tensor in own.items() if key != "pairs"}
        changed |= {} if pairs is None else {"pairs": pairs}
        assert "'pairs_' is" in refused(rewritten(models, name, tmp_path / kind, tensors=changed), [["a"]])


def test_another_net_is_refused(models: Path, tmp_path: Path) -> None:
    nets = {name: (models / name / modelfile.NET).read_bytes() for name in ("classify-onnx", "tag-onnx")}
    for kind, net in (("garbage", b"garbage"), ("empty", b""), ("half", nets["classify-onnx"][:2000])):
        said = refused(rewritten(models, "classify-onnx", tmp_path / kind, net=net), ["a"])
        assert "not a net that ONNX Runtime" in said
    said = refused(rewritten(models, "classify-onnx", tmp_path / "tag", net=nets["tag-onnx"]), ["a"])
    assert "it is the net of another model" in said
    said = refused(rewritten(models, "tag-onnx", tmp_path / "classify", net=nets["classify-onnx"]), [["a"]])
    assert "it is the net of another model" in said


LEARNED: dict[str, tuple[str, dict[str, Any]]] = {
    "one label": ("classify", {"labels_": ["a"]}),
    "a label twice": ("classify", {"labels_": ["a", "a"]}),
    "labels of numbers": ("tag", {"labels_": [1, 2]}),
    "more labels": ("classify", {"labels_": ["a", "b", "c"]}),
    "no width": ("classify", {"given_width_": 0}),
    "another width": ("classify", {"given_width_": 9}),
    "a huge width": ("tag", {"given_width_": 1 << 40}),
    "no temperature": ("classify", {"temperature_": 0.0}),
    "temperature below 0": ("classify", {"temperature_": -1.0}),
    "a tokenizer of another version": ("classify", {"tokenizer_": {"name": "new"}}),
    "several is a text": ("classify", {"several_": "no"}),
    "another scheme": ("tag", {"scheme_": "xyz"}),
    "another kind": ("tag", {"kind_": "lines"}),
    "characters of numbers": ("tag", {"characters_": [1]}),
    "more characters": ("tag", {"characters_": ["a", "b", "c"]}),
    "no judgement": ("tag", {"judgement_": None}),
}


@pytest.mark.parametrize("wrong", LEARNED)
def test_what_cannot_have_been_learned_is_refused(models: Path, wrong: str, tmp_path: Path) -> None:
    name, changes = LEARNED[wrong]
    learned = modelfile.read(models / name).learned
    assert changes.keys() <= learned.keys()
    folder = rewritten(models, name, tmp_path / "m", learned={**learned, **changes})
    assert str(folder) in refused(folder, ["a"])


def test_a_vocabulary_of_another_size_is_refused(models: Path, tmp_path: Path) -> None:
    vocab = modelfile.read(models / "classify").vocab
    assert vocab is not None
    fewer = {name: values[:-1] for name, values in vocab.items()}
    said = refused(rewritten(models, "classify", tmp_path / "m", vocab=fewer), ["a"])
    assert "tensor net.embed.weight is float32" in said


def test_another_task_is_refused(models: Path) -> None:
    with pytest.raises(UserError, match="a model for 'tag', not for 'classify'"):
        Classifier.load(models / "tag")


def test_what_cannot_be_exported_leaves_nothing(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load(models / "classify")
    monkeypatch.setattr(type(model), "gives_golden", lambda self, golden: False)
    with pytest.raises(UserError, match="the exported net does not give what the model gives"):
        model.export_onnx(tmp_path / "m")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match="holds something that is not a model"):
        model.export_onnx(tmp_path)
    with pytest.raises(UserError, match="not trained yet"):
        Classifier().export_onnx(tmp_path / "m")


def test_many_short_inputs_are_asked_together(models: Path) -> None:
    model, calls = load(models / "classify"), []
    ask = model.back_end
    model._back_end = lambda inputs: calls.append(len(inputs["ids"])) or ask(inputs)
    model.predict(CLASSIFIER.X)
    assert sum(calls) == len(CLASSIFIER.X)
    assert len(calls) <= 2


def test_a_model_file_without_golden_outputs(models: Path, tmp_path: Path) -> None:
    load(models / "tag").save(tmp_path / "m", golden=False)
    file: ModelFile = modelfile.read(tmp_path / "m")
    assert file.golden == {}
    assert load(tmp_path / "m").predict([["a"]]) == load(models / "tag").predict([["a"]])
