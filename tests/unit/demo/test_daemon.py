"""The daemon as a child: what is said when it does not start, and that it is stopped. With stand-ins for it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from hallscribe.demo.__main__ import main
from hallscribe.demo.daemon import DaemonFailed, LocalDaemon
from hallscribe.demo.sample import Sample


def program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


async def test_a_daemon_that_ends_is_told_with_its_last_words(tmp_path: Path) -> None:
    command = program(tmp_path / "hallscribed", 'echo "no model bundle in $3" >&2; exit 78')
    async with LocalDaemon(tmp_path, tmp_path / "log", command) as daemon:
        with pytest.raises(DaemonFailed, match="exit code 78") as raised:
            await daemon.ready()
    assert f"no model bundle in {tmp_path / 'data'}" in str(raised.value)
    assert "make setup" in str(raised.value)


async def test_a_missing_program_is_told(tmp_path: Path) -> None:
    with pytest.raises(DaemonFailed, match="cannot be started"):
        async with LocalDaemon(tmp_path, tmp_path / "log", tmp_path / "absent"):
            pass


async def test_leaving_stops_the_daemon(tmp_path: Path) -> None:
    command = program(tmp_path / "hallscribed", "trap 'exit 7' TERM; echo $$; while :; do sleep 0.05; done")
    log = tmp_path / "log"
    async with LocalDaemon(tmp_path, log, command) as daemon:
        while not log.read_text().endswith("\n"):
            await asyncio.sleep(0.01)
        daemon.check()
    assert await daemon.stop() == 7
    with pytest.raises(ProcessLookupError):
        os.kill(int(log.read_text()), 0)


@pytest.mark.parametrize(("name", "content"), [("absent.mp4", None), ("text.mp4", "hello"), ("empty.mp4", "")])
def test_what_is_no_video_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str | None
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    assert main(["--video", str(tmp_path / name), "--out", str(tmp_path / "out")]) == 2
    assert name in capsys.readouterr().err


def test_missing_captions_are_refused(sample: Sample, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--video", str(sample.video), "--captions", str(tmp_path / "no.vtt"), "--out", str(tmp_path)]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_an_output_folder_that_cannot_be_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["--out", str(tmp_path / "file" / "out")]) == 2
    assert "--out" in capsys.readouterr().err
