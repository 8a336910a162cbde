from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import load_file

from vec2seq.tensorfile import read_tensors, write_tensors

TENSORS = st.builds(
    lambda kind, shape: np.arange(np.prod(shape, dtype=int)).astype(kind).reshape(shape),
    st.sampled_from([np.float32, np.float64, np.int32, np.int64, np.uint8]),
    st.lists(st.integers(0, 4), max_size=3),
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1, max_size=5), TENSORS, max_size=4))
def test_the_library_and_we_read_what_is_written(
    tmp_path_factory: pytest.TempPathFactory, tensors: dict[str, NDArray[np.generic]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "t.safetensors"
    tensors.pop("__metadata__", None)
    write_tensors(path, tensors)
    for found in (load_file(path), read_tensors(path)):
        assert found.keys() == tensors.keys()
        for name, tensor in tensors.items():
            assert (found[name].dtype, found[name].shape) == (tensor.dtype, tensor.shape)
            np.testing.assert_array_equal(found[name], tensor)


def test_numbers_are_aligned_and_nothing_lies_beside(tmp_path: Path) -> None:
    path = tmp_path / "t.safetensors"
    write_tensors(path, {"a": np.arange(3, dtype=np.uint8), "b": np.arange(3.0), "c": np.ones(1, np.float32)})
    assert all(tensor.ctypes.data % tensor.itemsize == 0 for tensor in read_tensors(path).values())
    assert [file.name for file in tmp_path.iterdir()] == ["t.safetensors"]
