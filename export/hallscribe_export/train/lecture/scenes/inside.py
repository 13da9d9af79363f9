"""Pictures of the inside of things: cells and crystals under a microscope, scans of bodies."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from hallscribe_export.train.lecture.page import Fact
from hallscribe_export.train.lecture.scenes.noise import (
    Maker,
    Scene,
    Tint,
    disc,
    grid,
    mixed,
    noise,
    voronoi,
)

_SPOTS: tuple[tuple[str, Tint], ...] = (
    ("red", (0.85, 0.12, 0.1)),
    ("yellow", (0.96, 0.8, 0.15)),
    ("blue", (0.15, 0.35, 0.85)),
)


def cells(rng: Generator, wide: int, high: int) -> Scene:
    """Round cells with nuclei on a stained or a dark ground."""
    way = int(rng.integers(0, 3))
    ground: Tint = ((0.96, 0.86, 0.9), (0.01, 0.02, 0.03), (0.93, 0.94, 0.88))[way]
    body: Tint = ((0.88, 0.55, 0.7), (0.05, 0.5, 0.15), (0.6, 0.75, 0.5))[way]
    core: Tint = ((0.4, 0.15, 0.5), (0.2, 0.35, 1.0), (0.2, 0.4, 0.2))[way]
    picture = mixed(ground, body, noise(rng, wide, high, 12, 4) * np.float32(0.25))
    count = int(rng.integers(12, 40))
    for x, y, size in zip(
        rng.uniform(0, wide, count), rng.uniform(0, high, count), rng.uniform(0.05, 0.1, count), strict=True
    ):
        axes = (round(high * size), round(high * size * rng.uniform(0.7, 1)))
        turn = float(rng.uniform(0, 180))
        middle = (round(x), round(y))
        cv2.ellipse(picture, middle, axes, turn, 0, 360, body, -1, cv2.LINE_AA)
        cv2.ellipse(picture, middle, axes, turn, 0, 360, core, max(high // 200, 1), cv2.LINE_AA)
        cv2.circle(picture, (round(x + size * high * 0.2), round(y)), round(high * size * 0.35), core, -1, cv2.LINE_AA)
    picture = cv2.GaussianBlur(picture, (0, 0), high / 260)
    if rng.random() < 0.4:
        view = disc(wide, high, wide / 2, high / 2, high * 0.48, 4)
        picture = picture * view[..., None]
    name = ("pink and purple", "green and blue", "pale green")[way]
    facts = [Fact("stain", name, (f"in {name}", f"stained {name}"))]
    if way == 1:
        facts.append(Fact("picture ground", "dark", ("glowing on black", "on a black ground")))
    kinds = ("cells under a microscope", "a microscope image of cells", "many round cells")
    return Scene("cells", np.asarray(picture, np.float32), kinds, tuple(facts))


def tissue(rng: Generator, wide: int, high: int) -> Scene:
    """Cells that touch each other, like a plant's."""
    labels, far = voronoi(rng, wide, high, int(rng.integers(40, 120)))
    wall = cv2.morphologyEx(labels.astype(np.float32), cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8)) > 0
    name, body = (("green", (0.55, 0.8, 0.4)), ("purple", (0.75, 0.55, 0.8)), ("yellow", (0.93, 0.85, 0.5)))[
        rng.integers(0, 3)
    ]
    picture = mixed(body, (0.97, 0.98, 0.94), np.clip(far / (high * 0.12), 0, 1))
    picture[wall] = np.asarray(body, np.float32) * np.float32(0.4)
    picture = cv2.GaussianBlur(picture, (0, 0), 1.0)
    kinds = ("plant cells under a microscope", "cells with walls under a microscope", "a tissue of cells")
    return Scene(
        "tissue", np.asarray(picture, np.float32), kinds, (Fact("stain", name, (f"in {name}", f"coloured {name}")),)
    )


def x_ray(rng: Generator, wide: int, high: int) -> Scene:
    """A chest with ribs and spine, bright on black."""
    xs, ys = grid(wide, high)
    x = (xs - wide / 2) / (high * 0.45)
    y = ys / high
    body = np.exp(-(x**4)) * 0.34 * np.clip(y * 5, 0, 1)
    lungs = np.exp(-(((np.abs(x) - 0.45) / 0.3) ** 4) - ((y - 0.5) / 0.34) ** 4) * 0.24
    spine = np.exp(-((x / 0.09) ** 2)) * (0.45 + 0.1 * np.sin(y * 90))
    ribs = np.clip(np.sin((y + 0.22 * x * x) * rng.uniform(42, 56)), 0, 1) ** 2 * np.exp(-((x / 0.85) ** 6)) * 0.3
    ribs = ribs * np.exp(-(((y - 0.5) / 0.38) ** 6))
    heart = np.exp(-(((x - 0.18) / 0.28) ** 2) - ((y - 0.66) / 0.17) ** 2) * 0.3
    grey = (body - lungs + spine * body * 2 + ribs + heart) * (0.85 + 0.3 * noise(rng, wide, high, 20, 4))
    picture = np.clip(grey, 0, 1)[..., None] * np.array([0.9, 0.97, 1.0], np.float32)
    return Scene("x-ray", picture.astype(np.float32), ("an X-ray of a chest", "an X-ray image", "ribs in an X-ray"))


def brain_scan(rng: Generator, wide: int, high: int) -> Scene:
    """A slice through a head, grey on black, sometimes with a coloured spot."""
    xs, ys = grid(wide, high)
    x, y = (xs - wide / 2) / (high * 0.34), (ys - high / 2) / (high * 0.44)
    far = np.sqrt(x * x + y * y)
    folds = np.abs(np.sin(noise(rng, wide, high, 26, 3) * 14)) * 0.35 + 0.35
    inside = np.clip((0.86 - far) * 40, 0, 1)
    grey = folds * inside * np.clip(np.abs(x) * 18, 0.15, 1)
    ventricle = np.exp(-(((np.abs(x) - 0.12) / 0.07) ** 2) - (y / 0.25) ** 2)
    grey = grey * (1 - ventricle * 0.9) + np.exp(-(((far - 0.95) / 0.035) ** 2)) * 0.85
    picture = np.repeat(grey[..., None], 3, axis=2).astype(np.float32)
    facts = []
    if rng.random() < 0.5:
        name, tint = _SPOTS[rng.integers(0, 3)]
        at = wide / 2 + high * rng.choice((-0.15, 0.15)), high * rng.uniform(0.38, 0.6)
        picture = mixed(picture, tint, disc(wide, high, *at, high * rng.uniform(0.05, 0.1), high * 0.05))
        facts.append(Fact("spot", name, (f"with a {name} spot", f"with an area marked in {name}")))
    kinds = ("a brain scan", "a scan of a brain", "a slice through a head")
    return Scene("brain scan", picture, kinds, tuple(facts))


def crystals(rng: Generator, wide: int, high: int) -> Scene:
    """Grains with straight edges, as minerals look between polarisers."""
    labels, _ = voronoi(rng, wide, high, int(rng.integers(30, 90)))
    grey = rng.random() < 0.4
    table = rng.random((labels.max() + 1, 3)).astype(np.float32)
    if grey:
        table = np.repeat(table[:, :1] * 0.7 + 0.15, 3, axis=1)
    picture = table[labels] * (0.75 + 0.35 * noise(rng, wide, high, 30, 3))[..., None]
    tints = ("in grey", "in shades of grey") if grey else ("in many colours", "with coloured grains")
    facts = (Fact("grains", "grey" if grey else "coloured", tints),)
    return Scene(
        "crystals",
        np.asarray(picture, np.float32),
        ("crystal grains", "mineral grains under a microscope", "a mosaic of grains"),
        facts,
    )


MAKERS: tuple[Maker, ...] = (cells, tissue, x_ray, brain_scan, crystals)
