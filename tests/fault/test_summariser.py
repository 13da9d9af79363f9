"""The language model's process hangs, dies or takes too much: the extractive text stands, and nobody waits for it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hallscribe.v1 import event_pb2, ingest_pb2, lecture_pb2, notes_pb2, search_pb2, system_pb2
from hallscribed.adapters.models.bundle import default_text_path
from support.daemon import Daemon
from support.frames import shown
from support.tiny_language import ANSWER, language_bundle

CAPTIONS = (
    b"WEBVTT\n\n00:01.000 --> 00:04.000\nToday we prove that every bounded sequence has a limit point.\n\n"
    b"00:06.000 --> 00:09.000\nThe second theorem tells when a series of numbers converges.\n"
)
Start = Callable[..., Daemon]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return language_bundle(tmp_path_factory.mktemp("language") / "bundle")


@pytest.fixture
def start(tmp_path: Path, bundle: Path) -> Iterator[Start]:
    started: list[Daemon] = []

    def begin(**settings: float) -> Daemon:
        started.append(Daemon(tmp_path, configured(bundle, **settings)))
        return started[-1].start()

    yield begin
    for daemon in started:
        daemon.close()


def configured(bundle: Path, **settings: float) -> str:
    lines = [f"{key} = {value}" for key, value in settings.items()]
    return "\n".join(["[summariser]", f'bundle = "{bundle}"', *lines]) + "\n"


def summariser(daemon: Daemon) -> system_pb2.SummariserStatus:
    return daemon.system.GetStatus(system_pb2.GetStatusRequest(), timeout=10).summariser


def lecture(daemon: Daemon, name: str) -> None:
    """A lecture of two slides, over and read."""
    daemon.create(name)
    daemon.push(name, shown([1] * 5 + [2] * 5))
    daemon.ingest.PutCaptions(ingest_pb2.PutCaptionsRequest(lecture_id=name, captions=CAPTIONS), timeout=30)
    daemon.finish(name)


def segments(daemon: Daemon, name: str) -> list[event_pb2.Segment]:
    notes = daemon.notes.GetNotes(notes_pb2.GetNotesRequest(lecture_id=name), timeout=10)
    return [section.segment for section in notes.sections]


def until(condition: Callable[[], bool], daemon: Daemon, wait_s: float = 60.0) -> None:
    deadline = time.monotonic() + wait_s
    while not condition():
        assert time.monotonic() < deadline, f"it did not come to that:\n{daemon.log()}"
        time.sleep(0.02)


def generated(daemon: Daemon, name: str) -> bool:
    return all(segment.summary_kind == event_pb2.SUMMARY_KIND_GENERATED for segment in segments(daemon, name))


def hung(daemon: Daemon, *, first: str = "algebra") -> int:
    """The process of a loaded model, stopped."""
    lecture(daemon, first)
    until(lambda: generated(daemon, first), daemon)
    pid = summariser(daemon).pid
    assert pid > 0, "nothing to stop; 0 would mean this very process group"
    os.kill(pid, signal.SIGSTOP)
    return pid


def check_extractive(found: list[event_pb2.Segment]) -> None:
    assert all(segment.summary for segment in found)
    assert ANSWER not in {segment.summary for segment in found}
    assert {segment.summary_kind for segment in found} == {event_pb2.SUMMARY_KIND_EXTRACTIVE}


def told(daemon: Daemon) -> Iterator[event_pb2.SubscribeResponse]:
    request = event_pb2.SubscribeRequest(beginning=event_pb2.StartFromBeginning())
    return iter(daemon.events.Subscribe(request, timeout=20))


def test_the_model_is_loaded_for_a_summary_confined_and_unloaded_again(start: Start) -> None:
    daemon = start(idle_s=3.0)
    assert summariser(daemon).state == system_pb2.SUMMARISER_STATE_UNLOADED
    assert summariser(daemon).model == "tiny-language 1"
    lecture(daemon, "algebra")
    until(lambda: summariser(daemon).pid > 0, daemon)
    pid = summariser(daemon).pid
    until(lambda: os.sched_getscheduler(pid) == os.SCHED_IDLE, daemon)
    threads = [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()]
    assert {os.sched_getscheduler(thread) for thread in threads} == {os.SCHED_IDLE}
    assert Path(f"/proc/{pid}/oom_score_adj").read_text().strip() == "1000"
    until(lambda: generated(daemon, "algebra"), daemon)
    found = segments(daemon, "algebra")
    assert {segment.summary for segment in found} == {ANSWER}
    assert {segment.summary_state for segment in found} == {event_pb2.TEXT_STATE_DONE}
    until(lambda: summariser(daemon).pid == 0, daemon)
    status = summariser(daemon)
    assert (status.state, status.memory_bytes) == (system_pb2.SUMMARISER_STATE_UNLOADED, 0)
    assert (status.written, status.failures, status.waiting_jobs) == (len(found), 0, 0)


def test_a_model_that_hangs_is_ended_told_of_and_tried_again(start: Start) -> None:
    daemon = start(patience_s=1)
    pid = hung(daemon)
    lecture(daemon, "biology")
    timed_out = event_pb2.TEXT_STATE_MODEL_TIMED_OUT
    until(lambda: any(each.summary_state == timed_out for each in segments(daemon, "biology")), daemon)
    (failed,) = (each for each in segments(daemon, "biology") if each.summary_state == timed_out)
    check_extractive([failed])
    assert failed.summary_detail.startswith("the summariser's summary took more than 1 s (attempt 1 of 3")
    assert not Path(f"/proc/{pid}").exists()
    notice = next(record.system for record in told(daemon) if record.WhichOneof("record") == "system")
    assert "took more than 1 s" in notice.detail
    assert "lecture biology" in notice.detail
    assert summariser(daemon).failures == 1
    until(lambda: generated(daemon, "biology"), daemon)
    assert summariser(daemon).pid not in (0, pid)
    assert not summariser(daemon).failure_detail


def test_a_model_that_is_killed_leaves_the_extractive_text(start: Start) -> None:
    daemon = start()
    pid = hung(daemon)
    lecture(daemon, "biology")
    until(lambda: summariser(daemon).state == system_pb2.SUMMARISER_STATE_WORKING, daemon)
    os.kill(pid, signal.SIGKILL)
    crashed = event_pb2.TEXT_STATE_MODEL_CRASHED
    until(lambda: any(each.summary_state == crashed for each in segments(daemon, "biology")), daemon)
    assert summariser(daemon).state == system_pb2.SUMMARISER_STATE_BACKING_OFF
    (failed,) = (each for each in segments(daemon, "biology") if each.summary_state == crashed)
    check_extractive([failed])
    assert "ended by signal 9" in failed.summary_detail


def test_a_model_that_needs_too_much_memory_is_ended(start: Start) -> None:
    daemon = start(memory_limit_bytes=32 << 20)
    lecture(daemon, "algebra")
    short = event_pb2.TEXT_STATE_MODEL_OUT_OF_MEMORY
    until(lambda: any(each.summary_state == short for each in segments(daemon, "algebra")), daemon)
    check_extractive(segments(daemon, "algebra"))
    assert summariser(daemon).pid == 0
    assert summariser(daemon).memory_limit_bytes == 32 << 20


def test_nobody_waits_for_a_model_that_hangs(start: Start) -> None:
    daemon = start(patience_s=600)
    pid = hung(daemon)
    lecture(daemon, "biology")
    until(lambda: summariser(daemon).state == system_pb2.SUMMARISER_STATE_WORKING, daemon)
    lecture(daemon, "chemistry")
    until((daemon.data / "lectures" / "chemistry" / "index.faiss").is_file, daemon)
    found = segments(daemon, "chemistry")
    check_extractive(found)
    assert {each.summary_state for each in found} == {event_pb2.TEXT_STATE_AWAITING_MODEL}
    assert all(each.title.startswith("Theorem") for each in found)
    answer = daemon.search.Search(
        search_pb2.SearchRequest(text="bounded sequence", lecture_ids=["chemistry"]), timeout=10
    )
    assert answer.moments
    assert daemon.stop() == 0, daemon.log()
    assert not Path(f"/proc/{pid}").exists()


def test_a_killed_daemon_takes_the_model_along_and_keeps_the_jobs(start: Start) -> None:
    daemon = start(patience_s=600)
    pid = hung(daemon)
    lecture(daemon, "biology")
    until(lambda: summariser(daemon).state == system_pb2.SUMMARISER_STATE_WORKING, daemon)
    daemon.kill()
    until(lambda: not Path(f"/proc/{pid}").exists(), daemon, 5.0)
    daemon.start()
    until(lambda: generated(daemon, "biology"), daemon)
    assert all("attempt" not in each.summary_detail for each in segments(daemon, "biology"))


def test_a_lecture_that_is_deleted_while_it_is_summed_up_harms_nothing(start: Start) -> None:
    daemon = start(patience_s=600)
    pid = hung(daemon)
    lecture(daemon, "biology")
    until(lambda: summariser(daemon).state == system_pb2.SUMMARISER_STATE_WORKING, daemon)
    daemon.lectures.DeleteLecture(lecture_pb2.DeleteLectureRequest(lecture_id="biology"), timeout=20)
    os.kill(pid, signal.SIGCONT)
    lecture(daemon, "chemistry")
    until(lambda: generated(daemon, "chemistry"), daemon)
    assert summariser(daemon).failures == 0
    assert "Traceback" not in daemon.log()


def test_without_a_model_what_waited_for_it_is_done(start: Start, tmp_path: Path) -> None:
    daemon = start(patience_s=600)
    hung(daemon)
    lecture(daemon, "biology")
    daemon.stop()
    (tmp_path / "hallscribed.toml").write_text("")
    daemon.start()
    assert summariser(daemon).state == system_pb2.SUMMARISER_STATE_ABSENT
    found = segments(daemon, "biology")
    check_extractive(found)
    assert {each.summary_state for each in found} == {event_pb2.TEXT_STATE_DONE}
    assert generated(daemon, "algebra"), "what the model wrote stays"


def ended(daemon: Daemon) -> subprocess.CompletedProcess[str]:
    return subprocess.run(daemon.arguments(), capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("file", ["manifest.json", "openvino_model.bin", "openvino_tokenizer.xml"])
def test_a_bundle_that_was_changed_ends_the_start_with_78(tmp_path: Path, file: str) -> None:
    folder = language_bundle(tmp_path / "bundle")
    data = bytearray((folder / file).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / file).write_bytes(data)
    result = ended(Daemon(tmp_path, configured(folder)))
    assert result.returncode == 78
    assert str(folder / file) in result.stderr
    assert "Traceback" not in result.stderr


def test_a_bundle_of_another_kind_ends_the_start_with_78(tmp_path: Path) -> None:
    result = ended(Daemon(tmp_path, configured(default_text_path())))
    assert result.returncode == 78
    assert "configure one of kind language" in result.stderr


def test_a_bundle_that_is_changed_while_the_daemon_runs_is_not_loaded(tmp_path: Path) -> None:
    folder = language_bundle(tmp_path / "bundle")
    daemon = Daemon(tmp_path, configured(folder)).start()
    try:
        (folder / "openvino_model.bin").write_bytes(b"\0" * (folder / "openvino_model.bin").stat().st_size)
        lecture(daemon, "algebra")
        failed = event_pb2.TEXT_STATE_MODEL_FAILED
        until(lambda: any(each.summary_state == failed for each in segments(daemon, "algebra")), daemon)
        check_extractive(segments(daemon, "algebra"))
        (first, *_) = (each for each in segments(daemon, "algebra") if each.summary_state == failed)
        assert "openvino_model.bin is not what the exporter made" in first.summary_detail
    finally:
        daemon.close()
