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
        frames: 1 for the graph that takes single pictures, else how many of them a clip has.
        resize: "stretch" scales the whole picture to the square. A centre crop would cut off the
            edges of slides, where titles and page numbers are.
        mean, std: of each channel R, G, B for values scaled to 0..1.
    """

    size: int = Field(ge=16, le=1024)
    frames: int = Field(1, ge=1, le=64)
    resize: Literal["stretch"]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


class Tokens(Part):
    """How a text becomes the encoder's input: ``tokenizer`` is the file, longer texts are cut at ``max_tokens``."""

    tokenizer: FileName
    max_tokens: int = Field(ge=8, le=8192)


class Language(Part):
    """How the language model is asked.

    Attributes:
        prompt_tokens: a longer prompt is cut.
        new_tokens: the longest answer.
    """

    prompt_tokens: int = Field(ge=64, le=32768)
    new_tokens: int = Field(ge=1, le=1024)


class Joined(Part):
    """What a projection's two heads join.

    Attributes:
        visual, text: the spaces that they take vectors of, by name.
        match_cosine: a text and a picture this near belong together, as found in training.
    """

    visual: str = Field(min_length=1)
    text: str = Field(min_length=1)
    match_cosine: float = Field(ge=-1, le=1)


class Graph(Part):
    """A further graph of the bundle, such as an encoder's predictor; ``runtimes`` as in the manifest."""

    inputs: tuple[Tensor, ...] = Field(min_length=1)
    outputs: tuple[Tensor, ...] = Field(min_length=1)
    runtimes: dict[RuntimeName, tuple[FileName, ...]] = Field(min_length=1)


class Source(Part):
    """What the bundle was made of.

    Attributes:
        name: hub id, package or file name; never a path of the exporting machine.
        files: sha256 of every file that was read.
    """

    name: str = Field(min_length=1)
    files: dict[str, Sha256]


class Calibration(Part):
    """The pictures with which INT8 was chosen and measured; ``sha256`` is of their pixels in order."""

    origin: str
    frames: int = Field(ge=1)
    sha256: Sha256


class Golden(Part):
    """Inputs with the outputs of full precision.

    Attributes:
        file: a .npz without objects; its arrays are named in hallscribe_export.golden.
        least_cosine: what each runtime must reach, the worst row counting.
    """

    file: FileName
    least_cosine: dict[RuntimeName, float]


_NEEDS = {"encoder": "picture", "text": "tokens", "projection": "joined", "language": "language"}


class Manifest(Part):
    """The whole manifest.

    Attributes:
        space: of the first output's vectors; a language model has none.
        precision: in words.
        inference_precision: what OpenVINO calculates in.
        higher_precision: layers that were kept in it so that parity holds.
        tools: versions of what made the bundle.
        measured: figures taken at export, such as the cosine to full precision.
        machine: where they were taken: its processor, cores and instruction sets.
        runtimes: for each runtime its files, the graph first.
        graphs: further graphs by name: "predictor" of an encoder, "text" of a projection.
        files: every file but the manifest.
        manifest_sha256: of all the other fields in canonical form, so that the manifest checks itself.
    """

    format_version: Literal[1]
    kind: Literal["encoder", "text", "projection", "language"]
    model_id: str = Field(min_length=1)
    revision: str = Field(min_length=1)
    licence: str = Field(min_length=1)
    space: Space | None = None
    inputs: tuple[Tensor, ...] = ()
    outputs: tuple[Tensor, ...] = ()
    picture: Picture | None = None
    tokens: Tokens | None = None
    joined: Joined | None = None
    language: Language | None = None
    source: Source | None = None
    calibration: Calibration | None = None
    golden: Golden | None = None
    precision: str
    inference_precision: Literal["f32", "bf16"] = "f32"
    higher_precision: tuple[str, ...] = ()
    tools: dict[str, str]
    measured: dict[str, float]
    machine: dict[str, str] = Field(default_factory=dict)
    runtimes: dict[RuntimeName, tuple[FileName, ...]] = Field(min_length=1)
    graphs: dict[str, Graph] = Field(default_factory=dict)
    files: dict[FileName, FileEntry]
    manifest_sha256: Sha256

    @model_validator(mode="after")
    def _whole(self) -> Manifest:
        """What the fields must be to each other."""
        for kind, field in _NEEDS.items():
            if (self.kind == kind) != (getattr(self, field) is not None):
                raise ValueError(f"{field!r} belongs to a bundle of kind {kind}, and every such bundle has it")
        unlisted = sorted(self._named() - set(self.files))
        if unlisted or not all(self.runtimes.values()):
            raise ValueError(f"'files' does not list {', '.join(unlisted) or 'a file for each runtime'}")
        if self.kind == "language":
            return self
        if self.space is None or not self.inputs or not self.outputs:
            raise ValueError("only a language model has no 'space', 'inputs' and 'outputs'")
        if self.outputs[0].shape[-1] != self.space.dimensions:
            raise ValueError("the first output's width is not the space's 'dimensions'")
        return self

    def _named(self) -> set[str]:
        """Files that other fields name."""
        whole = [self.runtimes, *(graph.runtimes for graph in self.graphs.values())]
        named = {name for runtimes in whole for names in runtimes.values() for name in names}
        if self.tokens is not None:
            named.add(self.tokens.tokenizer)
        if self.golden is not None:
            named.add(self.golden.file)
        return named


def rendered(fields: dict[str, Any]) -> bytes:
    """The one way in which a manifest is written: a file that differs from it in any byte was changed."""
    return (json.dumps(fields, indent=2) + "\n").encode()


def canonical_sha256(fields: dict[str, Any]) -> str:
    """Sha256 of every field but ``manifest_sha256``, as JSON with sorted keys and no spaces."""
    rest = {key: value for key, value in fields.items() if key != "manifest_sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
