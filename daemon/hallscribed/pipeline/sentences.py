"""Cutting speech and slide text into sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WRITTEN_SHORT = (
    "dr prof mr mrs ms st vs etc eg ie cf al fig figs eq eqs sec vol pp approx resp dept univ inc ltd jr sr ph"
    " abb bzw bspw ca ggf inkl nr tab usw vgl zb см рис стр гл др"
)
_ABBREVIATIONS = frozenset(_WRITTEN_SHORT.split())
# A full stop ends a sentence before a space and no small letter; decimals, versions and addresses have no space.
_END = re.compile(r"[.!?…؟۔।]+[\"'”’)\]]*\s+(?=[^a-z\s])|(?<=[。！？])")
# No more than this of what stands before an end is looked at.
_BEFORE_END = 40
# A bullet or an item's number; what is a figure's sign, or its whole part, stays.
_LINE_START = re.compile(r"^\s*(?:[•·▪■●○◦►▶]+|[–—*-]+(?!\s?\d)|\(?\d{1,2}[.)](?!\d))\s*")
# A line that ends so goes on in the next one, however that begins.
_GOES_ON = re.compile(
    r"(?:,|\b(?:a|an|the|of|for|and|or|with|to|in|on|by|from|at|as|is|are"
    r"|und|oder|der|die|das|des|den|dem|ein|eine|für|mit|von|zu|im))$",
    re.IGNORECASE,
)
_BROKEN = re.compile(r"(?<![\w-])([^\W\d_]{2,})-\s+(?!(?:and|or|und|oder)\b)(?=[^\W\d_])", re.IGNORECASE)
_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_CODE = re.compile(
    r"[{}]\s*$|[=({].*;\s*$|^\s*[$>]\s+\w|^\s*[\"']{3}"
    r"|^\s*return\b(?:[^a-z]{0,40}\w{0,40}\W{0,40}$|\s*[(\[\"'\d-])|^\s*(?:[\w.]+\s*[-+*/]?=\s*)?[\w.]+\(.*\)\s*$"
    r"|^\s*from\s+[\w.]+\s+import\b|^\s*import\s+(?:\w+\.[\w.]+|\w+\s+as\s+\w+)\s*$"
    r"|^\s*(?:def|class|import|from|return|for|while|if|#include|const|let|var)\b.*[:;({]\s*$"
)
_ADDRESS = re.compile(
    r"https?://|www\.|\S{1,64}@\S{1,255}\.\w|©|\bcopyright\W*\d{4}|all rights reserved", re.IGNORECASE
)
# What captions say of sounds and of who speaks.
_SOUND = re.compile(r"\[\w+(?:\s+\w+){0,2}\]|♪+|(?:^|(?<=\s))>>+")
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
    for sentence in _split(" ".join(_SOUND.sub(" ", text).split())):
        words = sentence.split()
        if len(words) <= _LONGEST:
            pieces.append(sentence)
        else:
            pieces.extend(_cut(words))
    return [found for piece in pieces if (found := _sentence(piece, said=True)).words]


def written(text: str, title: str) -> list[Sentence]:
    """What a slide's lines say, without its title, code, addresses and bare numbers.

    A line that begins small goes on the line before, and so does one after a comma or a word that leads on.
    """
    lines: list[str] = []
    for raw in text.splitlines():
        line = _LINE_START.sub("", raw).strip()
        leads_on = bool(lines and _GOES_ON.search(lines[-1]))
        fresh = bool(_LINE_START.match(raw)) or not (line[:1].islower() or leads_on)
        if not _LETTERS.search(line) or plain(line) in plain(title) or _CODE.search(line) or _ADDRESS.search(line):
            continue
        if fresh or not lines:
            lines.append(line)
        else:
            lines[-1] = unbroken(f"{lines[-1]} {line}")
    return [_sentence(piece, said=False) for line in lines for piece in _split(line) if _LETTERS.search(piece)]


def _split(text: str) -> list[str]:
    parts: list[str] = []
    start = 0
    for match in _END.finditer(text):
        last = text[max(start, match.start() - _BEFORE_END) : match.start()].rsplit(maxsplit=1)[-1:] or [""]
        word, after = last[0].strip("(\"'").replace(".", ""), text[match.end() : match.end() + 1]
        if match[0] and _goes_on(word, match[0][0], after):
            continue
        parts.append(text[start : match.end()].strip())
        start = match.end()
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def _goes_on(word: str, stop: str, first: str) -> bool:
    """Whether a sentence goes on behind a stop, after this last word and before this first sign of what comes."""
    if first.islower():
        return True
    initial = len(word) == 1 and word.isupper() and word != "I"
    short = word.casefold() in _ABBREVIATIONS or (word.casefold() == "no" and first.isdigit())
    return stop == "." and (short or initial)


def unbroken(text: str) -> str:
    """Words that were broken at the end of a line made whole; two parts of "two- and threefold" stay apart."""
    return _BROKEN.sub(lambda match: match[1] if text[match.end()].islower() else match[0], text)


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


def plain(text: str) -> str:
    """Letters and digits only, without case: what two readings of one line share."""
    return "".join(character for character in text.casefold() if character.isalnum())


def figures_alike(letters: str) -> str:
    """With the same digit in place of each, so that page numbers repeat."""
    return "".join("0" if character.isdigit() else character for character in letters)
