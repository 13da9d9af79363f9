"""Notes of a lecture as Markdown.

notes_markdown(notes, picture_path) -> str
"""

from __future__ import annotations

import re
from collections.abc import Callable

from hallscribe.printing import printable
from hallscribe.values import EventKind, Notes, NotesSection, Segment, SummaryKind, TextState

_MARKED = re.compile(r"([\\`*_{}\[\]<>#|~&$])")

_KINDS = {
    EventKind.SLIDE_CHANGE: "slide change",
    EventKind.BUILD: "build",
    EventKind.SCENE_CHANGE: "scene change",
    EventKind.REVISIT: "revisit",
    EventKind.BLANK: "blank",
}

_SUMMARY_LABELS = {
    SummaryKind.EXTRACTIVE: "Summary (extractive)",
    SummaryKind.GENERATED: "Summary (generated)",
    SummaryKind.UNSPECIFIED: "Summary",
}

_MODEL_WORDS = {
    TextState.AWAITING_MODEL: "not written yet",
    TextState.MODEL_TIMED_OUT: "missing, the model took too long",
    TextState.MODEL_CRASHED: "missing, the model's process died",
    TextState.MODEL_OUT_OF_MEMORY: "missing, the model ran out of memory",
    TextState.MODEL_FAILED: "missing, the model failed",
    TextState.MODEL_EMPTY: "missing, the model's answer had nothing in it",
}


def notes_markdown(notes: Notes, picture_path: Callable[[int], str | None]) -> str:
    """Write a lecture's notes: a list of contents, then a section for each segment with its time, title, key frame,
    summary (labelled with how it was made), what the slide says and what was said.

    Args:
        notes: as the daemon gave them.
        picture_path: gives a segment's number the path or address of its key frame as it is to stand in the
            Markdown, or None to leave the picture out. Asked only for segments that have one.

    Returns:
        Markdown (GitHub's kind) ending in a newline. What was read or said is escaped: it cannot become markup.
    """
    lecture = notes.lecture
    name = _plain(lecture.title or lecture.lecture_id)
    length = clock(lecture.duration_s)
    many = len(notes.sections)
    lines = [
        f"# {name}",
        "",
        f"{length} long · {many} segment{'' if many == 1 else 's'} · lecture `{lecture.lecture_id}`",
    ]
    if lecture.pending_jobs:
        lines += ["", f"*Still being read: {lecture.pending_jobs} reading jobs are not done, so texts may be missing.*"]
    if notes.sections:
        lines += ["", *(_content(section) for section in notes.sections)]
    for section in notes.sections:
        lines += ["", *_section(section, picture_path)]
    return "\n".join(lines) + "\n"


def clock(time_s: float) -> str:
    """A media time for people: ``2:05``, ``1:02:05``; rounded down to the second."""
    seconds = max(0, int(time_s))
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def kind_words(kind: EventKind) -> str:
    """An event's kind in words, such as "slide change"."""
    return _KINDS.get(kind, "change")


def _heading(section: NotesSection) -> str:
    if section.segment.title:
        return _plain(section.segment.title)
    if section.event is not None and section.event.kind is EventKind.BLANK:
        return "Blank screen"
    return "Untitled"


def _content(section: NotesSection) -> str:
    number, start = section.segment.segment_number, clock(section.segment.start_s)
    indent = "  " if _is_build(section) else ""
    return f"{indent}- [{start}](#segment-{number}) {_heading(section)}{_suffix(section)}"


def _section(section: NotesSection, picture_path: Callable[[int], str | None]) -> list[str]:
    segment = section.segment
    level = "###" if _is_build(section) else "##"
    lines = [f'<a id="segment-{segment.segment_number}"></a>', ""]
    lines += [f"{level} {clock(segment.start_s)} {_heading(section)}", "", _facts(section)]
    path = picture_path(segment.segment_number) if segment.has_picture else None
    if path is not None:
        lines += ["", f"![{_heading(section)}](<{path}>)"]
    lines += _summary(segment)
    lines += _slide_text(segment)
    if section.speech.strip():
        lines += ["", "**Said:** " + _plain(" ".join(section.speech.split()))]
    return lines


def _facts(section: NotesSection) -> str:
    segment, event = section.segment, section.event
    facts = [f"{clock(segment.start_s)}–{clock(segment.end_s)}"]
    if event is None:
        facts.append("beginning")
    else:
        facts += [kind_words(event.kind), f"confidence {event.confidence:.2f}"]
        if event.revisited_segment:
            facts.append(f"shown before in [segment {event.revisited_segment}](#segment-{event.revisited_segment})")
    return "*" + " · ".join(facts) + "*"


def _summary(segment: Segment) -> list[str]:
    if segment.summary_state is TextState.PENDING:
        return ["", "*Summary: not written yet.*"]
    if segment.summary_state is TextState.FAILED:
        return ["", "*Summary: could not be made; the daemon's log says why.*"]
    if not segment.summary.strip():
        return []
    lines = ["", f"**{_SUMMARY_LABELS[segment.summary_kind]}:** {_plain(' '.join(segment.summary.split()))}"]
    if segment.summary_state in _MODEL_WORDS:
        lines += ["", f"*The language model's summary: {_MODEL_WORDS[segment.summary_state]}.*"]
    return lines


def _slide_text(segment: Segment) -> list[str]:
    if segment.text_state is TextState.PENDING:
        return ["", "*Slide: not read yet.*"]
    if segment.text_state is TextState.FAILED:
        return ["", "*Slide: could not be read; the daemon's log says why.*"]
    if not segment.text.strip():
        return []
    # A fence longer than any run of backticks in the text cannot be closed by it.
    longest = max((len(run) for run in re.findall(r"`+", segment.text)), default=0)
    fence = "`" * max(3, longest + 1)
    return ["", "**On the slide:**", "", fence + "text", *printable(segment.text).strip().split("\n"), fence]


def _is_build(section: NotesSection) -> bool:
    return section.event is not None and section.event.kind is EventKind.BUILD


def _suffix(section: NotesSection) -> str:
    if section.event is None or section.event.kind in (EventKind.SLIDE_CHANGE, EventKind.BLANK):
        return ""
    return f" ({kind_words(section.event.kind)})"


def _plain(words: str) -> str:
    """Words as text only: on one line and with nothing in them that Markdown or HTML would act on."""
    return _MARKED.sub(r"\\\1", " ".join(printable(words).split()))
