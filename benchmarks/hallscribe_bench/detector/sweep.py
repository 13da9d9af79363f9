"""Chooses the detector's thresholds on rendered footage.

``python -m hallscribe_bench.detector.sweep`` renders every scenario under several seeds (kept in a cache folder),
then moves one threshold after the other to the value with the best score, until a round changes nothing, and reports
the result on seeds it has not seen. It prints tables in Markdown, for docs/detector.md.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from hallscribe_bench.detector.score import Score, score
from hallscribe_bench.detector.trace import CACHE, Trace, boundaries_of, rendered
from hallscribed.pipeline.detector import DetectorSettings

CANDIDATES: dict[str, tuple[float, ...]] = {
    "lost": (0.15, 0.2, 0.25, 0.3, 0.4),
    "lost_nearby": (0.4, 0.5, 0.6, 0.75),
    "lost_area": (0.005, 0.008, 0.012, 0.02),
    "lost_with_title": (0.04, 0.06, 0.1, 0.15),
    "title": (0.4, 0.5, 0.65),
    "box": (0.08, 0.12, 0.16, 0.2),
    "burst": (2.0, 3.0, 4.0),
    "writing": (6.0, 8.0, 10.0, 12.0),
    "sudden": (0.5, 0.6, 0.7),
    "drift": (0.3, 0.4, 0.5),
    "strong_area": (0.02, 0.03, 0.05),
    "screen": (0.7, 0.8, 0.9),
    "fills": (0.4, 0.5, 0.65),
    "replaced_area": (0.02, 0.03, 0.05),
    "arrived": (0.05, 0.1, 0.2),
    "spread": (0.4, 0.5, 0.65),
    "gradual": (0.5, 0.6, 0.75, 0.9),
    "strong": (0.25, 0.4, 0.55),
    "replaced": (0.5, 0.6, 0.7),
    "gained_area": (0.004, 0.005, 0.008),
    "luma_step": (3.0, 4.0, 6.0),
    "edge_step": (5.0, 7.0, 10.0),
}
_TIE = 0.0005
_BUILD = frozenset({"build"})


def results(traces: Sequence[Trace], settings: DetectorSettings) -> dict[str, tuple[Score, Score, float]]:
    """By scenario: the score of counted events, that of builds, and minutes."""
    found: dict[str, tuple[Score, Score, float]] = defaultdict(lambda: (Score(), Score(), 0.0))
    for trace in traces:
        told = [(boundary.media_time, boundary.kind or "") for boundary in boundaries_of(trace, settings)]
        changes, builds, minutes = found[trace.name]
        found[trace.name] = (
            changes + score(trace.truth, told),
            builds + score(trace.truth, told, _BUILD, _BUILD),
            minutes + len(trace.times) / 60,
        )
    return dict(found)


def worth(found: dict[str, tuple[Score, Score, float]]) -> float:
    """What the sweep maximises: the mean F1 of the scenarios, a tenth of it by builds.

    A scenario without a change to find has no F1: it is worth 1, less its false events a minute.
    """
    values = []
    for changes, _, minutes in found.values():
        empty = changes.found + changes.missed == 0
        values.append(max(0.0, 1 - changes.false / minutes) if empty else changes.f1)
    builds = sum((builds for _, builds, _ in found.values()), Score())
    return 0.9 * sum(values) / len(values) + 0.1 * builds.f1


def descend(
    traces: Sequence[Trace], settings: DetectorSettings, rounds: int, names: Sequence[str] = tuple(CANDIDATES)
) -> DetectorSettings:
    """Move one threshold at a time to its best value; a tie, or nearly, leaves it where it is. Prints Markdown."""
    best = worth(results(traces, settings))
    for number in range(1, rounds + 1):
        before = settings
        print(f"| round {number} | worth of each value tried | chosen |\n|---|---|---|", flush=True)
        for name in names:
            reached = {getattr(settings, name): best}
            for value in CANDIDATES[name]:
                if value not in reached:
                    tried = DetectorSettings(**(asdict(settings) | {name: value}))
                    reached[value] = worth(results(traces, tried))
            leader = max(reached, key=lambda value: reached[value])
            if reached[leader] > best + _TIE:
                settings, best = DetectorSettings(**(asdict(settings) | {name: leader})), reached[leader]
            row = " · ".join(f"{value:g}: {reached[value]:.4f}" for value in sorted(reached))
            print(f"| `{name}` | {row} | {getattr(settings, name):g} |", flush=True)
        if settings == before:
            break
    return settings


def table(found: dict[str, tuple[Score, Score, float]]) -> str:
    """Markdown."""
    lines = [
        "| scenario | found | false | missed | F1 | false/min | builds found / false / missed |",
        "|---|" + "---|" * 6,
    ]
    for name, (changes, builds, minutes) in found.items():
        lines.append(
            f"| {name} | {changes.found} | {changes.false} | {changes.missed} | {changes.f1:.3f} "
            f"| {changes.false / minutes:.2f} | {builds.found} / {builds.false} / {builds.missed} |"
        )
    whole = sum((changes for changes, _, _ in found.values()), Score())
    minutes = sum(minutes for _, _, minutes in found.values())
    lines.append(
        f"| **all** | {whole.found} | {whole.false} | {whole.missed} | {whole.f1:.3f} | {whole.false / minutes:.2f} | |"
    )
    return "\n".join(lines)


def _seeds(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Sweep, then report on unseen seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=_seeds, default=range(5, 9), metavar="A-B", help="to choose on")
    parser.add_argument("--unseen", type=_seeds, default=range(121, 125), metavar="A-B", help="to report on")
    parser.add_argument("--rounds", type=int, default=2, help="0 only reports")
    parser.add_argument("--only", nargs="+", choices=tuple(CANDIDATES), default=tuple(CANDIDATES), metavar="NAME")
    parser.add_argument("--cache", type=Path, default=CACHE)
    chosen = parser.parse_args(arguments)
    settings = DetectorSettings()
    if chosen.rounds:
        settings = descend(rendered(chosen.seeds, chosen.cache), settings, chosen.rounds, chosen.only)
        print("\n" + ", ".join(f"`{name}` {getattr(settings, name)}" for name in CANDIDATES) + "\n")
    found = results(rendered(chosen.unseen, chosen.cache), settings)
    print(table(found) + f"\n\nworth {worth(found):.4f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
