"""Model folders of every released format can still be read, and give what they gave."""

import json
from pathlib import Path

import pytest

from vec2seq import load, modelfile, open_vectors

GOLDEN = sorted((Path(__file__).parent / "golden").iterdir())


def test_there_is_a_folder_of_every_format() -> None:
    formats = {json.loads((folder / modelfile.MANIFEST).read_text())["format"] for folder in GOLDEN}
    assert formats == set(range(1, modelfile.FORMAT + 1))


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda folder: folder.name)
def test_it_gives_what_it_gave(folder: Path) -> None:
    golden = modelfile.read(folder).golden
    assert golden["outputs"]
    model = load(folder)
    assert model.gives_golden(golden)
    if hasattr(model, "vectors_"):
        word, near = golden["inputs"][0], golden["outputs"][0]
        found = open_vectors(folder).neighbors(word, len(near))
        assert [neighbor.word for neighbor in found] == [name for name, _ in near]
    changed = golden["outputs"][0]
    while isinstance(changed[0], list):
        changed = changed[0]
    changed[-1] += 0.001
    assert not model.gives_golden(golden)
