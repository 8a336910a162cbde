"""What may have been meant by a word that has no vector: another spelling, or several words that were given as one."""

import difflib
import unicodedata
from collections.abc import Collection

from vec2seq.data.tokenize import Tokenizer


def hint(word: str, known: Collection[str], tokenizer: Tokenizer | None) -> str:
    """The end of the message, "; similar: king"; empty if nothing comes to mind.

    ``tokenizer`` is the one that the known words come from.
    """
    parts = _words_in(word, tokenizer)
    found = [part for part in parts if part in known]
    similar = list(dict.fromkeys([*found[: len(parts) == 1], *similar_spellings(word, known)]))[:3]
    hints = f"; similar: {' '.join(similar)}" if similar else ""
    if len(parts) > 1 and found and (found == parts or len(word.split()) > 1):
        hints += f"; give each word by itself: {' '.join(found)}"
    return hints


def _words_in(text: str, tokenizer: Tokenizer | None) -> list[str]:
    """The words of a text; BPE's pieces are none."""
    if tokenizer is None or tokenizer.name in {"given", "bpe"}:
        return text.split()
    return tokenizer.tokens(text)


def similar_spellings(word: str, known: Collection[str]) -> list[str]:
    """Known words that are the same but for case, full width (NFKC) and curly apostrophes, then up to three alike."""
    folded, letters, length = _folded(word), set(word), len(word)
    same = [other for other in known if _folded(other) == folded]
    alike = [
        other
        for other in known
        if -3 < len(other) - length < 3 and 3 * len(letters.intersection(other)) >= 2 * len(letters)
    ]
    return [*same, *difflib.get_close_matches(word, alike, n=3)]


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold().replace("’", "'")
