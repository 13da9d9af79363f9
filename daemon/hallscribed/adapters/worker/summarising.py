"""The summariser: a language model in a process that is there while it is needed, at idle priority, off the network."""

from __future__ import annotations

from pathlib import Path

from hallscribed.adapters.models.bundle import load
from hallscribed.adapters.worker.child import Answer, Handler, serve
from hallscribed.adapters.worker.confinement import confine
from hallscribed.adapters.worker.message import Header


def get_ready(settings: Header) -> Handler:
    """Confine this process, check every file of the bundle, load the model."""
    confine(settings["memory_limit_bytes"])
    bundle = load(Path(settings["bundle"]))
    # Not above: its threads would have begun before the limits.
    from hallscribed.adapters.models.gemma import Gemma

    model = Gemma(bundle, settings["threads"], settings["new_tokens"])

    def handle(_: Header, parts: list[bytes]) -> Answer:
        title, page_text, speech = (part.decode() for part in parts)
        return {}, [model.summarise(title, page_text, speech).encode()]

    return handle


if __name__ == "__main__":
    serve(get_ready)
