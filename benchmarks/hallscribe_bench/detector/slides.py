"""Draws slides: gray pictures of many templates and themes, each with its builds."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

WIDTH, HEIGHT = 640, 360
_DRAWN = 2
_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
)
_SYLLABLES = (
    *("ta", "re", "mo", "li", "sen", "der", "vor", "an", "in", "che", "ka", "tion", "the", "of", "ing", "pro", "ver"),
    *("ma", "tri", "x", "lo", "gi", "ent", "al", "so", "per", "du"),
)
LAYOUTS = ("bullets", "bullets", "bullets", "picture", "split", "plot", "code", "table", "section", "photo")


@dataclass(frozen=True, slots=True)
class Theme:
    """How all slides of a deck look: paper and ink in grey levels, sizes in pixels of 1280 x 720."""

    paper: int
    ink: int
    accent: int
    font: int
    title_size: float
    text_size: float
    header: int
    footer: bool
    sidebar: int
    logo: bool
    fixed_title: bool
    centred: bool


def words(rng: np.random.Generator, count: int) -> str:
    """So many made-up words."""
    return " ".join(
        "".join(rng.choice(_SYLLABLES) for _ in range(int(rng.integers(1, 5)))).capitalize()
        if rng.random() < 0.2
        else "".join(rng.choice(_SYLLABLES) for _ in range(int(rng.integers(1, 4))))
        for _ in range(count)
    )


def theme_of(rng: np.random.Generator) -> Theme:
    """A deck's looks: two thirds are dark on light."""
    dark = rng.random() < 0.33
    paper = int(rng.integers(8, 60)) if dark else int(rng.integers(225, 256))
    ink = int(rng.integers(200, 256)) if dark else int(rng.integers(0, 80))
    return Theme(
        paper=paper,
        ink=ink,
        accent=int(rng.integers(60, 200)),
        font=_FONTS[int(rng.integers(len(_FONTS)))],
        title_size=float(rng.uniform(1.3, 2.2)),
        text_size=float(rng.uniform(0.75, 1.35)),
        header=int(rng.choice([0, 0, 70, 110])),
        footer=bool(rng.random() < 0.5),
        sidebar=int(rng.choice([0, 0, 0, 220])),
        logo=bool(rng.random() < 0.5),
        fixed_title=bool(rng.random() < 0.15),
        centred=bool(rng.random() < 0.2),
    )


def scenery(rng: np.random.Generator, width: int, height: int, detail: int = 5) -> Picture:
    """A filmed-looking picture: surfaces of many sizes, lit unevenly."""
    picture = np.zeros((height, width), np.float32)
    for octave in range(1, detail + 1):
        cells = rng.normal(0, 1, (2**octave + 1, 2**octave + 2)).astype(np.float32)
        picture += cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC) * (60 / octave**1.2)
    picture += float(rng.uniform(70, 150))
    for _ in range(int(rng.integers(6, 20))):
        centre = rng.uniform(0, 1, 2) * (width, height)
        axes = rng.uniform(0.02, 0.16, 2) * width
        mask = np.zeros((height, width), np.uint8)
        cv2.ellipse(mask, (centre.astype(int).tolist(), axes.tolist(), float(rng.uniform(0, 180))), 255, -1)
        picture[mask > 0] = picture[mask > 0] * 0.4 + float(rng.uniform(0, 255)) * 0.6
    return np.asarray(np.clip(cv2.GaussianBlur(picture, (3, 3), 0), 0, 255), np.uint8)


class Deck:
    """Pages that share a theme."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self.theme = theme_of(rng)
        self._title = words(rng, 3)
        self._menu = [words(rng, 1)[:10] for _ in range(8)]
        self._page = 0

    def pages(self, layout: str | None = None, steps: int = 1) -> list[Picture]:
        """The next page in ``steps`` builds (or fewer), each picture uint8 (360, 640) and the last one whole."""
        self._page += 1
        layout = layout or str(self._rng.choice(LAYOUTS))
        canvas = self._frame(layout)
        if layout in ("photo", "section"):
            self._fill(canvas, layout)
            return [_reduced(canvas)]
        lines = int(self._rng.integers(2, 8))
        stages = [_reduced(canvas)] if steps > 1 and self._rng.random() < 0.4 else []
        if layout != "bullets":
            self._fill(canvas, layout)
            lines = min(lines, 3) if layout == "split" else 0
        shown = max(1, lines // steps)
        for line in range(lines):
            self._bullet(canvas, line, lines, 0.45 if layout == "split" else 1.0)
            if steps > 1 and (line + 1) % shown == 0:
                stages.append(_reduced(canvas))
        whole = _reduced(canvas)
        return [*stages[: steps - 1], whole] if stages else [whole]

    def _frame(self, layout: str) -> Picture:
        theme, rng = self.theme, self._rng
        canvas = np.full((HEIGHT * _DRAWN, WIDTH * _DRAWN), theme.paper, np.uint8)
        if layout == "photo":
            return canvas
        if theme.header:
            canvas[: theme.header] = theme.accent
        if theme.sidebar:
            canvas[:, : theme.sidebar] = (theme.paper + theme.accent) // 2
            for i, entry in enumerate(self._menu):
                _write(canvas, entry, 14, 150 + 60 * i, 0.7, theme.ink, theme.font)
        if theme.footer:
            _write(canvas, words(np.random.default_rng(3), 6), 40 + theme.sidebar, 700, 0.6, theme.ink, theme.font)
            _write(canvas, str(self._page), 1220, 700, 0.6, theme.ink, theme.font)
        if theme.logo:
            cv2.circle(canvas, (1200, 60), 34, int(theme.accent), -1)
            cv2.rectangle(canvas, (1150, 40), (1190, 84), int(theme.ink), 4)
        if layout != "section":
            title = self._title if theme.fixed_title else words(rng, int(rng.integers(1, 5)))
            left = 40 + theme.sidebar if not theme.centred else 300
            _write(canvas, title[:34], left, 78, theme.title_size, theme.ink, theme.font, 3)
        return canvas

    def _bullet(self, canvas: Picture, line: int, lines: int, share: float) -> None:
        theme, rng = self.theme, self._rng
        pitch = min(96, 540 // lines)
        text = words(rng, int(rng.integers(2, 9)))[: int(54 * share / theme.text_size)]
        indent = 80 + theme.sidebar + (50 if rng.random() < 0.2 else 0)
        base = 190 + pitch * line
        cv2.circle(canvas, (indent - 24, base - 10), 7, int(theme.ink), -1)
        _write(canvas, text, indent, base, theme.text_size, theme.ink, theme.font, 2)

    def _fill(self, canvas: Picture, layout: str) -> None:
        theme, rng = self.theme, self._rng
        left = 60 + theme.sidebar
        if layout == "photo":
            canvas[:] = scenery(rng, canvas.shape[1], canvas.shape[0])
        elif layout == "section":
            _write(canvas, words(rng, 2)[:22], left + 120, 380, theme.title_size * 1.3, theme.ink, theme.font, 4)
        elif layout in ("picture", "split"):
            x, y = (660, 150) if layout == "split" else (left + 100, 130)
            width, height = (540, 480) if layout == "split" else (int(rng.integers(500, 820)), 500)
            canvas[y : y + height, x : x + width] = scenery(rng, width, height)
        elif layout == "plot":
            _plot(canvas, rng, left + 60, theme)
        elif layout == "code":
            for line in range(int(rng.integers(8, 19))):
                indent = left + 40 * int(rng.integers(0, 4))
                _write(
                    canvas,
                    words(rng, int(rng.integers(1, 7)))[:50],
                    indent,
                    150 + 30 * line,
                    0.65,
                    theme.ink,
                    theme.font,
                )
        elif layout == "table":
            for row in range(6):
                cv2.line(canvas, (left, 150 + 80 * row), (1220, 150 + 80 * row), int(theme.ink), 2)
                for column in range(4):
                    _write(
                        canvas, words(rng, 1)[:12], left + 20 + 230 * column, 200 + 80 * row, 0.8, theme.ink, theme.font
                    )


def _plot(canvas: Picture, rng: np.random.Generator, left: int, theme: Theme) -> None:
    cv2.line(canvas, (left, 140), (left, 640), int(theme.ink), 3)
    cv2.line(canvas, (left, 640), (1180, 640), int(theme.ink), 3)
    for _ in range(int(rng.integers(1, 5))):
        x = np.linspace(left, 1170, 60)
        y = 390 + np.cumsum(rng.normal(0, 22, 60))
        points = np.stack([x, np.clip(y, 150, 630)], axis=1).astype(np.int32)
        cv2.polylines(canvas, [points], False, int(rng.choice([theme.ink, theme.accent])), int(rng.integers(2, 6)))
    for tick in range(5):
        _write(canvas, str(int(rng.integers(0, 900))), left - 58, 640 - 110 * tick, 0.6, theme.ink, theme.font)


def _write(canvas: Picture, text: str, x: int, y: int, size: float, ink: int, font: int, thickness: int = 2) -> None:
    cv2.putText(canvas, text, (x, y), font, size, int(ink), thickness, cv2.LINE_AA)


def _reduced(canvas: Picture) -> Picture:
    return np.asarray(cv2.resize(canvas, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
