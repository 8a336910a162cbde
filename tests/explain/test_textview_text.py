"""An explanation in a terminal: marks where the weights are, tables in line, nothing that moves the cursor."""

import re
from dataclasses import replace

import numpy as np
import pytest

from explain.probes import made_text
from explain.textviews import made, placed, tagged
from vec2seq.explain.textcells import COLUMNS
from vec2seq.explain.textview import Method, Token
from vec2seq.explain.textview_text import textview_to_text
from vec2seq.run.progress import columns

ANSI = re.compile(r"\x1b\[[\d;]*m")


def test_tokens_are_marked_by_their_weights() -> None:
    text, tokens = placed(["not", "bad", "at", "all", "."])
    found = made(text=text, tokens=tokens, methods=[Method("occlusion", np.array([3, -2, 1, 0.1, 0]))], **BARE)
    told = textview_to_text(found, color=False)
    assert "\n  [+++ not] [-- bad] [+ at] all.\n" in told
    assert re.search(r"\n +1 not +3  \+{20}\n +2 bad +-2  -{13}\n", told)
    assert "\x1b" not in told
    colored = textview_to_text(found, color=True)
    assert "\x1b[30;48;5;75mnot\x1b[0m \x1b[30;48;5;216mbad\x1b[0m \x1b[30;48;5;189mat\x1b[0m all." in colored


BARE = {"attention": None, "gates": None, "keywords": None}


def test_the_answer_the_methods_and_the_keywords_are_told() -> None:
    found = made()
    told = textview_to_text(found, color=False)
    assert "* positive 0.810  ################" in told
    for method in found.methods:
        assert method.faithfulness is not None
        line = next(line for line in told.splitlines() if line.startswith(f"  {method.name}  "))
        assert f"{method.faithfulness.better:.3g}" in line
        assert line.endswith(method.faithfulness.verdict)
    assert "Attention shows where the model looked, not why" in told
    assert re.search("by attention +by occlusion +by TF-IDF +by random\n", told)
    assert found.keywords is not None
    for one in found.keywords.lists:
        assert f"drop {one.drop:.3g}" in told
        assert f"{one.words[0].text} {one.words[0].weight:.3g}" in told
    assert "occlusion (+ for" in textview_to_text(found, color=False, method="occlusion")
    with pytest.raises(ValueError, match="no method 'lime': gradient x input"):
        textview_to_text(found, color=False, method="lime")


def test_of_a_tagger_the_token_is_named() -> None:
    assert textview_to_text(tagged(), color=False).startswith(
        "names says I-PER of 'Lovelace', token 2 of 9: score 0.85\n"
    )


@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize("words", [made_text(300), ["电影", "很", "好看", "，"] * 60], ids=["english", "chinese"])
def test_long_texts_are_wrapped_and_whole(words: list[str], color: bool) -> None:
    joint = "" if words[0] == "电影" else " "
    found = made(words, joint=joint, **BARE)
    told = ANSI.sub("", textview_to_text(found, color))
    assert max(map(columns, told.splitlines())) <= max(COLUMNS + 2, 112)
    marked = told.split("\n\n")[1].split("\n", 1)[1]
    bare = re.sub(r"\[[-+]+ (.+?)\]", r"\1", marked)
    assert re.sub(r"\s", "", bare) == re.sub(r"\s", "", found.text)
    assert all(columns(line) > COLUMNS - 30 for line in marked.splitlines()[:-1])


def test_east_asian_words_stand_in_line_and_controls_are_escaped() -> None:
    words = ["好看", "bad\x1b[2J", "ok", "电影院里"]
    text, tokens = placed(words)
    told = textview_to_text(
        made(words, text=text, tokens=tokens, model="a\nb", attention=None, gates=None), color=False
    )
    assert "\x1b" not in told
    assert "bad\\x1b[2J" in told
    assert told.startswith("a\\nb answers")
    rows = told.split("that weigh most\n")[1].split("\n\n")[0].splitlines()
    ends = {columns(re.sub(r"  [-+]*$", "", row)) for row in rows}
    assert len(ends) == 1


def test_a_short_text_and_a_token_without_a_place_and_no_methods() -> None:
    found = made(["well", "."], **BARE)
    told = textview_to_text(found, color=False)
    assert told.count("not checked") == 4
    assert "A text of fewer than 4 tokens has too few orders" in told
    special = replace(found, tokens=[Token("[CLS]", 0, 0), *found.tokens], methods=[Method("occlusion", np.zeros(3))])
    assert "\n  [CLS] well.\n" in textview_to_text(special, color=False)
    cut = replace(found, text="oh,  well\n. and so on")
    cut = replace(cut, tokens=[Token("well", 5, 9), Token(".", 10, 11)], methods=[Method("occlusion", np.zeros(2))])
    assert "\n  oh, well . and so on\n" in textview_to_text(cut, color=False)
    assert "weigh" not in textview_to_text(made(methods=[], **BARE), color=False)
