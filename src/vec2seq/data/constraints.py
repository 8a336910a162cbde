r"""What may be written: a text that matches a pattern, that is made of certain words, or both.

A model writes pieces: several characters, one, or a byte of one. After which of them a text that keeps the rules is
still possible, an automaton over bytes knows (Willard and Louf 2023), made of derivatives of regular expressions
(Brzozowski 1964) as far as it is needed: llguidance does that (extra ``patterns``). So there are no dead ends. What is
cut off, since it became as long as it may be, is the beginning of a text that keeps the rules.

Poems of four lines, five characters each, are a pattern::

    ([^，。\s]{5}，[^，。\s]{5}。\n){2}
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn, Self

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.pieces import BORDER
from vec2seq.errors import UserError, missing_extra

EFFORT = 20_000_000
"""What a step may cost: of 100,000 words most need a few milliseconds, none more than a second or so."""


@dataclass(frozen=True, eq=False)
class Permitted:
    """The pieces after which texts that keep all rules are possible: a ``Constraint`` of ``kernels.sampling``."""

    size: int
    """V, how many pieces there are"""
    first: Any
    """a matcher, as all states are"""

    @classmethod
    def of(cls, pieces: Sequence[bytes], rules: Sequence[str], before: str = "") -> Self:
        """Of the bytes of each piece, number 0 the end (``Pieces.encoded``), and of rules: see below.

        ``before``: what stands before a text, and no rule is for. UserError if no text keeps the rules, or if they are
        too large.
        """
        library = _library()
        names = [f"RULE{number}" for number in range(len(rules))]
        lines = [f"{name}: {rule}" for name, rule in zip(names, rules, strict=True)]
        lines += [f"KEPT: {' & '.join(names)}", f"TEXT: {_quoted(before)} KEPT"]
        grammar = "\n".join(['%llguidance {"no_forcing": true}', "start: TEXT", *lines])
        limits = library.LLParserLimits(initial_lexer_fuel=EFFORT, step_lexer_fuel=EFFORT, verbose_errors=False)
        tokens = library.LLTokenizer(_Pieces(pieces), slices=[])
        found = cls(len(pieces), library.LLMatcher(tokens, grammar, log_level=0, limits=limits))
        found.allowed(found.first)
        return found

    def begun(self, numbers: Iterable[int]) -> Self:
        """The same for a text that begins with these pieces; UserError if none that keeps the rules does."""
        state = self.first.deep_copy()
        if not state.consume_tokens(list(numbers)):
            raise UserError("no text that begins like this keeps the rules")
        return replace(self, first=state)

    def start(self) -> Any:
        """The state before the first piece."""
        return self.first

    def allowed(self, state: Any) -> NDArray[np.bool_]:
        """Which pieces [V] may come next, the end where the text is complete; UserError if that is hard to say."""
        bits = np.frombuffer(state.compute_bitmask(), np.uint8)
        if state.is_error():
            _refuse(state.get_error())
        return np.unpackbits(bits, count=self.size, bitorder="little").astype(bool)

    def after(self, state: Any, token: int) -> Any:
        """The state with one piece more; ValueError if it was not allowed."""
        found = state.deep_copy()
        if not found.consume_token(token):
            raise ValueError(f"piece {token} is not allowed here")
        return found


def matching(pattern: str) -> str:
    r"""The rule that a text as a whole matches a regular expression.

    The syntax is that of Rust's ``regex``: what Python has, and ``\p{Han}`` for all of a script, but no look-around and
    no back references; marks that are combined with letters are ``\w``. UserError for what is no such expression.
    """
    library = _library()
    _check_characters(pattern)
    if (len(pattern) - len(pattern.rstrip("\\"))) % 2:
        raise UserError(f"the pattern {pattern!r} ends in a single backslash", "write \\\\ for one")
    if message := library.LLMatcher.validate_grammar(library.LLMatcher.grammar_from_regex(pattern)):
        reasons = [line.removeprefix("error: ") for line in message.splitlines() if line.startswith("error: ")]
        reason = reasons[0] if reasons else message.splitlines()[0].rpartition("(in regex): ")[2]
        raise UserError(f"the pattern {pattern!r} cannot be used: {reason}")
    return f"/{library.regex_to_lark(pattern, '')}/" if pattern else '""'


def made_of(words: Iterable[str], spaced: bool = True) -> str:
    """The rule that a text is made of these words, written as they are in the list.

    ``spaced``: between two words there is something that is no letter, mark, digit or ``_``; else, as in Chinese, they
    may follow each other. Such other characters are free. UserError if there are no words.
    """
    some = " | ".join(_quoted(word) for word in sorted(set(words) - {""}))
    if not some:
        raise UserError("there are no words to write with")
    return rf"/\W*/ (({some}) (/\W+/ ({some}))* /\W*/)?" if spaced else rf"({some} | /\W/)*"


def beginning_with(text: str) -> str:
    """The rule that a text begins with this one."""
    return rf"{_quoted(text)} /(?s:.*)/"


def _quoted(word: str) -> str:
    _check_characters(word)
    return json.dumps(word)


def _check_characters(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UserError(f"{text!r} has half a surrogate pair, which is no character") from None


class _Pieces:
    """What llguidance asks of a tokenizer; it is never asked to cut a text: nothing is forced (``no_forcing``)."""

    is_tokenizer_wrapper = True
    eos_token_id = BORDER
    bos_token_id = None
    special_token_ids = (BORDER,)

    def __init__(self, tokens: Sequence[bytes]):
        self.tokens = list(tokens)

    def __call__(self, text: str) -> list[int]:
        raise NotImplementedError


def _refuse(message: str) -> NoReturn:
    """For what a matcher says when it cannot go on."""
    if message.startswith("NoExtension") or not message:
        raise UserError("no text keeps these rules", "look whether the pattern and the words allow any text together")
    raise UserError(f"these rules are too large ({message.splitlines()[0]})", "use a shorter pattern or fewer words")


def _library() -> Any:
    try:
        import llguidance  # optional: only what is constrained needs it
    except ImportError:
        raise missing_extra("patterns") from None
    return llguidance
