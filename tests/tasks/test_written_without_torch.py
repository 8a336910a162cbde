"""Models that write, in a process without PyTorch: a Generator does, and what is exported judges the same, too."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tasks import test_generate, test_translate

pytestmark = test_translate.pytestmark
WITHOUT_TORCH = """
import json, sys
sys.modules["torch"] = None  # whoever imports it gets an error
from pathlib import Path
from vec2seq import load
from vec2seq.errors import UserError
for folder in sorted(Path(sys.argv[1]).iterdir()):
    asked = json.loads((folder / "asked.json").read_text())
    if (folder / "saved").exists():
        written = load(folder / "saved").predict(asked["X"])
        (folder / "written.json").write_text(json.dumps(written))
        try:
            load(folder / "saved").score(asked["texts"])
        except UserError as error:
            assert "vec2seq[nn]" in str(error), error
        else:
            raise AssertionError("what did it judge by?")
    model = load(folder / "onnx")
    found = {"texts": model.predict(asked["X"]), "score": model.score(asked["texts"], asked["y"])}
    (folder / "found.json").write_text(json.dumps(found))
"""


def test_models_write_the_same_without_torch(tmp_path: Path) -> None:
    lines, (X, y) = test_generate.lines(200), test_translate.verbs(200)
    models: dict[str, tuple[Any, dict[str, Any]]] = {}
    for kind in ("lstm", "attention"):
        writer = test_generate.small(kind, epochs=1).fit(lines)
        models[f"generate {kind}"] = writer, {"X": ["a", "b-"], "texts": lines[:20], "y": None}
        for copy in ("yes", "no"):
            model = test_translate.small(kind, epochs=1, copy=copy).fit(X, y)
            models[f"translate {kind} {copy}"] = model, {"X": X[:20], "texts": X[:20], "y": y[:20]}
    for name, (model, asked) in models.items():
        (tmp_path / name).mkdir()
        model.export_onnx(tmp_path / name / "onnx")
        if name.startswith("generate"):
            model.save(tmp_path / name / "saved")
        (tmp_path / name / "asked.json").write_text(json.dumps(asked))
    process = subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT_TORCH, str(tmp_path)], capture_output=True, text=True, timeout=300
    )
    assert process.stderr == ""
    for name, (model, asked) in models.items():
        found = json.loads((tmp_path / name / "found.json").read_text())
        assert found["texts"] == model.predict(asked["X"])
        if name.startswith("generate"):
            assert json.loads((tmp_path / name / "written.json").read_text()) == found["texts"]
        assert found["score"] == pytest.approx(model.score(asked["texts"], asked["y"]), abs=1e-4)
