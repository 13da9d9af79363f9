"""How soon a question is answered, while the box rests and while it works."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from hallscribe import Client
from hallscribe_bench.budget import material
from hallscribe_bench.budget.budgets import Measured
from hallscribe_bench.budget.live import command
from hallscribe_bench.budget.material import Timed
from hallscribe_bench.budget.metrics import percentile
from hallscribe_bench.budget.pushing import one_by_one
from hallscribe_bench.budget.setting import Setting
from hallscribe_bench.budget.writing import await_writing, summariser_table
from hallscribe_bench.whole.box import Box, fresh_box

_QUESTIONS = 200
_LINES = 360


def measure(setting: Setting) -> Mapping[str, Measured]:
    """Of the client's own clock: its share of the two cores is in the figures."""
    amounts = setting.amounts("query")
    asked = material.questions(amounts["seed"], _QUESTIONS)
    with _box(setting, amounts) as box:
        cold = _ask(box.client, asked[:1])[0]
        idle = _ask(box.client, [asked[call % len(asked)] for call in range(amounts["calls"])])
        busy = [] if setting.language else _busy(box, asked, amounts)
    if setting.language:
        with _box(setting, amounts, summariser=summariser_table(setting.language, setting.cores)) as box:
            await_writing(box)
            busy = _busy(box, asked, amounts)
    setting.records.add("query", "latencies", cold_ms=cold, idle_ms=idle, busy_ms=busy)
    beside = "two streams and a summary" if setting.language else "two streams, no summary"
    return {
        "query_lecture_p99_ms": setting.measured(
            percentile(idle, 99), note=f"p50 {percentile(idle, 50):.1f} ms, cold {cold:.0f} ms"
        ),
        "query_busy_p99_ms": setting.measured(
            percentile(busy, 99), note=f"p50 {percentile(busy, 50):.1f} ms; {beside}"
        ),
    }


@contextmanager
def _box(setting: Setting, amounts: Mapping[str, Any], **more: Mapping[str, object]) -> Iterator[Box]:
    """A box with one lecture, read and captioned."""
    with fresh_box(setting.tables(ingest={"frames_per_second": 0.1}, **more)) as box:
        one_by_one(box.client, "lecture", _sparse(amounts["seed"], amounts["lecture_s"]))
        box.client.put_captions("lecture", material.captions(amounts["seed"], amounts["lecture_s"]).encode())
        box.client.finish_lecture("lecture")
        while box.client.get_lecture("lecture").pending_jobs:
            time.sleep(0.5)
        yield box


def _sparse(seed: int, seconds: int) -> Iterator[Timed]:
    """A lecture of that length, of which every tenth second is sent."""
    return ((10 * time_s, image) for time_s, image in material.talk(seed, seconds // 10, _LINES))


def _ask(client: Client, questions: Sequence[str]) -> list[float]:
    took = []
    for question in questions:
        begun = time.perf_counter()
        client.search(question)
        took.append(1000 * (time.perf_counter() - begun))
    return took


def _busy(box: Box, questions: Sequence[str], amounts: Mapping[str, Any]) -> list[float]:
    """Ten questions a second while two slide talks come in live."""
    client, took = box.client, list[float]()
    pushing = command(box.target, "beside", "talk", 2, amounts["busy_s"], amounts["seed"])
    with subprocess.Popen(pushing, stdout=subprocess.DEVNULL) as streams:
        while client.status().open_lectures < 2:
            if streams.poll() is not None:
                raise RuntimeError("the live streams ended before they began")
            time.sleep(0.1)
        while streams.poll() is None:
            took += _ask(client, [questions[len(took) % len(questions)]])
            time.sleep(0.1)
    if streams.returncode != 0:
        raise RuntimeError("the live streams failed")
    return took
