"""A camera's pictures for as long as somebody takes them, whatever becomes of the camera meanwhile.

camera -> process of its own (camera_process.py) -> at most so many that wait -> CameraPicture

A process that falls silent is ended, and begun again: so is a decoder that hangs, and a camera that was unplugged.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import re
import signal
import sys
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from hallscribe import camera_process
from hallscribe.errors import InvalidRequest

_STALLED_S, _OPENS_S = 5.0, 15.0
_AGAIN_S = (1.0, 2.0, 5.0)
# About a minute: what is older gives way. Whoever pushes them keeps some minutes more.
_WAIT_AT_MOST = 60
_LARGEST_BYTES = 64 << 20
_COMPLAINTS = 20

# What FFmpeg may open to follow an address: nothing on the disk, whatever a camera's answer names.
_PROTOCOLS = {
    "rtsp": "rtsp,rtp,rtcp,tcp,udp",
    "rtsps": "rtsps,rtsp,rtp,rtcp,tcp,tls,crypto,srtp",
    "http": "http,tcp",
    "https": "https,tcp,tls",
}
# What it complains of, and what that means to whoever stands before the camera.
_MEANINGS = (
    (r"\b40[13]\b", "it refuses the name or password in its address"),
    (r"\b50[0-9]\b", "it says that it cannot serve now"),
    (r"\b404\b", "it has nothing at the path in its address"),
    (r"Connection refused", "nothing answers at its address: is it on, and is the port right"),
    (r"resolve hostname|Name or service not known", "no machine of that name is known here"),
    (r"No route to host|Network is unreachable", "no way leads to its address: is it on this network"),
    (r"timeout|timed out", "it does not answer"),
    (r"No such file|No such device", "there is no such device: is it plugged in"),
    (r"Permission denied", "this user may not open it: add the user to the group video"),
    (r"busy", "another program has it"),
    (r"Invalid data|Protocol .* not on whitelist", "what it sends is no video that can be read"),
)


@dataclass(frozen=True, slots=True)
class CameraPicture:
    """A picture that was taken.

    Attributes:
        taken_s: when, on ``time.monotonic``.
        jpeg: the picture.
        width, height: in pixels.
    """

    taken_s: float
    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class CameraState:
    """Whether pictures come.

    Attributes:
        live: they do.
        detail: why not, for people; empty while they do.
        again_in_s: when the camera is opened again; 0 while they come.
    """

    live: bool
    detail: str = ""
    again_in_s: float = 0.0


class Camera:
    """One camera, opened again for ever.

    Args:
        address: ``rtsp://``, ``rtsps://``, ``http://`` or ``https://``, or the path of a V4L2 device. It may hold a
            password, and is therefore told to nobody.
        every_s: a picture every so many seconds.
        longest_side: of a picture, in pixels; larger ones are made smaller.
        quality: of the JPEGs, 1 to 100.
        changed: told when pictures begin to come, and each time that they do not.

    Raises:
        InvalidRequest: CAMERA_ADDRESS, for any other address.
    """

    def __init__(
        self,
        address: str,
        *,
        every_s: float = 1.0,
        longest_side: int = 1920,
        quality: int = 90,
        changed: Callable[[CameraState], None] = lambda state: None,
    ) -> None:
        self.lost = 0
        """Pictures that gave way to newer ones, as nobody had taken them."""
        self._protocols = _checked(address)
        self._asked = {"address": address, "every_s": every_s, "longest_side": longest_side, "quality": quality}
        self._changed = changed
        self._waiting: deque[CameraPicture] = deque()
        self._some = asyncio.Event()
        self._live = False
        self._failures = 0

    async def pictures(self) -> AsyncGenerator[CameraPicture]:
        """Pictures as they come, for ever; closing it lets go of the camera."""
        watching = asyncio.create_task(self._watch())
        try:
            while True:
                await self._some.wait()
                yield self._waiting.popleft()
                if not self._waiting:
                    self._some.clear()
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            why = await self._run()
            wait_s = _AGAIN_S[min(self._failures, len(_AGAIN_S) - 1)] * random.uniform(0.8, 1.0)
            self._live, self._failures = False, self._failures + 1
            self._changed(CameraState(False, why, wait_s))
            await asyncio.sleep(wait_s)

    async def _run(self) -> str:
        """Take what one process gives, until it ends or falls silent; why it did."""
        process = await asyncio.create_subprocess_exec(
            # Not -m: neither our package nor the folder it is in is looked at.
            *(sys.executable, "-P", camera_process.__file__),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=os.environ | _told_to_ffmpeg(self._protocols),
        )
        complaints: deque[str] = deque(maxlen=_COMPLAINTS)
        stdin, stdout, stderr = process.stdin, process.stdout, process.stderr
        assert stdin is not None and stdout is not None and stderr is not None  # pipes were asked for
        listening = asyncio.create_task(_listen(stderr, complaints))
        try:
            stdin.write(json.dumps(self._asked).encode() + b"\n")
            patience_s = _OPENS_S
            while True:
                await self._take(stdout, patience_s)
                patience_s = _STALLED_S
        except TimeoutError:
            return f"no picture came for {_STALLED_S if self._live else _OPENS_S:.0f} s"
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(listening), 1.0)
            return _meaning(complaints)
        finally:
            # Not process.kill, which may take its exit from under asyncio, which then complains.
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
            listening.cancel()
            await process.wait()

    async def _take(self, stream: asyncio.StreamReader, patience_s: float) -> None:
        header = await asyncio.wait_for(stream.readexactly(camera_process.HEADER.size), patience_s)
        taken_s, length, width, height = camera_process.HEADER.unpack(header)
        if length > _LARGEST_BYTES:
            raise ValueError(f"a picture of {length} bytes")
        jpeg = await asyncio.wait_for(stream.readexactly(length), patience_s)
        if len(self._waiting) >= _WAIT_AT_MOST:
            self._waiting.popleft()
            self.lost += 1
        self._waiting.append(CameraPicture(taken_s, jpeg, width, height))
        self._some.set()
        if not self._live:
            self._live, self._failures = True, 0
            self._changed(CameraState(True))


def without_secrets(address: str) -> str:
    """A camera's address as it may be shown: without name, password and what follows a question mark."""
    if "://" not in address:
        return address
    parts = urlsplit(address)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path}"


def _checked(address: str) -> str:
    """The protocols that an address needs; InvalidRequest for one that is no camera's."""
    if address.startswith("/"):
        if Path(address).is_file():
            raise InvalidRequest("CAMERA_ADDRESS", f"{address} is a file, not a camera: see hallscribe ingest")
        return ""
    try:
        parts = urlsplit(address)
        complete = bool(parts.hostname) and parts.port != 0
    except ValueError:
        complete = False
    if not complete or parts.scheme not in _PROTOCOLS:
        raise InvalidRequest(
            "CAMERA_ADDRESS",
            f"a camera's address begins with {', '.join(f'{scheme}://' for scheme in _PROTOCOLS)} and names a host, or "
            "it is the path of a device, such as /dev/video0",
        )
    return _PROTOCOLS[parts.scheme]


def _told_to_ffmpeg(protocols: str) -> dict[str, str]:
    options = f"protocol_whitelist;{protocols}|rtsp_transport;tcp" if protocols else ""
    return {"OPENCV_FFMPEG_CAPTURE_OPTIONS": options, "OPENCV_FFMPEG_LOGLEVEL": "24"}


async def _listen(stream: asyncio.StreamReader, complaints: deque[str]) -> None:
    """Keep the last complaints. They are shown to nobody: they may hold the address, and its password."""
    while said := await stream.read(4096):
        complaints.extend(said.decode(errors="replace").splitlines())


def _meaning(complaints: deque[str]) -> str:
    said = "\n".join(complaints)
    for pattern, meaning in _MEANINGS:
        if re.search(pattern, said, re.IGNORECASE):
            return meaning
    return "it gave no picture"
