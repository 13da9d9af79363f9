"""Candidates, each made and run in a child process, then timed against each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hallscribe_export.child import in_child
from hallscribe_export.graph.port import Array
from hallscribe_export.models.encoder import INPUT, OUTPUT
from hallscribe_export.parity import Parity, measure
from hallscribe_export.progress import Progress
from hallscribe_export.proof.race import race
from hallscribe_export.quantise.reference import Full
from hallscribe_export.quantise.routes import Route, calculates_in, write
from hallscribe_export.quantise.work import Cases, Work, opened, pooled
from hallscribed.adapters.models.manifest import RuntimeName

_ROUNDS = 15


@dataclass(frozen=True, slots=True)
class Bench:
    """What all candidates of an export share.

    Attributes:
        folder: for files, one folder for each candidate.
        full: the graph in full precision.
        reference: its vectors of the cases that are held out.
    """

    work: Work
    folder: Path
    full: Full
    calibrating: Cases
    held_out: Cases
    reference: Array


@dataclass(frozen=True, slots=True)
class Candidate:
    """A graph that was made and measured.

    Attributes:
        keep: linear layers that stayed in full precision.
        files: the graph's first.
        missed: bars that do not hold, in words.
        peak_mib: of the process that made and ran it.
        latency_ms: against the others of its runtime; None where there were none.
    """

    runtime: RuntimeName
    route: Route
    keep: tuple[str, ...]
    files: tuple[Path, ...]
    parity: Parity
    missed: tuple[str, ...]
    peak_mib: float
    latency_ms: float | None = None


Judge = Callable[[Parity], list[str]]


def attempt(
    bench: Bench, runtime: RuntimeName, route: Route, keep: tuple[str, ...], judge: Judge, progress: Progress
) -> Candidate:
    """Make and measure a graph. ValueError when it cannot be made here."""
    kept = f", {len(keep)} layers in full precision" if keep else ""
    progress.step(f"{runtime}, {route.replace('_', ' ')}{kept}: made and measured")
    folder = bench.folder / f"{runtime}-{route}"
    folder.mkdir(exist_ok=True)
    ran = in_child(
        make_and_run,
        progress,
        work=asdict(bench.work),
        runtime=runtime,
        route=route,
        keep=list(keep),
        folder=folder,
        graph=bench.full.graph,
        products=bench.full.products,
        calibrating=asdict(bench.calibrating),
        held_out=asdict(bench.held_out),
    )
    files = tuple(folder / name for name in ran.result["files"])
    parity = measure(ran.result["rows"], bench.reference)
    return Candidate(runtime, route, keep, files, parity, tuple(judge(parity)), ran.peak_mib)


def make_and_run(
    progress: Progress,
    work: dict[str, Any],
    runtime: str,
    route: Route,
    keep: list[str],
    folder: Path,
    graph: Path,
    products: dict[str, str],
    calibrating: dict[str, Any],
    held_out: dict[str, Any],
) -> dict[str, Any]:
    """In a child: files (names) and rows (N, D)."""
    told, cases = Work(**work), Cases(**held_out)
    files = write(told, runtime, route, keep, folder, Full(graph, products), Cases(**calibrating))
    rows = pooled(opened(runtime, folder / files[0], calculates_in(route)), cases, progress)
    return {"files": files, "rows": rows}


def timed(candidates: list[Candidate], bench: Bench, progress: Progress) -> list[Candidate]:
    """The same with their latencies, taken in turns in one process."""
    runtime = candidates[0].runtime
    progress.step(f"{runtime}: {', '.join(each.route.replace('_', ' ') for each in candidates)} timed in turns")
    graphs = {each.route: each.files[0] for each in candidates}
    held_out = asdict(bench.held_out.some(1))
    medians = in_child(run_in_turns, progress, runtime=runtime, graphs=graphs, held_out=held_out).result
    return [replace(each, latency_ms=medians[each.route]) for each in candidates]


def run_in_turns(
    progress: Progress, runtime: str, graphs: Mapping[str, Path], held_out: dict[str, Any]
) -> dict[str, float]:
    """In a child: the median milliseconds of each graph, by route."""
    graphs_open = {route: opened(runtime, path, "f32") for route, path in graphs.items()}

    def of(route: str) -> Callable[[Array], Array]:
        return lambda values: np.asarray(graphs_open[route].run({INPUT: values})[OUTPUT], np.float32)

    laps = race({route: of(route) for route in graphs}, Cases(**held_out).input(0), _ROUNDS, next(iter(graphs)))
    return {route: lap.median_ms for route, lap in laps.items()}
