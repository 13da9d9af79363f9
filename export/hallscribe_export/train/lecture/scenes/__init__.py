"""Photograph-like pictures made of noise and simple shapes."""

from __future__ import annotations

from hallscribe_export.train.lecture.scenes import close, inside, land, space, town
from hallscribe_export.train.lecture.scenes.noise import Maker

SCENES: tuple[Maker, ...] = (*land.MAKERS, *space.MAKERS, *inside.MAKERS, *close.MAKERS, *town.MAKERS)
