import hashlib
import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from mutations import MUTATIONS, mutated_bytes, mutated_json
from stress import log
from vec2seq import modelfile
from vec2seq.errors import UserError
from vec2seq.modelfile import MANIFEST, TENSORS, VOCAB, ModelFile, check_place, read, write
from vec2seq.tasks import load
from vec2seq.vectors.opening import open_vectors
from vec2seq.vectors.word2vec import Word2Vec


def model(value: float = 1.0) -> ModelFile:
    return ModelFile(
        task="word2vec",
        settings={"width": 4, "lr": 0.025, "name": "中文"},
        learned={"x_": [1, "a"]},
        tensors={"input": np.full((3, 4), value, np.float32), "n": np.arange(6).reshape(2, 3)},
        vocab={"tokens": ["a", "b", "c"], "counts": [3, 2, 1]},
        history=[{"epoch": 1, "loss": 0.1 + 0.2}],
        data={"words": 6},
        golden={"inputs": ["a"], "outputs": [[["b", 0.5]]]},
    )


def test_round_trip(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "model"
    write(folder, model())
    again = read(folder)
    for name in ("task", "settings", "learned", "vocab", "history", "data", "golden", "version"):
        assert getattr(again, name) == getattr(model(), name)
    for name, tensor in model().tensors.items():
        np.testing.assert_array_equal(again.tensors[name], tensor)
        assert isinstance(again.tensors[name].base, np.memmap), "tensors are not read into memory"
    assert sorted(path.name for path in folder.iterdir()) == [MANIFEST, TENSORS, VOCAB]
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_an_older_model_is_replaced_while_it_is_in_use(tmp_path: Path) -> None:
    write(tmp_path / "m", model(1))
    before = read(tmp_path / "m")
    write(tmp_path / "m", model(2))
    assert (before.tensors["input"] == 1).all()
    assert (read(tmp_path / "m").tensors["input"] == 2).all()


@pytest.mark.parametrize("existing", [False, True])
def test_a_crash_while_writing_leaves_the_old_model_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, existing: bool
) -> None:
    folder = tmp_path / "m"
    if existing:
        write(folder, model(1))
    calls = [0]
    for crash_at in range(1, 30):
        calls[0] = 0

        def crashing(original: Callable[..., object], at: int = crash_at) -> Callable[..., object]:
            def call(*args: object, **options: object) -> object:
                calls[0] += 1
                if calls[0] == at:
                    raise OSError("crash")
                return original(*args, **options)

            return call

        with monkeypatch.context() as patch:
            for name in ("fsync", "rename", "mkdir"):
                patch.setattr(os, name, crashing(getattr(os, name)))
            try:
                write(folder, model(2))
            except OSError:
                names = [path.name for path in tmp_path.iterdir()]
                assert names in (["m"], []) if not existing else names == ["m"]
                if names:
                    assert read(folder).tensors["input"][0, 0] in (1, 2)
            except UserError:
                continue
            else:
                assert crash_at > 5
                break
    assert (read(folder).tensors["input"] == 2).all()


def test_permissions_follow_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "m", model())
    finally:
        os.umask(before)
    assert (tmp_path / "m").stat().st_mode & 0o777 == 0o750
    for name in (MANIFEST, VOCAB, TENSORS):
        assert (tmp_path / "m" / name).stat().st_mode & 0o777 == 0o640


def test_what_a_killed_process_with_our_number_left_is_no_hindrance(tmp_path: Path) -> None:
    """In a container every process has the number 1."""
    folder, old = tmp_path / "m", tmp_path / f"m.old-{os.getpid()}"
    write(old, model(1))
    with pytest.raises(TypeError):
        write(folder, replace(model(2), history=[object()]))
    assert (read(folder).tensors["input"] == 1).all(), "it was the only one"
    write(old, model(1))
    write(folder, model(2))
    assert (read(folder).tensors["input"] == 2).all()
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_model_is_written_where_a_link_leads(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere" / "m")
    for value in (1, 2):
        check_place(tmp_path / "link")
        write(tmp_path / "link", model(value))
        assert (read(tmp_path / "link").tensors["input"] == value).all()
    assert (tmp_path / "link").is_symlink()
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["m"]
    (tmp_path / "file").touch()
    (tmp_path / "blocked").symlink_to(tmp_path / "file" / "m")
    with pytest.raises(UserError, match="cannot be written"):
        check_place(tmp_path / "blocked")


def test_what_is_in_the_way_stays(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "letter.txt").write_text("dear")
    with pytest.raises(UserError, match="is a file, not a folder"):
        write(tmp_path / "file", model())
    with pytest.raises(UserError, match="holds something that is not a model"):
        write(tmp_path / "folder", model())
    (tmp_path / "empty").mkdir()
    check_place(tmp_path / "empty")
    with pytest.raises(UserError, match="cannot be written"):
        check_place(tmp_path / "file" / "model")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file", "folder"]


def resigned(folder: Path, **changes: object) -> None:
    """Change entries of model.json and make its digest fit again, as an attacker would."""
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest.update(changes)
    rest = {name: value for name, value in manifest.items() if name != "digest"}
    manifest["digest"] = hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(manifest))


def resigned_tensors(folder: Path, tensors: dict[str, np.ndarray]) -> None:
    save_file(tensors, folder / TENSORS)
    files = json.loads((folder / MANIFEST).read_text())["files"]
    digest = hashlib.sha256((folder / TENSORS).read_bytes()).hexdigest()
    resigned(folder, files={**files, TENSORS: digest})


def truncated(name: str, size: int) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / name).write_bytes((folder / name).read_bytes()[:size])

    return damage


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return damage


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no model.json": (lambda folder: (folder / MANIFEST).unlink(), "not a vec2seq model"),
    "no tensors": (lambda folder: (folder / TENSORS).unlink(), "tensors.safetensors: missing"),
    "no vocab": (lambda folder: (folder / VOCAB).unlink(), "vocab.json: missing"),
    "model.json cut off": (truncated(MANIFEST, 100), "cut off or damaged"),
    "model.json empty": (truncated(MANIFEST, 0), "cut off or damaged"),
    "model.json a list": (lambda folder: (folder / MANIFEST).write_text("[]"), "not a JSON object"),
    "model.json deep": (lambda folder: (folder / MANIFEST).write_text('{"a":' * 90_000), "cut off or damaged"),
    "another tool's": (lambda folder: (folder / MANIFEST).write_text('{"model": 1}'), "not the model.json of vec2seq"),
    "edited": (replaced(MANIFEST, '"width": 4', '"width": 5'), "not as it was saved"),
    "tensors cut off": (truncated(TENSORS, 50), "tensors.safetensors: not the file that was saved"),
    "vocab changed": (replaced(VOCAB, '"a"', '"z"'), "vocab.json: not the file that was saved"),
    "no number": (lambda folder: resigned(folder, history=[{"loss": float("nan")}]), "damaged .NaN is no number"),
    "newer format": (lambda folder: resigned(folder, format=99), "format 99, written by a newer vec2seq"),
    "no settings": (lambda folder: resigned(folder, settings=None), "'settings' is missing or of the wrong kind"),
    "foreign file": (lambda folder: resigned(folder, files={"../../etc/passwd": ""}), "not part of a model"),
    "tensor missing": (
        lambda folder: resigned_tensors(folder, {"input": np.zeros((3, 4), np.float32)}),
        "no tensor 'n'",
    ),
    "tensor misshapen": (
        lambda folder: resigned_tensors(folder, {**model().tensors, "input": np.zeros((3, 5), np.float32)}),
        r"tensor 'input' is \[3, 5\], but should be \[3, 4\]",
    ),
    "not finite": (
        lambda folder: resigned_tensors(folder, {**model().tensors, "input": np.full((3, 4), np.nan, np.float32)}),
        "tensor 'input' holds a value that is not finite",
    ),
    "strange type": (
        lambda folder: resigned_tensors(folder, {**model().tensors, "input": np.zeros((3, 4), np.float16)}),
        "has the type F16",
    ),
    "not safetensors": (
        lambda folder: (
            (folder / TENSORS).write_bytes(b"junk" * 30),
            resigned(folder, files={TENSORS: hashlib.sha256(b"junk" * 30).hexdigest()}),
        ),
        "cut off, damaged or not a safetensors file",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_every_damage_has_its_message(tmp_path: Path, name: str) -> None:
    damage, message = DAMAGES[name]
    write(tmp_path / "m", model())
    damage(tmp_path / "m")
    with pytest.raises(UserError, match=message) as caught:
        read(tmp_path / "m")
    assert "\n" not in str(caught.value)


def test_what_killed_saves_left_aside_goes_away_with_the_next_save(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    left, kept = (f"m.new-{ended.pid}", f"m.old-{ended.pid}"), (f"m.new-{os.getppid()}", f"other.new-{ended.pid}")
    for name in (*left, *kept, "m.new-x"):
        (tmp_path / name).mkdir()
    write(tmp_path / "m", model())
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["m", "m.new-x", *kept])


def test_a_folder_that_holds_more_than_a_model_is_not_replaced(tmp_path: Path) -> None:
    for name in ("m.old-20240115", "m"):
        write(tmp_path / name, model())
    write(tmp_path / "m", model())
    assert (tmp_path / "m.old-20240115").exists(), "a copy with a date is somebody's"
    (tmp_path / "m" / "notes.txt").write_text("precious")
    with pytest.raises(UserError, match=r"m: holds notes\.txt, which is no part of a model; move it"):
        write(tmp_path / "m", model())
    assert (tmp_path / "m" / "notes.txt").read_text() == "precious"


def test_no_such_folder_and_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such model folder"):
        read(tmp_path / "none")
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="not a model folder"):
        read(tmp_path / "file")


def test_an_interrupted_replacement_is_explained(tmp_path: Path) -> None:
    write(tmp_path / "m.old-1", model())
    with pytest.raises(UserError, match=r"no such model folder; a save was interrupted, .*m\.old-1"):
        read(tmp_path / "m")
    (tmp_path / "m").mkdir()
    with pytest.raises(UserError, match=r"a save was interrupted, the model before it is .*m\.old-1"):
        read(tmp_path / "m")


def mutated(generator: random.Random, folder: Path) -> str:
    """Damage a model folder in one of many ways; says how."""
    path = folder / generator.choice([MANIFEST, VOCAB, TENSORS])
    kind = generator.choice(["bytes", "bytes", "entry", "entry", "header", "swapped", "deleted", "cut off"])
    data = path.read_bytes()
    if kind == "bytes":
        path.write_bytes(mutated_bytes(generator, data))
    elif kind == "entry" and path.name != TENSORS:
        path.write_bytes(mutated_json(generator, data))
    elif kind == "swapped":
        other = folder / generator.choice([MANIFEST, VOCAB, TENSORS])
        path.write_bytes(other.read_bytes())
        other.write_bytes(data)
    elif kind == "deleted":
        path.unlink()
    elif kind == "cut off":
        path.write_bytes(data[: generator.randrange(len(data))])
    else:
        data = (folder / TENSORS).read_bytes()
        size = int.from_bytes(data[:8], "little")
        header = mutated_json(generator, data[8 : 8 + size])
        (folder / TENSORS).write_bytes(len(header).to_bytes(8, "little") + header + data[8 + size :])
    return f"{kind} {path.name}"


def sign(folder: Path) -> None:
    """Make all digests fit again where that can be done, as an attacker would."""
    with suppress(ValueError, AttributeError, TypeError, KeyError, RecursionError, OSError):
        files = json.loads((folder / MANIFEST).read_text())["files"]
        resigned(folder, files={name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files})


def test_mutations_never_crash(tmp_path: Path) -> None:
    """A model that was damaged anyhow, signed anew or not: an error in one line, or a model that can be used."""
    good, folder = tmp_path / "good", tmp_path / "m"
    texts = ["some words that stand together", "and words that do not"] * 10
    Word2Vec(width=4, min_count=1, epochs=1, threads=1, sample=0, phrases=1, phrase_threshold=0.1).fit(texts).save(good)
    generator, complaints = random.Random(1), []
    for _ in range(MUTATIONS):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(good, folder)
        how = mutated(generator, folder)
        signed = generator.random() < 0.6
        if signed:
            sign(folder)
        try:
            loaded = load(folder)
            loaded.golden()
            loaded.describe()
            open_vectors(folder).neighbors("words")
        except UserError as error:
            complaints.append(str(error))
        except BaseException as error:
            error.add_note(f"{how}, {signed=}")
            raise
        else:
            assert signed or contents(folder) == contents(good)
    assert len(complaints) > MUTATIONS / 2
    assert not any("\n" in complaint or len(complaint) > 2000 for complaint in complaints)
    log(kind="model mutation", count=MUTATIONS, refused=len(complaints))


def contents(folder: Path) -> list[object]:
    """What a model holds, whatever white space stands between."""
    return [*(json.loads((folder / name).read_bytes()) for name in (MANIFEST, VOCAB)), (folder / TENSORS).read_bytes()]


def test_nothing_in_the_package_can_execute_a_file() -> None:
    forbidden = re.compile(r"pickle|\beval\(|\bexec\(|marshal|shelve|__import__|yaml\.load|torch\.load|shell=True")
    for path in Path(modelfile.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not forbidden.search(text), path
