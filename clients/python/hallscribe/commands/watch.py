"""`hallscribe watch`: a camera into a lecture, one frame a second, until it is stopped; then the lecture is finished.

A camera that goes away is opened again, and a daemon that restarts is waited for, however long that takes. Begun again
after a power cut, it goes on with the lecture, at the time that it is by then.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import signal
import time
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from hallscribe.async_client import AsyncClient
from hallscribe.camera import Camera, CameraState, without_secrets
from hallscribe.commands.display import IngestDisplay
from hallscribe.commands.fields import camera_fields, progress_of_lecture, total
from hallscribe.errors import AlreadyExists, Conflict, HallscribeError, NotFound
from hallscribe.output import Output
from hallscribe.retry import Patience, persist
from hallscribe.values import Frame, ImageFormat, Lecture, LectureState, StreamStart

R = TypeVar("R")

# A lecture that stood still for longer goes on at once after its last frame: else its clock was wrong.
_LONGEST_AWAY_S = 12 * 3600.0


@dataclass(frozen=True)
class WatchOptions:
    """What was asked for.

    Attributes:
        lecture_id: as strftime takes it. Where that fills something in, a number is added while there is a finished
            lecture of that name, so that each start is another lecture, or goes on with one that was cut off.
        for_s: after how many seconds it ends by itself; None never.
    """

    camera: str
    lecture_id: str
    title: str = ""
    for_s: float | None = None
    keep_open: bool = False


async def watch(client: AsyncClient, output: Output, options: WatchOptions) -> None:
    """Push a camera's pictures until SIGTERM, SIGINT or the end of the time, and finish the lecture.

    A second signal ends it at once, as when the daemon is away and cannot be told that the lecture is over.

    Raises:
        InvalidRequest: CAMERA_ADDRESS, before anything is done.
        Conflict: the lecture is finished, or another program streams to it.
    """
    await _Watch(client, output, options).all()


class _Watch:
    def __init__(self, client: AsyncClient, output: Output, options: WatchOptions) -> None:
        self._client = client
        self._output = output
        self._options = options
        self._camera = Camera(options.camera, changed=self._changed)
        self._state: CameraState | None = None
        self._trouble = ""
        self._stop = asyncio.Event()
        self._name = self._lecture_id = time.strftime(options.lecture_id)

    async def all(self) -> None:
        options, loop = self._options, asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopped, number)
        lecture = await _unless(self._stop, persist(self._opened, self._patience(), self._tell_trouble))
        if lecture is None:
            return
        if options.for_s is not None:
            loop.call_later(options.for_s, self._stop.set)
        with IngestDisplay(self._output, 0.0) as display:
            async with display.counting_events(self._client, self._lecture_id):
                await self._push(lecture, display)
            lecture = await self._finished()
            display.done(progress_of_lecture(lecture), lecture)

    def _stopped(self, number: int) -> None:
        self._stop.set()
        asyncio.get_running_loop().remove_signal_handler(number)

    async def _opened(self) -> Lecture:
        """The lecture, made if there is none, or the next of its name."""
        name = self._name
        for number in itertools.count(2):
            lecture = await self._found_or_made(self._lecture_id)
            if lecture.state is not LectureState.FINISHED:
                break
            if name == self._options.lecture_id:
                raise Conflict(
                    "LECTURE_FINISHED",
                    f"{name} is finished and takes no more frames; its {lecture.frames} frames are kept. Choose "
                    f"another id, or one with the date in it, such as {name[:50]}-%Y-%m-%d",
                )
            self._lecture_id = f"{name}-{number}"
        going_on = f", which has {lecture.frames} frames already" if lecture.frames else ""
        self._output.remark(f"Watching into lecture {self._lecture_id}{going_on}.")
        return lecture

    async def _found_or_made(self, lecture_id: str) -> Lecture:
        try:
            return await self._client.get_lecture(lecture_id)
        except NotFound:
            with contextlib.suppress(AlreadyExists):
                return await self._client.create_lecture(lecture_id, self._options.title)
            return await self._client.get_lecture(lecture_id)

    async def _push(self, before: Lecture, display: IngestDisplay) -> None:
        options = self._options
        pushing = self._client.push(
            self._lecture_id,
            self._frames,
            # Others are told it.
            producer_id=f"camera {hashlib.sha256(options.camera.encode()).hexdigest()[:16]}",
            retry_for_s=None,
        )
        async with aclosing(pushing) as steps:
            async for progress in steps:
                self._tell(progress.trouble)
                # Those that gave way were never sent: the daemon knows of a gap alone.
                counts = total(before.counts, progress.counts)
                display.progress(replace(progress, counts=replace(counts, dropped=self._camera.lost)), 0.0)

    async def _frames(self, start: StreamStart) -> AsyncGenerator[Frame]:
        began_s = _beginning(start)
        async with aclosing(self._camera.pictures()) as pictures:
            while (picture := await _unless(self._stop, anext(pictures))) is not None:
                age = timedelta(seconds=time.monotonic() - picture.taken_s)
                yield Frame(
                    picture.taken_s - began_s, picture.jpeg, ImageFormat.JPEG, capture_time=datetime.now(UTC) - age
                )

    async def _finished(self) -> Lecture:
        client, lecture_id = self._client, self._lecture_id
        call = client.get_lecture if self._options.keep_open else client.finish_lecture
        return await persist(lambda: call(lecture_id), self._patience(), self._tell_trouble)

    def _patience(self) -> Patience:
        return Patience(None, self._client.target)

    def _tell_trouble(self, error: HallscribeError) -> None:
        self._tell(error.message)

    def _tell(self, trouble: str) -> None:
        if trouble not in ("", self._trouble):
            self._output.warning(f"{trouble}; it is tried again until it answers")
        self._trouble = trouble

    def _changed(self, state: CameraState) -> None:
        """Tell of the camera, but not the same again with each attempt."""
        before, self._state = self._state, state
        if before is not None and (before.live, before.detail) == (state.live, state.detail):
            return
        if self._output.as_json:
            self._output.line(camera_fields(state))
        elif state.live:
            self._output.remark("The camera gives pictures.")
        else:
            shown = without_secrets(self._options.camera)
            self._output.warning(f"no picture from {shown}: {state.detail}; it is opened again until there is one")


async def _unless(stop: asyncio.Event, work: Awaitable[R]) -> R | None:
    """What comes of it; None when we are stopped before."""
    stopping, working = asyncio.create_task(stop.wait()), asyncio.ensure_future(work)
    try:
        await asyncio.wait({stopping, working}, return_when=asyncio.FIRST_COMPLETED)
        return None if stop.is_set() else await working
    finally:
        stopping.cancel()
        working.cancel()
        await asyncio.gather(stopping, working, return_exceptions=True)


def _beginning(start: StreamStart) -> float:
    """When the lecture began, on ``time.monotonic``: what is taken later than that is that far into it."""
    now_s = time.monotonic()
    if start.last_media_time_s is None:
        return now_s
    away_s = 1.0
    if start.last_capture_time is not None:
        told_s = (datetime.now(UTC) - start.last_capture_time).total_seconds()
        away_s = told_s if away_s <= told_s <= _LONGEST_AWAY_S else away_s
    return now_s - start.last_media_time_s - away_s
