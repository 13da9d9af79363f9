"""What maps have in common: how they are put on a page, ragged edges, and marks on places."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hallscribe_export.train.lecture.canvas import Colour
from hallscribe_export.train.lecture.layouts.sheet import Sheet, said
from hallscribe_export.train.lecture.page import Fact, counted
from hallscribe_export.train.lecture.scenes.noise import Field, noise
from hallscribe_export.train.lecture.scenes.noise import finished as as_bytes

# Maps are drawn so much smaller than they are shown.
_SCALE = 0.42


def size(sheet: Sheet) -> tuple[int, int]:
    left, top, right, bottom = sheet.box
    return round((right - left) * _SCALE), round((bottom - top) * _SCALE)


def generator(random: Random) -> Generator:
    return np.random.default_rng(random.getrandbits(64))


def shown(sheet: Sheet, picture: Field, framed: bool = True) -> None:
    """Put a map on the whole sheet, with a line around it."""
    left, top, right, bottom = (round(each) for each in sheet.box)
    large = cv2.resize(as_bytes(picture), (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
    sheet.canvas.paste(np.asarray(large, np.uint8), (left, top))
    if framed:
        sheet.canvas.box(sheet.box, None, sheet.colours.quiet, 3)


def edges(areas: NDArray[np.int32], wide: int = 3) -> NDArray[np.bool_]:
    """Where numbered areas touch."""
    return np.asarray(
        cv2.morphologyEx(areas.astype(np.float32), cv2.MORPH_GRADIENT, np.ones((wide, wide), np.uint8)) > 0
    )


def warped(rng: Generator, areas: NDArray[np.int32], far: float) -> NDArray[np.int32]:
    """Areas with ragged edges."""
    high, wide = areas.shape
    xs = np.arange(wide, dtype=np.float32)[None, :] + (noise(rng, wide, high, 9, 4) - 0.5) * far
    ys = np.arange(high, dtype=np.float32)[:, None] + (noise(rng, wide, high, 9, 4) - 0.5) * far
    moved = cv2.remap(areas.astype(np.float32), xs, ys, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.int32)


def marks(random: Random, sheet: Sheet, land: NDArray[np.bool_], unlike: str = "") -> list[Fact]:
    """Up to six pins or dots on land, perhaps joined by a route; not in the colour ``unlike``."""
    count = random.choice((0, 0, 1, 2, 3, 4, 5, 6))
    inside = cv2.erode(land.astype(np.uint8), np.ones((13, 13), np.uint8))
    edge = max(land.shape[0] // 7, 1)
    inside[:edge], inside[-edge // 2 :], inside[:, : edge // 2], inside[:, -edge // 2 :] = 0, 0, 0, 0
    spots = np.argwhere(inside)
    if not count or len(spots) < 200:
        return []
    strong = [name for name in ("red", "blue", "purple", "orange") if name != unlike]
    name, colour = random.choice([hue for hue in sheet.colours.accents if hue[0] in strong])
    left, top, _, _ = sheet.box
    chosen: list[tuple[float, float]] = []
    for _ in range(count):
        draws = [spots[random.randrange(len(spots))] for _ in range(10)]
        points = [(left + int(x) / _SCALE, top + int(y) / _SCALE) for y, x in draws]
        chosen.append(max(points, key=lambda at: min((abs(at[0] - x) + abs(at[1] - y) for x, y in chosen), default=0)))
    route = count >= 3 and random.random() < 0.35
    if route:
        sheet.canvas.line(chosen, colour, 6)
    pin = random.random() < 0.5
    for x, y in chosen:
        sheet.step()
        (_pin if pin else _dot)(sheet, x, y, colour)
    noun = "pin" if pin else "dot"
    facts = [
        counted(f"{noun}s", count, noun, f"{noun}s"),
        said("marks", name, f"with {name} marks", f"marked in {name}"),
    ]
    return [*facts, said("route", name, f"with a {name} route", "with a route between places")] if route else facts


def _pin(sheet: Sheet, x: float, y: float, colour: Colour) -> None:
    sheet.canvas.polygon(((x - 13, y - 30), (x + 13, y - 30), (x, y)), colour)
    sheet.canvas.ellipse((x - 17, y - 54, x + 17, y - 20), colour, (255, 255, 255), 2)
    sheet.canvas.ellipse((x - 6, y - 43, x + 6, y - 31), (255, 255, 255))


def _dot(sheet: Sheet, x: float, y: float, colour: Colour) -> None:
    sheet.canvas.ellipse((x - 13, y - 13, x + 13, y + 13), colour, (255, 255, 255), 3)
