"""A lecture goes in; questions in words, by picture and by frame find its moments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from hallscribe.v1 import event_pb2, ingest_pb2, notes_pb2, search_pb2
from support.daemon import Daemon
from support.frames import picture, shown

CAPTIONS = b"""WEBVTT

00:00.000 --> 00:08.000
Today we talk about how a bicycle stays upright.

00:10.000 --> 00:18.000
A spinning wheel resists being tilted, like a top does.

00:20.000 --> 00:28.000
Bakers knead their dough until the gluten is strong.
"""


@pytest.fixture(scope="module", params=["openvino", "onnxruntime"])
def box(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    runtime = request.param
    config = f'[encoder]\nruntime = "{runtime}"\n[text]\nruntime = "{runtime}"\n'
    daemon = Daemon(tmp_path_factory.mktemp(runtime), config).start()
    daemon.create("physics")
    daemon.push("physics", shown([1] * 10 + [2] * 10 + [3] * 10))
    daemon.ingest.PutCaptions(ingest_pb2.PutCaptionsRequest(lecture_id="physics", captions=CAPTIONS), timeout=30)
    yield daemon
    daemon.close()


def asked(box: Daemon, **query: object) -> search_pb2.SearchResponse:
    return box.search.Search(search_pb2.SearchRequest(**query), timeout=10)  # type: ignore[arg-type]


def test_words_find_what_was_said_in_other_words(box: Daemon) -> None:
    answer = asked(box, text="making bread")
    assert answer.moments[0].lecture_id == "physics"
    assert 15.0 <= answer.moments[0].start_s <= 28.0
    assert "dough" in answer.moments[0].snippet
    assert answer.moments[0].end_s - answer.moments[0].start_s <= 90
    assert search_pb2.SEARCH_ROUTE_SAID in {hit.route for hit in answer.moments[0].hits}


def test_a_picture_finds_the_frame_that_looks_like_it_while_the_lecture_is_open(box: Daemon) -> None:
    answer = asked(box, image=picture(2))
    assert 10.0 <= answer.moments[0].start_s < 20.0
    assert [hit.method for hit in answer.moments[0].hits] == ["visual"]


@pytest.mark.parametrize("time_s", [float("nan"), float("inf"), -5.0])
def test_a_frame_is_asked_for_by_a_time_that_there_may_be(box: Daemon, time_s: float) -> None:
    with pytest.raises(grpc.RpcError) as told:
        asked(box, frame=search_pb2.FrameReference(lecture_id="physics", time_s=time_s))
    assert told.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_recorded_frame_finds_itself(box: Daemon) -> None:
    frame = search_pb2.FrameReference(lecture_id="physics", time_s=25.0)
    assert 20.0 <= asked(box, frame=frame).moments[0].start_s < 30.0


def test_pictures_can_be_asked_for_in_words_with_the_models_of_the_package(box: Daemon) -> None:
    answer = asked(box, text="a page of text", routes=[search_pb2.SEARCH_ROUTE_SEEN])
    (report,) = answer.routes
    assert report.available
    assert {hit.route for moment in answer.moments for hit in moment.hits} == {search_pb2.SEARCH_ROUTE_SEEN}


def test_a_long_query_is_cut_and_says_so(box: Daemon) -> None:
    answer = asked(box, text="dough " + "gluten and bicycles " * 150)
    assert any("256 tokens" in warning for warning in answer.warnings)
    assert answer.moments


def test_finished_lectures_are_read_sealed_and_found_after_a_restart(box: Daemon) -> None:
    lecture = box.finish("physics")
    assert lecture.pending_jobs == 0
    notes = box.notes.GetNotes(notes_pb2.GetNotesRequest(lecture_id="physics"), timeout=10)
    assert [section.segment.start_s for section in notes.sections] == [0.0, 10.0, 20.0]
    for section in notes.sections:
        assert section.segment.text_state == event_pb2.TEXT_STATE_DONE
        assert section.segment.title.startswith("Theorem")
        assert section.segment.summary_kind == event_pb2.SUMMARY_KIND_EXTRACTIVE
        assert section.segment.summary
    assert "dough" in notes.sections[2].speech
    folder = box.data / "lectures" / "physics"
    wait_for(folder / "index.faiss")
    assert (folder / "embeddings.npy").is_file()
    assert (folder / "config.json").is_file()
    box.stop()
    damage(folder / "index.faiss")
    box.start()
    assert 10.0 <= asked(box, image=picture(2)).moments[0].start_s < 20.0
    assert any((folder / "quarantine").iterdir()), "the damaged index was put aside, and built again"
    assert asked(box, text="Theorem", routes=[search_pb2.SEARCH_ROUTE_WRITTEN]).moments


def wait_for(path: Path) -> None:
    import time

    deadline = time.monotonic() + 20
    while not path.is_file():
        assert time.monotonic() < deadline, f"{path} is not written"
        time.sleep(0.05)


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def test_without_pictures_slides_are_read_all_the_same(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, "[storage]\nkeep_pictures = false\n").start()
    try:
        daemon.create("private")
        daemon.push("private", shown([1] * 6 + [2] * 6))
        daemon.finish("private")
        notes = daemon.notes.GetNotes(notes_pb2.GetNotesRequest(lecture_id="private"), timeout=10)
        assert all(section.segment.title.startswith("Theorem") for section in notes.sections)
        assert not any(section.segment.has_picture for section in notes.sections)
        assert not list((daemon.data / "lectures" / "private" / "pictures").iterdir())
    finally:
        daemon.close()
