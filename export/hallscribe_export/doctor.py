"""Measures this machine and says what it can run: cores, instruction sets, memory, a short run of every bundle."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from hallscribe_export.child import in_child
from hallscribe_export.diagnosis.diagnosis import Clip, Diagnosis, Tried
from hallscribe_export.diagnosis.machine import Machine, examine_machine
from hallscribe_export.diagnosis.slices import LAYERS, time_slices
from hallscribe_export.diagnosis.tiers import Known, Pace, Tier, known, predicted_mib, predicted_ms, streams
from hallscribe_export.progress import Progress, Silent
from hallscribe_export.recipe import recipe
from hallscribe_export.timing import time_bundle
from hallscribed.adapters.models.bundle import Bundle, default_encoder_path, default_text_path, load
from hallscribed.adapters.models.manifest import MANIFEST_NAME
from hallscribed.domain.errors import Misconfigured

# Weights in memory, and what lies between layers, to the size of a bundle's files.
_ROOM = 1.3


def examine(folders: Sequence[Path], progress: Progress) -> Diagnosis:
    """Measure; takes about half a minute and as long again for each large bundle.

    Args:
        folders: bundles, or folders of bundles, beside the two that the daemon comes with.

    Raises:
        ValueError: a folder holds no bundle.
    """
    progress.step("measuring cores and memory")
    machine, figures = examine_machine(), known()
    tried: list[Tried] = []
    paths = find_bundles(folders)
    progress.step("running the bundles that are here")
    for number, path in enumerate(paths):
        tried += _tried(path, machine)
        progress.advance(number + 1, len(paths))
    progress.step("running two layers of each larger encoder")
    fields = [tier.model_dump() for tier in figures.tiers]
    slices = in_child(time_slices, progress, tiers=fields, threads=machine.threads).result
    timed = {tier.checkpoint: (tier, found) for tier, found in zip(figures.tiers, slices, strict=True)}
    paces = [*_measured(tried, figures), *(_predicted(*each, machine, figures) for each in timed.values())]
    clips = tuple(_clips({name: (tier, found["slice_ms"]) for name, (tier, found) in timed.items()}, machine))
    return Diagnosis(machine, tuple(tried), tuple(paces), clips, figures)


def find_bundles(folders: Sequence[Path]) -> list[Path]:
    """The daemon's own two, the given ones, and those that lie beside any of them.

    What lies beside and may not be read is somebody else's, and passed over.

    Raises:
        ValueError: a given folder is no bundle and holds none, or may not be read.
    """
    found: dict[Path, None] = {}
    for path in (default_encoder_path(), default_text_path(), *folders):
        try:
            within = [path] if (path / MANIFEST_NAME).is_file() else _below(path)
        except PermissionError as error:
            raise ValueError(f"{path} may not be read: ask as who may, or have it opened to you") from error
        if path in folders and not within:
            raise ValueError(f"{path} holds no bundle: give the folder of one, or one that holds several")
        found.update(dict.fromkeys(each.resolve() for each in within))
        with contextlib.suppress(PermissionError):
            found.update(dict.fromkeys(each.resolve() for each in _below(path.parent) if within))
    return list(found)


def _below(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(each for each in folder.iterdir() if each.name[0] != "." and _is_bundle(each))


def _is_bundle(folder: Path) -> bool:
    try:
        return (folder / MANIFEST_NAME).is_file()
    except PermissionError:
        return False


def _tried(path: Path, machine: Machine) -> Iterator[Tried]:
    try:
        bundle = load(path)
    except Misconfigured as error:
        yield Tried(path.name, "", "", "", "", failed=str(error))
        return
    manifest = bundle.manifest
    size = sum(entry.bytes for entry in manifest.files.values()) / 2**20
    for runtime in manifest.runtimes:
        named = (path.name, f"{manifest.model_id} {manifest.revision}", manifest.kind, str(runtime), _what(bundle))
        if _ROOM * size > machine.free_mib:
            yield Tried(
                *named, failed=f"not run: it takes about {_ROOM * size:.0f} MiB, {machine.free_mib:.0f} are free"
            )
            continue
        try:
            timed = time_bundle(path, runtime, machine.threads, Silent())
        except (ValueError, RuntimeError, OSError) as error:
            yield Tried(*named, failed=str(error))
            continue
        yield Tried(*named, timed.opened_s, timed.latency_ms, timed.peak_mib, timed.anonymous_mib)


def _what(bundle: Bundle) -> str:
    """One run of it."""
    picture = bundle.manifest.picture
    if picture is not None:
        return "picture" if picture.frames == 1 else f"clip of {picture.frames}"
    return {"text": "text", "projection": "row", "language": "token"}[bundle.manifest.kind]


def _measured(tried: Sequence[Tried], figures: Known) -> Iterator[Pace]:
    """Every encoder of single pictures that is here, in its fastest runtime."""
    ran = [each for each in tried if each.what == "picture" and not each.failed]
    for name in dict.fromkeys(each.bundle for each in ran):
        fastest = min((each for each in ran if each.bundle == name), key=lambda each: each.latency_ms)
        many = streams(fastest.latency_ms, figures.reserve.encoding_share)
        took = (fastest.latency_ms, many, 1000 / fastest.latency_ms, fastest.peak_mib)
        yield Pace(name, "measured", fastest.runtime, *took)


def _predicted(tier: Tier, found: dict[str, object], machine: Machine, figures: Known) -> Pace:
    runtime, mode, slice_ms = str(found["runtime"]), str(found["mode"]), float(str(found["slice_ms"]))
    latency = predicted_ms(tier, slice_ms, LAYERS, machine.read_gb_s)
    many = streams(latency, figures.reserve.encoding_share)
    return Pace(tier.name, "predicted", runtime, latency, many, 1000 / latency, predicted_mib(tier, runtime, mode))


def _clips(timed: dict[str, tuple[Tier, float]], machine: Machine) -> Iterator[Clip]:
    """The presets, whose resolution is the checkpoint's own."""
    for name, preset in recipe("vjepa2").presets.items():
        if preset.checkpoint in timed:
            tier, slice_ms = timed[preset.checkpoint]
            took = predicted_ms(tier, slice_ms, LAYERS, machine.read_gb_s, preset.frames)
            yield Clip(name, tier.name, preset.frames, took / 1000)
