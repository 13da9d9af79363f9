"""The pages of a lecture that were read before: the latest in full, all of them by which letters follow each other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from hallscribed.pipeline.page import LATEST_PAGES, Page
from hallscribed.pipeline.sentences import plain

# Three letters in a row are one of so many bits: a slide of 400 letters sets an eighth of them.
_BITS = 2048
_MULTIPLIERS = (np.uint32(961), np.uint32(31), np.uint32(2654435761))
_SHIFT = 32 - 11
# Share of a page's threes that another must have before it is worth a look at their places. Where nineteen of twenty
# letters agree, as they must in the end, at most a quarter of the threes is broken, and where two lines meet two more;
# pages of one subject share a quarter of theirs.
_LIKE_ENOUGH = 0.6
_LOOKED_AT = 12

Read = Callable[[int], Page | None]


class EarlierPages:
    """What a new page is held against; a page costs 256 bytes here, however long the lecture.

    Args:
        pages: (segment number, page) of all that were read so far, in any order.
        read: a page by its segment's number; None where that is no more.
    """

    def __init__(self, pages: Iterable[tuple[int, Page]], read: Read) -> None:
        self._read = read
        self._numbers: list[int] = []
        self._threes = np.empty((0, _BITS // 8), np.uint8)
        self._full: dict[int, Page] = {}
        for number, page in sorted(pages, key=lambda pair: pair[0]):
            self.add(number, page)

    def add(self, number: int, page: Page) -> None:
        """A segment's page was read, or read again."""
        place = bisect_left(self._numbers, number)
        if place == len(self._numbers) or self._numbers[place] != number:
            self._numbers.insert(place, number)
            self._threes = np.insert(self._threes, place, 0, axis=0)
        self._threes[place] = _threes(plain(page.text))
        self._full[number] = page
        for old in sorted(self._full)[:-LATEST_PAGES]:
            del self._full[old]

    def latest(self, number: int) -> list[Page]:
        """The last pages before a segment, oldest first: as many as tell a deck's template."""
        end = bisect_left(self._numbers, number)
        found = (self._page(each) for each in self._numbers[max(0, end - LATEST_PAGES) : end])
        return [page for page in found if page is not None]

    def last_before(self, number: int) -> int | None:
        """The last segment before one whose page was read."""
        end = bisect_left(self._numbers, number)
        return self._numbers[end - 1] if end else None

    def alike(self, number: int, letters: str) -> Iterator[tuple[int, Page]]:
        """(segment number, page) of pages before the last one before a segment, latest first.

        Only those in which most of these letters follow each other as they do here, which is quick to see; of very
        many, the dozen that share the most.
        """
        end = max(0, bisect_left(self._numbers, number) - 1)
        wanted = _threes(letters)
        shared = np.bitwise_count(self._threes[:end] & wanted).sum(axis=1)
        like = np.flatnonzero(shared >= _LIKE_ENOUGH * np.bitwise_count(wanted).sum())
        # Of a table that is scrolled every page is like every other: those most alike are looked at.
        most = np.sort(like[np.argsort(-shared[like], kind="stable")[:_LOOKED_AT]])
        for place in most[::-1].tolist():
            page = self._page(self._numbers[place])
            if page is not None:
                yield self._numbers[place], page

    def _page(self, number: int) -> Page | None:
        return self._full.get(number) or self._read(number)


def _threes(letters: str) -> NDArray[np.uint8]:
    """Which threes of letters there are, a bit each, (256,); different ones may share a bit."""
    codes = np.frombuffer(letters.encode("utf-32-le"), "<u4")
    first, second, mixed = _MULTIPLIERS
    bits = np.zeros(_BITS, np.bool_)
    bits[((codes[:-2] * first + codes[1:-1] * second + codes[2:]) * mixed) >> _SHIFT] = True
    return np.packbits(bits)
