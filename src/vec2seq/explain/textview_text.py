"""An explanation of a text model as text for a terminal: the answer, the marked text, how far each method is right."""

import re
from collections.abc import Iterator

import numpy as np

from vec2seq.errors import counted
from vec2seq.explain.attribution import SHORTEST
from vec2seq.explain.textcells import COLUMNS, colored, padded, table
from vec2seq.explain.textview import Method, TextExplanation
from vec2seq.run.progress import columns, visible

LEVELS = 3
"""How many strengths are told apart, besides none."""
BAR = 20
STRONGEST = 10
ANSWERS = 5
WARNING = (
    "Attention shows where the model looked, not why it answered so. What weights are worth, the check says:\n"
    "tokens are taken away, and put back, in the order of the weights; the gap is the area between both curves."
)


def textview_to_text(found: TextExplanation, color: bool, method: str | None = None) -> str:
    """The answer, the text with its tokens marked by one method, by default the first, and what all methods are worth.

    With ``color`` the marks are backgrounds, blue for the answer and orange against it, else +++ and --- before tokens.
    ValueError for a method that it does not have.
    """
    parts = [_answers(found)]
    chosen = next((one for one in found.methods if method in (None, one.name)), None)
    if chosen is None and method is not None:
        raise ValueError(f"no method {method!r}: {', '.join(one.name for one in found.methods)}")
    if chosen is not None:
        key = "blue: for the answer, orange: against it" if color else "+ for the answer, - against it"
        parts += [f"{chosen.name} ({key})\n{_marked(found, chosen, color)}", _strongest(found, chosen)]
        parts.append(_methods(found))
    if found.keywords is not None:
        parts.append(keywords_to_text(found))
    return "\n\n".join(parts)


def _answers(found: TextExplanation) -> str:
    label = visible(found.label)
    if found.token is not None:
        place = f"token {found.token + 1} of {len(found.tokens)}"
        head = f"{visible(found.model)} says {label} of {visible(found.shown(found.token))!r}, {place}"
        return f"{head}: score {_short(found.answers[found.token].score)}"
    best = sorted(found.answers, key=lambda answer: -answer.score)
    shown = [answer for at, answer in enumerate(best) if at < ANSWERS or answer.explained]
    wide = max(columns(visible(answer.label)) for answer in shown) if shown else 0
    lines = [f"{visible(found.model)} answers; {label} is explained"]
    for answer in shown:
        bar = "#" * round(BAR * min(max(answer.score, 0), 1))
        lines.append(
            f"{'*' if answer.explained else ' '} {padded(visible(answer.label), wide)} {answer.score:.3f}  {bar}"
        )
    return "\n".join(
        line.rstrip() for line in lines + [f"  and {len(best) - len(shown)} more"][: len(best) > len(shown)]
    )


def _marked(found: TextExplanation, method: Method, color: bool) -> str:
    """The text in lines, its tokens with their marks."""
    lines, room = [""], COLUMNS
    for gap, token, level in _pieces(found, method):
        shown = visible(token)
        if level and not color:
            shown = f"[{('+' if level > 0 else '-') * abs(level)} {shown}]"
        taken = columns(shown)
        if columns(gap) + taken > room and room < COLUMNS:
            lines.append("")
            gap, room = gap.lstrip(), COLUMNS
        room -= columns(gap) + taken
        lines[-1] += gap + (colored(shown, level) if level and color else shown)
    return "\n".join(f"  {line}" for line in lines)


def _pieces(found: TextExplanation, method: Method) -> Iterator[tuple[str, str, int]]:
    """What stands before each token, the token, and how much it weighs: from -LEVELS to LEVELS."""
    most = float(np.abs(method.weights).max()) or 1.0
    levels = np.round(method.weights / most * LEVELS).astype(int).tolist()
    end, alone = 0, False
    for at, (token, level) in enumerate(zip(found.tokens, levels, strict=True)):
        between = re.sub(r"\s+", " ", found.text[end : token.start])
        yield from _unmarked(between)
        apart = at > 0 and (alone or token.start == token.end)
        yield " " if apart or between.endswith(" ") else "", found.shown(at), level
        end, alone = max(end, token.end), token.start == token.end
    yield from _unmarked(re.sub(r"\s+", " ", found.text[end:]))


def _unmarked(text: str) -> Iterator[tuple[str, str, int]]:
    """Words that belong to no token."""
    for word in re.findall(" ?[^ ]+", text):
        yield " " if word.startswith(" ") else "", word.strip(" "), 0


def _strongest(found: TextExplanation, method: Method) -> str:
    """The tokens that weigh most, either way, with bars."""
    best = np.argsort(-np.abs(method.weights), kind="stable")[:STRONGEST].tolist()
    most = float(np.abs(method.weights).max()) or 1.0
    names = {at: visible(found.shown(at)) for at in best}
    wide = max(map(columns, names.values()))
    lines = [f"the {counted(len(best), 'token')} that weigh most"]
    for at in best:
        weight = float(method.weights[at])
        bar = ("+" if weight > 0 else "-") * round(BAR * abs(weight) / most)
        lines.append(f"  {at + 1:>4} {padded(names[at], wide)} {_short(weight):>10}  {bar}".rstrip())
    return "\n".join(lines)


def _methods(found: TextExplanation) -> str:
    rows = [["", "gap", "random orders, 95 %", "better by", ""]]
    for method in found.methods:
        told = method.faithfulness
        if told is None:
            rows.append([method.name, "-", "-", "-", "not checked"])
            continue
        chance = told.spread("gap")
        between = f"{_short(chance.low)} to {_short(chance.high)}"
        rows.append([method.name, _short(told.curves.gap), between, _short(told.better), told.verdict])
    lines = [WARNING, *table(rows, (0, len(rows[0]) - 1))]
    lines += [
        f"{method.name}: the sum is the change of the score within {_short(abs(method.completeness_error))}."
        for method in found.methods
        if method.completeness_error is not None
    ]
    if len(found.tokens) < SHORTEST:
        lines.append(f"A text of fewer than {SHORTEST} tokens has too few orders for the check.")
    return "\n".join(lines)


def keywords_to_text(found: TextExplanation) -> str:
    """The heaviest words by each method, and what the score loses without them; keywords must be there."""
    assert found.keywords is not None
    lists, chance = found.keywords.lists, found.keywords.random
    rows = [[f"by {one.name}" for one in lists]]
    for at in range(max(len(one.words) for one in lists)):
        rows.append([f"{visible(one.words[at].text)} {_short(one.words[at].weight)}" for one in lists])
    rows.append([f"drop {_short(one.drop)}{' *' if one.is_better else ''}" for one in lists])
    between = f"{_short(chance.low)} to {_short(chance.high)}"
    return "\n".join(
        [
            "keywords, and how much the score drops without them",
            *table(rows, tuple(range(len(rows[0])))),
            f"Without as many words drawn at random it drops by {between}; *: more than that.",
        ]
    )


def _short(number: float) -> str:
    return f"{number:.3g}"
