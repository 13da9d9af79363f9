"""Lectures that another encoder saw are found by this one's vectors of their key frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hallscribed.adapters.store.derived import FolderFiles
from hallscribed.adapters.store.lecture import SqliteLectureStore
from hallscribed.domain.embedding import EmbeddingSpace, Vector
from hallscribed.domain.errors import Exhausted, Reason, Unavailable
from hallscribed.domain.frame import EncodedFrame, Outcome, Refusal
from hallscribed.pipeline.maintenance import Sealing
from hallscribed.pipeline.reembedding import Reembedding
from support.box import Box
from support.fakes import FakePerception, FakeProjection, jpeg, slide

SLIDES, SHOWN_S = 3, 8


class Other(FakePerception):
    """Another encoder, with vectors of another width; what is named in ``refusals`` it answers in turn first."""

    def __init__(self) -> None:
        super().__init__()
        self.refusals: list[Refusal] = []

    def embed(self, picture: bytes) -> Vector | Refusal:
        """The same picture seen upside down, and twice."""
        if self.refusals:
            return self.refusals.pop(0)
        vector = super().embed(picture)
        return vector if isinstance(vector, Refusal) else np.tile(vector[::-1], 2)


def recorded(box: Box, name: str, *, finished: bool = True) -> SqliteLectureStore:
    """Three slides of eight seconds."""
    store = box.catalog.create(name, "")
    path = box.frame_path(store)
    for second in range(SLIDES * SHOWN_S):
        path.take(EncodedFrame(second + 1, float(second), jpeg(slide(second // SHOWN_S))))
        path.commit()
    path.finish()
    if finished:
        store.finish()
        sealing(box).seal(store)
    return store


def sealing(box: Box) -> Sealing:
    return Sealing(box.projection, box.visual, FolderFiles())


def reembedding(box: Box, perception: Other, busy: bool = False) -> Reembedding:
    return Reembedding(
        box.catalog, box.recorder, sealing(box), perception, lambda: busy, box.storage_failures.append, box.meter
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two finished lectures and an open one, recorded with the encoder "fake"."""
    box = Box(tmp_path)
    recorded(box, "algebra")
    recorded(box, "botany")
    recorded(box, "chemistry", finished=False)
    box.close()
    return tmp_path


class OtherProjection(FakeProjection):
    """Of the other encoder."""

    space = EmbeddingSpace("other/joint", 768, trained=False, aligned=False)


def opened(data: Path, space: str = "other") -> Box:
    """As at a start: every lecture is loaded."""
    box = Box(data, space=space)
    if space == "other":
        box.projection = OtherProjection()
    for store in box.catalog.stores():
        sealing(box).load(store)
    return box


def test_key_frames_of_finished_lectures_are_found_again(data: Path) -> None:
    box, perception = opened(data), Other()
    algebra = box.catalog.open("algebra")
    assert (box.visual.rows(algebra.uid), algebra.vector_at(1.0)) == (0, None)
    assert reembedding(box, perception).look() == 2 * SLIDES
    assert box.visual.rows(algebra.uid) == SLIDES
    ids, vectors = algebra.vectors()
    spans = [algebra.span_of([number])[number] for number in ids]
    for number, (start, end) in enumerate(spans):
        assert start <= number * SHOWN_S + 2 < end <= (number + 1) * SHOWN_S + 2
        there = perception.embed(jpeg(slide(number)))
        assert not isinstance(there, Refusal)
        assert np.allclose(vectors[number], there, rtol=1e-2)
        nearest = box.visual.search(box.projection.project(there[None])[0], {algebra.uid}, SLIDES)
        assert max(found.score for _, found in nearest) > 0.999
        shown = algebra.vector_at(number * SHOWN_S + 4.0)
        assert shown is not None
        assert np.array_equal(shown, vectors[number])
    box.close()


def test_it_is_done_once_and_what_the_other_encoder_made_stays(data: Path) -> None:
    box = opened(data)
    again = reembedding(box, Other())
    assert (again.look(), again.look()) == (2 * SLIDES, 0)
    box.close()
    box = opened(data)
    assert box.visual.rows(box.catalog.open("algebra").uid) == SLIDES
    assert reembedding(box, Other()).look() == 0
    box.close()
    box = opened(data, "fake")
    algebra = box.catalog.open("algebra")
    before, vectors = algebra.vectors()
    assert len(before) >= SLIDES
    assert vectors.shape == (len(before), 24)
    assert box.visual.rows(algebra.uid) == len(before)
    assert reembedding(box, Other()).look() == 0
    box.close()


def test_a_picture_that_cannot_be_encoded_costs_only_itself(data: Path) -> None:
    box, perception = opened(data), Other()
    perception.refusals = [Refusal(Outcome.FAILED, Reason.ENCODER_FAILED, "no number")]
    assert reembedding(box, perception).look() == 2 * SLIDES - 1
    box.close()


def test_a_lost_worker_is_waited_for(data: Path) -> None:
    box, perception = opened(data), Other()
    perception.refusals = [Refusal(Outcome.FAILED, Reason.WORKER_LOST, "gone")]
    again = reembedding(box, perception)
    with pytest.raises(Unavailable, match="gone"):
        again.look()
    assert box.visual.rows(box.catalog.open("botany").uid) == SLIDES, "the others have their turn"
    assert again.look() == SLIDES
    box.close()


def test_a_lecture_that_costs_the_worker_its_life_each_time_is_left_alone(data: Path) -> None:
    box, perception = opened(data), Other()
    again = reembedding(box, perception)
    for _ in range(3):
        perception.refusals = [Refusal(Outcome.FAILED, Reason.WORKER_LOST, "gone")]
        with pytest.raises(Unavailable):
            again.look()
    assert again.look() == 0
    assert box.visual.rows(box.catalog.open("algebra").uid) == 0
    box.close()


def test_what_could_not_be_sealed_is_sealed_at_the_next_look(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box, perception = opened(data), Other()
    again = reembedding(box, perception)
    with monkeypatch.context() as patched, pytest.raises(Exhausted):
        patched.setattr(FolderFiles, "write_matrix", full)
        again.look()
    assert again.look() == SLIDES
    assert [box.visual.rows(box.catalog.open(name).uid) for name in ("algebra", "botany")] == [SLIDES, SLIDES]
    box.close()


def full(*_: object) -> None:
    raise Exhausted(Reason.STORAGE_FULL, "the disk is full")


def test_it_ends_with_the_daemon_while_the_box_is_busy(data: Path) -> None:
    box = opened(data)
    again = reembedding(box, Other(), busy=True)
    again.stop()
    assert again.look() == 0
    box.close()


def test_a_lecture_that_is_finished_later_is_seen_then(data: Path) -> None:
    box = opened(data)
    again = reembedding(box, Other())
    again.look()
    chemistry = box.catalog.open("chemistry")
    chemistry.finish()
    assert again.look() == SLIDES
    assert box.visual.rows(chemistry.uid) == SLIDES
    box.close()
