"""Opening files that lie beneath configured roots, and nothing else.

The kernel decides, in one step with the opening: a check of names beforehand could be outrun by a rename. Source:
openat2(2), and for kernels without it the component-wise walk that it replaces.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NoReturn

from hallscribed.domain.errors import InvalidRequest, Reason

_SYS_OPENAT2 = 437
_RESOLVE_NO_MAGICLINKS = 0x02
_RESOLVE_NO_SYMLINKS = 0x04
_RESOLVE_BENEATH = 0x08
# O_NONBLOCK: opening a FIFO must not wait for its writer.
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY
_FOLDER = os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY | os.O_NOFOLLOW
_MAX_PATH = 4095
_NO_SUCH_CALL = (errno.ENOSYS, errno.EPERM, errno.E2BIG)


class _OpenHow(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


def open_rooted(path: str, roots: Sequence[Path]) -> int:
    """Open a regular file beneath one of the roots for reading; the caller closes the descriptor.

    Args:
        path: absolute, and written as it is: no "..", no links on the way from the root.
        roots: folders that are trusted themselves; links that lead to a root are followed.

    Raises:
        InvalidRequest: SOURCE_NOT_ALLOWED; the message says which rule refused it. It never says whether a file
            outside the roots exists.
    """
    root, relative = _beneath(path, roots)
    try:
        folder = os.open(root, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    except OSError as error:
        _refuse(path, f"its root {root} cannot be opened ({error.strerror})")
    try:
        descriptor = _open_beneath(folder, relative)
    except OSError as error:
        _refuse(path, _rule(error))
    finally:
        os.close(folder)
    try:
        _check(path, os.fstat(descriptor))
    except InvalidRequest:
        os.close(descriptor)
        raise
    return descriptor


def _beneath(path: str, roots: Sequence[Path]) -> tuple[Path, PurePosixPath]:
    """The root that a path names, compared part by part, and the rest of the path."""
    if not roots:
        _refuse(path, "no source root is configured (ingest.source_roots)")
    if not path or "\0" in path or any(ord(character) < 32 for character in path):
        _refuse(path, "it is empty or holds control characters")
    try:
        encoded = os.fsencode(path)
    except UnicodeEncodeError:
        _refuse(path, "it is no valid Unicode")
    if len(encoded) > _MAX_PATH:
        _refuse(path, f"it is longer than {_MAX_PATH} bytes")
    if not path.startswith("/"):
        _refuse(path, "it is not absolute")
    if ".." in path.split("/"):
        _refuse(path, 'it holds ".."')
    wanted = PurePosixPath(path)
    for root in sorted(roots, key=lambda root: len(root.parts), reverse=True):
        if wanted.is_relative_to(root) and wanted != PurePosixPath(root):
            return root, wanted.relative_to(root)
    return _refuse(path, "it is not beneath a configured source root")


def _open_beneath(folder: int, relative: PurePosixPath) -> int:
    try:
        return _openat2(folder, os.fsencode(relative))
    except OSError as error:
        if error.errno not in _NO_SUCH_CALL:
            raise
    return _walk(folder, relative)


def _openat2(folder: int, name: bytes) -> int:
    how = _OpenHow(_FLAGS, 0, _RESOLVE_BENEATH | _RESOLVE_NO_SYMLINKS | _RESOLVE_NO_MAGICLINKS)
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.syscall(
        ctypes.c_long(_SYS_OPENAT2),
        ctypes.c_int(folder),
        ctypes.c_char_p(name),
        ctypes.byref(how),
        ctypes.c_size_t(ctypes.sizeof(how)),
    )
    if descriptor < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return int(descriptor)


def _walk(folder: int, relative: PurePosixPath) -> int:
    """Open one component after the other, following no link; slower, as strict."""
    at = os.dup(folder)
    try:
        for part in relative.parts[:-1]:
            inner = os.open(part, _FOLDER, dir_fd=at)
            os.close(at)
            at = inner
        return os.open(relative.parts[-1], _FLAGS, dir_fd=at)
    finally:
        os.close(at)


def _rule(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "a part of it is a symbolic link"
    if error.errno == errno.ENOTDIR:
        return "a part of it is a link or a file where a folder is named"
    if error.errno == errno.EXDEV:
        return "it leads out of its root"
    if error.errno == errno.ENOENT:
        return "there is no such file"
    if error.errno == errno.ENXIO:
        return "it is not a regular file"
    return f"it cannot be opened ({error.strerror})"


def _check(path: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        _refuse(path, "it is not a regular file")
    if status.st_nlink > 1:
        _refuse(path, "it has more than one name (hard link), one of which may lie outside the root")


def _refuse(path: str, rule: str) -> NoReturn:
    raise InvalidRequest(
        Reason.SOURCE_NOT_ALLOWED,
        f"the source {path[:200]!r} was not opened: {rule}; nothing was changed. "
        "Name a regular file beneath a configured source root by its absolute path",
        field="path",
    )
