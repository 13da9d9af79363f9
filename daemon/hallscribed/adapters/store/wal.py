"""What a database's log promises before it is opened.

SQLite goes by checksums and stops reading a log at the first part that is damaged, without a word; what lies behind is
dropped with it. See "WAL-mode File Format" in its documentation.
"""

from __future__ import annotations

import struct
from pathlib import Path

_HEADER, _FRAME = struct.Struct(">4sIII8sII"), struct.Struct(">II8sII")
_MAGIC = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")


def committed_pages(log: Path) -> int:
    """How many pages lie in a log up to the last commit that it holds; 0 where there is none, or no log."""
    try:
        size = log.stat().st_size
        with log.open("rb") as file:
            header = file.read(_HEADER.size)
            if len(header) < _HEADER.size:
                return 0
            magic, _, page_bytes, _, salts, *_ = _HEADER.unpack(header)
            if magic not in _MAGIC:
                return 0
            committed = number = 0
            while len(frame := file.read(_FRAME.size)) == _FRAME.size:
                _, is_commit, frame_salts, *_ = _FRAME.unpack(frame)
                number += 1
                # What an earlier use of the log left behind has other salts.
                if frame_salts != salts:
                    break
                end = file.seek(page_bytes, 1)
                if is_commit and end <= size:
                    committed = number
            return committed
    except FileNotFoundError:
        return 0
