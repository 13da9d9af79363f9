"""What comes between a slide and the recorder: noise, cursors, ink, people, exposure, codecs, the hall."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from hallscribe_bench.detector.slides import HEIGHT, WIDTH, Picture, scenery

Effect = Callable[[Picture, float], Picture]
Rng = np.random.Generator


def noise(rng: Rng, sigma: float) -> Effect:
    """Sensor noise, Gaussian, in grey levels."""
    bank = rng.normal(0, sigma, (HEIGHT + 64, WIDTH + 64)).astype(np.int16)

    def apply(picture: Picture, _: float) -> Picture:
        y, x = rng.integers(0, 64, 2)
        return np.asarray(np.clip(picture.astype(np.int16) + bank[y : y + HEIGHT, x : x + WIDTH], 0, 255), np.uint8)

    return apply


def cursor(rng: Rng, size: float = 11.0) -> Effect:
    """A pointer that rests, drifts and jumps."""
    place = np.array([WIDTH / 2, HEIGHT / 2])

    def apply(picture: Picture, _: float) -> Picture:
        move = rng.random()
        if move < 0.05:
            place[:] = rng.uniform(0.05, 0.95, 2) * (WIDTH, HEIGHT)
        elif move < 0.7:
            place[:] = np.clip(place + rng.normal(0, 9, 2), 3, (WIDTH - 12, HEIGHT - 14))
        x, y = place
        shape = np.array([[x, y], [x, y + size], [x + 0.7 * size, y + 0.7 * size]], np.int32)
        drawn = picture.copy()
        cv2.fillPoly(drawn, [shape], 0)
        cv2.polylines(drawn, [shape], True, 255, 1)
        return drawn

    return apply


def ink(rng: Rng, starts: list[float], clears: list[float], tone: int) -> Effect:
    """Pen strokes drawn at the given times, each in two to five seconds; all wiped when the slide changes."""
    strokes = []
    for start in starts:
        x, y = rng.uniform(0.15, 0.8, 2) * (WIDTH, HEIGHT)
        if rng.random() < 0.5:
            points = [(x + i * 4, y + rng.normal(0, 1)) for i in range(int(rng.integers(8, 40)))]
        else:
            radius, turn = rng.uniform(10, 40), np.linspace(0, 2 * np.pi, 30)
            points = [(x + 2 * radius * np.cos(a), y + radius * np.sin(a)) for a in turn]
        strokes.append((start, float(rng.uniform(2, 5)), np.array(points, np.int32)))

    def apply(picture: Picture, time: float) -> Picture:
        since = max([clear for clear in clears if clear <= time], default=0.0)
        drawn = picture.copy()
        for start, lasts, points in strokes:
            if since <= start <= time:
                count = max(2, int(len(points) * min(1.0, (time - start) / lasts)))
                cv2.polylines(drawn, [points[:count]], False, tone, 2, cv2.LINE_AA)
        return drawn

    return apply


def speaker(rng: Rng, manner: str, height: float = 0.6, floor: float = 1.0, tone: int | None = None) -> Effect:
    """A body in front of the picture.

    Args:
        rng: of the footage.
        manner: "walks" without rest, "paces" between places where it stands, "visits" (comes, stands, leaves).
        height: of the body, as a share of the picture's.
        floor: where it stands, as a share of the picture's height.
        tone: grey level; None for a dark one.
    """
    shade = int(rng.integers(5, 90)) if tone is None else tone
    place = [float(rng.uniform(0.1, 0.9)), 0.0, float(rng.uniform(0.1, 0.9)), 0.0]
    there = [manner != "visits"]
    fabric = scenery(rng, WIDTH, HEIGHT, 4) // 8

    def apply(picture: Picture, time: float) -> Picture:
        x, until, goal, _ = place
        if manner == "walks":
            if abs(goal - x) < 0.02:
                place[2] = float(rng.uniform(0.0, 1.0))
            x += float(np.clip(goal - x, -0.12, 0.12)) + float(rng.normal(0, 0.008))
        else:
            if time >= until:
                place[1] = time + float(rng.exponential(14.0)) + 3
                place[2] = float(rng.uniform(-0.05, 1.05))
                if manner == "visits":
                    place[2] = float(rng.uniform(0.15, 0.85)) if not there[0] else float(rng.choice([-0.4, 1.4]))
                    if not there[0]:
                        x = float(rng.choice([-0.2, 1.2]))
                    there[0] = not there[0]
            x += float(np.clip(place[2] - x, -0.2, 0.2)) + float(rng.normal(0, 0.004))
        place[0] = x
        return _body(picture, x, height, floor, shade, fabric, rng)

    return apply


def _body(picture: Picture, x: float, height: float, floor: float, shade: int, fabric: Picture, rng: Rng) -> Picture:
    tall = height * HEIGHT
    foot, middle = floor * HEIGHT, x * WIDTH
    top = foot - tall * (1 + float(rng.normal(0, 0.01)))
    head = 0.085 * tall
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    lean = float(rng.normal(0, 0.02)) * tall
    centre = (int(middle + lean), int(top + 1.3 * head))
    cv2.ellipse(mask, centre, (int(head), int(1.3 * head)), 0.0, 0.0, 360.0, 255, -1)
    shoulder, hip = 0.17 * tall, 0.14 * tall
    trunk = [
        [middle + lean - shoulder, top + 3.4 * head],
        [middle + lean + shoulder, top + 3.4 * head],
        [middle + hip, foot],
        [middle - hip, foot],
    ]
    cv2.fillPoly(mask, [np.array(trunk, np.int32)], 255)
    if rng.random() < 0.5:
        side = float(rng.choice([-1, 1]))
        elbow = (int(middle + side * shoulder * 1.8), int(top + (5 + 2 * float(rng.normal())) * head))
        cv2.line(mask, (int(middle + side * shoulder), int(top + 4 * head)), elbow, 255, max(2, int(0.06 * tall)))
    drawn = picture.copy()
    shift = int(middle) % WIDTH
    drawn[mask > 0] = np.clip(np.roll(fabric, shift, axis=1)[mask > 0].astype(np.int16) + shade, 0, 255)
    return drawn


def exposure(rng: Rng, seconds: float, every_s: float, span: float) -> Effect:
    """Steps of gain that settle within two seconds, as a camera's iris does."""
    count = max(1, int(seconds / every_s))
    times = np.sort(rng.uniform(3, seconds, count))
    gains = np.concatenate([[1.0], rng.uniform(1 - span, 1 + span, count)])

    def apply(picture: Picture, time: float) -> Picture:
        step = int(np.searchsorted(times, time, side="right"))
        gain = gains[step]
        if step and time - times[step - 1] < 2:
            gain = gains[step - 1] + (gain - gains[step - 1]) * (time - times[step - 1]) / 2
        return np.asarray(np.clip(picture * gain, 0, 255), np.uint8)

    return apply


def flicker(rng: Rng, span: float, bands: bool) -> Effect:
    """A lamp against the shutter: the whole picture, or bands of it, brighter and darker from frame to frame."""
    rows = np.arange(HEIGHT, dtype=np.float32)[:, None]

    def apply(picture: Picture, _: float) -> Picture:
        gain = 1 + span * np.sin(rows / 40 + rng.uniform(0, 6.28)) if bands else 1 + float(rng.uniform(-span, span))
        return np.asarray(np.clip(picture * gain, 0, 255), np.uint8)

    return apply


def codec(rng: Rng, quality: int) -> Effect:
    """A lossy codec whose quality breathes with its key frames."""

    def apply(picture: Picture, time: float) -> Picture:
        now = int(np.clip(quality + 8 * np.cos(time * 0.6) + rng.normal(0, 2), 8, 95))
        data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, now])[1]
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)

    return apply


def hall(rng: Rng) -> Effect:
    """The slide on a screen in a hall, seen askew: it holds a sixth to a half of the picture."""
    room = (scenery(rng, WIDTH, HEIGHT) * rng.uniform(0.25, 0.7)).astype(np.uint8)
    width = rng.uniform(0.42, 0.75) * WIDTH
    height = width * 9 / 16
    left, top = rng.uniform(0, WIDTH - width), rng.uniform(0, max(1.0, 0.75 * HEIGHT - height))
    corners = np.array([[left, top], [left + width, top], [left + width, top + height], [left, top + height]])
    target = (corners + rng.normal(0, 0.02 * width, (4, 2))).astype(np.float32)
    source = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
    turn = cv2.getPerspectiveTransform(source, target)
    mask = cv2.warpPerspective(np.full((HEIGHT, WIDTH), 255, np.uint8), turn, (WIDTH, HEIGHT)) > 127
    dim = float(rng.uniform(0.75, 1.0))

    def apply(picture: Picture, _: float) -> Picture:
        seen = cv2.warpPerspective(picture, turn, (WIDTH, HEIGHT), flags=cv2.INTER_AREA)
        return np.where(mask, (seen * dim).astype(np.uint8), room)

    return apply


def inset(rng: Rng) -> Effect:
    """A small camera picture of the speaker in a corner, never still."""
    width = int(rng.uniform(0.16, 0.28) * WIDTH)
    height = width * 3 // 4
    x, y = int(rng.choice([4, WIDTH - width - 4])), int(rng.choice([4, HEIGHT - height - 4]))
    back = scenery(rng, WIDTH, HEIGHT)
    body = speaker(rng, "paces", height=0.9)

    def apply(picture: Picture, time: float) -> Picture:
        drawn = picture.copy()
        drawn[y : y + height, x : x + width] = cv2.resize(body(back, time), (width, height))
        return drawn

    return apply


def embedded_video(rng: Rng, start: float, end: float) -> Effect:
    """A film that plays in a part of the slide between two times, and stands still outside them."""
    width, height = int(rng.uniform(0.3, 0.5) * WIDTH), int(rng.uniform(0.35, 0.6) * HEIGHT)
    x, y = int(rng.uniform(0.05, 0.45) * WIDTH), int(rng.uniform(0.2, 0.38) * HEIGHT)
    film = scenery(rng, WIDTH * 2, HEIGHT * 2)

    def apply(picture: Picture, time: float) -> Picture:
        at = float(np.clip(time, start, end) - start)
        dx, dy = int(abs(np.sin(at / 9)) * WIDTH * 0.9), int(abs(np.sin(at / 13)) * HEIGHT * 0.9)
        drawn = picture.copy()
        drawn[y : y + height, x : x + width] = film[dy : dy + height, dx : dx + width]
        return drawn

    return apply


def bars(rng: Rng) -> Effect:
    """Black bars: a 4:3 picture in 16:9, or a flat one."""
    side = bool(rng.random() < 0.6)
    share = float(rng.uniform(0.06, 0.13))
    size = (int(WIDTH * (1 - 2 * share)), HEIGHT) if side else (WIDTH, int(HEIGHT * (1 - 2 * share)))

    def apply(picture: Picture, _: float) -> Picture:
        drawn = np.zeros_like(picture)
        x, y = (WIDTH - size[0]) // 2, (HEIGHT - size[1]) // 2
        drawn[y : y + size[1], x : x + size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        return drawn

    return apply
