"""Captions, from a file's bytes to cues.

Written here rather than taken from a library: those that read subtitles pass over what they do not understand, and
a lecture whose captions are silently half there is worse than an error that names the line.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import pairwise

from hallscribed.domain.errors import InvalidRequest, Reason
from hallscribed.domain.frame import MAX_MEDIA_TIME_S
from hallscribed.domain.lecture import Cue

FORMATS = ("auto", "webvtt", "srt")
_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})(?:[.,] ?(\d{1,3}))?"
_TIMING = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?", re.ASCII)
_HEADER = re.compile(r"WEBVTT(?:[ \t].*)?")
_NO_CUE = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s.*)?")
# Of a timing line, right or wrong, with a time on either side at least; an arrow among words is none.
_ARROW = re.compile(r"[\s\d:.,-]*-->|.*?-->\s*\d{1,4}:\d")
_TAG = re.compile(r"</?[A-Za-z0-9][^<>]*>|<[/ ]*>|\{\\[^{}]*\}")
# SubRip has only these; what else stands between angles there was said, as a type or a comparison.
_SUBRIP_TAG = re.compile(r"</?(?:[biusc]|font|em|strong|v)(?:[ .][^<>]*)?>|<[\d:.]*>|\{\\[^{}]*\}", re.IGNORECASE)
_WORD_TIME = re.compile(r"<\d{2}:\d{2}[:.]\d")

Line = tuple[int, str]
Timed = tuple[float, float, list[str]]


def parse_captions(data: bytes, format: str = "auto") -> list[Cue]:
    """Read WebVTT or SubRip captions: cues in order of their start, with tags, entities and line breaks resolved.

    Cues may overlap; those without words are left out. Captions that roll (each cue repeats the line before it, as
    automatic ones do) come out with every line once.

    Args:
        data: the whole file, UTF-8 with or without a byte order mark.
        format: "webvtt", "srt", or "auto" to tell by the first line.

    Raises:
        InvalidRequest: INVALID_CAPTIONS with the line at fault and what is wrong with it; INVALID_FIELD for a format
            that is none of the three.
    """
    if format not in FORMATS:
        raise InvalidRequest(
            Reason.INVALID_FIELD,
            f"format {format[:40]!r} is not known: use one of {', '.join(FORMATS)}",
            field="format",
        )
    text = _decoded(data)
    lines = list(enumerate(text.splitlines(), 1))
    while lines and not lines[0][1].strip():
        del lines[0]
    is_webvtt = bool(lines and _HEADER.fullmatch(lines[0][1]))
    if format == "webvtt" and not is_webvtt:
        raise _invalid(1, "the first line of a WebVTT file must be WEBVTT")
    if is_webvtt:
        lines = lines[next((place for place, (_, line) in enumerate(lines) if _ends_header(line)), len(lines)) :]
    tag = _TAG if is_webvtt else _SUBRIP_TAG
    timed = [(*_times(timing), _plain(words, tag)) for timing, words in _blocks(lines, is_webvtt)]
    timed.sort(key=lambda cue: cue[:2])
    if _WORD_TIME.search(text) or _roll(timed):
        timed = _unrolled(timed)
    cues = [Cue(start, end, " ".join(words)) for start, end, words in timed if words]
    if not cues:
        raise _invalid(1, "there is no cue with words")
    return cues


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _invalid(line, "this is no UTF-8 text; save the file as UTF-8") from error
    if "\0" in text:
        raise _invalid(text.count("\n", 0, text.index("\0")) + 1, "a NUL byte: this is no text file")
    # Only these end a line in captions; str.splitlines would also break at form feeds and the like.
    return re.sub(r"[\x0b\x0c\x1c-\x1f\x85\u2028\u2029]", " ", text)


def _ends_header(line: str) -> bool:
    return not line.strip() or _is_timing(line)


def _is_timing(line: str) -> bool:
    return _ARROW.match(line) is not None


def _blocks(lines: list[Line], is_webvtt: bool) -> Iterator[tuple[Line, list[str]]]:
    """Each timing line with the lines of words below it; words after a blank line belong to the cue above."""
    timing: Line | None = None
    words: list[str] = []
    skipping = False
    for place, (number, line) in enumerate(lines):
        if _is_timing(line):
            if timing is not None:
                yield timing, words
            timing, words, skipping = (number, line), [], False
        elif not line.strip():
            skipping = False
        elif is_webvtt and _NO_CUE.fullmatch(line) and _after_blank(lines, place):
            skipping = True
        elif not skipping and not _names_cue(lines, place):
            if timing is None:
                raise _invalid(number, "words before the first time; a cue begins with 'start --> end'")
            words.append(line)
    if timing is not None:
        yield timing, words


def _after_blank(lines: list[Line], place: int) -> bool:
    return place == 0 or not lines[place - 1][1].strip()


def _names_cue(lines: list[Line], place: int) -> bool:
    """The line right above a timing line is the cue's name if it follows a blank line or is a mere number."""
    if place + 1 == len(lines) or not _is_timing(lines[place + 1][1]):
        return False
    return _after_blank(lines, place) or lines[place][1].strip().isdigit()


def _times(timing: Line) -> tuple[float, float]:
    number, line = timing
    match = _TIMING.fullmatch(line)
    if match is None:
        raise _invalid(number, f"{line.strip()[:80]!r} is no time; write 00:00:01.000 --> 00:00:02.500")
    start, end = (_seconds(number, *match.groups()[part : part + 4]) for part in (0, 4))
    if end < start:
        raise _invalid(number, "the cue ends before it starts")
    if end > MAX_MEDIA_TIME_S:
        raise _invalid(number, "a lecture has at most 7 days")
    return start, end


def _seconds(number: int, hours: str | None, minutes: str, seconds: str, fraction: str | None) -> float:
    if int(minutes) > 59 or int(seconds) > 59:
        raise _invalid(number, "minutes and seconds go up to 59")
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return (1000 * whole + int((fraction or "").ljust(3, "0"))) / 1000


def _plain(lines: list[str], tag: re.Pattern[str]) -> list[str]:
    """Lines of words without tags, entities and needless blanks; lines without words are left out."""
    plain = (" ".join(html.unescape(tag.sub("", line)).split()) for line in lines)
    return [line for line in plain if line]


def _roll(cues: list[Timed]) -> bool:
    """Whether most cues of several lines begin with the last line of the cue before, where no time of a word tells."""
    pairs = [(before[-1], words[0]) for (*_, before), (*_, words) in pairwise(cues) if before and len(words) > 1]
    return len(pairs) > 1 and 2 * sum(last == first for last, first in pairs) > len(pairs)


def _unrolled(cues: list[Timed]) -> list[Timed]:
    """Leave out the lines of a cue that the cue before it showed."""
    shown: list[list[str]] = [[], *(words for _, _, words in cues)]
    return [
        (start, end, [line for line in words if line not in before])
        for (start, end, words), before in zip(cues, shown, strict=False)
    ]


def _invalid(line: int, what: str) -> InvalidRequest:
    return InvalidRequest(
        Reason.INVALID_CAPTIONS,
        f"captions, line {line}: {what}. The captions there were before are kept; correct the file and send it again",
        field="captions",
    )
