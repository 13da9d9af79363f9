"""The pages of a lecture that were read before: the latest in full, all of them by their letters."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from hallscribed.pipeline.page import LATEST_PAGES, Page, plain

# Letters are counted by code, modulo this: pages that share letters share counts, never the other way round.
_BINS = 64
# Share of a page's letters that another must have before it is worth a look at their places.
_LIKE_ENOUGH = 0.9

Read = Callable[[int], Page | None]


class EarlierPages:
    """What a new page is held against; a page costs 128 bytes here, however long the lecture.

    Args:
        pages: (segment number, page) of all that were read so far, in any order.
        read: a page by its segment's number; None where that is no more.
    """

    def __init__(self, pages: Iterable[tuple[int, Page]], read: Read) -> None:
        self._read = read
        self._numbers: list[int] = []
        self._letters = np.empty((0, _BINS), np.uint16)
        self._full: dict[int, Page] = {}
        for number, page in sorted(pages, key=lambda pair: pair[0]):
            self.add(number, page)

    def add(self, number: int, page: Page) -> None:
        """A segment's page was read, or read again."""
        place = bisect_left(self._numbers, number)
        if place == len(self._numbers) or self._numbers[place] != number:
            self._numbers.insert(place, number)
            self._letters = np.insert(self._letters, place, 0, axis=0)
        self._letters[place] = _counts(plain(page.text))
        self._full[number] = page
        for old in sorted(self._full)[:-LATEST_PAGES]:
            del self._full[old]

    def latest(self, number: int) -> list[Page]:
        """The last pages before a segment, oldest first: as many as tell a deck's template."""
        end = bisect_left(self._numbers, number)
        found = (self._page(each) for each in self._numbers[max(0, end - LATEST_PAGES) : end])
        return [page for page in found if page is not None]

    def alike(self, number: int, letters: str) -> Iterator[tuple[int, Page]]:
        """(segment number, page) of pages before the last one before a segment, latest first.

        Only those that have nearly all of these letters somewhere, which is quick to see.
        """
        end = max(0, bisect_left(self._numbers, number) - 1)
        shared = np.minimum(self._letters[:end], _counts(letters)).sum(axis=1)
        for place in np.flatnonzero(shared >= _LIKE_ENOUGH * len(letters))[::-1].tolist():
            page = self._page(self._numbers[place])
            if page is not None:
                yield self._numbers[place], page

    def _page(self, number: int) -> Page | None:
        return self._full.get(number) or self._read(number)


def _counts(letters: str) -> NDArray[np.uint16]:
    codes = np.frombuffer(letters.encode("utf-32-le"), "<u4") % _BINS
    return np.minimum(np.bincount(codes, minlength=_BINS), np.iinfo(np.uint16).max).astype(np.uint16)
