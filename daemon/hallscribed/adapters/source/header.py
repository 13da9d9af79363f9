"""Reads the headers of pictures without decoding them: what they are, how large, and whether they are whole."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass

from hallscribed.domain.errors import Reason
from hallscribed.domain.frame import MAX_PIXELS, MAX_SIDE, ImageFormat

JPEG_START = b"\xff\xd8\xff"
PNG_START = b"\x89PNG\r\n\x1a\n"

# ISO/IEC 10918-1, table B.1: start of frame, of any process; C4, C8 and CC mean something else.
_FRAME_STARTS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_END = 0xD9
_SCAN = 0xDA
# Markers without a segment behind them: TEM, RST0-7.
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
# In coded data 0xFF is followed by 0x00 (stuffed) or by a restart marker; anything else ends the scan.
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_PNG_ALPHA_TYPES = (4, 6)


class PictureRefused(Exception):
    """A picture that is not looked at; ``detail`` says why in words for the sender."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """What a header says: JPEG or PNG, pixels, and whether a PNG's may be transparent."""

    format: ImageFormat
    width: int
    height: int
    alpha: bool = False


def read_header(data: bytes) -> PictureHeader:
    """Walk through a JPEG's markers or a PNG's chunks, to the end.

    Raises:
        PictureRefused: IMAGE_TOO_LARGE, NOT_AN_IMAGE or DAMAGED_IMAGE, which includes a picture that was cut off.
    """
    if data.startswith(JPEG_START):
        return _read_jpeg(data)
    if data.startswith(PNG_START):
        return _read_png(data)
    shown = data[:8].hex(" ") or "nothing"
    raise PictureRefused(Reason.NOT_AN_IMAGE, f"neither JPEG nor PNG: it begins with {shown}; send one of these")


def _read_jpeg(data: bytes) -> PictureHeader:
    """The markers as ISO/IEC 10918-1, annex B, orders them."""
    place, size, scanned = 2, None, False
    while True:
        marker, place = _next_marker(data, place)
        if marker == _END:
            break
        if marker in _BARE:
            continue
        length = int.from_bytes(data[place : place + 2], "big")
        if length < 2 or place + length > len(data):
            raise _damaged(f"the JPEG ends within a segment at byte {place}")
        if marker in _FRAME_STARTS:
            if length < 8 or size is not None:
                raise _damaged("the JPEG's frame header makes no sense")
            size = struct.unpack_from(">HH", data, place + 3)
            check_size(size[1], size[0])
        place += length
        if marker == _SCAN:
            if size is None:
                raise _damaged("the JPEG's data begin before its size is told")
            scanned = True
            found = _AFTER_SCAN.search(data, place)
            if found is None:
                raise _damaged(f"the JPEG is cut off: {len(data)} bytes hold no end marker")
            place = found.start()
    if size is None or not scanned or 0 in size:
        raise _damaged("the JPEG holds no picture")
    height, width = size
    return PictureHeader(ImageFormat.JPEG, width, height)


def _next_marker(data: bytes, place: int) -> tuple[int, int]:
    """The marker at ``place`` and where it ends; fill bytes 0xFF may come before it."""
    start = place
    while place < len(data) and data[place] == 0xFF:
        place += 1
    if place >= len(data):
        raise _damaged(f"the JPEG is cut off: {len(data)} bytes hold no end marker")
    if place == start or data[place] == 0:
        raise _damaged(f"the JPEG has no marker at byte {place}, where one must be")
    return data[place], place + 1


def _read_png(data: bytes) -> PictureHeader:
    """The chunks as the PNG specification (W3C, third edition), section 5, orders them."""
    place, header, pixels, transparent = len(PNG_START), None, False, False
    while True:
        if place + 12 > len(data):
            raise _damaged(f"the PNG is cut off after {len(data)} bytes")
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        if end > len(data):
            raise _damaged(f"the PNG is cut off within the chunk at byte {place}")
        if zlib.crc32(memoryview(data)[place + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            raise _damaged(f"the PNG's chunk at byte {place} does not match its checksum")
        if header is None:
            if kind != b"IHDR" or length != 13:
                raise _damaged("the PNG does not begin with its header")
            header = struct.unpack_from(">IIBB", data, place + 8)
            check_size(header[0], header[1])
        pixels, transparent = pixels or kind == b"IDAT", transparent or kind == b"tRNS"
        if kind == b"IEND":
            break
        place = end
    width, height, _, colour = header
    if not pixels or not width or not height:
        raise _damaged("the PNG holds no picture")
    return PictureHeader(ImageFormat.PNG, width, height, transparent or colour in _PNG_ALPHA_TYPES)


def check_size(width: int, height: int) -> None:
    """Refuse as IMAGE_TOO_LARGE what would take too much memory, as soon as its size is known."""
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        told = f"{width} x {height} pixels; at most {MAX_SIDE} a side and {MAX_PIXELS} in all: scale it"
        raise PictureRefused(Reason.IMAGE_TOO_LARGE, told)


def _damaged(what: str) -> PictureRefused:
    return PictureRefused(Reason.DAMAGED_IMAGE, f"{what}; send the frame again if it is whole at its origin")
