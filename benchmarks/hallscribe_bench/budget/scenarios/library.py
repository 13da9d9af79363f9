"""How a box with a term of captioned lectures answers in words."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hallscribe_bench.budget.archive import CaptionedBox, Generator
from hallscribe_bench.budget.budgets import Measured
from hallscribe_bench.budget.metrics import percentile
from hallscribe_bench.budget.setting import Setting
from hallscribe_bench.budget.speech import Talk
from hallscribe_bench.whole.box import Box, box_in
from hallscribed.adapters.models.bundle import default_text_path, load
from hallscribed.adapters.models.minilm import MiniLmEncoder
from hallscribed.adapters.runtime.factory import open_runtime

_WITHIN_S = 3600.0


def measure(setting: Setting) -> Mapping[str, Measured]:
    """Before the daemon has put what was said into its archive, and after; of the client's own clock."""
    amounts = setting.amounts("library")
    with tempfile.TemporaryDirectory(prefix="hallscribe-bench-") as name:
        folder = Path(name)
        _fill(folder / "data", setting, amounts)
        with box_in(folder, setting.tables()) as box:
            outside, outside_mib = _ask(box, amounts), box.memory_mb()["gateway"]
            _await_archive(box, folder / "data" / "archive-said")
            inside, inside_mib = _ask(box, amounts), box.memory_mb()["gateway"]
        # At the start after that no vector is read that the archive has.
        with box_in(folder, setting.tables()) as box:
            _ask(box, amounts)
            again_mib = box.memory_mb()["gateway"]
    setting.records.add(
        "library",
        "latencies",
        lectures=amounts["lectures"],
        passages=amounts["lectures"] * amounts["passages"],
        outside_ms=outside,
        inside_ms=inside,
        gateway_mib=[outside_mib, inside_mib, again_mib],
    )
    before = f"before it is archived {percentile(outside, 50):.0f} and {percentile(outside, 99):.0f} ms"
    memory = f"the gateway has {again_mib:.0f} MiB instead of {outside_mib:.0f}"
    return {
        "query_library_p99_ms": setting.measured(
            percentile(inside, 99), note=f"p50 {percentile(inside, 50):.1f} ms; {before}; {memory}"
        )
    }


def _fill(data: Path, setting: Setting, amounts: Mapping[str, Any]) -> None:
    """Lectures of which everything was said; the vectors of most passages are like those of the first."""
    bundle = load(default_text_path())
    text = MiniLmEncoder(bundle, open_runtime("openvino", bundle, setting.cores))
    talk = Talk(amounts["seed"])
    generator = Generator(text.encode(talk.sentences(amounts["embedded"])), amounts["seed"])
    filled = CaptionedBox(data, text.space)
    for number in range(amounts["lectures"]):
        count = amounts["passages"]
        filled.fill(f"lecture-{number}", talk.sentences(count), generator.draw(count))
    filled.close()


def _ask(box: Box, amounts: Mapping[str, Any]) -> list[float]:
    """Milliseconds of as many questions, always the same ones; the first few are not counted."""
    talk, took = Talk(amounts["seed"] + 1), list[float]()
    for _ in range(amounts["calls"] + amounts["warm_up"]):
        question = talk.question()
        begun = time.perf_counter()
        box.client.search(question)
        took.append(1000 * (time.perf_counter() - begun))
    return took[amounts["warm_up"] :]


def _await_archive(box: Box, folder: Path) -> None:
    until = time.monotonic() + _WITHIN_S
    while time.monotonic() < until:
        box.client.status()  # Raises where the daemon is gone.
        if folder.is_dir() and any(not each.name.startswith(".") for each in folder.iterdir()):
            time.sleep(2.0)  # It is opened next.
            return
        time.sleep(0.5)
    raise RuntimeError(f"no archive of what was said within {_WITHIN_S:.0f} s")
