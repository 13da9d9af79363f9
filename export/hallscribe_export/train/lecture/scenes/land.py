"""Pictures of the outdoors: hills, mountains, sea, desert, forest, fields from above, a road, a tree."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from hallscribe_export.train.lecture.page import Fact
from hallscribe_export.train.lecture.scenes.noise import (
    Field,
    Maker,
    Scene,
    Tint,
    disc,
    gradient,
    grid,
    mixed,
    noise,
    ridge,
    silhouette,
    voronoi,
)

_BLUE: tuple[Tint, Tint] = ((0.25, 0.5, 0.85), (0.75, 0.86, 0.96))
_DUSK: tuple[Tint, Tint] = ((0.3, 0.2, 0.45), (0.98, 0.6, 0.3))
_GREY: tuple[Tint, Tint] = ((0.5, 0.53, 0.57), (0.8, 0.81, 0.83))


def sky(rng: Generator, wide: int, high: int) -> tuple[Field, Fact]:
    """A blue, grey or evening sky, sometimes with clouds or the sun; what it is like."""
    way = rng.integers(0, 4)
    above, below = (_BLUE, _BLUE, _DUSK, _GREY)[way]
    made = gradient(wide, high, above, below)
    if way in (1, 3):
        clouds = np.clip(noise(rng, wide, high, 5, 5, 2.5) * 2.2 - 0.95, 0, 1)
        made = mixed(made, (0.97, 0.97, 0.98) if way == 1 else (0.4, 0.42, 0.46), clouds)
    return made, (
        Fact("sky", "blue", ("under a clear blue sky", "with a blue sky")),
        Fact("sky", "clouds", ("under a blue sky with clouds", "with white clouds in the sky")),
        Fact("sky", "evening", ("under an orange evening sky", "at dusk")),
        Fact("sky", "grey", ("under a grey sky", "with a cloudy grey sky")),
    )[way]


def _ground(picture: Field, line: Field, tint: Field) -> None:
    """Put what is below a line, (W,) of rows, in place."""
    high, first = picture.shape[0], max(int(line.min()), 0)
    below = np.clip(np.arange(first, high, dtype=np.float32)[:, None] - line[None, :], 0, 1)[..., None]
    part = picture[first:]
    part += (tint[first:] - part) * below


def hills(rng: Generator, wide: int, high: int) -> Scene:
    """Two to four ridges, the nearer the darker."""
    picture, weather = sky(rng, wide, high)
    layers = int(rng.integers(2, 5))
    season: Tint = ((0.18, 0.42, 0.14), (0.45, 0.4, 0.16), (0.16, 0.35, 0.28))[rng.integers(0, 3)]
    rough = noise(rng, wide, high, 24, 3)
    haze = picture[high // 2].mean(axis=0)
    for i in range(layers):
        near = (i + 1) / layers
        line = high * (0.32 + 0.5 * i / layers + 0.22 * (0.5 - ridge(rng, wide, 2 + i, 4)))
        tint = mixed(tuple(haze * 0.8), season, np.full((high, wide), near, np.float32))
        _ground(picture, line, tint * (0.75 + 0.45 * rough[..., None]))
    return Scene("hills", picture, ("hills", "a hilly landscape", "hills under the sky"), (weather,))


def mountains(rng: Generator, wide: int, high: int) -> Scene:
    """Pointed mountains, with snow on them, above a meadow or a lake."""
    picture, weather = sky(rng, wide, high)
    ragged = ridge(rng, wide, 3, 7)
    line = np.asarray(high * (0.62 - 0.5 * np.abs(2 * ragged - 1)), np.float32)
    rough = noise(rng, wide, high, 12, 5)
    depth = (np.arange(high, dtype=np.float32)[:, None] - line[None, :]) / high
    snow = np.clip((0.16 - depth + 0.25 * (rough - 0.5)) * 9, 0, 1)
    rock = mixed((0.25, 0.26, 0.32), (0.5, 0.48, 0.47), rough)
    _ground(picture, line, mixed(rock, (0.93, 0.95, 0.99), snow))
    lake = rng.random() < 0.5
    shore = int(high * 0.72)
    if lake:
        mirrored = cv2.resize(picture[:shore][::-1], (wide, high - shore))
        picture[shore:] = mirrored * np.float32(0.7) + np.array([0.02, 0.06, 0.12], np.float32)
        facts = (weather, Fact("before", "lake", ("with a lake in front", "mirrored in a lake")))
    else:
        near = high * (0.74 + 0.06 * ridge(rng, wide, 3, 3))
        _ground(picture, near, mixed((0.12, 0.3, 0.1), (0.32, 0.5, 0.18), rough))
        facts = (weather, Fact("before", "meadow", ("with a green meadow in front", "above a meadow")))
    return Scene("mountains", picture, ("mountains with snow", "snowy mountains", "a mountain landscape"), facts)


def sea(rng: Generator, wide: int, high: int) -> Scene:
    """The sea by day or at sunset, sometimes with a sailing boat or a beach."""
    sunset = rng.random() < 0.5
    horizon = int(high * rng.uniform(0.4, 0.6))
    x = wide * rng.uniform(0.25, 0.75)
    above, below = _DUSK if sunset else _BLUE
    picture = np.empty((high, wide, 3), np.float32)
    picture[:horizon] = gradient(wide, horizon, above, below)
    waves = noise(rng, wide, high - horizon, 8, 5, 7)
    deep: Tint = (0.2, 0.12, 0.25) if sunset else (0.04, 0.22, 0.42)
    crest: Tint = (0.75, 0.4, 0.3) if sunset else (0.25, 0.55, 0.68)
    picture[horizon:] = mixed(deep, crest, waves)
    facts = [Fact("time", "sunset", ("at sunset", "with an orange sky")) if sunset
             else Fact("time", "day", ("by day", "under a blue sky"))]  # fmt: skip
    if sunset:
        radius = high * rng.uniform(0.06, 0.13)
        sun = disc(wide, high, x, horizon - radius * rng.uniform(0.1, 1.4), radius, 3)
        sun[horizon:] = 0
        xs, ys = grid(wide, high)
        glitter = np.exp(-(((xs - x) / (radius * (0.6 + (ys - horizon) / high))) ** 2)) * (ys > horizon)
        glitter[horizon:] *= waves > 0.45
        picture = mixed(picture, (1.0, 0.88, 0.5), np.clip(sun + 0.8 * glitter, 0, 1).astype(np.float32))
        facts.append(Fact("sun", "yes", ("with the sun above the water", "with a low sun")))
    if rng.random() < 0.35:
        size, y = high * rng.uniform(0.12, 0.25), horizon + high * 0.06
        x = wide * rng.uniform(0.15, 0.85)
        hull = np.array([[-0.6, 0], [0.6, 0], [0.4, 0.2], [-0.4, 0.2]], np.float32) * size + (x, y)
        sail = np.array([[0, -0.05], [0, -1.1], [0.55, -0.1]], np.float32) * size + (x, y)
        silhouette(picture, hull.astype(np.float32), (0.1, 0.08, 0.1))
        silhouette(picture, sail.astype(np.float32), (0.1, 0.08, 0.1) if sunset else (0.96, 0.95, 0.93))
        facts.append(Fact("boat", "yes", ("with a sailing boat", "with a boat on the water")))
    elif not sunset and rng.random() < 0.5:
        sand = noise(rng, wide, high, 60, 2)
        _ground(
            picture, high * (0.78 + 0.1 * ridge(rng, wide, 2, 2)), mixed((0.8, 0.68, 0.45), (0.95, 0.86, 0.66), sand)
        )
        facts.append(Fact("beach", "yes", ("with a sandy beach", "behind a beach")))
    return Scene("sea", picture, ("the sea", "the ocean", "water and sky"), tuple(facts))


def desert(rng: Generator, wide: int, high: int) -> Scene:
    """Dunes of orange sand under a blue sky."""
    picture = gradient(wide, high, *_BLUE)
    for i in range(3):
        line = high * (0.4 + 0.2 * i + 0.2 * (0.5 - ridge(rng, wide, 2 + i, 2)))
        lit = np.clip(0.5 + 14 * np.gradient(line) / high * 8, 0, 1)[None, :].repeat(high, 0).astype(np.float32)
        ripples = noise(rng, wide, high, 10, 3, 6)
        _ground(picture, line, mixed((0.55, 0.3, 0.13), (0.96, 0.7, 0.38), lit * 0.7 + ripples * 0.3))
    return Scene("desert", picture, ("a desert with sand dunes", "sand dunes", "a sandy desert"))


def forest(rng: Generator, wide: int, high: int) -> Scene:
    """Dark trunks before green leaves, in fog or not."""
    leaves = noise(rng, wide, high, 20, 5)
    autumn, fog = rng.random() < 0.3, rng.random() < 0.4
    picture = mixed((0.03, 0.1, 0.02), (0.9, 0.5, 0.12) if autumn else (0.4, 0.62, 0.2), leaves * leaves)
    if fog:
        picture = mixed(picture, (0.75, 0.79, 0.8), np.full((high, wide), 0.6, np.float32))
    for i in range(int(rng.integers(7, 15))):
        x, half = wide * rng.random(), wide * rng.uniform(0.006, 0.022)
        lean = wide * rng.uniform(-0.02, 0.02)
        trunk = np.array([[x - half, high], [x - half * 0.7 + lean, 0], [x + half * 0.7 + lean, 0], [x + half, high]])
        grey = 0.07 + 0.1 * rng.random() + (0.25 if fog and i < 6 else 0)
        silhouette(picture, trunk.astype(np.float32), (grey * 1.25, grey, grey * 0.8))
    floor = noise(rng, wide, high, 40, 3)
    soil: Tint = (0.5, 0.3, 0.1) if autumn else (0.18, 0.28, 0.08)
    _ground(picture, high * (0.85 + 0.05 * ridge(rng, wide, 5, 3)), mixed((0.1, 0.09, 0.04), soil, floor))
    facts = [Fact("season", "autumn", ("in autumn", "with orange leaves"))] if autumn else []
    facts += [Fact("fog", "yes", ("in fog", "in the mist"))] if fog else []
    return Scene("forest", picture, ("a forest", "trees in a wood", "tree trunks and leaves"), tuple(facts))


def fields(rng: Generator, wide: int, high: int) -> Scene:
    """Farmland from above: patches in greens and browns, sometimes with a river."""
    labels, _ = voronoi(rng, wide, high, int(rng.integers(14, 40)))
    tints = np.array([[0.35, 0.5, 0.2], [0.55, 0.6, 0.28], [0.75, 0.66, 0.38], [0.5, 0.38, 0.24], [0.22, 0.38, 0.16]])
    table = (tints[rng.integers(0, 5, labels.max() + 1)] * rng.uniform(0.85, 1.15, (labels.max() + 1, 1))).astype(
        np.float32
    )
    picture = table[labels] * (0.8 + 0.35 * noise(rng, wide, high, 60, 2))[..., None]
    edges = cv2.morphologyEx(labels.astype(np.float32), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    picture[edges] *= np.float32(0.6)
    facts = []
    if rng.random() < 0.5:
        y = high * (0.15 + 0.7 * ridge(rng, wide, 3, 3))
        course = np.stack([np.arange(wide), y], 1)
        cv2.polylines(
            picture, [np.round(course).astype(np.int32)], False, (0.2, 0.4, 0.55), max(high // 26, 4), cv2.LINE_AA
        )
        facts.append(Fact("river", "yes", ("with a river", "crossed by a river")))
    kinds = ("fields from above", "farmland seen from the air", "an aerial view of fields")
    return Scene("fields", np.asarray(picture, np.float32), kinds, tuple(facts))


def road(rng: Generator, wide: int, high: int) -> Scene:
    """A road that runs to the horizon."""
    picture, weather = sky(rng, wide, high)
    horizon, x = high * rng.uniform(0.4, 0.55), wide * rng.uniform(0.35, 0.65)
    grass = noise(rng, wide, high, 30, 3)
    dry = rng.random() < 0.4
    tint: Tint = (0.7, 0.58, 0.32) if dry else (0.3, 0.5, 0.18)
    _ground(
        picture, np.full(wide, horizon, np.float32), mixed((tint[0] * 0.5, tint[1] * 0.5, tint[2] * 0.5), tint, grass)
    )
    near = wide * rng.uniform(0.25, 0.4)
    for half, colour in ((near, (0.27, 0.27, 0.29)), (near * 0.05, (0.95, 0.9, 0.7))):
        shape = np.array([[x - half * 0.03, horizon], [x + half * 0.03, horizon],
                          [wide / 2 + half, high], [wide / 2 - half, high]], np.float32)  # fmt: skip
        silhouette(picture, shape, colour)
    return Scene(
        "road", picture, ("a road to the horizon", "a straight road", "a road through the country"), (weather,)
    )


def tree(rng: Generator, wide: int, high: int) -> Scene:
    """One tree on a meadow."""
    picture, weather = sky(rng, wide, high)
    grass = noise(rng, wide, high, 40, 3)
    _ground(picture, high * (0.76 + 0.05 * ridge(rng, wide, 2, 2)), mixed((0.15, 0.32, 0.08), (0.42, 0.6, 0.2), grass))
    x, radius = wide * rng.uniform(0.3, 0.7), high * rng.uniform(0.2, 0.3)
    y = high * 0.8 - radius * 1.5
    trunk = np.array(
        [
            [x - radius * 0.12, high * 0.82],
            [x - radius * 0.07, y],
            [x + radius * 0.07, y],
            [x + radius * 0.12, high * 0.82],
        ]
    )
    silhouette(picture, trunk.astype(np.float32), (0.22, 0.15, 0.1))
    crown = disc(wide, high, x, y, radius, radius * 0.5) + 0.9 * (noise(rng, wide, high, 26, 4) - 0.5)
    autumn = rng.random() < 0.3
    light: Tint = (0.85, 0.4, 0.1) if autumn else (0.35, 0.58, 0.18)
    leaves = mixed((light[0] * 0.3, light[1] * 0.35, light[2] * 0.3), light, noise(rng, wide, high, 50, 2))
    picture = mixed(picture, leaves, np.clip((crown - 0.45) * 6, 0, 1).astype(np.float32))
    colour = "orange" if autumn else "green"
    facts = (weather, Fact("leaves", colour, (f"with {colour} leaves", f"with a {colour} crown")))
    return Scene("tree", picture, ("a single tree", "a tree on a meadow", "a tree in a field"), facts)


MAKERS: tuple[Maker, ...] = (hills, mountains, sea, desert, forest, fields, road, tree)
