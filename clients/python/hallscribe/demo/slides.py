"""The slides of the built-in lecture, "Why Is the Sky Blue?". Each function draws one, up to a step of its builds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hallscribe.demo.canvas import (
    BODY,
    DUSK,
    MIST,
    NIGHT,
    PAPER,
    QUIET,
    SKY,
    WHITE,
    Canvas,
    Colour,
    blend,
)
from hallscribe.demo.covers import closing_slide, title_slide

_CODE_COLOURS: dict[str, Colour] = {
    "k": (198, 146, 233),
    "f": (122, 180, 255),
    "s": (168, 214, 140),
    "n": (247, 170, 120),
    "t": (226, 232, 240),
    "c": (139, 150, 170),
}


def _page(title: str, number: int) -> Canvas:
    canvas = Canvas()
    canvas.text((84, 108), title, 42, NIGHT, "bold")
    for step in range(120):
        canvas.box((84 + step * 2, 130, 86 + step * 2, 136), fill=blend(SKY, DUSK, step / 119))
    canvas.text((84, 694), "Physics for the Curious", 15, QUIET)
    canvas.text((1196, 694), str(number), 15, QUIET, anchor="rs")
    return canvas


def bullets_slide(step: int) -> Canvas:
    """Three points, one a step."""
    canvas = _page("White Light Is a Mixture", 2)
    points = [
        ("Sunlight holds every colour", "A prism spreads it from violet to red", SKY),
        ("Each colour is a wave of its own length", "Violet about 400 nm, red about 700 nm", (92, 170, 120)),
        ("Air molecules send some of it sideways", "We call this scattering, and it is choosy", DUSK),
    ]
    for row, (point, detail, colour) in enumerate(points[: step + 1]):
        top = 184 + row * 160
        canvas.box((84, top, 1196, top + 132), fill=WHITE, outline=(226, 228, 232), radius=14, width=1.5)
        canvas.box((84, top, 98, top + 132), fill=colour, radius=6)
        canvas.disc((152, top + 66), 30, colour)
        canvas.text((152, top + 67), str(row + 1), 30, WHITE, "bold", "mm")
        canvas.text((212, top + 58), point, 32, NIGHT, "bold")
        canvas.text((212, top + 102), detail, 26, BODY)
    return canvas


def spectral_colour(wavelength: float) -> Colour:
    """An RGB impression of light of a wavelength in nm, by straight lines between well-known colours."""
    knots = [380, 420, 450, 490, 520, 570, 600, 640, 720]
    reds = [110, 118, 62, 40, 60, 226, 248, 232, 150]
    greens = [60, 64, 104, 184, 190, 206, 150, 70, 30]
    blues = [170, 214, 230, 208, 96, 60, 52, 48, 40]
    red, green, blue = (round(float(np.interp(wavelength, knots, values))) for values in (reds, greens, blues))
    return red, green, blue


def plot_slide(step: int) -> Canvas:
    """Scattering against wavelength: one over the fourth power."""
    del step
    canvas = _page("Scattering Against Wavelength", 3)
    left, right, floor, top = 176.0, 1150.0, 590.0, 190.0
    for level in range(5):
        y = floor - level * (floor - top) / 4
        canvas.line([(left, y), (right, y)], (226, 228, 232), 1.5)
        canvas.text((left - 16, y), str(level), 22, BODY, anchor="rm")

    def place(wavelength: float) -> tuple[float, float]:
        x = left + (wavelength - 380) / 340 * (right - left)
        return x, floor - (550 / wavelength) ** 4 * (floor - top) / 4

    for wavelength in np.arange(390, 720, 1.0):
        x, y = place(wavelength)
        following, _ = place(wavelength + 1)
        canvas.box((x, y, following, floor), fill=blend(spectral_colour(wavelength), PAPER, 0.25))
    canvas.line([place(float(w)) for w in np.arange(390, 721, 2.0)], NIGHT, 5)
    canvas.line([(left, floor), (right, floor)], BODY, 2.5)
    for wavelength in (400, 450, 500, 550, 600, 650, 700):
        canvas.text((place(wavelength)[0], floor + 34), str(wavelength), 22, BODY, anchor="ms")
    canvas.text(((left + right) / 2, floor + 72), "Wavelength in nm", 24, BODY, anchor="ms")
    canvas.text((left, top - 18), "Scattered light, green = 1", 22, QUIET)
    for wavelength, name, lift in ((450, "blue: 2.2", 64), (700, "red: 0.38", 96)):
        x, y = place(wavelength)
        canvas.line([(x, y - 12), (x + 22, y - lift + 14)], NIGHT, 2)
        canvas.disc((x, y), 10, NIGHT)
        canvas.disc((x, y), 6, WHITE)
        canvas.text((min(x + 26, right), y - lift + 12), name, 28, NIGHT, "bold", "ls" if wavelength < 600 else "rs")
    return canvas


def board_slide(step: int) -> Canvas:
    """An empty whiteboard; the writing is ink, laid over it by the camera."""
    del step
    canvas = Canvas((214, 218, 222))
    canvas.box((36, 30, 1244, 690), fill=(253, 253, 252), outline=(158, 164, 170), radius=12, width=6)
    canvas.text((84, 108), "Whiteboard: Blue Against Red", 38, NIGHT, "bold")
    canvas.box((880, 682, 1150, 700), fill=(128, 134, 142), radius=6)
    for place, colour in ((910, (30, 80, 170)), (990, (190, 50, 40)), (1070, (40, 130, 70))):
        canvas.box((place, 674, place + 62, 686), fill=colour, radius=5)
    return canvas


def code_slide(step: int) -> Canvas:
    """A few lines of Python, and what they print as the second step."""
    canvas = _page("Rayleigh in Python", 5)
    canvas.box((84, 164, 1196, 490), fill=(30, 36, 52), radius=14)
    for dot, colour in enumerate(((236, 106, 94), (244, 191, 79), (98, 197, 84))):
        canvas.disc((116 + dot * 28, 192), 8, colour)
    lines = [
        [("k", "def "), ("f", "scattered"), ("t", "(nm, green="), ("n", "550"), ("t", "):")],
        [("s", '    """Brightness of scattered light."""')],
        [("k", "    return "), ("t", "(green / nm) ** "), ("n", "4")],
        [],
        [("k", "for "), ("t", "name, nm "), ("k", "in "), ("t", "COLOURS:")],
        [("f", "    print"), ("t", "(name, "), ("f", "round"), ("t", "(scattered(nm), "), ("n", "2"), ("t", "))")],
    ]
    for row, parts in enumerate(lines):
        x = 124.0
        for kind, words in parts:
            x += canvas.text((x, 252 + row * 43), words, 27, _CODE_COLOURS[kind], "mono")
    if step >= 1:
        canvas.box((84, 512, 1196, 650), fill=WHITE, outline=(226, 228, 232), radius=14, width=1.5)
        canvas.text((112, 546), "Output", 19, QUIET)
        for column, (name, nm, value) in enumerate(
            (("violet", 400, "3.57"), ("blue", 450, "2.23"), ("green", 550, "1.0"), ("red", 700, "0.38"))
        ):
            x = 112 + column * 274
            canvas.box((x, 562, x + 12, 632), fill=spectral_colour(nm), radius=4)
            canvas.text((x + 28, 590), name, 25, BODY, "mono")
            canvas.text((x + 28, 628), value, 33, NIGHT, "mono bold")
    return canvas


def table_slide(step: int) -> Canvas:
    """What scatters what: sizes and results."""
    del step
    canvas = _page("Who Scatters What", 6)
    columns = (112, 420, 640, 918)
    canvas.box((84, 172, 1196, 236), fill=NIGHT, radius=10)
    for x, heading in zip(columns, ("Particle", "Size", "Law", "What we see"), strict=True):
        canvas.text((x, 214), heading, 26, WHITE, "bold")
    rows: list[tuple[tuple[str, str, str, str], Colour]] = [
        (("Air molecule", "0.3 nm", "Rayleigh", "Blue sky"), (86, 152, 232)),
        (("Wood smoke", "200 nm", "in between", "Bluish haze"), (150, 176, 206)),
        (("Desert dust", "2 000 nm", "Mie", "Butter sky"), (222, 190, 138)),
        (("Cloud droplet", "10 000 nm", "Mie", "White cloud"), (214, 218, 224)),
    ]
    for row, (cells, colour) in enumerate(rows):
        top = 248 + row * 96
        canvas.box((84, top, 1196, top + 86), fill=WHITE if row % 2 else MIST, radius=8)
        for column, (x, cell) in enumerate(zip(columns, cells, strict=True)):
            canvas.text((x, top + 53), cell, 27, NIGHT if column == 0 else BODY, "bold" if column == 0 else "regular")
        canvas.disc((1160, top + 43), 20, colour)
    return canvas


def sunset_slide(step: int) -> Canvas:
    """A flow chart of two ways through the air; the second row is the second step."""
    canvas = _page("Why Sunsets Are Red", 7)
    flows = [
        ("Noon", ["Sun overhead", "8 km of air", "little blue is lost", "white sun"], SKY),
        ("Evening", ["Sun on the horizon", "300 km of air", "the blue is gone", "red sun"], DUSK),
    ]
    for row, (name, boxes, colour) in enumerate(flows[: step + 1]):
        middle = 272 + row * 232
        canvas.text((84, middle - 78), name, 28, colour, "bold")
        for column, words in enumerate(boxes):
            left = 84 + column * 286
            last = column == len(boxes) - 1
            corners = (left, middle - 56, left + 254, middle + 56)
            canvas.box(corners, fill=colour if last else WHITE, outline=colour, radius=16, width=3)
            canvas.text((left + 127, middle), words, 23, WHITE if last else NIGHT, "bold" if last else "regular", "mm")
            if column:
                canvas.arrow((left - 30, middle), (left - 2, middle), colour, 4)
    return canvas


def blank_slide(step: int) -> Canvas:
    """The projector shows nothing."""
    del step
    return Canvas((6, 6, 8))


SLIDES: dict[str, Callable[[int], Canvas]] = {
    "title": title_slide,
    "bullets": bullets_slide,
    "plot": plot_slide,
    "board": board_slide,
    "code": code_slide,
    "table": table_slide,
    "blank": blank_slide,
    "sunset": sunset_slide,
    "closing": closing_slide,
}


def draw_slide(name: str, step: int) -> NDArray[np.uint8]:
    """A slide up to a step of its builds: (720, 1280, 3) uint8, BGR. Raises KeyError for an unknown name."""
    return SLIDES[name](step).picture()
