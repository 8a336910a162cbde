"""TableMLP: a multi-layer perceptron on a table as it is, with words, dates and gaps in it.

``fit`` reads from top to bottom: table, target, rows to keep out, columns to numbers, net, judgement. How columns
become numbers stands in ``data/columns.py``, and is part of the model, so that it takes raw rows later.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.columns import Columns
from vec2seq.data.files import ReadSettings
from vec2seq.data.split import split_rows
from vec2seq.data.table import Table
from vec2seq.data.tablefiles import read_table
from vec2seq.data.target import Target, read_target
from vec2seq.disk import array_digest
from vec2seq.errors import UserError, counted, not_written_by_us
from vec2seq.measure import Score
from vec2seq.measure.calibration import temperature
from vec2seq.mlp.base import MLP
from vec2seq.mlp.classifier import MLPClassifier
from vec2seq.mlp.forward import probabilities
from vec2seq.mlp.judgement import FEWEST_ROWS, LINEAR, judged, scores_of
from vec2seq.mlp.plan import Estimate, estimate
from vec2seq.mlp.ready import Ready
from vec2seq.mlp.regressor import MLPRegressor
from vec2seq.mlp.settings import Settings
from vec2seq.modelfile import MANIFEST, ModelFile
from vec2seq.run.context import Run
from vec2seq.run.progress import Part, columns
from vec2seq.settings import Doc


@dataclass(kw_only=True, eq=False)
class TableMLP(Settings):
    """A multi-layer perceptron for tables: numbers, categories, dates, missing cells.

    >>> TableMLP(target="price").fit("houses.csv").save("model")       # or a data frame, a dict of columns, dicts
    >>> load("model").predict("new.csv")
    """

    task: ClassVar[str] = "mlp"
    learned: ClassVar[tuple[str, ...]] = (
        *("columns_", "target_", "kind_", "labels_", "scale_", "temperature_", "judgement_"),
        *("layers_", "parameters_"),
    )

    target: Annotated[str | None, Doc("the column to be found, by name or number from 1; default: the last")] = None
    kind: Annotated[
        Literal["classification", "regression"] | None,
        Doc("what the target is; default: regression if it has fractions or more than 20 different numbers"),
    ] = None
    class_weight: Annotated[
        Literal["balanced"] | None, Doc("balanced: each class counts as much as the others, not each row")
    ] = None
    holdout: Annotated[
        float, Doc("share of rows kept out of training, to judge and to calibrate; 0: none", low=0, high=0.9)
    ] = 0.2
    encoding: Annotated[str, Doc("encoding of CSV, TSV and JSONL files, for example gb18030")] = "utf-8"
    errors: Annotated[
        Literal["strict", "replace"], Doc("text that cannot be decoded: stop, or replace it by U+FFFD")
    ] = "strict"
    random_state: Annotated[int | None, Doc("seed of all that is random", low=0, high=2**32 - 1)] = 0

    columns_: dict[str, Any] = field(init=False, repr=False)
    """how columns become numbers; see ``data.columns.Columns``"""
    target_: str = field(init=False, repr=False)
    kind_: str = field(init=False, repr=False)
    labels_: list[str] = field(init=False, repr=False)
    """the classes; empty for regression"""
    scale_: list[float] = field(init=False, repr=False)
    """mean and standard deviation of the numbers that were learnt; 0 and 1 for classes"""
    temperature_: float = field(init=False, repr=False)
    judgement_: dict[str, Any] = field(init=False, repr=False)
    """scores of the rows kept out, of baselines too, and what each column does for them; empty if none were"""
    layers_: list[int] = field(init=False, repr=False)
    parameters_: NDArray[np.float32] = field(init=False, repr=False)

    def fit(self, X: Any, y: None = None, *, run: Run | None = None) -> Self:
        """Learn from a table: a path or Paths of files, a data frame, a dict of columns, a list of dicts."""
        return self._learn(X, run or Run(), goes_on=self.warm_start and self.__sklearn_is_fitted__())

    def partial_fit(self, X: Any, y: None = None, *, run: Run | None = None) -> Self:
        """Go on with more rows of the same columns and classes, from the weights as they are."""
        return self._learn(X, run or Run(), goes_on=self.__sklearn_is_fitted__())

    def _learn(self, X: Any, run: Run, goes_on: bool) -> Self:
        start = self.digest if goes_on else None
        ready = self.ready(X, run, goes_on)
        net = self.new_net(ready.labels, warm_start=goes_on)
        if goes_on:
            self._fill(net)
        net.fit(ready.inputs, ready.learnt, run=run)
        self.take_over(ready, net.layers_, net.parameters_, net.history_, start)
        if len(ready.out):
            held_out, truth = ready.held_out()
            if ready.labels:
                self.temperature_ = temperature(net.outputs(held_out).astype(float), truth.astype(np.int64))
            linear = self.new_net(ready.labels).set_params(**LINEAR)
            beside = Run(progress=Part(run.progress, "a linear model"), stop=run.stop)
            linear.fit(ready.inputs, ready.learnt, run=beside)
            known = ready.wanted[ready.kept]
            self.judgement_ = judged(
                net, linear, ready.columns.groups, held_out, truth, known, ready.labels, ready.scale
            )
            run.progress.note(self._told_scores())
        return self

    def ready(self, X: Any, run: Run, goes_on: bool = False) -> Ready:
        """A table before the net learns from it; ``goes_on``: with the columns, classes and scale that are known."""
        self.check_settings()
        table = self.table(X, run)
        target = self._target(table) if goes_on else read_target(table, self.target, self.kind)
        if target.dropped:
            run.warn(f"{counted(target.dropped, 'row')} without {target.name!r} left out")
        table = table.take(target.rows)
        wanted, labels = self._wanted(target, goes_on)
        kept, out = self._split(wanted, labels, run)
        rows = table.take(kept)
        known = Columns.from_json(self.columns_, "") if goes_on else Columns.fit(rows, leave_out=[target.name])
        for warning in known.warnings:
            run.warn(warning)
        scale = self.scale_ if goes_on else [0.0, 1.0] if labels else _scale(wanted[kept])
        inputs, learnt = known.matrix(rows), self._learnt(wanted[kept], labels, scale)
        run.progress.note(
            f"read {counted(len(table), 'row')}, {counted(len(known.groups), 'column')} become "
            f"{counted(len(known.names), 'input')}; target {target.name}, {target.kind}"
            f"{f' of {len(labels)} classes' if labels else ''}"
        )
        return Ready(table, target, labels, wanted, kept, out, known, scale, inputs, learnt)

    def take_over(
        self,
        ready: Ready,
        layers: list[int],
        parameters: NDArray[np.float32],
        history: list[dict[str, Any]],
        start: str | None = None,
    ) -> None:
        """Become the model of a table and of a net that learnt from it, neither calibrated nor judged.

        ``start``: the digest of the model from which it went on.
        """
        self.columns_, self.target_, self.kind_ = ready.columns.to_json(), ready.target.name, ready.target.kind
        self.labels_, self.scale_ = ready.labels, ready.scale
        self.layers_, self.parameters_, self.history_ = layers, parameters, history
        digest = fingerprint(ready.table)
        self.data_ = {"rows": len(ready.table), "held_out": len(ready.out), "fingerprint": digest, "from": start}
        self.temperature_, self.judgement_ = 1.0, {}

    def plan(self, X: Any, *, checkpoint: bool = False, minutes: float | None = None) -> Estimate:
        """What ``fit(X)`` will need: time, memory, disk. Reads the table, and trains for a moment.

        ``checkpoint``: whether its run keeps checkpoints, every five minutes, as that of the command line does;
        ``minutes``: how long its run may train. Raises what ``fit`` would before it trains.
        """
        return estimate(self, X, checkpoint, minutes)

    def _split(
        self, wanted: NDArray[np.float64], labels: list[str], run: Run
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows to learn from, and rows to judge by."""
        rows, groups = len(wanted), wanted.astype(np.int64) if labels else None
        kept, out = split_rows(rows, self.holdout, groups, np.random.RandomState(self.random_state))
        if len(out) >= FEWEST_ROWS:
            return kept, out
        if self.holdout:
            run.warn(f"{counted(rows, 'row')} are too few to keep some out: nothing tells how good this model is")
        return np.arange(rows), out[:0]

    def new_net(self, labels: list[str], warm_start: bool = False) -> MLPClassifier | MLPRegressor:
        """The net, untrained."""
        shared = {item.name: getattr(self, item.name) for item in fields(Settings) if item.init}
        shared["warm_start"] = warm_start
        return MLPClassifier(**shared, class_weight=self.class_weight) if labels else MLPRegressor(**shared)

    def _fill(self, net: MLP) -> None:
        """Give a net what was learnt."""
        net.layers_, net.parameters_ = self.layers_, self.parameters_
        net.n_features_in_ = self.layers_[0] if self.layers_ else 0
        net.history_ = self.history_
        if isinstance(net, MLPClassifier):
            net.classes_, net.several_ = np.arange(len(self.labels_)), False

    def _wanted(self, target: Target, goes_on: bool) -> tuple[NDArray[np.float64], list[str]]:
        """Numbers, or numbers of classes, and the classes; of a net that goes on the classes that it has."""
        if target.kind == "regression":
            return target.values, []
        classes = self.labels_ if goes_on else target.classes
        strange = sorted(set(target.classes) - set(classes))
        if strange:
            raise UserError(f"the class {strange[0]!r} is not among those that the model knows: {' '.join(classes)}")
        if len(classes) < 2:
            raise UserError(f"the target {target.name!r} is the same in all rows, {classes[0]!r}: nothing to learn")
        number = {label: place for place, label in enumerate(classes)}
        return np.array([number[label] for label in target.labels], float), list(classes)

    def _learnt(self, wanted: NDArray[np.float64], labels: list[str], scale: Sequence[float]) -> NDArray[Any]:
        """What the net learns: numbers of classes; numbers with mean 0 and variance 1."""
        return wanted.astype(np.int64) if labels else (wanted - scale[0]) / scale[1]

    def table(self, X: Any, run: Run | None = None) -> Table:
        """X as a table, files read as the settings say."""
        if isinstance(X, str | Path) or (isinstance(X, Sequence) and X and isinstance(X[0], Path)):
            how = ReadSettings(encoding=self.encoding, errors=self.errors, check=(run or Run()).check)
            return read_table(X, how, header=False if self._has_numbers_for_names() else None)
        return Table.of(X)

    def _target(self, table: Table) -> Target:
        """The target that was learnt, in another table."""
        kind: Literal["classification", "regression"] = "classification" if self.labels_ else "regression"
        return read_target(table, self.target_, kind, "the model was trained to find it; use a table that has it")

    def _has_numbers_for_names(self) -> bool:
        """Whether the table that was learnt from had no header: then no other has one, be it of one row."""
        if not self.__sklearn_is_fitted__():
            return False
        return all(kind["name"].isdigit() for kind in self.columns_["kinds"])

    # asking the net

    @property
    def net_(self) -> MLPClassifier | MLPRegressor:
        """The net, from numbers to outputs."""
        self.check_fitted()
        net = self.new_net(self.labels_)
        self._fill(net)
        return net

    @property
    def input_names(self) -> list[str]:
        """What the inputs of the net are called."""
        self.check_fitted()
        return Columns.from_json(self.columns_, "").names

    def as_seen(self, X: Any) -> tuple[MLPClassifier | MLPRegressor, NDArray[np.float32], NDArray[Any]]:
        """The net, and rows of a table with their targets as the net sees them: inputs [N, D], targets [N]."""
        self.check_fitted()
        table = self.table(X)
        target = self._target(table)
        wanted, _ = self._wanted(target, goes_on=True)
        inputs = Columns.from_json(self.columns_, "").matrix(table.take(target.rows))
        return self.net_, inputs, self._learnt(wanted, self.labels_, self.scale_)

    def _outputs(self, X: Any) -> NDArray[np.float64]:
        """What the output layer gives, calibrated or scaled back."""
        self.check_fitted()
        known = Columns.from_json(self.columns_, "")
        found = self.net_.outputs(known.matrix(self.table(X)))
        return found / self.temperature_ if self.labels_ else found * self.scale_[1] + self.scale_[0]

    def predict(self, X: Any) -> NDArray[Any]:
        """Labels, or numbers, of rows [N]; X is a table as ``fit`` takes it, with or without the target."""
        if self.labels_:
            labels: NDArray[Any] = np.array(self.labels_, object)[self.predict_proba(X).argmax(axis=1)]
            return labels
        return self._outputs(X)[:, 0]

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The calibrated probability of each class: [N, classes]."""
        self.check_fitted()
        if not self.labels_:
            raise UserError("a regression has no probabilities: use predict")
        return probabilities(self._outputs(X))

    def answers(self, X: Any) -> Iterator[dict[str, Any]]:
        """What is found for each row: the number; or the label, its probability, and those of all labels."""
        if not self.labels_:
            yield from ({"output": float(number)} for number in self.predict(X))
            return
        for row in self.predict_proba(X):
            best = int(row.argmax())
            all_of_them = dict(zip(self.labels_, row.tolist(), strict=True))
            yield {"output": self.labels_[best], "score": float(row[best]), "probabilities": all_of_them}

    def score(self, X: Any, y: None = None) -> float:
        """Accuracy, or R2, of a table with the target."""
        return float(self.scores(X)[0].score or 0.0)

    def scores(self, X: Any, file: str = "") -> list[Score]:
        """Accuracy, macro F1 and calibration error, or R2 and RMSE, of a table with the target, with intervals."""
        self.check_fitted()
        table = self.table(X)
        target = self._target(table)
        wanted, _ = self._wanted(target, goes_on=True)
        outputs = self._outputs(table.take(target.rows))
        return scores_of(probabilities(outputs) if self.labels_ else outputs[:, 0], wanted, file)

    # the model file, the command line

    @property
    def digest(self) -> str:
        """Tells this net from others."""
        return array_digest(self.parameters_)

    def fingerprint_of(self, X: Any, run: Run) -> str:
        """That of ``data_`` if the model was trained on this table."""
        table = self.table(X, run)
        return fingerprint(table.take(self._target(table).rows))

    @classmethod
    def from_file(cls, model: ModelFile, folder: str | Path) -> Self:
        """The estimator of a model file that has been read; UserError unless its parts fit together."""
        estimator, where = super().from_file(model, folder), str(Path(folder) / MANIFEST)
        known = Columns.from_json(estimator.columns_, where)
        labels, scale = estimator.labels_, estimator.scale_
        if not all(isinstance(label, str) for label in labels) or len(labels) == 1:
            raise not_written_by_us(where, "labels_")
        if len(scale) != 2 or not all(isinstance(number, int | float) for number in scale):
            raise not_written_by_us(where, "scale_")
        estimator.net_.check_shapes(str(folder))
        if estimator.kind_ != ("classification" if labels else "regression"):
            raise not_written_by_us(where, "kind_")
        outputs = 1 if len(labels) < 3 else len(labels)
        if estimator.layers_[0] != len(known.names) or estimator.layers_[-1] != outputs:
            raise not_written_by_us(where, "layers_")
        return estimator

    def golden(self) -> dict[str, Any]:
        """What the net gives for three made rows of inputs: nothing of the user's is kept."""
        return self.net_.golden()

    def describe(self) -> str:
        """One line on what was trained."""
        what = f"{len(self.labels_)} classes" if self.labels_ else "a number"
        hidden = " + ".join(map(str, self.layers_[1:-1])) or "no"
        return f"{self.target_!r}, {what}, from {counted(self.layers_[0], 'input')} by {hidden} hidden units"

    def suggest(self, folder: str) -> str | None:
        """A command that one may want next."""
        return f"vec2seq predict {folder} new-rows.csv"

    def facts(self) -> dict[str, Any]:
        """What was found on the rows kept out."""
        return {"target": self.target_, "kind": self.kind_, "classes": self.labels_, "judgement": self.judgement_}

    def told_data(self) -> str:
        """Rows, for people."""
        return f"{counted(self.data_['rows'], 'row')}, {self.data_['held_out']:,} of them kept out"

    def told_facts(self) -> list[str]:
        """The same as lines for people."""
        known = Columns.from_json(self.columns_, "")
        told = [f"{kind.name} {kind.kind} ({counted(len(kind.inputs), 'input')})" for kind in known.kinds]
        told += [f"{name} left out" for name in known.left_out]
        lines = [f"target: {self.target_}, {self.kind_}", f"columns: {', '.join(told)}"]
        if self.judgement_:
            lines.append(self._told_scores())
            lines.append(f"how much {self.judgement_['scores'][0]['metric']} falls if a column is shuffled:")
            importance = self.judgement_["importance"]
            width = max(columns(column["column"]) for column in importance)
            for column in importance:
                padding = " " * (width - columns(column["column"]))
                lines.append(f"  {column['column']}{padding}  {column['drop']:.3f} (+- {column['spread']:.3f})")
        return lines

    def _told_scores(self) -> str:
        """The scores on the rows kept out, baselines beside them."""
        scores, baselines = self.judgement_["scores"], self.judgement_["baselines"]
        told = [f"{score['metric']} {_told(score)}" for score in scores]
        others = [f"{name} {_short(score['score'])}" for name, score in baselines.items()]
        beside = f"{scores[0]['metric']} of {', '.join(others)}"
        return f"{counted(scores[0]['n'], 'row')} kept out: {', '.join(told)} ({beside})"


def fingerprint(table: Table) -> str:
    """Tells a table from others: of the names of its columns and all cells."""
    parts = [repr((name, table.cells(name))).encode() for name in table.names]
    return array_digest(np.frombuffer(b"\n".join(parts), np.uint8))


def _scale(values: NDArray[np.float64]) -> list[float]:
    """Mean and standard deviation; UserError if all are the same."""
    mean, deviation = float(values.mean()), float(values.std())
    if not np.isfinite(deviation) or deviation <= 1e-12 * abs(mean):
        raise UserError("the target is the same in all rows, or too large: nothing to learn")
    return [mean, deviation]


def _told(score: dict[str, Any]) -> str:
    interval = "" if score["low"] is None else f" [{_short(score['low'])}, {_short(score['high'])}]"
    return f"{_short(score['score'])}{interval}"


def _short(number: float | None) -> str:
    return "-" if number is None else f"{number:.3f}" if abs(number) < 100 else f"{number:.4g}"
