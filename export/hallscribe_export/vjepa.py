"""Turns a V-JEPA checkpoint into an encoder bundle: from its files to a bundle that was verified, top to bottom."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hallscribe_export.calibration import IMAGENET_MEAN, IMAGENET_STD, Frames, read_frames
from hallscribe_export.checkpoint import Checkpoint
from hallscribe_export.child import Ran, in_child
from hallscribe_export.golden import encoder_golden, write_golden
from hallscribe_export.graph.port import Array
from hallscribe_export.jobs import family_of
from hallscribe_export.models.encoder import FEATURES, INPUT, OUTPUT
from hallscribe_export.models.family import read_encoder
from hallscribe_export.progress import Progress
from hallscribe_export.quantise.choice import Choice, choose
from hallscribe_export.quantise.post_training import require_nncf
from hallscribe_export.quantise.prediction import NAME, Predictor, make_predictor, predictor_weights
from hallscribe_export.quantise.reference import Full, make_reference
from hallscribe_export.quantise.routes import calculates_in, in_words, routes
from hallscribe_export.quantise.stem import compare_stems
from hallscribe_export.quantise.trial import Bench
from hallscribe_export.quantise.work import Cases, Work, cases_of
from hallscribe_export.recipe import Parity, recipe
from hallscribe_export.request import VjepaRequest
from hallscribe_export.scratch import scratch
from hallscribe_export.space import model_id, space_name
from hallscribe_export.timing import measured_here
from hallscribe_export.verification.values import cores
from hallscribe_export.verify import verify_bundle
from hallscribe_export.writing import bundle_folder, write_manifest
from hallscribed.adapters.models.manifest import Manifest, RuntimeName

# Golden inputs: enough to tell one set of weights from another, few enough to travel.
_GOLDEN_PICTURES, _GOLDEN_CLIPS = 6, 2
_CALIBRATING_CLIPS = 4


def export_vjepa(checkpoint: Checkpoint, request: VjepaRequest, out: Path, progress: Progress) -> Manifest:
    """Write the bundle ``out`` from a checkpoint; its manifest.

    Raises:
        ValueError, Misconfigured: the checkpoint is incomplete, damaged or of another kind, the request cannot be
            met by it, or the result is not near enough to it. Nothing is left behind.
        OSError: a file cannot be written.
    """
    progress.step("reading the checkpoint and the pictures to measure with")
    runtimes = request.written
    if any("post_training" in routes(request.precision, runtime) for runtime in runtimes):
        require_nncf()
    work = _work(checkpoint, request)
    bars = recipe(family_of(checkpoint.folder)).parity
    frames = read_frames(request.calibration, work.side)
    held_out = _cases(frames.held_out, work)
    with bundle_folder(out) as made, scratch(out, "work") as folder:
        progress.step("the encoder in full precision")
        first = _reference(work, folder, held_out, request.predictor, progress)
        full, trained = Full(first.result["graph"], first.result["products"]), bool(first.result["trained"])
        calibrating = _cases(frames.calibrating, work)
        calibrating = calibrating if work.frames == 1 else calibrating.some(_CALIBRATING_CLIPS)
        bench = Bench(work, folder, full, calibrating, held_out, first.result["rows"])
        judge = functools.partial(_missed, bars, trained)
        choices = [choose(bench, runtime, routes(request.precision, runtime), judge, progress) for runtime in runtimes]
        predictor = None
        if request.predictor:
            where, features = folder / NAME, first.result["features"]
            predictor = make_predictor(work, features, runtimes, request.precision, bars.cosine, where, progress)
        _move([file for choice in choices for file in choice.best.files], made)
        _move(predictor.files if predictor is not None else (), made)
        fields = {
            **_source(checkpoint, work, frames, trained),
            **_graphs(work, choices, predictor),
            "golden": _golden(made, bench, bars, runtimes, predictor),
        }
        write_manifest(made, {**fields, "measured": {}}, _tools(choices))
        compared = _verified(made, progress)
        progress.step("timing the bundle")
        figures = {
            **compared,
            **measured_here(made, cores(), progress),
            # Of all that were held out, not of the golden inputs alone.
            **{name: value for choice in choices for name, value in choice.figures().items()},
            **_stems(work, held_out, progress),
            "export_peak_memory_mib": round(_peak(first, choices), 1),
        }
        return write_manifest(made, {**fields, "measured": figures}, _tools(choices))


def _work(checkpoint: Checkpoint, request: VjepaRequest) -> Work:
    """ValueError when the checkpoint cannot take such an input, or has no predictor that is asked for."""
    frames = 1 if request.single else request.frames
    shape = read_encoder(checkpoint.folder, frames=frames, crop_size=request.resolution).shape
    work = Work(checkpoint.folder, frames, shape.crop_size, request.features)
    if request.predictor:
        predictor_weights(work)
    return work


def _cases(pictures: Any, work: Work) -> Cases:
    return cases_of(pictures, work.frames, work.encoder().shape.tokens)


def _missed(bars: Parity, trained: bool, found: Any) -> list[str]:
    return list(found.missed(bars, trained))


def _reference(work: Work, folder: Path, held_out: Cases, features: bool, progress: Progress) -> Ran:
    return in_child(make_reference, progress, work=asdict(work), folder=folder, features=features, **asdict(held_out))


def _stems(work: Work, held_out: Cases, progress: Progress) -> dict[str, float]:
    if work.frames != 1:
        return {}
    found = in_child(compare_stems, progress, work=asdict(work), **asdict(held_out.some(1))).result
    return {name: float(value) for name, value in found.items()}


def _peak(first: Ran, choices: Iterable[Choice]) -> float:
    """MiB of the largest process that made or ran a graph."""
    return max(first.peak_mib, *(each.peak_mib for choice in choices for each in choice.measured))


def _move(files: Iterable[Path], folder: Path) -> None:
    for file in files:
        file.rename(folder / file.name)


def _source(checkpoint: Checkpoint, work: Work, frames: Frames, trained: bool) -> dict[str, Any]:
    shape = work.encoder().shape
    return {
        "kind": "encoder",
        "model_id": model_id(checkpoint),
        "revision": checkpoint.revision,
        "licence": checkpoint.licence,
        "space": {
            "name": space_name(checkpoint, work.frames, work.side),
            "dimensions": shape.hidden_size,
            "trained": trained,
            "aligned": False,
        },
        "picture": {
            "size": work.side,
            "frames": work.frames,
            "resize": "stretch",
            "mean": IMAGENET_MEAN,
            "std": IMAGENET_STD,
        },
        "source": {"name": checkpoint.name, "files": checkpoint.files},
        "calibration": {"origin": frames.origin, "frames": frames.count, "sha256": frames.sha256},
    }


def _graphs(work: Work, choices: list[Choice], predictor: Predictor | None) -> dict[str, Any]:
    shape = work.encoder().shape
    outputs = [{"name": OUTPUT, "dtype": "float32", "shape": (1, shape.hidden_size)}]
    if work.features:
        outputs.append({"name": FEATURES, "dtype": "float32", "shape": shape.features_shape})
    words = {choice.best.runtime: in_words(choice.best.route) for choice in choices}
    alike = len(set(words.values())) == 1
    kept = {layer for choice in choices for layer in choice.best.keep} | set(
        () if predictor is None else predictor.kept
    )
    return {
        "inputs": [{"name": INPUT, "dtype": "float32", "shape": shape.input_shape}],
        "outputs": outputs,
        "precision": next(iter(words.values()))
        if alike
        else "; ".join(f"{name}: {word}" for name, word in words.items()),
        "inference_precision": calculates_in(choices[0].best.route),
        "higher_precision": sorted(kept),
        "runtimes": {choice.best.runtime: tuple(file.name for file in choice.best.files) for choice in choices},
        "graphs": {} if predictor is None else {NAME: predictor.fields},
    }


def _golden(
    made: Path, bench: Bench, bars: Parity, runtimes: Iterable[RuntimeName], predictor: Predictor | None
) -> dict[str, Any]:
    """Some of the inputs that are held out, with what full precision made of them."""
    single = bench.work.frames == 1
    chosen = bench.held_out.numbers(_GOLDEN_PICTURES if single else _GOLDEN_CLIPS)
    cases, pooled = bench.held_out.of(chosen), bench.reference[chosen]
    kept: tuple[Mapping[str, Array], Array] | None = None
    if predictor is not None:
        kept = {predictor.fields["inputs"][0]["name"]: predictor.context}, predictor.wanted
    file = write_golden(made, "encoder", encoder_golden(cases.pictures, pooled, None if single else cases.clips, kept))
    return {"file": file, "least_cosine": dict.fromkeys(runtimes, bars.cosine)}


def _tools(choices: Iterable[Choice]) -> tuple[str, ...]:
    """Further packages that made what is in the bundle."""
    calibrated = any(choice.best.route == "post_training" for choice in choices)
    runtimes = {choice.best.runtime for choice in choices}
    return (*(("nncf",) if calibrated else ()), *(("onnxruntime",) if "onnxruntime" in runtimes else ()))


def _verified(made: Path, progress: Progress) -> dict[str, float]:
    """``cosine_to_float32`` of every graph on every runtime, over the golden inputs."""
    progress.step("verifying the bundle")
    report = verify_bundle(made, None, progress)
    if not report.passed:
        raise ValueError(f"the bundle that was made does not hold what it says: {report.conclusion}")
    found = {}
    for line in report.lines:
        if line.rung == "values" and line.figure is not None:
            runtime, _, part = line.where.partition(" ")
            found[f"{part + '_' if part else ''}cosine_to_float32_{runtime}"] = line.figure
    return found
