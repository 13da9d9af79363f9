"""The reading worker: reads the text of key frames, at low priority."""

from __future__ import annotations

from dataclasses import asdict

from hallscribed.adapters.models.ocr import RapidOcrReader
from hallscribed.adapters.worker.child import Answer, Handler, serve
from hallscribed.adapters.worker.memory import trim
from hallscribed.adapters.worker.message import Header

# Whatever else wants the processor comes first, a large encoder on all of it above all; nothing waits for a text.
_NICE = 19


def get_ready(settings: Header) -> Handler:
    """Load the reader."""
    reader = RapidOcrReader(threads=settings["threads"])

    def handle(_: Header, parts: list[bytes]) -> Answer:
        lines = [asdict(line) for line in reader.read(parts[0])]
        trim()
        return {"lines": lines}, ()

    trim()
    return handle


if __name__ == "__main__":
    serve(get_ready, nice=_NICE)
