from __future__ import annotations

import json

import numpy as np
import pytest

from hallscribed.domain.event import TextLine
from hallscribed.domain.frame import GRID_COLUMNS, GRID_ROWS, Grid
from hallscribed.pipeline.page import Page, page_of, template_of

BODY = ("the first thing to say", "the second thing to say", "and a third to end with")


def line(text: str, top: float, height: float = 0.05, left: float = 0.1, confidence: float = 0.98) -> TextLine:
    return TextLine(text, confidence, left, top, min(0.95, left + 0.35 * height * len(text)), top + height)


def body(top: float = 0.35, height: float = 0.05) -> list[TextLine]:
    return [line(text, top + 2 * height * n, height) for n, text in enumerate(BODY)]


def test_an_empty_page() -> None:
    assert page_of([]) == Page("", "", ())


def test_title_and_text() -> None:
    page = page_of([line("Matrix products", 0.08, 0.09), *body()])
    assert page.title == "Matrix products"
    assert page.text == "\n".join(("Matrix products", *BODY))


def test_a_title_of_two_lines_is_joined() -> None:
    page = page_of([line("A very long title that", 0.06, 0.09), line("needs two lines", 0.16, 0.09), *body()])
    assert page.title == "A very long title that needs two lines"


def test_a_title_no_larger_than_the_body_stands_apart() -> None:
    assert page_of([line("Open questions", 0.08), *body(0.3)]).title == "Open questions"


def test_small_print_around_the_slide_is_no_title() -> None:
    around = [line("Spring school 2020", 0.01, 0.02), line("12", 0.95, 0.03), line("www.example.org", 0.02, 0.12)]
    assert page_of([*around, line("Cache lines", 0.12, 0.08), *body()]).title == "Cache lines"
    assert page_of([line("Spring school", 0.01, 0.02), line("Page 3 of 12", 0.95, 0.02)]).title == ""


def test_body_text_alone_has_no_title() -> None:
    assert page_of(body(0.1)).title == ""


def test_a_title_slide() -> None:
    lines = [line("Learning to see", 0.38, 0.12, 0.2), line("A. Speaker", 0.6, 0.05, 0.4), line("3 May", 0.7, 0.05)]
    assert page_of(lines).title == "Learning to see"


def test_a_large_number_is_no_title() -> None:
    assert page_of([line("Coverage", 0.08, 0.08), line("93 %", 0.4, 0.3), *body(0.75, 0.03)]).title == "Coverage"


def test_a_logo_on_earlier_pages_is_no_title() -> None:
    logo = line("ACME", 0.02, 0.1, 0.8)
    pages: list[Page] = []
    for subject in ("Rivers", "Mountains", "Valleys", "Oceans"):
        rest = [line(f"{subject} {text}", 0.4 + 0.1 * n) for n, text in enumerate(BODY)]
        pages.append(page_of([logo, line(subject, 0.16, 0.09), *rest], template_of(pages)))
    assert pages[-1].title == "Oceans"


def test_a_title_that_stays_through_builds_remains_one() -> None:
    pages: list[Page] = []
    for shown in range(1, 6):
        lines = [line(f"step {'abcdef'[n] * 6} of the proof", 0.35 + 0.1 * n) for n in range(shown)]
        pages.append(page_of([line("A proof", 0.08, 0.09), *lines], template_of(pages)))
    assert {page.title for page in pages} == {"A proof"}


def test_what_was_hardly_legible_is_dropped() -> None:
    lines = [
        line("Loops", 0.08, 0.09),
        line("j|//~", 0.3, confidence=0.4),
        line("•", 0.4),
        line("x", 0.5, confidence=0.7),
    ]
    assert page_of([*lines, line("for each row", 0.6)]).text == "Loops\nfor each row"


def test_survives_json() -> None:
    page = page_of([line("Größe ≥ 3", 0.08, 0.09), *body()])
    again = Page.from_json(json.loads(json.dumps(page.to_json())))
    assert (again.title, again.text) == (page.title, page.text)
    assert again.lines[0].bottom == pytest.approx(page.lines[0].bottom, abs=1e-4)
    assert Page.from_json(again.to_json()) == again
    with pytest.raises(KeyError):
        Page.from_json({"title": ""})


@pytest.mark.parametrize(
    "title",
    [
        "Confidentiality and integrity", "Confidential computing", "Copyright law in Europe", "HTTPS: how it works",
        "(c) Third case", "C++", "C#", "1. Introduction", "2.1 Regular languages",
    ],
)  # fmt: skip
def test_titles_may_be_about_anything(title: str) -> None:
    for height in (0.06, 0.09):
        assert page_of([line(title, 0.06, height), *body(0.35)]).title == title


@pytest.mark.parametrize(
    "claim", ["© ACME", "(c) 2024 ACME", "Copyright 2024 ACME", "Company confidential", "www.acme.org"]
)
def test_claims_are_no_titles(claim: str) -> None:
    assert page_of([line(claim, 0.06, 0.09), *body(0.35)]).title != claim


def test_items_with_numbers_are_no_title() -> None:
    assert page_of([line(f"{n}. item of a list", 0.1 * n, 0.05) for n in range(1, 6)]).title == ""


@pytest.mark.parametrize(
    ("title", "equation"), [("Newton's second law", "F = m·a"), ("Maxwell's equations", "∇×B = μ₀J")]
)
def test_an_equation_beneath_the_title_is_not_it(title: str, equation: str) -> None:
    assert page_of([line(title, 0.06, 0.07), line(equation, 0.2, 0.12), *body(0.45)]).title == title
    assert page_of([line("P = NP", 0.06, 0.09), *body()]).title == "P = NP"


def test_a_broken_word_of_a_title_is_made_whole() -> None:
    page = page_of([line("Introduction to differen-", 0.06, 0.09), line("tial equations", 0.16, 0.09), *body()])
    assert page.title == "Introduction to differential equations"


@pytest.mark.parametrize(
    "titles",
    [
        ["Intro", *["Dijkstra's Algorithm"] * 6, "Summary"],
        [f"Question {n}" for n in range(1, 8)],
        ["Sets", "Example", "Maps", "Example", "Trees", "Example", "Graphs", "Example"],
    ],
)
def test_several_slides_may_have_one_title(titles: list[str]) -> None:
    pages: list[Page] = []
    for number, title in enumerate(titles):
        lines = [
            line(f"matter {'abcdefgh'[number]} of {word}", 0.35 + 0.1 * n) for n, word in enumerate(("a", "b", "c"))
        ]
        pages.append(page_of([line(title, 0.06, 0.09), *lines], template_of(pages)))
    assert [page.title for page in pages] == titles


def test_what_was_written_onto_a_slide_is_no_title_however_large() -> None:
    lines = [line("Blue against red", 0.08, 0.06), line("blue: 450 nm", 0.2, 0.09), line("red: 700 nm", 0.32, 0.09)]
    assert page_of(lines).title != "Blue against red"
    edge = np.zeros((GRID_ROWS, GRID_COLUMNS), np.uint8)
    edge[2:6, 6:40] = 20
    at_first = Grid(np.full_like(edge, 245), edge, 1.0)
    page = page_of(lines, at_first=at_first)
    assert page.title == "Blue against red"
    assert "450 nm" in page.text
    empty = Grid(np.full_like(edge, 245), np.zeros_like(edge), 0.0)
    assert page_of(lines, at_first=empty).title == page_of(lines).title


def test_signs_as_wide_as_chinese_ones_are_made_narrow_where_no_other_is() -> None:
    assert page_of([line("blue：４５０ nm", 0.2)]).text == "blue:450 nm"
    assert page_of([line("波长：４５０", 0.2)]).text == "波长：４５０"
