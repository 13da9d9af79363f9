"""The blocking face. It has an event loop of its own, and gRPC allows one a process: so it runs in a child."""

from __future__ import annotations

import asyncio
import inspect
import sys
import textwrap
from typing import Any

import pytest

from hallscribe import AsyncClient, Client
from hallscribe.sync import sync, sync_iterator
from hallscribe.v1 import event_pb2

CALLS = {
    name: method
    for name, method in inspect.getmembers(AsyncClient, inspect.isfunction)
    if not name.startswith("_") and name != "close"
}


@pytest.mark.parametrize("name", CALLS)
def test_every_call_has_its_blocking_face(name: str) -> None:
    face = inspect.getattr_static(Client, name)
    expected = sync_iterator if inspect.isasyncgenfunction(CALLS[name]) else sync
    assert type(face) is expected
    assert face.__doc__ == CALLS[name].__doc__


async def in_child(daemon: Any, script: str) -> str:
    """Run a script with a blocking ``client`` on the fake daemon; its output."""
    begin = "from hallscribe import *\nimport sys, threading\nclient = Client(sys.argv[1])\n"
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "error",
        "-c",
        begin + textwrap.dedent(script),
        daemon.target,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await child.communicate()
    assert (child.returncode, err) == (0, b"")
    return out.decode()


async def test_ctrl_c_ends_a_call_with_itself(daemon: Any) -> None:
    daemon.hold.set()  # nothing becomes durable
    printed = await in_child(
        daemon,
        """
        import os, signal
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for calls in (lambda: client.push("algebra", [Frame(0.0, b"x")], producer_id="p"),
                      lambda: client.subscribe("algebra", "beginning")):
            threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
            try:
                for _ in calls():
                    pass
            except KeyboardInterrupt:
                print("interrupted")
        """,
    )
    daemon.hold.clear()
    assert printed.split() == ["interrupted"] * 2


async def test_calls_iterators_errors_and_threads(daemon: Any) -> None:
    event = event_pb2.Event(event_id="e1")
    daemon.feed = [event_pb2.SubscribeResponse(event_added=event_pb2.EventAdded(event=event))] * 3
    printed = await in_child(
        daemon,
        """
        print([lecture.lecture_id for lecture in client.list_lectures()])
        frames = (Frame(float(number), b"x") for number in range(9))
        *_, last = client.push("algebra", frames, producer_id="p")
        print(last.durable_position, last.counts.kept)
        for record in client.subscribe("algebra", "beginning"):
            print(record.happening.event.event_id)
            break
        try:
            client.get_lecture("geometry")
        except NotFound as error:
            print(error.reason)
        states = []
        ask = lambda: states.append(client.get_lecture("algebra").state)
        threads = [threading.Thread(target=ask) for _ in range(5)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(*states)
        with client:
            pass
        try:
            client.status()
        except HallscribeError as error:
            print(error.reason)
        """,
    )
    assert printed.splitlines() == [
        "['algebra']",
        "9 9",
        "e1",
        "UNKNOWN_LECTURE",
        "open open open open open",
        "CLIENT_CLOSED",
    ]


async def test_a_frame_source_that_fails_fails_the_push(daemon: Any) -> None:
    printed = await in_child(
        daemon,
        """
        def frames():
            yield Frame(0.0, b"x")
            raise OSError("unplugged")
        try:
            for progress in client.push("algebra", frames()):
                pass
        except OSError as error:
            print(error, progress.durable_position)
        """,
    )
    assert printed == "unplugged 1\n"


async def test_an_iterator_that_the_loops_own_thread_collects_does_not_stop_the_loop(daemon: Any) -> None:
    printed = await in_child(
        daemon,
        """
        import gc
        gc.disable()

        class Holder:
            pass

        holder = Holder()
        holder.itself, holder.records = holder, client.subscribe("algebra", heartbeats=True)
        next(holder.records)
        del holder

        async def collect():
            gc.collect()

        import asyncio, hallscribe.sync
        asyncio.run_coroutine_threadsafe(collect(), hallscribe.sync._loop()).result(20)
        print(client.get_lecture("algebra").state)
        """,
    )
    assert printed == "open\n"


async def test_ctrl_c_does_not_wait_for_a_source_that_blocks(daemon: Any) -> None:
    printed = await in_child(
        daemon,
        """
        import os, signal, time
        signal.signal(signal.SIGINT, signal.default_int_handler)

        def quiet():
            yield Frame(0.0, b"x")
            time.sleep(3600)

        threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        try:
            for _ in client.push("algebra", quiet(), producer_id="p"):
                pass
        except KeyboardInterrupt:
            print("interrupted")
        """,
    )
    assert printed == "interrupted\n"
