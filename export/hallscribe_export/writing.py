"""Puts a bundle into its place: complete or not at all."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from hallscribe_export.diagnosis.machine import in_words
from hallscribe_export.scratch import scratch
from hallscribed.adapters.models.manifest import FORMAT_VERSION, MANIFEST_NAME, Manifest, canonical_sha256, rendered

_TOOLS = ("numpy", "onnx", "openvino")
# Of renameat2(2), which Python has no name for: paths are relative to the working folder; two names are exchanged.
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
# Where the kernel lists what is mounted, the place of the mount point in its lines, and how it writes blanks.
_MOUNTS, _MOUNT_POINT = Path("/proc/self/mountinfo"), 4
_ESCAPED = re.compile(r"\\([0-7]{3})")
# What kernels and file systems that cannot exchange say.
_UNABLE = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)


@contextlib.contextmanager
def bundle_folder(out: Path) -> Iterator[Path]:
    """A temporary folder beside ``out`` that takes its place when the block ends well, and is removed when it fails.

    A bundle that lies there already is replaced. ValueError when ``out`` is something else, or nothing can be written
    there.
    """
    refuse_other_folder(out)
    new = [folder for folder in out.absolute().parents if not folder.exists()]
    try:
        with contextlib.ExitStack() as stack:
            try:
                out.parent.mkdir(parents=True, exist_ok=True)
                temporary = stack.enter_context(scratch(out, "new"))
            except OSError as error:
                raise ValueError(
                    f"{out} cannot be written ({error.strerror}): name another --out, in a folder that you may write to"
                ) from error
            yield temporary
            temporary.chmod(0o755)
            for file in temporary.iterdir():
                file.chmod(0o644)
                _sync(file)
            _sync(temporary)
            _put(temporary, out)
            _sync(out.parent)
    finally:
        # Folders that were made for it stay only with it in them.
        with contextlib.suppress(OSError):
            for folder in new:
                folder.rmdir()


def _put(new: Path, out: Path) -> None:
    """Rename ``new`` to ``out``; an older bundle there is what ``new`` holds, or is gone, afterwards."""
    if not out.exists():
        new.rename(out)
    elif not _exchange(new, out):
        old = Path(tempfile.mkdtemp(prefix=f".{out.name}.old.", dir=out.parent))
        try:
            out.rename(old / out.name)
            new.rename(out)
        finally:
            # Interrupted between the two: back with it.
            if not out.exists():
                (old / out.name).replace(out)
            shutil.rmtree(old)


def _exchange(new: Path, old: Path) -> bool:
    """Whether the two changed names, at once, as the kernel can on most file systems."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(old), _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNABLE:
        return False
    raise OSError(code, os.strerror(code), str(old))


def refuse_other_folder(out: Path) -> None:
    """ValueError when ``out`` is something that no bundle may replace, or that cannot be: then before work is done."""
    if out.is_symlink():
        raise ValueError(
            f"{out} is a link to {out.readlink()}, and no link is replaced: give that folder, or a new one"
        )
    within = f"name a new folder within it, such as {out / 'bundle'}"
    if out.name in ("", ".."):
        raise ValueError(f"{out} is a folder that is there whatever its name, and cannot be replaced: {within}")
    if _is_mount_point(out):
        raise ValueError(f"{out} is a mount point, which cannot be replaced: {within}")
    if out.exists() and not _may_replace(out):
        raise ValueError(f"{out} exists and is no bundle: name a new folder")


def _is_mount_point(out: Path) -> bool:
    """By the kernel's list as well: a folder of the same disk that is mounted elsewhere looks like any other."""
    if out.is_mount():
        return True
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return False
    places = (line.split()[_MOUNT_POINT] for line in lines)
    return str(out.resolve()) in {_ESCAPED.sub(lambda code: chr(int(code[1], 8)), place) for place in places}


def _may_replace(out: Path) -> bool:
    return out.is_dir() and (not any(out.iterdir()) or _is_bundle(out))


def _is_bundle(folder: Path) -> bool:
    """Whether it looks like one of ours, of any version: other programs call a file manifest.json, too."""
    try:
        told = json.loads((folder / MANIFEST_NAME).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and {"format_version", "kind", "files", "manifest_sha256"} <= told.keys()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_manifest(
    folder: Path, fields: Mapping[str, Any], tools: Sequence[str] = (), *, hashed: Manifest | None = None
) -> Manifest:
    """Complete ``fields`` with the format, tool versions and every file's size and sha256, check them, and write.

    Args:
        tools: further packages whose versions matter.
        hashed: an earlier manifest of the same files, whose sums still hold.
    """
    paths = [file for file in sorted(folder.iterdir()) if file.name != MANIFEST_NAME]
    known = {} if hashed is None else {folder / name: entry.sha256 for name, entry in hashed.files.items()}
    sums = known | files_sha256([file for file in paths if file not in known])
    files = {file.name: {"bytes": file.stat().st_size, "sha256": sums[file]} for file in paths}
    versions = {name: importlib.metadata.version(name) for name in (*_TOOLS, *tools)}
    whole: dict[str, Any] = {"format_version": FORMAT_VERSION, **fields, "tools": versions, "machine": in_words()}
    whole["files"] = files
    # Through JSON and back, so that the digest is of what a reader will see.
    whole = json.loads(json.dumps(whole))
    whole["manifest_sha256"] = canonical_sha256(whole)
    manifest = Manifest.model_validate(whole)
    (folder / MANIFEST_NAME).write_bytes(rendered(whole))
    return manifest


def files_sha256(files: Sequence[Path]) -> dict[Path, str]:
    """Of each file, as many at a time as there are cores. OSError names the file that cannot be read."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(files, pool.map(file_sha256, files), strict=True))


def file_sha256(file: Path) -> str:
    """Of a file of any size."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
