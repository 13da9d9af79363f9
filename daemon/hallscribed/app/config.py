"""The configuration: one TOML file, one frozen typed model, every error told at once."""

from __future__ import annotations

import difflib
import ipaddress
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from hallscribed.domain.errors import Misconfigured
from hallscribed.pipeline.debt import HEARTBEAT_S

# What the kernel takes (unix(7)), less the byte that ends it.
_LONGEST_SOCKET_PATH = 107


class Section(BaseModel):
    """A table of the file: unknown keys are errors, values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("must be an absolute path")
    return path


AbsolutePath = Annotated[Path, AfterValidator(_absolute)]


def _listen(address: str) -> str:
    """Only a Unix socket or the loopback: beyond it there is neither encryption nor a check of who calls."""
    if not address.startswith("unix:///"):
        return _on_loopback(address, 'must be "unix:///path" or "host:port"')
    if len(os.fsencode(address.removeprefix("unix://"))) > _LONGEST_SOCKET_PATH:
        raise ValueError(f"the path of a Unix socket has at most {_LONGEST_SOCKET_PATH} bytes")
    return address


def _loopback(address: str) -> str:
    return _on_loopback(address, 'must be "host:port"')


def _on_loopback(address: str, otherwise: str) -> str:
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise ValueError(otherwise)
    name = host.strip("[]")
    if name == "localhost":
        return address
    try:
        loopback = ipaddress.ip_address(name).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ValueError(
            f"{host!r} is not the loopback; this version has no encryption and listens on this machine only"
        )
    return address


class Storage(Section):
    """Where things lie."""

    data_dir: AbsolutePath = Path("/var/lib/hallscribe")
    reserve_bytes: int = Field(64 << 20, ge=0)
    """Below this much free space nothing more is taken in."""
    keep_pictures: bool = True
    """Whether one key frame per segment is kept; without, notes have none, and what a stop leaves unread stays so."""


class Rpc(Section):
    """Who may call."""

    listen: Annotated[str, AfterValidator(_listen)] = "unix:///run/hallscribe/hallscribe.sock"


class Ingest(Section):
    """What is looked at."""

    frames_per_second: float = Field(1.0, gt=0, le=5)
    heartbeat_s: float = Field(HEARTBEAT_S, ge=0)
    """A picture that does not change is encoded again after so long, in media time; 0 encodes every frame."""
    source_roots: tuple[AbsolutePath, ...] = ()
    """Folders beneath which files may be attached as sources; none by default."""


class Encoder(Section):
    """The model that sees."""

    bundle: AbsolutePath | None = None
    """A bundle's folder; by default the one that comes with the daemon."""
    runtime: Literal["openvino", "onnxruntime"] = "openvino"
    threads: int = Field(1, ge=1, le=64)


class Text(Section):
    """The model that understands words."""

    bundle: AbsolutePath | None = None
    """A bundle's folder; by default the one made at installation."""
    runtime: Literal["openvino", "onnxruntime"] = "openvino"
    threads: int = Field(2, ge=1, le=64)


class Projection(Section):
    """The trained map by which words find pictures."""

    bundle: AbsolutePath | None = None
    """A bundle's folder. By default the one made for the models that come with Hallscribe; beside others, none:
    pictures are then found by pictures only."""
    runtime: Literal["openvino", "onnxruntime"] = "openvino"


class Reading(Section):
    """The model that reads slides."""

    threads: int = Field(1, ge=1, le=64)
    patience_s: float = Field(60.0, ge=1)
    """The least time that reading one picture may take before its worker counts as hung."""


class Summariser(Section):
    """The language model that writes summaries when the box is idle."""

    bundle: AbsolutePath | None = None
    """A bundle's folder; without one, summaries are extractive."""
    threads: int = Field(2, ge=1, le=64)
    memory_limit_bytes: int = Field(4 << 30, ge=32 << 20)
    """Of its process's own memory; the mapped weights are not counted."""
    patience_s: float = Field(300.0, ge=1)
    """How long one summary may take before its process counts as hung."""
    idle_s: float = Field(120.0, ge=0)
    """After so long without work the model is unloaded."""
    new_tokens: int = Field(150, ge=16, le=150)
    """The longest summary, in tokens."""


class Metrics(Section):
    """What is told to a monitoring system."""

    listen: Annotated[str, AfterValidator(_loopback)] | None = None
    """Where Prometheus may ask, as host:port of this machine; nowhere by default."""


class Config(Section):
    """Everything."""

    storage: Storage = Storage()
    rpc: Rpc = Rpc()
    ingest: Ingest = Ingest()
    encoder: Encoder = Encoder()
    text: Text = Text()
    projection: Projection = Projection()
    reading: Reading = Reading()
    summariser: Summariser = Summariser()
    metrics: Metrics = Metrics()


def load_config(file: Path | None, *, data: Path | None = None, listen: str | None = None) -> Config:
    """Read the file, if any, and let the command line's words win. Misconfigured names every error at once."""
    content: dict[str, Any] = {}
    where = "the command line"
    if file is not None:
        where = str(file)
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise Misconfigured(f"{file} cannot be read as TOML: {error}") from error
    said = {"storage": ("data_dir", data and str(data.absolute())), "rpc": ("listen", listen)}
    for name, (key, value) in said.items():
        section = content.setdefault(name, {})
        if value is not None and isinstance(section, dict):  # else it is told below
            section[key] = value
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        raise Misconfigured(f"{where} is not valid:\n" + "\n".join(_told(error))) from error


def _told(error: ValidationError) -> list[str]:
    lines = []
    for detail in error.errors():
        path = ".".join(str(part) for part in detail["loc"])
        if detail["type"] == "extra_forbidden":
            lines.append(f"  {path}: there is no such key{_nearest(detail['loc'])}")
        else:
            message = detail["msg"].removeprefix("Value error, ")
            lines.append(f"  {path} = {detail['input']!r}: {message}")
    return lines


def _nearest(location: tuple[int | str, ...]) -> str:
    section: Any = Config
    for part in location[:-1]:
        section = section.model_fields[str(part)].annotation
    near = difflib.get_close_matches(str(location[-1]), section.model_fields, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(section.model_fields)}"


def to_toml(config: Config) -> str:
    """The effective configuration, as TOML."""
    lines = []
    for name, section in config.model_dump(mode="json").items():
        lines.append(f"[{name}]")
        for key, value in section.items():
            lines.append(f"# {key} is chosen by the daemon" if value is None else f"{key} = {_toml_value(value)}")
        lines.append("")
    return "\n".join(lines)


def _toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "[" + ", ".join(_toml_value(element) for element in value) + "]"
    return repr(value)


def socket_path(listen: str) -> Path | None:
    """The Unix socket's file, if it is one."""
    return Path(os.fspath(listen.removeprefix("unix://"))) if listen.startswith("unix://") else None
