"""Made tables, and tables as files."""

from pathlib import Path
from typing import Any

import numpy as np


def houses(rows: int = 400, seed: int = 0) -> dict[str, list[Any]]:
    """A made table: the price follows from size, town and year, the class from the price; colours say nothing."""
    random = np.random.default_rng(seed)
    size = random.uniform(30, 200, rows)
    town = random.choice(["北京", "Berlin", "Rome"], rows)
    year = random.integers(1950, 2020, rows)
    price = size * np.select([town == "北京", town == "Berlin"], [3.0, 2.0], 1.0) + 0.5 * (year - 1950)
    return {
        "size": [
            None if missing else round(float(value), 1)
            for value, missing in zip(size, random.random(rows) < 0.05, strict=True)
        ],
        "town": town.tolist(),
        "built": [f"{value}-06-01" for value in year],
        "colour": random.choice(["red", "blue"], rows).tolist(),
        "price": (price + random.normal(size=rows)).round(2).tolist(),
        "dear": np.where(price > 240, "yes", "no").tolist(),
    }


def without(table: dict[str, list[Any]], *names: str) -> dict[str, list[Any]]:
    return {name: cells for name, cells in table.items() if name not in names}


def as_csv(table: dict[str, list[Any]], path: Path) -> Path:
    rows = zip(*table.values(), strict=True)
    lines = [",".join(table), *(",".join("" if cell is None else str(cell) for cell in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
