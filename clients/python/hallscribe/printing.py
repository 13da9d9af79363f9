"""Words of slides, captions and titles, as they may be shown."""

from __future__ import annotations


def printable(text: str) -> str:
    """Text without control characters: a slide must not be able to drive somebody's terminal."""
    return "".join(character if character.isprintable() or character == "\n" else " " for character in text)
