"""Real talks through a real daemon: slide changes, and search with and without pictures."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hallscribe_bench.detector.score import Score
from hallscribe_bench.search.score import summarise
from hallscribe_export.progress import Progress
from hallscribe_export.train.evaluation.rendering import NoTalks, last_line
from hallscribe_export.train.evaluation.rows import Bar, Row, not_run

SECTION = "real talks"
FORMER, WITHOUT = "former bundle", "without pictures"
_CLIPS = ("ekarton-lectures", "pyscenedetect", "screencast", "camera")
_F1_BAR = Bar(not_below=(FORMER,))
_SEARCH_BARS = {"hit@1": Bar(not_below=(WITHOUT,)), "hit@5": Bar(not_below=(WITHOUT,)), "MRR": Bar(above=(WITHOUT,))}
# Routes that are asked each by themselves, and what they are compared with.
_SPOKEN, _WRITTEN, _SLIDES, _SEEN = "written,said", "written", "written,seen", "seen"


@dataclass(frozen=True, slots=True)
class Bundles:
    """What a daemon is given; its own where there is none."""

    encoder: Path
    projection: Path | None = None

    def options(self) -> list[str]:
        """Of the measuring command."""
        heads = [] if self.projection is None else ["--projection", str(self.projection)]
        return ["--encoder", str(self.encoder), *heads]


@dataclass(frozen=True, slots=True)
class Measuring:
    """How to measure: the daemon's Python, and the folder of captioned talks with their questions."""

    python: Path
    media: Path

    def run(self, videos: Sequence[Path], bundles: Bundles, *, ask: bool) -> dict[str, Any]:
        """What ``hallscribe_bench.whole.measure`` found. NoTalks with the end of what it said when it failed."""
        with tempfile.TemporaryDirectory(prefix="hallscribe-eval-") as temporary:
            file = Path(temporary) / "found.json"
            command = [str(self.python), "-m", "hallscribe_bench.whole.measure", *map(str, videos)]
            command += ["--json", str(file), *bundles.options()]
            if ask:
                command += ["--media", str(self.media), "--routes", _SPOKEN, "--routes", _WRITTEN]
                if bundles.projection is not None:
                    command += ["--routes", _SLIDES, "--routes", _SEEN]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise NoTalks(f"measuring failed: {last_line(done)}")
            found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            return found


def nothing(why: str) -> list[Row]:
    """The rows when there are no recordings."""
    return [not_run(SECTION, "slide-change F1: short recordings", why, _F1_BAR), *_no_talks(why)]


def _no_talks(why: str) -> list[Row]:
    """The rows when there are no captioned talks."""
    search = [not_run(SECTION, f"fused search, {name}", why, bar) for name, bar in _SEARCH_BARS.items()]
    return [not_run(SECTION, "slide-change F1: talks", why, _F1_BAR), *search]


def measure(
    measuring: Measuring, talks: Sequence[Path] | NoTalks, model: Bundles, former: Bundles, progress: Progress
) -> list[Row]:
    """The rows; ``talks`` are videos of the captioned talks, or why there are none."""
    rows: list[Row] = []
    clips = [measuring.media / name for name in _CLIPS if (measuring.media / name).is_dir()]
    if clips:
        progress.step("short recordings through the daemon, with this bundle and the former one")
        rows += changes("short recordings", *(measuring.run(clips, each, ask=False) for each in (model, former)))
    try:
        if isinstance(talks, NoTalks):
            raise talks
        progress.step(f"{len(talks)} talks through the daemon, with this bundle")
        mine = measuring.run(talks, model, ask=True)
        progress.step(f"{len(talks)} talks through the daemon, with the former bundle")
        rows += changes("talks", mine, measuring.run(talks, former, ask=False))
        return [*rows, *searches(mine)]
    except NoTalks as error:
        return [*rows, *_no_talks(str(error))]


def changes(name: str, mine: Mapping[str, Any], former: Mapping[str, Any]) -> list[Row]:
    """F1 and false changes of both, whole minutes told."""
    (score, minutes), (other, _) = _summed(mine), _summed(former)
    what = f"{len(mine['videos'])} {name}, {minutes:.0f} minutes, {score.found + score.missed} to find"
    f1 = Row(SECTION, f"slide-change F1: {what}", score.f1, _F1_BAR, {FORMER: other.f1})
    bar, counts = Bar(not_above=(FORMER,)), {FORMER: float(other.false)}
    return [f1, Row(SECTION, f"false changes: {name}", float(score.false), bar, counts, digits=0)]


def _summed(found: Mapping[str, Any]) -> tuple[Score, float]:
    scores = [Score(**one["score"]) for one in found["videos"]]
    return sum(scores, Score()), float(sum(one["minutes"] for one in found["videos"]))


def searches(found: Mapping[str, Any]) -> list[Row]:
    """hit@1, hit@5 and mean reciprocal rank of the questions; all routes, then slides only, then pictures only."""
    by_routes = found["ranks_by_routes"]
    everything = _figures(found["ranks"]), _figures(by_routes[_SPOKEN])
    count = len(found["ranks"])
    rows = []
    for name, bar in _SEARCH_BARS.items():
        what = f"fused search, {name} of {count} questions"
        rows.append(Row(SECTION, what, everything[0][name], bar, {WITHOUT: everything[1][name]}))
    moved = [
        (_place(with_them), _place(without))
        for with_them, without in zip(found["ranks"], by_routes[_SPOKEN], strict=True)
    ]
    lifted, lowered = sum(a < b for a, b in moved), sum(a > b for a, b in moved)
    rows.append(Row(SECTION, "questions that pictures lift", float(lifted), None, {"lower": float(lowered)}, digits=0))
    if _SLIDES in by_routes:
        slides, written, seen = (_figures(by_routes[each]) for each in (_SLIDES, _WRITTEN, _SEEN))
        rows += [Row(SECTION, f"slides only, {name}", slides[name], None, {WITHOUT: written[name]}) for name in slides]
        rows += [Row(SECTION, f"pictures only, {name}", seen[name]) for name in seen]
    return rows


def _place(rank: int) -> float:
    return rank or float("inf")


def _figures(ranks: Sequence[int]) -> dict[str, float]:
    told = summarise(ranks)
    return {"hit@1": told.hit_at_1, "hit@5": told.hit_at_5, "MRR": told.reciprocal}
