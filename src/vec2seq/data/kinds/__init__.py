"""Kinds of columns: how cells of numbers, categories and dates become the inputs of a network.

Each kind is fitted on the training rows, says what its inputs are called, and makes them for any rows: float32 [N, D],
always finite. ``from_json`` believes nothing: model folders may come from anybody.
"""

from vec2seq.data.kinds.categorical import Categorical
from vec2seq.data.kinds.date import Dates
from vec2seq.data.kinds.numeric import Numeric

Kind = Numeric | Categorical | Dates
KINDS: dict[str, type[Numeric] | type[Categorical] | type[Dates]] = {
    "numeric": Numeric,
    "categorical": Categorical,
    "date": Dates,
}
