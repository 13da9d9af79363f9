"""A person who speaks: a figure with legs, body, head and arms, that walks, stands and points."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import cv2
import numpy as np

from hallscribe_export.train.lecture.canvas import Colour, Picture, blend
from hallscribe_export.train.lecture.page import Split

_SKIN: tuple[Colour, ...] = ((236, 198, 172), (224, 178, 148), (190, 138, 104), (140, 96, 68), (92, 62, 46))
_HAIR: tuple[Colour, ...] = ((28, 22, 20), (70, 46, 28), (128, 88, 48), (196, 166, 110), (150, 150, 152))
_TROUSERS: tuple[Colour, ...] = ((34, 36, 44), (52, 60, 92), (84, 76, 66), (30, 30, 30))
_SHIRTS: dict[Split, tuple[tuple[str, Colour], ...]] = {
    "train": (
        ("red", (176, 40, 44)),
        ("blue", (48, 82, 156)),
        ("white", (226, 226, 224)),
        ("black", (26, 26, 30)),
        ("green", (58, 112, 66)),
        ("grey", (118, 122, 128)),
        ("yellow", (214, 178, 60)),
        ("purple", (96, 56, 120)),
    ),
    "validation": (("red", (160, 30, 60)), ("blue", (90, 130, 190)), ("black", (36, 34, 34))),
    "test": (
        ("red", (196, 52, 34)),
        ("blue", (36, 60, 120)),
        ("white", (212, 216, 222)),
        ("black", (16, 18, 22)),
        ("green", (84, 128, 58)),
        ("grey", (96, 98, 104)),
        ("orange", (216, 122, 44)),
    ),
}
_SHIFT = 16


@dataclass(frozen=True, slots=True)
class Figure:
    """What a person looks like; colours as they are in full light."""

    skin: Colour
    hair: Colour
    shirt_name: str
    shirt: Colour
    trousers: Colour
    broad: float
    long_hair: bool

    def lit(self, light: float) -> Figure:
        """The same in less light (0..1)."""
        skin, hair, shirt, trousers = (
            blend((0, 0, 0), each, light) for each in (self.skin, self.hair, self.shirt, self.trousers)
        )
        return Figure(skin, hair, self.shirt_name, shirt, trousers, self.broad, self.long_hair)


@dataclass(frozen=True, slots=True)
class Pose:
    """How a person stands.

    Attributes:
        x: of the feet, pixels.
        foot: their y; may be below the picture.
        tall: from foot to crown, pixels.
        back: seen from behind.
        reach: where the one hand is, if it is stretched out.
        stride: how far the feet are apart, as a share of the height.
        lean: how far the head is beside the feet, as a share of the height.
    """

    x: float
    foot: float
    tall: float
    back: bool = False
    reach: tuple[float, float] | None = None
    stride: float = 0.05
    lean: float = 0.0


def figure(rng: Random, split: Split) -> Figure:
    """Draw what a person looks like."""
    name, shirt = rng.choice(_SHIRTS[split])
    skin, hair, trousers = rng.choice(_SKIN), rng.choice(_HAIR), rng.choice(_TROUSERS)
    return Figure(skin, hair, name, shirt, trousers, rng.uniform(0.85, 1.15), rng.random() < 0.4)


def draw_person(picture: Picture, who: Figure, pose: Pose, mask: Picture | None = None) -> None:
    """Draw a person in place; into ``mask``, uint8 (H, W), with 255 where it was zero."""
    _Drawing(picture, who, pose).draw()
    if mask is not None:
        solid: Colour = (255, 255, 255)
        _Drawing(mask, Figure(solid, solid, "", solid, solid, who.broad, who.long_hair), pose).draw()


class _Drawing:
    """A person being drawn; the parts are measured in heads' heights, of which a person has seven and a half."""

    def __init__(self, picture: Picture, who: Figure, pose: Pose) -> None:
        self._picture, self._who, self._pose = picture, who, pose
        self._head = pose.tall / 7.5

    def draw(self) -> None:
        who, pose, head = self._who, self._pose, self._head
        shoulder, hip = self._at(0, 6.0), self._at(0, 3.7)
        wide = head * who.broad
        for side in (-1, 1):
            foot = (pose.x + side * (0.35 * head + pose.stride * pose.tall), pose.foot)
            self._limb([(hip[0] + side * 0.4 * wide, hip[1]), foot], who.trousers, 0.62 * head)
        for side in (-1, 1):
            self._arm(side, (shoulder[0] + side * 0.85 * wide, shoulder[1] - 0.1 * head))
        self._body(shoulder, hip, wide)
        self._head_and_hair()

    def _at(self, across: float, up: float) -> tuple[float, float]:
        """A point so many heads beside and above the feet, leant over."""
        lean = self._pose.lean * self._pose.tall * up / 7.5
        return self._pose.x + across * self._head + lean, self._pose.foot - up * self._head

    def _body(self, shoulder: tuple[float, float], hip: tuple[float, float], wide: float) -> None:
        x, y = shoulder
        outline = np.array(
            [
                (x - 0.35 * wide, y - 0.45 * self._head),
                (x + 0.35 * wide, y - 0.45 * self._head),
                (x + 0.95 * wide, y - 0.12 * self._head),
                (x + 0.98 * wide, y + 0.3 * self._head),
                (hip[0] + 0.72 * wide, hip[1] + 0.25 * self._head),
                (hip[0] - 0.72 * wide, hip[1] + 0.25 * self._head),
                (x - 0.98 * wide, y + 0.3 * self._head),
                (x - 0.95 * wide, y - 0.12 * self._head),
            ]
        )
        cv2.fillPoly(self._picture, [np.round(outline * _SHIFT).astype(np.int32)], self._who.shirt, cv2.LINE_AA, 4)

    def _arm(self, side: int, shoulder: tuple[float, float]) -> None:
        head, reach = self._head, self._pose.reach
        if reach is not None and (reach[0] >= shoulder[0]) == (side > 0):
            along = np.subtract(reach, shoulder)
            far = float(np.hypot(*along))
            hand = np.add(shoulder, along * min(1, 3.1 * head / max(far, 1e-3)))
            way = [shoulder, (float(hand[0]), float(hand[1]))]
        else:
            way = [shoulder, self._at(side * 1.35, 4.7), self._at(side * 1.1, 3.4)]
        self._limb(way, blend(self._who.shirt, (0, 0, 0), 0.12 if self._who.shirt_name else 0), 0.5 * head)
        end = way[-1]
        self._ellipse(end, 0.24 * head, 0.24 * head, self._who.skin)

    def _head_and_hair(self) -> None:
        who, head = self._who, self._head
        x, y = self._at(0, 6.95)
        hair = 0.62 if who.long_hair else 0.5
        self._ellipse((x, y - 0.06 * head), hair * head, 0.62 * head, who.hair)
        if who.long_hair:
            self._ellipse((x, y + 0.4 * head), 0.52 * head, 0.6 * head, who.hair)
        if not self._pose.back:
            self._ellipse((x, y + 0.12 * head), 0.4 * head, 0.52 * head, who.skin)

    def _limb(self, way: list[tuple[float, float]], colour: Colour, width: float) -> None:
        points = np.round(np.array(way) * _SHIFT).astype(np.int32)
        cv2.polylines(self._picture, [points], False, colour, max(1, round(width)), cv2.LINE_AA, 4)

    def _ellipse(self, at: tuple[float, float], wide: float, high: float, colour: Colour) -> None:
        middle = round(at[0] * _SHIFT), round(at[1] * _SHIFT)
        axes = max(1, round(wide * _SHIFT)), max(1, round(high * _SHIFT))
        cv2.ellipse(self._picture, middle, axes, 0, 0, 360, colour, -1, cv2.LINE_AA, 4)
