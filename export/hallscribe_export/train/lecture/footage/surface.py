"""A whiteboard or chalkboard: what it looks like empty, and after it was wiped."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import cv2
import numpy as np

from hallscribe_export.train.lecture.canvas import SEEN_HEIGHT, SEEN_WIDTH, Colour, Picture
from hallscribe_export.train.lecture.page import Split

_CHALKS: tuple[tuple[str, Colour], ...] = (
    ("white", (236, 236, 228)),
    ("yellow", (240, 222, 110)),
    ("pink", (244, 150, 170)),
    ("blue", (130, 190, 240)),
)
_PENS: tuple[tuple[str, Colour], ...] = (
    ("black", (34, 34, 40)),
    ("blue", (36, 64, 176)),
    ("red", (206, 34, 40)),
    ("green", (24, 128, 60)),
)
_GREENS: dict[Split, tuple[Colour, ...]] = {
    "train": ((44, 82, 66), (34, 68, 58), (58, 94, 74)),
    "validation": ((40, 76, 56),),
    "test": ((38, 88, 62), (50, 76, 70)),
}
_BLACKS: tuple[Colour, ...] = ((38, 40, 42), (28, 30, 34), (52, 54, 56))
_WHITES: tuple[Colour, ...] = ((236, 238, 240), (224, 228, 232), (242, 240, 234))


@dataclass(frozen=True, slots=True)
class Surface:
    """A board.

    Attributes:
        kind: what it is called first, "whiteboard", "chalkboard" (green) or "blackboard".
        box: left, top, right and bottom of where one can write, pixels.
        pens: names and colours of what it is written with, the usual one first.
        empty: uint8 (360, 640, 3): the board, and what is seen of the wall around it.
    """

    kind: str
    box: tuple[int, int, int, int]
    pens: tuple[tuple[str, Colour], ...]
    empty: Picture

    @property
    def chalk(self) -> bool:
        """Whether it is written on with chalk."""
        return self.kind != "whiteboard"


def surface(split: Split, rng: Random) -> Surface:
    """Draw what a board looks like."""
    kind = rng.choice(("whiteboard", "whiteboard", "chalkboard", "blackboard"))
    ground = rng.choice({"whiteboard": _WHITES, "chalkboard": _GREENS[split], "blackboard": _BLACKS}[kind])
    side, above, below = rng.choice((0, rng.randint(10, 50))), rng.choice((0, rng.randint(8, 40))), rng.randint(0, 60)
    box = (side, above, SEEN_WIDTH - side, SEEN_HEIGHT - below)
    wall = rng.choice(((190, 184, 174), (150, 146, 140), (206, 200, 186), (112, 100, 88)))
    picture = np.full((SEEN_HEIGHT, SEEN_WIDTH, 3), wall, np.uint8)
    cv2.rectangle(picture, box[:2], box[2:], ground, -1)
    if kind != "whiteboard" and rng.random() < 0.3:
        middle = (box[0] + box[2]) // 2
        cv2.line(picture, (middle, box[1]), (middle, box[3]), (20, 20, 20), 3)
    rim = (176, 178, 182) if kind == "whiteboard" else (116, 84, 52)
    cv2.rectangle(picture, box[:2], box[2:], rim, 5)
    numbers = np.random.default_rng(rng.getrandbits(64))
    clouds = cv2.resize(numbers.normal(0, 1, (7, 9)).astype(np.float32), (SEEN_WIDTH, SEEN_HEIGHT))
    uneven = clouds * (9 if kind != "whiteboard" else 4) + np.linspace(0, rng.uniform(-30, 10), SEEN_HEIGHT)[:, None]
    lit = np.clip(picture + uneven[..., None], 0, 255).astype(np.uint8)
    pens = _PENS if kind == "whiteboard" else _CHALKS
    usual = pens[0] if kind != "whiteboard" else rng.choice(pens[:2])
    others = tuple(pen for pen in pens if pen != usual)
    inner = (box[0] + 16, box[1] + 14, box[2] - 16, box[3] - 16)
    return Surface(kind, inner, (usual, *rng.sample(others, len(others))), lit)


def wiped(board: Surface, full: Picture, clean: Picture) -> Picture:
    """A board, uint8 (360, 640, 3), after what is on it was wiped: some of it is still there, smeared."""
    smeared = cv2.blur(full, (61, 9))
    left, top, right, bottom = board.box
    picture = clean.copy()
    strength = 0.22 if board.chalk else 0.07
    inside = np.s_[top:bottom, left:right]
    picture[inside] = cv2.addWeighted(smeared[inside], strength, board.empty[inside], 1 - strength, 0)
    return picture


def chalked(mask: Picture, rng: Random) -> Picture:
    """A mask of letters, uint8 (H, W), as chalk covers it: not everywhere."""
    grain = np.random.default_rng(rng.getrandbits(64)).integers(140, 256, mask.shape, np.uint8)
    return np.asarray(cv2.multiply(mask, grain, scale=1 / 255), np.uint8)
