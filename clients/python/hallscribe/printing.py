"""Words of slides, captions and titles, as they may be shown."""

from __future__ import annotations

# Zero-width joiners of scripts and emoji; a soft hyphen.
_KEPT = {"\n": "\n", "\u200c": "\u200c", "\u200d": "\u200d", "\u00ad": ""}


def printable(text: str) -> str:
    """Text without control characters: a slide must not be able to drive somebody's terminal.

    What joins or parts letters within a word stays, or goes without a gap (a soft hyphen).
    """
    return "".join(_KEPT.get(each, each if each.isprintable() else " ") for each in text)
