"""Captioned talks with questions, read from a folder of measuring material."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from hallscribed.domain.lecture import Cue
from hallscribed.pipeline.captions import parse_captions

_SBV_TIME = re.compile(r"(\d+):(\d{2}):(\d{2}\.\d{3}),(\d+):(\d{2}):(\d{2}\.\d{3})")


@dataclass(frozen=True, slots=True)
class Slide:
    """A page while it was shown, seconds, and its words."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said and shown."""

    name: str
    cues: tuple[Cue, ...]
    slides: tuple[Slide, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the span of the talk that answers it, seconds."""

    talk: str
    text: str
    start: float
    end: float


def rows(path: Path) -> list[list[str]]:
    """A table of tab-separated values without its comments and header."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [line.split("\t") for line in lines[1:]]


def slide_talks(media: Path) -> list[Talk]:
    """The talks with captions and the times and texts of their pages (standing in for what OCR reads)."""
    talks = []
    for captions in sorted((media / "w3c-media-production").glob("*/captions.vtt")):
        folder = captions.parent
        pages = {row[0]: row[2] for row in rows(folder / "pages_text.tsv") if len(row) > 2}
        slides = [Slide(float(row[0]), float(row[1]), pages.get(row[2], "")) for row in rows(folder / "slides.tsv")]
        talks.append(Talk(folder.name, tuple(parse_captions(captions.read_bytes())), tuple(slides)))
    return talks


def slide_questions(media: Path) -> list[Question]:
    """The paraphrased questions on ``slide_talks``."""
    return [Question(row[0], row[1], float(row[2]), float(row[3])) for row in rows(media / "queries.tsv")]


def course_talks(media: Path) -> list[Talk]:
    """A course's recordings: long, captions only (in the SBV format)."""
    folder = media / "nyu-dlsp20" / "captions"
    return [Talk(path.name, tuple(_sbv(path.read_text("utf-8"))), ()) for path in sorted(folder.glob("*.sbv"))]


def course_questions(media: Path) -> list[Question]:
    """The headings of the course's sections, each asked as a question that its section answers."""
    table = rows(media / "nyu-dlsp20" / "sections.tsv")
    return [Question(row[0], row[3], float(row[1]), float(row[2])) for row in table]


def _sbv(text: str) -> list[Cue]:
    cues = []
    for block in text.replace("\r", "").split("\n\n"):
        timing, _, words = block.strip().partition("\n")
        match = _SBV_TIME.fullmatch(timing)
        if match and words.strip():
            h1, m1, s1, h2, m2, s2 = (float(part) for part in match.groups())
            cues.append(Cue(3600 * h1 + 60 * m1 + s1, 3600 * h2 + 60 * m2 + s2, " ".join(words.split())))
    return cues


def masked(talks: list[Talk], asked: int = 10, kept: int = 12) -> tuple[list[Talk], list[Question]]:
    """Questions made from the slides themselves: some words of a page, all but the first words then taken off it.

    They are no one's questions, but there are many, they ask for a slide by what its page no longer says, and nobody
    chose them; a setting that serves only the paraphrased questions shows itself here.
    """
    shown, questions = [], []
    for talk in talks:
        slides = []
        for slide in talk.slides:
            words = slide.text.split()
            if len(words) >= 16 and slide.end - slide.start >= 8:
                cut = min(len(words) // 2, kept)
                questions.append(Question(talk.name, " ".join(words[cut : cut + asked]), slide.start, slide.end))
                words = words[:cut]
            slides.append(Slide(slide.start, slide.end, " ".join(words)))
        shown.append(Talk(talk.name, talk.cues, tuple(slides)))
    return shown, questions
