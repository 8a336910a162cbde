"""What an explanation of a text model holds: its answer, weights of the tokens by several methods, and its insides.

It knows nothing of how they were computed; ``attribution`` and ``keywords`` do, and the probe of a model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from vec2seq.explain.attribution import SHORTEST, Faithfulness
from vec2seq.explain.functions import Floats
from vec2seq.explain.keywords import Keywords

Task = Literal["classify", "tag"]
MethodName = Literal["gradient x input", "integrated gradients", "occlusion", "attention"]
UNITS = 32
"""The most units of a layer that are shown."""
GATES = ("input", "forget", "output", "cell")


class Token(NamedTuple):
    """A token and its place in the text, in characters; of what stands nowhere, such as [CLS], end is start."""

    text: str
    start: int
    end: int


class Answer(NamedTuple):
    """A class with its probability; or the label of a token with its score."""

    label: str
    score: float
    explained: bool = False


@dataclass(frozen=True, eq=False)
class Method:
    """What one method says of T tokens."""

    name: MethodName
    weights: Floats
    """[T]"""
    faithfulness: Faithfulness | None = None
    """None: the text is too short, or it was not checked"""
    completeness_error: float | None = None
    """by how much the weights do not add up to the change of the score; None: they need not, or it is not known"""

    def to_json(self) -> dict[str, Any]:
        """For JSON: {"name", "weights", "faithfulness", "completeness_error"}."""
        return {
            "name": self.name,
            "weights": self.weights.tolist(),
            "faithfulness": None if self.faithfulness is None else self.faithfulness.to_json(),
            "completeness_error": self.completeness_error,
        }


@dataclass(frozen=True, eq=False)
class Gates:
    """What an LSTM layer did in one direction, all [T, units]: at most UNITS units."""

    layer: int
    direction: Literal["forward", "backward"]
    input: Floats
    """from 0 to 1, as forget and output"""
    forget: Floats
    output: Floats
    cell: Floats
    """the cell's state, of any size and sign"""

    def to_json(self) -> dict[str, Any]:
        """For JSON: {"layer", "direction", "input", "forget", "output", "cell"}."""
        values = {name: getattr(self, name).tolist() for name in GATES}
        return {"layer": self.layer, "direction": self.direction, **values}


@dataclass(frozen=True, eq=False, kw_only=True)
class TextExplanation:
    """Why a classifier or tagger gave an answer to a text of T tokens. ValueError if its parts do not fit together."""

    task: Task
    model: str
    """its name"""
    text: str
    tokens: Sequence[Token]
    answers: Sequence[Answer]
    """classify: the classes; tag: one for each token"""
    label: str
    """the label that is explained"""
    token: int | None = None
    """tag: the token whose label that is"""
    methods: Sequence[Method] = field(default_factory=list)
    attention: Floats | None = None
    """[layers, heads, T, T]: a row for each token that looks, a column for each that is looked at"""
    gates: Sequence[Gates] | None = None
    keywords: Keywords | None = None

    def __post_init__(self) -> None:
        tokens = len(self.tokens)
        if tokens == 0:
            raise ValueError("an explanation of a text without tokens")
        if self.task == "tag" and (self.token is None or len(self.answers) != tokens):
            raise ValueError(f"tag: {len(self.answers)} answers to {tokens} tokens, explained: token {self.token}")
        for method in self.methods:
            if method.weights.shape != (tokens,):
                raise ValueError(f"{method.name}: weights {list(method.weights.shape)} of {tokens} tokens")
        if self.attention is not None and (self.attention.ndim != 4 or self.attention.shape[2:] != (tokens, tokens)):
            raise ValueError(f"attention {list(self.attention.shape)} of {tokens} tokens")
        for gates in self.gates or ():
            shapes = {getattr(gates, name).shape for name in GATES}
            rows, units = next(iter(shapes)) if len(shapes) == 1 else (0, 0)
            if rows != tokens or not 0 < units <= UNITS:
                raise ValueError(f"gates of layer {gates.layer}: {sorted(shapes)} of {tokens} tokens")

    def shown(self, at: int) -> str:
        """A token as it stands in the text."""
        token = self.tokens[at]
        return self.text[token.start : token.end] or token.text

    def to_json(self) -> dict[str, Any]:
        """For JSON; see the fields. "attention" is {"weights": [layers][heads][T][T]} or null."""
        return self.without_maps() | {
            "attention": None if self.attention is None else {"weights": self.attention.tolist()},
            "gates": None if self.gates is None else [gates.to_json() for gates in self.gates],
        }

    def without_maps(self) -> dict[str, Any]:
        """The same without attention and gates, which can be large."""
        return {
            "task": self.task,
            "model": self.model,
            "text": self.text,
            "tokens": [token._asdict() for token in self.tokens],
            "answers": [answer._asdict() for answer in self.answers],
            "explained": {"label": self.label, "token": self.token},
            "methods": [method.to_json() for method in self.methods],
            "keywords": None if self.keywords is None else self.keywords.to_json(),
            "shortest": SHORTEST,
        }
