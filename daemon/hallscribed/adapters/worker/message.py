"""What a gateway and its workers say to each other: a JSON header and binary parts, never pickle.

A worker handles hostile pictures; were it taken over, its replies must not be able to run code in the gateway.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

Header = dict[str, Any]


def send(pipe: Connection, header: Header, parts: Sequence[bytes] = ()) -> None:
    """Send one message."""
    pipe.send_bytes(json.dumps({"header": header, "parts": len(parts)}).encode())
    for part in parts:
        pipe.send_bytes(part)


def receive(pipe: Connection) -> tuple[Header, list[bytes]]:
    """Receive one message. EOFError when the other side is gone, ValueError when it talks nonsense."""
    envelope = json.loads(pipe.recv_bytes(1 << 20))
    return envelope["header"], [pipe.recv_bytes() for _ in range(int(envelope["parts"]))]
