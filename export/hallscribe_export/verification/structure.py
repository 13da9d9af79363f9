"""Whether a bundle's files are those that were made, and its graphs what the manifest says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hallscribe_export.verification.report import Line
from hallscribe_export.verification.values import cores
from hallscribed.adapters.models.bundle import Bundle
from hallscribed.adapters.runtime.factory import open_graph, promised_signature
from hallscribed.adapters.runtime.signature import Signature

_AGAIN = "export the bundle anew"


@dataclass(frozen=True, slots=True)
class Opened:
    """A graph's face: as it is, and as the manifest promises."""

    where: str
    file: str
    found: Signature
    promised: Signature


def hashed(bundle: Bundle) -> Iterator[Line]:
    """The line for files that ``bundle.load`` found sound."""
    size = sum(entry.bytes for entry in bundle.manifest.files.values()) / 1e6
    yield Line("hashes", "all files", "passed", f"sha256 of {len(bundle.manifest.files)} files, {size:.1f} MB")


def opened_graphs(bundle: Bundle) -> Iterator[Opened]:
    """Open every graph in every runtime, one after the other. Misconfigured when one cannot be opened."""
    for part in (None, *bundle.manifest.graphs):
        for runtime in bundle.part(part).runtimes:
            where = f"{runtime} {part}" if part else str(runtime)
            found = open_graph(runtime, bundle, cores(), part).signature
            yield Opened(where, bundle.graph(runtime, part).name, found, promised_signature(bundle, part))


def names(graphs: list[Opened], bundle: Bundle) -> Iterator[Line]:
    """Inputs and outputs are called what the manifest calls them."""
    for graph in bundle_graphs(graphs, bundle):
        for kind in ("inputs", "outputs"):
            found, promised = list(getattr(graph.found, kind)), list(getattr(graph.promised, kind))
            if sorted(found) != sorted(promised):
                told = f"{graph.file} has the {kind} {', '.join(found)}, its manifest says {', '.join(promised)}"
                yield Line("names", graph.where, "failed", f"{told}: {_AGAIN}")
                return
        ports = ", ".join([*graph.found.inputs, *graph.found.outputs])
        yield Line("names", graph.where, "passed", ports)


def bundle_graphs(graphs: list[Opened], bundle: Bundle) -> list[Opened]:
    """The graphs, opened at the first call and kept in ``graphs``."""
    if not graphs:
        graphs.extend(opened_graphs(bundle))
    return graphs


def axes(graphs: list[Opened]) -> Iterator[Line]:
    """Types, numbers of axes, and which of them may vary."""
    for graph in graphs:
        for name, found, promised in _tensors(graph):
            if _axes(found) != _axes(promised):
                told = f"{name} of {graph.file} is {_described(found)}, its manifest says {_described(promised)}"
                yield Line("axes", graph.where, "failed", f"{told}: {_AGAIN}")
                return
        told = "; ".join(f"{name} {_described(found)}" for name, found, _ in _tensors(graph))
        yield Line("axes", graph.where, "passed", told)


def shapes(graphs: list[Opened]) -> Iterator[Line]:
    """Lengths of the axes that do not vary."""
    for graph in graphs:
        for name, found, promised in _tensors(graph):
            if found != promised:
                told = f"{name} of {graph.file} is {found[1]}, its manifest says {promised[1]}"
                yield Line("shapes", graph.where, "failed", f"{told}: {_AGAIN}")
                return
        told = ", ".join(str(found[1]) for _, found, _ in _tensors(graph))
        yield Line("shapes", graph.where, "passed", told)


_Described = tuple[str, tuple[int, ...]]


def _tensors(graph: Opened) -> Iterator[tuple[str, _Described, _Described]]:
    """Name, as found, as promised."""
    for found, promised in ((graph.found.inputs, graph.promised.inputs), (graph.found.outputs, graph.promised.outputs)):
        for name in promised:
            yield name, found[name], promised[name]


def _axes(tensor: _Described) -> tuple[str, tuple[bool, ...]]:
    dtype, shape = tensor
    return dtype, tuple(length < 0 for length in shape)


def _described(tensor: _Described) -> str:
    dtype, varies = _axes(tensor)
    return f"{dtype} ({', '.join('varies' if each else 'fixed' for each in varies)})"
