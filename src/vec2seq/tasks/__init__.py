"""The tasks: what ``vec2seq train TASK`` can train, and where each is written. The only such table."""

import importlib
from pathlib import Path
from typing import Any

from vec2seq import modelfile
from vec2seq.errors import UserError
from vec2seq.estimator import Estimator
from vec2seq.modelfile import ModelFile

TASKS = {
    "word2vec": "vec2seq.vectors.word2vec:Word2Vec",
    "glove": "vec2seq.vectors.glove:GloVe",
    "mlp": "vec2seq.mlp.table:TableMLP",
    "classify": "vec2seq.tasks.classify:Classifier",
    "tag": "vec2seq.tasks.tag:Tagger",
    "generate": "vec2seq.tasks.generate:Generator",
    "translate": "vec2seq.tasks.translate:Translator",
    "read": "vec2seq.tasks.read:LineReader",
}


MODELS = {
    **TASKS,
    "mlp-classifier": "vec2seq.mlp.classifier:MLPClassifier",
    "mlp-regressor": "vec2seq.mlp.regressor:MLPRegressor",
}
"""What a model folder can hold: some estimators are for Python only."""


def task_class(task: str) -> type[Estimator]:
    """The estimator class of a task."""
    if task not in MODELS:
        raise UserError(f"no task {task!r}; there is: {' '.join(TASKS)}")
    module, name = MODELS[task].split(":")
    found: type[Estimator] = getattr(importlib.import_module(module), name)
    return found


def load(folder: str | Path) -> Any:
    """Load a model folder of any task; UserError says what is wrong with it."""
    return from_file(modelfile.read(folder), folder)


def from_file(model: ModelFile, folder: str | Path) -> Any:
    """The estimator of a model file of any task that has been read."""
    if model.task not in MODELS:
        raise UserError(f"{folder}: a model for the task {model.task!r}, which this vec2seq does not know: upgrade it")
    return task_class(model.task).from_file(model, folder)
