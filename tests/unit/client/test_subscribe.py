"""Following the feed past every interruption."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import grpc
import pytest

from hallscribe import AsyncClient, DaemonLost, HistoryGone, InvalidRequest, Record, Unavailable
from hallscribe.feed import request_from
from hallscribe.v1 import event_pb2, lecture_pb2
from hallscribe.values import EventAdded, EventChanged, EventWithdrawn, Heartbeat, LectureChanged, SystemNotice


def added(event_id: str, title: str = "") -> event_pb2.SubscribeResponse:
    event = event_pb2.Event(event_id=event_id, kind=event_pb2.EVENT_KIND_REVISIT, title=title)
    return event_pb2.SubscribeResponse(lecture_id="algebra", event_added=event_pb2.EventAdded(event=event))


async def first_records(daemon: Any, count: int, **options: Any) -> list[Record]:
    records: list[Record] = []
    async with AsyncClient(daemon.target) as client:
        feed = client.subscribe("algebra", **options)
        async for record in feed:
            records.append(record)
            if len(records) == count:
                break
        await feed.aclose()
    return records


def ids(records: list[Record]) -> list[str]:
    return [record.happening.event.event_id for record in records if isinstance(record.happening, EventAdded)]


async def test_records_come_in_order_with_their_tokens(daemon: Any) -> None:
    daemon.feed = [added("e1"), added("e2")]
    records = await first_records(daemon, 2, start="beginning")
    assert ids(records) == ["e1", "e2"]
    assert [record.token for record in records] == [b"1", b"2"]
    assert daemon.made("Subscribe")[0].WhichOneof("start_from") == "beginning"


async def test_a_token_goes_on_after_its_record(daemon: Any) -> None:
    daemon.feed = [added("e1"), added("e2"), added("e3")]
    assert ids(await first_records(daemon, 2, start=b"1")) == ["e2", "e3"]


async def test_closing_is_followed_by_coming_back_with_the_last_token(daemon: Any) -> None:
    daemon.feed = [added("e1"), None, added("e2")]
    assert ids(await first_records(daemon, 2, start="beginning")) == ["e1", "e2"]
    assert [request.token for request in daemon.made("Subscribe")] == [b"", b"2"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "SUBSCRIBER_SLOW"),
        (grpc.StatusCode.CANCELLED, ""),
    ],
)
async def test_an_interruption_leaves_no_gap(daemon: Any, code: grpc.StatusCode, reason: str) -> None:
    daemon.feed = [added("e1"), added("e2"), added("e3")]
    daemon.refuse_next("Subscribe", code, reason)
    # The first refusal ends the call before anything was sent, as a daemon that is starting does.
    assert ids(await first_records(daemon, 3, start="beginning")) == ["e1", "e2", "e3"]


async def test_a_restarted_daemon_is_found_again(daemon: Any) -> None:
    daemon.feed = [added("e1")]
    async with AsyncClient(daemon.target) as client:
        feed = client.subscribe(start="beginning")
        assert ids([await anext(feed)]) == ["e1"]
        await daemon.stop()
        daemon.feed.append(added("e2"))
        await daemon.start()
        assert ids([await anext(feed)]) == ["e2"]
        await feed.aclose()


async def test_without_resuming_an_interruption_is_told(daemon: Any) -> None:
    daemon.refuse_next("Subscribe", grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN")
    with pytest.raises(Unavailable):
        await first_records(daemon, 1, resume=False)
    daemon.feed = [added("e1"), None]
    assert len(await first_records(daemon, 5, start="beginning", resume=False)) == 1


async def test_patience_ends(daemon: Any) -> None:
    await daemon.stop()
    with pytest.raises(DaemonLost):
        await first_records(daemon, 1, retry_for_s=0.2)


async def test_a_history_that_is_gone_is_told_even_when_resuming(daemon: Any) -> None:
    daemon.refuse_next("Subscribe", grpc.StatusCode.OUT_OF_RANGE, "HISTORY_GONE")
    with pytest.raises(HistoryGone):
        await first_records(daemon, 1, start=b"7")


async def test_heartbeats_are_given_out_on_request_and_always_move_the_token(daemon: Any) -> None:
    (record,) = await first_records(daemon, 1, heartbeats=True)
    assert isinstance(record.happening, Heartbeat)
    assert record.token == b"0"


async def test_every_kind_of_record_has_its_value(daemon: Any) -> None:
    daemon.feed = [
        event_pb2.SubscribeResponse(event_changed=event_pb2.EventChanged(event=event_pb2.Event(event_id="e1"))),
        event_pb2.SubscribeResponse(event_withdrawn=event_pb2.EventWithdrawn(event_id="e1", detail="a shadow")),
        event_pb2.SubscribeResponse(system=event_pb2.SystemNotice(reason=18, detail="lost")),
        event_pb2.SubscribeResponse(
            lecture_changed=event_pb2.LectureChanged(
                change=event_pb2.LECTURE_CHANGE_DELETED, lecture=lecture_pb2.Lecture(lecture_id="algebra")
            )
        ),
    ]
    happenings = [record.happening for record in await first_records(daemon, 4, start="beginning")]
    assert isinstance(happenings[0], EventChanged)
    assert happenings[1] == EventWithdrawn("e1", "a shadow")
    assert happenings[2] == SystemNotice("WORKER_LOST", "lost")
    assert isinstance(happenings[3], LectureChanged)
    assert happenings[3].change == "deleted"


def test_a_start_in_time_is_sent_as_that_moment() -> None:
    moment = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
    assert request_from("", moment).time.ToDatetime(UTC) == moment


def test_what_is_no_start_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="'yesterday'"):
        request_from("", "yesterday")  # type: ignore[arg-type]
