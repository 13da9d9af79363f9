"""What verify makes of projections, with and without the heads that they were made of."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hallscribe_export.progress import Silent
from hallscribe_export.projection import export_projection
from hallscribe_export.verify import open_source, verify_bundle
from hallscribed.domain.embedding import EmbeddingSpace
from support.bundles import remade
from support.heads import bundle_of, description, random_heads

VISUAL = EmbeddingSpace("pictures@1", 24, trained=True, aligned=False)
TEXT = EmbeddingSpace("texts@1", 16, trained=True, aligned=False)


def made_from(heads: Path, out: Path) -> Path:
    export_projection(heads, bundle_of("encoder", VISUAL), bundle_of("text", TEXT), out, Silent())
    return out


@pytest.fixture(scope="module")
def heads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_heads(tmp_path_factory.mktemp("trained") / "heads.safetensors", description(VISUAL, TEXT))


@pytest.fixture
def bundle(heads: Path, tmp_path: Path) -> Path:
    return made_from(heads, tmp_path / "projection")


def test_both_heads_pass_and_equal_their_file(bundle: Path, heads: Path) -> None:
    with open_source(bundle, str(heads)) as source:
        report = verify_bundle(bundle, source, Silent())
    assert report.complete, report.conclusion
    values = {line.where for line in report.lines if line.rung == "values"}
    assert values == {"openvino", "onnxruntime", "openvino text", "onnxruntime text"}
    assert {line.where for line in report.lines if line.rung == "float32"} == {"visual.joint", "text.joint"}


def test_a_head_of_other_weights_is_found(bundle: Path, tmp_path: Path) -> None:
    other = random_heads(tmp_path / "other.safetensors", description(VISUAL, TEXT), seed=5)
    shutil.copyfile(made_from(other, tmp_path / "more") / "text.onnx", bundle / "text.onnx")
    report = verify_bundle(remade(bundle), None, Silent())
    failed = [(line.rung, line.where) for line in report.lines if line.verdict == "failed"]
    assert failed == [("values", "onnxruntime text")]


def test_other_heads_are_not_its_source(bundle: Path, tmp_path: Path) -> None:
    other = random_heads(tmp_path / "heads.safetensors", description(VISUAL, TEXT), seed=5)
    with open_source(bundle, str(other)) as source:
        report = verify_bundle(bundle, source, Silent())
    failed = [line for line in report.lines if line.verdict == "failed"]
    assert [(line.rung, line.where) for line in failed] == [("source", "heads.safetensors")]
