"""A multi-layer perceptron in Python, from a table to its judgement and to answers about new rows.

    python examples/mlp.py [TABLE [TARGET]]        without TABLE: a made one of houses

Writes houses.csv (without TABLE) and model/ into the current folder.
"""

import random
import sys
from pathlib import Path

from vec2seq import Run, TableMLP, load
from vec2seq.run.progress import Printed


def houses(rows: int) -> str:
    """A table of houses whose prices follow from size, town and year, but for some noise."""
    lines = ["size,town,built,price"]
    for _ in range(rows):
        size, town, built = random.uniform(30, 200), random.choice(["Rome", "Bonn", "Oslo"]), random.randint(1950, 2020)
        price = size * {"Rome": 1, "Bonn": 2, "Oslo": 3}[town] + 0.5 * (built - 1950) + random.gauss(0, 5)
        lines.append(f"{size:.0f},{town},{built},{price:.1f}")
    return "\n".join(lines) + "\n"


def main() -> None:
    table = Path(sys.argv[1] if len(sys.argv) > 1 else "houses.csv")
    if len(sys.argv) == 1:
        table.write_text(houses(1000))
    target = sys.argv[2] if len(sys.argv) > 2 else None
    TableMLP(target=target, batch_size=32).fit(table, run=Run(progress=Printed(sys.stderr))).save("model")

    model = load("model")
    print("\n".join(model.told_facts()))
    for row, answer in zip(range(5), model.answers(table), strict=False):
        print(f"row {row + 1}: {answer}")


if __name__ == "__main__":
    main()
