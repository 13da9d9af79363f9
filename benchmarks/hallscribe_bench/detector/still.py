"""Counts what the detector tells of pictures in which nothing changes.

``python -m hallscribe_bench.detector.still --minutes 60`` renders still slides and still halls with noise, a codec, a
moving speaker, on slides a cursor and a pen too, at times exposure steps; every event is false. Seeds begin at 301: no
threshold was chosen on them.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from hallscribe_bench.detector.scenarios import still_hall, still_slide
from hallscribe_bench.detector.score import COUNTED
from hallscribe_bench.detector.trace import CACHE, Trace, boundaries_of, rendered

_FIRST_SEED = 301


@dataclass(frozen=True, slots=True)
class Quiet:
    """What was told of still footage: minutes, changes and builds, all of them false."""

    scenario: str
    minutes: float
    false_changes: int
    builds: int

    def __add__(self, other: Quiet) -> Quiet:
        return Quiet(
            self.scenario if self.scenario == other.scenario else "all",
            self.minutes + other.minutes,
            self.false_changes + other.false_changes,
            self.builds + other.builds,
        )

    @property
    def false_per_minute(self) -> float:
        """False changes a minute."""
        return self.false_changes / self.minutes if self.minutes else 0.0


def told_of(trace: Trace) -> Quiet:
    """Run one still recording through the detector."""
    kinds = [boundary.kind or "" for boundary in boundaries_of(trace)]
    changes = sum(kind in COUNTED for kind in kinds)
    return Quiet(trace.name, len(trace.times) / 60, changes, sum(kind == "build" for kind in kinds))


def measure(minutes: float, cache: Path = CACHE) -> list[Quiet]:
    """At least so many minutes, half of them slides and half halls; by scenario."""
    found: dict[str, Quiet] = {}
    reached, seed = 0.0, _FIRST_SEED
    while reached < minutes:
        for trace in rendered([seed], cache, (still_slide, still_hall)):
            one = told_of(trace)
            found[one.scenario] = found[one.scenario] + one if one.scenario in found else one
            reached += one.minutes
        seed += 1
    return list(found.values())


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table, or with --json one object a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="at least so many")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder for rendered footage")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    if not (math.isfinite(chosen.minutes) and chosen.minutes > 0):
        parser.error("--minutes must be positive")
    found = measure(chosen.minutes, chosen.cache)
    rows = [*found, sum(found[1:], found[0])]
    if not chosen.json:
        print("| scenario | minutes | false changes | builds | false/min |\n|---|---|---|---|---|")
    for row in rows:
        line = (
            f"| {row.scenario} | {row.minutes:.0f} | {row.false_changes} | {row.builds} | {row.false_per_minute:.3f} |"
        )
        print(json.dumps(asdict(row) | {"false_per_minute": row.false_per_minute}) if chosen.json else line)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
