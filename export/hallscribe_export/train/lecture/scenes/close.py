"""Pictures of things near by: fruit, flowers, people, walls, wood."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from hallscribe_export.train.lecture.page import Fact, counted
from hallscribe_export.train.lecture.scenes.noise import (
    Field,
    Maker,
    Scene,
    Tint,
    ball,
    gradient,
    grid,
    mixed,
    noise,
    silhouette,
)

_HUES: tuple[tuple[str, Tint], ...] = (
    ("red", (0.85, 0.12, 0.1)), ("green", (0.3, 0.68, 0.18)), ("yellow", (0.96, 0.8, 0.15)),
    ("orange", (0.97, 0.52, 0.1)), ("blue", (0.15, 0.35, 0.85)), ("purple", (0.5, 0.2, 0.65)),
)  # fmt: skip


def fruit(rng: Generator, wide: int, high: int) -> Scene:
    """One to five lit balls like fruit on a table."""
    count = int(rng.integers(1, 6))
    table: Tint = ((0.5, 0.32, 0.2), (0.88, 0.86, 0.82), (0.3, 0.34, 0.4))[rng.integers(0, 3)]
    wall: Tint = ((0.82, 0.8, 0.75), (0.25, 0.28, 0.32), (0.6, 0.7, 0.75))[rng.integers(0, 3)]
    picture = gradient(wide, high, wall, (wall[0] * 0.8, wall[1] * 0.8, wall[2] * 0.8))
    line = int(high * 0.58)
    picture[line:] = mixed(
        table, (table[0] * 0.7, table[1] * 0.7, table[2] * 0.7), noise(rng, wide, high - line, 6, 4, 8)
    )
    chosen = [_HUES[i] for i in rng.integers(0, len(_HUES), 1 if rng.random() < 0.5 else count)]
    radius = min(high * 0.19, wide * 0.42 / count) * rng.uniform(0.8, 1.0)
    for i in range(count):
        x, y = wide * (i + 1) / (count + 1) + rng.uniform(-6, 6), high * rng.uniform(0.62, 0.74)
        shadow = np.exp(-(((grid(wide, high)[0] - x - radius * 0.5) / radius) ** 2)
                        - ((grid(wide, high)[1] - y - radius * 0.85) / (radius * 0.22)) ** 2)  # fmt: skip
        picture *= 1 - 0.6 * shadow[..., None].astype(np.float32)
        ball(picture, x, y, radius, chosen[i % len(chosen)][1])
    facts = [counted("balls", count, "ball", "balls")]
    if len({name for name, _ in chosen}) == 1:
        name = chosen[0][0]
        facts.append(Fact("colour of balls", name, (f"in {name}", f"coloured {name}")))
    kinds = (
        ("a ball on a table", "round fruit on a table")
        if count == 1
        else ("balls on a table", "round fruits on a table")
    )
    return Scene("ball" if count == 1 else "balls", picture, kinds, tuple(facts))


def flower(rng: Generator, wide: int, high: int) -> Scene:
    """A flower's petals before blurred green."""
    leaves = noise(rng, wide, high, 7, 3)
    picture = mixed((0.05, 0.16, 0.05), (0.35, 0.55, 0.25), leaves)
    names = (*_HUES[:1], *_HUES[2:], ("white", (0.95, 0.94, 0.9)), ("pink", (0.95, 0.5, 0.7)))
    name, tint = names[rng.integers(0, len(names))]
    petals, x, y = int(rng.integers(5, 13)), wide * rng.uniform(0.35, 0.65), high * rng.uniform(0.45, 0.55)
    size = high * rng.uniform(0.28, 0.4)
    stem = np.array([[x - 4, y], [x + 4, y], [x + 22, high], [x + 6, high]], np.float32)
    silhouette(picture, stem, (0.2, 0.42, 0.12))
    xs, ys = grid(wide, high)
    turn = np.arctan2(ys - y, xs - x) * np.float32(petals / 2) + np.float32(rng.uniform(0, 3))
    far = np.sqrt((xs - x) ** 2 + (ys - y) ** 2) / size
    edge = np.abs(np.cos(turn)) ** 0.5
    shade = 0.65 + 0.35 * edge * np.clip(far + 0.3, 0, 1)
    picture = mixed(picture, np.asarray(tint, np.float32) * shade[..., None].astype(np.float32),
                    np.clip((edge * 0.95 - far) * 30, 0, 1).astype(np.float32))  # fmt: skip
    heart: Tint = (0.35, 0.2, 0.08) if name == "yellow" else (0.95, 0.75, 0.15)
    ball(picture, x, y, size * 0.24, heart)
    return Scene("flower", picture, ("a flower", "a blossom", "a flower in front of green leaves"),
                 (Fact("petals", name, (f"with {name} petals", f"in {name}")),))  # fmt: skip


_SHOULDERS = ((-2.1, 4), (-1.9, 2.2), (-0.7, 1.55), (0.7, 1.55), (1.9, 2.2), (2.1, 4))
_NECK = ((-0.38, 0.7), (0.38, 0.7), (0.45, 1.7), (0, 2.0), (-0.45, 1.7))


def _oval(picture: Field, x: float, y: float, wide: float, high: float, tint: Tint, start: float = 0) -> None:
    middle, axes = (round(x), round(y)), (round(wide), round(high))
    cv2.ellipse(picture, middle, axes, 0, start, 360, tint, -1, cv2.LINE_AA)


def portrait(rng: Generator, wide: int, high: int) -> Scene:
    """Head and shoulders of someone before a plain backdrop."""
    backdrop: Tint = ((0.55, 0.6, 0.66), (0.25, 0.22, 0.2), (0.82, 0.82, 0.8), (0.35, 0.45, 0.4))[rng.integers(0, 4)]
    shade = noise(rng, wide, high, 3, 3)
    picture = mixed((backdrop[0] * 0.7, backdrop[1] * 0.7, backdrop[2] * 0.7), backdrop, shade)
    skin: Tint = ((0.93, 0.76, 0.65), (0.78, 0.57, 0.43), (0.5, 0.34, 0.25), (0.33, 0.22, 0.16))[rng.integers(0, 4)]
    hair: Tint = ((0.12, 0.09, 0.08), (0.4, 0.25, 0.14), (0.85, 0.7, 0.42), (0.7, 0.7, 0.72))[rng.integers(0, 4)]
    names = (*_HUES, ("black", (0.08, 0.08, 0.09)), ("white", (0.92, 0.92, 0.92)), ("grey", (0.45, 0.46, 0.48)))
    name, cloth = names[rng.integers(0, len(names))]
    x, size, long_hair = wide * rng.uniform(0.42, 0.58), high * rng.uniform(0.17, 0.21), rng.random() < 0.45
    y = high * 0.42
    if long_hair:
        _oval(picture, x, y + size * 0.45, size * 1.15, size * 1.75, hair)
    else:
        _oval(picture, x, y - size * 0.25, size * 0.95, size * 1.15, hair)
    for tint, corners in ((cloth, _SHOULDERS), ((skin[0] * 0.85, skin[1] * 0.85, skin[2] * 0.85), _NECK)):
        silhouette(picture, np.asarray(np.array(corners) * size + (x, y), np.float32), tint)
    _oval(picture, x, y, size * 0.8, size * 1.08, skin)
    _oval(picture, x, y - size * 0.75, size * 0.78, size * 0.5, hair, 180)
    for side in (-0.3, 0.3):
        _oval(picture, x + side * size, y - size * 0.1, size * 0.11, size * 0.07, (0.1, 0.08, 0.08))
    _oval(picture, x, y + size * 0.48, size * 0.26, size * 0.08, (0.6, 0.25, 0.22))
    light = np.clip(1.1 - 0.4 * (grid(wide, high)[0] / wide), 0, 1.2)[..., None]
    picture = cv2.GaussianBlur(picture, (0, 0), high / 220) * light
    kinds = ("a face", "a person's head and shoulders", "someone's face")
    return Scene("portrait", np.asarray(picture, np.float32), kinds,
                 (Fact("clothes", name, (f"wearing {name}", f"in {name} clothes")),))  # fmt: skip


def bricks(rng: Generator, wide: int, high: int) -> Scene:
    """A wall of bricks."""
    rows = int(rng.integers(8, 15))
    tall = high / rows
    long = tall * 2.6
    row = (np.arange(high) / tall).astype(np.int32)[:, None]
    shift = (np.arange(wide)[None, :] + (row % 2) * long / 2) / long
    column = shift.astype(np.int32)
    tints = rng.uniform(0.7, 1.1, (rows + 1, int(wide / long) + 3)).astype(np.float32)
    name, brick = (("red", (0.66, 0.27, 0.2)), ("yellow", (0.82, 0.68, 0.42)), ("grey", (0.55, 0.55, 0.56)))[
        rng.integers(0, 3)
    ]
    mortar = ((np.arange(high)[:, None] % tall) < tall * 0.13) | ((shift - column) < 0.05)
    rough = 0.8 + 0.35 * noise(rng, wide, high, 60, 3)
    picture = np.asarray(brick, np.float32) * tints[row, column][..., None] * rough[..., None]
    picture = np.where(mortar[..., None], np.float32(0.76) * rough[..., None], picture)
    return Scene("bricks", picture.astype(np.float32), ("a brick wall", "a wall of bricks", "bricks"),
                 (Fact("bricks", name, (f"with {name} bricks", f"in {name}")),))  # fmt: skip


def wood(rng: Generator, wide: int, high: int) -> Scene:
    """The grain of a board, or the rings of a cut trunk."""
    xs, ys = grid(wide, high)
    bend: Field = noise(rng, wide, high, 5, 3, 3)
    if rng.random() < 0.5:
        kinds: tuple[str, ...] = ("wood grain", "a wooden board", "the grain of wood")
        wave = np.sin(ys / high * rng.uniform(40, 70) + bend * 14)
        name = "wood"
    else:
        kinds, name = ("tree rings", "the rings of a cut tree", "a cut tree trunk"), "tree rings"
        far = np.sqrt((xs - wide * rng.uniform(0.4, 0.6)) ** 2 + (ys - high * rng.uniform(0.4, 0.6)) ** 2)
        wave = np.sin(far / high * rng.uniform(70, 120) + bend * 6)
    share = np.clip(0.5 + 0.4 * wave + 0.3 * (noise(rng, wide, high, 40, 2) - 0.5), 0, 1).astype(np.float32)
    dark: Tint = ((0.36, 0.2, 0.1), (0.6, 0.42, 0.24))[rng.integers(0, 2)]
    return Scene(name, mixed(dark, (min(dark[0] * 1.9, 0.9), dark[1] * 1.8, dark[2] * 1.9), share), kinds)


MAKERS: tuple[Maker, ...] = (fruit, flower, portrait, bricks, wood)
