"""Following the feed by tokens, past what happens to a lecture, and to the box, in between."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, cast

import pytest

from hallscribe.v1 import event_pb2
from hallscribed.domain.errors import HistoryGone, NotFound
from hallscribed.rpc.event import EventServicer
from support.box import Box

BEGINNING = event_pb2.StartFromBeginning()


def told(box: Box, count: int, **request: Any) -> list[event_pb2.SubscribeResponse]:
    """The first replies to a subscription."""

    async def take() -> list[event_pb2.SubscribeResponse]:
        box.feed.bind(asyncio.get_running_loop())
        servicer = EventServicer(box.lectures, box.catalog, box.feed)
        replies = cast(
            AsyncGenerator[event_pb2.SubscribeResponse],
            servicer.Subscribe(event_pb2.SubscribeRequest(**request), None),  # type: ignore[arg-type]
        )
        async with asyncio.timeout(10):
            taken = [await anext(replies) for _ in range(count)]
        await replies.aclose()
        return taken

    return asyncio.run(take())


def test_a_follower_that_was_away_learns_that_its_lecture_was_deleted(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.lectures.create("algebra", "")
    box.lectures.create("biology", "")
    *_, created = told(box, 2, lecture_id="algebra", beginning=BEGINNING)
    box.lectures.delete("algebra")
    _, deleted = told(box, 2, lecture_id="algebra", token=created.token)
    assert deleted.lecture_changed.change == event_pb2.LECTURE_CHANGE_DELETED
    with pytest.raises(NotFound):
        told(box, 1, lecture_id="algebra")
    with pytest.raises(NotFound):
        told(box, 1, lecture_id="algebra", token=told(box, 1)[0].token)
    with pytest.raises(NotFound):
        told(box, 1, lecture_id="chemistry", token=created.token)
    box.close()


def test_a_token_of_a_future_that_a_backup_took_away_is_history(tmp_path: Path) -> None:
    """Else what came after the backup was put back would be passed over without a word."""
    data, backup = tmp_path / "data", tmp_path / "backup"
    data.mkdir()
    box = Box(data)
    box.lectures.create("kept", "")
    kept = told(box, 2, beginning=BEGINNING)[-1].token
    box.close()
    shutil.copytree(data, backup)
    box = Box(data)
    for number in range(3):
        box.lectures.create(f"lost-{number}", "")
    lost = told(box, 3, token=kept)[-1].token
    box.close()
    shutil.rmtree(data)
    backup.rename(data)

    box = Box(data)
    for number in range(5):
        box.lectures.create(f"new-{number}", "")
    with pytest.raises(HistoryGone):
        told(box, 1, token=lost)
    names = [reply.lecture_id for reply in told(box, 6, token=kept)[1:]]
    assert names == [f"new-{number}" for number in range(5)]
    box.close()
