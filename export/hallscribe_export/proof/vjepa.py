"""The true-size V-JEPA 2 proof: exports watched as commands, then the graphs raced against the public routes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hallscribe_export.calibration import prepared_pictures
from hallscribe_export.progress import Progress
from hallscribe_export.proof.exports import cost, exported, reached, verified
from hallscribe_export.proof.figures import Figure
from hallscribe_export.proof.process import watched
from hallscribe_export.proof.public import ROUTES
from hallscribe_export.proof.race import Picture, Run, open_public, race
from hallscribe_export.proof.setting import Setting
from hallscribe_export.recipe import recipe
from hallscribed.adapters.models.bundle import Bundle, load
from hallscribed.adapters.runtime.factory import open_runtime
from hallscribed.ports import Runtime

_PUBLIC = (sys.executable, "-m", "hallscribe_export.proof.public")
_REFERENCE = "openvino_float32"
_ROUNDS = 30
# Seconds and MiB that an export may take on two cores; gigabytes are 10^9 bytes.
_INT8_S, _INT8_MIB, _AUTO_S = 120, 5e9 / 2**20, 1200
_RATIO = 1.05


def prove(setting: Setting, progress: Progress) -> Iterator[tuple[str, Figure]]:
    """Figures by name; bundles and contenders stay in the setting's folder."""
    progress.step("a checkpoint of the exact architecture with random weights")
    checkpoint = setting.checkpoint("vjepa2-vitl", "tiny-vjepa2")
    yield from _exports(checkpoint, setting.work, progress)
    contenders = _public(checkpoint, setting.work, progress)
    progress.step("racing the graphs against each other")
    yield from _raced(contenders, setting.work / "auto", setting.threads)


def _exports(checkpoint: Path, work: Path, progress: Progress) -> Iterator[tuple[str, Figure]]:
    for runtime in ("openvino", "onnxruntime"):
        progress.step(f"INT8 weights for {runtime}")
        options = "--precision", "int8", "--runtime", runtime
        taken = exported("vjepa", checkpoint, work / f"int8-{runtime}", *options)
        yield from cost(f"int8_{runtime}", taken, _INT8_S, _INT8_MIB)
    progress.step("every way to INT8, the fastest that holds parity chosen")
    auto = work / "auto"
    yield from cost("auto", exported("vjepa", checkpoint, auto, "--precision", "auto", "--predictor"), _AUTO_S)
    bars = recipe("vjepa2").parity
    yield from reached("auto", auto, {"cosine_to_float32": bars.cosine, "centred_cosine": bars.centred_cosine})
    progress.step("checking the bundle against its source")
    yield from verified("auto", auto, "--source", str(checkpoint))


def _public(checkpoint: Path, work: Path, progress: Progress) -> dict[str, Path]:
    contenders = {}
    for number, route in enumerate(ROUTES):
        progress.step(f"public route: {route.replace('_', ', ')}")
        folder = work / "public" / route
        if not any(folder.glob("model.*")):
            watched([*_PUBLIC, route, str(checkpoint), str(folder)])
        contenders[route] = folder
        progress.advance(number + 1, len(ROUTES))
    return contenders


def _raced(contenders: dict[str, Path], bundle_folder: Path, threads: int) -> Iterator[tuple[str, Figure]]:
    bundle = load(bundle_folder)
    pictures = list(prepared_pictures(bundle.manifest, 8))
    runs: dict[str, Run] = {name: open_public(folder, threads) for name, folder in contenders.items()}
    ours = [f"hallscribe_{runtime}" for runtime in bundle.manifest.runtimes]
    for name, runtime in zip(ours, bundle.manifest.runtimes, strict=True):
        runs[name] = _ours(bundle, open_runtime(runtime, bundle, threads))
    wanted = np.concatenate([runs[_REFERENCE](picture) for picture in pictures])
    for name, run in runs.items():
        got = np.concatenate([run(picture) for picture in pictures])
        yield f"race_cosine_{name}", Figure(value=_least_cosine(got, wanted), unit="", better="more")
    fastest = min(contenders, key=lambda name: race({name: runs[name]}, pictures[0], 5, name)[name].median_ms)
    laps = race(runs, pictures[0], _ROUNDS, fastest)
    for name, lap in laps.items():
        yield f"race_ms_{name}", Figure(value=round(lap.median_ms, 1), unit="ms")
    best = min(ours, key=lambda name: laps[name].median_ms)
    yield "race_to_fastest_public", Figure(value=round(laps[best].ratio, 3), unit="", target=_RATIO)


def _ours(bundle: Bundle, opened: Runtime) -> Run:
    taken, given = bundle.manifest.inputs[0].name, bundle.manifest.outputs[0].name
    return lambda picture: np.asarray(opened.run({taken: picture})[given], np.float32)


def _least_cosine(got: Picture, wanted: Picture) -> float:
    lengths = np.linalg.norm(got, axis=1) * np.linalg.norm(wanted, axis=1)
    return round(float(((got * wanted).sum(axis=1) / lengths).min()), 6)
