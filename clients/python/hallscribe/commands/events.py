"""`hallscribe events`: what happened in a lecture, and with --follow what happens.

Following prints the present state, then every change. In JSON each object then has a field "record": "present",
"added", "changed", or "withdrawn" (with the event as it was last known, and "detail"); when the lecture is deleted a
last {"record": "lecture_deleted", "lecture": ...} ends it.
"""

from __future__ import annotations

from contextlib import aclosing

from rich.text import Text

from hallscribe.async_client import AsyncClient
from hallscribe.commands.fields import event_fields
from hallscribe.errors import HistoryGone
from hallscribe.notes import clock
from hallscribe.output import Output, cell
from hallscribe.values import (
    Event,
    EventAdded,
    EventChanged,
    EventKind,
    EventWithdrawn,
    LectureChange,
    LectureChanged,
    Record,
)

_SIGNS = {"present": " ", "added": "+", "changed": "~", "withdrawn": "-"}


async def events(client: AsyncClient, output: Output, lecture_id: str, follow: bool, retry_for_s: float) -> None:
    """Print a lecture's events; with ``follow`` also every change, until the lecture is deleted."""
    if follow:
        await _Following(client, output, lecture_id, retry_for_s).run()
        return
    count = 0
    async for event in client.list_events(lecture_id):
        count += 1
        if output.as_json:
            output.line(event_fields(event))
        else:
            output.show(_line(event, "present"))
    if not count:
        output.remark(f"No events in {lecture_id} yet.")


class _Following:
    def __init__(self, client: AsyncClient, output: Output, lecture_id: str, retry_for_s: float) -> None:
        self._client = client
        self._output = output
        self._lecture_id = lecture_id
        self._retry_for_s = retry_for_s
        self._known: dict[str, Event] = {}
        self._deleted = False

    async def run(self) -> None:
        word = "present"
        while not self._deleted:
            try:
                await self._from_now(word)
            except HistoryGone:
                # The feed was rebuilt: what changed meanwhile shows in the list.
                word = ""

    async def _from_now(self, word: str) -> None:
        feed = self._client.subscribe(self._lecture_id, heartbeats=True, retry_for_s=self._retry_for_s)
        async with aclosing(feed) as records:
            # Listed only once the subscription stands, so that nothing falls between the two.
            listed = False
            async for record in records:
                if not listed:
                    await self._list(word)
                    listed = True
                self._take(record)
                if self._deleted:
                    return

    async def _list(self, word: str) -> None:
        present = {event.event_id: event async for event in self._client.list_events(self._lecture_id)}
        for event in [known for known in self._known.values() if known.event_id not in present]:
            self._withdraw(EventWithdrawn(event.event_id, ""))
        for event in present.values():
            self._tell(event, word)

    def _take(self, record: Record) -> None:
        match record.happening:
            case EventAdded(event) | EventChanged(event):
                self._tell(event)
            case EventWithdrawn() as withdrawn:
                self._withdraw(withdrawn)
            case LectureChanged(LectureChange.DELETED):
                self._deleted = True
                if self._output.as_json:
                    self._output.line({"record": "lecture_deleted", "lecture": self._lecture_id})
                self._output.remark(f"{self._lecture_id} was deleted.")

    def _tell(self, event: Event, word: str = "") -> None:
        """Print an event unless it was printed like this before: records come at least once."""
        before = self._known.get(event.event_id)
        if before == event:
            return
        self._known[event.event_id] = event
        self._print(event, word or ("added" if before is None else "changed"))

    def _withdraw(self, withdrawn: EventWithdrawn) -> None:
        event = self._known.pop(withdrawn.event_id, None)
        if event is not None:
            self._print(event, "withdrawn", withdrawn.detail)

    def _print(self, event: Event, word: str, detail: str = "") -> None:
        if self._output.as_json:
            extra = {"detail": detail} if word == "withdrawn" else {}
            self._output.line({"record": word, **event_fields(event), **extra})
        else:
            self._output.show(_line(event, word, detail))


def _line(event: Event, word: str, detail: str = "") -> Text:
    kind = event.kind.value.replace("_", " ")
    if event.kind is EventKind.REVISIT and event.revisited_segment:
        kind = f"{kind} of {event.revisited_segment}"
    said = detail if word == "withdrawn" else event.title
    line = f"{_SIGNS[word]} {clock(event.time_s):>8}  {kind:<14} {event.confidence:4.2f}  {cell(said)}"
    return Text(line.rstrip(), style="dim" if word == "withdrawn" else "", no_wrap=True, overflow="ellipsis")
