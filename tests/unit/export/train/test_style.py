"""The looks of decks: what splits share and what not, and whether a style's facts are seen."""

from __future__ import annotations

import importlib.util
from random import Random
from typing import get_args

import numpy as np
import pytest

from hallscribe_export.train.lecture import fonts as fonts_module
from hallscribe_export.train.lecture.canvas import HEIGHT, WIDTH
from hallscribe_export.train.lecture.fonts import MissingFontsError, font_files
from hallscribe_export.train.lecture.page import Split
from hallscribe_export.train.lecture.palette import ACCENT_NAMES
from hallscribe_export.train.lecture.style import fitted, shortened, style, themes

_SPLITS: tuple[Split, ...] = get_args(Split)


@pytest.mark.parametrize("other", ["train", "validation"])
def test_no_font_file_and_no_theme_of_the_test_split_is_in_another(other: Split) -> None:
    assert font_files("test").isdisjoint(font_files(other))
    names = [{theme.name for theme in themes(split)} for split in ("test", other)]
    assert names[0].isdisjoint(names[1])
    looks = [{(theme.parts, theme.size, theme.centred) for theme in themes(split)} for split in ("test", other)]
    assert looks[0].isdisjoint(looks[1])


def test_there_are_themes_enough_of_light_and_dark_ground() -> None:
    assert len(themes("train")) >= 12
    assert len(themes("test")) >= 4
    assert len(themes("validation")) >= 2
    for split in _SPLITS:
        assert {style(Random(seed), split).colours.dark for seed in range(40)} == {True, False}


@pytest.mark.parametrize("split", _SPLITS)
def test_a_seed_gives_the_same_page(split: Split) -> None:
    for seed in range(6):
        first, second = (style(Random(seed), split) for _ in range(2))
        assert (first.name, first.facts, first.fonts) == (second.name, second.facts, second.fonts)
        assert np.array_equal(first.frame("A title")[0].seen(), second.frame("A title")[0].seen())


@pytest.mark.parametrize("split", _SPLITS)
def test_the_page_is_as_dark_as_its_facts_say_and_leaves_room(split: Split) -> None:
    for seed in range(60):
        look = style(Random(seed), split)
        canvas, (left, top, right, bottom) = look.frame("Rates of growth")
        assert 0 <= left < right <= WIDTH and 0 <= top < bottom <= HEIGHT
        assert (right - left) * (bottom - top) > 0.4 * WIDTH * HEIGHT
        inside = canvas.seen()[int(top) // 2 + 1 : int(bottom) // 2, int(left) // 2 : int(right) // 2]
        said = next(fact.value for fact in look.facts if fact.key == "ground")
        assert (float(np.median(inside)) < 128) == (said == "dark") == look.colours.dark
        assert {name for name, _ in look.colours.accents} <= set(ACCENT_NAMES)


def test_a_bar_has_the_colour_that_is_said() -> None:
    found = 0
    for seed in range(200):
        look = style(Random(seed), "train")
        if any(fact.value == "bar at the top" for fact in look.facts):
            name, colour = look.colours.accents[0]
            said = [fact.value for fact in look.facts if fact.key == "template colour"]
            assert f"{name} bar at the top" in said
            assert tuple(look.frame("")[0].seen()[10, 320]) == colour
            found += 1
    assert found > 5


def test_all_titles_stand_within_the_page() -> None:
    look = style(Random(3), "train")
    long = "incomprehensibilities " * 12
    size = fitted(long, look.fonts.title, 50, 900)
    kept = shortened(long, look.fonts.title, size, 900)
    assert size == 26
    assert 1 <= len(kept.split()) < 12
    assert fitted("short", look.fonts.title, 50, 900) == 50


def test_a_missing_font_package_is_named_with_what_mends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    fonts_module._file.cache_clear()
    monkeypatch.setattr(
        fonts_module, "find_spec", lambda name: None if name == "font_lato" else importlib.util.find_spec(name)
    )
    try:
        with pytest.raises(MissingFontsError, match=r"font-lato .* make setup-export"):
            font_files("test")
    finally:
        fonts_module._file.cache_clear()
