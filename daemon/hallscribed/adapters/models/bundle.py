"""A model bundle: a folder made by the exporter and checked before a file of it is first used."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from hallscribed.adapters.models.manifest import MANIFEST_NAME, FileEntry, Graph, Manifest, canonical_sha256, rendered
from hallscribed.domain.embedding import EmbeddingSpace
from hallscribed.domain.errors import Misconfigured

_ENCODER = "vjepa2-small"
_TEXT = "all-minilm-l6-v2"
_PROJECTION = "projection-small"
# A glance reads no more of a file: what is larger takes seconds.
_SMALL_BYTES = 64 << 20
_REPAIR = "put the bundle there again from its origin, or export it anew"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose files are what the exporter made."""

    path: Path
    manifest: Manifest

    def is_not(self, kind: str) -> Misconfigured:
        """The error where a bundle of that kind is wanted."""
        return Misconfigured(f"{self.path} is a {self.manifest.kind} bundle: configure one of kind {kind}")

    @property
    def space(self) -> EmbeddingSpace:
        """The space of the vectors it makes. Misconfigured for a language model."""
        space = self.manifest.space
        if space is None:
            raise Misconfigured(f"{self.path} is a {self.manifest.kind} bundle: it makes no vectors")
        return EmbeddingSpace(space.name, space.dimensions, space.trained, space.aligned)

    @property
    def size(self) -> int:
        """Side of an encoder's input, pixels. Misconfigured for a text bundle."""
        if self.manifest.picture is None:
            raise self.is_not("encoder")
        return self.manifest.picture.size

    def graph(self, runtime: str, part: str | None = None) -> Path:
        """The file that ``runtime`` opens, of a further graph where ``part`` names one.

        Misconfigured when the bundle has none for it.
        """
        runtimes = self.part(part).runtimes
        for name, files in runtimes.items():
            if name == runtime:
                return self.path / files[0]
        has = ", ".join(runtimes)
        raise Misconfigured(f"{self.path} has no files for the runtime {runtime!r}, only for {has}: configure one")

    def part(self, name: str | None) -> Graph | Manifest:
        """The further graph of that name, or what the manifest says of the main one. Misconfigured without it."""
        if name is None:
            return self.manifest
        if name not in self.manifest.graphs:
            raise Misconfigured(f"{self.path} has no graph {name!r}: export it with one")
        return self.manifest.graphs[name]


def load(path: Path) -> Bundle:
    """Read the manifest and check every file that it lists by size and sha256.

    Raises:
        Misconfigured: something is missing, damaged or not understood; the message names the file and what to do.
    """
    manifest = _read_manifest(path / MANIFEST_NAME)
    _refuse_strange(path, manifest)
    for name, entry in manifest.files.items():
        _check(path / name, entry)
    return Bundle(path, manifest)


def glance(path: Path) -> Bundle:
    """Like ``load``, but large files by their size only: for a bundle that ``load`` checks before it is used.

    Raises:
        Misconfigured: as of ``load``.
    """
    manifest = _read_manifest(path / MANIFEST_NAME)
    _refuse_strange(path, manifest)
    for name, entry in manifest.files.items():
        _check(path / name, entry, hashed=entry.bytes <= _SMALL_BYTES)
    return Bundle(path, manifest)


def _refuse_strange(path: Path, manifest: Manifest) -> None:
    """A language model's library reads what it finds in the folder: nothing may lie there that nobody checked."""
    if manifest.kind != "language":
        return
    strange = sorted({each.name for each in path.iterdir()} - {MANIFEST_NAME, *manifest.files})
    if strange:
        raise Misconfigured(f"{path / strange[0]} is no file of this bundle: move it away, or {_REPAIR}")


def _check(file: Path, entry: FileEntry, *, hashed: bool = True) -> None:
    try:
        size, digest = _measure(file) if hashed else (file.stat().st_size, entry.sha256)
    except OSError as error:
        raise Misconfigured(f"bundle file {file} cannot be read ({error.strerror}): {_REPAIR}") from error
    if (size, digest) != (entry.bytes, entry.sha256):
        raise Misconfigured(
            f"bundle file {file} is not what the exporter made "
            f"({size} bytes, sha256 {digest[:12]}; the manifest says {entry.bytes}, {entry.sha256[:12]}): {_REPAIR}"
        )


def _read_manifest(file: Path) -> Manifest:
    try:
        data = file.read_bytes()
        fields = json.loads(data)
    except OSError as error:
        raise Misconfigured(
            f"there is no bundle in {file.parent} ({file.name}: {error.strerror}): "
            "run the set-up again, or give the folder of a bundle made by hallscribe-export"
        ) from error
    except ValueError as error:
        raise Misconfigured(f"{file} is not valid JSON ({error}): {_REPAIR}") from error
    try:
        manifest = Manifest.model_validate(fields)
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'as a whole'}: {each['msg']}" for each in error.errors())
        raise Misconfigured(f"{file} is not a manifest this version reads ({told}): {_REPAIR}") from error
    if canonical_sha256(fields) != manifest.manifest_sha256 or data != rendered(fields):
        raise Misconfigured(f"{file} was changed after it was made (manifest_sha256 does not match): {_REPAIR}")
    return manifest


def _measure(file: Path) -> tuple[int, str]:
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return stream.tell(), digest


def default_encoder_path() -> Path:
    """The encoder that comes with the package."""
    return Path(__file__).parents[2] / "bundles" / _ENCODER


def default_projection_path() -> Path:
    """The projection that comes with the package, for its encoder and the set-up's text encoder."""
    return default_encoder_path().with_name(_PROJECTION)


def default_text_path() -> Path:
    """Where the set-up puts the text encoder: beside the installed packages."""
    return Path(sys.prefix) / "share" / "hallscribe" / "bundles" / _TEXT
