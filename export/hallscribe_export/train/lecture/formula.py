"""Formulas as masks, set by matplotlib's mathtext; matrices are put together from their entries."""

from __future__ import annotations

from functools import cache, lru_cache
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallscribe_export.train.lecture.canvas import Picture
from hallscribe_export.train.lecture.fonts import font_files
from hallscribe_export.train.lecture.page import Fonts

_SETS = ("cm", "dejavusans", "dejavuserif")
_SETS_FOR_TEST = ("stix", "stixsans")

_LETTERS = (("x", "y", "n"), ("a", "b", "k"), ("u", "v", "m"), (r"\theta", r"\lambda", "N"), ("p", "q", "i"))
# What a formula is made of, by what it shows; angle brackets hold the letters' places.
_FORMULAS: dict[str, tuple[str, ...]] = {
    "fraction": (
        r"<0> = \frac{<1> + <2>}{<1> - <2>}",
        r"f(<0>) = \frac{1}{1 + e^{-<0>}}",
        r"<0>_{1,2} = \frac{-<1> \pm \sqrt{<1>^2 - 4<2>}}{2<2>}",
        r"P(<0> \mid <1>) = \frac{P(<1> \mid <0>)\, P(<0>)}{P(<1>)}",
        r"\frac{d<0>}{d<1>} = \frac{<0>^2}{<2>}",
    ),
    "sum": (
        r"S = \sum_{k=1}^{<2>} <0>_k <1>_k",
        r"\bar{<0>} = \frac{1}{<2>} \sum_{j=1}^{<2>} <0>_j",
        r"\sum_{j=0}^{\infty} <0>^j = \frac{1}{1 - <0>}",
        r"L(<0>) = \sum_{j} (<0>_j - <1>_j)^2",
    ),
    "integral": (
        r"\int_{-\infty}^{\infty} e^{-<0>^2}\, d<0> = \sqrt{\pi}",
        r"F(<0>) = \int_{0}^{<0>} f(<1>)\, d<1>",
        r"\int_{a}^{b} <0>^2 \, d<0> = \frac{b^3 - a^3}{3}",
        r"<1>(t) = \int_{0}^{t} g(<0>, s)\, ds",
    ),
    "root": (
        r"<0> = \sqrt{<1>^2 + <2>^2}",
        r"d(<0>, <1>) = \sqrt{(<0>_1 - <1>_1)^2 + (<0>_2 - <1>_2)^2}",
        r"\sigma = \sqrt{\frac{<0> + <1>}{<2>}}",
    ),
    "plain": (
        r"<0>^2 + <1>^2 = <2>^2",
        r"E = m c^2",
        r"<0>_{t+1} = <0>_t + \alpha <1>_t",
        r"\nabla \cdot \mathbf{<0>} = \rho",
        r"<0> = <1> e^{i <2>}",
        r"f(<0> + <1>) = f(<0>) + f(<1>)",
    ),
}
FORMULA_KINDS = tuple(_FORMULAS)


def mathematical_set(rng: Random, letters: Fonts) -> str:
    """The name of a set of mathematical letters, of those that go with a deck's split."""
    return rng.choice(_SETS_FOR_TEST if letters.hand in _of_test_only() else _SETS)


@cache
def _of_test_only() -> frozenset[str]:
    return font_files("test") - font_files("train")


def formula(rng: Random, kind: str) -> str:
    """One formula in mathtext, without its dollars."""
    made = rng.choice(_FORMULAS[kind])
    for i, letter in enumerate(rng.choice(_LETTERS)):
        made = made.replace(f"<{i}>", f"{{{letter}}}" if letter.startswith("\\") else letter)
    return made


def derivation(rng: Random, count: int) -> list[str]:
    """A formula in ``count`` lines that begin with an equals sign from the second one on."""
    kinds = [rng.choice(FORMULA_KINDS) for _ in range(count)]
    made = [formula(rng, kind) for kind in kinds]
    return [made[0], *("= " + each.split(" = ", 1)[-1] for each in made[1:])]


@lru_cache(maxsize=512)
def mask(words: str, size: int, letters: str) -> Picture:
    """A formula's letters, ``size`` pixels high, as uint8 (H, W), 255 where there is ink; cut to what is inked.

    ``letters`` names a set of mathematical letters that matplotlib knows.
    """
    from matplotlib.font_manager import FontProperties  # here: half a second that other pages do not need

    parsed = _parser().parse(f"${words}$", 72, FontProperties(size=size, math_fontfamily=letters))
    image: Picture = np.array(parsed.image, np.uint8)
    rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


@cache
def _parser() -> Any:
    from matplotlib.mathtext import MathTextParser

    return MathTextParser("agg")


def matrix(entries: list[list[str]], size: int, letters: str, brackets: str) -> Picture:
    """A matrix as a mask like that of a formula; ``brackets`` are "square" or "round"."""
    cells = [[mask(each, size, letters) for each in row] for row in entries]
    wide = max(cell.shape[1] for row in cells for cell in row) + size
    high = int(size * 1.45)
    side = size // 2
    out: NDArray[np.uint8] = np.zeros((high * len(cells), wide * len(cells[0]) + 2 * side), np.uint8)
    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            y, x = i * high + (high - cell.shape[0]) // 2, side + j * wide + (wide - cell.shape[1]) // 2
            room = out[max(y, 0) : y + cell.shape[0], x : x + cell.shape[1]]
            room[:] = np.maximum(room, cell[: room.shape[0], : room.shape[1]])
    _bracket(out, side, max(size // 12, 3), brackets)
    return out


def _bracket(out: Picture, side: int, thick: int, brackets: str) -> None:
    height, width = out.shape
    if brackets == "square":
        for x in (0, width - thick):
            out[:, x : x + thick] = 255
        for y in (0, height - thick):
            out[y : y + thick, : side // 2] = 255
            out[y : y + thick, width - side // 2 :] = 255
        return
    # An arc of an ellipse that is as high as the matrix.
    y = np.arange(height)
    bend = (side * 0.7 * (1 - np.sqrt(np.clip(1 - ((y - height / 2) / (height / 2)) ** 2, 0, 1)))).astype(int)
    for step in range(thick):
        out[y, bend + step] = 255
        out[y, width - 1 - bend - step] = 255
