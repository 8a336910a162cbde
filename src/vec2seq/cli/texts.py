"""What the commands do with models of texts: predictions a line each, scores of labels, what they are confused with."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from vec2seq.cli import tell
from vec2seq.cli.options import print_json
from vec2seq.data.files import STDIN, ReadSettings, is_utf8, open_bytes
from vec2seq.errors import UserError, counted
from vec2seq.measure import Score
from vec2seq.run.context import Run
from vec2seq.run.progress import columns, visible

MOST_CONFUSED = 20
"""Labels of which a table of confusions is shown."""
SHOWN_CHARACTERS = 80
AT_ONCE = 1 << 16
"""Bytes of standard input that are read at once, if there are so many."""


def is_text_model(model: Any) -> bool:
    """Whether a model takes texts, and gives labels."""
    return model.task in ("classify", "tag")


def predict_texts(model: Any, args: argparse.Namespace) -> None:
    """An answer a line: for texts that stand in the command, in files, or come by standard input, as they come."""
    for source in sources(args.inputs, model.reading()):
        for answer in model.answers(source):
            print_json(answer) if args.json else print(*map(visible, _told(model, answer)), sep="\t")
        sys.stdout.flush()


def sources(inputs: Iterable[str], how: ReadSettings) -> Iterator[Any]:
    """What ``answers`` takes: texts that stand one after the other together, each file, each block of lines."""
    texts: list[str] = []
    for name in inputs:
        named = name == STDIN or is_file(name)
        if named and texts:
            yield texts
            texts = []
        if name == STDIN:
            yield from _lines(how)
        elif named:
            yield [Path(name)]
        else:
            texts.append(name)
    if texts:
        yield texts


def is_file(name: str) -> bool:
    """Whether this is the name of a file that is there."""
    try:
        return bool(name) and Path(name).is_file()
    except (OSError, ValueError):  # too long for a name, or with a NUL: a text
        return False


def _lines(how: ReadSettings) -> Iterator[list[str]]:
    """The lines of standard input that are there, again and again."""
    rest, number = b"", 0
    with open_bytes(Path(STDIN)) as file:
        while data := file.read1(AT_ONCE):  # type: ignore[attr-defined]
            *lines, rest = (rest + data).split(b"\n")
            if lines:
                yield [_decoded(line, number + place, how) for place, line in enumerate(lines, 1)]
                number += len(lines)
    if rest:
        yield [_decoded(rest, number + 1, how)]


def _decoded(line: bytes, number: int, how: ReadSettings) -> str:
    """A line as the files of the training were read."""
    try:
        text = line.removesuffix(b"\r").decode(how.encoding, how.errors)
    except UnicodeDecodeError as error:
        name = "UTF-8" if is_utf8(how.encoding) else how.encoding
        raise UserError(f"standard input:{number}: not {name} at byte {error.start + 1}") from None
    return text.removeprefix("\ufeff") if number == 1 else text


def _told(model: Any, answer: dict[str, Any]) -> list[str]:
    """An answer for people: label and probability; tokens with their labels; a text with its spans in brackets."""
    if model.task == "classify":
        output = answer["output"]
        return [" ".join(output) if isinstance(output, list) else output, f"{answer['score']:.4f}"]
    if model.scheme_ == "none":
        return [" ".join(f"{token['text']}/{token['label']}" for token in answer["tokens"])]
    text, told, place = answer["input"], "", 0
    for span in answer["output"]:
        inside = f"{span['text']} {span['label']}".rstrip()
        told += f"{text[place : span['start']]}[{inside}]"
        place = span["end"]
    return [told + text[place:]]


def judge_texts(model: Any, args: argparse.Namespace) -> None:
    """Scores of labelled data, and of each label; of texts what is taken for what, and errors that it was sure of."""
    if not args.files:
        raise UserError(f"{args.vectors}: which data? name a file with labels")
    if args.against or args.out or args.language or args.title:
        raise UserError(f"{args.vectors}: --against, --out, --title and --language are for word vectors")
    files = [Path(file) for file in args.files]
    if STDIN not in args.files and model.fingerprint_of(files, Run()) == model.data_["fingerprint"]:
        tell("these are the data of the training: the scores do not tell how good it is for others")
    judged = model.judgement(files, None, " ".join(args.files))
    tell_scores(judged.scores, args.json)
    if model.task == "classify":
        _show_confusion(judged, model.labels_, args)
    if model.task in ("classify", "translate", "read"):
        _show_errors(judged, args)


def tell_scores(scores: list[Score], as_json: bool) -> None:
    """Scores as JSON lines, or for people."""
    if not as_json:
        print("\n".join(map(visible, _table(scores))))
        return
    for score in scores:
        names = ("metric", "score", "low", "high", "n", "file", *(["section"] if score.section is not None else []))
        print_json({name: getattr(score, name) for name in names})


def _table(scores: list[Score]) -> list[str]:
    """The scores of all; then each label in a line."""
    lines = [
        f"{score.metric}  {_interval(score)}  {counted(score.n, 'item')}" for score in scores if score.section is None
    ]
    by_label: dict[str, list[Score]] = {}
    for score in scores:
        if score.section is not None:
            by_label.setdefault(score.section, []).append(score)
    width = max(map(columns, by_label), default=0)
    for label, own in by_label.items():
        told = "  ".join(f"{score.metric} {_interval(score)}" for score in own)
        n = own[-1].n if len(own) > 1 else own[0].n  # of recall: those that have the label
        lines.append(f"  {label}{' ' * (width - columns(label))}  {told}  {n:,}")
    return lines


def _interval(score: Score) -> str:
    low, high = ("-" if end is None else f"{end:.3f}" for end in (score.low, score.high))
    return f"{'-' if score.score is None else f'{score.score:.3f}'} [{low}, {high}]"


def _show_confusion(judged: Any, labels: list[str], args: argparse.Namespace) -> None:
    """How often each label was taken for each."""
    if judged.confusion is None:
        return
    counts = judged.confusion.tolist()
    if args.json:
        print_json({"confusion": counts, "labels": labels})
        return
    if len(labels) > MOST_CONFUSED:
        return
    names = [visible(label) for label in labels]
    width, cell = max(map(columns, names)), max(*map(columns, names), len(f"{judged.confusion.max():,}"))
    print("found (columns) for the true label (rows):")
    print(" " * width + "".join(f"  {' ' * (cell - columns(name))}{name}" for name in names))
    for name, row in zip(names, counts, strict=True):
        print(name + " " * (width - columns(name)) + "".join(f"  {count:>{cell},}" for count in row))


def _show_errors(judged: Any, args: argparse.Namespace) -> None:
    """The errors of which the model was most sure: the labels of these may be wrong."""
    errors = judged.errors[: args.errors]
    if args.json:
        for error in errors:
            print_json({"error": error})
        return
    if errors:
        print("errors that it was most sure of; is what is wanted wrong?")
    for error in errors:
        text = " ".join(str(error["input"]).split())
        text = text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."
        label, output = (
            ("+".join(found) or "none") if isinstance(found, list) else found
            for found in (error["label"], error["output"])
        )
        print(visible(f"  {error['place']}: wanted {label}, found {output} ({error['score']:.3f}): {text}"))
