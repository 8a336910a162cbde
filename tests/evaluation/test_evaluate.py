"""evaluation: words are found by one rule; the table of scores."""

import numpy as np

from vec2seq.data.tokenize import Tokenizer
from vec2seq.data.vocab import UNKNOWN
from vec2seq.evaluation.evaluate import as_table
from vec2seq.evaluation.words import find_rows
from vec2seq.measure import Score
from vec2seq.vectors.store import Vectors


def test_words_are_found_as_they_stand_then_normalized_then_in_any_case_then_joined() -> None:
    tokens = ["paris", "Paris", "PARIS", "Oslo", "OSLO", "ａ", "a", "New_York"]
    vectors = Vectors(tokens, np.eye(8, dtype=np.float32), Tokenizer("words", nfkc=True))
    *found, unknown = find_rows(vectors, ["Paris", "paRIS", "OSLO", "oslo", "Ａ", "ａ", "new york", "x"])
    assert [tokens[row] for row in found] == ["Paris", "paris", "OSLO", "Oslo", "a", "ａ", "New_York"]
    assert unknown == UNKNOWN


def test_table_is_aligned_with_chinese_too() -> None:
    rows = [
        Score("3cosadd", 0.25, 0.2, 0.3, 1234, 0.5, "data/题.txt"),
        Score("3cosadd", None, None, None, 0, 0.0, "data/题.txt", "capital-world"),
        Score("3cosadd", 1.0, 0.6, 1.0, 7, 1.0, "data/题.txt", "首都"),
        Score("3cosmul", 0.5, 0.4, 0.6, 7, 1.0, "data/题.txt"),
        Score("3cosmul", 1.0, 0.6, 1.0, 7, 1.0, "data/题.txt", "首都"),
        Score("weat", -0.5, None, None, 8, 1.0, "bias.json", p=0.0123),
        Score("weat", 1.5, 1.0, 2.0, 8, 1.0, "bias.json", "花与虫", p=0.5),
    ]
    head = "bias.json  association, effect size, p = 0.012"
    assert as_table(rows).split("\n") == [
        " " * len(head) + "   score   95 % interval      n  coverage",
        "题.txt  analogies, 3CosAdd".ljust(len(head) - 1) + "   0.250  0.200 to 0.300  1,234    50.0 %",
        "  capital-world".ljust(len(head)) + "       -               -      0     0.0 %",
        "  首都".ljust(len(head) - 2) + "   1.000  0.600 to 1.000      7   100.0 %",
        "题.txt  analogies, 3CosMul".ljust(len(head) - 1) + "   0.500  0.400 to 0.600      7   100.0 %",
        head + "  -0.500               -      8   100.0 %",
        "bias.json  花与虫, p = 0.5".ljust(len(head) - 3) + "   1.500  1.000 to 2.000      8   100.0 %",
    ]
