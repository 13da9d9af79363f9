"""Derived files: embeddings.npy with its two backups, and the quarantine for damaged ones."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hallscribed.adapters.store.files import sha256_of, storage_error, sync_folder, write_durably
from hallscribed.domain.embedding import Matrix


class FolderFiles:
    """Behind ports.DerivedFiles."""

    def write_matrix(self, path: Path, matrix: Matrix) -> str:
        """Write float32 (N, D) as .npy; the two versions before stay as .bak.1 (newer) and .bak.2."""
        buffer = io.BytesIO()
        np.save(buffer, np.ascontiguousarray(matrix, np.float32), allow_pickle=False)
        data = buffer.getvalue()
        sha256 = hashlib.sha256(data).hexdigest()
        try:
            if path.is_file() and sha256_of(path) != sha256:
                _rotate(path)
            write_durably(path, data)
        except OSError as error:
            raise storage_error(error, path) from error
        return sha256

    def sha256(self, path: Path) -> str | None:
        """Of a file; None when it is absent."""
        return sha256_of(path) if path.is_file() else None

    def quarantine(self, folder: Path, names: Sequence[str]) -> None:
        """Move files to ``quarantine/<Unix time>-<name>``; absent ones are passed over."""
        aside = folder / "quarantine"
        for name in names:
            if (folder / name).is_file():
                aside.mkdir(exist_ok=True)
                (folder / name).rename(aside / f"{int(time.time())}-{name}")
                sync_folder(aside)
        sync_folder(folder)


def _rotate(path: Path) -> None:
    newer, older = path.with_name(path.name + ".bak.1"), path.with_name(path.name + ".bak.2")
    if newer.is_file():
        newer.rename(older)
    path.rename(newer)
