"""A bundle is what its exporter made, or it is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hallscribed.adapters.models.bundle import default_encoder_path, glance, load
from hallscribed.adapters.models.manifest import MANIFEST_NAME, canonical_sha256, rendered
from hallscribed.domain.errors import Misconfigured

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return Path(shutil.copytree(default_encoder_path(), tmp_path / "bundle"))


def rewrite(bundle: Path, change: Change) -> None:
    """Change the manifest as an exporter with a mistake would: its own digest is right again."""
    fields = json.loads((bundle / MANIFEST_NAME).read_bytes())
    change(fields)
    fields["manifest_sha256"] = canonical_sha256(fields)
    (bundle / MANIFEST_NAME).write_bytes(rendered(fields))


def refusal(bundle: Path) -> str:
    with pytest.raises(Misconfigured) as caught:
        load(bundle)
    return str(caught.value)


def test_the_bundle_that_comes_along_says_what_it_is() -> None:
    loaded = load(default_encoder_path())
    assert loaded.size == 224
    assert loaded.space.trained
    assert not loaded.space.aligned, "the projection's space is"
    assert loaded.space.dimensions == 256
    assert loaded.manifest.picture is not None
    assert loaded.manifest.picture.mean == (0.485, 0.456, 0.406)
    size = sum(file.stat().st_size for file in default_encoder_path().iterdir())
    assert size < 15_000_000


def test_every_file_is_listed_and_every_runtime_has_its_graph() -> None:
    loaded = load(default_encoder_path())
    assert {file.name for file in loaded.path.iterdir()} == {MANIFEST_NAME, *loaded.manifest.files}
    assert {loaded.graph(name).name for name in ("openvino", "onnxruntime")} == {"encoder.xml", "encoder.onnx"}


@pytest.mark.parametrize("place", [0.0, 0.37, 0.99999])
@pytest.mark.parametrize("name", ["encoder.bin", "encoder.onnx", "encoder.xml"])
def test_one_flipped_bit_in_a_file_is_found(bundle: Path, name: str, place: float) -> None:
    data = bytearray((bundle / name).read_bytes())
    data[int(place * len(data))] ^= 1
    (bundle / name).write_bytes(data)
    told = refusal(bundle)
    assert str(bundle / name) in told
    assert "export it anew" in told


def test_one_changed_byte_anywhere_in_the_manifest_is_found(bundle: Path) -> None:
    whole = (bundle / MANIFEST_NAME).read_bytes()
    for place in range(0, len(whole), 23):
        hurt = bytearray(whole)
        hurt[place] = ord("\t") if whole[place] in b" \n" else whole[place] ^ 1
        (bundle / MANIFEST_NAME).write_bytes(hurt)
        assert MANIFEST_NAME in refusal(bundle), place
    (bundle / MANIFEST_NAME).write_bytes(whole)
    load(bundle)


def test_a_cut_off_a_longer_and_a_missing_file_are_found(bundle: Path) -> None:
    file = bundle / "encoder.bin"
    whole = file.read_bytes()
    for data in (whole[:-1], whole + b"\0", b""):
        file.write_bytes(data)
        assert "encoder.bin" in refusal(bundle)
    file.unlink()
    assert "encoder.bin" in refusal(bundle)


def test_no_bundle_at_all_says_what_to_do(tmp_path: Path) -> None:
    assert "run the set-up" in refusal(tmp_path / "nowhere")
    (tmp_path / MANIFEST_NAME).write_text("[]")
    assert MANIFEST_NAME in refusal(tmp_path)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda fields: fields.update(extra=1), "extra"),
        (lambda fields: fields.pop("licence"), "licence"),
        (lambda fields: fields.update(format_version=2), "format_version"),
        (lambda fields: fields.pop("picture"), "picture"),
        (lambda fields: fields["picture"].update(resize="crop"), "picture.resize"),
        (lambda fields: fields["space"].update(dimensions=768), "dimensions"),
        (lambda fields: fields["files"].pop("encoder.bin"), "encoder.bin"),
        (lambda fields: fields["runtimes"].update(tensorrt=["encoder.xml"]), "tensorrt"),
        (lambda fields: fields["runtimes"].update(openvino=["../encoder.xml"]), "plain name"),
        (lambda fields: fields["files"].update({"/etc/passwd": {"bytes": 1, "sha256": "0" * 64}}), "plain name"),
    ],
)
def test_a_manifest_that_is_not_understood_names_the_field(bundle: Path, change: Change, told: str) -> None:
    rewrite(bundle, change)
    message = refusal(bundle)
    assert told in message
    assert str(bundle / MANIFEST_NAME) in message


def test_a_runtime_that_the_bundle_lacks(bundle: Path) -> None:
    rewrite(bundle, lambda fields: fields["runtimes"].pop("openvino"))
    with pytest.raises(Misconfigured, match="only for onnxruntime"):
        load(bundle).graph("openvino")


def test_a_glance_finds_all_but_a_change_in_a_large_file(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert glance(bundle).manifest == load(bundle).manifest
    file = max((file for file in bundle.iterdir()), key=lambda file: file.stat().st_size)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(Misconfigured, match="is not what the exporter made"):
        glance(bundle)
    monkeypatch.setattr("hallscribed.adapters.models.bundle._SMALL_BYTES", len(data) - 1)
    assert glance(bundle).path == bundle
    with pytest.raises(Misconfigured, match="is not what the exporter made"):
        load(bundle)
    file.write_bytes(data[:-1])
    with pytest.raises(Misconfigured, match="is not what the exporter made"):
        glance(bundle)
    file.unlink()
    with pytest.raises(Misconfigured, match="cannot be read"):
        glance(bundle)
