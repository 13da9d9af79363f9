from __future__ import annotations

import gc
import os
import socket
from pathlib import Path

import pytest

from hallscribed.adapters.source import rooted
from hallscribed.adapters.source.rooted import open_rooted
from hallscribed.domain.errors import InvalidRequest, Reason


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with a file, and around it what must not be reached."""
    root = tmp_path / "videos"
    (root / "course").mkdir(parents=True)
    (root / "course" / "talk.mp4").write_bytes(b"talk")
    twin = tmp_path / "videos-hidden"
    twin.mkdir()
    (twin / "secret.mp4").write_bytes(b"secret")
    (root / "link.mp4").symlink_to(root / "course" / "talk.mp4")
    (root / "out.mp4").symlink_to(twin / "secret.mp4")
    (root / "away").symlink_to(twin)
    (root / "twice.mp4").hardlink_to(twin / "secret.mp4")
    os.mkfifo(root / "pipe.mp4")
    return root


@pytest.fixture(params=["openat2", "walk"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to open: the kernel's own, and the one for kernels without it."""
    if request.param == "walk":

        def missing(folder: int, name: bytes) -> int:
            raise OSError(rooted.errno.ENOSYS, "not implemented")

        monkeypatch.setattr(rooted, "_openat2", missing)
    return str(request.param)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def refused(path: str, *roots: Path) -> str:
    gc.collect()
    before = descriptors()
    with pytest.raises(InvalidRequest) as caught:
        open_rooted(path, roots)
    assert caught.value.reason is Reason.SOURCE_NOT_ALLOWED
    assert caught.value.field == "path"
    assert descriptors() <= before, "a descriptor was left open"
    return caught.value.message


@pytest.mark.usefixtures("way")
def test_opens_a_file_beneath_a_root(root: Path) -> None:
    descriptor = open_rooted(str(root / "course" / "talk.mp4"), [root.parent / "other", root])
    with os.fdopen(descriptor, "rb") as file:
        assert file.read() == b"talk"
        assert not os.get_inheritable(descriptor)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("pipe.mp4", "not a regular file"),
        ("link.mp4", "link"),
        ("out.mp4", "link"),
        ("away/secret.mp4", "link"),
        ("twice.mp4", "hard link"),
        ("course", "not a regular file"),
        ("course/absent.mp4", "no such file"),
        ("course/talk.mp4/more", "folder is named"),
        ("course/../course/talk.mp4", '".."'),
        ("../videos-hidden/secret.mp4", '".."'),
        ("", "not beneath"),
        (".", "not beneath"),
        ("course/talk.mp4\0.png", "control characters"),
        ("course/talk\n.mp4", "control characters"),
        ("\udcff\ud800.mp4", "Unicode"),
        ("a/" * 3000, "longer"),
        ("n" * 300, "cannot be opened"),
    ],
)
def test_refuses(root: Path, name: str, rule: str) -> None:
    assert rule in refused(f"{root}/{name}", root)


@pytest.mark.usefixtures("way")
def test_a_folder_whose_name_begins_like_the_root_is_outside(root: Path) -> None:
    assert "not beneath" in refused(str(root.parent / "videos-hidden" / "secret.mp4"), root)
    assert "not beneath" in refused("/etc/passwd", root)
    assert "not absolute" in refused("course/talk.mp4", root)


@pytest.mark.usefixtures("way")
def test_magic_links_of_proc_are_not_followed(root: Path) -> None:
    with (root / "course" / "talk.mp4").open("rb") as file:
        refused(f"/proc/self/fd/{file.fileno()}", Path("/proc/self/fd"))
        refused(f"/proc/self/fd/{file.fileno()}", Path("/proc"))
        assert "not beneath" in refused(f"/proc/self/fd/{file.fileno()}", root)


@pytest.mark.usefixtures("way")
def test_devices_and_sockets_are_no_files(root: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(root / "s"))
        assert "not a regular file" in refused(str(root / "s"), root)
    assert "not a regular file" in refused("/dev/zero", Path("/dev"))


def test_without_roots_nothing_is_allowed(root: Path) -> None:
    assert "no source root" in refused(str(root / "course" / "talk.mp4"))


def test_a_root_that_is_gone(tmp_path: Path) -> None:
    assert "root" in refused(str(tmp_path / "gone" / "talk.mp4"), tmp_path / "gone")
