"""Bundles get into their place whole, whatever happens at the moment of the exchange."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from hallscribe_export import writing
from hallscribe_export.writing import bundle_folder, refuse_other_folder

# What tells a bundle from another folder.
MARKS = {"format_version": 1, "kind": "text", "files": {}, "manifest_sha256": ""}
OLDER, NEWER = (json.dumps({**MARKS, "model_id": name}) for name in ("older", "newer"))


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A bundle that lies there already."""
    folder = tmp_path / "bundles" / "text"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(OLDER)
    return folder


def replace(out: Path) -> None:
    with bundle_folder(out) as folder:
        (folder / "manifest.json").write_text(NEWER)


@pytest.mark.parametrize("exchanges", [True, False], ids=["exchanged at once", "renamed twice"])
def test_a_bundle_takes_an_older_ones_place(older: Path, monkeypatch: pytest.MonkeyPatch, exchanges: bool) -> None:
    if not exchanges:
        monkeypatch.setattr(writing, "_exchange", lambda new, old: False)
    replace(older)
    assert (older / "manifest.json").read_text() == NEWER
    assert [each.name for each in older.parent.iterdir()] == ["text"]


@pytest.mark.parametrize("exchanges", [True, False], ids=["exchanged at once", "renamed twice"])
@pytest.mark.parametrize("interrupted", ["before", "after"])
@pytest.mark.parametrize("at", [1, 2])
def test_an_interrupt_at_any_rename_keeps_a_bundle(
    older: Path, monkeypatch: pytest.MonkeyPatch, exchanges: bool, interrupted: str, at: int
) -> None:
    """Ctrl-C arrives between two instructions: before a rename, or after it and before the next."""
    renamed, count = Path.rename, 0

    def rename(self: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count != at:
            return renamed(self, target)
        if interrupted == "after":
            renamed(self, target)
        raise KeyboardInterrupt

    if not exchanges:
        monkeypatch.setattr(writing, "_exchange", lambda new, old: False)
    monkeypatch.setattr(Path, "rename", rename)
    try:
        replace(older)
        assert exchanges, "it was not interrupted"
    except KeyboardInterrupt:
        assert not exchanges, "one call has no middle"
    assert (older / "manifest.json").read_text() in (OLDER, NEWER)
    assert [each.name for each in older.parent.iterdir()] == ["text"]


@pytest.mark.parametrize("name", ["file/out", "x" * 250], ids=["below a file", "too long a name"])
def test_a_place_that_cannot_be_written_is_named_with_what_to_do(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="name another --out") as caught:
        replace(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_no_folder_stays_where_none_can_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **named: object) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(writing.tempfile, "mkdtemp", full)
    with pytest.raises(ValueError, match="No space left"):
        replace(tmp_path / "new" / "out")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", [".", "..", "text/..", "/"])
def test_a_folder_without_a_name_of_its_own_is_refused_beforehand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(ValueError, match=r"name a new folder within it, such as .*bundle"):
        refuse_other_folder(Path(name))


def test_a_mount_point_is_refused_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"/proc is a mount point.*such as /proc/bundle"):
        refuse_other_folder(Path("/proc"))
    # One of the same disk is told by the kernel's list alone.
    place = tmp_path / "with a blank"
    place.mkdir()
    refuse_other_folder(place)
    table = tmp_path / "mountinfo"
    table.write_text(f"36 35 98:0 /here {str(place).replace(' ', chr(92) + '040')} rw,noatime - ext4 /dev/root rw\n")
    monkeypatch.setattr(writing, "_MOUNTS", table)
    with pytest.raises(ValueError, match="with a blank is a mount point"):
        refuse_other_folder(place)


def test_a_link_to_a_bundle_is_told_as_one(older: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(older)
    with pytest.raises(ValueError, match=rf"{link} is a link to {older}.*give that folder"):
        refuse_other_folder(link)
    link.unlink()
    link.symlink_to(tmp_path / "gone")
    with pytest.raises(ValueError, match="is a link to"):
        refuse_other_folder(link)
