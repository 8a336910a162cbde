"""The kernel that splits text never takes what it reads ahead, behind the end, for the text's."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vec2seq.data.counting import _new_table
from vec2seq.data.tokenize import TOKENIZERS
from vec2seq.kernels.text import DONE, END, scan


@given(
    st.text(st.sampled_from("ab \n.\x01é中"), max_size=30),
    st.sampled_from(["whitespace", "words"]),
    st.text("ab é", max_size=8),
)
def test_letters_behind_the_end_are_not_read(text: str, tokenizer: str, behind: str) -> None:
    found = []
    for more in ("", behind):
        data = text.encode()
        readable = np.frombuffer(data + more.encode() + bytes(64), np.uint8)
        table, numbers = _new_table(64, 4096), np.empty(len(data) + 1, np.int32)
        state = np.array([1, 0], np.int64)
        result, end, count = scan(readable, 0, len(data), TOKENIZERS[tokenizer](), False, table, 0, numbers, state)
        assert (result, end) == (DONE, len(data))
        words = table.letters[: table.size[1]].tobytes()
        found.append((words, numbers[:count].tolist()))
    assert found[0] == found[1]
    if tokenizer == "whitespace":
        assert sum(number != END for number in found[0][1]) == len(text.split())
