"""Measures the budget: `make bench [QUICK=1|FULL=1]`.

    python -m hallscribe_bench.budget [--quick] [--only SCENARIO]... [--encoder BUNDLE] [--runtime NAME]

Raw records go to benchmarks/results/records, a file for each scenario, pictures and verdicts (latest.json) beside that
folder; rows that a run does not measure keep what an earlier one found. A quick look is printed and leaves no figures:
its files lie in .cache/bench.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from hallscribe_bench.budget.budgets import Measured, as_json, judged, merged, read_budgets, write_json
from hallscribe_bench.budget.records import Records, environment, read_records
from hallscribe_bench.budget.report import as_markdown, draw, target_of, value_of
from hallscribe_bench.budget.scenarios import ALL
from hallscribe_bench.budget.setting import Setting, Unrun

BUDGETS = Path("benchmarks/budgets.toml")
RESULTS, QUICK = Path("benchmarks/results"), Path(".cache/bench")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, tell, and write; 1 when a scenario failed."""
    chosen = _parser().parse_args(arguments)
    out = QUICK if chosen.quick else RESULTS
    records = Records(out / "records")
    setting = Setting("quick" if chosen.quick else "normal", records, chosen.encoder, chosen.runtime, chosen.language)
    console = Console()
    measured, unrun = _run(setting, chosen.only or list(ALL), console)
    records.close()
    budgets = read_budgets(BUDGETS)
    rows = as_json(judged(budgets, measured, unrun), environment()["processor"])
    latest = out / "latest.json"
    if chosen.quick:  # too little of everything to judge by
        rows = {name: {**row, "pass": None} for name, row in rows.items()}
    elif latest.is_file():
        rows = merged(json.loads(latest.read_text(encoding="utf-8")), rows)
    write_json(latest, rows)
    told = read_records(records.folder)
    pictures = draw(told, out)
    whats = {budget.id: budget.what for budget in budgets}
    (out / "report.md").write_text(as_markdown(rows, whats, environment(), pictures, told), encoding="utf-8")
    console.print(_table(rows, whats))
    console.print(f"raw records, report and {len(pictures)} pictures: {out}")
    return int(any(why.startswith("failed") for why in unrun.values()))


def _run(setting: Setting, names: Sequence[str], console: Console) -> tuple[dict[str, Measured], dict[str, str]]:
    """What every scenario found, and why one found nothing."""
    measured: dict[str, Measured] = {}
    unrun: dict[str, str] = {}
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        for name in names:
            task = progress.add_task(f"{name}: {setting.scenarios[name]['what']}", total=None)
            try:
                measured.update(ALL[name](setting))
            except Unrun as why:
                unrun[name] = str(why)
            except Exception as error:  # the other rows are still worth having
                unrun[name] = f"failed: {type(error).__name__}: {error}"
                setting.records.add(name, "failure", detail=unrun[name])
                progress.console.print(f"{name} {unrun[name]}", style="red")
            progress.update(task, total=1, completed=1)
    return measured, unrun


def _table(rows: Mapping[str, Mapping[str, Any]], whats: Mapping[str, str]) -> Table:
    table = Table(show_edge=False)
    for title, right in (("what", False), ("measured", True), ("target", True), ("", False), ("", False)):
        table.add_column(title, justify="right" if right else "left")
    for name, row in rows.items():
        verdict = {True: "[green]met[/]", False: "[bold red]missed[/]", None: ""}[row["pass"]]
        table.add_row(whats[name], value_of(row), target_of(row), verdict, row["note"])
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a look: little of everything")
    parser.add_argument("--only", action="append", choices=list(ALL), help="this scenario; may be given again")
    parser.add_argument("--encoder", type=Path, help="the bundle of a full-size encoder")
    parser.add_argument("--language", type=Path, help="the bundle of a full-size language model")
    parser.add_argument("--runtime", choices=("openvino", "onnxruntime"), default="openvino", help="that runs it")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
