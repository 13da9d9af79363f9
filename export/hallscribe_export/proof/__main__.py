"""Proves the exporter at true size on this machine: `make export-proof`.

    python -m hallscribe_export.proof [--only SUBJECT] [--work DIR] [--small] [--accept]

Makes checkpoints of the exact architecture with random weights (MiniLM's and the heads' are the real ones), exports
them by the ordinary command, and measures time, memory, parity, and speed against the public routes, alternating in
one run. Every figure is compared with the
one checked in beside the recipes for processors of the same kind; ``--accept`` checks the new ones in.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hallscribe_export.diagnosis.machine import in_words, instruction_sets, multiplies_int8
from hallscribe_export.progress import Progress, shown
from hallscribe_export.proof import heads, language, minilm, vjepa, vjepa1
from hallscribe_export.proof.figures import KINDS, Figure, Figures, Kind, Subject, checked_in, compared, read
from hallscribe_export.proof.report import write_report
from hallscribe_export.proof.setting import Setting

_PROOFS: dict[Subject, Callable[[Setting, Progress], Iterator[tuple[str, Figure]]]] = {
    "vjepa": vjepa.prove,
    "vjepa1": vjepa1.prove,
    "minilm": minilm.prove,
    "projection": heads.prove,
    "gemma": language.prove,
}
_CPUINFO = Path("/proc/cpuinfo")
_REPORT = Path("docs/export-proof.md")
_VERDICT_STYLE = {"better": "green", "WORSE": "yellow", "MISSED": "bold red"}


def main(
    only: Annotated[Subject | None, typer.Option(help="One recipe.")] = None,
    work: Annotated[Path, typer.Option(help="Where checkpoints and bundles lie; 30 GB.")] = Path(".cache/export-proof"),
    small: Annotated[bool, typer.Option(help="Small models of the same classes; their figures mean nothing.")] = False,
    accept: Annotated[bool, typer.Option(help="Check the new figures in, beside the recipes.")] = False,
    daemon: Annotated[Path, typer.Option(help="Where hallscribed is installed.")] = Path(".venv/bin"),
) -> None:
    """Prove the exporter at true size; exit code 1 when a target is missed."""
    console = Console()
    missed, kind = False, _kind()
    for subject in _PROOFS if only is None else (only,):
        setting = Setting(work / subject, small, len(os.sched_getaffinity(0)), daemon)
        with shown() as progress:
            found = dict(_PROOFS[subject](setting, progress))
        figures = Figures(machine={**in_words(), "python": platform.python_version()}, figures=found)
        figures.write(work / f"{subject}.json")
        kept = checked_in(subject, kind)
        _tell(console, subject, read(kept).figures if kept.is_file() else {}, figures.figures)
        missed |= any(figure.met is False for figure in figures.figures.values())
        if accept:
            figures.write(kept)
            console.print(f"checked in: {kept}")
    if accept:
        files = {(subject, each): checked_in(subject, each) for subject in _PROOFS for each in KINDS}
        write_report(_REPORT, {what: read(file) for what, file in files.items() if file.is_file()})
    raise typer.Exit(int(missed and not small))


def _kind() -> Kind:
    return "int8" if multiplies_int8(instruction_sets(_CPUINFO.read_text())) else "plain"


def _tell(console: Console, subject: str, old: dict[str, Figure], new: dict[str, Figure]) -> None:
    table = Table("figure", "checked in", "now", "", title=f"{subject}: this run against the figures checked in")
    for name, before, now, verdict in compared(old, new):
        table.add_row(name, before, now, verdict, style=_VERDICT_STYLE.get(verdict, ""))
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
