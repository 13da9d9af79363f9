"""Pushing frames through everything that can happen to a stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import grpc
import pytest

from hallscribe import (
    AsyncClient,
    Conflict,
    DaemonLost,
    DataDamaged,
    Frame,
    HallscribeError,
    InvalidRequest,
    NotFound,
    Progress,
    StreamStart,
    TakenOver,
)


def some_frames(count: int, first: int = 1) -> list[Frame]:
    return [Frame(float(number), b"picture %d" % number) for number in range(first, first + count)]


async def push_all(daemon: Any, frames: Any, **options: Any) -> list[Progress]:
    async with AsyncClient(daemon.target) as client:
        return [progress async for progress in client.push("algebra", frames, producer_id="p", **options)]


async def test_every_frame_becomes_durable_within_credit(daemon: Any) -> None:
    steps = await push_all(daemon, some_frames(20))
    assert daemon.seen_frames == [(number, float(number)) for number in range(1, 21)]
    assert steps[-1].durable_position == steps[-1].received_position == 20
    assert steps[-1].counts.kept == 20
    assert [ack.position for step in steps for ack in step.acknowledgements] == list(range(1, 21))
    opening = daemon.made("StreamFrames")[0]
    assert (opening.lecture_id, opening.producer_id, opening.track) == ("algebra", "p", "")


async def test_no_frames_still_say_where_the_lecture_stands(daemon: Any) -> None:
    daemon.durable = dict.fromkeys(range(1, 8), 1)
    (progress,) = await push_all(daemon, [])
    assert (progress.durable_position, progress.counts.kept) == (7, 0)


async def test_positions_go_on_where_the_lecture_stands(daemon: Any) -> None:
    daemon.durable = dict.fromkeys(range(1, 8), 1)
    steps = await push_all(daemon, some_frames(3, first=100))
    assert daemon.seen_frames == [(8, 100.0), (9, 101.0), (10, 102.0)]
    assert (steps[-1].durable_position, steps[-1].counts.kept) == (10, 3)


async def test_frames_can_be_made_once_it_is_known_where_to_go_on(daemon: Any) -> None:
    daemon.durable, daemon.media_times = {1: 1, 2: 1}, {1: 0.0, 2: 1.5}
    starts: list[StreamStart] = []

    def from_there(start: StreamStart) -> Iterator[Frame]:
        starts.append(start)
        yield Frame(2.0, b"x")

    await push_all(daemon, from_there)
    assert [(start.next_position, start.last_media_time_s) for start in starts] == [(3, 1.5)]


async def test_asynchronous_frames(daemon: Any) -> None:
    async def slowly() -> AsyncIterator[Frame]:
        for frame in some_frames(5):
            await asyncio.sleep(0)
            yield frame

    assert (await push_all(daemon, slowly()))[-1].durable_position == 5


async def test_a_broken_stream_sends_again_what_is_not_durable_and_counts_it_once(daemon: Any) -> None:
    daemon.crash_after.extend([5, 9])
    steps = await push_all(daemon, some_frames(12))
    assert list(daemon.durable) == list(range(1, 13))
    assert daemon.media_times == {number: float(number) for number in range(1, 13)}
    assert len(daemon.seen_frames) > 12, "frames after the break must have been sent again"
    assert (steps[-1].counts.kept, steps[-1].reconnects) == (12, 2)
    assert len([step for step in steps if step.trouble]) == 2


async def test_acknowledgements_lost_on_the_way_are_asked_for_again(daemon: Any) -> None:
    """What the daemon made durable before the break is known to it, but its outcome never arrived."""
    daemon.crash_after.append(1)
    pushing = asyncio.create_task(push_all(daemon, some_frames(6)))
    while not daemon.made("StreamFrames"):
        await asyncio.sleep(0.01)
    daemon.durable, daemon.media_times = {1: 2, 2: 2, 3: 2}, {1: 1.0, 2: 2.0, 3: 3.0}
    steps = await pushing
    assert (steps[-1].counts.reused, steps[-1].counts.kept) == (3, 3)
    assert any(ack.duplicate for step in steps for ack in step.acknowledgements)


async def test_a_restarted_daemon_gets_the_rest(daemon: Any) -> None:
    async def around_a_restart() -> AsyncIterator[Frame]:
        for frame in some_frames(5):
            yield frame
        while 5 not in daemon.durable:
            await asyncio.sleep(0.01)
        await daemon.stop()
        for frame in some_frames(5, first=6):
            yield frame
        await daemon.start()

    steps = await push_all(daemon, around_a_restart())
    assert list(daemon.durable) == list(range(1, 11))
    assert (steps[-1].counts.kept, steps[-1].reconnects > 0) == (10, True)


async def test_a_lost_daemon_is_given_up_after_the_time_asked_for(daemon: Any) -> None:
    await daemon.stop()
    with pytest.raises(DaemonLost, match=r"could not be reached for 0\.3 s") as caught:
        await push_all(daemon, some_frames(3), retry_for_s=0.3)
    assert caught.value.code == "UNAVAILABLE"


async def test_frames_wait_in_a_bounded_window(daemon: Any) -> None:
    taken = 0

    def endless() -> Iterator[Frame]:
        nonlocal taken
        for taken in range(1, 10_000):
            yield Frame(float(taken), b"x" * 1000)

    daemon.hold.set()
    async with AsyncClient(daemon.target) as client:
        pushing = client.push("algebra", endless(), producer_id="p")
        await anext(pushing)
        while taken < 200:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert taken < 300
        daemon.hold.clear()
        await pushing.aclose()


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        (grpc.StatusCode.NOT_FOUND, "UNKNOWN_LECTURE", NotFound),
        (grpc.StatusCode.FAILED_PRECONDITION, "STREAM_BUSY", Conflict),
        (grpc.StatusCode.FAILED_PRECONDITION, "LECTURE_FINISHED", Conflict),
        (grpc.StatusCode.ABORTED, "STREAM_TAKEN_OVER", TakenOver),
        (grpc.StatusCode.INVALID_ARGUMENT, "UNKNOWN_TRACK", InvalidRequest),
    ],
)
async def test_a_refusal_is_final(daemon: Any, code: grpc.StatusCode, reason: str, kind: type[HallscribeError]) -> None:
    daemon.refuse_next("StreamFrames", code, reason)
    with pytest.raises(kind) as caught:
        await push_all(daemon, some_frames(3))
    assert caught.value.reason == reason
    assert len(daemon.made("StreamFrames")) == 1


async def test_a_limit_is_waited_out(daemon: Any) -> None:
    daemon.refuse_next("StreamFrames", grpc.StatusCode.RESOURCE_EXHAUSTED, "STORAGE_FULL", retry_after_s=0.2)
    assert (await push_all(daemon, some_frames(3)))[-1].durable_position == 3


async def test_a_full_disk_that_stays_full_is_told_as_such(daemon: Any) -> None:
    for _ in range(20):
        daemon.refuse_next("StreamFrames", grpc.StatusCode.RESOURCE_EXHAUSTED, "STORAGE_FULL", "the disk is full")
    with pytest.raises(HallscribeError, match="the disk is full") as caught:
        await push_all(daemon, some_frames(3), retry_for_s=0.3)
    assert caught.value.reason == "STORAGE_FULL"


async def test_a_frame_too_large_is_told_after_those_before_it_are_durable(daemon: Any) -> None:
    frames = [*some_frames(3), Frame(4.0, b"x" * 1001), Frame(5.0, b"x")]
    with pytest.raises(InvalidRequest, match="1001 bytes") as caught:
        await push_all(daemon, frames)
    assert caught.value.reason == "IMAGE_TOO_LARGE"
    assert list(daemon.durable) == [1, 2, 3]


async def test_frames_that_fail_to_come_are_told_after_those_before_them_are_durable(daemon: Any) -> None:
    def breaking() -> Iterator[Frame]:
        yield from some_frames(2)
        raise OSError("camera unplugged")

    with pytest.raises(OSError, match="camera unplugged"):
        await push_all(daemon, breaking())
    assert list(daemon.durable) == [1, 2]


async def test_a_lecture_replaced_meanwhile_is_no_place_to_go_on(daemon: Any) -> None:
    daemon.crash_after.append(3)
    async with AsyncClient(daemon.target) as client:
        with pytest.raises(Conflict) as caught:
            async for progress in client.push("algebra", some_frames(6), producer_id="p"):
                if progress.trouble:
                    daemon.uid = "01OTHER"
    assert caught.value.reason == "LECTURE_REPLACED"


async def test_a_daemon_that_forgot_durable_frames_is_not_believed(daemon: Any) -> None:
    daemon.crash_after.append(3)
    async with AsyncClient(daemon.target) as client:
        with pytest.raises(DataDamaged):
            async for progress in client.push("algebra", some_frames(6), producer_id="p"):
                if progress.trouble:
                    daemon.durable.clear()


async def test_leaving_the_loop_ends_the_stream(daemon: Any) -> None:
    async with AsyncClient(daemon.target) as client:
        before = asyncio.all_tasks()
        pushing = client.push("algebra", some_frames(1000), producer_id="p")
        async for progress in pushing:
            if progress.durable_position > 10:
                break
        await pushing.aclose()
        ours = [task for task in asyncio.all_tasks() - before if "hallscribe" in repr(task.get_coro())]
        assert [task for task in ours if "Push" in repr(task)] == []


async def test_being_taken_over_in_the_middle_is_final(daemon: Any) -> None:
    """Coming back after a takeover would take over in turn, and so on for ever."""
    daemon.hold.set()
    pushing = asyncio.create_task(push_all(daemon, some_frames(50)))
    while not daemon.seen_frames:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    daemon.taken_over = True
    with pytest.raises(TakenOver) as caught:
        await pushing
    assert (caught.value.reason, len(daemon.made("StreamFrames"))) == ("STREAM_TAKEN_OVER", 1)


async def test_what_another_program_pushed_as_this_producer_is_not_taken_for_ours(daemon: Any) -> None:
    daemon.crash_after.append(3)
    async with AsyncClient(daemon.target) as client:
        with pytest.raises(Conflict) as caught:
            async for progress in client.push("algebra", some_frames(60), producer_id="p"):
                if progress.trouble:
                    for position in range(1, 100):
                        daemon.durable.setdefault(position, 1)  # kept
    assert caught.value.reason == "STREAM_TAKEN_OVER"
