"""The command as a process: options, exit codes, what goes to stdout and what to stderr."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc
import pytest
from typer.testing import CliRunner

import hallscribe
from hallscribe import cli
from hallscribe.cli import BAD_INPUT, DAEMON_LOST, FAILED, app, exit_code
from hallscribe.errors import HallscribeError
from hallscribe.v1 import event_pb2, lecture_pb2


@dataclass
class Ended:
    code: int
    out: str
    err: str


async def start(*arguments: str, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        # A job in the background, as tests may be, has Ctrl-C ignored, and so would its children.
        "env",
        "--default-signal=INT",
        sys.executable,
        "-m",
        "hallscribe.cli",
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )


async def command(*arguments: str, **environment: str) -> Ended:
    child = await start(*arguments, **environment)
    out, err = await child.communicate()
    assert child.returncode is not None
    return Ended(child.returncode, out.decode(), err.decode())


async def test_json_before_or_after_the_command_and_the_target_from_either_place(daemon: Any) -> None:
    before, after = await asyncio.gather(
        command("--target", daemon.target, "--json", "lectures"),
        command("lectures", "--json", HALLSCRIBE_TARGET=daemon.target),
    )
    assert before == after
    assert (before.code, before.err) == (0, "")
    assert json.loads(before.out)["lecture"] == "algebra"


async def test_no_daemon_is_75(tmp_path: Path) -> None:
    ended = await command(
        "--json",
        "--target",
        f"unix://{tmp_path}/none",
        "ingest",
        "x.mp4",
        "--lecture",
        "a",
        "--pull",
        "--retry-for",
        "0.1",
    )
    assert (ended.code, ended.out) == (DAEMON_LOST, "")
    error = json.loads(ended.err)["error"]
    assert error["reason"] == "UNAVAILABLE"
    assert "frames" not in error["message"]


async def test_a_daemon_that_is_there_answers_also_without_retries(daemon: Any) -> None:
    daemon.lectures["algebra"].state = lecture_pb2.LECTURE_STATE_FINISHED
    ended = await command(
        "--target", daemon.target, "ingest", "x.mp4", "--lecture", "algebra", "--pull", "--retry-for", "0"
    )
    assert ended.code == FAILED
    assert "is finished and takes no more frames" in ended.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ingest", "no-such.mp4", "--lecture", "a"], "does not exist"),
        (["search", "x", "-k", "-1"], "cannot be sent"),
        (["search", "x", "--routes", "heard"], "written,said,seen"),
        (["notes", "a", "--format", "pdf"], "md or json"),
        (["ingest"], "Missing"),
        (["--target", "somewhere", "lectures"], "unix:///path or host:port"),
    ],
)
def test_bad_input_is_2(arguments: Sequence[str], words: str) -> None:
    ended = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    assert (ended.exit_code, ended.stdout) == (BAD_INPUT, "")
    assert words in ended.stderr


def test_version() -> None:
    ended = CliRunner().invoke(app, ["--version"])
    assert (ended.exit_code, ended.stdout) == (0, f"hallscribe {version('hallscribe')}\n")


async def test_an_invalid_id_is_2_in_the_daemons_words(daemon: Any) -> None:
    daemon.refuse_next(
        "DeleteLecture", grpc.StatusCode.INVALID_ARGUMENT, "INVALID_LECTURE_ID", "not a name", field="lecture_id"
    )
    ended = await command("--target", daemon.target, "delete", "../../etc")
    assert (ended.code, ended.out, ended.err) == (BAD_INPUT, "", "hallscribe: not a name\n")


async def test_an_unknown_lecture_is_1(daemon: Any) -> None:
    ended = await command("--target", daemon.target, "--json", "events", "geometry")
    assert ended.code == FAILED
    assert json.loads(ended.err)["error"].items() >= {"reason": "UNKNOWN_LECTURE", "code": "NOT_FOUND"}.items()


async def test_following_flushes_every_line_and_ends_with_ctrl_c(daemon: Any) -> None:
    daemon.replies["ListEvents"] = event_pb2.ListEventsResponse(events=[event_pb2.Event(event_id="e1")])
    child = await start("--target", daemon.target, "events", "algebra", "--follow", "--json")
    assert child.stdout is not None
    assert json.loads(await child.stdout.readline())["id"] == "e1"
    daemon.feed.append(
        event_pb2.SubscribeResponse(event_added=event_pb2.EventAdded(event=event_pb2.Event(event_id="e2")))
    )
    assert json.loads(await child.stdout.readline())["record"] == "added"
    child.send_signal(signal.SIGINT)
    _, err = await child.communicate()
    assert child.returncode == 130
    assert json.loads(err)["error"]["reason"] == "INTERRUPTED"


def test_every_error_has_its_exit_code() -> None:
    exported = [getattr(hallscribe, name) for name in hallscribe.__all__]
    kinds = [kind for kind in exported if isinstance(kind, type) and issubclass(kind, HallscribeError)]
    codes = {kind.__name__: exit_code(kind("REASON", "message")) for kind in kinds}
    assert {name for name, code in codes.items() if code == DAEMON_LOST} == {
        "Unavailable",
        "DaemonLost",
        "DeadlinePassed",
    }
    assert {name for name, code in codes.items() if code == BAD_INPUT} == {"InvalidRequest"}
    assert set(codes.values()) == {DAEMON_LOST, BAD_INPUT, FAILED}


def test_a_terminal_that_knows_no_dash_is_told_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "latin-1", write_through=True))
    monkeypatch.setattr(cli, "app", lambda: print("1:00\N{EN DASH}2:00"))
    cli.main()
    assert written.getvalue() == b"1:00?2:00\n"


async def closed(stream: str, target: str) -> Ended:
    """Listing lectures with an output that nobody has opened."""
    call = f"exec {sys.executable} -m hallscribe.cli --target {target} lectures {stream}"
    child = await asyncio.create_subprocess_shell(call, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    out, err = await child.communicate()
    assert child.returncode is not None
    return Ended(child.returncode, out.decode(), err.decode())


async def test_outputs_that_are_closed_are_no_reason_to_fail(daemon: Any) -> None:
    assert await closed(">&-", daemon.target) == Ended(0, "", "")
    listed = await closed("2>&-", daemon.target)
    assert (listed.code, "algebra" in listed.out) == (0, True)


async def test_an_output_that_is_full_is_told_as_that(daemon: Any) -> None:
    ended = await closed("--json >/dev/full", daemon.target)
    assert ended.code == FAILED
    assert json.loads(ended.err)["error"]["reason"] == "OUTPUT"


@pytest.mark.parametrize(
    "arguments", [["search", "x", "--routes", "foo"], ["search"], ["sarch", "x"], ["lectures", "-q"]]
)
async def test_programs_are_told_of_wrong_usage_in_their_own_way(arguments: list[str]) -> None:
    ended = await command(*arguments, "--json")
    assert (ended.code, ended.out) == (BAD_INPUT, "")
    assert json.loads(ended.err)["error"]["reason"] == "USAGE"
