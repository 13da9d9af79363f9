"""What is pushed: rendered slide talks as JPEG pictures of any height; and English words to say and to ask."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from hallscribe.demo.lecture import SHOTS
from hallscribe_bench.detector import disturbances as disturb
from hallscribe_bench.detector import footage as make
from hallscribe_bench.detector import scenarios
from hallscribe_bench.detector.footage import Footage
from hallscribe_bench.detector.slides import HEIGHT, Deck

FULL_HD = 1080
_QUALITY = 85
_CUE_S, _CUE_WORDS = 6, 14
_WORDS = sorted({word.strip(".,?!") for shot in SHOTS for word in shot.speech.lower().split()})

Timed = tuple[float, bytes]


def talk(seed: int, seconds: int, height: int = FULL_HD) -> Iterator[Timed]:
    """A slide talk filmed from the screen, a frame a second: media time and JPEG."""
    rng = np.random.default_rng([seed, 1])
    effects = [disturb.cursor(rng), disturb.noise(rng, 1.5)]
    shown = Footage("talk", make.talk(rng, seconds, mean_s=40.0), seconds, effects)
    for time, picture in shown.frames():
        yield time, jpeg(picture, height)


def labelled(scenario: str, seed: int) -> tuple[list[Timed], list[tuple[float, str]]]:
    """A talk of the detector's scenarios, a frame a second, and what changes when."""
    footage = getattr(scenarios, scenario)(np.random.default_rng([seed, 7]))
    return [(time, jpeg(picture, HEIGHT)) for time, picture in footage.frames()], list(footage.truth)


def changing(seed: int, seconds: int, height: int = FULL_HD) -> Iterator[Timed]:
    """Another slide every second."""
    rng = np.random.default_rng([seed, 2])
    deck = Deck(rng)
    for second in range(seconds):
        yield float(second), jpeg(deck.pages()[-1], height)


def jpeg(gray: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], height: int) -> bytes:
    """A picture, uint8 (H, W), as JPEG of that height, 16 to 9."""
    wide = cv2.resize(gray, (height * 16 // 9, height), interpolation=cv2.INTER_CUBIC)
    done, data = cv2.imencode(".jpg", cv2.cvtColor(wide, cv2.COLOR_GRAY2BGR), (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))
    assert done
    return data.tobytes()


def captions(seed: int, seconds: int) -> str:
    """What is said meanwhile, WebVTT."""
    rng = np.random.default_rng([seed, 3])
    cues = ["WEBVTT\n"]
    for start in range(0, seconds - _CUE_S, _CUE_S):
        cues.append(f"{_stamp(start)} --> {_stamp(start + _CUE_S)}\n{' '.join(rng.choice(_WORDS, _CUE_WORDS))}\n")
    return "\n".join(cues)


def questions(seed: int, count: int) -> list[str]:
    """Words to ask for."""
    rng = np.random.default_rng([seed, 4])
    return [" ".join(rng.choice(_WORDS, int(rng.integers(3, 10)))) for _ in range(count)]


def _stamp(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.000"
