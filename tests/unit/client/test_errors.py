"""Every way a call can end has its error, and nothing of gRPC's own comes out."""

from __future__ import annotations

import ast
import inspect
import json
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import aio

import hallscribe
from hallscribe import AsyncClient, DaemonLost, HallscribeError, Internal, InvalidRequest, Route
from hallscribe.channel import service_config
from hallscribe.errors import translated
from hallscribe.retry import Patience, may_pass

SAMPLE_ARGUMENTS: dict[str, Any] = {
    "lecture_id": "algebra",
    "frames": [],
    "captions": b"WEBVTT",
    "path": "/x.mp4",
    "source_id": "s1",
    "segment_number": 1,
    "text": "gradient",
}
CALLS = [
    name
    for name, method in inspect.getmembers(AsyncClient, inspect.isfunction)
    if not name.startswith("_") and name != "close"
]
RPC_OF = {
    "push": "StreamFrames",
    "notes": "GetNotes",
    "picture": "GetPicture",
    "timeline": "GetTimeline",
    "status": "GetStatus",
}


def rpc_of(call: str) -> str:
    return RPC_OF.get(call, "".join(word.capitalize() for word in call.split("_")))


async def make(client: AsyncClient, call: str, **more: Any) -> None:
    """Make one call with whatever arguments it requires."""
    method = getattr(client, call)
    wanted = inspect.signature(method).parameters
    arguments = {name: SAMPLE_ARGUMENTS[name] for name in wanted if name in SAMPLE_ARGUMENTS}
    answer = method(**arguments, **{name: value for name, value in more.items() if name in wanted})
    if inspect.isasyncgen(answer):
        async for _ in answer:
            pass
    else:
        await answer


@pytest.mark.parametrize("call", CALLS)
async def test_no_call_lets_an_error_of_grpc_out(daemon: Any, call: str) -> None:
    refusal = (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", "not like that")
    daemon.refuse_next(rpc_of(call), *refusal, field="lecture_id")
    async with AsyncClient(daemon.target) as client:
        with pytest.raises(InvalidRequest, match="not like that") as caught:
            await make(client, call)
    assert caught.value.fields == {"lecture_id": "not like that"}
    assert (caught.value.reason, caught.value.code, caught.value.explained) == (
        "INVALID_FIELD",
        "INVALID_ARGUMENT",
        True,
    )


@pytest.mark.parametrize("call", [call for call in CALLS if call not in ("push", "subscribe")])
async def test_every_call_without_a_daemon_is_a_lost_daemon(tmp_path: Path, call: str) -> None:
    async with AsyncClient(f"unix://{tmp_path}/none", connect_for_s=0.05) as client:
        with pytest.raises(DaemonLost, match="no daemon answers"):
            await make(client, call)


@pytest.mark.parametrize("call", CALLS)
async def test_every_call_on_a_closed_client_says_so(daemon: Any, call: str) -> None:
    client = AsyncClient(daemon.target)
    await client.close()
    with pytest.raises(Internal) as caught:
        await make(client, call, retry_for_s=0.0)
    assert caught.value.reason == "CLIENT_CLOSED"


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK])
def test_every_status_code_has_its_error(code: grpc.StatusCode) -> None:
    with pytest.raises(HallscribeError) as caught, translated():
        raise aio.AioRpcError(code, aio.Metadata(), aio.Metadata(), "why")
    assert type(caught.value) is not HallscribeError
    told = "the connection to the daemon was refused or lost" if code is grpc.StatusCode.UNAVAILABLE else "why"
    assert (caught.value.code, caught.value.reason, caught.value.message) == (code.name, code.name, told)


def test_details_that_contradict_the_call_are_not_believed() -> None:
    metadata = aio.Metadata(("grpc-status-details-bin", b"\x08\x05\x12\x05other"))
    with pytest.raises(hallscribe.Unavailable) as caught, translated():
        raise aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, aio.Metadata(), metadata, "why")
    assert caught.value.explained is False


async def test_a_retry_delay_is_told(daemon: Any) -> None:
    daemon.refuse_next("GetStatus", grpc.StatusCode.RESOURCE_EXHAUSTED, "LIMIT_REACHED", retry_after_s=1.5)
    async with AsyncClient(daemon.target) as client:
        with pytest.raises(hallscribe.Exhausted) as caught:
            await client.status()
    assert caught.value.retry_after_s == 1.5


@pytest.mark.parametrize(
    "arguments",
    [
        {"text": "x", "k": -1},
        {"text": "x", "k": 1 << 40},
        {},
        {"text": "x", "image": b"y"},
        {"text": "lone \ud800 surrogate"},
    ],
)
async def test_a_query_that_cannot_be_sent_is_refused_here(daemon: Any, arguments: dict[str, Any]) -> None:
    async with AsyncClient(daemon.target) as client:
        with pytest.raises(InvalidRequest):
            await client.search(**arguments)
    assert daemon.made("Search") == []


async def test_a_query_is_sent_as_asked(daemon: Any) -> None:
    async with AsyncClient(daemon.target) as client:
        await client.search("", lecture_ids=["a"], k=7, routes=[Route.SAID, Route.SEEN])
        await client.search(frame=("a", 2.5))
        await client.search("x", k=0)
    words, frame, none = daemon.made("Search")
    assert (words.WhichOneof("query"), words.text, list(words.lecture_ids), words.k) == ("text", "", ["a"], 7)
    assert list(words.routes) == [2, 3]
    assert (frame.frame.lecture_id, frame.frame.time_s, frame.HasField("k")) == ("a", 2.5, False)
    assert none.HasField("k"), "a k of zero is for the daemon to refuse"


async def test_a_moment_of_unavailability_is_passed_over_where_that_is_safe(daemon: Any) -> None:
    for call in ("Search", "DeleteLecture"):
        daemon.refuse_next(call, grpc.StatusCode.UNAVAILABLE, "")
    async with AsyncClient(daemon.target) as client:
        await client.search("x")
        with pytest.raises(hallscribe.Unavailable):
            await client.delete_lecture("algebra")
    assert (len(daemon.made("Search")), len(daemon.made("DeleteLecture"))) == (2, 1)


def test_every_repeatable_call_exists() -> None:
    (rule,) = json.loads(service_config())["methodConfig"]
    services = {name["service"].rpartition(".")[2] for name in rule["name"]}
    known = set(map(rpc_of, CALLS))
    assert {name["method"] for name in rule["name"]} <= known
    assert len(services) == 6


def test_one_place_translates() -> None:
    """Nobody else may catch gRPC's errors, or they would be translated in several ways."""
    package = Path(inspect.getfile(hallscribe)).parent
    catching = set()
    for file in [*package.glob("*.py"), *(package / "commands").glob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler) and node.type is not None and "RpcError" in ast.unparse(node.type):
                catching.add(file.name)
    # push.py looks at how its stream ended, and raises it again.
    assert catching == {"errors.py", "push.py"}


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_patience_lasts_as_long_as_asked_since_the_last_progress() -> None:
    clock, error = Clock(), hallscribe.Unavailable("UNAVAILABLE", "gone")
    patience = Patience(10.0, "here", clock)
    delays = []
    for clock.now in (0.0, 4.0, 9.9):
        delays.append(patience.delay(error))
    assert delays[-1] <= 0.1 + 1e-9, "never beyond the end"
    patience.progressed()
    clock.now = 15.0
    assert 0.05 <= patience.delay(error) <= 0.1
    clock.now = 25.1
    with pytest.raises(DaemonLost, match="here could not be reached for 10 s"):
        patience.delay(error)


def test_delays_grow_are_jittered_and_respect_what_the_daemon_asks_for() -> None:
    patience = Patience(None, "here", Clock())
    delays = [patience.delay(hallscribe.Unavailable("UNAVAILABLE", "gone")) for _ in range(10)]
    assert all(0.05 <= delay <= 2.0 for delay in delays)
    assert delays[-1] >= 1.0
    assert patience.delay(hallscribe.Exhausted("LIMIT_REACHED", "later", retry_after_s=7.0)) == 7.0
    with pytest.raises(hallscribe.Exhausted):
        patience.delay(hallscribe.Exhausted("RESOURCE_EXHAUSTED", "Received message larger than max"))


def test_what_the_daemon_explains_as_its_own_defect_is_final() -> None:
    assert not may_pass(Internal("INTERNAL", "a defect", explained=True))
    assert may_pass(Internal("INTERNAL", "RST_STREAM"))
    assert not may_pass(Internal("UNIMPLEMENTED", "older daemon", code="UNIMPLEMENTED"))
