"""The sorts of recordings the sweep is made of."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hallscribe_bench.detector import disturbances as disturb
from hallscribe_bench.detector import footage as make
from hallscribe_bench.detector.disturbances import Effect, Rng
from hallscribe_bench.detector.footage import Footage, Shot
from hallscribe_bench.detector.slides import HEIGHT, WIDTH, Deck, Picture, scenery

_TALK_S = 180


def _screen(rng: Rng) -> list[Effect]:
    """A screen recording: cursor, a codec, at times a little noise and bars."""
    effects = [disturb.cursor(rng)] if rng.random() < 0.7 else []
    effects += [disturb.bars(rng)] if rng.random() < 0.25 else []
    effects += [disturb.noise(rng, float(rng.uniform(0.5, 2.5)))] if rng.random() < 0.5 else []
    return [*effects, disturb.codec(rng, int(rng.integers(35, 90)))]


def _camera(rng: Rng, sigma: float = 3.0) -> list[Effect]:
    """A camera: noise and a codec."""
    return [disturb.noise(rng, float(rng.uniform(1.0, sigma))), disturb.codec(rng, int(rng.integers(40, 80)))]


def _talk(
    name: str, rng: Rng, effects: list[Effect], builds: float = 0.2, dissolves: float = 0.15, mean_s: float = 20.0
) -> Footage:
    return Footage(name, make.talk(rng, _TALK_S, builds=builds, dissolves=dissolves, mean_s=mean_s), _TALK_S, effects)


def _still(rng: Rng, name: str, seconds: int, effects: list[Effect]) -> Footage:
    return Footage(name, [Shot(0.0, make.still(Deck(rng).pages()[-1]), "start")], seconds, effects)


def screen_talk(rng: Rng) -> Footage:
    """Slides, recorded from the screen."""
    return _talk("screen talk", rng, _screen(rng))


def template_talk(rng: Rng) -> Footage:
    """A few percent of the picture change from slide to slide."""
    return Footage("a line changes", make.changing_line(rng, _TALK_S), _TALK_S, _screen(rng))


def leafing(rng: Rng) -> Footage:
    """Runs of slides shown for one to three seconds."""
    return Footage("leafing", make.flipped(rng, _TALK_S), _TALK_S, _screen(rng))


def dissolving(rng: Rng) -> Footage:
    """Every slide comes by a dissolve or a fade."""
    return _talk("dissolves", rng, _screen(rng), dissolves=1.0)


def building(rng: Rng) -> Footage:
    """Most slides grow in two to four steps."""
    return _talk("builds", rng, _screen(rng), builds=0.9, mean_s=12.0)


def with_speaker(rng: Rng) -> Footage:
    """A body walks, stands or visits in front of the slides."""
    manner = str(rng.choice(["walks", "paces", "paces", "visits"]))
    body = disturb.speaker(rng, manner, float(rng.uniform(0.4, 0.75)))
    return _talk("speaker in front", rng, [body, *_camera(rng)], builds=0.1)


def in_hall(rng: Rng) -> Footage:
    """The screen is a part of a hall, with a speaker."""
    body = disturb.speaker(rng, str(rng.choice(["walks", "paces"])), float(rng.uniform(0.25, 0.5)))
    return _talk("hall camera", rng, [disturb.hall(rng), body, *_camera(rng, 4.0)], builds=0.1)


def with_exposure(rng: Rng) -> Footage:
    """The camera opens and closes its iris."""
    effects = [disturb.exposure(rng, _TALK_S, 20.0, 0.3), *_camera(rng)]
    return _talk("exposure steps", rng, effects, builds=0.1)


def with_flicker(rng: Rng) -> Footage:
    """Lamps beat against the shutter."""
    effects = [disturb.flicker(rng, float(rng.uniform(0.02, 0.07)), bool(rng.random() < 0.4)), *_camera(rng)]
    return _talk("flicker", rng, effects, builds=0.1)


def with_inset(rng: Rng) -> Footage:
    """The speaker's camera is a corner of the picture."""
    return _talk("camera inset", rng, [disturb.inset(rng), *_screen(rng)])


def with_ink(rng: Rng) -> Footage:
    """A pen underlines and circles."""
    shots = make.talk(rng, _TALK_S, mean_s=40.0, builds=0.0, revisits=0.0)
    starts = np.sort(rng.uniform(3, _TALK_S, 25)).tolist()
    effect = disturb.ink(rng, starts, [shot.start for shot in shots], int(rng.choice([60, 110, 200])))
    return Footage("pen", shots, _TALK_S, [effect, *_screen(rng)], [(time, "ink") for time in starts])


def with_video(rng: Rng) -> Footage:
    """A film plays inside a slide."""
    shots = [
        Shot(float(start), make.still(page), "slide")
        for start, page in zip((0, 22, 97, 120), [Deck(rng).pages()[-1] for _ in range(4)], strict=True)
    ]
    start, end = 30.0, 85.0
    playing = disturb.embedded_video(rng, start, end)

    def effect(picture: Picture, time: float) -> Picture:
        return playing(picture, time) if 22 <= time < 97 else picture

    return Footage("embedded video", shots, 140, [effect, *_screen(rng)], [(start, "anim"), (end, "anim")])


def board(rng: Rng) -> Footage:
    """A board is written full and wiped."""
    shots, wipes = make.writing(rng, 240, float(rng.uniform(0.5, 2.5)))
    return Footage("handwriting", shots, 240, _camera(rng), wipes)


def editor(rng: Rng) -> Footage:
    """Code is typed."""
    return Footage("typing", make.typing(rng, 120), 120, _screen(rng))


def filmed(rng: Rng) -> Footage:
    """Filmed scenes, cut and dissolved."""
    return Footage("film", make.film(rng, 120), 120, _camera(rng))


def slides_and_film(rng: Rng) -> Footage:
    """Slides, then a film over the whole picture, then slides."""
    shots = make.talk(rng, 60, builds=0.0, blanks=0.0)
    for shot in make.film(rng, 60, 15.0):
        shots.append(Shot(60 + shot.start, shot.show, "scene", shot.lasts, shot.through))
    later = make.talk(rng, 60, builds=0.0, blanks=0.0)
    shots += [Shot(120 + shot.start, shot.show, "slide" if shot.kind == "start" else shot.kind) for shot in later]
    return Footage("slides and film", shots, 180, _screen(rng))


def room(rng: Rng) -> Footage:
    """A still camera in a room that people enter and leave: no change."""
    view = make.still(scenery(rng, WIDTH, HEIGHT, int(rng.integers(3, 6))))
    effects = make.people(rng, int(rng.integers(1, 4)), float(rng.uniform(0.5, 0.95)))
    if rng.random() < 0.5:
        effects.append(disturb.exposure(rng, _TALK_S, 45.0, 0.2))
    return Footage("room with people", [Shot(0.0, view, "start")], _TALK_S, [*effects, *_camera(rng)])


def still_slide(rng: Rng) -> Footage:
    """One slide with noise, cursor, pen and a speaker: no change."""
    starts = np.sort(rng.uniform(3, 300, 15)).tolist()
    body = disturb.speaker(rng, str(rng.choice(["walks", "paces", "visits"])), float(rng.uniform(0.4, 0.75)))
    effects = [disturb.ink(rng, starts, [], 90), disturb.cursor(rng), body, *_camera(rng)]
    if rng.random() < 0.4:
        effects.insert(3, disturb.exposure(rng, 300, 60.0, 0.2))
    return _still(rng, "still slide", 300, effects)


def still_hall(rng: Rng) -> Footage:
    """A hall with one slide and a moving speaker: no change."""
    body = disturb.speaker(rng, str(rng.choice(["walks", "paces"])), float(rng.uniform(0.25, 0.6)))
    return _still(rng, "still hall", 300, [disturb.hall(rng), body, *_camera(rng, 4.0)])


SCENARIOS: tuple[Callable[[Rng], Footage], ...] = (
    screen_talk,
    template_talk,
    leafing,
    dissolving,
    building,
    with_speaker,
    in_hall,
    with_exposure,
    with_flicker,
    with_inset,
    with_ink,
    with_video,
    board,
    editor,
    filmed,
    slides_and_film,
    room,
    still_slide,
    still_hall,
)
