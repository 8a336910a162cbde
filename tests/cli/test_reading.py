"""train, predict and evaluate with models that read lines, and sample lines, as a user types them."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from vec2seq import load
from vec2seq.cli import main
from vec2seq.data.pagexml import read_page

FONT = ImageFont.load_default(24)
SMALL = [
    "--size",
    "tiny",
    "--height",
    "32",
    "--epochs",
    "20",
    "--lr",
    "0.005",
    "--dropout",
    "0",
    "--batch-tokens",
    "1024",
    "--no-distort",
]
LINES = ["407", "12", "9638", "55"]


def drawn(text: str, above: int = 4, side: int = 9) -> Image.Image:
    """A line, and how many pixels of paper are around its digits, which are 16 high."""
    image = Image.new("L", (round(FONT.getlength(text)) + 2 * side, 16 + 2 * above), 235)
    ImageDraw.Draw(image).text((side, above - 8), text, 20, FONT)
    return image


def page_of(lines: list[str], turned: float = 0) -> Image.Image:
    image = Image.new("L", (420, 60 + 50 * len(lines)), 235)
    for number, text in enumerate(lines):
        ImageDraw.Draw(image).text((40, 30 + 50 * number), text, 20, FONT)
    return image.rotate(turned, Image.Resampling.BICUBIC, fillcolor=235)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with lines, a model that read them, and pages."""
    folder = tmp_path_factory.mktemp("reading")
    (folder / "lines").mkdir()
    random = np.random.default_rng(1)
    rows = []
    for number in range(300):
        text = "".join(random.choice(list("0123456789"), random.integers(2, 6)))
        drawn(text, number % 6 + 1, number % 11 + 3).save(folder / "lines" / f"{number}.png")
        rows.append(f"{number}.png\t{text}\n")
    (folder / "lines" / "lines.tsv").write_text("".join(rows), encoding="utf-8")
    (folder / "pages").mkdir()
    page_of(LINES).save(folder / "pages" / "a.png")
    page_of(LINES[::-1] * 2, turned=1.5).save(folder / "pages" / "b.png")
    page_of([]).save(folder / "blank.png")
    model, table = str(folder / "model"), str(folder / "lines" / "lines.tsv")
    assert main(["train", "read", table, "--out", model, "--threads", "1", *SMALL]) == 0
    return folder


def told(capsys: pytest.CaptureFixture[str], *words: object, status: int = 0) -> str:
    capsys.readouterr()
    assert main([str(word) for word in words]) == status
    return capsys.readouterr().out


def cells(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


def test_pictures_and_folders(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text in LINES:
        drawn(text).save(tmp_path / f"{text}.png")
    found = cells(told(capsys, "predict", place / "model", tmp_path))
    assert [Path(name).stem for name, _, _ in found] == sorted(LINES)
    assert [text for _, text, _ in found] == sorted(LINES)
    assert all(0 < float(score) <= 1 for _, _, score in found)
    answers = [json.loads(line) for line in told(capsys, "predict", place / "model", tmp_path, "--json").splitlines()]
    assert [answer["output"] for answer in answers] == sorted(LINES)
    assert answers[0].keys() == {"input", "output", "score", "characters", "candidates"}
    several = cells(told(capsys, "predict", place / "model", tmp_path / "12.png", "--candidates", "3"))
    assert several[0][1] == "12"
    assert len(several) == 3


def test_a_corrupt_picture_among_good_ones(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, text in enumerate(LINES):
        drawn(text).save(tmp_path / f"{number}.png")
    (tmp_path / "1.png").write_bytes((tmp_path / "1.png").read_bytes()[:60])
    (tmp_path / "0a.png").write_bytes(b"no picture")
    assert main(["predict", str(place / "model"), str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert [text for _, text, _ in cells(captured.out)] == [LINES[0], *LINES[2:]]
    errors = captured.err.splitlines()
    assert len(errors) == 2
    assert "0a.png: not a picture" in errors[0]
    assert "1.png: the picture is damaged" in errors[1]


def test_pages(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = cells(told(capsys, "predict", place / "model", place / "pages", "--page"))
    assert [text for _, text, _ in found] == LINES + LINES[::-1] * 2
    assert [name.removeprefix(str(place / "pages")) for name, _, _ in found[:2]] == ["/a.png: line 1", "/a.png: line 2"]
    asked = ("predict", place / "model", place / "pages", "--page", "--json")
    answers = [json.loads(line) for line in told(capsys, *asked).splitlines()]
    for number, answer in enumerate(answers[:4]):
        left, top, right, bottom = answer["box"]
        assert 20 <= left <= 42
        assert 15 + 50 * number <= top <= 36 + 50 * number  # the digits are at 36 to 53
        assert 52 + 50 * number <= bottom <= 66 + 50 * number
        assert answer["outline"] == [[left, top], [right, top], [right, bottom], [left, bottom]]
        assert answer["page"] == {"name": str(place / "pages" / "a.png"), "width": 420, "height": 260}
        places = [(one["x0"], one["x1"]) for one in answer["characters"]]
        for place_, (first, end) in enumerate(places):  # a digit is 14 pixels wide, the first one begins at 40
            assert 40 + 14 * place_ - 5 <= first < end <= 40 + 14 * (place_ + 1) + 5
    from_python = list(load(place / "model").answers([place / "pages"], pages=True))
    assert [answer["output"] for answer in from_python] == [answer["output"] for answer in answers]


def test_alto(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("predict", place / "model", place / "pages", "--page", "--alto", tmp_path / "deep" / "alto")
    answers = [json.loads(line) for line in told(capsys, *asked, "--json").splitlines()]
    assert sorted(path.name for path in (tmp_path / "deep" / "alto").iterdir()) == ["a.xml", "b.xml"]
    pages = [read_page(tmp_path / "deep" / "alto" / f"{name}.xml") for name in "ab"]
    assert [page.picture for page in pages] == ["a.png", "b.png"]
    lines = [line for page in pages for line in page.lines]
    assert [line.text for line in lines] == [answer["output"] for answer in answers]
    assert [[list(point) for point in line.outline] for line in lines] == [answer["outline"] for answer in answers]
    assert lines[-1].outline[0][1] > lines[-1].outline[1][1]  # it rises
    assert main([str(word) for word in asked]) == 2
    assert "a.xml: exists already; choose another folder for --alto" in capsys.readouterr().err
    for name in "ab":  # what was read can be put right, and learnt from
        (tmp_path / "deep" / "alto" / f"{name}.png").write_bytes((place / "pages" / f"{name}.png").read_bytes())
    assert "cer  0.000" in told(capsys, "evaluate", place / "model", tmp_path / "deep" / "alto")


def test_pages_without_lines(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "damaged.png").write_bytes(b"\x89PNG")
    pages = [place / "blank.png", place / "pages" / "a.png", tmp_path / "damaged.png"]
    told(capsys, "predict", place / "model", *pages, "--page", "--alto", tmp_path / "alto", status=2)
    assert [path.name for path in (tmp_path / "alto").iterdir()] == ["a.xml"]
    assert main(["predict", str(place / "model"), *map(str, pages), "--page"]) == 2
    captured = capsys.readouterr()
    assert [text for _, text, _ in cells(captured.out)] == LINES
    assert "blank.png: no line of print found on this page; look at it" in captured.err.splitlines()[0]
    assert "damaged.png" in captured.err.splitlines()[1]


def test_two_pages_of_one_name(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page_of(LINES).save(tmp_path / "a.jpg")
    pages = (place / "pages" / "a.png", tmp_path / "a.jpg")
    told(capsys, "predict", place / "model", *pages, "--page", "--alto", tmp_path / "alto", status=2)
    assert not (tmp_path / "alto").exists()


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A text and a font in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("corpus.txt").write_text("one two three four five six seven\n" * 9 + "ж жж\n" * 9, encoding="utf-8")
    Path("fonts").mkdir()
    Path("fonts/own.ttf").write_bytes(ImageFont.load_default(20).font_bytes)
    Path("fonts/broken.otf").write_bytes(b"OTTO")
    return tmp_path


ASKED = ("sample", "lines", "--text", "corpus.txt", "--fonts", "fonts")


def test_made_lines(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ASKED, "--out", "made", "--count", "60", "--height", "32"]) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [
        "made: 60 lines in 1 font",
        f"next: vec2seq train read {Path('made', 'lines.tsv')} --out model",
    ]
    assert "left out: fonts/broken.otf: Pillow cannot draw with this font" in captured.err.replace("\\", "/")
    assert "of text left out: no font has all characters; missing most: ж U+0436 (" in captured.err
    assert len(list(Path("made").iterdir())) == 61
    facts = json.loads(told(capsys, *ASKED, "--out", "again", "--count", "60", "--height", "32", "--json"))
    assert (facts["sample"], facts["lines"], facts["fonts"]) == ("lines", 60, 1)
    assert facts["missing"] == {"ж": facts["undrawn"]}
    for name in ("lines.tsv", "000060.png"):
        assert Path("made", name).read_bytes() == Path("again", name).read_bytes()
    told(capsys, *ASKED, "--out", "other", "--count", "60", "--height", "32", "--seed", "2")
    assert Path("made", "lines.tsv").read_bytes() != Path("other", "lines.tsv").read_bytes()
    planned = json.loads(
        told(capsys, "plan", "read", Path("made", "lines.tsv"), "--holdout", "0", "--size", "tiny", "--json")
    )
    assert planned["examples"] == 60


def test_lines_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "sample").splitlines()[-1].startswith("lines ")
    assert "lines" not in [json.loads(line)["name"] for line in told(capsys, "sample", "--json").splitlines()]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["sample", "lines"], "--text and --fonts and --out are missing; vec2seq sample lines --text corpus.txt"),
        ([*ASKED], "--out is missing"),
        ([*ASKED, "--out", "fonts"], "fonts: exists, and is not empty; choose another name"),
        ([*ASKED[:3], "gone.txt", *ASKED[4:], "--out", "x"], "gone.txt"),
        ([*ASKED[:5], "gone", "--out", "x"], "gone: no such file or folder"),
        ([*ASKED, "--out", "x", "--height", "8"], "must be at least 16"),
        (["sample", "king-james", "--fonts", "fonts"], "--fonts is for the sample lines"),
        (["sample", "--text", "corpus.txt"], "--text is for the sample lines"),
    ],
)
def test_what_lines_are_not_made_of(
    ready: Path, words: list[str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert error in capsys.readouterr().err
    assert not Path("x").exists()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--alto", "x"], "--alto says where lines stand on a page: add --page"),
        (["--top-k", "3"], "--top-k is for models of generate"),
        (["-"], "pictures do not come by standard input"),
        (["gone.png"], "gone.png: no such file or folder"),
    ],
)
def test_what_is_wrong_is_told(place: Path, words: list[str], error: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", str(place / "model"), str(place / "blank.png"), *words]) == 2
    assert error in capsys.readouterr().err


@pytest.mark.parametrize("option", [["--page"], ["--alto", "x"]])
def test_options_of_other_models(ready: Path, option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Path("labels.tsv").write_text("a\tone two\nb\tthree four\n" * 30, encoding="utf-8")
    small = ["--epochs", "1", "--width", "8", "--threads", "1", "--out", "model"]
    assert main(["train", "classify", "labels.tsv", *small]) == 0
    assert main(["predict", "model", "one two", *option]) == 2
    assert f"{option[0]} is for models of read" in capsys.readouterr().err
