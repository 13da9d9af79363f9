"""Cutting speech and slide text into sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WRITTEN_SHORT = (
    "dr prof mr mrs ms st vs etc eg ie cf al fig figs eq eqs sec no vol pp approx resp dept univ inc ltd jr sr ph"
)
_ABBREVIATIONS = frozenset(_WRITTEN_SHORT.split())
# A full stop ends a sentence before a space and no small letter; decimals, versions and addresses have no space.
_END = re.compile(r"[.!?…]+[\"'”’)\]]*\s+(?=[^a-z\s])|(?<=[。！？])")
_LINE_START = re.compile(r"^\s*(?:[•·▪■●○◦►▶–—*-]+|\(?\d{1,2}[.)])\s*")
_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_CODE = re.compile(
    r"[{};]\s*$|\w\(.*\)\s*[;{:]"
    r"|^\s*(?:def|class|import|from|return|for|while|if|#include|const|let|var)\b.*[:;({]"
)
_ADDRESS = re.compile(r"https?://|www\.|\S+@\S+\.\w")
_LETTERS = re.compile(r"[^\W\d_]{2}|[^\W\d_a-zA-Z]")

_LONGEST = 30
_PIECE = 18


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, its words in lower case, and whether it was said (or else written)."""

    text: str
    words: tuple[str, ...]
    said: bool


def spoken(text: str) -> list[Sentence]:
    """Sentences of speech; a stretch without punctuation, as in automatic captions, is cut into pieces."""
    pieces: list[str] = []
    for sentence in _split(" ".join(text.split())):
        words = sentence.split()
        if len(words) <= _LONGEST:
            pieces.append(sentence)
        else:
            pieces.extend(_cut(words))
    return [found for piece in pieces if (found := _sentence(piece, said=True)).words]


def written(text: str, title: str) -> list[Sentence]:
    """What a slide's lines say, without its title, code, addresses and bare numbers.

    A line that begins small goes on the line before.
    """
    lines: list[str] = []
    for raw in text.splitlines():
        line = _LINE_START.sub("", raw).strip()
        fresh = bool(_LINE_START.match(raw)) or not line[:1].islower()
        if not _LETTERS.search(line) or _plain(line) in _plain(title) or _CODE.search(line) or _ADDRESS.search(line):
            continue
        if fresh or not lines:
            lines.append(line)
        else:
            lines[-1] += f" {line}"
    return [_sentence(piece, said=False) for line in lines for piece in _split(line) if _LETTERS.search(piece)]


def _split(text: str) -> list[str]:
    parts: list[str] = []
    start = 0
    for match in _END.finditer(text):
        last = text[start : match.start()].rsplit(maxsplit=1)[-1:] or [""]
        word = last[0].strip("(\"'").casefold().replace(".", "")
        initial = len(word) == 1 and word.isalpha() and word != "i"
        if text[match.start() : match.start() + 1] == "." and (word in _ABBREVIATIONS or initial):
            continue
        parts.append(text[start : match.end()].strip())
        start = match.end()
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def _cut(words: list[str]) -> list[str]:
    """Pieces of about equal length, at a comma where one is near."""
    pieces: list[str] = []
    while len(words) > _LONGEST:
        commas = [n for n in range(_PIECE // 2, _LONGEST) if words[n].endswith((",", ";", ":"))]
        end = (min(commas, key=lambda n: abs(n - _PIECE)) + 1) if commas else _PIECE
        pieces.append(" ".join(words[:end]).rstrip(",;:") + "…")
        words = words[end:]
    return [*pieces, " ".join(words)]


def _sentence(text: str, *, said: bool) -> Sentence:
    return Sentence(text, tuple(word.casefold() for word in _WORD.findall(text)), said)


def _plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
