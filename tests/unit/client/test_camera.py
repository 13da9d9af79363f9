"""The example that pushes a camera's picture: a frame a second, through a camera that goes away."""

from __future__ import annotations

import importlib.util
import threading
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import hallscribe

FILE = Path(__file__).parents[3] / "clients/python/examples/camera.py"


@pytest.fixture
def camera() -> ModuleType:
    spec = importlib.util.spec_from_file_location("camera", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Capture:
    """Four pictures a second by a clock of its own; after ten seconds there are no more."""

    def __init__(self, now: list[float]) -> None:
        self._now, self._ends = now, now[0] + 10.0

    def grab(self) -> bool:
        self._now[0] += 0.25
        return self._now[0] < self._ends

    def retrieve(self) -> tuple[bool, np.ndarray]:
        return True, np.zeros((4, 4, 3), np.uint8)

    def release(self) -> None:
        pass


def test_a_frame_a_second_goes_on_after_the_last_one_and_after_the_camera_was_away(
    camera: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now, stopping, away = [100.0], threading.Event(), list[float]()

    def wait(seconds: float) -> bool:
        away.append(seconds)
        now[0] += seconds
        return False

    monkeypatch.setattr(camera.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(camera, "opened", lambda _: Capture(now))
    monkeypatch.setattr(stopping, "wait", wait)
    start = hallscribe.StreamStart(4, 3.0, 1.0, 1 << 20, "uid")
    times = []
    for frame in camera.frames("/dev/video0", start, stopping):
        times.append(frame.media_time_s)
        if len(times) == 16:
            stopping.set()
    assert times[0] == pytest.approx(4.25)
    assert all(0.99 <= after - before <= 2.6 for before, after in pairwise(times))
    assert away == [1.0]
    assert "opened again in 1 s" in capsys.readouterr().err
