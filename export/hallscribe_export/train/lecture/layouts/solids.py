"""Solids, drawn in three tones: light, middle and dark."""

from __future__ import annotations

from hallscribe_export.train.lecture.canvas import Colour, blend
from hallscribe_export.train.lecture.layouts.sheet import Sheet


def _cube(sheet: Sheet, x: float, y: float, size: float, tones: list[Colour]) -> None:
    s, d = size * 0.78, size * 0.5
    x, y = x - d / 2, y + d / 2
    sheet.canvas.polygon(((x - s, y - s), (x - s + d, y - s - d), (x + s + d, y - s - d), (x + s, y - s)), tones[0])
    sheet.canvas.polygon(((x + s, y - s), (x + s + d, y - s - d), (x + s + d, y + s - d), (x + s, y + s)), tones[2])
    sheet.canvas.box((x - s, y - s, x + s, y + s), tones[1])


def _cylinder(sheet: Sheet, x: float, y: float, size: float, tones: list[Colour]) -> None:
    half, tall, flat = size * 0.7, size * 0.85, size * 0.22
    sheet.canvas.ellipse((x - half, y + tall - flat, x + half, y + tall + flat), tones[1])
    sheet.canvas.box((x - half, y - tall, x + half, y + tall), tones[1])
    sheet.canvas.ellipse((x - half, y - tall - flat, x + half, y - tall + flat), tones[0], tones[2], 3)


def _cone(sheet: Sheet, x: float, y: float, size: float, tones: list[Colour]) -> None:
    half, tall, flat = size * 0.75, size * 0.95, size * 0.24
    sheet.canvas.ellipse((x - half, y + tall - 2 * flat, x + half, y + tall), tones[2])
    sheet.canvas.polygon(((x - half, y + tall - flat), (x, y - tall), (x + half, y + tall - flat)), tones[1])
    sheet.canvas.polygon(
        ((x - half, y + tall - flat), (x, y - tall), (x - half * 0.3, y + tall - flat * 0.1)), tones[0]
    )


def _sphere(sheet: Sheet, x: float, y: float, size: float, tones: list[Colour]) -> None:
    for i in range(12):
        share = i / 12
        r, dx = size * (1 - share), -size * 0.35 * share
        sheet.canvas.ellipse((x + dx - r, y + dx - r, x + dx + r, y + dx + r), blend(tones[2], tones[0], share))


def _pyramid(sheet: Sheet, x: float, y: float, size: float, tones: list[Colour]) -> None:
    tip, front = (x, y - size), (x - size * 0.15, y + size)
    sheet.canvas.polygon((tip, (x - size, y + size * 0.65), front), tones[0])
    sheet.canvas.polygon((tip, front, (x + size, y + size * 0.7)), tones[2])


def _prism(sheet: Sheet, x: float, y: float, size: float, tones: list[Colour]) -> None:
    a, b, c = (x - size, y + size * 0.8), (x + size * 0.3, y + size * 0.8), (x - size * 0.35, y - size * 0.6)
    dx, dy = size * 0.75, -size * 0.35
    sheet.canvas.polygon((b, (b[0] + dx, b[1] + dy), (c[0] + dx, c[1] + dy), c), tones[2])
    sheet.canvas.polygon((a, b, c), tones[0])


# Draws one around (x, y), half as large as ``size``.
SOLIDS = {
    "cube": _cube,
    "cylinder": _cylinder,
    "cone": _cone,
    "sphere": _sphere,
    "square pyramid": _pyramid,
    "prism": _prism,
}
