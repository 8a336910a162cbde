"""Judging word vectors by files of items: every file's measures, with coverage and intervals, and a table of them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from vec2seq.evaluation.analogies import judge_analogies
from vec2seq.evaluation.associations import judge_associations
from vec2seq.evaluation.categories import judge_categories
from vec2seq.evaluation.items import Analogies, Associations, Categories, Items, Similarities, read_items
from vec2seq.evaluation.outliers import judge_outliers
from vec2seq.evaluation.similarities import judge_similarities
from vec2seq.measure import RESAMPLES, Measure, Score
from vec2seq.run.progress import columns, visible
from vec2seq.vectors.store import Vectors


def evaluate(vectors: Vectors, path: str | Path, *, seed: int = 1, resamples: int = RESAMPLES) -> list[Score]:
    """Scores of vectors on a file of items, what is in it being seen from its form (``items.read_items``).

    Each measure of the whole file is followed by those of its sections. Where no item is covered the score is None, and
    that is no error: other files may do.
    """
    return [measure.score(seed=seed, resamples=resamples) for measure in judge(vectors, read_items(path), str(path))]


def judge(vectors: Vectors, items: Items, file: str) -> Iterator[Measure]:
    """The measures of one file's items."""
    match items:
        case Analogies():
            return judge_analogies(vectors, items, file)
        case Similarities():
            return judge_similarities(vectors, items, file)
        case Categories():
            return judge_categories(vectors, items, file)
        case Associations():
            return judge_associations(vectors, items, file)
        case _:
            return judge_outliers(vectors, items, file)


NAMES = {
    "3cosadd": "analogies, 3CosAdd",
    "3cosmul": "analogies, 3CosMul",
    "pairdirection": "analogies, PairDirection",
    "spearman": "similarities, Spearman",
    "outlier_accuracy": "outliers, accuracy",
    "outlier_position": "outliers, position",
    "purity": "categories, purity",
    "weat": "association, effect size",
}


def as_table(scores: Iterable[Score]) -> str:
    """The scores as a table for a terminal, sections below their measure; of the rules for analogies only 3CosAdd's."""
    shown = [score for score in scores if score.section is None or score.metric not in ("3cosmul", "pairdirection")]
    rows = [("", "score", "95 % interval", "n", "coverage"), *map(_cells, shown)]
    first, *others = (max(map(columns, column)) for column in zip(*rows, strict=True))
    return "\n".join(
        "  ".join([name + " " * (first - columns(name)), *map(str.rjust, cells, others)]) for name, *cells in rows
    )


def _cells(row: Score) -> tuple[str, str, str, str, str]:
    if row.section is None or row.metric == "weat":
        name = f"{Path(row.file).name}  {NAMES[row.metric] if row.section is None else row.section}"
    else:
        name = f"  {row.section}"
    if row.p is not None:
        name += f", p = {row.p:.2g}"
    score = "-" if row.score is None else f"{row.score:.3f}"
    interval = "-" if row.low is None else f"{row.low:.3f} to {row.high:.3f}"
    return visible(name), score, interval, f"{row.n:,}", f"{100 * row.coverage:.1f} %"
