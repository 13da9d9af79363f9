"""The colours of rendered lectures, by the names people call them."""

from __future__ import annotations

from random import Random

from hallscribe_export.train.lecture.canvas import Colour, blend
from hallscribe_export.train.lecture.page import Colours

WHITE: Colour = (255, 255, 255)
_INK: Colour = (34, 36, 42)

# A name's shades: for light grounds, and for dark ones.
_SHADES: dict[str, tuple[tuple[Colour, ...], tuple[Colour, ...]]] = {
    "blue": (((31, 93, 190), (0, 90, 160), (45, 120, 220)), ((70, 145, 250), (95, 165, 240))),
    "red": (((200, 35, 45), (178, 24, 36), (222, 52, 48)), ((245, 75, 75), (235, 90, 82))),
    "green": (((36, 138, 61), (25, 120, 50), (70, 155, 60)), ((85, 200, 105), (120, 205, 90))),
    "orange": (((226, 115, 20), (238, 128, 30)), ((250, 150, 55), (245, 138, 40))),
    "purple": (((112, 56, 168), (128, 50, 150), (95, 70, 180)), ((170, 120, 240), (185, 125, 225))),
    "yellow": (((235, 180, 10), (242, 195, 30)), ((250, 215, 70), (245, 205, 50))),
    "teal": (((0, 128, 128), (10, 140, 135)), ((50, 190, 185), (70, 200, 190))),
    "pink": (((214, 60, 130), (225, 90, 150)), ((250, 120, 180), (245, 140, 185))),
    "grey": (((105, 110, 118), (125, 128, 132)), ((165, 170, 178), (150, 155, 160))),
}
ACCENT_NAMES = tuple(_SHADES)

# Grounds by name: white, tinted, dark.
GROUNDS: dict[str, tuple[Colour, ...]] = {
    "white": ((255, 255, 255), (252, 252, 252)),
    "light grey": ((232, 234, 236), (225, 226, 230)),
    "cream": ((250, 242, 222), (247, 236, 210)),
    "light blue": ((221, 234, 248), (210, 228, 246)),
    "light green": ((224, 240, 224), (214, 236, 218)),
    "black": ((8, 8, 10), (18, 18, 20)),
    "dark grey": ((44, 46, 50), (54, 57, 62)),
    "dark blue": ((16, 30, 66), (22, 40, 84), (12, 24, 52)),
    "dark green": ((16, 54, 40), (22, 64, 46)),
    "dark red": ((78, 18, 26), (66, 14, 30)),
    "dark purple": ((46, 24, 74), (40, 20, 62)),
}
DARK_GROUNDS = tuple(name for name in GROUNDS if name == "black" or name.startswith("dark"))


def luminance(colour: Colour) -> float:
    """How bright a colour looks, 0..1 (Rec. 601)."""
    red, green, blue = colour
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255


def readable_on(colour: Colour) -> Colour:
    """White or near black, whichever is read better on the colour."""
    return _INK if luminance(colour) > 0.62 else WHITE


def colours(rng: Random, ground: str, first: str | None = None) -> Colours:
    """Colours for a ground; the accents' order is drawn, beginning with ``first`` if it is given."""
    dark = ground in DARK_GROUNDS
    background = rng.choice(GROUNDS[ground])
    names = [name for name in ACCENT_NAMES if name.split()[-1] != ground.split()[-1]]
    rng.shuffle(names)
    if first in names:
        names.remove(first)
        names.insert(0, first)
    ink = rng.choice(((245, 245, 245), (232, 236, 240))) if dark else rng.choice((_INK, (20, 20, 20), (48, 52, 62)))
    return Colours(
        background=background,
        ink=ink,
        quiet=blend(background, ink, 0.55),
        accents=tuple((name, rng.choice(_SHADES[name][dark])) for name in names),
        dark=dark,
    )
