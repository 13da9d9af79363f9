"""The same slide or not: pairs of looks, and the area under their curve."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any, cast

import numpy as np
import pytest

from hallscribe_export.train.evaluation.looks import Camera, at_the_screen
from hallscribe_export.train.evaluation.material import stays
from hallscribe_export.train.evaluation.sameness import HASH, KINDS, OTHER_SCREEN, PIXELS, measure, pairs
from hallscribe_export.train.lecture.frame import Change, Frame


@dataclass
class Page:
    steps: tuple[np.ndarray, ...]


@dataclass
class Deck:
    name: str
    pages: tuple[Page, ...]


def pages(count: int) -> list[np.ndarray]:
    coarse = np.random.default_rng(1).integers(0, 256, (count, 9, 16, 3), np.uint8)
    return list(coarse.repeat(40, axis=1).repeat(40, axis=2))


def decks() -> Any:
    drawn = pages(6)
    # The last step of a build is what counts, and a page that is there twice is no other page.
    made = [Page((np.zeros_like(each), each)) for each in (*drawn, drawn[0])]
    return cast(Any, (Deck(f"deck {number}", tuple(made)) for number in range(20)))


def test_looks_differ_and_are_the_same_under_a_seed() -> None:
    page = pages(1)[0]
    for look in (at_the_screen, Camera(Random(1)).look):
        first, second, again = (look(page, Random(seed)) for seed in (1, 2, 1))
        assert first.shape == page.shape
        assert first.dtype == np.uint8
        assert np.array_equal(first, again)
        assert not np.array_equal(first, second)


def test_pairs_are_half_the_same_and_their_kinds_take_turns() -> None:
    made = list(islice(pairs(decks(), 64), 28))
    assert [each.same for each in made] == [True, False] * 14
    assert [each.kind for each in made[::2]] == [KINDS[turn % 4] for turn in range(14)]
    assert made[0].first.shape == (64, 64, 3)


def test_areas_are_of_the_encoder_and_the_baselines_by_kind() -> None:
    def coarse(pictures: np.ndarray) -> np.ndarray:
        return pictures[:, ::8, ::8].reshape(len(pictures), -1) - np.float32(128)

    rows = measure(pairs(decks(), 64), 80, coarse)
    assert len(rows) == 2 + len(KINDS)
    assert "40 same, 40 not" in rows[0].what
    for row in rows:
        assert row.measured is not None
        assert set(row.baselines) == {PIXELS, HASH}
    by_kind = {kind: next(row for row in rows if kind + " (" in row.what) for kind in KINDS}
    # Pages of bare colours, straight before the recorder: nothing could be easier.
    assert by_kind[OTHER_SCREEN].measured == pytest.approx(1.0, abs=0.1)
    assert by_kind[OTHER_SCREEN].baselines[PIXELS] > 0.9


def test_a_stay_is_the_frames_of_a_pages_last_step() -> None:
    seen: list[tuple[int, int, Change]] = [
        (0, 0, "page"),
        (0, 0, "none"),
        (0, 1, "build"),
        (0, 1, "none"),
        (1, 0, "page"),
        (0, 1, "page"),
    ]
    frames = [
        Frame(np.zeros((2, 2, 3), np.uint8), float(number), page, step, change, ())
        for number, (page, step, change) in enumerate(seen)
    ]
    assert [[frame.time_s for frame in stay] for stay in stays(frames)] == [[2.0, 3.0], [4.0], [5.0]]
