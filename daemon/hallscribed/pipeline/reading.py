"""What reading a slide tells about the event that began it.

The picture has the first word. Text corrects it only where text is plain: plenty of it, old and new in the same
places. A line that somebody stands before looks replaced, and two slides may share all their words and differ in a
figure, so every rule asks for more than a share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from hallscribed.domain.event import Event, EventKind, TextLine
from hallscribed.pipeline.page import Page, page_of, template_of
from hallscribed.pipeline.sentences import plain

__all__ = ["Page", "Refinement", "page_of", "refine", "template_of"]

# Characters without spaces: a few words, a phrase, a full slide's beginning.
_FEW = 8
_PHRASE = 20
_SUBSTANTIAL = 80
_SUBSTANTIAL_LINES = 4
# Share of the page's height that text must span before it can speak for the whole picture.
_SUBSTANTIAL_SPAN = 0.35

_ALL = 0.9
_MOST = 0.75
_LITTLE = 0.25
# Share of small print that is read differently the next time.
_NOISE = 0.04
_SAME_PAGE = 0.95
_SURE = 0.8
# From here on the picture saw content go, whatever the few words say: the detector's own measure of another slide.
_PICTURE_LOST = 0.25
# Share of the picture that changed from which on few words do not speak for the rest of it.
_MOST_OF_PICTURE = 0.5

# Letters in a row that must agree; below, chance does.
_RUN = 3


Alike = Callable[[str], Iterable[tuple[int, Page]]]


def _none(_: str) -> Iterable[tuple[int, Page]]:
    return ()


@dataclass(frozen=True, slots=True)
class Refinement:
    """What becomes of an event: a changed ``event``, or the reason why it is ``withdrawn``; neither leaves it."""

    event: Event | None = None
    withdrawn: str = ""


def refine(
    event: Event, before: Page | None, after: Page, template: frozenset[str] = frozenset(), alike: Alike = _none
) -> Refinement:
    """Decide from text what the picture alone could not.

    Args:
        event: as the detector told it.
        before: the page that was shown until the event; None when it was not read.
        after: the page that the event brought.
        template: of the last pages before the event.
        alike: finds (segment number, page) of pages before ``before`` that have nearly all of some letters.
    """
    if before is None or event.kind not in (EventKind.SLIDE_CHANGE, EventKind.BUILD):
        return Refinement()
    old, new = _lines(before, template), _lines(after, template)
    found = _in_place(new, old)
    kept, added, fresh = sum(_in_place(old, new)), _letters(new) - sum(found), _fresh(new, found)
    if event.kind is EventKind.BUILD:
        replaced = _is_replaced(before, after, old, kept, added)
        return Refinement(replace(event, kind=EventKind.SLIDE_CHANGE)) if replaced else Refinement()
    # What is still shown is not shown again.
    stayed = min(kept / max(1, _letters(old)), sum(found) / max(1, _letters(new))) >= _MOST
    revisited = 0 if stayed else _revisited(new, alike, template)
    if revisited:
        return Refinement(replace(event, kind=EventKind.REVISIT, revisited=revisited))
    if _only_grew(event, before, after, old, kept, fresh):
        return Refinement(replace(event, kind=EventKind.BUILD))
    if _is_unmoved(event, old, kept, added):
        share = round(100 * kept / _letters(old))
        return Refinement(withdrawn=f"{share} % of the text before it still stood in its place, and none was added")
    return Refinement()


def _is_replaced(before: Page, after: Page, old: Sequence[TextLine], kept: int, added: int) -> bool:
    """Another title, and other words where the old ones stood."""
    if not before.title or not after.title or _likeness(before.title, after.title) > 0.5:
        return False
    gone = _letters(old) - kept
    return _letters(old) >= _PHRASE and kept <= _LITTLE * _letters(old) and added >= max(_PHRASE, 0.5 * gone)


def _only_grew(event: Event, before: Page, after: Page, old: Sequence[TextLine], kept: int, fresh: int) -> bool:
    """The same title, all the old text in its place, and more of it."""
    if not before.title or _likeness(before.title, after.title) < _SURE:
        return False
    if _letters(old) < _FEW or kept < _ALL * _letters(old) or fresh < max(_FEW, _NOISE * _letters(old)):
        return False
    if _speaks_for_the_picture(old):
        return True
    # Few words that stay may be a title over two different figures, or a logo.
    lost, area = event.evidence.get("lost", 1.0), event.evidence.get("area", 0.0)
    return lost < _PICTURE_LOST and area < _MOST_OF_PICTURE


def _is_unmoved(event: Event, old: Sequence[TextLine], kept: int, added: int) -> bool:
    """A full slide whose text stands where it stood, on evidence that was not strong: somebody walked by."""
    if event.confidence >= _SURE or not _speaks_for_the_picture(old):
        return False
    # Nobody stands before a text that is all there: what went was a figure beside it.
    if event.evidence.get("lost", 0.0) >= _PICTURE_LOST and kept >= _SAME_PAGE * _letters(old):
        return False
    return kept >= _MOST * _letters(old) and added < max(_FEW, _NOISE * _letters(old))


def _revisited(new: Sequence[TextLine], alike: Alike, template: frozenset[str]) -> int:
    """The earlier segment that shows the same text, the latest one; 0 when none does or too little is written."""
    if _letters(new) < _SUBSTANTIAL or len(new) < _SUBSTANTIAL_LINES:
        return 0
    candidates = alike("".join(line.text for line in new))
    return next((number for number, page in candidates if _agreement(_lines(page, template), new) >= _SAME_PAGE), 0)


def _speaks_for_the_picture(lines: Sequence[TextLine]) -> bool:
    if len(lines) < _SUBSTANTIAL_LINES or _letters(lines) < _SUBSTANTIAL:
        return False
    return max(line.bottom for line in lines) - min(line.top for line in lines) >= _SUBSTANTIAL_SPAN


def _lines(page: Page, template: frozenset[str]) -> list[TextLine]:
    """The page's lines without what the deck's template repeats, their letters only."""
    return [
        replace(line, text=mark.letters)
        for line, mark in zip(page.lines, page.marks, strict=True)
        if mark.letters and mark.place not in template
    ]


def _in_place(lines: Sequence[TextLine], others: Sequence[TextLine]) -> list[int]:
    """How many letters of each of ``lines`` stand at the same place in ``others``."""
    return [_found(line, others) for line in lines]


def _fresh(lines: Sequence[TextLine], found: Sequence[int]) -> int:
    """How many letters stand in lines of which less than half is in place: single letters are misread too often."""
    counts = [(len(line.text), common) for line, common in zip(lines, found, strict=True)]
    return sum(count - common for count, common in counts if common < 0.5 * count)


def _found(line: TextLine, others: Sequence[TextLine]) -> int:
    """How many letters of a line were also read at its place, whatever pieces they were read in."""
    there = "".join(other.text for other in others if _meet(line, other))
    matcher = SequenceMatcher(None, line.text, there, autojunk=False)
    least = min(_RUN, len(line.text))
    return sum(block.size for block in matcher.get_matching_blocks() if block.size >= least)


def _meet(line: TextLine, other: TextLine) -> bool:
    shared = min(line.bottom, other.bottom) - max(line.top, other.top)
    beside = min(line.right, other.right) - max(line.left, other.left)
    return beside > 0 and shared > 0.4 * min(line.bottom - line.top, other.bottom - other.top)


def _agreement(first: Sequence[TextLine], second: Sequence[TextLine]) -> float:
    """The smaller share of either page's letters that stand at the same place on the other, 0..1."""
    if not first or not second:
        return 0.0
    return min(sum(_in_place(one, two)) / _letters(one) for one, two in ((first, second), (second, first)))


def _likeness(first: str, second: str) -> float:
    return SequenceMatcher(None, plain(first), plain(second), autojunk=False).ratio()


def _letters(lines: Sequence[TextLine]) -> int:
    return sum(len(line.text) for line in lines)
