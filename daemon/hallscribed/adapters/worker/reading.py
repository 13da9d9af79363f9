"""The reading worker: reads the text of key frames, while nobody else wants the processor."""

from __future__ import annotations

from dataclasses import asdict

from hallscribed.adapters.models.ocr import RapidOcrReader
from hallscribed.adapters.worker.child import Answer, Handler, serve
from hallscribed.adapters.worker.confinement import yield_processor
from hallscribed.adapters.worker.memory import trim
from hallscribed.adapters.worker.message import Header


def get_ready(settings: Header) -> Handler:
    """Load the reader."""
    yield_processor()  # a large encoder above all has every core to itself; nothing waits for a text
    reader = RapidOcrReader(threads=settings["threads"])

    def handle(_: Header, parts: list[bytes]) -> Answer:
        lines = [asdict(line) for line in reader.read(parts[0])]
        trim()
        return {"lines": lines}, ()

    trim()
    return handle


if __name__ == "__main__":
    serve(get_ready)
