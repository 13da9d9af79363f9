"""Pictures of what people build: skylines, a temple, a house, a bridge, a room."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from hallscribe_export.train.lecture.page import NUMBERS, Fact
from hallscribe_export.train.lecture.scenes.land import sky
from hallscribe_export.train.lecture.scenes.noise import Field, Maker, Scene, Tint, gradient, mixed, noise, silhouette


def _block(picture: Field, left: float, top: float, right: float, bottom: float, tint: Tint) -> None:
    cv2.rectangle(picture, (round(left), round(top)), (round(right), round(bottom)), tint, -1)


def skyline(rng: Generator, wide: int, high: int) -> Scene:
    """High buildings with windows, lit at night."""
    night = rng.random() < 0.5
    if night:
        picture, weather = gradient(wide, high, (0.02, 0.03, 0.09), (0.2, 0.16, 0.3)), None
    else:
        picture, weather = sky(rng, wide, high)
    for depth in range(2):
        x = -wide * 0.03
        while x < wide:
            broad, tall = wide * rng.uniform(0.05, 0.11), high * rng.uniform(0.25, 0.75 - 0.15 * depth)
            grey = (0.07 + 0.05 * depth) if night else rng.uniform(0.32, 0.5) + 0.12 * (1 - depth)
            _block(picture, x, high - tall, x + broad, high, (grey, grey * 1.02, grey * 1.12))
            pitch = max(high / 36, 5)
            rows, columns = int(tall / pitch) - 1, int(broad / pitch) - 1
            for row, column in np.argwhere(rng.random((max(rows, 0), max(columns, 0))) < (0.4 if night else 0.75)):
                at = x + pitch * (column + 0.8), high - tall + pitch * (row + 0.8)
                tint = (1.0, 0.85, 0.45) if night else (grey * 0.6, grey * 0.7, grey * 0.85)
                _block(picture, *at, at[0] + pitch * 0.42, at[1] + pitch * 0.42, tint)
            x += broad + wide * rng.uniform(0, 0.02)
    fact = weather or Fact("time", "night", ("at night", "with lit windows"))
    kinds = ("a city skyline", "tall buildings", "skyscrapers", "a city with high buildings")
    return Scene("skyline", picture, kinds, (fact,))


def temple(rng: Generator, wide: int, high: int) -> Scene:
    """A classical building with columns and a gable."""
    picture, weather = sky(rng, wide, high)
    columns = int(rng.integers(4, 9))
    x, half = wide / 2, min(wide * 0.36, high * 0.62) * rng.uniform(0.85, 1)
    base, top = high * 0.84, high * rng.uniform(0.36, 0.42)
    picture[int(high * 0.8) :] = mixed(
        (0.4, 0.45, 0.25), (0.62, 0.62, 0.4), noise(rng, wide, high - int(high * 0.8), 30, 3)
    )
    stone: Tint = ((0.88, 0.84, 0.74), (0.8, 0.8, 0.78))[rng.integers(0, 2)]
    shade = (stone[0] * 0.45, stone[1] * 0.45, stone[2] * 0.45)
    for i in range(3):
        step = high * 0.025
        _block(
            picture,
            x - half * (1.05 + 0.04 * i),
            base + i * step,
            x + half * (1.05 + 0.04 * i),
            base + (i + 1) * step,
            stone,
        )
    _block(picture, x - half * 0.94, top, x + half * 0.94, base, shade)
    for i in range(columns):
        at = x - half * 0.9 + 1.8 * half * i / (columns - 1)
        _block(picture, at - half * 0.06, top, at + half * 0.06, base, stone)
        _block(picture, at + half * 0.02, top, at + half * 0.06, base, (stone[0] * 0.8, stone[1] * 0.8, stone[2] * 0.8))
    _block(picture, x - half * 1.02, top - high * 0.06, x + half * 1.02, top, stone)
    gable = np.array(
        [[x - half * 1.06, top - high * 0.06], [x, top - high * 0.24], [x + half * 1.06, top - high * 0.06]]
    )
    silhouette(picture, gable.astype(np.float32), (stone[0] * 0.92, stone[1] * 0.92, stone[2] * 0.92))
    facts = (
        weather,
        Fact("columns", str(columns), (f"with {NUMBERS[columns]} columns", f"that has {NUMBERS[columns]} columns")),
    )
    return Scene("temple", picture, ("a temple with columns", "an ancient temple", "a classical building"), facts)


def house(rng: Generator, wide: int, high: int) -> Scene:
    """A house with a red, grey or brown roof on grass."""
    picture, weather = sky(rng, wide, high)
    ground = int(high * 0.78)
    picture[ground:] = mixed((0.2, 0.38, 0.12), (0.42, 0.58, 0.22), noise(rng, wide, high - ground, 40, 3))
    x, half, top = wide * rng.uniform(0.4, 0.6), high * rng.uniform(0.25, 0.34), high * 0.48
    wall: Tint = ((0.93, 0.9, 0.82), (0.85, 0.72, 0.5), (0.72, 0.8, 0.86))[rng.integers(0, 3)]
    name, roof = (("red", (0.68, 0.22, 0.15)), ("grey", (0.35, 0.36, 0.4)), ("brown", (0.42, 0.26, 0.15)))[
        rng.integers(0, 3)
    ]
    _block(picture, x - half, top, x + half, high * 0.84, wall)
    gable = np.array(
        [[x - half * 1.15, top], [x, top - half * rng.uniform(0.6, 0.9)], [x + half * 1.15, top]], np.float32
    )
    silhouette(picture, gable, roof)
    _block(picture, x - half * 0.14, high * 0.64, x + half * 0.14, high * 0.84, (0.35, 0.2, 0.12))
    for side in (-0.6, 0.6):
        at = x + side * half
        _block(picture, at - half * 0.2, high * 0.57, at + half * 0.2, high * 0.69, (0.97, 0.97, 0.97))
        _block(picture, at - half * 0.16, high * 0.585, at + half * 0.16, high * 0.675, (0.3, 0.42, 0.52))
    facts = (weather, Fact("roof", name, (f"with a {name} roof", f"that has a {name} roof")))
    return Scene("house", picture, ("a house", "a small house", "a house on grass"), facts)


def bridge(rng: Generator, wide: int, high: int) -> Scene:
    """A suspension bridge over water."""
    picture, weather = sky(rng, wide, high)
    water = int(high * 0.72)
    picture[water:] = mixed((0.08, 0.22, 0.34), (0.35, 0.52, 0.62), noise(rng, wide, high - water, 8, 4, 6))
    name, tint = (("red", (0.75, 0.2, 0.14)), ("grey", (0.33, 0.35, 0.38)), ("black", (0.06, 0.06, 0.08)))[
        rng.integers(0, 3)
    ]
    deck, top = high * 0.6, high * rng.uniform(0.16, 0.26)
    first, second = wide * rng.uniform(0.2, 0.28), wide * rng.uniform(0.7, 0.8)
    thick = max(high // 90, 2)
    for at in (first, second):
        _block(picture, at - thick * 2, top, at + thick * 2, high * 0.8, tint)
    _block(picture, 0, deck, wide, deck + thick * 3, tint)
    xs = np.linspace(0, wide, 60)
    middle, half = (first + second) / 2, (second - first) / 2
    sag = np.where(
        np.abs(xs - middle) <= half, ((xs - middle) / half) ** 2, 1 - np.minimum((np.abs(xs - middle) - half) / half, 1)
    )
    cable = deck - (deck - top) * np.clip(sag, 0.04, 1)
    points = np.stack([xs, cable], 1)
    cv2.polylines(picture, [np.round(points).astype(np.int32)], False, tint, thick, cv2.LINE_AA)
    for x, y in points[::2]:
        cv2.line(picture, (round(x), round(y)), (round(x), round(deck)), tint, max(thick // 2, 1), cv2.LINE_AA)
    facts = (weather, Fact("bridge colour", name, (f"in {name}", f"painted {name}")))
    return Scene("bridge", picture, ("a bridge", "a suspension bridge", "a bridge over water"), facts)


def shelves(rng: Generator, wide: int, high: int) -> Scene:
    """Shelves full of books."""
    rows = int(rng.integers(2, 5))
    board: Tint = ((0.4, 0.25, 0.14), (0.85, 0.84, 0.8))[rng.integers(0, 2)]
    picture = np.full((high, wide, 3), (0.12, 0.09, 0.07), np.float32)
    tall = high / rows
    for row in range(rows):
        x = wide * 0.01
        while x < wide * 0.99:
            thick, size = wide * rng.uniform(0.012, 0.032), tall * rng.uniform(0.6, 0.82)
            hue = rng.uniform(0.1, 0.75) * (0.45 + 0.55 * rng.random(3))
            foot = (row + 1) * tall - tall * 0.09
            _block(picture, x, foot - size, x + thick, foot, (float(hue[0]), float(hue[1]), float(hue[2])))
            _block(picture, x + thick * 0.25, foot - size * 0.8, x + thick * 0.75, foot - size * 0.72, (0.9, 0.85, 0.6))
            x += thick + 1.5
        _block(picture, 0, (row + 1) * tall - tall * 0.09, wide, (row + 1) * tall, board)
    facts = (Fact("shelves", str(rows), (f"in {NUMBERS[rows]} rows", f"on {NUMBERS[rows]} shelves")),)
    return Scene("books", picture, ("books on shelves", "a bookcase", "a shelf full of books"), facts)


MAKERS: tuple[Maker, ...] = (skyline, temple, house, bridge, shelves)
