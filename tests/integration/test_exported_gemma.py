"""A Gemma that was just exported writes the daemon's summaries."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from hallscribe.v1 import event_pb2, ingest_pb2, notes_pb2, system_pb2
from hallscribed.adapters.models.bundle import load
from hallscribed.adapters.models.gemma import Gemma
from support.daemon import Daemon
from support.frames import shown
from support.language_bundle import exported_gemma

CAPTIONS = (
    b"WEBVTT\n\n00:01.000 --> 00:04.000\nToday we prove that every bounded sequence has a limit point.\n\n"
    b"00:06.000 --> 00:09.000\nThe second theorem tells when a series of numbers converges.\n"
)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported_gemma(tmp_path_factory.mktemp("gemma"))


def test_its_template_and_tokens_are_gemmas(bundle: Path) -> None:
    model = Gemma(load(bundle), 1, 12)
    prompt = model.prompt("Limits", "Every bounded sequence has one.", "We prove it.")
    assert prompt.startswith("<bos><start_of_turn>user\n")
    assert prompt.endswith("<end_of_turn>\n<start_of_turn>model\n")
    assert "Every bounded sequence has one." in prompt
    assert model.summarise("Limits", "Every bounded sequence has one.", "We prove it.").strip()


def test_the_daemon_summarises_with_it(bundle: Path, tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, f'[summariser]\nbundle = "{bundle}"\n')
    try:
        daemon.start()
        daemon.create("talk")
        daemon.push("talk", shown([1] * 5 + [2] * 5))
        daemon.ingest.PutCaptions(ingest_pb2.PutCaptionsRequest(lecture_id="talk", captions=CAPTIONS), timeout=30)
        daemon.finish("talk")
        deadline = time.monotonic() + 60
        while (kinds := summaries(daemon)) != {event_pb2.SUMMARY_KIND_GENERATED}:
            assert time.monotonic() < deadline, f"{kinds}:\n{daemon.log()}"
            time.sleep(0.05)
        told = daemon.system.GetStatus(system_pb2.GetStatusRequest(), timeout=10).summariser
        assert told.model.startswith("tiny-gemma ")
        assert daemon.stop() == 0
    finally:
        daemon.close()


def summaries(daemon: Daemon) -> set[int]:
    """The kinds of the summaries that the notes have."""
    notes = daemon.notes.GetNotes(notes_pb2.GetNotesRequest(lecture_id="talk"), timeout=10)
    return {int(section.segment.summary_kind) for section in notes.sections}
