"""Measures the whole product on a folder of videos: slide-change F1, search, latency, CPU per frame.

    python -m hallscribe_bench.whole.measure FOLDER... [--media DIR] [--no-captions] [--json FILE]
        [--encoder BUNDLE] [--projection BUNDLE] [--routes written,said ...]

Videos carry labels beside them (NAME.transitions.tsv: t_s, kind) and captions (NAME.vtt); --media names a folder with
queries.tsv, whose questions are then asked over all that was taken in. A daemon of its own is started, on an empty
data folder; each video goes in through the command that users have.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from hallscribe import Client, Route
from hallscribe_bench.detector.score import Score, score
from hallscribe_bench.material import Video, videos_beneath
from hallscribe_bench.search.score import Shown, rank_of_hit, summarise
from hallscribe_bench.search.talks import Question, slide_questions
from hallscribe_bench.whole.box import Box, fresh_box

_LATENCY_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Taken:
    """What one video brought."""

    lecture: str
    frames: int
    minutes: float
    events: list[tuple[float, str, str]]
    score: Score
    cpu_ms_per_frame: dict[str, float]
    wall_s: float


def take(box: Box, video: Video, captions: bool) -> Taken:
    """Ingest one video and score its events."""
    before, begun = box.cpu_s(), time.perf_counter()
    arguments = ["ingest", str(video.path), "--lecture", video.lecture_id]
    if captions and video.captions is not None:
        arguments += ["--captions", str(video.captions)]
    box.command(*arguments)
    wall = time.perf_counter() - begun
    after = box.cpu_s()
    lecture = box.client.get_lecture(video.lecture_id)
    events = [(event.time_s, str(event.kind), event.title) for event in box.client.list_events(video.lecture_id)]
    told = score(video.truth or (), [(time_s, kind) for time_s, kind, _ in events])
    frames = max(1, lecture.frames)
    cpu = {name: 1000 * (after[name] - before.get(name, 0.0)) / frames for name in after}
    return Taken(video.lecture_id, lecture.frames, lecture.duration_s / 60, events, told, cpu, wall)


def ranks_of(client: Client, questions: list[Question], routes: Sequence[Route] = ()) -> list[int]:
    """Ranks of the right moments, 0 where there is none; by all routes where none are given."""
    ranks = []
    for question in questions:
        answer = client.search(question.text, k=10, routes=routes)
        shown = [Shown(moment.lecture_id, moment.start_s, moment.end_s) for moment in answer.moments]
        ranks.append(rank_of_hit(shown, question.talk, question.start, question.end))
    return ranks


def latencies_of(client: Client, questions: list[Question]) -> list[float]:
    """Milliseconds of many calls."""
    latencies = []
    for question in questions:
        for _ in range(_LATENCY_ROUNDS):
            begun = time.perf_counter()
            client.search(question.text, k=10)
            latencies.append(1000 * (time.perf_counter() - begun))
    return latencies


def print_videos(taken: list[Taken]) -> None:
    """A table of all videos and their sum."""
    print(f"{'lecture':48} {'frames':>6} {'tp':>4} {'fp':>4} {'fn':>4} {'F1':>6} {'false/min':>9} {'wall s':>7}")
    for one in taken:
        print_row(one.lecture, one.frames, one.minutes, one.score, one.wall_s)
    total = sum((one.score for one in taken), Score())
    minutes = sum(one.minutes for one in taken)
    print_row("all", sum(one.frames for one in taken), minutes, total, sum(one.wall_s for one in taken))
    frames = sum(one.frames for one in taken)
    for name in ("gateway", "perception", "reading"):
        spent = sum(one.cpu_ms_per_frame.get(name, 0.0) * one.frames for one in taken) / max(1, frames)
        print(f"CPU of {name:11} {spent:7.2f} ms a frame")


def print_row(name: str, frames: int, minutes: float, told: Score, wall_s: float) -> None:
    """One row of the table."""
    rate = told.false / minutes if minutes else 0.0
    counts = f"{frames:6} {told.found:4} {told.false:4} {told.missed:4}"
    print(f"{name[:48]:48} {counts} {told.f1:6.3f} {rate:9.2f} {wall_s:7.1f}")


def print_search(questions: list[Question], ranks: list[int], latencies: list[float]) -> None:
    """Every question's rank, and the sums."""
    for question, rank in zip(questions, ranks, strict=True):
        print(f"{'rank ' + str(rank) if rank else 'missed':>7}  {question.talk[:30]:30}  {question.text}")
    print(_summed(ranks))
    p50, p99 = np.percentile(latencies, (50, 99))
    print(f"query over gRPC: p50 {p50:.2f} ms, p99 {p99:.2f} ms over {len(latencies)} calls")


def _summed(ranks: list[int]) -> str:
    told = summarise(ranks)
    hits = f"hit@1 {told.hit_at_1:.3f}  hit@5 {told.hit_at_5:.3f}  MRR {told.reciprocal:.3f}"
    return f"{hits}  of {told.questions} questions"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--media", type=Path, help="a folder with queries.tsv")
    parser.add_argument("--no-captions", action="store_true", help="slides only")
    parser.add_argument("--events", action="store_true", help="print every event")
    parser.add_argument("--json", type=Path, help="write all of it there")
    parser.add_argument("--encoder", type=Path, help="a bundle; the daemon's own by default")
    parser.add_argument("--projection", type=Path, help="a bundle with heads for that encoder")
    parser.add_argument(
        "--routes", action="append", default=[], help="ask once more by these routes only: written,said"
    )
    chosen = parser.parse_args()
    given = {"encoder": chosen.encoder, "projection": chosen.projection}
    with fresh_box({name: {"bundle": path} for name, path in given.items() if path is not None}) as box:
        taken = []
        for video in videos_beneath(chosen.folders):
            taken.append(take(box, video, not chosen.no_captions))
            if chosen.events:
                print(*(f"{t:8.1f} {kind:13} {title}" for t, kind, title in taken[-1].events), sep="\n")
        print_videos(taken)
        print(*(f"memory of {name:8} {mb:7.0f} MiB" for name, mb in box.memory_mb().items()), sep="\n")
        questions = slide_questions(chosen.media) if chosen.media else []
        ranks, latencies = ranks_of(box.client, questions), latencies_of(box.client, questions)
        by_routes = {
            names: ranks_of(box.client, questions, [Route(name) for name in names.split(",")])
            for names in chosen.routes
        }
        if questions:
            print_search(questions, ranks, latencies)
            for names, each in by_routes.items():
                print(f"{names:20} {_summed(each)}")
    if chosen.json:
        found = {"videos": [asdict(one) for one in taken], "ranks": ranks, "latencies_ms": latencies}
        found["ranks_by_routes"] = by_routes
        chosen.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
