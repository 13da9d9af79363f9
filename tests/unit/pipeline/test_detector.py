from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from hallscribed.domain.event import Boundary, EventKind
from hallscribed.domain.frame import Grid
from hallscribed.pipeline.detector import Detector, Glance
from hallscribed.pipeline.gate import grid_of

Picture = NDArray[np.uint8]
WORDS = ("sorting", "merging", "graphs", "paths", "flows", "trees", "heaps", "tables", "strings", "limits")


def slide(number: int, lines: int = 4, paper: int = 245, ink: int = 20) -> Picture:
    """A page of text that shares nothing but its paper with another number's."""
    rng = np.random.default_rng(number)
    picture = np.full((360, 640), paper, np.uint8)
    cv2.putText(picture, " ".join(rng.permutation(WORDS)[:2]), (30, 50), 0, 1.2, ink, 2, cv2.LINE_AA)
    for line in range(lines):
        text = " ".join(rng.permutation(WORDS)[: 2 + number % 3])
        cv2.putText(picture, text, (50 + 40 * (number % 3), 110 + 55 * line), 0, 0.8, ink, 1, cv2.LINE_AA)
    return picture


def run(
    pictures: Sequence[Picture],
    noise: float = 1.5,
    detector: Detector | None = None,
    vectors: Callable[[int], NDArray[np.float32] | None] = lambda _: None,
    start: int = 1,
) -> list[Boundary]:
    """One picture a second, with noise."""
    rng = np.random.default_rng(7)
    grain = rng.normal(0, noise, (400, 680)).astype(np.int16)
    detector = detector or Detector()
    found: list[Boundary] = []
    for position, picture in enumerate(pictures, start):
        y, x = rng.integers(0, 40, 2)
        seen = np.clip(picture.astype(np.int16) + grain[y : y + 360, x : x + 640], 0, 255).astype(np.uint8)
        observation = detector.observe(Glance(position, float(position), grid_of(seen), vectors(position)))
        assert 0 <= observation.novelty <= 1
        for boundary in observation.boundaries:
            assert boundary.position <= boundary.key_position <= position
            assert position - boundary.position <= detector.lookback_s
        found += observation.boundaries
    return found + detector.finish()


def told(boundaries: Sequence[Boundary]) -> list[tuple[int, EventKind | None]]:
    return [(boundary.position, boundary.kind) for boundary in boundaries]


def with_body(picture: Picture, x: float) -> Picture:
    drawn = picture.copy()
    cv2.ellipse(drawn, ((int(x), 170), (34, 44), 0.0), 60, -1)
    cv2.rectangle(drawn, (int(x) - 34, 190), (int(x) + 34, 360), 60, -1)
    return drawn


def test_a_still_slide_has_no_boundary() -> None:
    assert run([slide(1)] * 120, noise=3.0) == []


def test_a_cut_is_found_at_the_first_frame_that_shows_it() -> None:
    found = run([slide(1)] * 10 + [slide(2)] * 10)
    assert told(found) == [(11, EventKind.SLIDE_CHANGE)]
    assert found[0].media_time == 11.0
    assert {"changed", "lost", "novelty"} <= set(found[0].evidence)
    assert all(0 <= value <= 1 for value in found[0].evidence.values())
    assert 0.5 < found[0].confidence <= 1


@pytest.mark.parametrize("paper", [245, 15])
def test_light_and_dark_decks(paper: int) -> None:
    pages = [slide(number, paper=paper, ink=255 - paper) for number in range(1, 7)]
    found = run([page for page in pages for _ in range(8)])
    assert told(found) == [(8 * page + 1, EventKind.SLIDE_CHANGE) for page in range(1, 6)]


def test_added_lines_are_a_build() -> None:
    found = run([slide(3, lines=1)] * 10 + [slide(3, lines=3)] * 10)
    assert told(found) == [(11, EventKind.BUILD)]
    assert found[0].evidence["lost"] < 0.1


def test_builds_soon_after_each_other() -> None:
    pages = [slide(2)] * 8 + [page for lines in (1, 2, 3, 4) for page in [slide(3, lines=lines)] * 4]
    assert told(run(pages)) == [
        (9, EventKind.SLIDE_CHANGE),
        *((position, EventKind.BUILD) for position in (13, 17, 21)),
    ]


@pytest.mark.parametrize("seconds", [1, 2])
def test_a_slide_shown_briefly_between_two_others(seconds: int) -> None:
    found = run([slide(1)] * 10 + [slide(2)] * seconds + [slide(3)] * 10)
    assert told(found) == [(11, EventKind.SLIDE_CHANGE), (11 + seconds, EventKind.SLIDE_CHANGE)]


def test_a_slide_at_the_very_end_is_found_by_finish() -> None:
    assert told(run([slide(1)] * 10 + [slide(2)])) == [(11, EventKind.SLIDE_CHANGE)]


def test_a_dissolve_is_one_event() -> None:
    old, new = slide(1), slide(2)
    middle = [cv2.addWeighted(new, part, old, 1 - part, 0) for part in (0.3, 0.7)]
    found = run([old] * 10 + [np.asarray(picture, np.uint8) for picture in middle] + [new] * 10)
    assert [kind for _, kind in told(found)] == [EventKind.SLIDE_CHANGE]
    assert 11 <= found[0].position <= 13


@pytest.mark.parametrize("tone", [0, 255])
def test_a_fade_through_a_tone_is_one_event(tone: int) -> None:
    plain = np.full((360, 640), tone, np.uint8)
    half = [np.asarray(cv2.addWeighted(page, 0.5, plain, 0.5, 0), np.uint8) for page in (slide(1), slide(2))]
    found = run([slide(1)] * 10 + [half[0], plain, half[1]] + [slide(2)] * 10)
    assert [kind for _, kind in told(found)] == [EventKind.SLIDE_CHANGE]


def test_the_same_slide_after_a_blank_is_no_event_but_a_segment() -> None:
    blank = np.zeros((360, 640), np.uint8)
    found = run([slide(1)] * 10 + [blank] * 6 + [slide(1)] * 10)
    assert told(found) == [(11, EventKind.BLANK), (17, None)]


def test_a_white_slide_that_turns_white_is_a_blank() -> None:
    found = run([slide(1, paper=255)] * 10 + [np.full((360, 640), 255, np.uint8)] * 8)
    assert told(found) == [(11, EventKind.BLANK)]


def test_another_slide_after_a_blank() -> None:
    blank = np.zeros((360, 640), np.uint8)
    found = run([slide(1)] * 10 + [blank] * 6 + [slide(2)] * 10)
    assert told(found) == [(11, EventKind.BLANK), (17, EventKind.SLIDE_CHANGE)]


def test_a_slide_shown_again_is_linked() -> None:
    found = run([slide(1)] * 8 + [slide(2)] * 8 + [slide(3)] * 8 + [slide(2)] * 8)
    assert told(found)[-1] == (25, EventKind.REVISIT)
    assert found[-1].revisited == 2
    assert [boundary.revisited for boundary in found[:-1]] == [0, 0]


def cover(seed: int) -> Picture:
    """A picture over the whole screen: surfaces of many tones, none of them paper."""
    rough = np.random.default_rng(seed).integers(0, 256, (7, 12), dtype=np.uint8)
    return np.asarray(cv2.resize(rough, (640, 360), interpolation=cv2.INTER_CUBIC), np.uint8)


def test_a_picture_that_covers_the_screen_is_a_slide_among_slides() -> None:
    found = run([cover(1)] * 8 + [slide(1)] * 8 + [cover(2)] * 8 + [slide(2)] * 8)
    assert told(found) == [(place, EventKind.SLIDE_CHANGE) for place in (9, 17, 25)]


def test_a_view_that_is_no_slide_after_another_is_a_scene() -> None:
    assert told(run([cover(1)] * 10 + [cover(2)] * 10)) == [(11, EventKind.SCENE_CHANGE)]


def test_a_film_after_a_slide_is_a_scene() -> None:
    wide = cv2.resize(cover(3), (1000, 560))
    moving = [wide[2 * i : 2 * i + 360, 5 * i : 5 * i + 640] for i in range(40)]
    assert told(run([slide(1)] * 10 + moving))[:1] == [(11, EventKind.SCENE_CHANGE)]


def test_a_camera_that_pans_is_one_event_at_most() -> None:
    wide = cv2.resize(cover(4), (1500, 840))
    pan = [wide[4 * i : 4 * i + 360, 8 * i : 8 * i + 640] for i in range(90)]
    assert len(run(pan)) <= 1


@pytest.mark.parametrize("tone", [0, 255])
def test_a_body_that_walks_before_a_blank_screen_is_no_slide(tone: int) -> None:
    pages = [slide(1)] * 15 + [np.full((360, 640), tone, np.uint8)] * 40
    path = 320 + 200 * np.sin(np.arange(55) / 3.0)
    assert [position for position, _ in told(run([with_body(*pair) for pair in zip(pages, path, strict=True)]))] == [16]


def test_goes_on_after_a_restart() -> None:
    first = Detector()
    run([slide(1)] * 8, detector=first)
    one = first.settled_grid()
    second = Detector()
    run([slide(2)] * 8, detector=second)
    two = second.settled_grid()
    assert one is not None and two is not None
    history = [(1, one), (2, Grid.from_bytes(two.to_bytes()))]
    found = run([slide(2)] * 8 + [slide(1)] * 8, detector=Detector(history), start=17)
    assert told(found) == [(25, EventKind.REVISIT)]
    assert found[0].revisited == 1


def test_a_slide_changed_while_the_daemon_was_away() -> None:
    history = [(1, grid_of(slide(1)))]
    found = run([slide(2)] * 8, detector=Detector(history), start=50)
    assert told(found) == [(50, EventKind.SLIDE_CHANGE)]


def test_a_walking_speaker_is_no_event() -> None:
    path = 320 + 280 * np.sin(np.arange(120) / 4.0)
    assert told(run([with_body(slide(1), x) for x in path])) == []


def test_a_speaker_who_comes_and_stands_is_no_event() -> None:
    shown = [slide(1)] * 10 + [with_body(slide(1), 640)] + [with_body(slide(1), 420 + i % 3) for i in range(40)]
    assert told(run(shown + [slide(1)] * 15)) == []


def test_a_slide_changes_behind_a_walking_speaker() -> None:
    path = 320 + 280 * np.sin(np.arange(40) / 4.0)
    pages = [slide(1)] * 20 + [slide(2)] * 20
    found = run([with_body(page, x) for page, x in zip(pages, path, strict=True)])
    assert [kind for _, kind in told(found)] == [EventKind.SLIDE_CHANGE]
    assert 20 <= found[0].position <= 23


def test_a_step_of_exposure_is_no_event() -> None:
    dim = (slide(1, paper=220) * 0.75).astype(np.uint8)
    assert told(run([slide(1, paper=220)] * 15 + [dim] * 15 + [slide(1, paper=220)] * 15)) == []


def test_flicker_is_no_event() -> None:
    gains = np.random.default_rng(1).uniform(0.93, 1.0, 60)
    assert told(run([(slide(1) * gain).astype(np.uint8) for gain in gains])) == []


def words(*lines: str, scale: float = 1.2) -> Picture:
    """A sparse page: a word or two."""
    picture = np.full((360, 640), 245, np.uint8)
    for number, line in enumerate(lines):
        cv2.putText(picture, line, (220, 180 + 60 * number), 0, scale, 20, 2, cv2.LINE_AA)
    return picture


def test_a_word_on_an_empty_page_is_a_slide_and_no_blank() -> None:
    pages = [slide(1), words("Part 1"), words("Demo"), slide(2), words("Demo")]
    found = run([page for page in pages for _ in range(8)])
    assert told(found) == [
        (9, EventKind.SLIDE_CHANGE),
        (17, EventKind.SLIDE_CHANGE),
        (25, EventKind.SLIDE_CHANGE),
        (33, EventKind.REVISIT),
    ]
    assert found[-1].revisited == 3


def test_a_pointer_on_an_empty_page_leaves_it_blank() -> None:
    empty = np.full((360, 640), 245, np.uint8)
    cv2.fillPoly(empty, [np.array([[300, 150], [300, 166], [310, 160]])], 20)
    assert told(run([slide(1)] * 8 + [empty] * 8)) == [(9, EventKind.BLANK)]


@pytest.mark.parametrize("seconds", [0, 1, 2])
def test_what_came_while_the_daemon_was_away_is_told(seconds: int) -> None:
    """After a blank, or as a build; however soon after it came."""
    for before, after, kind in (
        (np.full((360, 640), 5, np.uint8), slide(2), EventKind.SLIDE_CHANGE),
        (slide(3, lines=1), slide(3, lines=3), EventKind.BUILD),
    ):
        first = Detector()
        shown = [slide(1)] * 8 + [before] * 8
        opened = len(run(shown, detector=first)) + 1
        grid = first.settled_grid()
        assert grid is not None
        again = Detector([(opened, grid)], opened=opened)
        found = run([before] * seconds + [after] * 12, detector=again, start=17)
        assert told(found) == [(17 + seconds, kind)]


def curve(out_s: float, black_s: float, in_s: float, phase: float) -> list[tuple[bool, float]]:
    """Whether the new slide is shown, and how bright, each second of a fade through black and twenty seconds after."""
    times = np.arange(int(out_s + black_s + in_s + 20)) + phase
    return [
        (False, 1 - time / out_s)
        if time < out_s
        else (True, float(np.clip((time - out_s - black_s) / in_s, 0, 1)) if in_s else 1.0)
        for time in times
    ]


@pytest.mark.parametrize("phase", [0.0, 0.5])
@pytest.mark.parametrize("fade", [(1, 5, 3), (3, 1, 3), (3, 0, 3), (2, 1, 2), (4, 0, 4)])
def test_slow_fades_end_with_the_slide_that_they_lead_to(fade: tuple[float, float, float], phase: float) -> None:
    pictures = [slide(1)] * 12
    for new, bright in curve(*fade, phase):
        pictures.append(np.rint(slide(2 if new else 1) * bright).astype(np.uint8))
    found = [boundary.kind for boundary in run(pictures)]
    assert [kind for kind in found if kind is not EventKind.BLANK] == [EventKind.SLIDE_CHANGE]


def test_a_lecture_that_fades_in_begins_with_no_event() -> None:
    pictures = [np.rint(slide(1) * bright).astype(np.uint8) for bright in (0.2, 0.6)] + [slide(1)] * 12
    assert run(pictures) == []


def with_photograph(picture: Picture, seed: int, lower: int) -> Picture:
    """A picture beside the text, down to a row of 360."""
    rng = np.random.default_rng(seed)
    texture = cv2.resize(
        rng.integers(20, 200, (14, 12)).astype(np.uint8), (230, lower - 80), interpolation=cv2.INTER_CUBIC
    )
    drawn = picture.copy()
    drawn[80:lower, 400:630] = texture
    return drawn


@pytest.mark.parametrize("lower", [290, 330, 345])
def test_a_picture_beside_the_text_is_no_body_however_low_it_reaches(lower: int) -> None:
    text = slide(3, lines=4)
    text[:, 390:] = 245
    found = run([text] * 10 + [with_photograph(text, 1, lower)] * 10 + [with_photograph(text, 2, lower)] * 10)
    assert told(found) == [(11, EventKind.BUILD), (21, EventKind.SLIDE_CHANGE)]


def test_writing_that_stays_tells_which_frame_shows_all_of_it() -> None:
    pages = [slide(1)] * 8
    written = slide(1).copy()
    for letter in range(30):  # a letter a second, by and by
        cv2.putText(written, "x", (30 + 18 * letter, 340), 0, 0.7, 20, 2, cv2.LINE_AA)
        pages.append(written.copy())
    pages += [written] * 12
    found = run([*pages, *[slide(2)] * 6])
    assert told(found) == [(51, EventKind.SLIDE_CHANGE)]
    assert 48 <= found[0].closing_position <= 50


def test_a_slide_that_stays_as_it_is_needs_no_other_picture() -> None:
    still = run([slide(1)] * 20 + [slide(2)] * 6)
    walked = run([with_body(slide(1), 60 + 20 * second) for second in range(20)] + [slide(2)] * 6)
    assert [boundary.closing_position for boundary in [*still, *walked]] == [0, 0]


def test_writing_is_absorbed() -> None:
    board, pictures = np.full((360, 640), 240, np.uint8), []
    for second in range(60):
        x, y = 40 + 50 * (second % 11), 60 + 50 * (second // 11)
        cv2.putText(board, "ab", (x, y), 0, 0.7, 30, 2, cv2.LINE_AA)
        pictures.append(board.copy())
    assert [kind for _, kind in told(run(pictures)) if kind is not EventKind.BUILD] == []


def test_a_film_inside_a_slide_is_no_event() -> None:
    film = np.random.default_rng(3).integers(0, 256, (40, 60), dtype=np.uint8)
    pictures = []
    for second in range(90):
        page = slide(1, lines=1)
        moving = cv2.resize(np.roll(film, (3 * second, 5 * second), (0, 1)), (240, 160))
        page[150:310, 300:540] = moving
        pictures.append(page)
    assert told(run(pictures)) == []


@pytest.mark.parametrize("every_s", [5.0, 12.5, 30.0])
def test_a_source_of_one_frame_in_many_seconds(every_s: float) -> None:
    detector, found = Detector(), []
    for position in range(1, 21):
        page = slide(1 if position <= 10 else 2)
        observation = detector.observe(Glance(position, every_s * position, grid_of(page), None))
        found += observation.boundaries
    assert told(found) == [(11, EventKind.SLIDE_CHANGE)]


def test_novelty_follows_the_encoder() -> None:
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(2, 64)).astype(np.float32)
    detector, novelty = Detector(), []
    for position in range(1, 31):
        vector = directions[int(position > 20)] + rng.normal(0, 0.02, 64).astype(np.float32)
        glance = Glance(position, float(position), grid_of(slide(1)), vector.astype(np.float32))
        novelty.append(detector.observe(glance).novelty)
    assert int(np.argmax(novelty)) == 20
    assert novelty[20] > 0.9
    assert max(novelty[5:20]) < 0.6


def test_nothing_is_settled_before_the_first_frame() -> None:
    assert Detector().settled_grid() is None
    assert Detector().finish() == []
