"""The evaluation as a table on a terminal, as a page, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from rich.table import Table

from hallscribe_export.train.evaluation.rows import Row

_ROWS = TypeAdapter(list[Row])
_STYLES = {"pass": "green", "missed": "bold red", "not run": "yellow", "told": ""}
_HEAD = """# What the starter model is worth

Written by `make starter-eval`, which renders lectures that no training saw and measures again. Each figure stands
beside its bar, and beside what simpler ways reach on the same material. *told* is a figure without a bar.
"""


def table(rows: Sequence[Row]) -> Table:
    """For a terminal."""
    made = Table("", "what", "measured", "bar", "baselines", "", show_lines=False)
    before = ""
    for row in rows:
        if row.section != before and before:
            made.add_section()
        title = row.section if row.section != before else ""
        made.add_row(title, *_cells(row, " · "), row.verdict, style=_STYLES[row.verdict])
        before = row.section
    return made


def _cells(row: Row, between: str) -> list[str]:
    measured = "" if row.measured is None else row.number(row.measured)
    others = between.join(f"{name} {row.number(value)}" for name, value in row.baselines.items())
    note = f" ({row.note})" if row.note else ""
    return [row.what + note, measured, str(row.bar) if row.bar else "", others]


def summary(rows: Sequence[Row]) -> str:
    """How many of each verdict, in a line."""
    verdicts = [row.verdict for row in rows]
    return ", ".join(f"{verdicts.count(name)} {name}" for name in _STYLES if name in verdicts)


def write_page(file: Path, rows: Sequence[Row], told: Mapping[str, str]) -> None:
    """The same in Markdown, ``told`` (what the model is, and how it was measured) above it."""
    parts = [_HEAD, *(f"- {name}: {value}" for name, value in told.items()), ""]
    before = ""
    for row in rows:
        if row.section != before:
            parts += [f"\n## {row.section[0].upper()}{row.section[1:]}\n", "| what | measured | bar | baselines | |"]
            parts.append("|---|---|---|---|---|")
        before = row.section
        what, measured, bar, others = _cells(row, "<br>")
        verdict = "**missed**" if row.verdict == "missed" else row.verdict
        parts.append(f"| {what} | {f'**{measured}**' if measured else ''} | {bar} | {others} | {verdict} |")
    file.write_text("\n".join(parts) + f"\n\n{summary(rows)}.\n", encoding="utf-8")


def as_json(rows: Sequence[Row], told: Mapping[str, str]) -> dict[str, Any]:
    """For machines."""
    return {"told": dict(told), "rows": [row.as_json() for row in rows]}


def write_figures(file: Path, rows: Sequence[Row], model: Mapping[str, str], told: Mapping[str, str]) -> None:
    """The rows with the sums of the files that they are of."""
    fields = {"model": dict(model), "told": dict(told), "rows": [asdict(row) for row in rows]}
    file.write_text(json.dumps(fields, indent=1) + "\n", encoding="utf-8")


def earlier_rows(file: Path, model: Mapping[str, str], rests_on: Mapping[str, Sequence[str]]) -> list[Row]:
    """What an earlier run found of the very same parts; nothing when there is none, or they were others.

    Args:
        rests_on: of each section's title the parts of ``model`` that its figures are of.
    """
    try:
        fields = json.loads(file.read_text(encoding="utf-8"))
        rows, then = _ROWS.validate_python(fields["rows"]), dict(fields["model"])
    except (OSError, ValueError, KeyError, TypeError):
        return []
    same = {title for title, parts in rests_on.items() if all(then.get(part) == model[part] for part in parts)}
    return [row for row in rows if row.section in same]
