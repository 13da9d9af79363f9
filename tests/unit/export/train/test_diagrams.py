"""Pages with diagrams, maps and photographs: the same for a seed, and what is said of them is to be seen."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache
from random import Random

import cv2
import numpy as np
import pytest

from hallscribe_export.train.lecture.canvas import Canvas
from hallscribe_export.train.lecture.layouts import (
    diagrams,
    figures,
    maps,
    molecules,
    nature,
    networks,
    schematics,
    stacks,
)
from hallscribe_export.train.lecture.page import NOUN, NUMBERS, Colours, Layout, Page, Style
from hallscribe_export.train.lecture.scenes import SCENES
from hallscribe_export.train.lecture.scenes.noise import Maker, finished, noise
from hallscribe_export.train.lecture.style import style
from hallscribe_export.train.lecture.topics import topics

_MODULES = (diagrams, figures, maps, molecules, nature, networks, schematics, stacks)
_LAYOUTS: tuple[Layout, ...] = tuple(layout for module in _MODULES for layout in module.LAYOUTS)
_BLUE = (20, 60, 230)


@cache
def _page(layout: Layout, seed: int) -> Page:
    random = Random(f"{layout.__name__} {seed}")
    return layout(random, style(random, "train"), random.choice(topics("train")))


def _plain(random: Random) -> Style:
    """A white page where all that has a colour is blue."""
    colours = Colours((255, 255, 255), (0, 0, 0), (120, 120, 120), (("blue", _BLUE),) * 9, False)
    return replace(
        style(random, "train"),
        colours=colours,
        frame=lambda _: (Canvas((255, 255, 255)), (60, 120, 1220, 680)),
        facts=(),
    )


def _value(page: Page, key: str) -> str | None:
    return next((fact.value for fact in page.facts if fact.key == key), None)


def _blue_things(page: Page) -> int:
    """How many separate things of the accent's colour there are."""
    last = page.steps[-1].astype(np.int16)
    blue = (np.abs(last - np.array(_BLUE, np.int16)).max(axis=2) < 60).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(blue, connectivity=4)
    return int((stats[1:, cv2.CC_STAT_AREA] > 150).sum())


@pytest.mark.parametrize("layout", _LAYOUTS, ids=lambda layout: layout.__name__)
def test_a_page_shows_something_that_facts_speak_of(layout: Layout) -> None:
    for seed in range(2):
        page = _page(layout, seed)
        for step in page.steps:
            assert step.shape == (360, 640, 3)
            assert step.dtype == np.uint8
        assert page.steps[-1].std() > 4
        kinds = [fact.key == NOUN for fact in page.facts]
        assert kinds[0]
        assert kinds == sorted(kinds, reverse=True)
        assert all(fact.phrases and all(fact.phrases) for fact in page.facts)
        names = Counter((fact.key, fact.value) for fact in page.facts)
        assert max(names.values()) == 1


@pytest.mark.parametrize("layout", _LAYOUTS, ids=lambda layout: layout.__name__)
def test_a_seed_gives_the_same_page_and_another_seed_another(layout: Layout) -> None:
    first, again, other = _page(layout, 1), _page.__wrapped__(layout, 1), _page(layout, 2)
    assert first.facts == again.facts
    assert first.words == again.words
    assert [step.tobytes() for step in first.steps] == [step.tobytes() for step in again.steps]
    assert first.steps[-1].tobytes() != other.steps[-1].tobytes()


def test_a_build_adds_to_what_is_there() -> None:
    built = [page for layout in _LAYOUTS for seed in range(3) if len((page := _page(layout, seed)).steps) > 1]
    assert len(built) > 10
    for page in built:
        assert (page.steps[0] != page.steps[-1]).any(), page.layout


def test_a_fact_is_said_in_the_same_words_on_every_page() -> None:
    said = defaultdict(set)
    for layout in _LAYOUTS:
        for seed in range(3):
            for fact in _page(layout, seed).facts:
                said[fact.key, fact.value].add(fact.phrases)
    assert {name: phrases for name, phrases in said.items() if len(phrases) > 1} == {}


@pytest.mark.parametrize(
    ("layout", "key"),
    [
        (diagrams.LAYOUTS[2], "arrows"),
        (networks.LAYOUTS[1], "nodes"),
        (stacks.LAYOUTS[1], "bands"),
    ],
    ids=["chevrons", "graph", "funnel"],
)
def test_as_many_things_are_seen_as_are_said(layout: Layout, key: str) -> None:
    counts = set()
    for seed in range(8):
        random = Random(seed)
        page = layout(random, _plain(random), topics("train")[0])
        assert str(_blue_things(page)) == _value(page, key)
        counts.add(_value(page, key))
    assert len(counts) > 2


def test_text_stands_where_it_is_said_to_stand() -> None:
    sides = set()
    for seed in range(16):
        random = Random(seed)
        page = nature.photo_beside(random, _plain(random), topics("train")[0])
        side = _value(page, "side")
        halves = np.split(page.steps[-1][80:330], 2, axis=1)
        white = [float((half > 250).all(axis=2).mean()) for half in halves]
        # The half with the text is mostly white paper.
        assert ("left" if white[1] > white[0] else "right") == side
        sides.add(side)
    assert sides == {"left", "right"}


def test_a_grid_has_as_many_pictures_as_it_says() -> None:
    for seed in range(8):
        random = Random(seed)
        page = nature.photo_grid(random, _plain(random), topics("train")[0])
        number = page.facts[0].phrases[0].split()[0]
        covered = (page.steps[-1] < 250).any(axis=2).astype(np.uint8)
        closed = cv2.morphologyEx(covered, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        _, _, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=4)
        large = int((stats[1:, cv2.CC_STAT_AREA] > 2500).sum())
        assert large >= NUMBERS.index(number)
        assert _value(page, "rows") == ("1" if NUMBERS.index(number) <= 3 else "2")


def test_a_page_filled_by_a_photograph_says_nothing_of_its_template() -> None:
    for seed in range(6):
        keys = {fact.key for fact in _page(nature.photo_page, seed).facts}
        assert not keys & {"template", "template colour", "ground", "ground colour", "title", "title place"}


@pytest.mark.parametrize("maker", SCENES, ids=lambda maker: maker.__name__)
def test_a_scene_fits_any_size_and_is_no_plain_area(maker: Maker) -> None:
    for seed, (wide, high) in enumerate([(240, 135), (60, 90), (320, 200), (40, 32)]):
        scene = maker(np.random.default_rng(seed), wide, high)
        assert scene.picture.shape == (high, wide, 3)
        assert scene.picture.dtype == np.float32
        assert np.isfinite(scene.picture).all()
        assert finished(scene.picture).std() > 5
        assert scene.kinds


def test_noise_spans_its_range_and_stretches() -> None:
    made = noise(np.random.default_rng(0), 200, 100, 8, 1, stretch=6)
    assert made.shape == (100, 200)
    assert made.min() == 0
    assert made.max() == 1
    # Longer than high: it changes less from pixel to pixel along a row.
    assert np.abs(np.diff(made, axis=1)).mean() < 0.5 * np.abs(np.diff(made, axis=0)).mean()
