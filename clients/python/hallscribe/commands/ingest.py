"""`hallscribe ingest`: a video file into a lecture, from the first frame to the last slide read.

    captions -> frames (pushed, or pulled by the daemon) -> finish -> wait until everything shown has been read

Each step outlasts a restart of the daemon. Run again after a crash, it goes on where the lecture stands.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from hallscribe.async_client import AsyncClient
from hallscribe.commands.display import IngestDisplay
from hallscribe.commands.fields import progress_of_lecture, total
from hallscribe.commands.pull import pull
from hallscribe.errors import AlreadyExists, Conflict, DaemonLost, Denied, HallscribeError, InvalidRequest, NotFound
from hallscribe.output import Output
from hallscribe.retry import Patience, persist
from hallscribe.values import Frame, ImageFormat, Lecture, LectureState, Progress, StreamStart
from hallscribe.video import VideoSampling, probe_video, sample_video

R = TypeVar("R")

_ASK_AGAIN_S = 0.3
# By so much a lecture may be longer than the video that it is of.
_SHORTER_S = 2.0
_MAX_CAPTIONS_BYTES = 4 << 20


@dataclass(frozen=True)
class IngestOptions:
    """What was asked for; ``retry_for_s`` is how long to try to reach a lost daemon."""

    video: Path
    lecture_id: str
    captions: Path | None = None
    pull: bool = False
    realtime: bool = False
    keep_open: bool = False
    wait: bool = True
    retry_for_s: float = 20.0


async def ingest(client: AsyncClient, output: Output, options: IngestOptions) -> None:
    """Bring a video into a lecture.

    Raises:
        NotAVideo, InvalidRequest: before any frame is sent.
        DaemonLost: saying how much is kept.
    """
    run = _Ingest(client, output, options)
    try:
        await run.all()
    except (InvalidRequest, Denied):
        await run.leave_no_empty_lecture()
        raise
    except DaemonLost as error:
        if not run.durable_position:
            raise
        kept = (
            f"{options.lecture_id} is finished and all its {run.durable_position} frames are kept: the daemon reads "
            "its slides when it is back, and this command has nothing left to do"
            if run.finished
            else f"the same command then goes on after the {run.durable_position} frames of {options.lecture_id} that "
            "are kept"
        )
        raise DaemonLost(error.reason, f"{error.message}; {kept}", code=error.code) from error


class _Ingest:
    def __init__(self, client: AsyncClient, output: Output, options: IngestOptions) -> None:
        self._client = client
        self._output = output
        self._options = options
        self.durable_position = 0
        self.finished = False
        self._created = False

    async def all(self) -> None:
        options = self._options
        captions = _read_captions(options.captions)
        info = None if options.pull else await asyncio.to_thread(probe_video, options.video)
        lecture = await self._persist(self._opened)
        self.durable_position = lecture.durable_position
        if captions is not None:
            await self._put(captions)
        with IngestDisplay(self._output, info.duration_s if info else 0.0) as display:
            async with (
                display.counting_events(self._client, options.lecture_id),
                aclosing(self._steps(lecture)) as steps,
            ):
                async for progress, media_time_s in steps:
                    self.durable_position = max(self.durable_position, progress.durable_position)
                    display.progress(progress, media_time_s)
            lecture = await self._finish()
            self.finished = lecture.state is LectureState.FINISHED
            if options.wait:
                lecture = await self._read(display)
            display.done(progress_of_lecture(lecture), lecture)

    async def _opened(self) -> Lecture:
        lecture_id = self._options.lecture_id
        try:
            lecture = await self._client.get_lecture(lecture_id)
        except NotFound:
            try:
                lecture = await self._client.create_lecture(lecture_id)
                self._created = True
                return lecture
            except AlreadyExists:
                lecture = await self._client.get_lecture(lecture_id)
        if lecture.state is LectureState.FINISHED:
            raise Conflict(
                "LECTURE_FINISHED",
                f"{lecture_id} is finished and takes no more frames; its {lecture.frames} frames are kept and nothing "
                f"was changed. If it is this video, there is nothing left to do (hallscribe events {lecture_id}); for "
                f"another, choose another id, or first: hallscribe delete {lecture_id}",
            )
        return lecture

    async def _put(self, captions: bytes) -> None:
        lecture_id = self._options.lecture_id
        kept = await self._persist(lambda: self._client.put_captions(lecture_id, captions))
        self._output.remark(f"Captions: {kept.cues} cues.")

    async def leave_no_empty_lecture(self) -> None:
        """What was asked for is refused: a lecture that was made for it is taken away again, if it has nothing."""
        if self._created:
            with contextlib.suppress(HallscribeError):
                if not (await self._client.get_lecture(self._options.lecture_id)).frames:
                    await self._client.delete_lecture(self._options.lecture_id)

    def _steps(self, lecture: Lecture) -> AsyncGenerator[tuple[Progress, float]]:
        options = self._options
        if options.pull:
            path = str(options.video.absolute())
            return pull(self._client, self._output, lecture, path, options.realtime, options.retry_for_s)
        return self._push(lecture)

    async def _push(self, before: Lecture) -> AsyncGenerator[tuple[Progress, float]]:
        """Progress, and the media time up to which it is durable."""
        options = self._options
        source = _PacedVideo(options.video, options.realtime)
        pushing = self._client.push(
            options.lecture_id,
            source.frames,
            producer_id=_producer_id(options.video),
            retry_for_s=options.retry_for_s,
        )
        if before.frames:
            self._output.remark(f"Going on after {before.duration_s:.0f} s: {before.frames} frames are kept already.")
        async with aclosing(pushing) as steps:
            async for progress in steps:
                counts = total(before.counts, progress.counts)
                yield replace(progress, counts=counts), source.media_time_s(progress.durable_position)
        sampling = source.sampling
        if sampling is not None and not source.sent and before.duration_s > sampling.info.duration_s + _SHORTER_S:
            raise Conflict(
                "TIME_BACKWARDS",
                f"{options.video} ends at {sampling.info.duration_s:.0f} s, where {options.lecture_id} has "
                f"{before.duration_s:.0f} s already: nothing of it was sent, and the lecture was left as it is. A "
                "frame belongs to its time since the lecture's beginning: give another recording a lecture of its own",
            )
        if source.sampling is not None and source.sampling.ended_early_at_s is not None:
            self._output.warning(
                f"{options.video} ended at {source.sampling.ended_early_at_s:.1f} s of "
                f"{source.sampling.info.duration_s:.1f} s: it is cut off or damaged; everything up to there was sent"
            )

    async def _finish(self) -> Lecture:
        options = self._options
        if options.keep_open:
            return await self._persist(lambda: self._client.get_lecture(options.lecture_id))
        return await self._persist(lambda: self._client.finish_lecture(options.lecture_id))

    async def _read(self, display: IngestDisplay) -> Lecture:
        """Wait until everything that was shown has been read."""
        most = 0
        while True:
            lecture = await self._persist(lambda: self._client.get_lecture(self._options.lecture_id))
            most = max(most, lecture.pending_jobs)
            display.reading(lecture, most)
            if not lecture.pending_jobs:
                return lecture
            await asyncio.sleep(_ASK_AGAIN_S)

    async def _persist(self, call: Callable[[], Awaitable[R]]) -> R:
        return await persist(call, Patience(self._options.retry_for_s, self._client.target))


class _PacedVideo:
    """A video file as frames, from where the lecture stands; with ``realtime`` no faster than it plays."""

    def __init__(self, path: Path, realtime: bool) -> None:
        self.sampling: VideoSampling | None = None
        self._path = path
        self._realtime = realtime
        self._first_position = 1
        self._media_times: list[float] = []

    @property
    def sent(self) -> int:
        """How many frames it has given."""
        return len(self._media_times)

    def media_time_s(self, position: int) -> float:
        """The media time of the frame at a position, as far as frames were read; 0 before the first."""
        read = min(position - self._first_position, len(self._media_times) - 1)
        return self._media_times[read] if read >= 0 else 0.0

    def frames(self, start: StreamStart) -> Iterator[Frame]:
        """The frames that the lecture does not have yet."""
        self._first_position = start.next_position
        rate = start.wanted_frames_per_second or 1.0
        self.sampling = sample_video(self._path, rate, start.last_media_time_s)
        began = None
        for sampled in self.sampling:
            began = time.monotonic() - sampled.media_time_s if began is None else began
            if self._realtime:
                time.sleep(max(0.0, began + sampled.media_time_s - time.monotonic()))
            self._media_times.append(sampled.media_time_s)
            yield Frame(sampled.media_time_s, sampled.jpeg, ImageFormat.JPEG)


def _producer_id(video: Path) -> str:
    """The same for the same file on the same machine, so that a second run takes over what a killed one left."""
    path = hashlib.sha256(str(video.absolute()).encode(errors="surrogateescape")).hexdigest()
    return f"hallscribe-{socket.gethostname()[:60]}-{path[:16]}"


def _read_captions(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        if path.stat().st_size > _MAX_CAPTIONS_BYTES:
            raise InvalidRequest(
                "INVALID_CAPTIONS",
                f"the captions {path} have more than {_MAX_CAPTIONS_BYTES >> 20} MiB, which is no captions file of a "
                "lecture; nothing was sent",
            )
        return path.read_bytes()
    except OSError as error:
        raise InvalidRequest(
            "INVALID_CAPTIONS", f"the captions {path} cannot be read ({error.strerror}); nothing was sent"
        ) from error
