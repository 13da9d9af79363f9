"""An encoder that was just exported does the daemon's work, on either runtime."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from hallscribe.v1 import system_pb2
from hallscribe_export.checkpoint import open_checkpoint
from hallscribe_export.progress import Silent
from hallscribe_export.recipe import recipe
from hallscribe_export.request import VjepaRequest
from hallscribe_export.vjepa import export_vjepa
from hallscribed.adapters.models.bundle import load
from support.daemon import Daemon
from support.encoders import encoder_bundle, vjepa_folder
from support.frames import shown


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    out = folder / "bundle"
    with open_checkpoint(str(vjepa_folder(folder / "small")), recipe("vjepa2"), out) as checkpoint:
        export_vjepa(checkpoint, VjepaRequest(precision="int8"), out, Silent())
    return out


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
def test_the_daemon_encodes_with_it(runtime: str, bundle: Path, tmp_path: Path) -> None:
    box = Daemon(tmp_path, f'[encoder]\nbundle = "{bundle}"\nruntime = "{runtime}"\n')
    try:
        box.start()
        box.create("talk")
        assert box.push("talk", shown([1, 1, 1, 2, 2, 2]))[-1].durable_position == 6
        box.finish("talk")
        assert box.lecture("talk").counts.kept >= 2
        status = box.system.GetStatus(system_pb2.GetStatusRequest(), timeout=10)
        assert status.encoder.model.startswith(load(bundle).manifest.model_id)
        assert status.encoder.runtime == runtime
        assert box.stop() == 0
    finally:
        box.close()


def test_one_that_takes_clips_is_refused_with_what_to_do(tmp_path: Path) -> None:
    clips = encoder_bundle(vjepa_folder(tmp_path / "small"), tmp_path / "bundle", frames=4)
    box = Daemon(tmp_path, f'[encoder]\nbundle = "{clips}"\n')
    done = subprocess.run(box.arguments(), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 78
    assert "takes clips of 4 frames" in done.stderr
    assert "Traceback" not in done.stderr
    assert "--frames 2" in done.stderr
