"""Maps: coasts, regions in colours, the world, streets, heights as contour lines."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hallscribe_export.train.lecture.canvas import blend
from hallscribe_export.train.lecture.layouts.mapping import edges, generator, marks, shown, size, warped
from hallscribe_export.train.lecture.layouts.plate import plate
from hallscribe_export.train.lecture.layouts.sheet import Sheet, coloured, hues, said
from hallscribe_export.train.lecture.page import NOUN, Fact, counted
from hallscribe_export.train.lecture.scenes.noise import Field, Tint, disc, mixed, noise, voronoi

MAP = Fact(NOUN, "map", ("a map", "a geographical map", "a drawn map"))
_SEAS: tuple[tuple[str, Tint], ...] = (
    ("blue", (0.62, 0.8, 0.93)), ("blue", (0.35, 0.58, 0.8)), ("grey", (0.85, 0.87, 0.88)), ("dark", (0.1, 0.16, 0.26)),
)  # fmt: skip
_LANDS: tuple[tuple[str, Tint], ...] = (
    ("green", (0.62, 0.77, 0.5)),
    ("yellow", (0.95, 0.9, 0.7)),
    ("brown", (0.78, 0.66, 0.48)),
    ("grey", (0.72, 0.72, 0.72)),
)
# Continents: x, y, and half axes as shares of a world's width and height; roughly where they are.
_WORLD = (
    (0.2, 0.3, 0.11, 0.2), (0.13, 0.2, 0.07, 0.1), (0.29, 0.63, 0.055, 0.2), (0.5, 0.27, 0.06, 0.11),
    (0.53, 0.55, 0.075, 0.2), (0.68, 0.27, 0.17, 0.17), (0.73, 0.42, 0.06, 0.12), (0.85, 0.7, 0.065, 0.09),
    (0.36, 0.1, 0.05, 0.07),
)  # fmt: skip


def coast_map(random: Random, sheet: Sheet) -> list[Fact]:
    """Land and sea with a ragged coast; rivers, pins, a route or regions on it."""
    rng, (wide, high) = generator(random), size(sheet)
    (sea, water), (land, ground) = random.choice(_SEAS), random.choice(_LANDS)
    island = random.random() < 0.5
    if island:
        centre = disc(wide, high, wide * 0.5, high * 0.5, high * 0.4, high * 0.5)
        shape = centre + (noise(rng, wide, high, 5, 5) - 0.5) * np.float32(0.9) > np.float32(0.5)
    else:
        side = np.linspace(1, 0, wide, dtype=np.float32)[None, :]
        side = side if random.random() < 0.5 else side[:, ::-1]
        shape = side + (noise(rng, wide, high, 4, 5) - 0.5) * np.float32(0.8) > np.float32(0.5)
    relief = noise(rng, wide, high, 7, 4)
    shadow = (ground[0] * 0.85, ground[1] * 0.85, ground[2] * 0.85)
    picture = mixed(water, mixed(shadow, ground, relief), shape.astype(np.float32))
    picture[edges(shape.astype(np.int32))] = (0.25, 0.28, 0.3)
    facts = [
        said("sea", sea, f"with a {sea} sea", f"with {sea} water"),
        said("land", land, f"with {land} land", f"whose land is {land}"),
    ]
    if random.random() < 0.4:
        _rivers(rng, picture, shape)
        facts.append(said("rivers", "yes", "with rivers", "with blue rivers on the land"))
    shown(sheet, picture)
    if island:
        kinds = said(
            NOUN, "map of an island", "a map of an island", "an island on a map", "land with sea all around it"
        )
    else:
        kinds = said(NOUN, "map of a coast", "a map of a coast", "a coast line on a map", "a map with land on one side")
    return [kinds, MAP, *facts, *marks(random, sheet, shape)]


def _rivers(rng: Generator, picture: Field, land: NDArray[np.bool_]) -> None:
    high, wide = land.shape
    spots = np.argwhere(land)
    for y, x in spots[rng.integers(0, len(spots), 3)] if len(spots) else ():
        steps = np.cumsum(rng.normal(0, 1, (60, 2)) + rng.normal(0, 0.8, 2), axis=0) * (wide / 160)
        course = np.round(steps + np.array([x, y])).astype(np.int32)
        course = course[(course[:, 0] >= 0) & (course[:, 0] < wide) & (course[:, 1] >= 0) & (course[:, 1] < high)]
        course = course[land[course[:, 1], course[:, 0]]]
        cv2.polylines(picture, [course], False, (0.2, 0.45, 0.8), 2, cv2.LINE_AA)


def region_map(random: Random, sheet: Sheet) -> list[Fact]:
    """A country cut into regions, each in its colour or in shades of one (a choropleth map)."""
    rng, (wide, high) = generator(random), size(sheet)
    count = random.randint(3, 9)
    shape = (
        disc(wide, high, wide * 0.5, high * 0.5, high * 0.42, high * 0.4) + (noise(rng, wide, high, 5, 5) - 0.5) * 0.6
        > 0.5
    )
    areas = _regions(rng, wide, high, count)
    used = hues(random, sheet.colours, count)
    shades = random.random() < 0.5
    ground = sheet.colours.background
    tints = (
        [blend(ground, used[0][1], 0.15 + 0.85 * (i + 1) / count) for i in range(count)]
        if shades
        else [c for _, c in used]
    )
    table = np.array([ground, *tints], np.float32) / 255
    picture = table[np.where(shape, areas, 0)]
    lines = edges(np.where(shape, areas, 0))
    picture[lines] = np.array(ground if sheet.colours.dark else (255, 255, 255), np.float32) / 255
    picture[edges(shape.astype(np.int32))] = np.array(sheet.colours.ink, np.float32) / 255
    shown(sheet, np.asarray(picture, np.float32), False)
    name = used[0][0]
    if shades:
        facts = [said("shades", name, f"in shades of {name}", f"coloured in shades of {name}")]
    else:
        facts = coloured("regions", used)
    if all((np.bincount(areas[shape], minlength=count + 1) > 0.02 * shape.sum())[1:]):
        facts.append(counted("regions", count, "region", "regions"))
    kinds = said(
        NOUN, "map of regions", "a map with coloured regions", "a map of regions", "a country cut into regions"
    )
    return [kinds, MAP, *facts, *(marks(random, sheet, shape, name) if shades else [])]


def _regions(rng: Generator, wide: int, high: int, count: int) -> NDArray[np.int32]:
    """Areas numbered from 1 around points that are spread over the middle."""
    blank = np.full((high, wide), 255, np.uint8)
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False) + rng.random()
    far = rng.uniform(0.1, 0.4, count)
    rows = np.round(high * (0.5 + np.sin(turn) * far)).astype(int)
    columns = np.round(wide / 2 + np.cos(turn) * far * min(high * 1.5, wide)).astype(int)
    blank[rows, columns] = 0
    _, labels = cv2.distanceTransformWithLabels(blank, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    return warped(rng, np.asarray(np.minimum(labels, count), np.int32), high * 0.25)


def world_map(random: Random, sheet: Sheet) -> list[Fact]:
    """Continents in their places with ragged coasts, with or without a net of lines."""
    rng, (wide, high) = generator(random), size(sheet)
    shape = np.full((high, wide), -0.35, np.float32)
    xs, ys = np.arange(wide, dtype=np.float32)[None, :] / wide, np.arange(high, dtype=np.float32)[:, None] / high
    for x, y, a, b in _WORLD:
        shape = np.maximum(shape, 1 - np.sqrt(((xs - x) / a) ** 2 + ((ys - y) / b) ** 2))
    land = shape + (noise(rng, wide, high, 14, 5) - 0.5) * np.float32(1.1) > 0.12
    land |= ys > 0.95 + 0.05 * noise(rng, wide, high, 10, 2)
    (sea, water), (name, ground) = random.choice(_SEAS), random.choice(_LANDS)
    picture = mixed(water, ground, land.astype(np.float32))
    if random.random() < 0.5:
        labels, _ = voronoi(rng, wide, high, 70)
        picture[edges(warped(rng, labels, high * 0.1), 2) & land] = (0.45, 0.45, 0.45)
    facts = [said("continents", name, f"with {name} continents", f"whose land is {name}")]
    facts += [
        said(
            "oceans",
            sea,
            f"with {sea} oceans",
            f"on {sea} water",
        )
    ]
    shown(sheet, picture)
    if random.random() < 0.4:
        left, top, right, bottom = sheet.box
        for i in range(1, 12):
            sheet.canvas.line(
                ((left + (right - left) * i / 12, top), (left + (right - left) * i / 12, bottom)), (150, 155, 160), 1
            )
        for i in range(1, 6):
            sheet.canvas.line(
                ((left, top + (bottom - top) * i / 6), (right, top + (bottom - top) * i / 6)), (150, 155, 160), 1
            )
        facts.append(said("net", "yes", "with a net of lines over it", "with grid lines"))
    kinds = said(NOUN, "map of the world", "a map of the world", "a world map", "the continents on a map")
    return [kinds, MAP, *facts, *marks(random, sheet, land)]


def street_map(random: Random, sheet: Sheet) -> list[Fact]:
    """Streets, houses, parks and perhaps a river, from above."""
    rng, (wide, high) = generator(random), size(sheet)
    night = sheet.colours.dark and random.random() < 0.5
    ground, street = ((0.13, 0.15, 0.19), (0.36, 0.4, 0.47)) if night else ((0.93, 0.91, 0.88), (1.0, 1.0, 1.0))
    picture = np.full((high, wide, 3), ground, np.float32)
    turn = np.deg2rad(random.choice((0, 0, random.uniform(-30, 30))))
    along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    middle, far, pitch = np.array([wide / 2, high / 2]), float(wide), random.uniform(32, 52)
    for _ in range(random.randint(1, 3)):
        at = middle + along * random.uniform(-0.35, 0.35) * wide + across * random.uniform(-0.35, 0.35) * high
        _patch(
            picture,
            at,
            along * pitch * random.uniform(1, 2),
            across * pitch,
            (0.35, 0.5, 0.35) if night else (0.72, 0.86, 0.65),
        )
    facts = [said("parks", "yes", "with green parks", "with parks in green")]
    if random.random() < 0.5:
        y = high * (0.2 + 0.6 * noise(rng, wide, 8, 2.5, 3)[4])
        course = np.round(np.stack([np.arange(wide), y], 1)).astype(np.int32)
        cv2.polylines(
            picture, [course], False, (0.25, 0.42, 0.6) if night else (0.64, 0.8, 0.93), high // 11, cv2.LINE_AA
        )
        facts.append(said("river", "yes", "with a river", "crossed by a river"))
    for direction, other in ((along, across), (across, along)):
        for i in range(-12, 13):
            at = middle + other * (i * pitch + rng.normal(0, pitch * 0.12))
            main = i % 5 == 0
            tint = ((0.8, 0.65, 0.35) if night else (0.98, 0.85, 0.5)) if main else street
            start, end = at - direction * far, at + direction * far
            cv2.line(picture, _pixel(start), _pixel(end), tint, 7 if main else 4, cv2.LINE_AA)
    shown(sheet, picture)
    if night:
        facts.append(said("map colours", "dark", "in dark colours", "drawn in dark tones"))
    kinds = said(NOUN, "street map", "a street map", "a map of a town", "a city map", "streets on a map")
    return [kinds, MAP, *facts, *marks(random, sheet, np.ones((high, wide), np.bool_))]


def _pixel(at: NDArray[np.float64]) -> tuple[int, int]:
    return round(float(at[0])), round(float(at[1]))


def _patch(picture: Field, at: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64], tint: Tint) -> None:
    cv2.fillPoly(picture, [np.round(np.stack([at - a - b, at + a - b, at + a + b, at - a + b])).astype(np.int32)], tint)


def contour_map(random: Random, sheet: Sheet) -> list[Fact]:
    """Heights as lines, on plain ground or with colours from green to white."""
    rng, (wide, high) = generator(random), size(sheet)
    heights = noise(rng, wide, high, random.uniform(2.5, 5), 3)
    steps = (heights * random.randint(8, 13)).astype(np.int32)
    lines = edges(steps, 2)
    tinted = random.random() < 0.55
    if tinted:
        scale = np.array(
            [[0.3, 0.55, 0.75], [0.35, 0.62, 0.38], [0.85, 0.8, 0.45], [0.62, 0.42, 0.25], [0.97, 0.97, 0.97]],
            np.float32,
        )
        place = steps / max(int(steps.max()), 1) * 3.999
        low = place.astype(np.int32)
        picture = scale[low] + (scale[low + 1] - scale[low]) * (place - low)[..., None]
        picture[lines] *= 0.7
        facts = [said("map colours", "heights", "coloured by height", "in green, brown and white")]
    else:
        name, colour = hues(random, sheet.colours, 1)[0]
        picture = np.full((high, wide, 3), np.array(sheet.colours.background) / 255, np.float32)
        picture[lines] = np.array(colour, np.float32) / 255
        facts = [said("map colours", name, f"drawn in {name} lines", f"in {name}")]
    shown(sheet, np.asarray(picture, np.float32))
    kinds = said(NOUN, "contour map", "a contour map", "a map with contour lines", "a relief map", "a topographic map")
    return [kinds, MAP, *facts, *marks(random, sheet, np.ones((high, wide), np.bool_))]


LAYOUTS = tuple(plate(each, 0.22) for each in (coast_map, region_map, world_map, street_map, contour_map))
