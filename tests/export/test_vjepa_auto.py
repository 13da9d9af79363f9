"""All ways to INT8, NNCF's among them, and the one that is taken."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from hallscribe_export.checkpoint import open_checkpoint
from hallscribe_export.progress import Silent
from hallscribe_export.quantise.choice import choose
from hallscribe_export.quantise.reference import Full, make_reference
from hallscribe_export.quantise.trial import Bench
from hallscribe_export.quantise.work import Cases, Work
from hallscribe_export.recipe import recipe
from hallscribe_export.request import VjepaRequest
from hallscribe_export.verify import verify_bundle
from hallscribe_export.vjepa import export_vjepa
from support.encoders import SIDE, vjepa_folder


def pages(count: int) -> np.ndarray:
    rng = np.random.default_rng(1)
    made = np.empty((count, SIDE, SIDE, 3), np.uint8)
    for page in made:
        page[:] = rng.integers(150, 255, 3)
        top, left = rng.integers(0, SIDE // 2, 2)
        page[top : top + 24, left : left + 24] = rng.integers(0, 150, 3)
    return made


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return vjepa_folder(tmp_path_factory.mktemp("source") / "small")


def test_auto_measures_every_way_and_takes_the_fastest_that_holds(checkpoint: Path, tmp_path: Path) -> None:
    deck = tmp_path / "deck"
    deck.mkdir()
    for number, page in enumerate(pages(20)):
        cv2.imwrite(str(deck / f"{number:02}.png"), page)
    out = tmp_path / "bundle"
    with open_checkpoint(str(checkpoint), recipe("vjepa2"), out) as opened:
        manifest = export_vjepa(opened, VjepaRequest(calibration=deck, predictor=True), out, Silent())
        report = verify_bundle(out, opened, Silent())
    assert report.passed, report.conclusion
    for runtime, ways in (
        ("openvino", ("weights", "dynamic", "post_training")),
        ("onnxruntime", ("weights", "dynamic")),
    ):
        assert all(f"{way}_cosine_to_float32_{runtime}" in manifest.measured for way in ways)
        times = [manifest.measured.get(f"{way}_latency_ms_{runtime}") for way in ways]
        assert sum(each is not None for each in times) >= 2
        assert manifest.measured[f"cosine_to_float32_{runtime}"] >= 0.999


def test_layers_that_nncf_is_told_to_keep_come_nearer_to_full_precision(checkpoint: Path, tmp_path: Path) -> None:
    work = Work(checkpoint, 1, SIDE, False)
    pictures = pages(24)
    held_out = Cases(pictures, np.arange(16)[:, None])
    found = make_reference(Silent(), {**vars_of(work)}, tmp_path, held_out.pictures, held_out.clips, False)
    full = Full(found["graph"], found["products"])
    bench = Bench(work, tmp_path, full, Cases(pictures, np.arange(16, 24)[:, None]), held_out, found["rows"])
    seen: list[float] = []

    def never(parity: object) -> list[str]:
        seen.append(parity.centred_cosine)  # type: ignore[attr-defined]
        return ["never enough"]

    with pytest.raises(ValueError, match="with every linear layer that may be kept in it kept"):
        choose(bench, "openvino", ("post_training",), never, Silent())
    # None, 1, 4 and all 12 linear layers.
    assert len(seen) == 4
    assert seen[-1] > seen[0]


def vars_of(work: Work) -> dict[str, object]:
    return {name: getattr(work, name) for name in ("checkpoint", "frames", "side", "features")}
