"""What a worker gives up before it loads a model: priority, memory beyond a limit, the network."""

from __future__ import annotations

import ctypes
import errno
import logging
import os
import platform
import resource
import struct
from pathlib import Path

# Room between the memory that is watched and the hard limit: stacks and arenas that are set aside, not used.
DATA_SLACK_BYTES = 256 << 20

_IOPRIO_WHO_PROCESS = 1
_IOPRIO_IDLE = 3 << 13
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
# AUDIT_ARCH of each machine, and its numbers of the calls ioprio_set and socket.
_MACHINES = {"x86_64": (0xC000003E, 251, 41), "aarch64": (0xC00000B7, 30, 198)}
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_AF_UNIX = 1

log = logging.getLogger(__name__)


def confine(memory_bytes: int) -> None:
    """Confine this process, before it has further threads: idle priority, a memory limit, no network.

    What the system refuses is logged and left: the service manager's own limits stand besides.

    Args:
        memory_bytes: of private writable memory. File pages of the weights are not counted, unlike with a limit of
            the address space, which the mapped weights alone would exceed.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    limit = memory_bytes + DATA_SLACK_BYTES
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    _be_last(libc)
    _leave_the_network(libc)
    # After the others: from then on every further line may wait long.
    yield_processor()


def yield_processor() -> None:
    """Run only where nobody else wants the processor, before this process has further threads.

    Unlike one of the lowest ordinary priority, such a thread gives way at once when another wakes.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except OSError as error:
        log.warning("cannot take idle priority: %s", error)
        os.nice(19)


def _be_last(libc: ctypes.CDLL) -> None:
    """The disk only when nobody else wants it; the first to go when memory is short."""
    try:
        Path("/proc/self/oom_score_adj").write_text("1000")
    except OSError as error:
        log.warning("cannot be the first to go when memory is short: %s", error)
    machine = _MACHINES.get(platform.machine())
    if machine is not None and libc.syscall(machine[1], _IOPRIO_WHO_PROCESS, 0, _IOPRIO_IDLE) != 0:
        log.warning("cannot take idle disk priority: %s", os.strerror(ctypes.get_errno()))


def _leave_the_network(libc: ctypes.CDLL) -> None:
    """From now on only Unix sockets can be made, by this process and its children (a seccomp filter)."""
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        log.warning("no filter of the network for this machine: %s", platform.machine())
        return
    architecture, _, socket_call = machine
    refuse = _ERRNO | errno.EPERM
    program = b"".join(
        struct.pack("=HBBI", *step)
        for step in (
            (_LOAD, 0, 0, 4),  # the architecture
            (_EQUAL, 1, 0, architecture),
            (_RETURN, 0, 0, refuse),
            (_LOAD, 0, 0, 0),  # the call
            (_EQUAL, 0, 3, socket_call),
            (_LOAD, 0, 0, 16),  # its first argument, the family
            (_EQUAL, 1, 0, _AF_UNIX),
            (_RETURN, 0, 0, refuse),
            (_RETURN, 0, 0, _ALLOW),
        )
    )
    steps = ctypes.create_string_buffer(program)
    # struct sock_fprog: a count, padding, a pointer.
    filter_ = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(steps)))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
        _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(filter_), 0, 0
    ):
        log.warning("cannot leave the network: %s", os.strerror(ctypes.get_errno()))
