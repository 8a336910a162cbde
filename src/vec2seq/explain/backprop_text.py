"""Traces of back-propagation as text for a terminal: of a small net all numbers, of a large one how they lie."""

import numpy as np

from vec2seq.errors import counted
from vec2seq.explain.arrays import LARGEST, spread
from vec2seq.explain.differences import Check, zero_checks
from vec2seq.explain.functions import Floats
from vec2seq.explain.mlptrace import Layer, Trace
from vec2seq.explain.nettrace import NetTrace
from vec2seq.explain.tablerow import TableRow
from vec2seq.run.progress import visible

COLUMNS = 96
"""Characters of a line of numbers."""
_BARS = " ▁▂▃▄▅▆▇█"


def to_text(trace: Trace) -> str:
    """The whole trace: forward, loss, backward, update, and the check of the gradients."""
    widths = [len(trace.inputs), *(layer.shape[1] for layer in trace.layers)]
    row = "row" if len(trace.target) == 1 else "rows"
    parts = [
        *([] if trace.row is None else [row_to_text(trace.row)]),
        f"B = {len(trace.target)} {row} through layers of {' -> '.join(map(str, widths))} units; "
        "' transposes, * multiplies number by number",
        f"inputs: {_names(trace.inputs)}; outputs: {_names(trace.outputs)}",
        "FORWARD",
        _array("A0, the inputs", trace.layers[0].incoming),
        *(_forward(layer) for layer in trace.layers),
        "LOSS",
        _array("Y, the target", trace.target),
        f"{trace.loss_name}: {trace.loss_formula}\nL = {trace.loss:.6g}",
        "BACKWARD",
        *(_backward(layer) for layer in reversed(trace.layers)),
        _flow(trace.layers),
        f"UPDATE by {trace.solver}, learning rate {trace.learning_rate:g}, weight decay {trace.alpha:g}",
        *(_array(f"W{layer.number} changes by", layer.update, layer.formulas["update"]) for layer in trace.layers),
        f"L before the update {trace.loss:.6g}, after it {trace.loss_after:.6g}",
        _checks(trace.checks),
    ]
    return "\n\n".join(parts)


def row_to_text(row: TableRow) -> str:
    """The row as its file has it, and what ``predict`` answers for it, and by which numbers: two lines."""
    cells = [f"{visible(name)} {'missing' if cell is None else visible(cell)}" for name, cell in row.cells.items()]
    shown = ", ".join(cells[:12]) + ("" if len(cells) <= 12 else f" ... ({len(cells)} columns)")
    first = "" if row.first_of is None else f" (the first of {counted(row.first_of, 'row')}; FILE:LINE names another)"
    return (
        f"row {visible(row.place)}{first}, model {visible(row.model)}: {shown}; target {visible(row.target)} "
        f"{visible(row.wanted or 'missing')}\npredict answers {_answer(row)}"
    )


def _answer(row: TableRow) -> str:
    """The answer, and how it follows from the numbers of the last layer."""
    z = f"Z{row.layers}"
    if row.score is None:
        way = f"{row.output:.6g} = {row.sums[0]:.6g} x {row.deviation:.6g} + {row.mean:.6g}"
        scale = f"the deviation {row.deviation:.6g} and the mean {row.mean:.6g} of {visible(row.target)} in training"
        return f"{way}: {z} in its unit, by {scale}"
    sure = f"{visible(str(row.output))} with probability {row.score:.6g}"
    temperature = f"the temperature {row.temperature:.6g}"
    if len(row.classes) > 2:
        return f"{sure}: by softmax({z} / {row.temperature:.6g}), {temperature}; A{row.layers} is without it"
    way = f"1 / (1 + exp(-{z} / {row.temperature:.6g}))"
    of = "it is" if row.output == row.classes[1] else f"that of {visible(row.classes[1])} is"
    return f"{sure}: {of} {way}, {temperature}; A{row.layers} is without it"


def _names(names: list[str]) -> str:
    shown = ", ".join(visible(name) for name in names[:12])
    return shown if len(names) <= 12 else f"{shown} ... ({len(names)})"


def _forward(layer: Layer) -> str:
    n, (before, width) = layer.number, layer.shape
    return "\n".join(
        [
            f"layer {n}: {before} values -> {width} units, {layer.activation}",
            _array(f"W{n}, the last row is the bias", layer.weights),
            _array(f"Z{n}", layer.sums, layer.formulas["sums"]),
            _array(f"A{n}", layer.values, layer.formulas["values"]),
            _array(f"f'(Z{n})", layer.slopes, layer.formulas["slopes"]),
        ]
    )


def _backward(layer: Layer) -> str:
    n = layer.number
    return "\n".join(
        [
            f"layer {n}",
            _array(f"dL/dA{n} arrives", layer.arriving, layer.formulas["arriving"]),
            _array(f"dL/dZ{n} leaves", layer.leaving, layer.formulas["leaving"]),
            _array(f"dL/dW{n}", layer.gradient, layer.formulas["gradient"]),
        ]
    )


def _array(name: str, array: Floats, formula: str = "") -> str:
    """Its name, shape, formula, and numbers, indented."""
    head = f"  {name} {list(array.shape)}" + (f":  {formula}" if formula else "")
    if array.size > LARGEST:
        return f"{head}\n    {_spread(array)}"
    numbers = np.array2string(
        array,
        max_line_width=COLUMNS,
        threshold=LARGEST,
        formatter={"float_kind": lambda value: f"{value + 0.0:>10.4g}"},
    )
    return "\n".join(
        [head, *("    " + line.replace("[", " ").replace("]", " ").rstrip() for line in numbers.split("\n"))]
    )


def _spread(array: Floats) -> str:
    """How the numbers of a large array lie, with a histogram of one line from the lowest to the highest."""
    found = spread(array)
    if found["histogram"] is None:
        return "no finite number"
    counts = found["histogram"]["counts"]
    bars = "".join(_BARS[-(-count * (len(_BARS) - 1) // max(counts))] for count in counts)
    norm = "infinite" if found["norm"] is None else f"{found['norm']:.4g}"
    return (
        f"min {found['min']:.4g}  mean {found['mean']:.4g}  max {found['max']:.4g}  norm {norm}  "
        f"{found['zeros']} of {array.size} are 0\n    |{bars}|  counts {' '.join(map(str, counts))}"
    )


def _flow(layers: list[Layer]) -> str:
    """The size of gradients over depth: vanishing and exploding are seen here."""
    lines = ["gradients over depth: norms of dL/dZ and dL/dW"]
    for layer in layers:
        sizes = (float(np.linalg.norm(layer.leaving)), float(np.linalg.norm(layer.gradient)))
        lines.append(f"  layer {layer.number}  {sizes[0]:>10.4g}  {sizes[1]:>10.4g}")
    return "\n".join(lines)


def _checks(checks: list[Check]) -> str:
    """The gradients that were compared with finite differences."""
    wrong = sum(not one.agrees for one in checks)
    verdict = f"{wrong} of {len(checks)} DO NOT AGREE" if wrong else f"all {len(checks)} agree"
    verdict += f", {zero_checks(checks)} of them 0 with 0" if zero_checks(checks) and not wrong else ""
    lines = [
        f"CHECK: gradients beside finite differences (L(w + h) - L(w - h)) / 2h: {verdict}",
        f"  {'weight, from 0':<14}  {'gradient':>14}  {'difference':>14}  {'relative error':>14}",
    ]
    for one in checks:
        place = f"{one.name}[{', '.join(map(str, one.place))}]"
        mark = "" if one.agrees else "  does not agree"
        lines.append(f"  {place:<14}  {one.gradient:>14.8g}  {one.difference:>14.8g}  {one.error:>14.1e}{mark}")
    return "\n".join(lines)


def net_to_text(trace: NetTrace) -> str:
    """The trace of a PyTorch net: a line for each module and each parameter, and the check of the gradients."""
    head = f"{'shape':<16}  {'mean':>10}  {'norm':>10}  {'norm of dL/d':>12}"
    modules = [(f"{visible(one.name) or 'the net'} ({one.kind})", one.values, one.arriving) for one in trace.modules]
    parameters = [(visible(one.name), one.values, one.gradient) for one in trace.parameters]
    width = max(len(name) for name, _, _ in [*modules, *parameters])
    lines = [
        f"{'VALUES, forward':<{width}}  {head}",
        *(_line(*one, width) for one in modules),
        "",
        f"L = {trace.loss:.6g}",
        "",
        f"{'PARAMETERS':<{width}}  {head}",
        *(_line(*one, width) for one in parameters),
        "",
        _checks(trace.checks),
    ]
    return "\n".join(lines)


def _line(name: str, values: Floats, gradient: Floats | None, width: int) -> str:
    found = spread(values)
    numbers = ["-" if found[key] is None else f"{found[key]:.4g}" for key in ("mean", "norm")]
    arriving = "none" if gradient is None else f"{float(np.linalg.norm(gradient)):.4g}"
    return f"{name:<{width}}  {list(values.shape)!s:<16}  {numbers[0]:>10}  {numbers[1]:>10}  {arriving:>12}"
