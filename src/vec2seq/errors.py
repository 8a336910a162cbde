"""What the user can mend is one exception; everything else is a fault of ours and keeps its traceback."""

import re
import sys
from collections.abc import Callable


class UserError(ValueError):
    """Something the user can mend: one line that says what is wrong, where, and how to mend it.

    The command line prints it and ends with exit code 2. It is a ``ValueError`` so that code which
    expects scikit-learn's habits can catch it.

    ``what`` may hold words of the user's. ``mend``, the way out, is a text of ours, in which settings stand in braces:
    "use a smaller {min_count}". In Python they are called min_count, on the command line --min-count.
    """

    def __init__(self, what: str, mend: str = ""):
        super().__init__(what, mend)  # all arguments: another process gets them
        self.what, self.mend = what, mend

    def __str__(self) -> str:
        """The line for Python users."""
        return self.told(lambda setting: setting)

    def told(self, name: Callable[[str], str]) -> str:
        """The line, settings called what ``name`` makes of them."""
        mend = re.sub(r"{(\w+)}", lambda setting: name(setting[1]), self.mend)
        return f"{self.what}; {mend}" if mend else self.what


def not_trained(message: str) -> UserError:
    """The error for a model that is asked before it has learnt; it is scikit-learn's, too, if that is loaded."""
    theirs = sys.modules.get("sklearn.exceptions")
    kind: type[UserError] = (
        UserError if theirs is None else type("NotFittedError", (UserError, theirs.NotFittedError), {})
    )
    return kind(message)


class LittleTextError(UserError):
    """A text has too little in it for a training."""


def counted(number: int, noun: str) -> str:
    """1 word, 2 words, 1,000 words: for messages."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def not_written_by_us(where: object, name: str) -> UserError:
    """The error for what only somebody who edits a model's file, or another program, can have written."""
    return UserError(
        f"{where}: {name!r} is missing or of the wrong kind: vec2seq did not write this model, or it was changed"
    )


def missing_extra(extra: str) -> UserError:
    """The error for a feature whose optional packages are not installed."""
    return UserError(f"needs: pip install 'vec2seq[{extra}]'")
