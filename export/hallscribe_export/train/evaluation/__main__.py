"""What the starter model is worth: `make starter-eval`.

    python -m hallscribe_export.train.evaluation [--only SECTION ...] [--model DIR] [--bundle DIR] [--json]

Renders lectures that no training saw, measures the model on them and on real talks where there are any, prints one
table, and writes it as a page and as JSON. Of sections that are left out the figures of an earlier run stay, if they
are of the same files.
"""

from __future__ import annotations

import json
import os
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hallscribe_export.commands import command
from hallscribe_export.progress import shown
from hallscribe_export.train.evaluation import coherence, precision, report, retrieval, sameness, talks
from hallscribe_export.train.evaluation.model import Model
from hallscribe_export.train.evaluation.rendering import usual_pythons
from hallscribe_export.train.evaluation.rows import Row
from hallscribe_export.train.evaluation.sections import Amount, Evaluation, Real
from hallscribed.adapters.models.bundle import default_encoder_path, default_text_path


class Section(StrEnum):
    """What can be measured by itself."""

    RETRIEVAL = "retrieval"
    SAMENESS = "sameness"
    COHERENCE = "coherence"
    TALKS = "talks"
    PRECISION = "precision"


TITLES = {
    Section.RETRIEVAL: retrieval.SECTION,
    Section.SAMENESS: sameness.SECTION,
    Section.COHERENCE: coherence.SECTION,
    Section.TALKS: talks.SECTION,
    Section.PRECISION: precision.SECTION,
}
# What a section's figures are of: others stand when that part of the model changes.
RESTS_ON = {
    retrieval.SECTION: ("encoder", "bundle", "heads"),
    sameness.SECTION: ("encoder",),
    coherence.SECTION: ("encoder", "predictor"),
    talks.SECTION: ("bundle", "heads"),
    precision.SECTION: ("encoder", "bundle"),
}
_AMOUNT = Amount()


def main(
    only: Annotated[list[Section] | None, typer.Option(help="Only this section; may be given again.")] = None,
    model: Annotated[Path, typer.Option(help="Folder with config.json and model.safetensors.")] = Path(
        "export/vjepa2-small"
    ),
    bundle: Annotated[Path, typer.Option(help="The encoder's bundle.")] = default_encoder_path(),  # noqa: B008
    heads: Annotated[Path | None, typer.Option(help="heads.safetensors; else those in the model's folder.")] = None,
    text: Annotated[Path | None, typer.Option(help="The text encoder's bundle.")] = None,
    media: Annotated[Path, typer.Option(help="Recordings with labels and questions.")] = Path("../shared/media/dev"),
    videos: Annotated[Path, typer.Option(help="The captioned talks as videos.")] = Path(".cache/starter-eval/talks"),
    renderer: Annotated[
        Path | None, typer.Option(help="A Python with PyAV, to render talks that are no videos.")
    ] = None,
    daemon: Annotated[Path, typer.Option(help="Where hallscribed is installed.")] = Path(".venv/bin"),
    former: Annotated[
        Path | None, typer.Option(help="Bundle to compare with on real talks; else the one with random weights.")
    ] = None,
    frames: Annotated[int, typer.Option(min=20, help="Frames that are searched.")] = _AMOUNT.frames,
    questions: Annotated[int, typer.Option(min=1, help="Questions on them.")] = _AMOUNT.queries,
    pairs: Annotated[int, typer.Option(min=8, help="Pairs of looks.")] = _AMOUNT.pairs,
    lectures: Annotated[int, typer.Option(min=1, help="Lectures at one frame a second.")] = _AMOUNT.lectures,
    lessons: Annotated[int, typer.Option(min=8, help="Lectures the baselines learn from.")] = _AMOUNT.lessons,
    page: Annotated[Path | None, typer.Option(help="Also write the table there, as Markdown.")] = None,
    figures: Annotated[
        Path | None, typer.Option(help="Also write the figures there; read again by a later run.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    strict: Annotated[bool, typer.Option(help="Exit code 1 when a bar is missed.")] = False,
) -> None:
    """Measure the starter model; exit code 0 when it ran, whatever it found."""
    begun = time.monotonic()
    chosen = only or list(TITLES)
    with command(), shown() as progress:
        tested = Model(model, bundle, heads or model)
        identity = tested.identity()
        python = daemon.absolute() / "python"
        real = Real(media, videos, python, tuple(usual_pythons(renderer)), former)
        amount = Amount(frames, questions, pairs, lectures, lessons)
        evaluation = Evaluation(tested, text or default_text_path(), amount, real, progress)
        measured = {name: getattr(evaluation, name)() for name in TITLES if name in chosen}
    earlier = report.earlier_rows(figures, identity, RESTS_ON) if figures else []
    rows: list[Row] = []
    for name, title in TITLES.items():
        rows += measured[name] if name in measured else [row for row in earlier if row.section == title]
    told = {
        **identity,
        "measured on": f"{len(os.sched_getaffinity(0))} cores, {', '.join(chosen)}, {time.monotonic() - begun:.0f} s",
    }
    if figures:
        report.write_figures(figures, rows, identity, told)
    if page:
        report.write_page(page, rows, told)
    if as_json:
        typer.echo(json.dumps(report.as_json(rows, told)))
    else:
        console = Console(width=None if Console().is_terminal else 200)
        console.print(report.table(rows))
        console.print(report.summary(rows))
    raise typer.Exit(int(strict and any(row.verdict == "missed" for row in rows)))


if __name__ == "__main__":
    typer.run(main)
