"""How much the choices in search matter: ``python -m hallscribe_bench.search.sweep MEDIA_DIR [--bundle DIR]``.

Changes one constant at a time and asks the paraphrased questions and, as a check that nobody chose, the masked words
of the slides. What was taken should lie on a plateau of both.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import numpy as np

from hallscribe_bench.search import talks
from hallscribe_bench.search.box import Box
from hallscribe_bench.search.measure import load_encoder
from hallscribe_bench.search.score import rank_of_hit, summarise
from hallscribe_bench.search.talks import Question, Talk
from hallscribed.domain.embedding import Matrix, Vector
from hallscribed.domain.moment import Route
from hallscribed.pipeline import fusion, moments, passages, query
from hallscribed.ports import TextEncoder

Change = tuple[ModuleType, str, Any]


def _weight(written: float) -> dict[Route, float]:
    return {Route.SAID: 1 - written, Route.WRITTEN: written, Route.SEEN: 1.0}


CHANGES: tuple[tuple[str, tuple[Change, ...]], ...] = (
    ("as it is", ()),
    *((f"slides weigh {w}", ((fusion, "ROUTE_WEIGHT", _weight(w)),)) for w in (0.5, 0.4, 0.2, 0.1)),
    *((f"rank constant {k}", ((fusion, "RANK_CONSTANT", k),)) for k in (5, 20, 120)),
    *((f"{hits} hits a list", ((query, "_LEAST_HITS", hits),)) for hits in (20, 100, 200)),
    *((f"merging within {s} s", ((moments, "MERGED_S", float(s)),)) for s in (15, 45, 60, 90)),
    *((f"neighbours within {s} s", ((passages, "NEIGHBOURHOOD_S", float(s)),)) for s in (0, 10, 15, 30)),
    *(
        (f"passages of {a} to {b} s", ((passages, "SPOKEN_S", a), (passages, "LONGEST_SPOKEN_S", b)))
        for a, b in ((4.0, 8.0), (8.0, 14.0), (10.0, 20.0), (20.0, 30.0))
    ),
)


class _Remembering:
    """Embeds no text twice."""

    def __init__(self, encoder: TextEncoder) -> None:
        self._encoder = encoder
        self._known: dict[str, Vector] = {}
        self.space = encoder.space
        self.is_cut, self.prepare = encoder.is_cut, encoder.prepare

    def encode(self, texts: Sequence[str]) -> Matrix:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, self._encoder.encode(new), strict=True))
        return np.array([self._known[text] for text in texts], np.float32).reshape(-1, self.space.dimensions)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="How much the choices in search matter.")
    parser.add_argument("media", type=Path)
    parser.add_argument("--bundle", type=Path, default=None, help="text bundle; the installed one by default")
    options = parser.parse_args(arguments)
    encoder = _Remembering(load_encoder(options.bundle))
    shown = talks.slide_talks(options.media)
    sets = ((shown, talks.slide_questions(options.media)), talks.masked(shown))
    print(f"{'':28} paraphrased questions    masked words of slides   (hit@1 hit@5 MRR)")
    for name, changes in CHANGES:
        with _changed(changes):
            print(f"{name:28} " + "        ".join(_score(encoder, *each) for each in sets), flush=True)


@contextmanager
def _changed(changes: Sequence[Change]) -> Iterator[None]:
    with ExitStack() as stack:
        for module, name, value in changes:
            stack.enter_context(patch.object(module, name, value))
        yield


def _score(encoder: TextEncoder, shown: Sequence[Talk], questions: Sequence[Question]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        box = Box(Path(folder), shown, encoder)
        ranks = [rank_of_hit(box.ask(q.text)[0], q.talk, q.start, q.end) for q in questions]
    score = summarise(ranks)
    return f"{score.hit_at_1:.3f} {score.hit_at_5:.3f} {score.reciprocal:.3f}"


if __name__ == "__main__":
    main()
