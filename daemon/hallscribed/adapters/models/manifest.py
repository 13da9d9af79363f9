"""What a bundle says about itself: ``manifest.json``, typed."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

MANIFEST_NAME = "manifest.json"
FORMAT_VERSION = 1

RuntimeName = Literal["openvino", "onnxruntime"]


class Part(BaseModel):
    """A table of the manifest: unknown keys are errors, values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


def _plain(name: str) -> str:
    if not name or name in (".", "..") or "/" in name or "\\" in name or "\0" in name:
        raise ValueError("must be the plain name of a file in the bundle's folder")
    return name


FileName = Annotated[str, AfterValidator(_plain)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class FileEntry(Part):
    """A file as the exporter left it."""

    bytes: int = Field(ge=0)
    sha256: Sha256


class Space(Part):
    """The embedding space of the output; see domain.embedding.EmbeddingSpace."""

    name: str = Field(min_length=1)
    dimensions: int = Field(ge=1)
    trained: bool
    aligned: bool


class Tensor(Part):
    """An input or output of the graph; -1 in ``shape`` is a length that may vary."""

    name: str
    dtype: Literal["float32", "int64"]
    shape: tuple[int, ...]


class Picture(Part):
    """How a picture becomes the encoder's input.

    Attributes:
        size: side of the square input, pixels.
        resize: "stretch" scales the whole picture to the square. A centre crop would cut off the
            edges of slides, where titles and page numbers are.
        mean, std: of each channel R, G, B for values scaled to 0..1.
    """

    size: int = Field(ge=16, le=1024)
    resize: Literal["stretch"]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


class Tokens(Part):
    """How a text becomes the encoder's input: ``tokenizer`` is the file, longer texts are cut at ``max_tokens``."""

    tokenizer: FileName
    max_tokens: int = Field(ge=8, le=8192)


class Manifest(Part):
    """The whole manifest.

    Attributes:
        precision: in words.
        tools: versions of what made the bundle.
        measured: figures taken at export, such as the cosine to full precision.
        runtimes: for each runtime its files, the graph first.
        files: every file but the manifest.
        manifest_sha256: of all the other fields in canonical form, so that the manifest checks itself.
    """

    format_version: Literal[1]
    kind: Literal["encoder", "text"]
    model_id: str = Field(min_length=1)
    revision: str = Field(min_length=1)
    licence: str = Field(min_length=1)
    space: Space
    inputs: tuple[Tensor, ...] = Field(min_length=1)
    outputs: tuple[Tensor, ...] = Field(min_length=1)
    picture: Picture | None = None
    tokens: Tokens | None = None
    precision: str
    tools: dict[str, str]
    measured: dict[str, float]
    runtimes: dict[RuntimeName, tuple[FileName, ...]] = Field(min_length=1)
    files: dict[FileName, FileEntry]
    manifest_sha256: Sha256

    @model_validator(mode="after")
    def _whole(self) -> Manifest:
        """What the fields must be to each other."""
        if (self.kind == "encoder") != (self.picture is not None) or (self.kind == "text") != (self.tokens is not None):
            raise ValueError("an encoder has 'picture' and no 'tokens', a text bundle 'tokens' and no 'picture'")
        named = {name for names in self.runtimes.values() for name in names}
        if self.tokens is not None:
            named.add(self.tokens.tokenizer)
        unlisted = sorted(named - set(self.files))
        if unlisted or not all(self.runtimes.values()):
            raise ValueError(f"'files' does not list {', '.join(unlisted) or 'a file for each runtime'}")
        if self.outputs[0].shape[-1] != self.space.dimensions:
            raise ValueError("the first output's width is not the space's 'dimensions'")
        return self


def rendered(fields: dict[str, Any]) -> bytes:
    """The one way in which a manifest is written: a file that differs from it in any byte was changed."""
    return (json.dumps(fields, indent=2) + "\n").encode()


def canonical_sha256(fields: dict[str, Any]) -> str:
    """Sha256 of every field but ``manifest_sha256``, as JSON with sorted keys and no spaces."""
    rest = {key: value for key, value in fields.items() if key != "manifest_sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
