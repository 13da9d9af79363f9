"""Notes as Markdown."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hallscribe.notes import clock, notes_markdown
from hallscribe.values import (
    Event,
    EventKind,
    FrameCounts,
    Lecture,
    LectureState,
    Notes,
    NotesSection,
    Segment,
    SummaryKind,
    TextState,
)

GOLDEN = """# Light and Air

1:40 long · 4 segments · lecture `light`

- [0:00](#segment-1) Opening
  - [0:20](#segment-2) Opening (build)
- [0:40](#segment-3) Blank screen
- [0:45](#segment-4) Opening (revisit)

<a id="segment-1"></a>

## 0:00 Opening

*0:00–0:20 · beginning*

![Opening](<pictures/0001.jpg>)

**Summary (extractive):** Light is a mixture.

**On the slide:**

```text
Opening
Light is a mixture
```

**Said:** Good morning everybody.

<a id="segment-2"></a>

### 0:20 Opening

*0:20–0:40 · build · confidence 0.81*

*Summary: not written yet.*

*Slide: not read yet.*

<a id="segment-3"></a>

## 0:40 Blank screen

*0:40–0:45 · blank · confidence 0.99*

<a id="segment-4"></a>

## 0:45 Opening

*0:45–1:40 · revisit · confidence 0.90 · shown before in [segment 1](#segment-1)*

*Summary: could not be made; the daemon's log says why.*

*Slide: could not be read; the daemon's log says why.*
"""


def lecture(title: str = "Light and Air", pending: int = 0) -> Lecture:
    created = datetime(2026, 1, 1, tzinfo=UTC)
    return Lecture("light", "01J", title, LectureState.FINISHED, 100, 100, 100.0, created, pending, FrameCounts(kept=9))


def segment(
    number: int,
    start: float,
    end: float,
    title: str = "Opening",
    text: str = "",
    state: TextState = TextState.DONE,
    summary: str = "",
    picture: bool = False,
) -> Segment:
    kind = SummaryKind.EXTRACTIVE if summary else SummaryKind.UNSPECIFIED
    return Segment(number, start, end, title, text, state, summary, kind, state, picture)


def event(kind: EventKind, time: float, number: int, confidence: float, revisited: int = 0) -> Event:
    return Event("e", "light", "01J", kind, time, confidence, {}, "", number, revisited, 1)


def sections() -> list[NotesSection]:
    opening = segment(1, 0, 20, text="Opening\nLight is a mixture", summary="Light is a\nmixture.", picture=True)
    return [
        NotesSection(opening, None, "Good morning\neverybody."),
        NotesSection(segment(2, 20, 40, state=TextState.PENDING), event(EventKind.BUILD, 20, 2, 0.81), ""),
        NotesSection(segment(3, 40, 45, title=""), event(EventKind.BLANK, 40, 3, 0.99), ""),
        NotesSection(segment(4, 45, 100, state=TextState.FAILED), event(EventKind.REVISIT, 45, 4, 0.9, 1), ""),
    ]


def test_golden() -> None:
    assert notes_markdown(Notes(lecture(), sections()), lambda number: f"pictures/{number:04}.jpg") == GOLDEN


def test_pictures_are_asked_for_only_where_one_is_kept() -> None:
    asked: list[int] = []

    def path(number: int) -> None:
        asked.append(number)

    assert "![" not in notes_markdown(Notes(lecture(), sections()), path)
    assert asked == [1]


def test_what_was_read_or_said_cannot_become_markup() -> None:
    title = "# <b>Sums</b> | [a](http://b) *c*"
    hostile = NotesSection(segment(1, 0, 1, title, "```\n# out\n````", summary="_x_"), None, "</details>`y`")
    text = notes_markdown(Notes(lecture(title), [hostile]), lambda _: None)
    assert text.startswith(r"# \# \<b\>Sums\</b\> \| \[a\](http://b) \*c\*" + "\n")
    assert "\n`````text\n```\n# out\n````\n`````\n" in text
    assert r"\_x\_" in text
    assert r"\</details\>\`y\`" in text


def test_says_that_reading_is_not_done() -> None:
    assert "3 reading jobs are not done" in notes_markdown(Notes(lecture(pending=3), []), lambda _: None)


def test_a_lecture_without_title_is_called_by_its_id() -> None:
    assert notes_markdown(Notes(lecture(title=""), []), lambda _: None).startswith("# light\n")


@pytest.mark.parametrize(
    ("time", "text"), [(0, "0:00"), (5.9, "0:05"), (125, "2:05"), (3725.2, "1:02:05"), (-1, "0:00")]
)
def test_clock(time: float, text: str) -> None:
    assert clock(time) == text


@pytest.mark.parametrize(
    ("state", "kind", "label", "told"),
    [
        (TextState.DONE, SummaryKind.GENERATED, "Summary (generated)", ""),
        (TextState.DONE, SummaryKind.EXTRACTIVE, "Summary (extractive)", ""),
        (TextState.AWAITING_MODEL, SummaryKind.EXTRACTIVE, "Summary (extractive)", "not written yet"),
        (TextState.MODEL_TIMED_OUT, SummaryKind.EXTRACTIVE, "Summary (extractive)", "the model took too long"),
        (TextState.MODEL_CRASHED, SummaryKind.EXTRACTIVE, "Summary (extractive)", "the model's process died"),
    ],
)
def test_says_who_wrote_a_summary_and_why_not_the_model(
    state: TextState, kind: SummaryKind, label: str, told: str
) -> None:
    one = Segment(1, 0, 1, "Light", "", TextState.DONE, "Light is a mixture.", kind, state, False)
    text = notes_markdown(Notes(lecture(), [NotesSection(one, None, "")]), lambda _: None)
    assert f"**{label}:** Light is a mixture.\n" in text
    assert ("*The language model's summary:" in text) == bool(told)
    assert told in text


def test_what_was_read_or_said_cannot_drive_a_terminal() -> None:
    hostile = "\x1b[2J\x1b]0;title\x07"
    said = NotesSection(segment(1, 0, 1, f"Light{hostile}", f"one{hostile}\ntwo", summary=hostile), None, hostile)
    text = notes_markdown(Notes(lecture(f"Air{hostile}"), [said]), lambda _: None)
    assert not {"\x1b", "\x07"} & set(text)
    assert "\ntwo\n" in text
