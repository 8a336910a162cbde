"""Who imports whom: the contracts of pyproject.toml, and what is loaded when."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import vec2seq

ROOT = Path(__file__).parent.parent
HEAVY = {"numba", "numpy", "scipy", "torch"}


def linted(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of a folder that holds ``pyproject.toml`` and the package in ``src``."""
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "COLUMNS": "200", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=120
    )


def copied(folder: Path) -> Path:
    """Copy what ``linted`` wants; returns the copy of the package."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    package = folder / "src" / "vec2seq"
    shutil.copytree(ROOT / "src" / "vec2seq", package, ignore=shutil.ignore_patterns("__pycache__"))
    return package


def test_the_contracts_are_kept(tmp_path: Path) -> None:
    copied(tmp_path)
    for folder in (ROOT, tmp_path):
        result = linted(folder)
        assert result.returncode == 0, result.stdout + result.stderr
        assert "0 broken" in result.stdout


LAYERS = "Imports go down the layers, and every module has its layer"
TORCH = "PyTorch is loaded by nn, engine and tasks with nets alone, not even indirectly by others"


@pytest.mark.parametrize(
    ("planted", "broken"),
    [
        ({"kernels/random.py": "from vec2seq.data import vocab"}, LAYERS),
        ({"data/vocab.py": "from vec2seq.vectors.store import Vectors"}, LAYERS),
        ({"data/vocab.py": "def late():\n    import vec2seq.run.stopping"}, LAYERS),
        ({"vectors/store.py": "from vec2seq import tasks"}, LAYERS),
        ({"motor.py": ""}, LAYERS),
        ({"run/stopping.py": "def late():\n    import torch.nn"}, TORCH),
        ({"vectors/store.py": "import vec2seq.engine.loop"}, TORCH),
        ({"engine/runtime.py": "import vec2seq.engine.eager"}, TORCH),
        ({"kernels/random.py": "import vec2seq.errors"}, "Kernels know arrays only: no files, no words, no messages"),
        ({"data/vocab.py": "from numba import njit"}, "Numba is used by kernels only"),
        ({"kernels/random.py": "import llvmlite.binding"}, "One package knows LLVM"),
    ],
)
def test_a_wrong_import_breaks_its_contract(tmp_path: Path, planted: dict[str, str], broken: str) -> None:
    package = copied(tmp_path)
    for name, lines in planted.items():
        with (package / name).open("a", encoding="utf-8") as file:
            file.write(f"\n{lines}\n")
    result = linted(tmp_path)
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{broken} BROKEN" in result.stdout


def loaded(code: str, *arguments: object) -> set[str]:
    """Which of the heavy packages a new process has loaded after running some code."""
    code = f"import json, sys\n{code}\nprint(json.dumps([*sys.modules]), file=sys.stderr)"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return HEAVY & set(json.loads(result.stderr))


RUN = "from vec2seq.cli import main; assert main(sys.argv[1:]) == 0"


def test_importing_the_package_and_asking_for_help_load_nothing() -> None:
    assert loaded("import vec2seq") == set()
    assert loaded(RUN, "--help") == set()
    assert loaded(RUN, "--version") == set()


def test_asking_a_model_does_not_load_the_compiler(tmp_path: Path, texts: list[str]) -> None:
    vec2seq.Word2Vec(width=4, min_count=1, epochs=1, threads=1).fit(texts).save(tmp_path / "model")
    for question in (["neighbors", tmp_path / "model", "w0"], ["similarity", tmp_path / "model", "w0", "w1"]):
        assert loaded(RUN, *question) == {"numpy"}


def test_a_module_that_is_loaded_is_seen() -> None:
    assert "numba" in loaded("import vec2seq.kernels.steps")


def test_public_names() -> None:
    assert vec2seq.__all__ == sorted(vec2seq.__all__)
    assert set(vec2seq.__all__) == {*vec2seq._WHERE, "__version__"}
    for name, module in vec2seq._WHERE.items():
        assert getattr(vec2seq, name) is getattr(sys.modules[module], name)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = vec2seq.nothing


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(Path(vec2seq.__file__).read_text(encoding="utf-8"))
    [block] = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen == vec2seq._WHERE
