"""The proof of the exporter runs from a checkpoint to figures, with small models."""

from __future__ import annotations

from pathlib import Path

import pytest

from hallscribe_export.progress import Silent
from hallscribe_export.proof import heads, vjepa1
from hallscribe_export.proof.figures import Figure
from hallscribe_export.proof.setting import Setting
from hallscribed.adapters.models.bundle import default_text_path

DAEMON = Path(__file__).parents[2] / ".venv" / "bin"


def test_metas_file_is_made_converted_exported_and_measured(tmp_path: Path) -> None:
    figures = dict(vjepa1.prove(Setting(tmp_path, True, 2, DAEMON), Silent()))
    assert figures["int8_cosine_to_float32_openvino"] == Figure(
        value=figures["int8_cosine_to_float32_openvino"].value, unit="", target=0.999, better="more"
    )
    assert figures["int8_centred_cosine_onnxruntime"].target == 0.99
    assert figures["int8_latency_ms_openvino"].unit == "ms"
    assert figures["int8_peak_mib"].value > 100
    assert (tmp_path / "vjepa-vit-l-16.safetensors.sha256").is_file()


@pytest.mark.skipif(
    not (DAEMON.parent / "share" / "hallscribe" / "bundles" / default_text_path().name).is_dir(),
    reason="needs the text encoder that `make setup` makes",
)
def test_the_starter_models_heads_are_exported_for_their_encoder(tmp_path: Path) -> None:
    figures = dict(heads.prove(Setting(tmp_path, True, 2, DAEMON), Silent()))
    assert figures["fp32_cosine_to_float32_openvino"].met
    assert figures["fp32_text_cosine_to_float32_onnxruntime"].value > 0.999
