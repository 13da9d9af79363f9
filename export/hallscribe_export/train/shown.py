"""Pictures with texts, wherever they are from: what a projection is trained on before anything is calculated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hallscribe_export.calibration import Pictures


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is true of a picture; ``facts`` are all that it states, none where that is not known."""

    text: str
    facts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture and what is true of it.

    Attributes:
        picture: uint8 (H, W, 3), RGB.
        lecture: its name.
        look: what is shown, by a name: pictures of one name show the same.
        split: "train", "validation" or "test"; empty where nobody has said.
        remark: a sentence about the subject that speaks of no picture; empty where none is known.
    """

    picture: Pictures
    lecture: str
    look: str
    split: str
    facts: frozenset[str]
    texts: tuple[Text, ...]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A shard or a recording.

    Attributes:
        sha256: of all that its pictures and texts are made of.
        about: how many pictures it holds, guessed.
        read: its pictures in order; ValueError when a file is damaged.
    """

    name: str
    sha256: str
    about: int
    read: Callable[[], Iterator[Shown]]
