"""The fonts of rendered lectures: matplotlib's own and those of the ``font-*`` packages, by split."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from random import Random

from hallscribe_export.train.lecture.page import Fonts, Split


class MissingFontsError(ValueError):
    """A package of fonts that lectures are written in is not installed."""


# (title, body) as "package/file"; files of matplotlib's without a package. No file of the test split is in another.
_PAIRS: dict[Split, tuple[tuple[str, str], ...]] = {
    "train": (
        ("DejaVuSans-Bold.ttf", "DejaVuSans.ttf"),
        ("DejaVuSans.ttf", "DejaVuSans.ttf"),
        ("DejaVuSerif-Bold.ttf", "DejaVuSerif.ttf"),
        ("DejaVuSerif.ttf", "font_source_serif_pro/SourceSerifPro-Regular.ttf"),
        ("cmb10.ttf", "cmr10.ttf"),
        ("font_fredoka_one/FredokaOne-Regular.ttf", "font_manrope/Manrope-Medium.ttf"),
        ("font_fredoka_one/FredokaOne-Regular.ttf", "font_source_sans_pro/SourceSansPro-Regular.ttf"),
        ("font_manrope/Manrope-Bold.ttf", "font_manrope/Manrope-Regular.ttf"),
        ("font_manrope/Manrope-ExtraBold.ttf", "font_source_serif_pro/SourceSerifPro-Regular.ttf"),
        ("font_source_sans_pro/SourceSansPro-Bold.ttf", "font_source_sans_pro/SourceSansPro-Regular.ttf"),
        ("font_source_sans_pro/SourceSansPro-Semibold.ttf", "font_source_sans_pro/SourceSansPro-Light.ttf"),
        ("font_source_serif_pro/SourceSerifPro-Bold.ttf", "font_source_serif_pro/SourceSerifPro-Regular.ttf"),
        ("font_source_serif_pro/SourceSerifPro-Semibold.ttf", "font_source_sans_pro/SourceSansPro-Regular.ttf"),
    ),
    "validation": (
        ("font_hanken_grotesk/HankenGrotesk-Bold.otf", "font_hanken_grotesk/HankenGrotesk-Regular.otf"),
        ("font_hanken_grotesk/HankenGrotesk-Medium.otf", "font_hanken_grotesk/HankenGrotesk-Light.otf"),
    ),
    "test": (
        ("font_lato/Lato-Bold.ttf", "font_lato/Lato-Regular.ttf"),
        ("font_lato/Lato-Black.ttf", "font_lato/Lato-Light.ttf"),
        ("font_caladea/Caladea-Bold.ttf", "font_caladea/Caladea-Regular.ttf"),
        ("STIXGeneralBol.ttf", "STIXGeneral.ttf"),
        ("cmss10.ttf", "cmss10.ttf"),
        ("font_caladea/Caladea-Bold.ttf", "font_lato/Lato-Regular.ttf"),
    ),
}
_MONO: dict[Split, tuple[str, ...]] = {
    "train": ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf"),
    "validation": ("DejaVuSansMono.ttf",),
    "test": ("cmtt10.ttf",),
}
_HAND: dict[Split, tuple[str, ...]] = {
    "train": ("font_intuitive/Intuitive.ttf",),
    "validation": ("font_intuitive/Intuitive.ttf",),
    "test": ("font_amatic_sc/AmaticSC-Bold.ttf",),
}


def fonts(rng: Random, split: Split) -> Fonts:
    """Draw the fonts of a deck.

    Raises:
        MissingFontsError: a font package is not installed.
    """
    title, body = rng.choice(_PAIRS[split])
    mono, hand = rng.choice(_MONO[split]), rng.choice(_HAND[split])
    return Fonts(*(_file(name) for name in (title, body, mono, hand)))


def font_files(split: Split) -> frozenset[str]:
    """Every font file that decks of a split may be written in."""
    names = {name for pair in _PAIRS[split] for name in pair} | {*_MONO[split], *_HAND[split]}
    return frozenset(_file(name) for name in names)


@cache
def _file(name: str) -> str:
    package, _, file = name.rpartition("/")
    spec = find_spec(package or "matplotlib")
    if spec is None or spec.origin is None:
        missing = (package or "matplotlib").replace("_", "-")
        raise MissingFontsError(f"{missing} is not installed, whose letters lectures are written in: make setup-export")
    inside = "files" if package else "mpl-data/fonts/ttf"
    return str(Path(spec.origin).parent / inside / file)
