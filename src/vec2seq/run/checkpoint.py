"""Checkpoints: the whole state of a training in a folder, as safetensors and JSON, replaced atomically.

``OUT.checkpoint/`` holds ``state.json`` and the tensor file that it names. A new tensor file is written and flushed under
a new name before ``state.json`` is replaced in one step, so that a crash at any moment leaves the old state or the
new one. The JSON carries the tensor file's digest: a damaged checkpoint is refused, not resumed.
"""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from vec2seq.disk import file_digest, sync_folder, write_synced
from vec2seq.errors import UserError
from vec2seq.tensorfile import read_tensors, write_tensors

STATE = "state.json"


@dataclass(frozen=True)
class Checkpoint:
    """A training's place for checkpoints, beside its output folder."""

    folder: Path

    @classmethod
    def beside(cls, out: str | Path) -> "Checkpoint":
        """The checkpoint folder of an output folder."""
        out = Path(out)
        return cls(out.with_name(out.name + ".checkpoint"))

    def exists(self) -> bool:
        """Whether there is a state to go on from."""
        return (self.folder / STATE).exists()

    def save(self, state: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> None:
        """Write the state; when this returns, it is on the disk."""
        self.folder.mkdir(parents=True, exist_ok=True)
        number = int(self._read().get("number", 0)) + 1 if self.exists() else 1
        path = self.folder / f"tensors-{number}.safetensors"
        write_tensors(path, tensors)
        state = {**state, "number": number, "tensors": path.name, "sha256": file_digest(path)}
        write_synced(self.folder / (STATE + ".new"), json.dumps(state, ensure_ascii=False).encode())
        os.replace(self.folder / (STATE + ".new"), self.folder / STATE)
        sync_folder(self.folder)
        for other in self.folder.glob("tensors-*.safetensors"):
            if other != path:
                other.unlink()

    def load(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """The state and its tensors (memory-mapped, read-only)."""
        state = self._read()
        path = self.folder / str(state.get("tensors"))
        if not path.is_file() or file_digest(path) != state.get("sha256"):
            raise UserError(f"{path}: damaged or missing; delete {self.folder} to start anew")
        return state, read_tensors(path)

    def _read(self) -> dict[str, Any]:
        try:
            state = json.loads((self.folder / STATE).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UserError(
                f"{self.folder / STATE}: cannot be read ({error}); delete {self.folder} to start anew"
            ) from None
        if not isinstance(state, dict):
            raise UserError(f"{self.folder / STATE}: damaged; delete {self.folder} to start anew")
        return state

    def remove(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
