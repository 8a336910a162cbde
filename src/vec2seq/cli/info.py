"""What is in a model folder, and whether it is whole: vec2seq info MODEL"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vec2seq import modelfile
from vec2seq.cli.options import add_json, print_json
from vec2seq.run.progress import amount, visible
from vec2seq.tasks import from_file

LONGEST_HISTORY = 20
"""Epochs that are shown."""


def arguments(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """A model."""
    parser.add_argument("model", metavar="MODEL")
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Read it, check it, describe it."""
    file = modelfile.read(args.model)
    model: Any = from_file(file, args.model)
    size = sum(path.stat().st_size for path in Path(args.model).iterdir())
    if not file.golden:
        golden = "none stored"
    else:
        golden = "same as when it was saved" if model.gives_golden(file.golden) else "DIFFERENT from when it was saved"
    facts = {
        "model": args.model,
        "task": model.task,
        "trained": model.describe(),
        "data": model.data_,
        "history": model.history_,
        "settings": model.get_params(),
        "golden_outputs": golden,
        **model.facts(),
        "bytes": size,
        "vec2seq": file.version,
    }
    if args.json:
        print_json(facts)
        return
    lines = [f"{args.model}: {model.task}, {model.describe()}, {amount(size)}B, written by vec2seq {file.version}"]
    lines.append(f"trained on {model.told_data()}")
    shown = model.history_
    if len(shown) > LONGEST_HISTORY:
        ends = LONGEST_HISTORY // 2
        lines.append(f"{len(shown)} epochs, the first and the last {ends}:")
        shown = [*shown[:ends], *shown[-ends:]]
    for entry in shown:
        plain = {name: value for name, value in entry.items() if not isinstance(value, list)}
        values = [f"{name.replace('_', ' ')} {_short(value)}" for name, value in plain.items()]
        lines.append("  " + "  ".join([*values, *["kept"] * (entry is model.kept_epoch)]))
    settings = [f"{name}={value}" for name, value in model.get_params().items() if value is not None]
    lines.append(f"settings: {' '.join(settings)}")
    lines += model.told_facts()
    lines.append(f"golden outputs: {golden}")
    print("\n".join(map(visible, lines)))


def _short(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
