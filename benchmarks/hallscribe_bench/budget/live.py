"""Live streams from a process of their own.

    python -m hallscribe_bench.budget.live TARGET PREFIX KIND STREAMS SECONDS SEED

Prints one JSON object: what each stream sent, when it was durable, and how its frames ended.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from hallscribe_bench.budget import material
from hallscribe_bench.budget.pushing import many_live

_KINDS = {"talk": material.talk, "worst": material.changing}
# So many different pictures; a live stream goes round and round.
_DIFFERENT = 60


def command(target: str, prefix: str, kind: str, streams: int, seconds: int, seed: int) -> list[str]:
    """What runs this module."""
    words = (target, prefix, kind, streams, seconds, seed)
    return [sys.executable, "-m", "hallscribe_bench.budget.live", *map(str, words)]


def main() -> None:
    """Render, push by the clock, tell."""
    target, prefix, kind, streams, seconds, seed = sys.argv[1:]
    shown = [list(_KINDS[kind](int(seed) + number % 4, _DIFFERENT)) for number in range(min(4, int(streams)))]
    lectures = [(f"{prefix}-{number}", shown[number % len(shown)]) for number in range(int(streams))]
    print(json.dumps([asdict(pushed) for pushed in many_live(target, lectures, float(seconds))]))


if __name__ == "__main__":
    main()
