"""The parts a deck's template is made of: bars, bands, frames, lines, gradients, logos."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hallscribe_export.train.lecture.canvas import HEIGHT, WIDTH, Canvas, Colour, blend
from hallscribe_export.train.lecture.page import Fact

# Left, top, right, bottom: what a part takes of the page, in pixels.
Margins = tuple[int, int, int, int]
_DECLINING = 0.45


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a template.

    Attributes:
        draw: draws it on a page, in the theme's colour.
        margins: the room it takes.
        fact: says that it is there.
        coloured: what can be said of it with its colour, which stands where the braces are.
    """

    draw: Callable[[Canvas, Colour], None]
    margins: Margins
    fact: Fact
    coloured: tuple[str, ...]

    def facts(self, colour: str) -> tuple[Fact, ...]:
        """That it is there, and in which colour."""
        if not self.coloured:
            return (self.fact,)
        phrases = tuple(phrase.format(colour) for phrase in self.coloured)
        return self.fact, Fact("template colour", f"{colour} {self.fact.value}", phrases)


def bar_at_top(height: int) -> Part:
    """A high bar that the title stands in."""

    def draw(canvas: Canvas, colour: Colour) -> None:
        canvas.box((0, 0, WIDTH, height), fill=colour)

    fact = Fact(
        "template", "bar at the top", ("with a coloured bar at the top", "with a broad coloured bar along the top")
    )
    return Part(draw, (0, height, 0, 0), fact, ("with a {} bar at the top", "with a broad {} bar along the top"))


def stripe_at_top(height: int) -> Part:
    """A narrow stripe above the title."""

    def draw(canvas: Canvas, colour: Colour) -> None:
        canvas.box((0, 0, WIDTH, height), fill=colour)

    fact = Fact("template", "stripe at the top", ("with a thin coloured stripe along the top",))
    return Part(draw, (0, height, 0, 0), fact, ("with a thin {} stripe along the top",))


def band_at_side(width: int, side: str) -> Part:
    """A band down the left or right side."""

    def draw(canvas: Canvas, colour: Colour) -> None:
        left = 0 if side == "left" else WIDTH - width
        canvas.box((left, 0, left + width, HEIGHT), fill=colour)

    phrases = (f"with a coloured band down the {side} side", f"with a coloured stripe at the {side} edge")
    coloured = (f"with a {{}} band down the {side} side", f"with a {{}} stripe at the {side} edge")
    margins = (width, 0, 0, 0) if side == "left" else (0, 0, width, 0)
    return Part(draw, margins, Fact("template", f"band at the {side}", phrases), coloured)


def band_at_foot(height: int) -> Part:
    """A band along the bottom."""

    def draw(canvas: Canvas, colour: Colour) -> None:
        canvas.box((0, HEIGHT - height, WIDTH, HEIGHT), fill=colour)

    phrases = ("with a coloured band along the bottom", "with a coloured footer")
    fact = Fact("template", "band at the foot", phrases)
    return Part(draw, (0, 0, 0, height), fact, ("with a {} band along the bottom", "with a {} footer"))


def framed(inset: int, width: int, *, double: bool = False) -> Part:
    """A frame around the page."""

    def draw(canvas: Canvas, colour: Colour) -> None:
        canvas.box((inset, inset, WIDTH - inset, HEIGHT - inset), outline=colour, width=width)
        if double:
            inner = inset + 2 * width + 4
            canvas.box((inner, inner, WIDTH - inner, HEIGHT - inner), outline=colour, width=3)

    room = inset + (3 * width if double else width)
    fact = Fact("template", "frame", ("with a coloured frame around the page", "with a border around it"))
    return Part(draw, (room,) * 4, fact, ("with a {} frame around the page", "with a {} border"))


def corner(size: int, where: str) -> Part:
    """A triangle in an upper or lower right corner."""

    def draw(canvas: Canvas, colour: Colour) -> None:
        y, way = (0, 1) if where == "upper" else (HEIGHT, -1)
        canvas.polygon([(WIDTH - size, y), (WIDTH, y), (WIDTH, y + way * size)], fill=colour)

    phrases = (f"with a coloured triangle in the {where} right corner",)
    coloured = (f"with a {{}} triangle in the {where} right corner", f"with a {{}} {where} right corner")
    # A triangle leaves room: half of its size is enough for what is written beside it.
    margins = (0, 0, size // 3, 0) if where == "upper" else (0, 0, 0, size // 3)
    return Part(draw, margins, Fact("template", f"{where} corner", phrases), coloured)


def logo(size: int, shape: str, where: str) -> Part:
    """A logo: a disc, square or ring in an upper or lower right corner."""

    def draw(canvas: Canvas, colour: Colour) -> None:
        top = 22 if where == "upper" else HEIGHT - 22 - size
        box = (WIDTH - 28 - size, top, WIDTH - 28, top + size)
        if shape == "square":
            canvas.box(box, fill=colour, radius=size / 8)
        else:
            canvas.ellipse(box, fill=colour)
        inner = (box[0] + size * 0.3, box[1] + size * 0.3, box[2] - size * 0.3, box[3] - size * 0.3)
        canvas.ellipse(inner, fill=(255, 255, 255))

    phrases = (f"with a logo in the {where} right corner", f"with a small logo at the {where} right")
    margins = (0, 0, size + 20, 0) if where == "upper" else (0, 0, 0, size // 2)
    coloured = (f"with a {{}} logo in the {where} right corner",)
    return Part(draw, margins, Fact("template", f"logo {where}", phrases), coloured)


def gradient(towards: str) -> Part:
    """A ground that runs over into the theme's colour, at the bottom, the right, or the lower right."""

    def draw(canvas: Canvas, colour: Colour) -> None:
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
        share = {"bottom": y / HEIGHT, "right": x / WIDTH, "lower right": (x / WIDTH + y / HEIGHT) / 2}[towards]
        ground = np.asarray(canvas.seen()[0, 0], np.float32)
        end = np.asarray(blend((int(ground[0]), int(ground[1]), int(ground[2])), colour, _DECLINING), np.float32)
        canvas.paste((ground + share[:, :, None] * (end - ground)).astype(np.uint8), (0, 0))

    fact = Fact("template", "gradient", ("on a gradient background", "on a background that changes in colour"))
    return Part(draw, (0, 0, 0, 0), fact, ("on a gradient background turning {}",))


def circles(size: int) -> Part:
    """Overlapping rings that look in at the lower left."""

    def draw(canvas: Canvas, colour: Colour) -> None:
        for x, y, radius in ((0, HEIGHT, size), (size * 0.9, HEIGHT + size * 0.3, size * 0.6)):
            canvas.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour, width=10)

    phrases = ("with rings in the lower left corner", "with circles decorating a corner")
    return Part(draw, (0, 0, 0, size // 3), Fact("template", "rings", phrases), ("with {} rings in a corner",))
