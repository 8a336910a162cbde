"""disk.replacing: a file is there whole, or as it was before."""

import errno
import os
from pathlib import Path

import pytest

from vec2seq.disk import followed, replacing, taking_back_parents


def test_a_file_is_replaced_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with replacing(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_older_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError), replacing(path) as file:  # noqa: PT012 - the failure is inside
        file.write(b"new")
        raise RuntimeError
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", [".", "/dev/null"])
def test_only_files_are_replaced(name: str, tmp_path: Path) -> None:
    with pytest.raises(FileExistsError, match="not a file"), replacing(tmp_path / name):
        pass


def test_links_are_followed_also_to_nowhere(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "place")
    for _ in range(2):
        assert followed(tmp_path / "link") == (tmp_path / "place").resolve()
        (tmp_path / "place").mkdir(exist_ok=True)
    assert followed("m/n") == Path("m/n")


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to(tmp_path / "other")
    (tmp_path / "other").symlink_to(tmp_path / "one")
    with pytest.raises(OSError, match=os.strerror(errno.ELOOP)):
        followed(tmp_path / "one")


def test_folders_that_were_made_for_nothing_go_again(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "c"
    with pytest.raises(KeyError), taking_back_parents(path):  # noqa: PT012 - the failure is inside
        path.parent.mkdir(parents=True)
        raise KeyError
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyError), taking_back_parents(path):  # noqa: PT012 - the failure is inside
        path.parent.mkdir(parents=True)
        (tmp_path / "a" / "file").touch()
        raise KeyError
    assert [found.name for found in tmp_path.rglob("*")] == ["a", "file"]
    with taking_back_parents(path):
        path.parent.mkdir(parents=True)
    assert path.parent.is_dir()
