"""How a box with years of lectures answers."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from hallscribe import Client, Route
from hallscribe_bench.budget.archive import FullBox, Generator, frame_vectors, intrinsic_dimension, nearest_exactly
from hallscribe_bench.budget.budgets import Measured
from hallscribe_bench.budget.group import memory_group
from hallscribe_bench.budget.metrics import percentile
from hallscribe_bench.budget.setting import Setting
from hallscribe_bench.budget.watch import watched
from hallscribe_bench.whole.box import Box, box_in
from hallscribed.adapters.index.archive import Archive
from hallscribed.adapters.index.faiss_index import FaissIndex
from hallscribed.adapters.index.merge import write_archive
from hallscribed.adapters.models.bundle import default_encoder_path, default_text_path, load
from hallscribed.app.bootstrap import open_projection
from hallscribed.app.config import Config
from hallscribed.domain.embedding import Matrix
from hallscribed.domain.recording import SealedLecture

_NEIGHBOURS = 10
_WITHIN_S = 3600.0
_SAMPLE = 4000


def measure(setting: Setting) -> Mapping[str, Measured]:
    """Questions are recorded frames, which nothing but the archive answers; recall is of vectors that are not in it."""
    amounts = setting.amounts("archive")
    bundle = load(setting.encoder or default_encoder_path())
    projection = open_projection(Config.model_validate(setting.tables()), bundle, load(default_text_path()))
    with tempfile.TemporaryDirectory(prefix="hallscribe-bench-") as name:
        folder, data = Path(name), Path(name) / "data"
        base = frame_vectors(bundle, setting.runtime, amounts["frames"], amounts["seed"])
        generator = Generator(base, amounts["seed"])
        filled = FullBox(data, bundle, projection)
        lectures = [
            filled.fill(f"lecture-{number}", generator.draw(amounts["lecture_rows"]))
            for number in range(amounts["rows"] // amounts["lecture_rows"])
        ]
        questions = projection.project(generator.draw(amounts["questions"]))
        dimension = intrinsic_dimension(projection.project(generator.draw(_SAMPLE)))
        space = projection.space.name
        filled.close()
        # The daemon finds a share of them in no archive, and writes another one while it is asked.
        begun = time.perf_counter()
        write_archive(data / "archive", lectures[: int(amounts["archived"] * len(lectures))], space, setting.cores)
        wrote_s = time.perf_counter() - begun
        with (
            memory_group(amounts["group_mib"]) as group,
            box_in(folder, setting.tables(), None if group is None else group.folder) as box,
            watched(box) as seen,
        ):
            cold = _ask(box.client, len(lectures), 1, amounts["seed"])[0]
            meanwhile = _until_rebuilt(box, data / "archive", lectures, amounts["seed"])
            # It was just written, and most of it lies on the disk only.
            _ask(box.client, len(lectures), amounts["calls"], amounts["seed"] + 1)
            seen.memory.clear()
            warm = _ask(box.client, len(lectures), amounts["calls"], amounts["seed"])
            memory = seen.peak_mib
            grouped = "in no group: none may be made here" if group is None else str(group)
        archive = _of(next((data / "archive").iterdir()), lectures, space)
        recall = _recall(archive, lectures, questions)
        sizes = [_timed(archive, questions)]
        for share in amounts["shares"]:
            some = lectures[: int(share * len(lectures))]
            sizes.append(
                _timed(_of(write_archive(folder / f"{share}", some, space, setting.cores), some, space), questions)
            )
        size = sum(file.stat().st_size for file in archive.folder.iterdir())
    rows = len(archive)
    setting.records.add(
        "archive",
        "latencies",
        rows=rows,
        cold_ms=cold,
        idle_ms=warm,
        building_ms=meanwhile,
        wrote_s=wrote_s,
        intrinsic_dimension=dimension,
        probed=archive.facts.probed,
        bytes=size,
    )
    setting.records.add("archive", "sizes", sizes=sorted(sizes, key=lambda each: each["rows"]))
    beside = f", while it is written anew {percentile(meanwhile, 99):.0f} ms" if meanwhile else ""
    what = f"{rows:,} vectors, intrinsic dimension {dimension:.0f}"
    return {
        "query_archive_p99_ms": setting.measured(
            percentile(warm, 99), note=f"p50 {percentile(warm, 50):.1f} ms, cold {cold:.0f} ms{beside}; {what}"
        ),
        "archive_recall_at_10": setting.measured(recall, note=f"{archive.facts.probed} cells looked at; {what}"),
        "archive_memory_mib": setting.measured(
            memory, note=f"whole process tree; {size / 2**20:,.0f} MiB mapped; {grouped}; {what}"
        ),
    }


def _ask(client: Client, lectures: int, calls: int, seed: int) -> list[float]:
    """Milliseconds of questions with recorded frames from anywhere."""
    numbers = np.random.default_rng([seed, calls])
    took = []
    for _ in range(calls):
        frame = f"lecture-{numbers.integers(lectures)}", float(numbers.integers(1, 100))
        begun = time.perf_counter()
        client.search(frame=frame, routes=[Route.SEEN])
        took.append(1000 * (time.perf_counter() - begun))
    return took


def _until_rebuilt(box: Box, folder: Path, lectures: Sequence[SealedLecture], seed: int) -> list[float]:
    """Ask five times a second until the daemon has written an archive of all lectures; what the questions took then."""
    before = {each.name for each in folder.iterdir()}
    took: list[float] = []
    until = time.monotonic() + _WITHIN_S
    while time.monotonic() < until:
        now = [each.name for each in folder.iterdir()]
        if len(now) == 1 and now[0] not in before:
            return took
        if any(name.startswith(".new") for name in now):
            took += _ask(box.client, len(lectures), 1, seed + len(took))
        time.sleep(0.2)
    raise RuntimeError(f"no archive of all lectures within {_WITHIN_S:.0f} s")


def _of(folder: Path, lectures: Sequence[SealedLecture], space: str) -> Archive:
    """Opened, and answering for these lectures."""
    archive = Archive.open(folder, space)
    for lecture in lectures:
        archive.admit(lecture.uid, lecture.sha256)
    return archive


def _timed(archive: Archive, questions: Matrix) -> dict[str, float]:
    """What a search takes without the daemon around it, once its pages are in memory."""
    took = []
    for number, question in enumerate([*questions, *questions]):
        begun = time.perf_counter()
        archive.nearest(question, _NEIGHBOURS)
        if number >= len(questions):
            took.append(1000 * (time.perf_counter() - begun))
    return {"rows": len(archive), "p50_ms": percentile(took, 50), "p99_ms": percentile(took, 99)}


def _recall(archive: Archive, lectures: Sequence[SealedLecture], questions: Matrix) -> float:
    """Share of the ten nearest of all rows that the archive finds."""
    by_uid = {lecture.uid: lecture for lecture in lectures}
    held = [by_uid[each.uid] for each in archive.facts.lectures]
    first = dict(zip((each.uid for each in held), np.cumsum([0, *(each.rows for each in held)]), strict=False))
    exact = nearest_exactly(questions, _blocks(held), _NEIGHBOURS)
    shared = 0
    for question, wanted in zip(questions, exact, strict=True):
        uids, ids, _ = archive.nearest(question, _NEIGHBOURS)
        # A lecture's ids count from 1.
        found = {int(first[uid] + number - 1) for uid, number in zip(uids, ids.tolist(), strict=True)}
        shared += len(found & set(wanted.tolist()))
    return shared / exact.size


def _blocks(lectures: Sequence[SealedLecture]) -> Iterator[Matrix]:
    return (FaissIndex.open(lecture.path, lecture.sha256).rows()[1] for lecture in lectures)
