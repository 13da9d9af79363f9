"""What a summary by the language model takes: time, memory, and patience of the frames meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hallscribe_bench.budget import material
from hallscribe_bench.budget.bare_process import bare_process
from hallscribe_bench.budget.budgets import Measured
from hallscribe_bench.budget.group import memory_group
from hallscribe_bench.budget.metrics import paired, percentile
from hallscribe_bench.budget.pushing import one_by_one
from hallscribe_bench.budget.setting import Setting, Unrun
from hallscribe_bench.budget.watch import watched
from hallscribe_bench.budget.writing import PATIENCE_S, await_writing, summariser_table
from hallscribe_bench.whole.box import fresh_box
from hallscribed.adapters.models.bundle import load
from hallscribed.adapters.models.gemma import Gemma
from hallscribed.adapters.worker.ondemand import RemoteSummariser, SummariserSettings

_NEW_TOKENS = 150
_MEMORY_BYTES = 4 << 30


def measure(setting: Setting) -> Mapping[str, Measured]:
    """Rounds against the library alone, then a box that summarises while frames come in."""
    if setting.language is None:
        raise Unrun("needs a full-size language model: make bench FULL=1")
    amounts = setting.amounts("summary")
    ours, theirs = _rounds(setting, setting.language, amounts)
    speed = paired([each["seconds"] for each in theirs], ours)
    note = "; ".join(_speeds(setting, setting.language, amounts))
    idle, busy, peak, grouped = _beside_frames(setting, setting.language, amounts)
    return {
        "summary_s": setting.measured(percentile(ours, 50), (min(ours), max(ours)), note),
        "summary_ratio": setting.measured(speed.median, (speed.low, speed.high)),
        "summary_ingest_ratio": setting.measured(
            percentile(busy, 99) / percentile(idle, 99), note=f"p99 {percentile(busy, 99):.1f} ms"
        ),
        "memory_gemma_mib": setting.measured(peak, note=grouped),
    }


def _rounds(setting: Setting, bundle: Path, amounts: Mapping[str, Any]) -> tuple[list[float], list[dict[str, float]]]:
    """Seconds of the daemon's summariser, and what the library alone told, in turn; the first round warms both."""
    # Another prompt each time: the library keeps what it has read, and would read the same one in no time.
    prompts = _prompts(bundle, amounts["seed"], amounts["rounds"] + 1, amounts["prompt_tokens"])
    settings = SummariserSettings(str(bundle), setting.cores, _NEW_TOKENS, _MEMORY_BYTES)
    summariser = RemoteSummariser(settings, "bench", PATIENCE_S)
    ours, theirs = [], []
    try:
        with bare_process("hallscribe_bench.budget.bare_language", bundle, _NEW_TOKENS) as alone:
            for number, (prompt, spoken) in enumerate(prompts):
                begun = time.perf_counter()
                summariser.summarise("", "", spoken)
                took = time.perf_counter() - begun
                told = alone(prompt)
                setting.records.add("summary", "round", number=number, daemon_s=took, alone=told)
                if number:
                    ours.append(took)
                    theirs.append(told)
    finally:
        summariser.stop()
    return ours, theirs


def _speeds(setting: Setting, bundle: Path, amounts: Mapping[str, Any]) -> Iterator[str]:
    """How fast the model reads and writes as the daemon has it, at several lengths of prompts."""
    arguments = bundle, _NEW_TOKENS, setting.cores
    with bare_process("hallscribe_bench.budget.bare_language", *arguments) as model:
        for tokens in amounts["read_tokens"]:
            # The first is read to warm up.
            *_, told = [model(prompt) for prompt, _ in _prompts(bundle, amounts["seed"], 2, tokens)]
            setting.records.add("summary", "speed", **told)
            yield (
                f"{told['read']} tokens read at {told['read_per_s']:.0f} a second, {told['written']} written at "
                f"{told['written_per_s']:.1f}"
            )


def _prompts(bundle: Path, seed: int, count: int, tokens: int) -> list[tuple[str, str]]:
    """Prompts of about so many tokens, each with the speech of which it is made."""
    model = Gemma(load(bundle), 1, 16)
    made = []
    for number in range(count):
        words = " ".join(material.questions(seed + number, 200)).split()
        longer = (" ".join(words[:many]) for many in range(8, len(words), 4))
        long_enough = (said for said in longer if model.count(model.prompt("", "", said)) >= tokens)
        spoken = next(long_enough, " ".join(words))  # a bundle may cut a prompt just below
        made.append((model.prompt("", "", spoken), spoken))
    return made


def _beside_frames(
    setting: Setting, bundle: Path, amounts: Mapping[str, Any]
) -> tuple[list[float], list[float], float, str]:
    """Acknowledgement times without and with a summary under way, ms; the peak of memory, MiB; within which limit."""
    frames = list(material.talk(amounts["seed"], amounts["frames"]))
    summariser = summariser_table(bundle, setting.cores)
    with (
        memory_group(amounts["group_mib"]) as group,
        fresh_box(setting.tables(summariser=summariser), None if group is None else group.folder) as box,
        watched(box) as seen,
    ):
        idle = one_by_one(box.client, "idle", frames).latencies_ms
        box.client.put_captions("idle", material.captions(amounts["seed"], amounts["frames"]).encode())
        box.client.finish_lecture("idle")
        await_writing(box)
        busy = one_by_one(box.client, "busy", frames).latencies_ms
        while not box.client.status().summariser.written:
            time.sleep(1.0)
        grouped = "in no group: none may be made here" if group is None else str(group)
    setting.records.add("summary", "beside", idle_ms=idle, busy_ms=busy, times_s=seen.times, memory_mib=seen.memory)
    return idle, busy, seen.peak_mib, grouped
