"""Footage with known truth: scenarios that yield one gray frame a second and say what changed when.

Everything follows from the seed. Nothing here knows the media the detector is measured on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from hallscribe_bench.detector import disturbances as disturb
from hallscribe_bench.detector.disturbances import Effect, Rng
from hallscribe_bench.detector.slides import HEIGHT, WIDTH, Deck, Picture, scenery, words

Moving = Callable[[float], Picture]


@dataclass(frozen=True, slots=True)
class Shot:
    """What is shown from ``start`` on, and how it comes: a cut, a dissolve, or a fade through a grey level."""

    start: float
    show: Moving
    kind: str
    lasts: float = 0.0
    through: int | None = None


@dataclass(slots=True)
class Footage:
    """A recording to be: shots, what disturbs them, and the truth."""

    name: str
    shots: list[Shot]
    seconds: int
    effects: list[Effect] = field(default_factory=list)
    extra: list[tuple[float, str]] = field(default_factory=list)

    @property
    def truth(self) -> list[tuple[float, str]]:
        """Media time in seconds and kind, in order."""
        return sorted([(shot.start, shot.kind) for shot in self.shots[1:]] + self.extra)

    def frames(self) -> Iterator[tuple[float, Picture]]:
        """Media time and gray picture uint8 (360, 640), one a second."""
        for second in range(self.seconds):
            time = float(second)
            picture = self._shown(time)
            for effect in self.effects:
                picture = effect(picture, time)
            yield time, picture

    def _shown(self, time: float) -> Picture:
        index = max(i for i, shot in enumerate(self.shots) if shot.start <= time or i == 0)
        shot = self.shots[index]
        picture = shot.show(time)
        part = (time - shot.start) / shot.lasts if shot.lasts else 1.0
        if index == 0 or part >= 1:
            return picture
        old = self.shots[index - 1].show(time)
        if shot.through is None:
            return np.asarray(cv2.addWeighted(picture, part, old, 1 - part, 0), np.uint8)
        mid = np.full_like(picture, shot.through)
        near, share = (old, 1 - 2 * part) if part < 0.5 else (picture, 2 * part - 1)
        return np.asarray(cv2.addWeighted(near, share, mid, 1 - share, 0), np.uint8)


def still(picture: Picture) -> Moving:
    """A picture that does not move."""
    return lambda _: picture


def talk(
    rng: Rng,
    seconds: int,
    mean_s: float = 20.0,
    layouts: Sequence[str | None] = (None,),
    builds: float = 0.2,
    dissolves: float = 0.15,
    revisits: float = 0.05,
    blanks: float = 0.02,
    shortest: float = 3.2,
) -> list[Shot]:
    """A slide talk: pages with builds, dissolves, revisits and blanks in the given shares."""
    deck = Deck(rng)
    first = deck.pages(layouts[0])[-1]
    shots, shown, time = [Shot(0.0, still(first), "start")], [first], 0.0
    while True:
        time += max(shortest, float(rng.exponential(mean_s)))
        if time > seconds - 4:
            return shots
        lasts = float(rng.uniform(0.4, 1.6)) if rng.random() < dissolves else 0.0
        through = int(rng.choice([0, 255])) if lasts and rng.random() < 0.3 else None
        draw = rng.random()
        if draw < blanks:
            back = time + float(rng.uniform(3.2, 15))
            shots += [Shot(time, still(np.full((HEIGHT, WIDTH), int(rng.choice([0, 255])), np.uint8)), "blank")]
            shots += [Shot(back, still(shown[-1]), "same")]
            time = back
        elif draw < blanks + revisits and len(shown) > 2:
            old = shown[int(rng.integers(max(0, len(shown) - 6), len(shown) - 1))]
            if old is not shown[-1]:
                shots.append(Shot(time, still(old), "revisit", lasts, through))
                shown.append(old)
        else:
            steps = int(rng.integers(2, 5)) if rng.random() < builds else 1
            stages = deck.pages(layouts[int(rng.integers(len(layouts)))], steps)
            for i, stage in enumerate(stages):
                if i:
                    time += max(shortest, float(rng.exponential(mean_s / 2)))
                    lasts, through = 0.0, None
                shots.append(Shot(time, still(stage), "build" if i else "slide", lasts, through))
            shown.append(stages[-1])


def flipped(rng: Rng, seconds: int) -> list[Shot]:
    """A speaker who leafs: runs of slides shown one to three seconds each, between slides that stay."""
    deck = Deck(rng)
    shots, time = [Shot(0.0, still(deck.pages()[-1]), "start")], 0.0
    while time < seconds - 30:
        time += float(rng.uniform(6, 15))
        for _ in range(int(rng.integers(1, 4))):
            shots.append(Shot(time, still(deck.pages()[-1]), "slide"))
            time += float(rng.uniform(1.05, 3.0))
        shots.append(Shot(time, still(deck.pages()[-1]), "slide"))
    return shots


def changing_line(rng: Rng, seconds: int) -> list[Shot]:
    """One template, one title; a line or two of the body and the page's number change: a few percent of the picture."""
    deck = Deck(rng)
    base = deck.pages("code" if rng.random() < 0.3 else "split")[-1]
    shots, time = [], 0.0
    while time < seconds - 5:
        page = base.copy()
        top = int(HEIGHT * 0.5)
        page[top : top + 60, 60:400] = deck.theme.paper
        for line in range(2):
            cv2.putText(
                page, words(rng, 7)[:40], (66, top + 22 + 26 * line), 0, 0.6, int(deck.theme.ink), 1, cv2.LINE_AA
            )
        page[20:50, 40:300] = deck.theme.paper
        cv2.putText(page, words(rng, 2)[:18], (44, 42), 0, 0.9, int(deck.theme.ink), 2, cv2.LINE_AA)
        shots.append(Shot(time, still(page), "slide"))
        time += max(4.0, float(rng.exponential(20)))
    return shots


def writing(rng: Rng, seconds: int, pace: float) -> tuple[list[Shot], list[tuple[float, str]]]:
    """A board that is written on, ``pace`` strokes a second, and wiped when full; a wipe brings another page."""
    paper, tone = (245, 30) if rng.random() < 0.6 else (40, 225)
    board = np.full((HEIGHT, WIDTH), paper, np.uint8)
    boards, wipes, x, y = [board.copy()], [], 40.0, 50.0
    for second in range(1, seconds):
        for _ in range(int(rng.poisson(pace))):
            length = float(rng.uniform(8, 22))
            stroke = np.array([[x + i * length / 5, y + rng.normal(0, 6)] for i in range(6)], np.int32)
            cv2.polylines(board, [stroke], False, tone, 2, cv2.LINE_AA)
            x += length + 5
            if x > WIDTH - 60:
                x, y = 40.0, y + 42
        if y > HEIGHT - 30:
            board[:] = paper
            cv2.putText(board, words(rng, 3)[:26], (40, 50), 0, 1.0, tone, 2, cv2.LINE_AA)
            x, y = 40.0, 100.0
            wipes.append((second - 0.5, "slide"))
        boards.append(board.copy())
    return [Shot(0.0, lambda time: boards[min(int(time), len(boards) - 1)], "start")], wipes


def typing(rng: Rng, seconds: int) -> list[Shot]:
    """Code typed into an editor, a few characters a second."""
    paper, tone = (30, 220) if rng.random() < 0.6 else (250, 20)
    lines = [words(rng, int(rng.integers(2, 8)))[:60] for _ in range(17)]
    pages = []
    for second in range(seconds):
        left = int(second * 4)
        page = np.full((HEIGHT, WIDTH), paper, np.uint8)
        for row, line in enumerate(lines):
            cv2.putText(page, line[: max(0, left)], (30, 30 + 19 * row), 0, 0.45, tone, 1, cv2.LINE_AA)
            left -= len(line)
        pages.append(page)
    return [Shot(0.0, lambda time: pages[min(int(time), len(pages) - 1)], "start")]


def film(rng: Rng, seconds: int, mean_s: float = 9.0, dissolves: float = 0.3) -> list[Shot]:
    """Filmed scenes with slow camera movement, cut together."""
    shots, time = [], 0.0
    while time < seconds - 4:
        lasts = float(rng.uniform(0.4, 1.4)) if rng.random() < dissolves else 0.0
        through = int(rng.choice([0, 255])) if lasts and rng.random() < 0.4 else None
        shots.append(Shot(time, _panning(rng), "scene", lasts, through))
        time += max(4.0, float(rng.exponential(mean_s)))
    return shots


def _panning(rng: Rng) -> Moving:
    wide = scenery(rng, WIDTH + 160, HEIGHT + 120)
    speed, phase = rng.uniform(0, 0.12), rng.uniform(0, 6)

    def show(time: float) -> Picture:
        dx = int(80 + 79 * np.sin(time * speed + phase))
        dy = int(60 + 59 * np.sin(time * speed * 0.6 + phase))
        return wide[dy : dy + HEIGHT, dx : dx + WIDTH]

    return show


def people(rng: Rng, count: int, height: float) -> list[Effect]:
    """Several who come and go."""
    return [
        disturb.speaker(
            rng,
            "visits",
            height * float(rng.uniform(0.8, 1.2)),
            float(rng.uniform(0.9, 1.15)),
            int(rng.integers(10, 200)),
        )
        for _ in range(count)
    ]
