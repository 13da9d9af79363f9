"""Measures gate and detector on media with known transitions, without a daemon and without an encoder.

``python -m hallscribe_bench.detector.measure FOLDER...`` takes every video beneath the folders that has a truth file
beside it (``VIDEO.transitions.tsv`` or ``STEM.transitions.tsv``: columns ``t_s`` and ``kind``). A video without one
counts as a negative only with ``--negatives``: every event in it is false.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from hallscribe.video import MediaClock
from hallscribe_bench.detector.score import COUNTED, MUST_FIND, Score, score
from hallscribe_bench.detector.trace import boundaries_of, trace_of
from hallscribe_bench.material import Video, videos_beneath
from hallscribed.domain.event import Boundary
from hallscribed.pipeline.sampler import Sampler


@dataclass(frozen=True, slots=True)
class Measured:
    """One video: its score, its length, what one frame cost, and what was told."""

    name: str
    score: Score
    minutes: float
    detector_ms: float
    boundaries: list[Boundary]


def frames_of(video: Path) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Media time in seconds and gray picture of one frame a second; ValueError when there is no video."""
    capture = cv2.VideoCapture(str(video))
    rate = float(capture.get(cv2.CAP_PROP_FPS))
    if not capture.isOpened() or not rate > 0:
        raise ValueError(f"{video} cannot be read as a video")
    sampler, clock = Sampler(), MediaClock(rate)
    while capture.grab():
        media_time = clock.advance(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
        if sampler.accepts(media_time):
            read, picture = capture.retrieve()
            if read:
                yield media_time, np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    capture.release()


def measure(video: Video, must_find: frozenset[str] = MUST_FIND) -> Measured:
    """Run one video through sampler, gate and detector, and score what comes out; without labels all of it is false."""
    truth = list(video.truth or ())
    trace = trace_of(video.path.name, frames_of(video.path), truth)
    began = time.perf_counter()
    boundaries = boundaries_of(trace)
    cost = (time.perf_counter() - began) / max(1, len(trace.times)) * 1e3
    told = [(boundary.media_time, boundary.kind or "") for boundary in boundaries]
    minutes = float(trace.times[-1]) / 60 if len(trace.times) else 0.0
    return Measured(video.path.name, score(truth, told, must_find), minutes, cost, boundaries)


def _row(name: str, result: Score, minutes: float, cost: float) -> str:
    rate = result.false / minutes if minutes else 0.0
    return (
        f"{name[:50]:50} {minutes:7.1f} {result.found:5} {result.false:5} {result.missed:5} "
        f"{result.f1:6.3f} {rate:9.3f} {cost:8.2f}"
    )


def _as_json(one: Measured) -> str:
    events = [
        {"time_s": boundary.media_time, "kind": boundary.kind, "confidence": boundary.confidence}
        | {"evidence": dict(boundary.evidence)}
        for boundary in one.boundaries
    ]
    result = one.score
    counts = {"tp": result.found, "fp": result.false, "fn": result.missed, "f1": round(result.f1, 4)}
    return json.dumps({"video": one.name, "minutes": round(one.minutes, 2), **counts, "events": events})


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table, or with --json one object a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--events", action="store_true", help="list the counted events of each video")
    parser.add_argument("--negatives", action="store_true", help="videos without a truth file hold no change")
    parser.add_argument("--views", action="store_true", help="replaced views of screencasts must be found too")
    chosen = parser.parse_args(arguments)
    must_find = MUST_FIND | {"view"} if chosen.views else MUST_FIND
    total, minutes, seen = Score(), 0.0, 0
    if not chosen.json:
        print(f"{'video':50} {'minutes':>7} {'tp':>5} {'fp':>5} {'fn':>5} {'F1':>6} {'false/min':>9} {'ms/frame':>8}")
    for video in videos_beneath(chosen.folders):
        if video.truth is None and not chosen.negatives:
            continue
        one = measure(video, must_find)
        total, minutes, seen = total + one.score, minutes + one.minutes, seen + 1
        print(_as_json(one) if chosen.json else _row(one.name, one.score, one.minutes, one.detector_ms), flush=True)
        if chosen.events and not chosen.json:
            for boundary in one.boundaries:
                if boundary.kind in COUNTED:
                    print(f"    {boundary.media_time:8.1f} {boundary.kind:13} {boundary.confidence:.2f}")
    if not seen:
        print("no video with a truth file was found in the folders", file=sys.stderr)
        return 2
    if not chosen.json:
        print(_row(f"all {seen}", total, minutes, 0.0))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
