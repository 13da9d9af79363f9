"""Pages with photograph-like pictures: one on the whole page, in the middle, beside text, or several."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import cv2
import numpy as np

from hallscribe_export.train.lecture.canvas import HEIGHT, WIDTH, Box, Canvas, Colour, Picture
from hallscribe_export.train.lecture.layouts.plate import finished, heading, terms, text_beside
from hallscribe_export.train.lecture.layouts.sheet import Sheet, fitted, said
from hallscribe_export.train.lecture.page import NOUN, NUMBERS, Fact, Page, Style, Topic
from hallscribe_export.train.lecture.scenes import SCENES
from hallscribe_export.train.lecture.scenes.noise import Scene
from hallscribe_export.train.lecture.scenes.noise import finished as as_bytes

PHOTOGRAPH = Fact(NOUN, "photograph", ("a photograph", "a photo", "a picture"))
# Pictures are made so much smaller than they are shown: their noise is soft anyway.
_SCALE = 0.375
# What a style says that is not seen behind a picture that fills the page.
_BEHIND = ("template", "template colour", "ground", "ground colour", "title", "title place")


def photograph(random: Random, wide: int, high: int) -> tuple[Picture, Scene, list[Fact]]:
    """A picture, uint8 (``high``, ``wide``, 3), of what, and what can be said of it; one in eight is without colour."""
    rng = np.random.default_rng(random.getrandbits(64))
    scene = random.choice(SCENES)(rng, max(round(wide * _SCALE), 32), max(round(high * _SCALE), 32))
    picture = cv2.resize(as_bytes(scene.picture), (wide, high), interpolation=cv2.INTER_LINEAR)
    facts = [kind_of(scene), PHOTOGRAPH, *scene.facts]
    if random.random() < 0.12:
        picture = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        facts = [kind_of(scene), PHOTOGRAPH, said("picture colour", "none", "in black and white", "without colour")]
    return np.asarray(picture, np.uint8), scene, facts


def kind_of(scene: Scene) -> Fact:
    """What a photograph of it is called."""
    usual = scene.kinds[0]
    phrases = [f"a photograph of {usual}", f"a photo of {scene.kinds[1 % len(scene.kinds)]}", f"a picture of {usual}"]
    return Fact(NOUN, f"photograph: {scene.name}", (*phrases, *scene.kinds))


def photo_page(random: Random, style: Style, topic: Topic) -> Page:
    """A picture that fills the page, sometimes with a title on a dark band."""
    title = heading(random, topic) if random.random() < 0.5 else ""
    canvas = Canvas((0, 0, 0))
    picture, _, facts = photograph(random, WIDTH, HEIGHT)
    canvas.paste(picture, (0, 0))
    sheet = Sheet(canvas, (0, 0, WIDTH, HEIGHT), style.colours, style, topic)
    facts.append(said("extent", "whole page", "filling the whole slide", "that covers the whole slide"))
    if title:
        below = random.random() < 0.6
        top = HEIGHT - 130 if below else 0
        canvas.box((0, top, WIDTH, top + 130), (18, 18, 22))
        words, size = fitted(title, style.fonts.title, 56, WIDTH - 120)
        canvas.text((WIDTH / 2, top + 65), words, style.fonts.title, size, (250, 250, 250), "mm")
        where = "bottom" if below else "top"
        facts.append(
            said("band", where, f"with a title on a dark band at the {where}", f"with a dark band at the {where}")
        )
    return finished("photo_page", sheet, facts, title, _BEHIND)


def photo_framed(random: Random, style: Style, topic: Topic) -> Page:
    """A picture in the middle of a page, with a title above it and sometimes a caption below."""
    sheet, title = _sheet(random, style, topic)
    left, top, right, bottom = sheet.box
    caption = random.random() < 0.5
    high = bottom - top - (44 if caption else 0)
    wide = min(high * random.choice((1.0, 1.33, 1.5, 1.78)), right - left)
    x = (left + right) / 2
    facts = _put(random, sheet, (x - wide / 2, top, x + wide / 2, top + high))
    if caption:
        words = ", ".join(terms(random, topic, 3))
        sheet.label((x, bottom - 18), words, right - left)
        facts.append(said("caption", "below", "with a caption below", "with a line of text below it"))
    facts.append(said("place", "middle", "in the middle of the slide", "in the middle of a slide"))
    return finished("photo_framed", sheet, facts, title)


def photo_beside(random: Random, style: Style, topic: Topic) -> Page:
    """A picture at one side and text at the other."""
    sheet, title = _sheet(random, style, topic)
    beside = text_beside(random, sheet, random.choice((0.4, 0.5)))
    left, top, right, bottom = sheet.box
    high = min(bottom - top, (right - left) * random.choice((0.66, 0.8, 1.0, 1.3)))
    y = (top + bottom) / 2 if random.random() < 0.7 else top + high / 2
    return finished(
        "photo_beside", sheet, _put(random, sheet, (left, y - high / 2, right, y + high / 2)) + beside, title
    )


def photo_grid(random: Random, style: Style, topic: Topic) -> Page:
    """Two to four pictures, and six now and then, in rows; captions below them or not."""
    sheet, title = _sheet(random, style, topic)
    count = random.choice((2, 2, 3, 3, 4, 4, 6))
    rows = 1 if count <= 3 else 2
    captions = random.random() < 0.4
    facts: list[Fact] = []
    sheet.builds = random.random() < 0.3
    for i, (left, top, right, bottom) in enumerate(_cells(sheet.box, rows, count // rows)):
        if i:
            sheet.step()
        foot = bottom - 34 if captions else bottom
        high = min(foot - top, (right - left) * 0.85)
        top = (top + foot - high) / 2
        facts += [fact for fact in _put(random, sheet, (left, top, right, top + high), False) if fact.key == NOUN]
        if captions:
            sheet.label(((left + right) / 2, top + high + 20), random.choice(topic.terms), right - left)
    number = NUMBERS[count]
    shape = f"in {NUMBERS[rows]} rows" if rows > 1 else "in a row"
    several = [
        Fact(NOUN, f"{count} photographs", (f"{number} photographs", f"{number} pictures", f"{number} photos")),
        Fact(
            NOUN,
            "several photographs",
            ("several photographs", "several pictures on one slide", "a grid of photographs"),
        ),
        said("rows", str(rows), shape, "next to each other" if rows == 1 else "in a grid"),
    ]
    if captions:
        several.append(said("captions", "below", "with captions below", "with a line of text below each"))
    return finished("photo_grid", sheet, several + facts, title)


def _sheet(random: Random, style: Style, topic: Topic) -> tuple[Sheet, str]:
    title = heading(random, topic) if random.random() < 0.9 else ""
    canvas, (left, top, right, bottom) = style.frame(title)
    return Sheet(canvas, (left, top + 6, right, bottom - 4), style.colours, style, topic), title


def _cells(box: Box, rows: int, columns: int) -> Sequence[Box]:
    left, top, right, bottom = box
    wide, high = (right - left) / columns, (bottom - top) / rows
    return [(left + c * wide + 8, top + r * high + 6, left + (c + 1) * wide - 8, top + (r + 1) * high - 6)
            for r in range(rows) for c in range(columns)]  # fmt: skip


def _put(random: Random, sheet: Sheet, box: Box, bordered: bool = True) -> list[Fact]:
    """Put a picture into a box, with a border or not; what can be said of it."""
    left, top, right, bottom = (round(each) for each in box)
    picture, _, facts = photograph(random, right - left, bottom - top)
    sheet.canvas.paste(picture, (left, top))
    if bordered and random.random() < 0.25:
        name, colour = random.choice((("white", (255, 255, 255)), ("black", (0, 0, 0)), *sheet.colours.accents[:2]))
        _border(sheet, (left, top, right, bottom), colour)
        facts.append(said("border", name, f"in a {name} frame", f"with a {name} border"))
    return facts


def _border(sheet: Sheet, box: Box, colour: Colour) -> None:
    sheet.canvas.box(box, None, colour, 12)


LAYOUTS = (photo_page, photo_framed, photo_beside, photo_grid)
