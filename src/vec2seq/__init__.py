"""vec2seq: train, judge, understand and serve small sequence models on your own data.

>>> from vec2seq import Word2Vec, load
>>> Word2Vec(width=100).fit("corpus.txt").save("vectors")
>>> load("vectors").neighbors("king")
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_WHERE = {
    "Classifier": "vec2seq.tasks.classify",
    "Corpus": "vec2seq.data.corpus",
    "Generator": "vec2seq.tasks.generate",
    "GloVe": "vec2seq.vectors.glove",
    "LineReader": "vec2seq.tasks.read",
    "MLPClassifier": "vec2seq.mlp.classifier",
    "MLPRegressor": "vec2seq.mlp.regressor",
    "Run": "vec2seq.run.context",
    "TableMLP": "vec2seq.mlp.table",
    "Tagger": "vec2seq.tasks.tag",
    "Translator": "vec2seq.tasks.translate",
    "UserError": "vec2seq.errors",
    "Vectors": "vec2seq.vectors.store",
    "Word2Vec": "vec2seq.vectors.word2vec",
    "load": "vec2seq.tasks",
    "open_vectors": "vec2seq.vectors.opening",
}

__all__ = [
    "Classifier",
    "Corpus",
    "Generator",
    "GloVe",
    "LineReader",
    "MLPClassifier",
    "MLPRegressor",
    "Run",
    "TableMLP",
    "Tagger",
    "Translator",
    "UserError",
    "Vectors",
    "Word2Vec",
    "__version__",
    "load",
    "open_vectors",
]

if TYPE_CHECKING:
    from vec2seq.data.corpus import Corpus
    from vec2seq.errors import UserError
    from vec2seq.mlp.classifier import MLPClassifier
    from vec2seq.mlp.regressor import MLPRegressor
    from vec2seq.mlp.table import TableMLP
    from vec2seq.run.context import Run
    from vec2seq.tasks import load
    from vec2seq.tasks.classify import Classifier
    from vec2seq.tasks.generate import Generator
    from vec2seq.tasks.read import LineReader
    from vec2seq.tasks.tag import Tagger
    from vec2seq.tasks.translate import Translator
    from vec2seq.vectors.glove import GloVe
    from vec2seq.vectors.opening import open_vectors
    from vec2seq.vectors.store import Vectors
    from vec2seq.vectors.word2vec import Word2Vec


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562): ``import vec2seq`` itself costs nothing."""
    if name not in _WHERE:
        raise AttributeError(f"module 'vec2seq' has no attribute {name!r}")
    value = getattr(importlib.import_module(_WHERE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
