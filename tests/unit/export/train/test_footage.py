"""Rendered footage: what is said of a frame is what is seen in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import groupby, pairwise
from random import Random

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from hallscribe_export.train.lecture.canvas import SEEN_HEIGHT, SEEN_WIDTH, Box, Canvas, Colour, Picture
from hallscribe_export.train.lecture.footage import transitions
from hallscribe_export.train.lecture.footage.film import disturbed, film
from hallscribe_export.train.lecture.footage.playing import Playing
from hallscribe_export.train.lecture.footage.room import Room
from hallscribe_export.train.lecture.footage.setting import SETTINGS, Setting, setting
from hallscribe_export.train.lecture.frame import Frame
from hallscribe_export.train.lecture.page import NOUN, Fact, Page, Style, counted
from hallscribe_export.train.lecture.style import style

SHAPE = (SEEN_HEIGHT, SEEN_WIDTH, 3)
COLOURS: tuple[Colour, ...] = ((40, 90, 190), (30, 140, 60), (150, 60, 160), (90, 90, 90), (180, 120, 20))
CLEAN = Setting("screen", "train", 1, compressed=0.0)
ON_WHITE = Fact("ground", "light", ("on a light background",))


def white() -> Style:
    """A deck of white pages without a template."""

    def frame(title: str) -> tuple[Canvas, Box]:
        return Canvas((255, 255, 255)), (60.0, 60.0, 1220.0, 680.0)

    other = style(Random(1), "train")
    colours = replace(other.colours, background=(255, 255, 255), dark=False)
    return replace(other, colours=colours, frame=frame, facts=(ON_WHITE,))


def page(number: int, steps: int = 1) -> Page:
    """A page of as many boxes as steps, two at least, in a place and colour that its number says."""
    canvas = white().frame("")[0]
    made = []
    for step in range(max(2, steps)):
        left, top = 120 + 210 * ((number + step) % 5), 140 + 110 * (number % 4)
        canvas.box((left, top, left + 170, top + 200), fill=COLOURS[number % len(COLOURS)])
        made.append(canvas.seen())
    facts = (Fact(NOUN, "boxes", ("boxes",)), counted("boxes", max(2, steps), "box", "boxes"), ON_WHITE)
    return Page("boxes", tuple(made[-steps:]), facts, ("Seven boxes", "with ink"))


PAGES = (page(0), page(1, 4), page(2), page(3, 3), page(4))


def frames(chosen: Setting, seed: int = 0, pages: tuple[Page, ...] = PAGES) -> list[Frame]:
    """A lecture's footage."""
    return list(film(pages, white(), Random(f"footage {seed}"), setting=chosen))


def named(name: str, seed: int = 0) -> Setting:
    """A setting drawn by its name."""
    return SETTINGS[name](Random(f"{name} {seed}"), "train")


def says(frame: Frame, key: str) -> str | None:
    """What a frame says of something, or None."""
    return next((fact.value for fact in frame.facts if fact.key == key), None)


def apart(one: Picture, other: Picture) -> NDArray[np.uint8]:
    """How far each pixel is from that of another picture."""
    return np.asarray(cv2.absdiff(one, other).max(-1), np.uint8)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_seed_gives_the_same_frames_and_each_is_a_second_later(name: str) -> None:
    first, again = frames(named(name)), frames(named(name))
    assert [frame.time_s for frame in first] == list(range(len(first)))
    assert len(first) == len(again) > 20
    for one, other in zip(first, again, strict=True):
        assert one.picture.shape == SHAPE and one.picture.dtype == np.uint8
        assert np.array_equal(one.picture, other.picture) and one.facts == other.facts
    other_seed = frames(named(name), seed=1)
    assert any(apart(one.picture, other.picture).any() for one, other in zip(first, other_seed, strict=False))


@pytest.mark.parametrize("name", SETTINGS)
def test_another_page_is_a_change_of_page_and_nothing_else_is(name: str) -> None:
    for seed in range(2):
        told = frames(named(name, seed), seed)
        assert told[0].change == "page"
        for before, after in pairwise(told):
            assert (before.page != after.page) <= (after.change == "page")
            assert (after.change == "build") <= (before.page == after.page and after.step == before.step + 1)
            if after.change == "none":
                assert (before.page, before.step) == (after.page, after.step)


def test_pages_stay_for_seconds_and_are_built_step_by_step() -> None:
    for seed in range(3):
        told = frames(CLEAN, seed)
        shown = [list(group) for _, group in groupby(told, lambda frame: frame.page)]
        assert {group[0].page for group in shown} == set(range(len(PAGES)))
        for group in shown:
            assert 4 <= len(group) <= 18
        first = {group[0].page: group for group in reversed(shown)}
        for number, group in first.items():
            assert [step for step, _ in groupby(group, lambda frame: frame.step)] == list(
                range(len(PAGES[number].steps))
            )


def test_a_page_comes_again_with_its_first_number_and_complete() -> None:
    again = 0
    for seed in range(8):
        seen: set[int] = set()
        for number, group in groupby(frames(CLEAN, seed), lambda frame: frame.page):
            if number in seen:
                again += 1
                assert all(frame.step == len(PAGES[number].steps) - 1 for frame in group)
            seen.add(number)
    assert again > 1


def test_what_is_counted_is_said_when_the_page_is_complete_only() -> None:
    told = frames(CLEAN)
    for frame in told:
        if frame.step < len(PAGES[frame.page].steps) - 1:
            assert says(frame, "boxes") is None and says(frame, "ground") == "light"
    assert {says(frame, "boxes") for frame in told} == {None, "2", "3", "4"}


def test_a_page_of_which_half_is_there_is_told_for_what_it_is() -> None:
    kinds = [(says(frame, NOUN), frame.step) for frame in frames(CLEAN, 0, (page(1, 4),))]
    assert {step for kind, step in kinds if kind == "boxes"} == {1, 2, 3}


def test_the_picture_is_the_page_but_for_a_pointer() -> None:
    for frame in frames(CLEAN):
        if says(frame, "boxes"):
            assert (apart(frame.picture, PAGES[frame.page].steps[frame.step]) > 20).mean() < 0.01


def test_ink_comes_with_a_change_and_is_said_from_then_on() -> None:
    for seed in range(3):
        told = frames(replace(CLEAN, inked=True), seed)
        assert Counter(frame.change for frame in told)["ink"] > 5
        for before, after in pairwise(told):
            ink = [fact for fact in after.facts if fact.key.startswith("ink-")]
            if after.change == "ink":
                assert (apart(before.picture, after.picture) > 30).sum() > 40
                assert ink and says(after, "handwriting") == "notes"
            if ink and says(after, "boxes"):
                assert (apart(after.picture, PAGES[after.page].steps[-1]) > 30).sum() > 40


def test_a_film_is_where_it_is_said_to_be() -> None:
    places = set()
    for seed in range(24):
        playing = Playing(9, white(), "", Random(seed))
        place = next((fact.value for fact in playing.facts if fact.key == "film"), None)
        columns = np.nonzero((apart(playing.next(), playing.blank) > 3).any(0))[0]
        middle = float(columns[0] + columns[-1]) / 2 / SEEN_WIDTH
        near = {"on the left": 0.35, "in the middle": 0.5, "on the right": 0.65, None: 0.5}
        assert abs(near[place] - middle) < 0.12
        places.add(place)
    assert places == {"on the left", "in the middle", "on the right", None}


def test_a_film_moves_without_a_change() -> None:
    moved = 0
    for before, after in pairwise(frames(replace(CLEAN, playing=True))):
        if says(before, "film") and before.page == after.page:
            assert after.change == "none" and after.facts[0].phrases[0].startswith("a film of ")
            moved += bool((apart(before.picture, after.picture) > 12).mean() > 0.02)
    assert moved > 5


def test_the_inset_is_in_the_corner_that_is_said() -> None:
    corners = set()
    for seed in range(12):
        told = frames(replace(CLEAN, inset=True, seed=seed), seed, (page(0),))
        frame = told[-1]
        corner = says(frame, "inset")
        assert corner is not None
        y, x = np.nonzero(apart(frame.picture, PAGES[0].steps[-1]) > 12)
        assert ("left" in corner) == (np.median(x) < SEEN_WIDTH / 2)
        assert ("upper" in corner) == (np.median(y) < SEEN_HEIGHT / 2)
        corners.add(corner)
    assert len(corners) >= 3


def test_the_speaker_is_where_the_frame_says() -> None:
    sides: Counter[str | None] = Counter()
    for seed in range(6):
        chosen = replace(named("hall", seed), noise=0.0, compressed=0.0)
        told = [frame for frame in frames(chosen, seed) if says(frame, "boxes")]
        for number, group in groupby(told, lambda frame: frame.page):
            looks = list(group)
            absent = [frame for frame in looks if says(frame, "speaker") == "absent"]
            for frame in looks:
                side = says(frame, "speaker")
                sides[side] += 1
                if absent and side in ("left", "right") and number == absent[0].page:
                    y, x = np.nonzero(apart(frame.picture, absent[0].picture) > 60)
                    low = x[y > SEEN_HEIGHT * 0.6]
                    if len(low) > 500:
                        assert (side == "left") == (np.median(low) < SEEN_WIDTH / 2)
    assert set(sides) >= {"left", "right", "absent"}


def test_what_a_speaker_hides_is_not_said() -> None:
    hidden = 0
    for seed in range(10):
        for frame in frames(named("hall", seed), seed, (page(0), page(2))):
            if says(frame, "boxes") is None and frame.change == "none":
                hidden += says(frame, "speaker") not in (None, "absent")
                assert says(frame, "ground") == "light"
    assert hidden > 2


def test_the_edge_of_the_screen_that_is_said_to_be_nearer_is_longer() -> None:
    angles = set()
    for seed in range(16):
        room = Room("train", Random(seed))
        white_page, black = (room.project(np.full(SHAPE, value, np.uint8)) for value in (255, 0))
        lit = apart(white_page, black) > 12
        columns = np.nonzero(lit.sum(0) > 40)[0]
        left, right = (int(lit[:, columns[at]].sum()) for at in (16, -17))
        angle = next((fact.value for fact in room.facts if fact.key == "angle"), None)
        angles.add(angle)
        if angle is not None:
            assert (left > right) == (angle == "left")
            # What a person is in front of is where the page is.
            placed = room.place(np.full(SHAPE[:2], 255, np.uint8)) > 0
            assert (placed != lit).mean() < 0.05
    assert angles == {None, "left", "right"}


@pytest.mark.parametrize("kind", ["whiteboard", "chalkboard", "blackboard"])
def test_boards_fill_until_they_are_wiped(kind: str) -> None:
    found = 0
    for seed in range(16):
        told = frames(named("board", seed), seed)
        if kind not in told[0].facts[0].value:
            continue
        found += 1
        for number, group in groupby(told, lambda frame: frame.page):
            state = list(group)
            assert state[0].change == "page" and all(frame.change in ("ink", "none") for frame in state[1:])
            if number:
                assert f"wiping {kind}" in {fact.value for fact in state[0].facts}
                assert state[0].facts[0].value == state[1].facts[0].value == f"{kind} empty"
            for frame in state:
                if frame.change == "ink":
                    assert frame.facts[0].value != f"{kind} empty"
                    assert f"writing {kind}" in {fact.value for fact in frame.facts}
            assert [frame.step for frame in state] == sorted(frame.step for frame in state)
    assert found >= 1


def test_more_is_written_on_a_full_board_than_on_an_empty_one() -> None:
    written: dict[str, list[float]] = {"empty": [], "full": []}
    for seed in range(14):
        chosen = replace(named("board", seed), noise=0.0, compressed=0.0)
        for frame in frames(chosen, seed):
            amount = frame.facts[0].value.split()[-1]
            if amount in written and says(frame, "speaker") == "absent":
                inner = frame.picture[60:-60, 60:-60].astype(np.float32).mean(-1)
                written[amount].append(float(np.abs(np.diff(inner, axis=1)).mean()))
    assert len(written["empty"]) > 1 and len(written["full"]) > 1
    assert np.median(written["full"]) > 2 * np.median(written["empty"])


@pytest.mark.parametrize("way", [transitions.fade, transitions.from_left, transitions.from_below, transitions.box])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_so_much_of_the_next_page_is_seen(way: transitions.Transition, share: float) -> None:
    black, white_page = np.zeros(SHAPE, np.uint8), np.full(SHAPE, 255, np.uint8)
    assert abs(float(way(black, white_page, share).mean()) / 255 - share) < 0.02


def test_a_page_that_is_pushed_out_leaves_to_the_left() -> None:
    first = np.zeros(SHAPE, np.uint8)
    first[:, -1] = 100
    both = transitions.push(first, np.full(SHAPE, 255, np.uint8), 0.25)
    assert both[0, SEEN_WIDTH * 3 // 4 - 1, 0] == 100 and both[0, SEEN_WIDTH * 3 // 4, 0] == 255


def test_frames_in_a_transition_count_to_the_page_of_which_more_is_seen() -> None:
    mixed = 0
    for seed in range(6):
        for frame in frames(CLEAN, seed)[::3]:
            away = [float((apart(frame.picture[::4, ::4], each.steps[-1][::4, ::4]) > 30).mean()) for each in PAGES]
            if len(PAGES[frame.page].steps) == 1 and says(frame, "boxes") is None:
                mixed += 1
                assert away[frame.page] < max(away)
            elif frame.step == len(PAGES[frame.page].steps) - 1 and says(frame, "boxes"):
                assert int(np.argmin(away)) == frame.page
    assert mixed > 0


@pytest.mark.parametrize("name", ["screen", "inset", "hall"])
def test_another_look_at_a_page_is_more_like_it_than_a_look_at_another(name: str) -> None:
    nearer = 0
    for seed in range(5):
        chosen, rng = named(name, seed), Random(seed)
        one, same, other = (disturbed(each.steps[-1], rng, chosen) for each in (PAGES[0], PAGES[0], PAGES[2]))
        assert apart(one, same).any()
        nearer += float(apart(one, same).mean()) < float(apart(one, other).mean())
    assert nearer >= 4


def test_settings_are_drawn_as_often_as_lectures_are_filmed_so() -> None:
    rng = Random(3)
    drawn = [setting(rng, "test") for _ in range(3000)]
    views = Counter(each.view for each in drawn)
    assert 0.5 < views["screen"] / 3000 < 0.62
    assert 0.28 < views["hall"] / 3000 < 0.38
    assert 0.09 < views["board"] / 3000 < 0.15
    assert {each.split for each in drawn} == {"test"}
    plain = [each for each in drawn if each.view == "screen" and not each.inked and not each.playing]
    assert 0.4 < len(plain) / 3000 < 0.5


def test_everything_said_of_a_scene_can_stand_in_a_sentence() -> None:
    facts = {
        fact for name in SETTINGS for seed in range(2) for frame in frames(named(name, seed)) for fact in frame.facts
    }
    own = {fact for each in PAGES for fact in each.facts}
    for fact in facts - own:
        assert fact.phrases and len(set(fact.phrases)) == len(fact.phrases)
        for phrase in fact.phrases:
            starts = (
                ("a ", "an ", "someone ", "writing ")
                if fact.key == NOUN
                else ("with ", "without ", "in a ", "as a ", "filmed ", "seen ", "recorded ", "captured ")
            )
            assert phrase.startswith(starts), phrase
            assert "{" not in phrase
