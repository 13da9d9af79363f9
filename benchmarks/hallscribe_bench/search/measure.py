"""Measure search: ``python -m hallscribe_bench.search.measure MEDIA_DIR [--course] [--bundle DIR]``.

MEDIA_DIR holds the talks and their questions. Every question's result is printed, then one line for each way to
search. ``--course`` adds 36 hours of captions, which take minutes to embed.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

from hallscribe_bench.search import talks
from hallscribe_bench.search.box import BOTH, Box
from hallscribe_bench.search.score import Shown, rank_of_hit, summarise
from hallscribe_bench.search.talks import Question
from hallscribed.adapters.models.bundle import default_text_path, load
from hallscribed.adapters.models.minilm import MiniLmEncoder
from hallscribed.adapters.runtime.factory import open_runtime
from hallscribed.domain.moment import Route
from hallscribed.ports import TextEncoder

WAYS: tuple[tuple[str, Collection[Route], Collection[str]], ...] = (
    ("captions and slides", (), BOTH),
    ("captions only", (Route.SAID,), BOTH),
    ("slides only", (Route.WRITTEN,), BOTH),
    ("captions and slides, full text only", (), ("full_text",)),
    ("captions and slides, dense only", (), ("dense",)),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="How well a question finds its moment.")
    parser.add_argument("media", type=Path, help="folder with w3c-media-production, nyu-dlsp20 and queries.tsv")
    parser.add_argument("--course", action="store_true", help="also measure on the course's 36 hours of captions")
    parser.add_argument("--bundle", type=Path, default=None, help="text bundle; the installed one by default")
    options = parser.parse_args(arguments)
    encoder = load_encoder(options.bundle)
    shown = talks.slide_talks(options.media)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("slides", "masked", "course"):
            (Path(folder) / name).mkdir()
        box = Box(Path(folder) / "slides", shown, encoder)
        questions = talks.slide_questions(options.media)
        print(f"{len(shown)} talks, {box.passages} passages, {len(questions)} paraphrased questions")
        for number, (way, routes, methods) in enumerate(WAYS):
            report(box, way, questions, routes, methods, every=number == 0)
        covered, asked = talks.masked(shown)
        report(Box(Path(folder) / "masked", covered, encoder), "masked words of slides", asked)
        if options.course:
            course = Box(Path(folder) / "course", talks.course_talks(options.media), encoder)
            report(course, f"headings of a course, {course.passages} passages", talks.course_questions(options.media))


def load_encoder(bundle: Path | None) -> TextEncoder:
    """The daemon's own text encoder."""
    loaded = load(bundle or default_text_path())
    return MiniLmEncoder(loaded, open_runtime("openvino", loaded, 1))


def report(
    box: Box,
    way: str,
    questions: Sequence[Question],
    routes: Collection[Route] = (),
    methods: Collection[str] = BOTH,
    every: bool = False,
) -> None:
    """Ask all questions one way and print what came of it; ``every`` prints each question too."""
    ranks, times = [], []
    for question in questions:
        moments, took = box.ask(question.text, routes=routes, methods=methods)
        times.append(took)
        ranks.append(rank_of_hit(moments, question.talk, question.start, question.end))
        if every:
            _print_question(question, ranks[-1], moments)
    score = summarise(ranks)
    slowest = sorted(times)[int(0.99 * (len(times) - 1))]
    print(
        f"{way}: hit@1 {score.hit_at_1:.3f}  hit@5 {score.hit_at_5:.3f}  MRR {score.reciprocal:.3f}  "
        f"({score.questions} questions, p50 {1000 * statistics.median(times):.1f} ms, p99 {1000 * slowest:.1f} ms)"
    )


def _print_question(question: Question, rank: int, moments: Sequence[Shown]) -> None:
    first = f"{moments[0].talk} {moments[0].start:.0f}-{moments[0].end:.0f} s" if moments else "nothing"
    print(
        f"  {'rank ' + str(rank) if rank else 'missed':8} {question.text!r}\n"
        f"           wanted {question.talk} {question.start:.0f}-{question.end:.0f} s, first was {first}"
    )


if __name__ == "__main__":
    main()
