from __future__ import annotations

from pathlib import Path

import pytest

from assay.audit import OutputError
from assay.audit.files import writable_folder, write_whole


def test_a_file_is_written_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = write_whole(tmp_path / "new" / "a.json", b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]


def test_a_file_in_place_of_a_folder_is_named(tmp_path: Path) -> None:
    blocker = tmp_path / "out"
    blocker.write_text("")
    with pytest.raises(OutputError, match=f"cannot write {blocker / 'a.json'}: "):
        write_whole(blocker / "a.json", b"one")
    with pytest.raises(OutputError, match=f"output folder {blocker}: File exists"):
        writable_folder(blocker)


def test_what_cannot_be_replaced_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a.json" / "inner").mkdir(parents=True)
    with pytest.raises(OutputError, match=r"cannot write .*a.json: Is a directory"):
        write_whole(tmp_path / "a.json", b"one")
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_a_writable_folder_is_made_and_left_empty(tmp_path: Path) -> None:
    folder = writable_folder(tmp_path / "a" / "b")
    assert list(folder.iterdir()) == []
