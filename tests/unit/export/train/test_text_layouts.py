"""Pages of text, lists, code, tables, formulas and timelines: bytes, builds, and facts that can be seen."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import numpy as np
import pytest

from hallscribe_export.train.lecture.building import ground_facts
from hallscribe_export.train.lecture.formula import FORMULA_KINDS, derivation, formula, mask, matrix
from hallscribe_export.train.lecture.layouts import code, equation, lists, tables, text, timelines, titles
from hallscribe_export.train.lecture.page import Fact, Layout, Page, Topic
from hallscribe_export.train.lecture.source import LANGUAGES
from hallscribe_export.train.lecture.source import code as lines_of_code
from hallscribe_export.train.lecture.style import style

_TOPIC = Topic(
    "glaciers",
    ("ice sheet", "moraine", "crevasse", "meltwater lake", "snow line", "firn", "ablation zone", "calving front",
     "ice core", "bedrock", "sediment plume", "glacier tongue"),
    ("flow speed", "thickness", "mass balance"),
    ("north", "south", "coast"),
)  # fmt: skip
_MODULES = (text, titles, lists, code, tables, timelines, equation)
_LAYOUTS = tuple(dict.fromkeys(layout for module in _MODULES for layout in module.LAYOUTS))


def _page(layout: Layout, seed: int) -> Page:
    rng = Random(seed)
    return layout(rng, style(rng, "train"), _TOPIC)


def _value(page: Page, key: str) -> str:
    return next(fact.value for fact in page.facts if fact.key == key)


@pytest.mark.parametrize("layout", _LAYOUTS, ids=lambda layout: layout.__name__)
def test_pages_are_pictures_with_facts_and_the_same_for_a_seed(layout: Layout) -> None:
    for seed in range(4):
        page, again = _page(layout, seed), _page(layout, seed)
        assert page.layout == layout.__name__
        assert page.facts == again.facts and page.words == again.words
        assert all(np.array_equal(a, b) for a, b in zip(page.steps, again.steps, strict=True))
        assert all(step.shape == (360, 640, 3) and step.dtype == np.uint8 for step in page.steps)
        assert page.facts[0].key == "kind"
        assert len({(fact.key, fact.value) for fact in page.facts}) == len(page.facts) >= 3
        assert all(phrase and "{" not in phrase for fact in page.facts for phrase in fact.phrases)


@pytest.mark.parametrize("layout", _LAYOUTS, ids=lambda layout: layout.__name__)
def test_every_step_of_a_build_shows_something_new(layout: Layout) -> None:
    for seed in range(8):
        steps = _page(layout, seed).steps
        assert all((a != b).any() for a, b in pairwise(steps))


@pytest.mark.parametrize(
    ("layout", "key"), [(lists.bullets, "points"), (lists.steps, "steps"), (timelines.timeline_across, "milestones")]
)
def test_a_built_page_has_as_many_steps_as_it_says_points(layout: Layout, key: str) -> None:
    built = [page for page in (_page(layout, seed) for seed in range(14)) if len(page.steps) > 1]
    assert built
    assert all(len(page.steps) == int(_value(page, key)) for page in built)


def test_a_slide_filled_with_a_colour_says_that_instead_of_the_themes_ground() -> None:
    pages = [_page(titles.section, seed) for seed in range(20)]
    filled = [page for page in pages if _value(page, "ground colour").startswith("full")]
    assert filled
    for page in filled:
        red, green, blue = (int(value) for value in page.steps[-1][0, 0])
        name = _value(page, "ground colour").removeprefix("full ")
        assert _value(page, "ground") == ground_facts(name, (red, green, blue))[1].value
        assert not any(fact.key.startswith("template") for fact in page.facts)


def test_code_is_on_the_ground_that_is_said() -> None:
    seen = set()
    for seed in range(24):
        page = _page(code.listing, seed)
        shade = _value(page, "code ground")
        if not any(fact.key in ("panel", "beside") for fact in page.facts):
            middle = float(np.median(page.steps[-1][120:300, 150:500]))
            assert (middle < 128) == (shade == "dark")
            seen.add(shade)
    assert seen == {"dark", "light"}


def test_an_empty_slide_has_nothing_but_its_template() -> None:
    for seed in range(8):
        picture = _page(titles.blank, seed).steps[-1]
        middle = picture[100:260, 150:450].astype(int)
        # A gradient changes slowly; letters would not.
        assert np.abs(np.diff(middle, axis=0)).max() < 6 and np.abs(np.diff(middle, axis=1)).max() < 6


def test_pieces_of_a_line_of_code_make_the_line() -> None:
    for each in LANGUAGES:
        lines = lines_of_code(Random(5), _TOPIC, each, 20)
        assert 10 <= len(lines) <= 20
        assert ["".join(piece for _, piece in each.tokens(line)) for line in lines] == lines
        assert any(kind == "keyword" for line in lines for kind, _ in each.tokens(line))


def test_every_formula_can_be_set() -> None:
    for kind in FORMULA_KINDS:
        for seed in range(5):
            assert mask(formula(Random(seed), kind), 40, "cm").max() == 255
    for seed in range(6):
        lines = derivation(Random(seed), 4)
        assert all(line.startswith("= ") for line in lines[1:])
        assert all(mask(line, 40, "dejavusans").size for line in lines)


@pytest.mark.parametrize("brackets", ["square", "round"])
def test_a_matrix_is_as_high_as_its_rows_between_brackets(brackets: str) -> None:
    low, high = (matrix([["1", "2"]] * rows, 40, "cm", brackets) for rows in (2, 4))
    assert high.shape[0] == 2 * low.shape[0]
    assert low.shape[1] == high.shape[1]
    middle = low.shape[0] // 2
    assert low[middle, :6].max() == 255 and low[middle, -6:].max() == 255


def test_a_tables_header_has_the_colour_that_is_said() -> None:
    found = 0
    for seed in range(12):
        rng = Random(seed)
        look = style(rng, "train")
        page = tables.table(rng, look, _TOPIC)
        shade = np.array(look.colours.accents[0][1])
        said: list[Fact] = [fact for fact in page.facts if fact.key == "header"]
        if said:
            assert said[0].value == look.colours.accents[0][0]
            assert (page.steps[-1] == shade).all(axis=2).sum() > 2000
            found += 1
    assert found
