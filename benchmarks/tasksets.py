"""Labelled texts and sentences that nets are measured on, from ../shared/data."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from text import DATA
from vec2seq.data.files import ReadSettings
from vec2seq.data.labelled import read_labelled
from vec2seq.data.tagged import read_tagged

HELD_OUT = 10
"""Where a set has no dev file, every tenth example of the training file is held out."""

Labelled = tuple[list[str], list[str]]
"""texts, and a label of each"""
Tagged = tuple[list[list[str]], list[list[str]]]
"""tokens of sentences, and their labels"""
Example = TypeVar("Example")


def there(names: Iterable[str]) -> list[str]:
    """Those sets whose files are there; says which are not."""
    found = []
    for name in names:
        if (DATA / name).is_dir():
            found.append(name)
        else:
            print(f"{DATA / name}: not there; nothing is measured on it", flush=True)
    return found


def file(name: str, part: str) -> Path | None:
    """The file of a set's part: train, dev or test, plain or compressed; None if there is none."""
    kind = "tsv" if name.startswith("cls") else "conll"
    return next((p for end in ("", ".gz") if (p := DATA / name / f"{part}.{kind}{end}").exists()), None)


def texts(name: str, part: str) -> Labelled:
    """The texts of a part, and their labels."""
    path = file(name, part)
    assert path
    examples = [(one.text, one.labels[0]) for one in read_labelled([path], ReadSettings())]
    return [text for text, _ in examples], [label for _, label in examples]


def sentences(name: str, part: str) -> Tagged:
    """The sentences of a part."""
    path = file(name, part)
    assert path
    examples = [(one.tokens, one.labels) for one in read_tagged([path], ReadSettings())]
    return [tokens for tokens, _ in examples], [labels for _, labels in examples]


def texts_to_learn(name: str) -> tuple[Labelled, Labelled]:
    """What to learn from, and what to judge every epoch by."""
    learnt = texts(name, "train")
    if file(name, "dev"):
        return learnt, texts(name, "dev")
    (kept, out), (own, other) = parted(learnt[0]), parted(learnt[1])
    return (kept, own), (out, other)


def sentences_to_learn(name: str) -> tuple[Tagged, Tagged]:
    """What to learn from, and what to judge every epoch by."""
    learnt = sentences(name, "train")
    if file(name, "dev"):
        return learnt, sentences(name, "dev")
    (kept, out), (own, other) = parted(learnt[0]), parted(learnt[1])
    return (kept, own), (out, other)


def parted(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """All but every tenth, and every tenth."""
    kept = [example for number, example in enumerate(examples) if number % HELD_OUT]
    return kept, list(examples[::HELD_OUT])
