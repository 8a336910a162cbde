"""What the user can mend is one exception; everything else is a fault of ours and keeps its traceback."""


class UserError(ValueError):
    """Something the user can mend: one line that says what is wrong, where, and how to mend it.

    The command line prints it and ends with exit code 2. It is a ``ValueError`` so that code which
    expects scikit-learn's habits can catch it.
    """


def counted(number: int, noun: str) -> str:
    """1 word, 2 words, 1,000 words: for messages."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def missing_extra(extra: str) -> UserError:
    """The error for a feature whose optional packages are not installed."""
    return UserError(f"needs: pip install 'vec2seq[{extra}]'")
