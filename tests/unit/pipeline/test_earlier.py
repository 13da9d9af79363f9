"""What a new page is held against: the latest pages in full, and those that share its letters."""

from __future__ import annotations

import random

from hallscribed.domain.event import TextLine
from hallscribed.pipeline.earlier import EarlierPages
from hallscribed.pipeline.page import LATEST_PAGES, Page
from hallscribed.pipeline.sentences import plain

SUBJECT = """a graph has vertices and edges between them the queue of a search holds what was found and not yet seen
    every path that is shortest ends with a shortest path weights may be negative cycles must not be"""


def page(text: str) -> Page:
    return Page("", text, (TextLine(text, 1.0, 0.1, 0.1, 0.9, 0.2),))


TEXTS = {number: f"slide {number} about {'queues' if number % 2 else 'graphs'}" for number in range(1, 200)}


def pages(numbers: list[int]) -> EarlierPages:
    return EarlierPages([(number, page(TEXTS[number])) for number in numbers], lambda number: page(TEXTS[number]))


def test_the_latest_come_oldest_first_whatever_the_order_they_were_read_in() -> None:
    earlier = pages([3, 1, 5, 2])
    assert [one.text for one in earlier.latest(5)] == [TEXTS[1], TEXTS[2], TEXTS[3]]
    assert [one.text for one in earlier.latest(99)] == [TEXTS[1], TEXTS[2], TEXTS[3], TEXTS[5]]
    assert not earlier.latest(1)


def test_of_many_only_the_latest_are_kept_and_the_others_read_again() -> None:
    asked: list[int] = []

    def read(number: int) -> Page:
        asked.append(number)
        return page(TEXTS[number])

    earlier = EarlierPages([(number, page(text)) for number, text in TEXTS.items()], read)
    assert len(earlier.latest(200)) == LATEST_PAGES
    assert not asked
    assert len(earlier.latest(60)) == 59
    assert asked == list(range(1, 60))


def test_pages_with_the_same_letters_come_latest_first_without_the_last_one() -> None:
    earlier = pages([1, 2, 3, 4, 5])
    found = [number for number, _ in earlier.alike(6, plain("about queues"))]
    assert found == [3, 1], "the fifth is the page that was just shown"
    assert [number for number, _ in earlier.alike(4, plain("about queues"))] == [1]
    assert not list(earlier.alike(6, plain("zebras and xylophones")))


def test_a_page_that_is_gone_is_passed_over() -> None:
    earlier = EarlierPages([(number, page(text)) for number, text in TEXTS.items()], lambda number: None)
    assert not list(earlier.alike(100, plain(TEXTS[5])))
    assert len(earlier.latest(180)) == LATEST_PAGES - 20


def test_a_page_read_again_counts_as_it_was_read_last() -> None:
    earlier = pages([1, 2, 3])
    earlier.add(1, page("nothing but zebras"))
    assert earlier.latest(4)[0].text == "nothing but zebras"
    assert [number for number, _ in earlier.alike(4, plain("zebras"))] == [1]


def test_of_many_pages_of_one_subject_only_the_same_page_is_looked_at_however_badly_it_was_read() -> None:
    chance = random.Random(1)
    texts = {number: " ".join(chance.choices(SUBJECT.split(), k=60)) for number in range(1, 101)}
    earlier = EarlierPages([(number, page(text)) for number, text in texts.items()], lambda number: page(texts[number]))
    letters = list(plain(texts[40]))
    for place in range(0, len(letters), 20):
        letters[place] = "0"
    assert [number for number, _ in earlier.alike(102, "".join(letters))] == [40]
