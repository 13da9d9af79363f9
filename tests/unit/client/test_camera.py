"""A camera's pictures, from a real process that reads a camera made here."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import aclosing
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from hallscribe import InvalidRequest, camera
from hallscribe.camera import Camera, CameraPicture, CameraState, without_secrets
from support.web_camera import web_camera


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with web_camera() as (found, _):
        yield found


@pytest.fixture(autouse=True)
def _again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "_AGAIN_S", (0.05,))


async def taken(source: Camera, count: int) -> list[CameraPicture]:
    async with asyncio.timeout(60), aclosing(source.pictures()) as pictures:
        return [await anext(pictures) for _ in range(count)]


async def fails_with(source: str) -> str:
    """What is told of a camera that gives nothing."""
    told: asyncio.Queue[CameraState] = asyncio.Queue()
    watching = asyncio.create_task(taken(Camera(source, changed=told.put_nowait), 1))
    state = await asyncio.wait_for(told.get(), 30)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert not state.live
    return state.detail


async def test_pictures_come_on_the_beat_however_many_the_camera_sends(address: str) -> None:
    states: list[CameraState] = []
    pictures = await taken(Camera(f"{address}/", every_s=0.25, changed=states.append), 6)
    assert [state.live for state in states] == [True]
    gaps = [after.taken_s - before.taken_s for before, after in pairwise(pictures)]
    assert all(gap >= 0.1 for gap in gaps), "between two beats lie five pictures of the camera"
    assert {(each.width, each.height) for each in pictures} == {(640, 360)}
    decoded = cv2.imdecode(np.frombuffer(pictures[0].jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert decoded.shape == (360, 640, 3)


async def test_large_pictures_are_made_smaller(address: str) -> None:
    (picture,) = await taken(Camera(f"{address}/", longest_side=320), 1)
    assert (picture.width, picture.height) == (320, 180)


async def test_a_camera_that_ends_is_opened_again(address: str) -> None:
    states: list[CameraState] = []
    await taken(Camera(f"{address}/ends", every_s=0.01, changed=states.append), 12)
    assert [state.live for state in states[:3]] == [True, False, True]


async def test_a_camera_that_falls_silent_is_given_up_and_opened_again(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera, "_STALLED_S", 1.0)
    states: list[CameraState] = []
    pictures = await taken(Camera(f"{address}/hangs", every_s=0.1, changed=states.append), 8)
    assert [state.live for state in states[:3]] == [True, False, True]
    assert states[1].detail == "no picture came for 1 s"
    assert max(after.taken_s - before.taken_s for before, after in pairwise(pictures)) > 1.0


async def test_a_decoder_that_dies_is_begun_again(address: str) -> None:
    states: list[CameraState] = []
    source = Camera(f"{address}/", every_s=0.05, changed=states.append)
    async with aclosing(source.pictures()) as pictures:
        await anext(pictures)
        (child,) = _children()
        os.kill(child, signal.SIGSEGV)
        while [state.live for state in states] != [True, False, True]:
            await asyncio.wait_for(anext(pictures), 30)
        (child,) = _children()
    assert _children() == [], "the camera is let go of"


def _children() -> list[int]:
    """Processes of ours that read a camera."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_text()
        except OSError:
            continue
        if parent == os.getpid() and "camera_process" in command:
            found.append(int(folder.name))
    return found


async def test_pictures_that_nobody_takes_give_way_to_newer_ones(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "_WAIT_AT_MOST", 3)
    source = Camera(f"{address}/", every_s=0.05)
    async with aclosing(source.pictures()) as pictures:
        first = await anext(pictures)
        while source.lost < 5:
            await asyncio.sleep(0.05)
        second = await anext(pictures)
    assert second.taken_s - first.taken_s > 0.2


@pytest.mark.parametrize(
    ("path", "meaning"), [("missing", "nothing at the path"), ("garbage", "gave no picture|no video")]
)
async def test_a_camera_that_gives_nothing_is_explained(address: str, path: str, meaning: str) -> None:
    detail = await fails_with(f"{address.replace('//', '//user:password@')}/{path}")
    assert any(each in detail for each in meaning.split("|"))
    assert "password" not in detail


async def test_a_port_where_nothing_listens_is_explained() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    assert "nothing answers" in await fails_with(f"rtsp://127.0.0.1:{port}/stream")


async def test_a_name_or_password_that_is_refused_is_explained() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await reader.readuntil(b"\r\n\r\n"):
            (number,) = (line for line in request.split(b"\r\n") if line.startswith(b"CSeq"))
            public = request.startswith(b"OPTIONS")
            answer = (
                b"200 OK\r\nPublic: DESCRIBE" if public else b'401 Unauthorized\r\nWWW-Authenticate: Basic realm="x"'
            )
            writer.write(b"RTSP/1.0 " + answer + b"\r\n" + number + b"\r\n\r\n")

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert "refuses the name or password" in await fails_with(f"rtsp://u:wrong@127.0.0.1:{port}/stream")
    server.close()


async def test_a_device_that_is_not_there_is_explained() -> None:
    assert "no such device" in await fails_with("/dev/video-of-nobody")


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "concat:a|b", "rtsp://", "http://host:0/", "http://host:99999/", "camera", __file__, ""],
)
def test_what_is_no_camera_is_refused(address: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Camera(address)
    assert refused.value.reason == "CAMERA_ADDRESS"


def test_an_address_is_shown_without_its_secrets() -> None:
    assert without_secrets("rtsp://admin:geheim@192.0.2.7:554/h264?token=x#y") == "rtsp://192.0.2.7:554/h264"
    assert without_secrets("http://u:p@[2001:db8::1]:80/") == "http://[2001:db8::1]:80/"
    assert without_secrets("/dev/video0") == "/dev/video0"
