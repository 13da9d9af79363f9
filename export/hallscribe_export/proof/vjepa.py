"""The true-size V-JEPA 2 proof: exports watched as commands, then the graphs raced against the public routes."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hallscribe_export.calibration import prepared_pictures
from hallscribe_export.progress import Progress
from hallscribe_export.proof.figures import Figure
from hallscribe_export.proof.process import Taken, watched
from hallscribe_export.proof.public import ROUTES
from hallscribe_export.proof.race import Picture, Run, open_public, race
from hallscribe_export.proof.setting import EXPORT, Setting
from hallscribed.adapters.models.bundle import Bundle, load
from hallscribed.adapters.runtime.factory import open_runtime
from hallscribed.ports import Runtime

_PUBLIC = (sys.executable, "-m", "hallscribe_export.proof.public")
_REFERENCE = "openvino_float32"
_ROUNDS = 30
# Seconds and MiB that an export may take on two cores; gigabytes are 10^9 bytes.
_INT8_S, _INT8_MIB, _AUTO_S = 120, 5e9 / 2**20, 1200
_COSINE, _CENTRED, _RATIO = 0.999, 0.99, 1.05


def prove(setting: Setting, progress: Progress) -> dict[str, Figure]:
    """Figures by name; bundles and contenders stay in the setting's folder."""
    progress.step("a checkpoint of the exact architecture with random weights")
    checkpoint = setting.checkpoint("vjepa2-vitl", "tiny-vjepa2")
    figures = dict(_exports(checkpoint, setting.work, progress))
    contenders = _public(checkpoint, setting.work, progress)
    progress.step("racing the graphs against each other")
    figures.update(_raced(contenders, setting.work / "auto", setting.threads))
    return figures


def _exports(checkpoint: Path, work: Path, progress: Progress) -> Iterator[tuple[str, Figure]]:
    for runtime in ("openvino", "onnxruntime"):
        progress.step(f"INT8 weights for {runtime}")
        taken = _exported(checkpoint, work / f"int8-{runtime}", "--precision", "int8", "--runtime", runtime)
        yield from _cost(f"int8_{runtime}", taken, _INT8_S, _INT8_MIB)
    progress.step("every way to INT8, the fastest that holds parity chosen")
    taken = _exported(checkpoint, work / "auto", "--precision", "auto", "--predictor")
    yield from _cost("auto", taken, _AUTO_S, None)
    for name, value in load(work / "auto").manifest.measured.items():
        yield f"auto_{name}", _parity(name, value)
    progress.step("checking the bundle against its source")
    taken = watched([*EXPORT, "verify", str(work / "auto"), "--source", str(checkpoint), "--json"])
    yield "verify_seconds", Figure(value=round(taken.seconds, 1), unit="s")


def _exported(checkpoint: Path, out: Path, *options: str) -> Taken:
    shutil.rmtree(out, ignore_errors=True)
    return watched([*EXPORT, "vjepa", str(checkpoint), "--out", str(out), *options])


def _cost(name: str, taken: Taken, seconds: float, mib: float | None) -> Iterator[tuple[str, Figure]]:
    yield f"{name}_seconds", Figure(value=round(taken.seconds, 1), unit="s", target=seconds)
    yield f"{name}_peak_mib", Figure(value=round(taken.peak_mib), unit="MiB", target=mib)


def _parity(name: str, value: float) -> Figure:
    if name.startswith("cosine_to_float32"):
        return Figure(value=value, unit="", target=_COSINE, better="more")
    if name.startswith("centred_cosine"):
        return Figure(value=value, unit="", target=_CENTRED, better="more")
    units = {"ms": "ms", "mib": "MiB"}
    unit = next((unit for word, unit in units.items() if f"_{word}" in name), "")
    return Figure(value=value, unit=unit, better="less" if unit else "more")


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
