"""A lecture at a board: somebody writes and draws, stands aside, wipes, and begins again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

from hallscribe_export.train.lecture.canvas import SEEN_HEIGHT, SEEN_WIDTH, Picture
from hallscribe_export.train.lecture.footage.jottings import Hand, Jotting
from hallscribe_export.train.lecture.footage.sensor import Sensor
from hallscribe_export.train.lecture.footage.setting import Setting
from hallscribe_export.train.lecture.footage.speaker import Pose, draw_person, figure
from hallscribe_export.train.lecture.footage.surface import Surface, surface, wiped
from hallscribe_export.train.lecture.frame import Change, Frame
from hallscribe_export.train.lecture.page import NOUN, Fact, Page, Style

_SIZE = (SEEN_WIDTH, SEEN_HEIGHT)
_GAP = 14
# Of a jotting of which more is hidden nothing is said.
_HIDDEN = 0.5
# How much of a board is covered when it is full, and when it is no longer nearly empty.
_FULL, _SOME = 0.75, 0.35
_NAMES = {
    "whiteboard": ("whiteboard", "white board"),
    "chalkboard": ("chalkboard", "green chalkboard"),
    "blackboard": ("blackboard", "black chalkboard"),
}
_ABSENT = Fact("speaker", "absent", ("with nobody in front of it", "with no one at it", "without a person in view"))


def at_the_board(pages: Sequence[Page], style: Style, rng: Random, setting: Setting) -> Iterator[Frame]:
    """The frames of a lecture at a board; its words are those of the pages, none of which is shown."""
    words = [" ".join(each.split()[:3]) for page in pages for each in page.words]
    scene = _Scene(setting, rng)
    hand = Hand(style.fonts.hand, [each for each in words if 2 < len(each) < 22], scene.board.chalk, rng)
    seconds = 0
    for number in range(max(2, min(4, round(len(pages) / 3)))):
        for frame in _state(scene, hand, number, float(seconds), rng):
            yield frame
            seconds += 1


def _state(scene: _Scene, hand: Hand, number: int, start: float, rng: Random) -> Iterator[Frame]:
    """From a clean board until it is to be wiped."""
    second, step = start, 0

    def frame(change: Change, doing: str, spot: tuple[float, float] | None = None) -> Frame:
        nonlocal second, step
        step += change == "ink"
        picture, facts = scene.look(doing, spot)
        made = Frame(picture, second, number, step, change, facts)
        second += 1
        return made

    if number:
        scene.wipe(rng.uniform(0.55, 0.9))
        yield frame("page", "wiping", scene.edge)
        scene.wipe(1.0)
    # A film may begin when there is something on the board already.
    before = rng.randint(0, 12) if not number and rng.random() < 0.7 else 0
    first: Change = "none" if number else "page"
    if not before:
        for pause in range(rng.randint(1, 3)):
            yield frame("none" if pause else first, scene.idle())
        first = "none"
    for written, jotting in enumerate(_plan(scene.board, hand, rng)):
        if written < before:
            scene.show(jotting)
            continue
        for part in jotting.parts:
            part.draw(scene.picture)
            scene.jottings = [*scene.jottings[:written], jotting if part is jotting.parts[-1] else jotting.begun]
            yield frame("ink" if first == "none" else first, "writing", part.end)
            first = "none"
        for _ in range(rng.choice((0, 0, 1, 2, 3))):
            yield frame("none", scene.idle())
    for _ in range(rng.randint(2, 5)):
        yield frame(first, scene.idle())
        first = "none"


def _plan(board: Surface, hand: Hand, rng: Random) -> Iterator[Jotting]:
    """What comes onto a board, column by column; sometimes it is wiped before it is full."""
    left, top, right, bottom = board.box
    columns = rng.choice((1, 2, 2, 3))
    wide = (right - left) / columns
    most = rng.choice((rng.randint(3, 9), 30))
    for column in range(columns):
        x, y = left + column * wide + _GAP, top + _GAP + rng.uniform(0, 16)
        while y < bottom - 46 and most > 0:
            usual = rng.random() < 0.8
            pen = board.pens[0] if usual else rng.choice(board.pens[1:])
            jotting = hand.jot((x, y), wide - 2 * _GAP, bottom - y - 8, pen, usual)
            yield jotting
            y = jotting.box[3] + _GAP
            most -= 1


class _Scene:
    """A board as a camera sees it, and who stands there."""

    def __init__(self, setting: Setting, rng: Random) -> None:
        fixed = Random(setting.seed)
        self.board = surface(setting.split, fixed)
        self.picture = self.board.empty.copy()
        self.jottings: list[Jotting] = []
        self._who = figure(fixed, setting.split)
        self._tall = SEEN_HEIGHT * fixed.uniform(0.7, 1.15)
        self._foot = SEEN_HEIGHT * fixed.uniform(1.05, 1.25)
        self._turn = _turn(fixed)
        self._sensor = Sensor(setting, rng, fixed.uniform(0, 0.4))
        self._rng = rng
        self._x = rng.uniform(0, SEEN_WIDTH)
        self._clean = self.picture
        self.edge = (0.0, 0.0)

    def wipe(self, share: float) -> None:
        """Wipe the left ``share`` of the board; with all of it what was on it is forgotten."""
        if self.jottings:
            self._clean = wiped(self.board, self.picture, self.board.empty)
            self.jottings = []
        edge = round(SEEN_WIDTH * share)
        self.picture = np.concatenate([self._clean[:, :edge], self.picture[:, edge:]], 1)
        self.edge = float(edge), SEEN_HEIGHT * 0.4

    def show(self, jotting: Jotting) -> None:
        """Have a whole piece on the board."""
        for part in jotting.parts:
            part.draw(self.picture)
        self.jottings.append(jotting)

    def idle(self) -> str:
        """What the person does who does not write."""
        return self._rng.choice(("standing", "standing", "absent", "pointing"))

    def look(self, doing: str, spot: tuple[float, float] | None) -> tuple[Picture, tuple[Fact, ...]]:
        """The picture of a second in which the person does something, at ``spot`` of the board; and its facts."""
        seen = (
            self.picture
            if self._turn is None
            else cv2.warpPerspective(self.picture, self._turn, _SIZE, borderMode=cv2.BORDER_REPLICATE)
        )
        picture = np.array(seen, np.uint8)
        mask = np.zeros((SEEN_HEIGHT, SEEN_WIDTH), np.uint8)
        if doing != "absent":
            draw_person(picture, self._who, self._pose(doing, spot), mask)
        if self._turn is not None:
            # Hidden is what lies behind the person on the board as it is, not as it is seen.
            flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
            mask = np.asarray(cv2.warpPerspective(mask, self._turn, _SIZE, flags=flags), np.uint8)
        return self._sensor.record(picture), self._facts(doing, mask)

    def _pose(self, doing: str, spot: tuple[float, float] | None) -> Pose:
        rng = self._rng
        if spot is None and doing == "pointing" and self.jottings:
            left, top, right, bottom = rng.choice(self.jottings).box
            spot = ((left + right) / 2, (top + bottom) / 2)
        if spot is None:
            self._x += max(-120.0, min(120.0, rng.choice((30, SEEN_WIDTH - 30, self._x)) - self._x))
            return Pose(self._x, self._foot, self._tall, False, None, rng.uniform(0.02, 0.08), rng.gauss(0, 0.01))
        x, y = spot
        if self._turn is not None:
            moved = cv2.perspectiveTransform(np.array([[spot]], np.float64), self._turn)
            x, y = float(moved[0, 0, 0]), float(moved[0, 0, 1])
        # Beside the spot at arm's length, on the side where nothing is written yet.
        away = 0.3 if x < SEEN_WIDTH * 0.75 else -0.3
        self._x = x + away * self._tall + rng.gauss(0, 3)
        return Pose(self._x, self._foot, self._tall, doing != "pointing", (x, y), 0.04, 0.0)

    def _facts(self, doing: str, mask: Picture) -> tuple[Fact, ...]:
        facts = [self._amount(), *_doing(doing, self.board.kind)]
        seen = [each for each in self.jottings if _covered(each, mask) <= _HIDDEN]
        facts += dict.fromkeys(fact for each in seen for fact in each.facts)
        return tuple(sorted(facts, key=lambda fact: fact.key != NOUN))

    def _amount(self) -> Fact:
        """How much there is on the board, as a kind of picture."""
        usual, other = _NAMES[self.board.kind]
        left, top, right, bottom = self.board.box
        rows = np.zeros((bottom - top, right - left), np.uint8)
        for each in self.jottings:
            x0, y0, x1, y1 = (round(edge) for edge in each.box)
            rows[max(y0 - top - 8, 0) : y1 - top + 8, max(x0 - left, 0) : x1 - left] = 1
        share = float(rows.mean())
        if not self.jottings:
            return Fact(NOUN, f"{usual} empty", (f"an empty {usual}", f"a clean {usual}", f"an empty {other}"))
        if share > _FULL * 0.6:
            full = (f"a {usual} full of writing", f"a crowded {usual}", f"a {other} covered with writing")
            return Fact(NOUN, f"{usual} full", full)
        if share > _SOME * 0.5:
            return Fact(NOUN, f"{usual} written", (f"a {usual} with writing on it", f"writing on a {other}"))
        little = (f"a {usual} with a little writing", f"a nearly empty {usual}", f"a few words on a {other}")
        return Fact(NOUN, f"{usual} little", little)


def _doing(doing: str, kind: str) -> list[Fact]:
    """What is to be said of the person."""
    usual, other = _NAMES[kind]
    if doing == "absent":
        return [_ABSENT]
    verb = {"writing": "writing on", "wiping": "wiping", "standing": "standing at", "pointing": "pointing at"}[doing]
    phrases = (f"someone {verb} the {usual}", f"a lecturer {verb} the board", f"a teacher {verb} a {other}")
    return [Fact(NOUN, f"{doing} {usual}", phrases)]


def _covered(jotting: Jotting, mask: Picture) -> float:
    left, top, right, bottom = (round(each) for each in jotting.box)
    part = mask[top:bottom, left:right]
    return cv2.countNonZero(part) / part.size if part.size else 1.0


def _turn(rng: Random) -> NDArray[np.float64] | None:
    """How the board is seen from the side; often it is not."""
    if rng.random() < 0.45:
        return None
    whole = np.array([[0, 0], [SEEN_WIDTH, 0], [SEEN_WIDTH, SEEN_HEIGHT], [0, SEEN_HEIGHT]], np.float32)
    out = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * rng.uniform(4, 14)
    moved = whole + out + np.array([[rng.gauss(0, 14), rng.gauss(0, 14)] for _ in range(4)])
    return np.asarray(cv2.getPerspectiveTransform(whole, moved.astype(np.float32)), np.float64)
