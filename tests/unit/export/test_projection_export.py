"""Trained heads become a projection bundle, or are refused with nothing left behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from typer.testing import CliRunner

from hallscribe_export.cli import main
from hallscribe_export.heads_file import read_heads
from hallscribe_export.models.heads import METADATA_KEY, Head
from hallscribe_export.progress import Silent
from hallscribe_export.projection import applied, export_projection
from hallscribe_export.writing import file_sha256
from hallscribed.adapters.models.bundle import default_encoder_path, default_text_path, load
from hallscribed.adapters.runtime.factory import open_runtime
from hallscribed.domain.embedding import EmbeddingSpace
from support.heads import bundle_of, description, random_heads

VISUAL = EmbeddingSpace("pictures@1", 24, trained=True, aligned=False)
TEXT = EmbeddingSpace("texts@1", 16, trained=True, aligned=False)
DEEP = {
    "visual": {"space": "pictures@1", "dimensions": 24, "layer_norm": True, "hidden": 40},
    "text": {"space": "texts@1", "dimensions": 16, "layer_norm": False, "hidden": 20},
}


def export(source: Path, out: Path, visual: EmbeddingSpace = VISUAL, text: EmbeddingSpace = TEXT) -> Any:
    return export_projection(source, bundle_of("encoder", visual), bundle_of("text", text), out, Silent())


@pytest.fixture(params=["linear", "deep"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A sound file, of either kind of head."""
    fields = DEEP if request.param == "deep" else {}
    (tmp_path / "trained").mkdir()
    return random_heads(tmp_path / "trained" / "heads.safetensors", description(VISUAL, TEXT, **fields))


def test_both_heads_give_in_both_runtimes_what_the_file_says(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "made" / "heads"
    manifest = export(source, out)
    assert [file.name for file in out.parent.iterdir()] == ["heads"]
    bundle = load(out)
    assert bundle.manifest == manifest
    heads = read_heads(source)
    rng = np.random.default_rng(7)
    for name, part, width in (("visual", None, 24), ("text", "text", 16)):
        rows = (3 * rng.standard_normal((9, width))).astype(np.float32)
        wanted = applied(heads.weights, name, heads.description.head(name), rows)
        assert np.allclose(np.linalg.norm(wanted, axis=1), 1, atol=1e-6)
        for runtime in ("openvino", "onnxruntime"):
            given = open_runtime(runtime, bundle, 1, part).run({"vectors": rows})["joint"]
            assert np.allclose(given, wanted, atol=2e-6), (name, runtime)


def test_a_head_is_what_paper_and_pencil_say() -> None:
    weights = {
        "text.norm.weight": np.array([2.0, 1.0], np.float32),
        "text.norm.bias": np.array([0.0, 1.0], np.float32),
        "text.hidden.weight": np.array([[1.0, 0.0], [0.0, 1.0]], np.float32),
        "text.hidden.bias": np.zeros(2, np.float32),
        "text.output.weight": np.zeros((768, 2), np.float32),
        "text.output.bias": np.zeros(768, np.float32),
    }
    weights["text.output.weight"][:2] = np.eye(2)
    head = Head(space="x", dimensions=2, layer_norm=True, hidden=2)
    # (5, 1) is normalised to (1, -1), scaled to (2, 0); gelu(2) = 1.9545, gelu(0) = 0
    joint = applied(weights, "text", head, np.array([[5.0, 1.0]], np.float32))
    assert joint[0, :2] == pytest.approx([1.0, 0.0], abs=1e-5)


def test_the_manifest_says_what_is_joined_and_what_it_was_made_of(source: Path, tmp_path: Path) -> None:
    manifest = export(source.parent, tmp_path / "out")
    digest = file_sha256(source)
    assert manifest.kind == "projection"
    assert (manifest.joined.visual, manifest.joined.text, manifest.joined.match_cosine) == (
        "pictures@1",
        "texts@1",
        0.5,
    )
    assert (manifest.space.dimensions, manifest.space.trained, manifest.space.aligned) == (768, True, True)
    assert manifest.space.name == f"test-heads@{digest[:12]}+l2"
    assert manifest.source.files == {"heads.safetensors": digest}
    assert set(manifest.golden.least_cosine) == set(manifest.runtimes) == {"openvino", "onnxruntime"}
    for runtime in manifest.runtimes:
        for name in (f"cosine_to_float32_{runtime}", f"text_cosine_to_float32_{runtime}"):
            assert manifest.measured[name] > 0.9999


def test_heads_trained_again_make_another_space(tmp_path: Path) -> None:
    spaces = set()
    for seed in (1, 2):
        source = random_heads(tmp_path / f"heads{seed}.safetensors", description(VISUAL, TEXT), seed)
        spaces.add(export(source, tmp_path / "out").space.name)
    assert len(spaces) == 2


@pytest.mark.parametrize(
    ("kind", "space"),
    [
        ("visual", EmbeddingSpace("pictures@2", 24, trained=True, aligned=False)),
        ("visual", EmbeddingSpace("pictures@1", 25, trained=True, aligned=False)),
        ("text", EmbeddingSpace("texts@2", 16, trained=True, aligned=False)),
    ],
)
def test_heads_of_another_space_are_refused_by_both_names(
    source: Path, tmp_path: Path, kind: str, space: EmbeddingSpace
) -> None:
    with pytest.raises(ValueError, match="train heads for this one") as caught:
        export(source, tmp_path / "out", **{kind: space})
    told = str(caught.value)
    wanted = VISUAL if kind == "visual" else TEXT
    assert repr(space.name) in told
    assert repr(wanted.name) in told
    assert str(space.dimensions) in told
    assert not (tmp_path / "out").exists()


def test_a_bundle_of_the_wrong_kind_is_refused(source: Path, tmp_path: Path) -> None:
    text = bundle_of("text", TEXT)
    with pytest.raises(ValueError, match="give one of kind encoder"):
        export_projection(source, text, text, tmp_path / "out", Silent())
    assert not (tmp_path / "out").exists()


def test_the_command_makes_it_for_the_daemons_own_bundles(tmp_path: Path) -> None:
    spaces = load(default_encoder_path()).space, load(default_text_path()).space
    source = random_heads(tmp_path / "heads.safetensors", description(*spaces))
    result = CliRunner().invoke(main, ["projection", str(source), "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    manifest = load(tmp_path / "out").manifest
    for runtime in ("openvino", "onnxruntime"):
        assert manifest.measured[f"latency_ms_{runtime}"] > 0
        assert manifest.measured[f"peak_memory_mib_{runtime}"] > 10


def test_the_command_ends_with_2_for_heads_of_another_encoder(source: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["projection", str(source), "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert "'pictures@1'" in result.output
    assert load(default_encoder_path()).space.name in result.output
    assert not (tmp_path / "out").exists()


def told(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    """Change the metadata."""

    def damage(file: Path) -> None:
        with safe_open(file, "numpy") as opened:
            fields = json.loads(opened.metadata()[METADATA_KEY])
        weights = load_file(file)
        change(fields)
        save_file(weights, file, metadata={METADATA_KEY: json.dumps(fields)})

    return damage


def weighed(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    """Change the parameters."""

    def damage(file: Path) -> None:
        with safe_open(file, "numpy") as opened:
            metadata = opened.metadata()
        weights = load_file(file)
        change(weights)
        save_file(weights, file, metadata=metadata)

    return damage


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def with_metadata(text: str) -> Callable[[Path], object]:
    return lambda file: save_file(load_file(file), file, metadata={METADATA_KEY: text})


OUTPUT = "visual.output.weight"


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda file: file.unlink(), "is not there"),
        (lambda file: file.write_bytes(b""), "cannot be read"),
        (cut, "cannot be read"),
        (lambda file: save_file(load_file(file), file), "no projection heads"),
        (with_metadata("{"), "damaged"),
        (with_metadata("[]"), "damaged"),
        (told(lambda fields: fields.update(format_version=2)), "is of format 2"),
        (told(lambda fields: fields.pop("licence")), "licence"),
        (told(lambda fields: fields.update(head="x")), "head: "),
        (told(lambda fields: fields.update(match_cosine=float("nan"))), "match_cosine"),
        (told(lambda fields: fields["training"].update(steps=0)), "training.steps"),
        (weighed(lambda weights: weights.pop(OUTPUT)), f"lacks {OUTPUT}"),
        (
            weighed(lambda weights: weights.update({"audio.output.bias": np.zeros(3, np.float32)})),
            "has audio.output.bias",
        ),
        (weighed(lambda weights: weights.update({OUTPUT: np.zeros((768, 23), np.float32)})), "is (768, 23)"),
        (weighed(lambda weights: weights.update({OUTPUT: weights[OUTPUT].astype(np.float16)})), "is F16"),
        (weighed(lambda weights: weights[OUTPUT].__setitem__((3, 3), np.nan)), "no numbers"),
        (weighed(lambda weights: [each.fill(0) for each in weights.values()]), "cosine of only 0.0000"),
    ],
)
def test_bad_heads_are_refused_and_leave_nothing(tmp_path: Path, damage: Callable[[Path], object], why: str) -> None:
    file = random_heads(tmp_path / "heads.safetensors", description(VISUAL, TEXT))
    damage(file)
    with pytest.raises(ValueError) as caught:
        export(file, tmp_path / "made" / "out")
    assert why in str(caught.value)
    assert "heads.safetensors" in str(caught.value) or "cosine" in why
    assert not list(tmp_path.glob("made/*"))
    assert not list(tmp_path.glob("made/.*"))
