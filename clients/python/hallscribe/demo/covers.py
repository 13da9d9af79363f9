"""The first and the last slide of the built-in lecture: the same hills in the morning and at dusk."""

from __future__ import annotations

import numpy as np

from hallscribe.demo.canvas import HEIGHT, SUN, WHITE, WIDTH, Canvas, gradient


def title_slide(step: int) -> Canvas:
    """The opening: a morning sky."""
    del step
    sky = gradient(
        [(0, (18, 52, 118)), (0.55, (66, 140, 222)), (0.86, (178, 214, 240)), (1, (244, 226, 196))], (1010, 610, 150)
    )
    canvas = Canvas(sky)
    canvas.disc((1010, 610), 54, (255, 243, 208))
    canvas.polygon(_hills(640, 26, 0.0), (44, 78, 104))
    canvas.polygon(_hills(676, 18, 2.1), (26, 50, 74))
    canvas.text((96, 286), "Why Is the Sky Blue?", 72, WHITE, "bold")
    canvas.box((100, 320, 340, 326), fill=SUN)
    canvas.text((98, 384), "A short walk with light through the air", 31, (224, 238, 252))
    canvas.text((98, 438), "Physics for the Curious  ·  Lecture 4", 23, (190, 216, 244))
    return canvas


def closing_slide(step: int) -> Canvas:
    """The last one: the same hills at dusk."""
    del step
    sky = gradient(
        [(0, (30, 34, 84)), (0.45, (122, 74, 120)), (0.75, (232, 122, 82)), (1, (252, 196, 120))], (980, 632, 170)
    )
    canvas = Canvas(sky)
    canvas.disc((980, 622), 58, (255, 214, 140))
    canvas.polygon(_hills(640, 26, 0.0), (58, 36, 62))
    canvas.polygon(_hills(676, 18, 2.1), (34, 22, 44))
    canvas.text((96, 176), "Take It Home", 62, WHITE, "bold")
    canvas.box((100, 206, 300, 212), fill=SUN)
    lines = [
        "Small molecules scatter short waves far more",
        "Look away from the sun: scattered blue",
        "Look at the low sun: the red that is left",
    ]
    for row, words in enumerate(lines):
        canvas.disc((108, 276 + row * 62), 8, SUN)
        canvas.text((136, 287 + row * 62), words, 31, (252, 240, 232))
    canvas.text((96, 488), "Next week: why is the sea blue?", 24, (255, 220, 190), "italic")
    return canvas


def _hills(level: float, height: float, phase: float) -> list[tuple[float, float]]:
    across = np.linspace(0, WIDTH, 90)
    ridge = level - height * (np.sin(across / 170 + phase) + 0.5 * np.sin(across / 71 + 2 * phase))
    return [(0, HEIGHT), *((float(x), float(y)) for x, y in zip(across, ridge, strict=True)), (WIDTH, HEIGHT)]
