"""Checkpoints: the whole state of a training in a folder, as safetensors and JSON, replaced atomically.

``OUT.checkpoint/`` holds ``state.json`` and the tensor file that it names. A new tensor file is written and flushed
under a new name before ``state.json`` is replaced in one step, so that a crash at any moment leaves the old state or
the new one. The JSON carries its own digest, the tensor file's and those of the encoded text: a damaged checkpoint is
refused, not resumed.
"""

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from vec2seq.disk import (
    file_digest,
    followed,
    is_sealed,
    remove_leftovers,
    sealed,
    sync_file,
    sync_folder,
    write_synced,
)
from vec2seq.errors import UserError
from vec2seq.tensorfile import read_tensors, write_tensors

STATE = "state.json"
_OWN = re.compile(r"lock|state\.json(\.new)?|tensors-\d+\.safetensors|corpus|counts|pairs|bootstrap")
"""Names of what may lie in the folder."""


@dataclass(frozen=True)
class Checkpoint:
    """A training's place for checkpoints, beside its output folder."""

    folder: Path

    @classmethod
    def beside(cls, out: str | Path) -> "Checkpoint":
        """The checkpoint folder of an output folder. Links are followed: two names of a place have one folder."""
        out = followed(out)
        return cls(followed(out.parent / f"{out.name}.checkpoint"))

    def check_own(self) -> None:
        """UserError if the folder holds something else than checkpoints have: it would go away with it."""
        names = sorted(path.name for path in self.folder.iterdir()) if self.folder.is_dir() else []
        foreign = next((name for name in names if not _OWN.fullmatch(name)), None)
        if foreign is not None:
            raise UserError(f"{self.folder}: holds {foreign}, which is no part of a checkpoint; move it away")

    def exists(self) -> bool:
        """Whether there is a state to go on from."""
        return (self.folder / STATE).exists()

    def save(self, state: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> None:
        """Write the state; when this returns, it is on the disk."""
        self.folder.mkdir(parents=True, exist_ok=True)
        before: dict[str, Any] = self._read() if self.exists() else {"number": 0, "files": {}}
        number = before["number"] + 1
        path, new_state = self.folder / f"tensors-{number}.safetensors", self.folder / (STATE + ".new")
        try:
            write_tensors(path, tensors)
            state = {**state, "number": number, "tensors": path.name, "sha256": file_digest(path)}
            state["files"] = self._synced_files(before["files"])
            write_synced(new_state, json.dumps(sealed(state), ensure_ascii=False).encode())
        except BaseException:
            path.unlink(missing_ok=True)
            new_state.unlink(missing_ok=True)
            raise
        new_state.replace(self.folder / STATE)
        sync_folder(self.folder)
        for other in self.folder.glob("tensors-*.safetensors"):
            if other != path:
                other.unlink()

    def _synced_files(self, before: dict[str, list[Any]]) -> dict[str, list[Any]]:
        """Time of change and digest of each file of the encoded text; what has changed is flushed to the disk."""
        found = {}
        for path in sorted(filter(Path.is_file, self.folder.glob("*/*"))):
            name, changed = path.relative_to(self.folder).as_posix(), path.stat().st_mtime_ns
            found[name] = before.get(name, [])
            if changed not in found[name]:
                sync_file(path)
                sync_folder(path.parent)
                found[name] = [changed, file_digest(path)]
        return found

    def load(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """The state and its tensors (memory-mapped, read-only)."""
        state = self._read()
        path = self.folder / state["tensors"]
        digests = {name: digest for name, (_, digest) in state["files"].items()}
        for name, digest in {**digests, path.name: state["sha256"]}.items():
            file = self.folder / name
            if not file.is_file() or file_digest(file) != digest:
                raise UserError(f"{file}: damaged or missing; delete {self.folder} to start anew")
        return state, read_tensors(path)

    def check_goes_on(self, state: dict[str, Any], task: str, identity: dict[str, Any]) -> None:
        """UserError unless a state is of this task, and what its run began with is what there is now."""
        if state["task"] != task:
            raise UserError(f"{self.folder}: the checkpoint of another task, {state['task']!r}")
        for name, value in identity.items():
            before = state["identity"].get(name)
            if before != value:
                raise UserError(
                    f"the run began with {name} {before}, not {value}: use the same, or delete {self.folder} to start "
                    "anew"
                )

    def _read(self) -> dict[str, Any]:
        try:
            state: dict[str, Any] = json.loads((self.folder / STATE).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise UserError(
                f"{self.folder / STATE}: cannot be read ({error}); delete {self.folder} to start anew"
            ) from None
        if not is_sealed(state):
            raise UserError(f"{self.folder / STATE}: damaged; delete {self.folder} to start anew")
        return state

    def remove(self) -> None:
        """Remove the folder with all that is in it, under another name: there is never a half of it.

        Once it has that name, another process may make the folder anew.
        """
        remove_leftovers(self.folder)
        aside = self.folder.with_name(f"{self.folder.name}.old-{os.getpid()}")
        try:
            self.folder.rename(aside)
        except FileNotFoundError:
            return
        except OSError:
            aside = self.folder
        shutil.rmtree(aside, ignore_errors=True)
