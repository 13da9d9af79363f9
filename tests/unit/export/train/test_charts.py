"""Rendered charts: what is said of them is what is drawn."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from hallscribe_export.train.lecture.canvas import HEIGHT, SEEN_HEIGHT, SEEN_WIDTH, WIDTH, Box, Canvas, Picture
from hallscribe_export.train.lecture.deck import lecture
from hallscribe_export.train.lecture.layouts import bars, charts, fields, lines, panels, points, shares, spans
from hallscribe_export.train.lecture.layouts.axes import ticks
from hallscribe_export.train.lecture.layouts.sheet import fitted, values
from hallscribe_export.train.lecture.page import Colours, Fact, Layout, Page, Split, Style
from hallscribe_export.train.lecture.style import style
from hallscribe_export.train.lecture.topics import topics

MODULES = (bars, charts, fields, lines, panels, points, shares, spans)
LAYOUTS: dict[str, Layout] = {layout.__name__: layout for module in MODULES for layout in module.LAYOUTS}
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
# Far from each other and from what mixtures with the background give.
ACCENTS = (
    ("red", (230, 20, 20)),
    ("green", (0, 150, 30)),
    ("blue", (20, 40, 240)),
    ("yellow", (240, 220, 0)),
    ("purple", (140, 0, 170)),
    ("teal", (0, 190, 190)),
    ("orange", (250, 130, 0)),
    ("pink", (250, 90, 200)),
)


def plain() -> Style:
    """A white page with nothing around the content."""

    def frame(title: str) -> tuple[Canvas, Box]:
        return Canvas((255, 255, 255)), (60.0, 60.0, WIDTH - 60.0, HEIGHT - 40.0)

    colours = Colours((255, 255, 255), (0, 0, 0), (150, 150, 150), ACCENTS, False)
    return Style("plain", colours, style(Random(1), "train").fonts, frame, ())


def drawn(name: str, seed: int) -> Page:
    """A page of a layout on the plain style."""
    random = Random(f"{name} {seed}")
    return LAYOUTS[name](random, plain(), random.choice(topics("train")))


def styled(name: str, seed: int, split: Split) -> Page:
    """A page of a layout as decks have them."""
    random = Random(f"{name} {seed} {split}")
    return LAYOUTS[name](random, style(random, split), random.choice(topics(split)))


def fact(page: Page, key: str) -> str | None:
    """What a page says of something that is no kind."""
    return next((fact.value for fact in page.facts if fact.key == key), None)


def of_colour(picture: Picture, name: str) -> NDArray[np.bool_]:
    """Where a picture has an accent's colour: bool (360, 640)."""
    colour = np.array(dict(ACCENTS)[name], np.int16)
    return np.asarray(np.abs(picture.astype(np.int16) - colour).max(-1) < 12)


def accents(page: Page, least: int = 30) -> set[str]:
    """The names of the accents that a page's last picture has pixels of."""
    return {name for name, _ in ACCENTS if of_colour(page.steps[-1], name).sum() >= least}


def feet(page: Page) -> list[int]:
    """The left edges of upright bars in the row just above the ground, from left to right."""
    mask = np.any([of_colour(page.steps[-1], name) for name, _ in ACCENTS], axis=0)
    row = mask[int(np.flatnonzero(mask.sum(1) > 8).max()) - 5]
    return [int(x) for x in np.flatnonzero(np.diff(np.concatenate([[0], row.astype(np.int8)])) == 1)]


@pytest.mark.parametrize("name", LAYOUTS)
def test_pages_have_pictures_and_facts_with_the_kinds_first(name: str) -> None:
    for split in SPLITS:
        page = styled(name, 3, split)
        assert page.layout == name
        assert all(step.shape == (SEEN_HEIGHT, SEEN_WIDTH, 3) and step.dtype == np.uint8 for step in page.steps)
        keys = [fact.key for fact in page.facts]
        assert keys[0] == "kind"
        assert keys == sorted(keys, key=lambda key: key != "kind")
        assert len(keys) - keys.count("kind") >= 1
        assert len(set(page.facts)) == len(page.facts)
        assert page.steps[-1].std() > 5


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_same_seed_gives_the_same_page_and_another_seed_another(name: str) -> None:
    first, again, other = styled(name, 5, "train"), styled(name, 5, "train"), styled(name, 6, "train")
    assert first.facts == again.facts
    assert first.words == again.words
    assert all(np.array_equal(a, b) for a, b in zip(first.steps, again.steps, strict=True))
    assert not np.array_equal(first.steps[-1], other.steps[-1])


def test_a_phrase_says_the_same_on_every_chart_and_has_the_right_article() -> None:
    meant: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for name in LAYOUTS:
        for seed in range(8):
            for said in drawn(name, seed).facts:
                for phrase in said.phrases:
                    meant[phrase].add((said.key, said.value))
    assert {phrase: keys for phrase, keys in meant.items() if len(keys) > 1} == {}
    assert [phrase for phrase in meant if re.search(r"\ba [aei]|\ban [^aeiouS]", phrase)] == []


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_step_of_a_build_shows_something_new(name: str) -> None:
    pages = [page for seed in range(12) if len((page := drawn(name, seed)).steps) > 1]
    for page in pages:
        assert all(not np.array_equal(a, b) for a, b in pairwise(page.steps))


def test_some_charts_are_built_in_steps() -> None:
    built = {name for name in LAYOUTS if any(len(drawn(name, seed).steps) > 1 for seed in range(16))}
    assert {"vertical_bars", "grouped_bars", "line_chart", "two_charts", "chart_beside_list"} <= built


def test_upright_bars_are_as_many_as_said() -> None:
    for seed in range(30):
        page = drawn("vertical_bars", seed)
        if fact(page, "highlight") is None and fact(page, "colour") in dict(ACCENTS):
            assert len(feet(page)) == int(fact(page, "bars") or 0)


def test_the_tallest_bar_is_where_it_is_said_to_be() -> None:
    seen = set()
    for seed in range(60):
        page = drawn("vertical_bars", seed)
        where, colour = fact(page, "longest bar"), fact(page, "colour")
        if where is None or colour not in dict(ACCENTS):
            continue
        mask = of_colour(page.steps[-1], str(colour))
        columns = np.flatnonzero(mask.any(0))
        top = float(np.flatnonzero(mask[int(np.flatnonzero(mask.any(1)).min()) + 3]).mean())
        share = (top - columns.min()) / (columns.max() - columns.min())
        assert (
            share < 0.34 if where == "on the left" else share > 0.66 if where == "on the right" else 0.3 < share < 0.7
        )
        seen.add(where)
    assert len(seen) == 3


@pytest.mark.parametrize("trend", ["rising", "falling"])
def test_bars_rise_and_fall_as_said(trend: str) -> None:
    checked = 0
    for seed in range(120):
        page = drawn("vertical_bars", seed)
        colour = fact(page, "colour")
        if fact(page, "trend") != trend or colour not in dict(ACCENTS):
            continue
        heights = of_colour(page.steps[-1], str(colour)).sum(0)
        half = len(heights[heights > 0]) // 2
        first, last = heights[heights > 0][:half].mean(), heights[heights > 0][-half:].mean()
        assert first < last if trend == "rising" else first > last
        checked += 1
    assert checked >= 2


@pytest.mark.parametrize(
    ("name", "key"), [("pie", "slices"), ("donut", "slices"), ("line_chart", "lines"), ("scatter", "clusters")]
)
def test_parts_are_as_many_as_said(name: str, key: str) -> None:
    counts = set()
    for seed in range(20):
        page = drawn(name, seed)
        assert len(accents(page)) == int(fact(page, key) or 0)
        counts.add(fact(page, key))
    assert len(counts) >= 3


def test_colours_are_the_ones_that_are_said() -> None:
    for name in ("vertical_bars", "histogram", "line_chart", "pie", "box_plot", "waveform", "lollipops"):
        for seed in range(10):
            page = drawn(name, seed)
            colour = fact(page, "colour")
            if colour is not None and colour != "many":
                assert accents(page) == set(colour.split("+"))


def test_a_legend_on_the_right_is_right_of_the_pie() -> None:
    places = set()
    for seed in range(24):
        page = drawn("pie", seed)
        place = fact(page, "legend")
        mask = np.any([of_colour(page.steps[-1], name) for name, _ in ACCENTS], axis=0)
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        gaps = {"top": np.diff(rows)[:14].max(), "bottom": np.diff(rows)[-14:].max(), "right": np.diff(columns).max()}
        if place is not None:
            assert gaps[place] > 1
            places.add(place)
    assert places == {"right", "top", "bottom"}


def test_two_charts_name_both_of_them() -> None:
    for seed in range(12):
        page = drawn("two_charts", seed)
        left, right = fact(page, "left chart"), fact(page, "right chart")
        pair = page.facts[0].value
        assert pair.startswith("two ") if left == right else pair == " and ".join(sorted((str(left), str(right))))
        assert any("two charts" in said.phrases for said in page.facts)


def test_shares_of_a_tree_map_fill_the_box() -> None:
    tiles = panels.tiles((0, 0, 400, 200), [3, 2, 2, 1])
    areas = [(right - left) * (bottom - top) for left, top, right, bottom in tiles]
    assert areas == pytest.approx([30000, 20000, 20000, 10000])


def test_ticks_are_round_and_inside() -> None:
    assert ticks(0, 1, 5) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert ticks(-1.08, 1.08, 4) == pytest.approx([-1, 0, 1])
    assert ticks(3, 97, 5) == pytest.approx([20, 40, 60, 80])


def test_values_follow_their_trend() -> None:
    for seed in range(20):
        random = Random(seed)
        rising, falling = values(random, 6, "rising"), values(random, 6, "falling")
        peak, valley = values(random, 7, "peak"), values(random, 7, "valley")
        assert rising == sorted(rising)
        assert falling == sorted(falling, reverse=True)
        assert peak.index(max(peak)) == 3
        assert valley.index(min(valley)) == 3
        assert all(0 < value <= 1 for value in rising + falling + peak + valley)


def test_long_words_become_smaller_and_then_shorter() -> None:
    file = plain().fonts.body
    assert fitted("north", file, 24, 400) == ("north", 24)
    text, size = fitted("an especially long name of a group of people", file, 24, 120)
    assert "an especially long name of a group of people".startswith(text)
    assert size < 24


def test_facts_of_the_style_are_kept() -> None:
    base = plain()
    own = Fact("ground", "light", ("on a light background",))
    look = Style(base.name, base.colours, base.fonts, base.frame, (own,))
    assert own in LAYOUTS["pie"](Random(2), look, topics("train")[0]).facts


def test_a_pie_with_names_around_it_fits_the_smallest_of_four_charts() -> None:
    assert lecture(1119, "train").pages
