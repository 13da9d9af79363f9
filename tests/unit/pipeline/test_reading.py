from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pytest

from hallscribed.domain.event import Event, EventKind, TextLine
from hallscribed.pipeline.earlier import EarlierPages
from hallscribed.pipeline.reading import Page, Refinement, page_of, refine, template_of

GRAPHS = (
    "a graph has vertices and edges",
    "every edge joins two vertices",
    "a path visits a vertex once",
    "a cycle comes back to its start",
    "a tree is connected without one",
)
QUEUES = (
    "whoever comes first leaves first",
    "stacks do it the other way round",
    "both take constant time per step",
    "rings keep them in one array",
    "locks make them slow under load",
)


def line(text: str, top: float, height: float = 0.05, left: float = 0.1) -> TextLine:
    return TextLine(text, 0.98, left, top, left + 0.4 * height * len(text), top + height)


def page(title: str, texts: Sequence[str], extra: Sequence[TextLine] = ()) -> Page:
    head = [line(title, 0.06, 0.09)] if title else []
    return page_of([*head, *(line(text, 0.25 + 0.12 * n) for n, text in enumerate(texts)), *extra])


def event(
    kind: EventKind = EventKind.SLIDE_CHANGE, confidence: float = 0.95, lost: float = 0.8, area: float = 0.3
) -> Event:
    return Event("e1", kind, 10.0, 10, confidence, {"lost": lost, "area": area}, "", 2, 0)


def told(refinement: Refinement) -> EventKind | str | None:
    if refinement.withdrawn:
        return "withdrawn"
    return refinement.event.kind if refinement.event else None


def test_another_slide_stays_one() -> None:
    assert refine(event(confidence=0.5), page("Graphs", GRAPHS), page("Queues", QUEUES)) == Refinement()


def test_added_text_makes_a_build() -> None:
    assert told(refine(event(), page("Graphs", GRAPHS[:4]), page("Graphs", GRAPHS))) is EventKind.BUILD


def test_added_text_makes_a_build_despite_reading_noise() -> None:
    noisy = [text.replace("v", "u", 1).replace("s", "5", 1) for text in GRAPHS]
    assert told(refine(event(), page("Graphs", GRAPHS[:4]), page("Graph5", noisy))) is EventKind.BUILD


def test_a_title_under_which_text_appears() -> None:
    before, after = page("Graph theory", ()), page("Graph theory", GRAPHS)
    assert told(refine(event(lost=0.2), before, after)) is EventKind.BUILD
    assert told(refine(event(lost=0.9), before, after)) is None, "the picture lost more than a title explains"


@pytest.mark.parametrize(("lost", "area"), [(0.4, 0.3), (0.1, 0.7)])
def test_a_logo_that_stays_is_no_slide_that_grew(lost: float, area: float) -> None:
    before, after = page("Graph theory", ()), page("Graph theory", GRAPHS)
    assert refine(event(lost=lost, area=area), before, after) == Refinement()


def test_the_same_title_over_other_text_is_another_slide() -> None:
    assert told(refine(event(), page("Graphs", GRAPHS), page("Graphs", QUEUES))) is None


def test_a_build_that_replaced_title_and_text() -> None:
    build = event(EventKind.BUILD)
    assert told(refine(build, page("Graphs", GRAPHS), page("Queues", QUEUES))) is EventKind.SLIDE_CHANGE
    assert told(refine(build, page("Graphs", GRAPHS[:4]), page("Graphs", GRAPHS))) is None


def test_covered_text_is_not_replaced_text() -> None:
    covered = page("", GRAPHS[4:])
    assert told(refine(event(EventKind.BUILD), page("Graphs", GRAPHS), covered)) is None


def test_somebody_before_a_full_slide_is_withdrawn() -> None:
    before = page("Graphs", GRAPHS)
    covered = page("Graphs", [text if n != 3 else text[:9] for n, text in enumerate(GRAPHS)])
    refinement = refine(event(confidence=0.7), before, covered)
    assert told(refinement) == "withdrawn"
    assert "% of the text" in refinement.withdrawn


def test_another_figure_beside_the_same_text_is_another_slide() -> None:
    same = page("Graphs", GRAPHS)
    assert told(refine(event(confidence=0.75, lost=0.3, area=0.16), same, same)) is None
    assert told(refine(event(confidence=0.75, lost=0.1, area=0.16), same, same)) == "withdrawn"


@pytest.mark.parametrize(
    ("before", "after", "confidence"),
    [
        (page("Graphs", GRAPHS), page("Graphs", GRAPHS), 0.95),
        (page("Results", ()), page("Results", ()), 0.6),
        (page("Graphs", GRAPHS), page("Graphs", [*GRAPHS[:4], QUEUES[0]]), 0.6),
        (page("Graphs", GRAPHS), page("Graphs", GRAPHS[:2]), 0.6),
        (page("Graphs", GRAPHS), page("", ()), 0.6),
        (page("", ()), page("", ()), 0.6),
    ],
    ids=["strong evidence", "few words", "a line replaced", "most is gone", "all is gone", "no text"],
)
def test_what_is_not_withdrawn(before: Page, after: Page, confidence: float) -> None:
    assert refine(event(confidence=confidence), before, after) == Refinement()


def test_text_moved_elsewhere_is_not_in_place() -> None:
    moved = page_of(
        [line("Graphs", 0.06, 0.09), *(line(text, 0.3 + 0.12 * n, left=0.1) for n, text in enumerate(GRAPHS[::-1]))]
    )
    assert told(refine(event(confidence=0.6), page("Graphs", GRAPHS), moved)) is None


def test_an_earlier_page_again_is_a_revisit() -> None:
    graphs, queues = page("Graphs", GRAPHS), page("Queues", QUEUES)
    earlier = EarlierPages([(1, graphs), (2, queues)], lambda number: None)
    refinement = refine(event(), queues, graphs, template_of([graphs, queues]), partial(earlier.alike, 3))
    assert refinement.event is not None
    assert (refinement.event.kind, refinement.event.revisited) == (EventKind.REVISIT, 1)
    assert told(refine(event(), graphs, queues, template_of([graphs]), partial(earlier.alike, 2))) is None


def test_pages_that_share_only_the_template_are_no_revisit() -> None:
    footer = [
        line(text, 0.8 + 0.03 * n, 0.02)
        for n, text in enumerate(
            (
                "a university of long names",
                "the course and its number",
                "the term and the lecturer",
                "a department of many words",
            )
        )
    ]
    subjects = ("Rivers", "Mountains", "Valleys", "Oceans", "Deserts")
    pages = [page(subject, [f"{subject} seen from above"], footer) for subject in subjects]
    figure, other = page("", (), footer), page("Islands", ["only one short line"], footer)
    pages += [figure, other]
    earlier = EarlierPages(enumerate(pages, 1), lambda number: None)
    assert told(refine(event(), other, page("", (), footer), template_of(pages), partial(earlier.alike, 8))) is None


@pytest.mark.parametrize("kind", [EventKind.BLANK, EventKind.SCENE_CHANGE, EventKind.REVISIT])
def test_other_kinds_stay(kind: EventKind) -> None:
    graphs = page("Graphs", GRAPHS)
    assert refine(event(kind, 0.4), graphs, page("Queues", QUEUES), template_of([graphs])) == Refinement()


def test_nothing_is_known_without_the_page_before() -> None:
    assert refine(event(), None, page("Graphs", GRAPHS)) == Refinement()
