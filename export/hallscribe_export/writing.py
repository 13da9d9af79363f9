"""Puts a bundle into its place: complete or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hallscribed.adapters.models.manifest import FORMAT_VERSION, MANIFEST_NAME, Manifest, canonical_sha256, rendered

_TOOLS = ("numpy", "onnx", "openvino")


@contextlib.contextmanager
def bundle_folder(out: Path) -> Iterator[Path]:
    """A temporary folder beside ``out`` that takes its place when the block ends well, and is removed when it fails.

    A bundle that lies there already is replaced. ValueError when ``out`` is something else.
    """
    if out.is_symlink() or (out.exists() and not _may_replace(out)):
        raise ValueError(f"{out} exists and is no bundle: name a new folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        yield temporary
        temporary.chmod(0o755)
        for file in temporary.iterdir():
            file.chmod(0o644)
            _sync(file)
        _sync(temporary)
        if out.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{out.name}.old.", dir=out.parent))
            out.rename(old / out.name)
            temporary.rename(out)
            shutil.rmtree(old)
        else:
            temporary.rename(out)
        _sync(out.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _may_replace(out: Path) -> bool:
    return out.is_dir() and ((out / MANIFEST_NAME).is_file() or not any(out.iterdir()))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_manifest(folder: Path, fields: Mapping[str, Any]) -> Manifest:
    """Complete ``fields`` with the format, tool versions and every file's size and sha256, check them, and write."""
    files = {
        file.name: {"bytes": file.stat().st_size, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
        for file in sorted(folder.iterdir())
        if file.name != MANIFEST_NAME
    }
    tools = {name: importlib.metadata.version(name) for name in _TOOLS}
    whole: dict[str, Any] = {"format_version": FORMAT_VERSION, **fields, "tools": tools, "files": files}
    # Through JSON and back, so that the digest is of what a reader will see.
    whole = json.loads(json.dumps(whole))
    whole["manifest_sha256"] = canonical_sha256(whole)
    manifest = Manifest.model_validate(whole)
    (folder / MANIFEST_NAME).write_bytes(rendered(whole))
    return manifest
