"""The demonstration from top to bottom: start, stream, follow, finish, read, ask, write, stop."""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from hallscribe.async_client import AsyncClient
from hallscribe.demo.chart import Answer
from hallscribe.demo.daemon import LocalDaemon
from hallscribe.demo.lecture import TruthRow
from hallscribe.demo.outputs import fetch_pictures, write_notes, write_timeline
from hallscribe.demo.questions import Question, answers_as_expected, questions_about
from hallscribe.demo.telling import Teller, counts_words
from hallscribe.demo.truth import matched
from hallscribe.errors import HallscribeError
from hallscribe.notes import clock
from hallscribe.values import Frame, Lecture, StreamStart
from hallscribe.video import VideoSampling, sample_video

_READING_WITHIN_S = 1800.0
_CATCH_UP_WITHIN_S = 5.0
_LOOK_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class Material:
    """What goes in.

    Attributes:
        video, captions: files; captions may be None.
        title: for people.
        frames_per_second: sent; what is more than the daemon wants it skips.
        questions: what to ask; None makes them from what was read.
        truth: what truly happens, when that is known.
    """

    video: Path
    captions: Path | None
    title: str
    frames_per_second: float
    questions: Sequence[Question] | None = None
    truth: Sequence[TruthRow] = ()

    @property
    def lecture_id(self) -> str:
        """An id made of the title."""
        words = re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")
        return words[:60].rstrip("-") or "lecture"


async def demonstrate(material: Material, out: Path, teller: Teller) -> None:
    """Run the demonstration and leave notes.md, pictures/, timeline.png and hallscribed.log in ``out``.

    Raises:
        DaemonFailed: the daemon did not start, or went away.
        HallscribeError: it refused something.
        OSError: ``out`` cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="hallscribe-") as folder:
        async with LocalDaemon(Path(folder), out / "hallscribed.log") as daemon:
            with teller.bar("starting the daemon") as bar:
                await _beating(daemon.ready(), bar.show)
            teller.line(f"The daemon serves on {daemon.target}")
            async with AsyncClient(daemon.target) as client:
                try:
                    await _with_client(client, material, out, teller)
                except HallscribeError:
                    # Where the daemon has died, its log says more than the call that noticed.
                    daemon.check()
                    raise
            code = await daemon.stop()
        teller.line(f"\nThe daemon stopped (exit code {code}).")


async def _beating(work: Awaitable[None], beat: Callable[[float], None]) -> None:
    """Wait for work of unknown length and keep its bar alive."""
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=_LOOK_EVERY_S))[0]:
            beat(0.0)
        await task
    finally:
        task.cancel()


async def _with_client(client: AsyncClient, material: Material, out: Path, teller: Teller) -> None:
    lecture_id = material.lecture_id
    await client.create_lecture(lecture_id, material.title)
    if material.captions is not None:
        kept = await client.put_captions(lecture_id, material.captions.read_bytes())
        teller.line(f"{kept.cues} captions make {kept.passages} passages to search.")
    async with _following(client, lecture_id, teller):
        teller.step(f"Streaming “{material.title}”; events appear as the subscription delivers them")
        pushed = await _push(client, material, teller)
        await client.finish_lecture(lecture_id)
        teller.line(f"The lecture is closed: {pushed}.")
        lecture = await _read(client, lecture_id, teller)
        await _caught_up(client, lecture_id, teller)
    found = ""
    if material.truth:
        hits, missed, false = matched(material.truth, list(teller.events.values()))
        found = f"{hits} of {hits + len(missed)} boundaries found within 2 s, {false} false"
        names = ", ".join(f"{row.kind} at {clock(row.t_s)}" for row in missed)
        teller.line(f"Against the script of the lecture: {found}" + (f" (missed: {names})." if missed else "."))
    answers = await _ask(client, material, lecture_id, teller)
    await _write(client, lecture_id, answers, out)
    _close(teller, lecture, answers, found, out)


@asynccontextmanager
async def _following(client: AsyncClient, lecture_id: str, teller: Teller) -> AsyncIterator[None]:
    """Tell the lecture's records as they come, beside whatever happens inside; a failing feed fails that, too."""

    async def follow() -> None:
        async with aclosing(client.subscribe(lecture_id, "beginning", retry_for_s=20.0)) as records:
            async for record in records:
                teller.happening(record.happening)

    task = asyncio.create_task(follow())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _push(client: AsyncClient, material: Material, teller: Teller) -> str:
    """Stream the video; returns what became of it, in words."""
    sampling: list[VideoSampling] = []

    def frames(start: StreamStart) -> Iterator[Frame]:
        with sample_video(material.video, material.frames_per_second, start.last_media_time_s) as sampled:
            sampling.append(sampled)
            for frame in sampled:
                yield Frame(frame.media_time_s, frame.jpeg)

    began = time.monotonic()
    words = "nothing was sent"
    with teller.bar("streaming") as bar:
        async with aclosing(client.push(material.lecture_id, frames)) as steps:
            async for progress in steps:
                if progress.trouble:
                    teller.line(f"            ! {progress.trouble}", "yellow")
                rate = progress.durable_position / max(time.monotonic() - began, 1e-3)
                words = counts_words(progress.counts, rate)
                length = sampling[0].info.duration_s if sampling else 0.0
                expected = max(1.0, length * material.frames_per_second)
                bar.show(min(1.0, progress.durable_position / expected), words)
    if sampling and sampling[0].ended_early_at_s is not None:
        teller.line(f"The video ended early, at {clock(sampling[0].ended_early_at_s)}: it is cut or damaged.", "yellow")
    return words


async def _read(client: AsyncClient, lecture_id: str, teller: Teller) -> Lecture:
    """Wait until every slide is read."""
    deadline = time.monotonic() + _READING_WITHIN_S
    lecture = await client.get_lecture(lecture_id)
    most = max(1, lecture.pending_jobs)
    with teller.bar("reading the slides") as bar:
        while lecture.pending_jobs and time.monotonic() < deadline:
            bar.show(1 - lecture.pending_jobs / most, f"{lecture.pending_jobs} to go")
            await asyncio.sleep(_LOOK_EVERY_S)
            lecture = await client.get_lecture(lecture_id)
            most = max(most, lecture.pending_jobs)
    if lecture.pending_jobs:
        teller.line(f"{lecture.pending_jobs} reading jobs are not done after 30 min; going on without them.", "yellow")
    return lecture


async def _caught_up(client: AsyncClient, lecture_id: str, teller: Teller) -> None:
    """Wait a moment until the subscription has told what the list says."""
    deadline = time.monotonic() + _CATCH_UP_WITHIN_S
    while time.monotonic() < deadline:
        if {event.event_id: event async for event in client.list_events(lecture_id)} == teller.events:
            return
        await asyncio.sleep(_LOOK_EVERY_S)
    teller.line("The subscription had not delivered every event in time; the notes have them all.", "yellow")


async def _ask(client: AsyncClient, material: Material, lecture_id: str, teller: Teller) -> list[Answer]:
    questions = material.questions
    if questions is None:
        questions = questions_about(await client.notes(lecture_id))
        teller.step(f"Asking {len(questions)} questions, made from what was read and said")
    else:
        teller.step(f"Asking {len(questions)} questions in words of our own")
    answers = []
    right = 0
    for number, question in enumerate(questions, 1):
        if question.frame_s is not None:
            answer = await client.search(frame=(lecture_id, question.frame_s), lecture_ids=[lecture_id], k=3)
        else:
            answer = await client.search(question.words, lecture_ids=[lecture_id], k=3)
        teller.answer(number, question, answer)
        best = answer.moments[0].start_s if answer.moments else None
        right += best is not None and answers_as_expected(question, best) is True
        answers.append(Answer(question.words, best))
    if any(question.expected for question in questions):
        teller.line(f"\n{right} of {len(questions)} first answers start where the lecture speaks of it.")
    return answers


async def _write(client: AsyncClient, lecture_id: str, answers: Sequence[Answer], out: Path) -> None:
    notes = await client.notes(lecture_id)
    pictures = await fetch_pictures(client, notes, out / "pictures")
    write_notes(notes, pictures, out / "notes.md")
    write_timeline(notes, await client.timeline(lecture_id), pictures, answers, out / "timeline.png")


def _close(teller: Teller, lecture: Lecture, answers: Sequence[Answer], found: str, out: Path) -> None:
    counts = lecture.counts
    looked = max(1, counts.kept + counts.reused)
    teller.step("Done")
    events = f"{len(teller.events)} events in {clock(lecture.duration_s)}" + (f" ({found})" if found else "")
    teller.line(f"  {events}; {sum(one.start_s is not None for one in answers)} of {len(answers)} questions answered")
    teller.line(f"  {counts.kept} frames encoded, {counts.reused / looked:.0%} of those looked at reused")
    teller.line(f"  notes     {out / 'notes.md'}")
    teller.line(f"  timeline  {out / 'timeline.png'}")
    teller.line(f"  log       {out / 'hallscribed.log'}")
    teller.line(f"  {teller.elapsed_s:.0f} s in all")
