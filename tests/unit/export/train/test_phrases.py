from __future__ import annotations

import pytest

from hallscribe_export.train.lecture.phrases import is_person, is_plural, keywords, listed, noun_phrase


@pytest.mark.parametrize(
    ("noun", "modifiers", "expected"),
    [
        ("a bar chart", (), "a bar chart"),
        (
            "a bar chart",
            ("on a dark background", "with three groups"),
            "a bar chart with three groups on a dark background",
        ),
        (
            "a pie chart",
            ("with a legend on the right", "that has five slices"),
            "a pie chart with five slices and a legend on the right",
        ),
        ("a pie chart", ("that has five slices",), "a pie chart that has five slices"),
        (
            "a line chart",
            ("with two lines", "that rises", "on a light background"),
            "a line chart that rises and has two lines on a light background",
        ),
        ("a line chart", ("with two lines", "in blue"), "a line chart in blue with two lines"),
        ("bullet points", ("that has grid lines behind it",), "bullet points that have grid lines behind them"),
        ("lines of code", ("that is light on dark",), "lines of code that are light on dark"),
        ("a pie chart", ("without a legend",), "a pie chart without a legend"),
        ("a pie chart", ("without a legend", "with five slices"), "a pie chart with five slices and no legend"),
        ("a pie chart", ("whose largest slice is red",), "a pie chart whose largest slice is red"),
        (
            "a pie chart",
            ("with five slices", "whose largest slice is red"),
            "a pie chart whose largest slice is red, with five slices",
        ),
        ("a slide with a big title", ("with a green band",), "a slide with a big title and a green band"),
        ("a chart", ("with a orange box",), "a chart with an orange box"),
        (
            "someone writing on the board",
            ("filmed from the back of the hall",),
            "someone writing on the board, filmed from the back of the hall",
        ),
        (
            "a whiteboard",
            ("filmed from the back", "with someone writing on it", "with blue ink"),
            "a whiteboard with blue ink and someone writing on it, filmed from the back",
        ),
    ],
)
def test_what_is_said_of_a_noun_is_put_in_order_and_joined(
    noun: str, modifiers: tuple[str, ...], expected: str
) -> None:
    assert noun_phrase(noun, modifiers).text == expected


@pytest.mark.parametrize(
    ("noun", "plural"),
    [
        ("bullet points", True),
        ("two columns of text", True),
        ("lines of code", True),
        ("a list of points", False),
        ("source code", False),
        ("a few big words", True),
        ("nothing but glass", False),
        ("someone writing notes", False),
    ],
)
def test_a_plural_is_told_from_its_head(noun: str, plural: bool) -> None:
    assert is_plural(noun) is plural


@pytest.mark.parametrize(
    ("noun", "person"),
    [
        ("someone writing on the board", True),
        ("the lecturer pointing at the slide", True),
        ("a hand drawing a line", True),
        ("a hand-drawn curve", False),
        ("somebody's words quoted", False),
        ("a photograph of people", False),
    ],
)
def test_a_person_is_told_from_what_people_made(noun: str, person: bool) -> None:
    assert is_person(noun) is person


def test_the_article_is_dropped_as_people_type() -> None:
    assert noun_phrase("an area chart", ("with a legend",)).bare == "area chart with a legend"
    assert keywords("a bar chart", ("with three groups", "on a dark background")) == (
        "bar chart, three groups, dark background"
    )


def test_a_list_ends_in_what_has_an_and_of_its_own() -> None:
    assert listed(["axes and ticks", "a legend"]) == "a legend as well as axes and ticks"
    assert listed(["a", "bb", "ccc"]) == "a, bb and ccc"
