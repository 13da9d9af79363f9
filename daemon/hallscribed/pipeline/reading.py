"""What reading a slide tells about the event that began it.

The picture has the first word. Text corrects it only where text is plain: plenty of it, old and new in the same
places. A line that somebody stands before looks replaced, and two slides may share all their words and differ in a
figure, so every rule asks for more than a share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from hallscribed.domain.event import Event, EventKind
from hallscribed.pipeline.layout import rows_of
from hallscribed.pipeline.page import Page, page_of, place_of, plain, template_of

__all__ = ["Page", "Refinement", "page_of", "refine"]

# Characters without spaces: a few words, a phrase, a full slide's beginning.
_FEW = 8
_PHRASE = 20
_SUBSTANTIAL = 80
_SUBSTANTIAL_ROWS = 4
# Share of the page's height that text must span before it can speak for the whole picture.
_SUBSTANTIAL_SPAN = 0.35

_ALL = 0.9
_MOST = 0.75
_LITTLE = 0.25
_SAME_PAGE = 0.95
_SURE = 0.8
# Above it the picture saw content go, whatever the few words say.
_PICTURE_LOST = 0.5

# Letters in a row that must agree; below, chance does.
_RUN = 3


@dataclass(frozen=True, slots=True)
class Refinement:
    """What becomes of an event: a changed ``event``, or the reason why it is ``withdrawn``; neither leaves it."""

    event: Event | None = None
    withdrawn: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    """Letters and digits of lines side by side, lower case, and where they stand."""

    letters: str
    left: float
    top: float
    right: float
    bottom: float


def refine(event: Event, before: Page | None, after: Page, earlier: Sequence[tuple[int, Page]] = ()) -> Refinement:
    """Decide from text what the picture alone could not.

    Args:
        event: as the detector told it.
        before: the page that was shown until the event; None when it was not read.
        after: the page that the event brought.
        earlier: (segment number, page) of all pages before the event, oldest first.
    """
    if before is None or event.kind not in (EventKind.SLIDE_CHANGE, EventKind.BUILD):
        return Refinement()
    template = template_of([page for _, page in earlier])
    old, new = _rows(before, template), _rows(after, template)
    kept, added = _in_place(old, new), _letters(new) - _in_place(new, old)
    if event.kind is EventKind.BUILD:
        replaced = _is_replaced(before, after, old, kept, added)
        return Refinement(replace(event, kind=EventKind.SLIDE_CHANGE)) if replaced else Refinement()
    revisited = _revisited(new, before, earlier, template)
    if revisited:
        return Refinement(replace(event, kind=EventKind.REVISIT, revisited=revisited))
    if _only_grew(event, before, after, old, kept, added):
        return Refinement(replace(event, kind=EventKind.BUILD))
    if _is_unmoved(event, old, kept, added):
        share = round(100 * kept / _letters(old))
        return Refinement(withdrawn=f"{share} % of the text before it still stood in its place, and none was added")
    return Refinement()


def _is_replaced(before: Page, after: Page, old: Sequence[_Row], kept: int, added: int) -> bool:
    """Another title, and other words where the old ones stood."""
    if not before.title or not after.title or _likeness(before.title, after.title) > 0.5:
        return False
    gone = _letters(old) - kept
    return _letters(old) >= _PHRASE and kept <= _LITTLE * _letters(old) and added >= max(_PHRASE, 0.5 * gone)


def _only_grew(event: Event, before: Page, after: Page, old: Sequence[_Row], kept: int, added: int) -> bool:
    """The same title, all the old text in its place, and more of it."""
    if not before.title or _likeness(before.title, after.title) < _SURE:
        return False
    if _letters(old) < _FEW or kept < _ALL * _letters(old) or added < _FEW:
        return False
    # Few words that stay may be a title over two different figures.
    return _speaks_for_the_picture(old) or event.evidence.get("lost", 1.0) < _PICTURE_LOST


def _is_unmoved(event: Event, old: Sequence[_Row], kept: int, added: int) -> bool:
    """A full slide whose text stands where it stood, on evidence that was not strong: somebody walked by."""
    if event.confidence >= _SURE or not _speaks_for_the_picture(old):
        return False
    return kept >= _MOST * _letters(old) and added < max(_FEW, 0.03 * _letters(old))


def _revisited(new: Sequence[_Row], before: Page, earlier: Sequence[tuple[int, Page]], template: frozenset[str]) -> int:
    """The earlier segment that shows the same text, the latest one; 0 when none does or too little is written."""
    if _letters(new) < _SUBSTANTIAL or len(new) < _SUBSTANTIAL_ROWS:
        return 0
    if _agreement(_rows(before, template), new) >= _MOST:
        return 0
    for number, page in reversed(earlier[:-1]):
        if _agreement(_rows(page, template), new) >= _SAME_PAGE:
            return number
    return 0


def _speaks_for_the_picture(rows: Sequence[_Row]) -> bool:
    if len(rows) < _SUBSTANTIAL_ROWS or _letters(rows) < _SUBSTANTIAL:
        return False
    return max(row.bottom for row in rows) - min(row.top for row in rows) >= _SUBSTANTIAL_SPAN


def _rows(page: Page, template: frozenset[str]) -> list[_Row]:
    """The page's rows without what the deck's template repeats."""
    lines = [line for line in page.lines if plain(line.text) and place_of(line) not in template]
    return [
        _Row(
            "".join(plain(line.text) for line in row),
            min(line.left for line in row),
            min(line.top for line in row),
            max(line.right for line in row),
            max(line.bottom for line in row),
        )
        for row in rows_of(lines)
    ]


def _in_place(rows: Sequence[_Row], others: Sequence[_Row]) -> int:
    """How many letters of ``rows`` stand at the same place in ``others``; lines may have been read in other pieces."""
    return sum(_common(row.letters, "".join(other.letters for other in others if _meet(row, other))) for row in rows)


def _meet(row: _Row, other: _Row) -> bool:
    shared = min(row.bottom, other.bottom) - max(row.top, other.top)
    beside = min(row.right, other.right) - max(row.left, other.left)
    return beside > 0 and shared > 0.4 * min(row.bottom - row.top, other.bottom - other.top)


def _common(letters: str, others: str) -> int:
    matcher = SequenceMatcher(None, letters, others, autojunk=False)
    least = min(_RUN, len(letters))
    return sum(block.size for block in matcher.get_matching_blocks() if block.size >= least)


def _agreement(first: Sequence[_Row], second: Sequence[_Row]) -> float:
    """The smaller share of either page's letters that stand at the same place on the other, 0..1."""
    if not first or not second:
        return 0.0
    return min(_in_place(first, second) / _letters(first), _in_place(second, first) / _letters(second))


def _likeness(first: str, second: str) -> float:
    return SequenceMatcher(None, plain(first), plain(second), autojunk=False).ratio()


def _letters(rows: Sequence[_Row]) -> int:
    return sum(len(row.letters) for row in rows)
