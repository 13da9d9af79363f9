"""The daemon as a child process of the demonstration: started, waited for, stopped."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, Process
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

_READY_WITHIN_S = 60.0
_STOPS_WITHIN_S = 15.0
_LOOK_EVERY_S = 0.1
_LOG_LINES = 15


class DaemonFailed(RuntimeError):
    """The daemon did not start or went away; the message ends with the last lines of its log and what to do."""


class LocalDaemon:
    """`hallscribed run` on a socket and a data folder of its own, as an asynchronous context.

    Leaving the context stops it: SIGTERM, and SIGKILL after 15 s.

    Args:
        folder: for the socket and the data; made by the caller, best short (a socket's path has 107 bytes at most).
        log: file that takes what the daemon prints.
        command: the program; by default the `hallscribed` beside this Python.
    """

    def __init__(self, folder: Path, log: Path, command: Path | None = None) -> None:
        self.target = f"unix://{folder / 'hallscribe.sock'}"
        self._data = folder / "data"
        self._log = log
        self._command = command or Path(sys.executable).with_name("hallscribed")
        self._process: Process | None = None

    async def __aenter__(self) -> LocalDaemon:
        arguments = ["run", "--data", str(self._data), "--listen", self.target]
        with self._log.open("wb") as log:
            try:
                self._process = await asyncio.create_subprocess_exec(
                    self._command, *arguments, stdin=DEVNULL, stdout=log, stderr=log
                )
            except OSError as error:
                raise DaemonFailed(
                    f"{self._command} cannot be started ({error.strerror}). Run `make setup`, then try again"
                ) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def ready(self) -> None:
        """Wait until the daemon's health is SERVING. Raises DaemonFailed when it ends or takes over 60 s."""
        deadline = asyncio.get_running_loop().time() + _READY_WITHIN_S
        # A channel that failed once waits longer and longer before it looks again: a fresh one each time does not.
        while not await self._serving():
            self.check()
            if asyncio.get_running_loop().time() > deadline:
                raise DaemonFailed(self._explained(f"the daemon did not get ready within {_READY_WITHIN_S:g} s"))
            await asyncio.sleep(_LOOK_EVERY_S)

    def check(self) -> None:
        """Raise DaemonFailed when the daemon has ended."""
        if self._process is not None and self._process.returncode is not None:
            raise DaemonFailed(self._explained(f"the daemon ended with exit code {self._process.returncode}"))

    async def stop(self) -> int | None:
        """Stop the daemon and return its exit code; None when it never started. A second time does nothing."""
        process = self._process
        if process is None:
            return None
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _STOPS_WITHIN_S)
            except TimeoutError:
                process.kill()
                await process.wait()
        return process.returncode

    async def _serving(self) -> bool:
        async with grpc.aio.insecure_channel(self.target) as channel:
            try:
                stub = health_pb2_grpc.HealthStub(channel)
                # The published types leave the method out.
                reply = await stub.Check(health_pb2.HealthCheckRequest(), timeout=2.0)  # type: ignore[attr-defined]
            except grpc.aio.AioRpcError:
                return False
        return bool(reply.status == health_pb2.HealthCheckResponse.SERVING)

    def _explained(self, what: str) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        last = "\n".join(f"    {line}" for line in lines[-_LOG_LINES:]) or "    (nothing)"
        return (
            f"{what}. The end of its log, {self._log}:\n{last}\n"
            "Run `make setup` to renew the environment and its models; `hallscribed check-config` shows the settings"
        )
