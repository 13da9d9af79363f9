"""What a slide says: its title, its text, and where each line stands."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from hallscribed.domain.event import TextLine
from hallscribed.domain.frame import GRID_COLUMNS, GRID_ROWS, Grid
from hallscribed.pipeline.layout import rows_of
from hallscribed.pipeline.sentences import figures_alike, plain, unbroken

_LEAST_CONFIDENCE = 0.6
_LEAST_CONFIDENCE_SHORT = 0.85
_SHORT = 3
_MAX_TITLE = 160

# Shares of the page's height.
_HEAD = 0.33
_FOOT = 0.92
# Line heights are those of boxes, which differ by a fifth with ascenders and descenders.
_LARGER = 1.2
_ALIKE = 0.75
# Smaller lines at the top are running headers.
_LEAST_HEIGHT = 0.025
# Times the usual gap between lines.
_APART = 2.0
_FEW_LINES = 4
# Share of a line's cells that have an edge, where there was anything before it was written.
_STOOD, _FAINT_EDGE = 0.2, 5

_TEMPLATE_PAGES, _TEMPLATE_SHARE = 3, 0.5
# A deck repeats its template on nearly every page; a whole day's pages tell no more of it.
LATEST_PAGES = 60
_TELLING = 20

_BULLET = re.compile(r"^\s*([•·▪■●○◦►▶–—*-]|[a-z][.)])\s*(?=\w)")
_NUMBERED = re.compile(r"^\s*\(?\d{1,2}[.)](?!\d)\s*(?=\w)")
_NUMBERING = re.compile(r"(page|slide|folie|seite)?\s*\d+\s*([/|]|of|von|-)?\s*\d*", re.IGNORECASE)
# A talk may well be about copyright; a line that claims one has a year or a name with it.
_ADDRESS = re.compile(
    r"https?://|www\.|\S{1,64}@\S{1,255}\.\w|©|(?:\(c\)|\bcopyright)\W*(?:\d{4}|by\b)|all rights reserved"
    r"|^\W*(?:\w+ )?confidential\W*$",
    re.IGNORECASE,
)
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_WIDE_SCRIPT = re.compile(r"[\u3001-\u9fff\uac00-\ud7af]")
_EQUATION = re.compile(r"[=≈≤≥∑∫∇√]")
_SHORT_NAME = re.compile(r"[A-Z](?:\+\+|#)")
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}:\d{2}(:\d{2})?")


class Mark(NamedTuple):
    """By what a line is known on another page.

    Attributes:
        letters: its letters and digits.
        place: its words and its place to a twentieth of the page; figures count alike, so that page numbers repeat.
        beneath: the first letters of what stands beneath it.
    """

    letters: str
    place: str
    beneath: str


@dataclass(frozen=True, slots=True)
class Page:
    """What was read from one picture.

    Attributes:
        title: of the slide, "" when none stands out.
        text: the lines in reading order, one a line.
        lines: what was read with some confidence, in reading order.
        marks: of each line. A page is held against sixty others, so they are made once.
    """

    title: str
    text: str
    lines: tuple[TextLine, ...]
    marks: tuple[Mark, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Mark the lines."""
        object.__setattr__(self, "marks", _marks(self.lines))

    def to_json(self) -> dict[str, Any]:
        """As kept with its segment: title, text, and lines as [text, confidence, left, top, right, bottom]."""
        lines = [
            [line.text, *(round(n, 4) for n in (line.confidence, line.left, line.top, line.right, line.bottom))]
            for line in self.lines
        ]
        return {"title": self.title, "text": self.text, "lines": lines}

    @staticmethod
    def from_json(body: Mapping[str, Any]) -> Page:
        """The inverse of ``to_json``; KeyError, TypeError or ValueError for anything else."""
        lines = tuple(TextLine(str(text), *(float(n) for n in numbers)) for text, *numbers in body["lines"])
        return Page(str(body["title"]), str(body["text"]), lines)


def page_of(lines: Sequence[TextLine], template: frozenset[str] = frozenset(), at_first: Grid | None = None) -> Page:
    """Make a page of lines in reading order; what was hardly legible and strokes that are no words are dropped.

    Args:
        template: of the pages before it, tells logos and running headers, which are no titles.
        at_first: what the slide showed when it came: what was written onto it since is no title, however large.
    """
    legible = tuple(replace(line, text=_narrow(line.text)) for line in lines if _is_legible(line))
    printed = [line for line in legible if at_first is None or _stood(line, at_first)]
    title = _title_of(printed, template) or _title_of(legible, template)
    return Page(title, "\n".join(line.text.strip() for line in legible), legible)


def _title_of(lines: Sequence[TextLine], template: frozenset[str]) -> str:
    own = [line for line in lines if _place_of(line, plain(line.text)) not in template]
    return _title(own) or _title(lines)  # several slides may well have one title, as each of a chapter does


def _stood(line: TextLine, grid: Grid) -> bool:
    """Whether there was anything where a line stands."""
    top, bottom = int(line.top * GRID_ROWS), math.ceil(line.bottom * GRID_ROWS)
    left, right = int(line.left * GRID_COLUMNS), math.ceil(line.right * GRID_COLUMNS)
    return float(np.mean(grid.edge[top : max(top + 1, bottom), left : max(left + 1, right)] > _FAINT_EDGE)) >= _STOOD


def _narrow(text: str) -> str:
    """Letters and signs as wide as a Chinese one, as the reader has them now and then in a text that has none."""
    return text if _WIDE_SCRIPT.search(text) else text.translate(_WIDE)


def template_of(pages: Sequence[Page]) -> frozenset[str]:
    """Places (see ``Mark``) of lines on half of the latest pages, and three at least, with other text beneath."""
    latest = pages[-LATEST_PAGES:]
    seen: dict[str, set[str]] = {}
    counts = Counter(place for page in latest for place in {mark.place for mark in page.marks})
    for page in latest:
        for mark in page.marks:
            seen.setdefault(mark.place, set()).add(mark.beneath)
    often = _TEMPLATE_SHARE * len(latest)
    return frozenset(place for place, rests in seen.items() if len(rests) >= _TEMPLATE_PAGES and counts[place] >= often)


def _marks(lines: Sequence[TextLine]) -> tuple[Mark, ...]:
    letters = [plain(line.text) for line in lines]
    return tuple(
        Mark(told, _place_of(line, told), _beneath(line, lines, letters))
        for line, told in zip(lines, letters, strict=True)
    )


def _place_of(line: TextLine, letters: str) -> str:
    return f"{figures_alike(letters).lstrip('0')}@{round(20 * (line.top + line.bottom) / 2)}"


def _beneath(line: TextLine, lines: Sequence[TextLine], letters: Sequence[str]) -> str:
    found = ""
    for other, told in zip(lines, letters, strict=True):
        if other.top > line.top:
            found += told
            if len(found) >= _TELLING:
                break
    return found[:_TELLING]


def _is_legible(line: TextLine) -> bool:
    characters = sum(character.isalnum() for character in line.text)
    least = _LEAST_CONFIDENCE if characters >= _SHORT else _LEAST_CONFIDENCE_SHORT
    return characters > 0 and line.confidence >= least


def _title(lines: Sequence[TextLine]) -> str:
    candidates = [line for line in lines if _may_be_title(line)]
    words = [line for line in candidates if not _EQUATION.search(line.text)]
    # An equation beneath words is what they are about.
    candidates = [line for line in candidates if line in words or all(line.top <= other.top for other in words)]
    if not candidates:
        return ""
    block = _in_head(candidates, lines) or _standing_out(candidates)
    return unbroken(" ".join(line.text.strip() for line in block))[:_MAX_TITLE].strip()


def _may_be_title(line: TextLine) -> bool:
    """False for page numbers, dates, footers, addresses, and for what runs vertically or is all figures."""
    text = line.text.strip()
    if _NUMBERING.fullmatch(text) or _DATE.fullmatch(text) or _ADDRESS.search(text):
        return False
    letters = sum(character.isalpha() for character in text)
    if _SHORT_NAME.fullmatch(text):
        letters = len(text)
    if letters < 2 or letters < 0.4 * len(text.replace(" ", "")):
        return False
    upright = line.right - line.left >= 0.5 * _height(line) or len(text) <= 3
    return upright and (line.top + line.bottom) / 2 < _FOOT


def _in_head(candidates: Sequence[TextLine], lines: Sequence[TextLine]) -> list[TextLine]:
    """The largest lines at the top, when they are larger than most of what is below or stand apart from it."""
    # A number of its own is a chapter's, those of several lines are a list's.
    a_list = sum(bool(_NUMBERED.match(line.text)) for line in lines) > 1
    head = [line for line in candidates if (line.top + line.bottom) / 2 < _HEAD and not _is_item(line, a_list)]
    if not head:
        return []
    tallest = max(_height(line) for line in head)
    if tallest < _LEAST_HEIGHT:
        return []
    first = min((line for line in head if _height(line) >= _ALIKE * tallest), key=lambda line: line.top)
    block = _block(first, candidates)
    end = max(line.bottom for line in block)
    below = sorted((line for line in lines if (line.top + line.bottom) / 2 > end), key=lambda line: line.top)
    if not below:
        return block
    usual = median(_height(line) for line in below)
    if _height(first) >= _LARGER * usual:
        return block
    gaps = [max(0.0, later.top - line.bottom) for line, later in pairwise(below)]
    apart = below[0].top - end > max(_APART * median(gaps or [0.0]), 0.5 * usual)
    return block if apart and _height(first) >= usual / _LARGER else []


def _is_item(line: TextLine, a_list: bool) -> bool:
    return bool(_BULLET.match(line.text)) or (a_list and bool(_NUMBERED.match(line.text)))


def _standing_out(candidates: Sequence[TextLine]) -> list[TextLine]:
    """The largest lines of a page that is a title and little else."""
    tallest = max(_height(line) for line in candidates)
    large = [line for line in candidates if _height(line) >= _ALIKE * tallest]
    if len(large) > _FEW_LINES or tallest < _LEAST_HEIGHT:
        return []
    block = _block(min(large, key=lambda line: line.top), candidates)
    rest = [_height(line) for line in candidates if line not in large]
    outstanding = bool(rest) and tallest >= 1.5 * median(rest)
    return block if outstanding or len(block) == len(candidates) else []


def _block(first: TextLine, candidates: Sequence[TextLine]) -> list[TextLine]:
    """The line's own row and the rows below it that go on in the same size, at most three."""
    block: list[TextLine] = []
    last = first
    for row in [
        row for row in rows_of(candidates) if first in row or row[0].top >= first.bottom - 0.3 * _height(first)
    ]:
        alike = [line for line in row if _ALIKE * _height(first) <= _height(line) <= _height(first) / _ALIKE]
        if first not in row and not _goes_on(last, alike):
            break
        block.extend(alike)
        last = alike[0]
        if first not in row and last.top - first.bottom > 1.5 * _height(first):
            break
    return block


def _goes_on(last: TextLine, row: Sequence[TextLine]) -> bool:
    if not row or _is_item(row[0], a_list=True):
        return False
    near = row[0].top - last.bottom < 0.5 * _height(last)
    overlaps = min(last.right, row[-1].right) > max(last.left, row[0].left)
    return near and overlaps


def _height(line: TextLine) -> float:
    return line.bottom - line.top
