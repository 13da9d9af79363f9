"""Whether a file was cut off, by the lengths that its own container announces.

A video's announced duration cannot tell: edit lists, sound that lasts longer and variable frame rates make it wrong in
whole files. Sources: ISO/IEC 14496-12 section 4.2 (MP4, MOV), Microsoft's RIFF (AVI), RFC 8794 and 9559 (WebM, MKV).
MKV).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp", b"moof")
_EBML = b"\x1a\x45\xdf\xa3"
_SEGMENT = b"\x18\x53\x80\x67"


def is_cut_off(path: Path) -> bool | None:
    """True when the file is shorter than its container says, None when the container does not say."""
    with path.open("rb") as file:
        length = os.fstat(file.fileno()).st_size
        beginning = file.read(8)
        file.seek(0)
        if beginning[4:8] in _MP4_BOXES:
            return _mp4_is_cut_off(file, length)
        if beginning[:4] == b"RIFF":
            return _riff_is_cut_off(file, length)
        if beginning[:4] == _EBML:
            return _matroska_is_cut_off(file, length)
    return None


def _mp4_is_cut_off(file: BinaryIO, length: int) -> bool:
    """Walk the boxes: each is 4 bytes of size with its header, 4 of type, and 8 of size when that was 1."""
    offset = 0
    while offset < length:
        file.seek(offset)
        header = file.read(16)
        size = int.from_bytes(header[:4], "big")
        if size == 0:
            return False  # it lasts to the end of the file, wherever that is
        if size == 1:
            size = int.from_bytes(header[8:16], "big")
        if size < 8:
            return True
        offset += size
    return offset > length


def _riff_is_cut_off(file: BinaryIO, length: int) -> bool:
    """Walk the RIFF chunks, of which a long AVI has several: 4 bytes of name, 4 of size without them."""
    offset = 0
    while offset < length:
        file.seek(offset)
        header = file.read(8)
        if header[:4] != b"RIFF":
            return False  # something was appended after the last one
        size = int.from_bytes(header[4:8], "little")
        if offset + 8 + size > length:
            return True
        offset += 8 + size + size % 2
    return False


def _matroska_is_cut_off(file: BinaryIO, length: int) -> bool | None:
    """Skip the EBML header and compare the Segment's end; a live recording's has an unknown size."""
    file.seek(len(_EBML))
    header = _vint(file)
    if header is None:
        return None
    file.seek(header, os.SEEK_CUR)
    if file.read(4) != _SEGMENT:
        return None
    size = _vint(file)
    return None if size is None else file.tell() + size > length


def _vint(file: BinaryIO) -> int | None:
    """A variable-size integer: as many leading zero bits as there are bytes after the first; None when unknown."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    more = 8 - first[0].bit_length()
    value = int.from_bytes(bytes([first[0] & ((1 << (7 - more)) - 1)]) + file.read(more), "big")
    return None if value == (1 << (7 * (more + 1))) - 1 else value
