"""Pictures of the sky and of space: stars, a galaxy, planets, clouds."""

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
    ball,
    disc,
    gradient,
    grid,
    mixed,
    noise,
    ridge,
    silhouette,
)


def _stars(rng: Generator, picture: Field, count: int) -> None:
    """Strew stars over a picture, in place."""
    high, wide = picture.shape[:2]
    points = np.zeros((high, wide), np.float32)
    points[rng.integers(0, high, count), rng.integers(0, wide, count)] = rng.random(count, np.float32) ** 2
    few = max(count // 14, 8)
    points[rng.integers(0, high, few), rng.integers(0, wide, few)] = 6
    picture += np.minimum(cv2.GaussianBlur(points, (0, 0), 0.9) * 5, 1)[..., None]


def night_sky(rng: Generator, wide: int, high: int) -> Scene:
    """Stars, with the Milky Way or the moon, above a dark ridge."""
    picture = gradient(wide, high, (0.01, 0.02, 0.06), (0.07, 0.1, 0.22))
    _stars(rng, picture, wide * high // 260)
    facts: list[Fact] = []
    way = rng.integers(0, 3)
    if way == 0:
        xs, ys = grid(wide, high)
        slope = rng.uniform(-0.6, 0.6)
        band = np.exp(-(((ys - high * 0.45 - slope * (xs - wide / 2)) / (high * 0.16)) ** 2)).astype(np.float32)
        picture += (band * noise(rng, wide, high, 8, 5) ** 2)[..., None] * np.array([0.5, 0.45, 0.55], np.float32)
        facts.append(Fact("milky way", "yes", ("with the Milky Way", "with a bright band of stars")))
    elif way == 1:
        x, y, radius = wide * rng.uniform(0.2, 0.8), high * rng.uniform(0.2, 0.5), high * rng.uniform(0.06, 0.12)
        moon = disc(wide, high, x, y, radius)
        if rng.random() < 0.5:
            moon = np.clip(moon - disc(wide, high, x + radius * 0.5, y - radius * 0.1, radius), 0, 1)
        picture = mixed(picture, (0.97, 0.95, 0.85), np.clip(moon, 0, 1))
        facts.append(Fact("moon", "yes", ("with the moon", "with a bright moon")))
    if rng.random() < 0.6:
        line = high * (0.9 - 0.2 * ridge(rng, wide, 3, 4))
        points = np.concatenate([np.stack([np.arange(wide), line], 1), [[wide, high], [0, high]]]).astype(np.float32)
        silhouette(picture, points, (0.01, 0.01, 0.02))
        facts.append(Fact("ridge", "yes", ("above dark hills", "over a black ridge")))
    return Scene("night sky", picture, ("the night sky", "a starry sky", "stars at night"), tuple(facts))


def galaxy(rng: Generator, wide: int, high: int) -> Scene:
    """A spiral of stars in black space."""
    picture = np.zeros((high, wide, 3), np.float32)
    _stars(rng, picture, wide * high // 500)
    xs, ys = grid(wide, high)
    tilt, size = rng.uniform(0.45, 0.95), high * rng.uniform(0.5, 0.75)
    x, y = xs - wide * rng.uniform(0.4, 0.6), (ys - high * 0.5) / tilt
    far = np.sqrt(x * x + y * y) / size
    arms = 0.5 + 0.5 * np.cos(2 * np.arctan2(y, x) - 5.5 * np.log(far + 0.08) * rng.choice((-1.0, 1.0)))
    glow = np.exp(-far * 2.2) * (0.3 + arms * (0.5 + noise(rng, wide, high, 30, 3)))
    warm = np.exp(-((far * 4) ** 2))
    tints: tuple[tuple[str, Tint], ...] = (
        ("blue", (0.45, 0.6, 1.0)),
        ("pink", (1.0, 0.5, 0.75)),
        ("white", (0.9, 0.9, 1.0)),
    )
    name, tint = tints[rng.integers(0, 3)]
    picture += np.clip(glow, 0, 1.2)[..., None] * np.array(tint, np.float32)
    picture += warm[..., None] * np.array([1.0, 0.85, 0.55], np.float32)
    facts = (Fact("arms", name, (f"in {name}", f"with {name} arms")),)
    return Scene(
        "galaxy", picture.astype(np.float32), ("a spiral galaxy", "a galaxy in space", "a spiral of stars"), facts
    )


def nebula(rng: Generator, wide: int, high: int) -> Scene:
    """Glowing gas between stars."""
    tints: tuple[tuple[str, Tint, Tint], ...] = (
        ("red", (0.9, 0.2, 0.25), (1.0, 0.65, 0.4)),
        ("purple", (0.5, 0.2, 0.8), (0.9, 0.5, 0.9)),
        ("green", (0.1, 0.6, 0.45), (0.7, 0.9, 0.5)),
        ("blue", (0.15, 0.35, 0.9), (0.5, 0.85, 1.0)),
    )
    name, first, second = tints[rng.integers(0, len(tints))]
    dense = np.clip(noise(rng, wide, high, 4, 6) * 1.7 - 0.5, 0, 1)
    picture = mixed(first, second, noise(rng, wide, high, 6, 4)) * (dense**1.5)[..., None]
    _stars(rng, picture, wide * high // 500)
    facts = (Fact("gas", name, (f"in {name}", f"glowing in {name}")),)
    return Scene("nebula", picture, ("a nebula", "a glowing cloud in space", "gas and stars in space"), facts)


def planet(rng: Generator, wide: int, high: int) -> Scene:
    """A planet or the moon before black, half in shadow, sometimes with a ring."""
    picture = np.full((high, wide, 3), 0.01, np.float32)
    _stars(rng, picture, wide * high // 700)
    x, y, radius = wide * rng.uniform(0.35, 0.65), high * rng.uniform(0.45, 0.55), high * rng.uniform(0.25, 0.4)
    way = int(rng.integers(0, 4))
    rough = noise(rng, wide, high, 12, 5, 4 if way == 2 else 1)
    first: Tint = ((0.05, 0.2, 0.55), (0.6, 0.25, 0.12), (0.85, 0.65, 0.42), (0.35, 0.35, 0.36))[way]
    second: Tint = ((0.3, 0.55, 0.25), (0.85, 0.5, 0.3), (0.6, 0.4, 0.25), (0.8, 0.8, 0.79))[way]
    name = ("blue", "red", "orange", "grey")[way]
    surface = mixed(first, second, np.clip(rough * 3 - 1, 0, 1))
    if way == 0:
        surface = mixed(surface, (1, 1, 1), np.clip(noise(rng, wide, high, 9, 4, 2) * 4 - 2.4, 0, 1))
    xs, ys = (grid(wide, high)[0] - x) / radius, (grid(wide, high)[1] - y) / radius
    z = np.sqrt(np.clip(1 - xs * xs - ys * ys, 0, 1))
    light = np.clip(rng.choice((-0.75, 0.75)) * xs - 0.2 * ys + 0.55 * z, 0.02, 1)
    picture = mixed(picture, surface * light[..., None], disc(wide, high, x, y, radius))
    ringed = way == 2 and rng.random() < 0.6
    facts = [Fact("planet colour", name, (f"in {name}", f"with a {name} surface"))]
    if ringed:
        for at in (1.45, 1.6, 1.75):
            axes = (round(radius * at), round(radius * at * 0.25))
            cv2.ellipse(
                picture, (round(x), round(y)), axes, -8, -25, 205, (0.8, 0.72, 0.55), max(high // 60, 2), cv2.LINE_AA
            )
        facts.append(Fact("ring", "yes", ("with a ring", "with rings around it")))
    kinds = ("the moon", "the surface of the moon seen from space") if way == 3 else ("a planet", "a planet in space")
    return Scene("moon" if way == 3 else "planet", picture, kinds, tuple(facts))


def solar_system(rng: Generator, wide: int, high: int) -> Scene:
    """A sun at the left and planets in a row."""
    picture = np.full((high, wide, 3), 0.015, np.float32)
    _stars(rng, picture, wide * high // 800)
    count = int(rng.integers(4, 9))
    ball(picture, -high * 0.1, high / 2, high * 0.42, (1.3, 0.85, 0.2))
    tints: tuple[Tint, ...] = (
        (0.6, 0.55, 0.5),
        (0.9, 0.7, 0.4),
        (0.2, 0.45, 0.85),
        (0.8, 0.35, 0.2),
        (0.85, 0.65, 0.45),
    )
    for i in range(count):
        x = high * 0.42 + (i + 0.5) * (wide - high * 0.45) / count
        radius = min(high * rng.uniform(0.03, 0.11), (wide - high * 0.45) / count * 0.42)
        ball(picture, x, high / 2, max(radius, 3), tints[rng.integers(0, len(tints))])
    kinds = ("planets in a row", "the sun and planets in a row", "the solar system")
    facts = (Fact("sun", "left", ("with the sun on the left", "beside a large sun")),)
    return Scene("solar system", picture, kinds, facts)


def clouds(rng: Generator, wide: int, high: int) -> Scene:
    """White clouds before blue, or a dark storm."""
    storm = rng.random() < 0.35
    dense = np.clip(noise(rng, wide, high, 4, 6, 1.5) * 2.4 - 0.8, 0, 1)
    if not storm:
        kinds = ("white clouds", "clouds in a blue sky")
        return Scene("clouds", mixed(gradient(wide, high, (0.2, 0.45, 0.8), (0.6, 0.8, 0.95)), (1, 1, 1), dense), kinds)
    picture = mixed((0.12, 0.13, 0.18), (0.5, 0.52, 0.58), dense)
    facts = []
    if rng.random() < 0.6:
        y = np.linspace(0, high * rng.uniform(0.7, 1.0), 14)
        bolt = np.stack([wide * rng.uniform(0.3, 0.7) + np.cumsum(rng.normal(0, wide * 0.018, 14)), y], 1)
        for width, tint in ((max(high // 45, 4), (0.65, 0.65, 0.95)), (max(high // 110, 2), (1.0, 1.0, 1.0))):
            cv2.polylines(picture, [np.round(bolt).astype(np.int32)], False, tint, width, cv2.LINE_AA)
        facts.append(Fact("lightning", "yes", ("with lightning", "with a flash of lightning")))
    return Scene("storm", picture, ("dark storm clouds", "a thunderstorm", "a stormy sky"), tuple(facts))


MAKERS: tuple[Maker, ...] = (night_sky, galaxy, nebula, planet, solar_system, clouds)
