"""The figures that are checked in, as a page to read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hallscribe_export.proof.figures import Figure, Figures, Kind, Subject, bar, value

_HEAD = """# The exporter at true size

Written by `make export-proof ACCEPT=1`, which makes checkpoints of the exact architecture with random weights (MiniLM
and the heads of the projection have their real ones), exports them by the ordinary commands, and races ViT-L's graphs
against those that public tools make of the same checkpoint, alternating in one run. `make export-proof` measures again
and shows what changed. Memory is the resident memory of the whole process tree, shared pages counted for each process.
With random weights neighbours and boundaries are told, not judged.
"""
_TITLES: dict[Subject, str] = {
    "vjepa": "V-JEPA 2 ViT-L, one picture of 256 pixels",
    "vjepa1": "V-JEPA (1) ViT-L/16, one picture of 224 pixels, from Meta's own file",
    "minilm": "MiniLM, the published weights",
    "projection": "Projection, the starter model's heads",
    "gemma": "Gemma 2B",
}
_PROCESSORS: dict[Kind, str] = {"int8": "processor with INT8 instructions", "plain": "processor without"}


def write_report(file: Path, subjects: Mapping[tuple[Subject, Kind], Figures]) -> None:
    """One table for each subject and kind of processor."""
    parts = [_HEAD]
    for (subject, kind), figures in subjects.items():
        machine = ", ".join(f"{name} {value}" for name, value in figures.machine.items())
        rows = [_row(name, figure) for name, figure in figures.figures.items()]
        table = "\n".join(["| figure | value | target | |", "|---|---|---|---|", *rows])
        parts.append(f"## {_TITLES[subject]}; {_PROCESSORS[kind]}\n\n{machine}\n\n{table}\n")
    file.write_text("\n".join(parts), encoding="utf-8")


def _row(name: str, figure: Figure) -> str:
    verdict = {True: "met", False: "**missed**", None: ""}[figure.met]
    return f"| {name.replace('_', ' ')} | {value(figure)} | {bar(figure)} | {verdict} |"
