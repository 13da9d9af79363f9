"""The scenarios: each drives a real daemon, keeps raw records, and gives figures by the budget's id."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hallscribe_bench.budget.budgets import Measured
from hallscribe_bench.budget.scenarios import (
    archive,
    contenders,
    encode,
    gate,
    lecture,
    library,
    long,
    query,
    start,
    streams,
    summary,
)
from hallscribe_bench.budget.setting import Setting

Scenario = Callable[[Setting], Mapping[str, Measured]]

ALL: Mapping[str, Scenario] = {
    "start": start.measure,
    "encode": encode.measure,
    "lecture": lecture.measure,
    "gate": gate.measure,
    "query": query.measure,
    "archive": archive.measure,
    "library": library.measure,
    "streams": streams.measure,
    "long": long.measure,
    "contenders": contenders.measure,
    "summary": summary.measure,
}
