"""Every command does its work, prints plain results, and with --json one JSON object a line; run in this process."""

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from made import Command, small_texts
from vec2seq import load, open_vectors
from vec2seq.cli import COMMANDS, main
from vec2seq.data.vocab import Vocab

TRAIN = ["--min-count", "1", "--epochs", "5", "--width", "8", "--threads", "1", "--lr", "0.1", "--sample", "0"]


@pytest.fixture(scope="module")
def model(text_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("model") / "m"
    assert main(["train", "word2vec", str(text_file), "--out", str(out), *TRAIN]) == 0
    return out


def output(capsys: pytest.CaptureFixture[str], *argv: object) -> str:
    """What a command that succeeds prints."""
    capsys.readouterr()
    assert main(list(map(str, argv))) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def objects(capsys: pytest.CaptureFixture[str], *argv: object) -> list[Any]:
    """The JSON lines of a command."""
    return [json.loads(line) for line in output(capsys, *argv, "--json").splitlines()]


def error(capsys: pytest.CaptureFixture[str], *argv: object) -> str:
    """The one line of a command that the user can mend."""
    capsys.readouterr()
    assert main(list(map(str, argv))) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert printed.err.startswith("vec2seq: ")
    return printed.err


def test_overview_names_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in ([], ["--help"], ["-h"]):
        text = output(capsys, *argv)
        assert all(f"  {name} " in text for name in COMMANDS)
    assert output(capsys, "--version").startswith("vec2seq 0.")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_every_command(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([name, "--help"])
    assert stopped.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: vec2seq {name}")
    assert f": vec2seq {name}" in " ".join(text.split("\n\n", 1)[1].split())


def test_train_says_what_it_made_and_what_comes_next(
    text_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "m"
    text = output(capsys, "train", "word2vec", text_file, "--out", out, *TRAIN)
    assert f"{out}: 60 words, width 8, in " in text
    assert f"next: vec2seq neighbors {out} " in text
    (result,) = objects(capsys, "train", "word2vec", text_file, "--out", out, *TRAIN, "--threads", 2, "--deterministic")
    assert result["model"] == str(out)
    assert [entry["epoch"] for entry in result["history"]] == [1, 2, 3, 4, 5]
    assert result["history"][-1]["loss"] < result["history"][0]["loss"]
    assert load(out).threads == 2
    assert sorted(path.name for path in tmp_path.joinpath("new").iterdir()) == ["m"]


def test_a_long_word_is_suggested_that_does_not_stand_everywhere(model: Path) -> None:
    found, tokens = load(model), [f"w{number}" for number in range(400)]
    tokens[50], tokens[150], tokens[160], tokens[350] = "everywhere", "palace", "1234567890", "righteousness"
    found.vocab_ = Vocab(tokens, np.arange(400, 0, -1))
    assert found.suggest("m") == "vec2seq neighbors m palace"
    found.vocab_ = Vocab(tokens[:51], found.vocab_.counts[:51])
    assert found.suggest("m") == "vec2seq neighbors m everywhere"


def test_after_a_training_that_diverged_nothing_is_suggested(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.txt").write_text("\n".join(small_texts(2000)))
    out = tmp_path / "m"
    assert main(["train", "word2vec", str(tmp_path / "text.txt"), "--out", str(out), *TRAIN, "--lr", "90"]) == 0
    printed = capsys.readouterr()
    assert "these vectors mean nothing; use a smaller learning rate (--lr)\n" in printed.err
    assert printed.out.startswith(f"{out}: 60 words, width 8, in ")
    assert printed.out.count("\n") == 1


def test_messages_about_one_thing_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = tmp_path / "one.txt"
    one.write_text("a b a b\n")
    output(capsys, "train", "word2vec", one, "--out", tmp_path / "m", *TRAIN, "--epochs", 1, "--window", 1)
    assert "trained on 4 words in 1 sentence\n" in output(capsys, "info", tmp_path / "m")
    assert main(["train", "word2vec", str(one), "--out", str(tmp_path / "m"), *TRAIN, "--epochs", "1"]) == 0
    assert "\n1 epoch: about " in capsys.readouterr().err
    (tmp_path / "v.txt").write_text("word 0.5\n")
    assert "not among the 1 word" in error(capsys, "neighbors", tmp_path / "v.txt", "x").strip()


def test_train_goes_on_with_a_model(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = tmp_path / "more.txt"
    more.write_text("w0 w6 brandnew w12\n" * 20)
    assert main(["train", "word2vec", str(more), "--from", str(model), "--out", str(tmp_path / "m")]) == 0
    later = load(tmp_path / "m")
    assert "brandnew" in later.vocab_
    assert later.width == 8
    for changed in (["--width", "9"], ["--loss", "hierarchical"], ["--lower"], ["--tokenizer", "chars"]):
        given = ["--from", str(model), "--out", str(tmp_path / "w"), *changed]
        assert f"{changed[0][2:]} " in error(capsys, "train", "word2vec", more, *given)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m", "more.txt"]


def test_text_from_standard_input(
    text_file: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Standard:
        buffer = io.BytesIO(text_file.read_bytes())

    monkeypatch.setattr("sys.stdin", Standard())
    assert main(["train", "word2vec", "-", "--out", str(tmp_path / "m"), *TRAIN]) == 0
    np.testing.assert_array_equal(load(tmp_path / "m").input_, load(model).input_)


def test_no_golden(text_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output(capsys, "train", "word2vec", text_file, "--out", tmp_path / "m", *TRAIN, "--no-golden")
    assert "golden outputs: none stored" in output(capsys, "info", tmp_path / "m")


def test_minutes_decide_the_epochs(text_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = [*TRAIN[:2], *TRAIN[4:]]
    (result,) = objects(capsys, "train", "word2vec", text_file, "--out", tmp_path / "m", *few, "--minutes", "0.002")
    assert len(result["history"]) >= 1


def test_plan(text_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (plan,) = objects(capsys, "plan", "word2vec", text_file, *TRAIN)
    assert plan["vocabulary"] == 60
    assert 0 < plan["seconds"] < 60
    assert 1e7 < plan["memory_bytes"] < 1e9
    assert "60 different ones" in output(capsys, "plan", "word2vec", text_file, *TRAIN)


@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_plan_of_standard_input(vec2seq: Command, text_file: Path, kind: str) -> None:
    with text_file.open("rb") as file:
        given: dict[str, Any] = {"input": text_file.read_text()} if kind == "pipe" else {"stdin": file}
        told = vec2seq("plan", "word2vec", "-", *TRAIN, **given)
    assert told.returncode == 0, told.stderr
    assert "60 different ones" in told.stdout


@pytest.mark.parametrize("settings", [(), ("--patience", 2)], ids=["", "patience"])
def test_plan_and_the_first_lines_of_train_say_the_same(
    text_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: tuple[object, ...]
) -> None:
    planned = output(capsys, "plan", "word2vec", text_file, *TRAIN, *settings).split(", ", 1)[1]
    assert main(list(map(str, ["train", "word2vec", text_file, "--out", tmp_path / "m", *TRAIN, *settings]))) == 0
    said = capsys.readouterr().err.splitlines()
    assert [line.split(", ", 1)[1] for line in said if "on disk" in line] == [planned.strip()]


def test_neighbors(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vectors = open_vectors(model)
    found = objects(capsys, "neighbors", model, "w0", "w1", "-k", 3)
    assert [row["word"] for row in found] == ["w0", "w1"]
    for row in found:
        expected = vectors.neighbors(row["word"], 3)
        assert [near["word"] for near in row["neighbors"]] == [near.word for near in expected]
        similarities = [near.similarity for near in expected]
        assert [near["similarity"] for near in row["neighbors"]] == pytest.approx(similarities, abs=1e-6)
    text = output(capsys, "neighbors", model, "w0", "w1", "-k", 3)
    assert text.splitlines()[0] == "w0:"
    assert len(text.splitlines()) == 8


def test_a_word_that_is_not_there_gets_the_closest_spellings(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = error(capsys, "neighbors", model, "w500")
    assert "'w500'" in message
    assert "w50" in message.replace("'w500'", "")


def test_unknown_words_among_others(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The known ones are answered, the others told in their places; exit code 2."""
    vectors = open_vectors(model)
    words = ["w500", "w0", "nothing", "w1", "w500"]
    for command, key in (("neighbors", "word"), ("predict", "input")):
        capsys.readouterr()
        assert main([command, str(model), *words, "--json"]) == 2
        printed = capsys.readouterr()
        assert [json.loads(line)[key] for line in printed.out.splitlines()] == ["w0", "w1"]
        said = printed.err.splitlines()
        assert [line.split(" is not")[0] for line in said] == [f"vec2seq: '{word}'" for word in words[::2]]
        assert "similar: w50" in said[0]
    assert main(["predict", str(model), "nothing", "w1"]) == 2
    assert capsys.readouterr().out.startswith(f"w1 {vectors['w1'][0]:.6g} ")
    assert main(["neighbors", str(model), "nothing", "w1", "-k", "1"]) == 2
    assert capsys.readouterr().out.startswith("w1:\n  ")
    assert main(["neighbors", str(model), "nothing"]) == 2
    assert capsys.readouterr().out == ""


def test_unknown_words_stand_where_their_answers_would(model: Path) -> None:
    command = [sys.executable, "-m", "vec2seq", "neighbors", str(model), "w0", "no", "w1", "-k", "1"]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    firsts = [line.split()[0] for line in result.stdout.splitlines()]
    assert [firsts[0], firsts[2], firsts[3]] == ["w0:", "vec2seq:", "w1:"]


def test_similarity_analogy_odd_one_out(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vectors = open_vectors(model)
    similarity = vectors.similarity("w0", "w6")
    assert objects(capsys, "similarity", model, "w0", "w6") == [{"words": ["w0", "w6"], "similarity": similarity}]
    assert output(capsys, "similarity", model, "w0", "w6") == f"{similarity:.3f}\n"
    for method in ("add", "mul"):
        (found,) = objects(capsys, "analogy", model, "w0", "w6", "w1", "-k", 2, "--method", method)
        expected = vectors.analogy("w0", "w6", "w1", 2, "add" if method == "add" else "mul")
        assert [(near["word"], near["similarity"]) for near in found["answers"]] == [tuple(near) for near in expected]
    assert output(capsys, "odd-one-out", model, "w0", "w6", "w1", "w12") == "w1\n"
    (odd,) = objects(capsys, "odd-one-out", model, "w0", "w6", "w1", "w12")
    assert odd["odd_one_out"] == "w1"


def test_evaluate(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    analogies, pairs = tmp_path / "a.txt", tmp_path / "s.tsv"
    analogies.write_text(": same group\nw0 w6 w1 w7\nw0 w6 w1 unknown\n: other\nw0 w1 w6 w7\n")
    pairs.write_text("w0\tw6\t9\nw0\tw1\t1\nw2\tw8\t8\nw2\tw3\t0.5\n")
    rows = objects(capsys, "evaluate", model, analogies, pairs)
    assert [row.get("section") for row in rows] == [*[None, "same group", "other"] * 3, None]
    assert [row["metric"] for row in rows] == [*["3cosadd"] * 3, *["3cosmul"] * 3, *["pairdirection"] * 3, "spearman"]
    assert rows[0]["n"] == 2
    assert rows[0]["coverage"] == pytest.approx(2 / 3)
    assert rows[9]["low"] <= rows[9]["score"] <= rows[9]["high"]
    assert rows[9]["score"] > 0.7
    assert "95 % interval" in output(capsys, "evaluate", model, analogies, pairs)


def test_evaluate_several_vectors(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs, other = tmp_path / "s.tsv", tmp_path / "other.txt"
    pairs.write_text("w0\tw6\t9\nw0\tw1\t1\nw2\tw8\t8\nw2\tw3\t0.5\n")
    output(capsys, "export", model, "--format", "word2vec", "--out", other)
    rows = objects(capsys, "evaluate", model, pairs, "--against", other)
    assert [row.pop("vectors") for row in rows] == ["m", "other.txt"]
    assert rows[0] == rows[1]
    tables = output(capsys, "evaluate", model, pairs, "--against", other).split("\n")
    assert [line for line in tables if line.endswith(":")] == ["m:", "other.txt:"]
    page = tmp_path / "new" / "sheet.html"
    assert output(capsys, "evaluate", model, "--against", other, "--out", page).startswith(
        f"{page}: 2 sets of vectors, 3 lists of items"
    )
    assert '"name":"other.txt"' in page.read_text(encoding="utf-8")
    (told,) = objects(capsys, "evaluate", model, pairs, "--out", page)
    assert told == {"out": str(page), "vectors": ["m"], "items": [str(pairs)]}
    link, read = tmp_path / "link.html", tmp_path / "read.html"
    link.symlink_to(page)
    output(capsys, "evaluate", model, "--out", link)
    assert link.is_symlink()
    read.symlink_to(other)
    going_round = tmp_path / "round.html"
    going_round.symlink_to(going_round)
    for command, message in (
        (("--out", going_round), "Too many levels of symbolic links"),
        (("--against", model), "given twice"),
        (("--against", model.parent / "." / "x" / ".." / model.name), "given twice"),
        (("--against", other, "--out", read), "is read, too"),
    ):
        assert message in error(capsys, "evaluate", model, *command)
    assert "associations-en" in output(capsys, "evaluate", model)


def test_an_association_needs_two_words_a_list(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    test = tmp_path / "weat.json"
    lists = {"targets": {"a": ["w0"], "b": ["w1", "w2"]}, "attributes": {"c": ["w3", "w4"], "d": ["w5", "w6"]}}
    test.write_text(json.dumps(lists))
    assert main(["evaluate", str(model), str(test)]) == 0
    assert f"{test}: fewer than two words of a list are in these vectors" in capsys.readouterr().err


def test_predict(model: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = open_vectors(model)
    (row,) = objects(capsys, "predict", model, "w0")
    assert row["input"] == "w0"
    np.testing.assert_array_equal(np.array(row["output"], np.float32), vectors["w0"])
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"w0\nw1\n")))
    lines = output(capsys, "predict", model, "-").splitlines()
    assert [line.split()[0] for line in lines] == ["w0", "w1"]
    np.testing.assert_allclose([float(x) for x in lines[1].split()[1:]], vectors["w1"], rtol=1e-5)


def test_input_that_is_not_utf8(
    model: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"w0\n\xff\n")))
    assert "standard input: not UTF-8 at byte 4" in error(capsys, "predict", model, "-")


@pytest.mark.parametrize("name", ["word2vec", "word2vec-binary", "glove", "fasttext"])
def test_export_and_ask_the_file(name: str, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "v"
    assert str(out) in output(capsys, "export", model, "--format", name, "--out", out)
    assert objects(capsys, "neighbors", out, "w0") == objects(capsys, "neighbors", model, "w0")


def test_info(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = output(capsys, "info", model)
    assert "word2vec, 60 words, width 8" in text
    assert "golden outputs: same as when it was saved" in text
    assert "\ntokenizer: whitespace\n" in text
    assert "  kept\n" not in text
    (facts,) = objects(capsys, "info", model)
    assert facts["tokenizer"] == "whitespace"
    assert facts["task"] == "word2vec"
    assert facts["settings"]["width"] == 8
    assert facts["bytes"] == sum(path.stat().st_size for path in model.iterdir())


@pytest.mark.parametrize("task", ["word2vec", "glove"])
def test_info_marks_the_epoch_that_patience_kept(
    task: str, text_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = [
        "--min-count",
        "1",
        "--epochs",
        "9",
        "--width",
        "8",
        "--threads",
        "1",
        "--lr",
        "0.5",
        "--holdout",
        "0.3",
        "--patience",
        "3",
    ]
    output(capsys, "train", task, text_file, "--out", tmp_path / "m", *settings)
    lines = output(capsys, "info", tmp_path / "m").splitlines()
    (kept,) = (line for line in lines if line.endswith("  kept"))
    found = load(tmp_path / "m")
    assert float(kept.split()[-2]) == round(min(entry["held_out_loss"] for entry in found.history_), 4)


@pytest.mark.parametrize("suffix", ["html", "png", "svg"])
def test_map(suffix: str, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "maps" / f"m.{suffix}"
    printed = output(capsys, "map", model, "--out", out, "--method", "pca", "--words", 40, "--title", "Mine")
    assert printed == f"{out}: 40 words\n"
    start = {"html": b"<!doctype html>", "png": b"\x89PNG", "svg": b"<?xml"}[suffix]
    assert out.read_bytes()[:15].lower().startswith(start.lower())


def test_a_map_is_html_or_a_picture(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ".html .png .svg" in error(capsys, "map", model, "--out", "map.pdf")


def test_a_map_does_not_replace_its_vectors(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vectors, link = tmp_path / "vectors.html", tmp_path / "link.html"
    output(capsys, "export", model, "--format", "word2vec", "--out", vectors)
    link.symlink_to(vectors)
    assert "is read, too" in error(capsys, "map", vectors, "--out", link)


def test_sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [row["name"] for row in objects(capsys, "sample")]
    assert names == [
        *(
            "people-daily",
            "king-james",
            "reviews-zh",
            "names-zh",
            "pinyin-zh",
            "analogies-zh",
            "categories-zh",
            "associations-zh",
        ),
        *("analogies-en", "categories-en", "associations-en"),
    ]
    assert all(name in output(capsys, "sample") for name in names)
    written = output(capsys, "sample", "analogies-en")
    assert str(tmp_path / "q") in output(capsys, "sample", "analogies-en", "--out", tmp_path / "q")
    assert (tmp_path / "q").read_text() == written
    assert "analogies-en" in error(capsys, "sample", "moby-dick")


def test_a_missing_model_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["neighbors"], ["info"], ["predict"], ["evaluate"], ["map"]):
        words = ["w0"] if command != ["info"] and command != ["map"] else []
        assert "no-model" in error(capsys, *command, tmp_path / "no-model", *words)


def test_warmup_leaves_nothing_to_compile(text_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert output(capsys, "warmup").startswith("compiled in ")
    capsys.readouterr()
    assert main(["train", "word2vec", str(text_file), "--out", str(tmp_path / "m"), *TRAIN]) == 0
    assert "compiling" not in capsys.readouterr().err


def test_settings_can_be_switched_off_again(text_file: Path, tmp_path: Path) -> None:
    train = ["train", "word2vec", str(text_file), *TRAIN]
    assert main([*train, "--out", str(tmp_path / "a"), "--deterministic", "--lower"]) == 0
    more = ["train", "word2vec", str(text_file), "--from", str(tmp_path / "a"), "--out", str(tmp_path / "b")]
    assert main([*more, "--no-deterministic"]) == 0
    assert load(tmp_path / "b").get_params() == {**load(tmp_path / "a").get_params(), "deterministic": False}


def test_minutes_and_epochs_exclude_each_other(text_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = error(capsys, "train", "word2vec", text_file, "--out", "m", "--minutes", "1", "--epochs", "3")
    assert "give --minutes or --epochs" in message


def test_a_finished_run_is_told_as_json_too(
    text_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = ["train", "word2vec", text_file, "--out", tmp_path / "m", *TRAIN]
    (first,) = objects(capsys, *train)
    ended = subprocess.Popen(["true"])
    ended.wait()
    (tmp_path / f"m.checkpoint.old-{ended.pid}" / "corpus").mkdir(parents=True)  # killed while it removed its folder
    (again,) = objects(capsys, *train, "--resume")
    assert again["history"] == first["history"]
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_finished_run_has_the_counts_that_it_was_to_keep(
    text_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, counts = tmp_path / "m", tmp_path / "m.counts"
    command = ["train", "glove", text_file, "--out", out, "--epochs", 1, "--min-count", 1, "--keep-counts"]
    output(capsys, *command)
    output(capsys, *command, "--resume")
    anew = "without --resume the model is trained anew, with its counts\n"
    output(capsys, "train", "glove", text_file, "--out", tmp_path / "n", "--window", 2, *command[5:])
    shutil.copytree(counts, tmp_path / "own")
    shutil.copytree(tmp_path / "n.counts", counts, dirs_exist_ok=True)
    told = error(capsys, *command, "--resume")
    assert told == f"vec2seq: {counts}: not the counts that this model was trained on; {anew}"
    shutil.copytree(tmp_path / "own", counts, dirs_exist_ok=True)
    output(capsys, *command, "--resume")
    (counts / "values.bin").write_bytes(b"")
    told = error(capsys, *command, "--resume")
    assert f"{counts}: damaged" in told
    assert told.endswith(anew)
    shutil.rmtree(counts)
    told = error(capsys, *command, "--resume")
    assert f"{counts}: no table of co-occurrences" in told
    assert told.endswith(anew)
    counts.symlink_to(tmp_path / "nowhere")
    assert "is a link that leads nowhere" in error(capsys, *command)
    counts.unlink()
    counts.mkdir()
    (counts / "notes.txt").touch()
    assert f"{counts}: holds notes.txt" in error(capsys, *command)


def test_a_finished_run_is_one_with_the_same_text_and_start(
    text_file: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.txt"
    other.write_text("w0 w6 w12\n" * 20)
    out, going_on = ["--out", tmp_path / "m", "--epochs", 1], ["--from", model]
    output(capsys, "train", "word2vec", other, *out, *going_on)
    output(capsys, "train", "word2vec", other, *out, *going_on, "--resume")
    advice = "; without --resume it is trained anew"
    for data, more, what in ((text_file, going_on, "other data"), (other, [], "another --from")):
        message = error(capsys, "train", "word2vec", data, *out, *more, "--resume")
        assert message.endswith(f"m: finished, with {what}{advice}\n")
    itself = ["--from", tmp_path / "m"]
    output(capsys, "train", "word2vec", other, *out, *itself, "--resume")  # what m was before cannot be told
    plain = ["train", "word2vec", other, "--out", tmp_path / "p", *TRAIN]
    output(capsys, *plain)
    for start in (tmp_path / "p", model):
        assert f"another --from{advice}" in error(capsys, *plain, "--from", start, "--resume")


def test_more_words_asked_for_than_there_are(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["neighbors", model, "w0"], ["analogy", model, "w0", "w1", "w2"]):
        assert len(output(capsys, *command, "-k", 10**20).splitlines()) == 60 - (1 if command[0] == "neighbors" else 3)


def test_a_seed_that_is_none(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "seed -1" in error(capsys, "map", model, "--seed", "-1")
