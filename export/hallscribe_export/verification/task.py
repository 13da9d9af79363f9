"""Whether an encoder is as good as its source in what it is used for: finding neighbours and boundaries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from hallscribe_export.calibration import read_frames
from hallscribe_export.checkpoint import Checkpoint
from hallscribe_export.jobs import family_of
from hallscribe_export.models.family import read_encoder
from hallscribe_export.parity import NAMES, Parity, measure
from hallscribe_export.quantise.work import Cases, cases_of
from hallscribe_export.recipe import Parity as Bars
from hallscribe_export.recipe import recipe
from hallscribe_export.verification.reference import full_precision
from hallscribe_export.verification.report import Line
from hallscribe_export.verification.values import cores, encoded
from hallscribed.adapters.models.bundle import Bundle
from hallscribed.adapters.runtime.factory import open_graph

# Random weights put all pictures into nearly one place, where any rounding changes who is nearest.
_TRAINED_ONLY = ("neighbours", "boundaries")


def task_lines(bundle: Bundle, checkpoint: Checkpoint) -> Iterator[Line]:
    """Every figure of parity, for every runtime, on pictures of the built-in lecture that calibrated nothing."""
    cases = lecture(bundle, checkpoint)
    numbers = range(len(cases))
    reference = full_precision(checkpoint, bundle, map(cases.input, numbers))
    bars = recipe(family_of(checkpoint.folder)).parity
    for runtime in bundle.manifest.runtimes:
        rows = encoded(bundle, open_graph(runtime, bundle, cores()), map(cases.input, numbers))
        yield from judged(measure(rows, reference), bars, str(runtime), bundle.space.trained, len(cases))


def lecture(bundle: Bundle, checkpoint: Checkpoint) -> Cases:
    """What is held out of the built-in lecture, as the export itself measures with it; ValueError for other kinds."""
    picture = bundle.manifest.picture
    if picture is None:
        raise ValueError(f"{bundle.path} takes no pictures")
    shape = read_encoder(checkpoint.folder, frames=picture.frames, crop_size=picture.size).shape
    return cases_of(read_frames(None, picture.size).held_out, picture.frames, shape.tokens)


def judged(parity: Parity, bars: Bars, runtime: str, trained: bool, rows: int) -> Iterator[Line]:
    """A line for each figure; one that random weights say nothing about is told without a bar."""
    for name, figure in asdict(parity).items():
        bar = None if name in _TRAINED_ONLY and not trained else getattr(bars, name)
        where, words = f"{runtime} {name.replace('_', ' ')}", NAMES[name].replace("_", " ")
        if bar is not None and not figure >= bar:
            told = f"{words} to the source over {rows} held-out inputs is too low: export with --precision auto or bf16"
            yield Line("task", where, "failed", told, round(figure, 6), bar)
            continue
        told = f"over {rows} held-out inputs" + ("" if bar is not None else "; weights are random, not judged")
        yield Line("task", where, "passed", told, round(figure, 6), bar)
