"""The documentation: every command and every piece of code in it runs, all there is stands in it, links lead somewhere,
and both languages say the same.

    python tests/test_docs.py        puts what --help and the code of the pages print now into docs and docs/zh
"""

import argparse
import contextlib
import gzip
import importlib
import io
import os
import random
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
import pytest

import vec2seq
from vec2seq.cli import COMMANDS, main
from vec2seq.data.samples import SAMPLES
from vec2seq.data.tokenize import has_han
from vec2seq.tasks import TASKS, task_class

ROOT = Path(__file__).resolve().parent.parent
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
DOCS, CHINESE = ROOT / "docs", ROOT / "docs" / "zh"
PAGES = sorted(DOCS.glob("*.md"))
PAIRS = [READMES, *((page, CHINESE / page.name) for page in PAGES)]
EVERYTHING = [path for path in (*ROOT.glob("*.md"), *DOCS.rglob("*.md")) if path.is_file()]


# what is in a page


class Block(NamedTuple):
    """A block of code between fences."""

    language: str
    text: str


_FENCE = re.compile(r"^```(\S*)[^\n]*\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"(^|\s+)#.*$", re.MULTILINE)
RUN = {"sh", "console", "python"}


def blocks(text: str) -> list[Block]:
    """All blocks of code of a page."""
    return [Block(*match) for match in _FENCE.findall(text)]


def code(text: str) -> list[Block]:
    """The blocks that are run, without comments: those may be translated."""
    return [Block(language, _COMMENT.sub("", body)) for language, body in blocks(text) if language in RUN]


def commands(block: Block) -> list[tuple[list[str], list[str]]]:
    """The commands of a block, each with the output that is shown (none in a ``sh`` block)."""
    if block.language == "sh":
        lines = block.text.replace("\\\n", " ").splitlines()
        return [(words, []) for line in lines if (words := shlex.split(line, comments=True))]
    found: list[tuple[list[str], list[str]]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append((shlex.split(line[2:], comments=True), []))
        else:
            found[-1][1].append(line)
    return found


def table(text: str) -> dict[str, list[str]]:
    """The rows of all tables whose first cell is a name in backticks: name -> the other cells."""
    rows = re.findall(r"^\| `([\w-]+)` \|(.*)\|\s*$", text, re.MULTILINE)
    return {name: [cell.strip().strip("`") for cell in rest.split(" | ")] for name, rest in rows}


def wrong_settings(text: str, task: str) -> list[str]:
    """Settings of a task that a page leaves out, does not explain or gives another default; what is no setting."""
    rows = table(text)
    defaults = {setting.name: str(setting.default) for setting in task_class(task).settings()}
    wrong = [name for name, default in defaults.items() if name not in rows or rows[name][0] != default]
    return wrong + [name for name, cells in rows.items() if name not in defaults or len(cells) != 2 or not all(cells)]


def unexplained_names(text: str) -> list[str]:
    """Public names that no code of a page has."""
    quoted = " ".join([*re.findall(r"`[^`\n]+`", text), *(block.text for block in blocks(text))])
    return [name for name in vec2seq.__all__ if not re.search(rf"\b{name}\b", quoted)]


def _is_in_anchors(character: str) -> bool:
    return character in " -_" or unicodedata.category(character)[0] in "LNM"


def anchors(text: str) -> set[str]:
    """What the headings of a page are called in links, as GitHub does it."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE)
    kept = ("".join(filter(_is_in_anchors, heading.lower())) for heading in headings)
    return {heading.replace(" ", "-") for heading in kept}


def broken_links(page: Path) -> list[str]:
    """Links and pictures of a page that lead to nothing here."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    links = re.findall(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"", text)
    broken = []
    for link in (markdown or html for markdown, html in links):
        if re.match(r"https?://", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name) if name else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            broken.append(link)
    return broken


# running a page


def write_files(folder: Path) -> None:
    """The files that the pages speak of: a text of six subjects, small enough to be learnt at once, and tables."""
    subjects = (
        *("king queen prince throne crown palace", "man woman boy girl child mother", "river sea lake water boat fish"),
        *("bread wine oil corn meat salt", "horse sheep ox dog cat bird", "sword spear war battle army shield"),
    )
    generator = np.random.default_rng(0)
    lines = []
    for _ in range(500):
        words = [*subjects[generator.integers(6)].split(), "the", "a", "and"]
        lines.append(" ".join(generator.choice(words, size=generator.integers(6, 14))))
    text = "\n".join(lines) + "\n"
    (folder / "corpus.txt").write_text(text, encoding="utf-8")
    (folder / "more.txt").write_text("\n".join(lines[:200]) + "\n", encoding="utf-8")
    (folder / "texts").mkdir()
    (folder / "texts" / "a.txt").write_text(text, encoding="utf-8")
    (folder / "texts" / "b.txt.gz").write_bytes(gzip.compress(text.encode()))
    articles = (f'{number},"{line}"' for number, line in enumerate(lines))
    (folder / "articles.csv").write_text("\n".join(["id,body", *articles]) + "\n", encoding="utf-8")
    (folder / "gb.txt").write_text("国王 住 在 宫殿 里\n" * 20, encoding="gb18030")
    (folder / "words.txt").write_text("宫殿里\n", encoding="utf-8")
    (folder / "analogies.txt").write_text(": royal\nking queen man woman\nman woman king queen\n", encoding="utf-8")
    pairs = "king\tqueen\t9.1\nriver\tsea\t8.0\nbread\tsword\t1.2\nman\twoman\t8.3\n"
    (folder / "similarities.tsv").write_text(pairs, encoding="utf-8")
    write_labelled(folder)
    for name, rows in (("houses.csv", 300), ("new-houses.csv", 5), ("other-houses.csv", 60)):
        cells = zip(generator.integers(30, 200, rows), generator.choice(["Rome", "Bonn"], rows), strict=True)
        houses = [f"{size},{town},{size * (1 + (town == 'Bonn'))}" for size, town in cells]
        (folder / name).write_text("\n".join(["size,town,price", *houses]) + "\n", encoding="utf-8")


def write_labelled(folder: Path) -> None:
    """Reviews, sentences with names, lines of poems and dates, as the examples make them."""
    for file, rows in (("reviews.tsv", 160), ("other-reviews.tsv", 60)):
        (folder / file).write_text(example("classify")["reviews"](rows), encoding="utf-8")
    for file, rows in (("names.conll", 120), ("other-names.conll", 40)):
        (folder / file).write_text(example("tag")["sentences"](rows), encoding="utf-8")
    for file, rows in (("poems.txt", 200), ("other-poems.txt", 40)):
        (folder / file).write_text(example("generate")["poems"](rows), encoding="utf-8")
    for file, rows in (("pairs.tsv", 150), ("other-pairs.tsv", 30)):
        (folder / file).write_text(example("translate")["dates"](rows), encoding="utf-8")
    for file, count in (("lines", 150), ("other-lines", 30)):
        example("read")["lines"](folder / file, count)
    (folder / "new-sources.txt").write_text("1 March 1900\n2.2.1822\n", encoding="utf-8")
    (folder / "beginnings.txt").write_text("the wind\nthe road\n", encoding="utf-8")
    (folder / "new-reviews.txt").write_text("the room was clean\nthe soup was dull\n", encoding="utf-8")
    (folder / "new-sentences.txt").write_text("Ben Rosa met Eva Lovi.\n", encoding="utf-8")


def example(name: str) -> dict[str, Any]:
    """What an example defines, with its chance begun anew."""
    random.seed(0)
    return runpy.run_path(str(ROOT / "examples" / f"{name}.py"))


def run_as_process(words: list[str]) -> str:
    """Run a command in a process of its own, without a shell; returns its standard output."""
    with contextlib.ExitStack() as stack:
        stdin = None
        if "<" in words:
            at = words.index("<")
            stdin, words = stack.enter_context(Path(words[at + 1]).open("rb")), words[:at]
        command = [sys.executable, "-m", *words]
        result = subprocess.run(command, stdin=stdin, capture_output=True, encoding="utf-8", timeout=300)
    assert result.returncode == 0, f"{shlex.join(words)}\n{result.stderr}"
    return result.stdout


def run_here(words: list[str]) -> str:
    """Run a command in this process, which has everything loaded."""
    stdin = sys.stdin
    if "<" in words:
        at = words.index("<")
        stdin, words = io.TextIOWrapper(io.BytesIO(Path(words[at + 1]).read_bytes())), words[:at]
    out, err = io.StringIO(), io.StringIO()
    with mock.patch("sys.stdin", stdin), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(words[1:])
    assert status == 0, f"{shlex.join(words)}\n{err.getvalue()}"
    return out.getvalue()


def same_length(output: str, shown: list[str]) -> bool:
    """Whether the output has as many lines as are shown (``...``: and more); what they say may differ by machine."""
    lines = len(output.splitlines())
    return not shown or (lines >= len(shown) if shown[-1] == "..." else lines == len(shown))


SET_UP = {"git", "cd", "python3", "pip", "make", "source"}
"""Programs whose commands are not run: they install."""


def run_page(text: str, run: Callable[[list[str]], str]) -> Iterator[str]:
    """Run all commands and all Python of a page from top to bottom, in the current folder; gives what was run."""
    names: dict[str, object] = {}
    for block in blocks(text):
        if block.language == "python":
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(block.text, "page", "exec"), names)
            yield block.text
        elif block.language in {"sh", "console"}:
            for words, shown in commands(block):
                if words[0] in SET_UP:
                    continue
                if words[0] == "printf" and words[2] == ">":
                    Path(words[3]).write_text(words[1].encode().decode("unicode_escape"), encoding="utf-8")
                    continue
                assert words[0] == "vec2seq", f"{shlex.join(words)}: a page runs vec2seq, or one of {sorted(SET_UP)}"
                output = run(words)
                assert same_length(output, shown), f"{shlex.join(words)} prints\n{output}"
                yield shlex.join(words)


# --help in the pages


_HELP = re.compile(r"(<!-- help(.*?) -->\n)(.*?)(\n<!-- /help -->)", re.DOTALL)


def help_names() -> list[str]:
    """What can stand before --help: nothing, each command, and with its settings each task."""
    planned = [f"plan {task}" for task in TASKS if hasattr(task_class(task), "plan")]
    return [
        "",
        *(f"train {task}" for task in TASKS),
        *planned,
        *(name for name in COMMANDS if name not in {"train", "plan"}),
    ]


def help_text(name: str) -> str:
    """What --help prints."""
    out = io.StringIO()
    with (
        mock.patch.dict(os.environ, COLUMNS="100", NO_COLOR="1"),
        contextlib.redirect_stdout(out),
        contextlib.suppress(SystemExit),  # argparse's way to end
    ):
        main([*name.split(), "--help"])
    return out.getvalue().strip()


def help_blocks(text: str) -> dict[str, str]:
    """The help that a page shows, by name."""
    return {name.strip(): body for _, name, body, _ in _HELP.findall(text)}


def help_words(text: str) -> list[str]:
    """The words of a help text. Versions of Python lay it out differently; before 3.13 "-k N, --count N"."""
    return re.sub(r"(-\w) (\w+), (--[\w-]+ \2)\b", r"\1, \3", text.replace("```text", "").replace("```", "")).split()


def with_help(text: str) -> str:
    """The page with the help that is printed now."""
    return _HELP.sub(lambda match: f"{match[1]}```text\n{help_text(match[2].strip())}\n```{match[4]}", text)


_OUTPUT = re.compile(r"(```python\n((?:(?!```).)*)```\n\n<!-- output -->\n)(.*?)(\n<!-- /output -->)", re.DOTALL)


def with_output(text: str) -> str:
    """The page with what its Python prints now, where it shows that."""

    def printed(match: re.Match[str]) -> str:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(match[2], "page", "exec"), {})
        return f"{match[1]}```text\n{out.getvalue().strip()}\n```{match[4]}"

    return _OUTPUT.sub(printed, text)


# the tests


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path)
    return tmp_path


def test_the_tour_of_the_readme(files: Path) -> None:
    ran = list(run_page(READMES[0].read_text(encoding="utf-8"), run_as_process))
    steps = "sample train neighbors similarity analogy odd-one-out evaluate explain map export"
    for step in steps.split():
        assert any(command.startswith(f"vec2seq {step} ") for command in ran), step
    assert any("open_vectors(" in piece for piece in ran)


@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")  # gensim's files
@pytest.mark.filterwarnings("ignore:.*still getting better")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_all_code_of_a_page_runs(files: Path, page: Path) -> None:
    list(run_page(page.read_text(encoding="utf-8"), run_here))


@pytest.mark.parametrize(("example", "written"), [("word2vec.py", "map.html"), ("glove.py", "vectors.counts")])
def test_the_examples_run(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], example: str, written: str
) -> None:
    monkeypatch.setattr(sys, "argv", [example, "corpus.txt"])
    runpy.run_path(str(ROOT / "examples" / example), run_name="__main__")
    assert "river" in capsys.readouterr().out
    assert Path(written).exists()


def test_the_example_of_a_table_runs(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["mlp.py"])
    runpy.run_path(str(ROOT / "examples" / "mlp.py"), run_name="__main__")
    said = capsys.readouterr().out
    assert "how much r2 falls if a column is shuffled:" in said
    assert "row 5: {'output': " in said


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("classify", "reviews.tsv", "the room was not fine: "),
        ("tag", "names.conll", "labels: B-ORG B-PER "),
        ("generate", "poems.txt", "nats_per_char"),
        ("translate", "pairs.tsv", "exact_match"),
        ("read", "lines", "cer"),
    ],
)
def test_the_examples_of_texts_run(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, data: str, said: str
) -> None:
    monkeypatch.setattr(sys, "argv", [f"{name}.py", data])
    runpy.run_path(str(ROOT / "examples" / f"{name}.py"), run_name="__main__")
    assert said in capsys.readouterr().out


def test_there_is_an_example_of_every_task() -> None:
    assert sorted(path.stem for path in (ROOT / "examples").glob("*.py")) == sorted(TASKS)


@pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=lambda path: path.name)
def test_both_languages_have_the_same_code(english: Path, chinese: Path) -> None:
    assert chinese.exists()
    ours, theirs = (path.read_text(encoding="utf-8") for path in (english, chinese))
    assert code(ours) == code(theirs)
    assert table(ours).keys() == table(theirs).keys()
    assert ours.count("\n## ") == theirs.count("\n## ")
    assert has_han(theirs)


def test_there_is_no_page_in_chinese_only() -> None:
    assert {page.name for page in CHINESE.glob("*.md")} == {page.name for page in PAGES}


@pytest.mark.parametrize("page", EVERYTHING, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    assert broken_links(page) == []


def test_readmes_link_all_pages_and_decisions() -> None:
    for readme, folder in zip(READMES, ("docs", "docs/zh"), strict=True):
        text = readme.read_text(encoding="utf-8")
        assert [page.name for page in PAGES if f"({folder}/{page.name})" not in text] == []
        assert "<!-- figures -->" in text
        assert "<!-- /figures -->" in text
    decisions = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in (DOCS / "decisions").glob("0*.md") if f"({page.name})" not in decisions] == []


@pytest.mark.parametrize("folder", [DOCS, CHINESE], ids=["en", "zh"])
def test_help_of_every_command(folder: Path) -> None:
    shown = help_blocks((folder / "commands.md").read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(help_names())
    for name, text in shown.items():
        assert help_words(text) == help_words(help_text(name)), f"{name}: run python tests/test_docs.py"


@pytest.mark.parametrize("folder", [DOCS, CHINESE], ids=["en", "zh"])
def test_every_setting_and_every_public_name_is_explained(folder: Path) -> None:
    for task in TASKS:
        assert wrong_settings((folder / f"{task}.md").read_text(encoding="utf-8"), task) == [], task
    assert unexplained_names("\n".join(page.read_text(encoding="utf-8") for page in folder.glob("*.md"))) == []


def test_every_option_of_every_command_is_in_the_help() -> None:
    for name in help_names()[1:]:
        words = {word.strip("[,]") for word in help_words(help_text(name))}
        for setting in task_class(name.split()[1]).settings() if " " in name else []:
            assert f"--{setting.name.replace('_', '-')}" in words
    for sample in SAMPLES:
        assert sample in re.sub(r"-\n\s+", "-", help_text("sample"))


@pytest.mark.parametrize("page", EVERYTHING, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_shown_output_is_what_is_printed(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert with_output(text) == text
    if page.name == "backprop.md":
        assert with_output(text.replace("0.5, nesterovs", "0.4, nesterovs")) != text


def test_what_is_installed_and_made_exists() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    made = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in EVERYTHING:
        text = page.read_text(encoding="utf-8")
        for names in re.findall(r"\.\[([\w,]+)\]|vec2seq\[([\w,]+)\]", text):
            assert set("".join(names).split(",")) <= extras.keys(), page
        assert set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE)) <= made, page


def test_the_pictures_are_small() -> None:
    pictures = list((DOCS / "images").iterdir())
    assert pictures
    assert all(picture.stat().st_size < 150_000 for picture in pictures)


# a wrong page is seen


def test_wrong_code_is_seen(files: Path) -> None:
    for page in (
        "```sh\nvec2seq neighbors nowhere king\n```",
        "```sh\nvec2seq train word2vec corpus.txt\n```",
        "```sh\nrm corpus.txt\n```",
        "```console\n$ vec2seq --version\nvec2seq\nand more\n```",
        "```python\nassert False\n```",
    ):
        for run in (run_here, run_as_process):
            with pytest.raises(AssertionError):
                list(run_page(page, run))
    with pytest.raises(NameError):
        list(run_page("```python\nnothing\n```", run_here))
    assert list(run_page("```text\nvec2seq nothing\n```", run_here)) == []


def test_different_code_is_seen() -> None:
    page = "```sh\nvec2seq map a  # a picture\n```\n"
    assert code(page) == code(page.replace("a picture", "一张图"))
    assert code(page) != code(page.replace("map a", "map b"))
    assert code(page) != code(page + page)
    assert code(page) != code(page.replace("sh\n", "console\n"))


def test_wrong_tables_are_seen() -> None:
    page = (DOCS / "word2vec.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `width` |")]
    assert rows[0].split(" | ")[1] == "100"
    assert wrong_settings(page.replace(rows[0], ""), "word2vec") == ["width"]
    assert wrong_settings(page.replace("| `width` | 100 |", "| `width` | 300 |"), "word2vec") == ["width"]
    assert wrong_settings(page + "\n\n| `depth` | 2 | how deep |\n", "word2vec") == ["depth"]
    assert wrong_settings(page.replace(rows[0], "| `width` | 100 | |"), "word2vec") == ["width"]


def test_missing_names_are_seen() -> None:
    quoted = " ".join(f"`{name}`" for name in vec2seq.__all__)
    assert unexplained_names(quoted) == []
    assert unexplained_names(quoted.replace("`Corpus`", "Corpus")) == ["Corpus"]


def test_broken_links_are_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One, two\n[a](page.md#one-two) [b](#one-two) [c](https://example.org)\n", encoding="utf-8")
    assert broken_links(page) == []
    page.write_text('# One\n[a](other.md) [b](#two) <img src="no.svg"> [c](page.md#one)\n', encoding="utf-8")
    assert broken_links(page) == ["other.md", "#two", "no.svg"]


def test_old_help_is_seen_and_replaced() -> None:
    page = "<!-- help similarity -->\n```text\nusage: old\n```\n<!-- /help -->\n"
    assert help_words(help_blocks(page)["similarity"]) != help_words(help_text("similarity"))
    renewed = with_help(page)
    assert help_words(help_blocks(renewed)["similarity"]) == help_words(help_text("similarity"))
    assert with_help(renewed) == renewed
    assert help_words("-k N, --count N  how many") == help_words("-k, --count N how many")
    assert "--json" in help_text("similarity")


def test_figures_are_those_of_the_result_files() -> None:
    subprocess.run([sys.executable, str(ROOT / "benchmarks" / "report.py"), "--check"], check=True)


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("report")


def test_every_trial_is_shown_and_a_wrong_figure_is_seen(report: ModuleType) -> None:
    pages = [path.read_text(encoding="utf-8") for path in sorted((DOCS / "decisions").glob("0*.md"))]
    blocks = {match[2]: match for page in pages for match in report.decisions.BLOCK.finditer(page)}
    assert blocks.keys() == report.decisions.BLOCKS.keys()
    for block in blocks.values():
        assert report.decisions.filled(block[0].replace("1", "2")) == block[0]
    assert "1" in blocks["sample"][0]


@pytest.mark.parametrize(("peer", "inside"), [(0.55, "yes"), (0.61, "no")])
def test_a_difference_is_shown_against_the_interval(
    report: ModuleType, monkeypatch: pytest.MonkeyPatch, peer: float, inside: str
) -> None:
    case = {"threads": 2, "width": 100, "epochs": 5, "more": {}}
    ours = {"tool": "vec2seq", **case, "scores": {"MEN": 0.56}, "intervals": {"MEN": [0.52, 0.6]}}
    runs = [ours, {"tool": "gensim", **case, "scores": {"MEN": peer}}]
    monkeypatch.setattr(report, "load", lambda name: {"words": 1, "runs": runs})
    found = report.interval_table("en", report.Runs())
    assert f"| MEN | 56.0 | 52.0 - 60.0 | {100 * peer:.1f} | {56 - 100 * peer:+.1f} | {inside} |" in found
    del ours["intervals"]
    assert report.interval_table("en", report.Runs()) == ""


def test_an_epoch_is_compared_within_its_turn_and_an_equal_score_is_one_that_all_reach(report: ModuleType) -> None:
    def run(tool: str, seconds: list[float], scores: list[float]) -> dict[str, object]:
        epochs = [{"seconds": s, "cpu_seconds": 2 * s, "score": x} for s, x in zip(seconds, scores, strict=True)]
        asked = [{"asked": 10, "seconds": 0.5, "cpu_seconds": 0.5}]
        return {"set": "s", "seed": 1, "tool": tool, "tokens": 60, "epoch": epochs, "all": asked, "one by one": asked}

    runs = [run("vec2seq", [1, 2, 3], [0.5, 0.8, 0.9]), run("PyTorch, plain", [4, 8, 12], [0.6, 0.7, 0.8])]
    ours, plain = report.labels_tables.nets(runs, "s")
    assert ours == ["`s`", "vec2seq", "30", "15", "4.0", "90.0", "4.0", "20", "20"]
    assert plain[4:7] == ["1.0", "80.0", "24.0"]


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    for folder in (DOCS, CHINESE):
        page = folder / "commands.md"
        page.write_text(with_help(page.read_text(encoding="utf-8")), encoding="utf-8")
        for page in (folder / "backprop.md", folder / "attention.md"):
            page.write_text(with_output(page.read_text(encoding="utf-8")), encoding="utf-8")
