"""Others that a user might pick for a part: encoders, vector searches, detectors; on the same input in the same run."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from hallscribe_bench.budget.archive import Generator, frame_vectors, nearest_exactly
from hallscribe_bench.budget.bare_process import bare_process
from hallscribe_bench.budget.budgets import Measured
from hallscribe_bench.budget.material import labelled
from hallscribe_bench.budget.metrics import paired, percentile
from hallscribe_bench.budget.pushing import one_by_one
from hallscribe_bench.budget.setting import Setting, Unrun
from hallscribe_bench.budget.watch import FRAME_PATH
from hallscribe_bench.contenders.encoders import THEIRS as ENCODERS
from hallscribe_bench.contenders.encoders import VITL
from hallscribe_bench.contenders.engines import OURS, THEIRS, K
from hallscribe_bench.detector.score import Score, score
from hallscribe_bench.whole.box import fresh_box
from hallscribed.adapters.models.bundle import default_encoder_path, load
from hallscribed.adapters.models.projection import OrthogonalProjection

_PYTHON = Path(".venv-contenders/bin/python")
# Encoders need PyTorch, which `make setup-export` brings.
_TORCH = Path(".venv-export/bin/python")
_STARTER = "export/vjepa2-small/config.json"
_DETECTORS = ("content", "adaptive", "histogram")


def measure(setting: Setting) -> Mapping[str, Measured]:
    """No budget speaks of them: what they do is in the records and the report."""
    if not _PYTHON.is_file():
        raise Unrun("needs the others' packages: make setup-contenders")
    amounts = setting.amounts("contenders")
    if _TORCH.is_file():
        for told in _encoders(setting, amounts):
            setting.records.add("contenders", "encoding", **told)
    for told in _searches(setting, amounts):
        setting.records.add("contenders", "search", **told)
    for told in _boundaries(setting, amounts):
        setting.records.add("contenders", "boundaries", **told)
    return {}


def _encoders(setting: Setting, amounts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each one's milliseconds a picture, in turn; ours is the bundle's graph as the daemon runs it."""
    bundle, threads = setting.encoder or default_encoder_path(), setting.encoder_threads
    model, config = ("starter", _STARTER) if setting.encoder is None else ("ViT-L", VITL)
    with ExitStack() as stack:
        ours = bare_process("hallscribe_bench.budget.bare", bundle, setting.runtime, threads)
        asks = {"Hallscribe": stack.enter_context(ours)}
        for name in ENCODERS:
            theirs = bare_process("hallscribe_bench.contenders.encoders", name, config, threads, python=str(_TORCH))
            asks[name] = stack.enter_context(theirs)
        took: dict[str, list[list[float]]] = {name: [] for name in asks}
        for _ in range(amounts["rounds"]):
            for name, ask in asks.items():
                took[name].append(ask(amounts["pictures"]))
    first = [percentile(each, 50) for each in took["Hallscribe"]]
    for name, rounds in took.items():
        medians = [percentile(each, 50) for each in rounds]
        ratio = paired(medians, first)
        spread = {"median": ratio.median, "low": ratio.low, "high": ratio.high}
        yield {"model": model, "encoder": name, "p50_ms": percentile(medians, 50), "threads": threads, "ratio": spread}


def _searches(setting: Setting, amounts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each engine's figures; all are asked in turn, some questions at a time."""
    bundle = load(default_encoder_path())
    generator = Generator(frame_vectors(bundle, "openvino", amounts["frames"], amounts["seed"]), amounts["seed"])
    projection = OrthogonalProjection(bundle.space)
    rows, questions = (projection.project(generator.draw(amounts[what])) for what in ("rows", "questions"))
    wanted = nearest_exactly(questions, iter([rows]), K)
    with tempfile.TemporaryDirectory(prefix="hallscribe-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        np.save(folder / "vectors.npy", rows)
        np.save(folder / "questions.npy", questions)
        engines, told = {}, {}
        for engine in (*OURS, *THEIRS):
            own = folder / engine
            own.mkdir()
            python = str(_PYTHON) if engine in THEIRS else sys.executable
            module = "hallscribe_bench.contenders.engines"
            ask = stack.enter_context(bare_process(module, engine, folder / "vectors.npy", own, python=python))
            engines[engine], told[engine] = ask, {"engine": engine, "rows": len(rows), **ask(None)}
        took: dict[str, list[float]] = {engine: [] for engine in engines}
        shared = dict.fromkeys(engines, 0)
        for places in np.array_split(np.arange(len(questions)), amounts["rounds"]):
            for engine, ask in engines.items():
                answer = ask(places.tolist())
                took[engine] += answer["took_ms"]
                found = zip(answer["found"], wanted[places].tolist(), strict=True)
                shared[engine] += sum(len(set(one) & set(other)) for one, other in found)
                told[engine]["own_mib"] = answer["own_mib"]
        for engine, figures in told.items():
            disk = sum(file.stat().st_size for file in (folder / engine).rglob("*") if file.is_file()) / 2**20
            times = {"p50_ms": percentile(took[engine], 50), "p99_ms": percentile(took[engine], 99)}
            yield {**figures, **times, "recall_at_10": shared[engine] / wanted.size, "disk_mib": disk}


def _boundaries(setting: Setting, amounts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """F1 and CPU a frame over all talks."""
    talks = [(scenario, seed) for seed in amounts["seeds"] for scenario in amounts["scenarios"]]
    yield _ours(setting, talks)
    for detector in _DETECTORS:
        total, cpu_s, frames = Score(), 0.0, 0
        for scenario, seed in talks:
            command = [str(_PYTHON), "-m", "hallscribe_bench.contenders.boundaries", detector, scenario, str(seed)]
            said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            total = total + score(labelled(scenario, seed)[1], [(time, "slide_change") for time in said["cuts_s"]])
            cpu_s, frames = cpu_s + said["cpu_s"], frames + said["frames"]
        yield _scored(f"PySceneDetect, {detector}", total, cpu_s, frames)


def _ours(setting: Setting, talks: list[tuple[str, int]]) -> dict[str, Any]:
    total, frames = Score(), 0
    with fresh_box(setting.tables(storage={"keep_pictures": False})) as box:
        before = box.cpu_s()
        for scenario, seed in talks:
            name = f"{scenario.replace('_', '-')}-{seed}"
            sent, truth = labelled(scenario, seed)
            one_by_one(box.client, name, sent)
            box.client.finish_lecture(name)
            events = [(event.time_s, str(event.kind)) for event in box.client.list_events(name)]
            total, frames = total + score(truth, events), frames + len(sent)
        after = box.cpu_s()
    return _scored("Hallscribe", total, sum(after[name] - before[name] for name in FRAME_PATH), frames)


def _scored(detector: str, total: Score, cpu_s: float, frames: int) -> dict[str, Any]:
    counts = {"found": total.found, "false": total.false, "missed": total.missed, "f1": total.f1}
    return {"detector": detector, **counts, "cpu_ms": 1000 * cpu_s / frames, "frames": frames}
