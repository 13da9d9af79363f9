"""The parts of the evaluation, each from the model to its rows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from random import Random

from hallscribe_export.graph.port import Array
from hallscribe_export.progress import Progress
from hallscribe_export.projection import export_projection
from hallscribe_export.train.evaluation import coherence, precision, retrieval, sameness, talks
from hallscribe_export.train.evaluation.baselines import COURSE, Lesson, learnt_way, lesson, pair_vectors
from hallscribe_export.train.evaluation.encoders import FullEncoder, bundle_encoder
from hallscribe_export.train.evaluation.material import (
    COHERENCE_SEED,
    RETRIEVAL_SEED,
    SAMENESS_SEED,
    Pictures,
    Shown,
    lectures,
    one_a_page,
)
from hallscribe_export.train.evaluation.model import Model
from hallscribe_export.train.evaluation.pixels import histograms
from hallscribe_export.train.evaluation.rendering import NoTalks, rendered_talks
from hallscribe_export.train.evaluation.retrieval import HISTOGRAM, UNTRAINED, Asked, Way
from hallscribe_export.train.evaluation.rows import Row, not_run
from hallscribe_export.train.lecture.sentences import queries
from hallscribe_export.train.words import Words
from hallscribe_export.untrained import make_untrained
from hallscribed.adapters.models.bundle import load

SAME_HEADS = "this encoder, heads of the baselines' training"
_LEAST, _MOST = 1, 5


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is rendered: frames that are searched and questions, pairs, lectures at one frame a second, lectures
    from which the baselines learn.
    """

    frames: int = 500
    queries: int = 300
    pairs: int = 1000
    lectures: int = 12
    lessons: int = 40


@dataclass(frozen=True, slots=True)
class Real:
    """Where real talks are, and what measures them.

    Attributes:
        media: the folder of captioned talks with their questions.
        videos: of those talks, rendered.
        python: the daemon's.
        pythons: of which one may be able to render.
        former: bundle to compare with; else the one with random weights that was there before.
    """

    media: Path
    videos: Path
    python: Path
    pythons: tuple[Path, ...]
    former: Path | None


@dataclass(frozen=True)
class Evaluation:
    """One run."""

    model: Model
    text: Path
    amount: Amount
    real: Real
    progress: Progress

    @cached_property
    def shown(self) -> Shown:
        """Held-out frames, for search and for INT8."""
        self.progress.step(f"rendering {self.amount.frames} held-out frames")
        return one_a_page("test", RETRIEVAL_SEED, self.amount.frames, self.model.encoder.side)

    @cached_property
    def full(self) -> Array:
        """Their vectors in full precision."""
        self.progress.step("encoding held-out frames in full precision")
        return self.model.encoder.pooled(self.shown.pictures, self.progress)

    def retrieval(self) -> list[Row]:
        """Words find frames, through the bundle as the daemon opens it."""
        texts = Words(self.text)
        asked = queries(Random("evaluation"), self.shown.facts, self.amount.queries, _LEAST, _MOST, "test")
        vectors = texts.of([each.text for each in asked])
        self.progress.step("encoding held-out frames through the bundle")
        kept = self._kept("openvino", self.shown.pictures)
        untrained = FullEncoder.untrained(self.model.folder)
        ways: dict[str, Callable[[Pictures], Array]] = {
            HISTOGRAM: histograms,
            UNTRAINED: untrained.pooled,
            SAME_HEADS: self.model.encoder.pooled,
        }
        self.progress.step(f"rendering {self.amount.lessons} lectures for the baselines to learn from")
        learnt = lesson(self.amount.lessons, self.model.encoder.side, self.progress)
        others = {name: self._taught(name, encode, learnt, texts) for name, encode in ways.items()}
        right = [frozenset(each.frames) for each in asked]
        return retrieval.rows(Asked(vectors, right), Way.of(kept, self.model.heads), others)

    def _taught(
        self, name: str, encode: Callable[[Pictures], Array], learnt: Lesson, texts: Words
    ) -> Callable[[], Way]:
        def make() -> Way:
            self.progress.step(f"heads for the baseline: {name}")
            pairs = pair_vectors(learnt.shown, encode(learnt.pictures), texts.of)
            return learnt_way(pairs, encode(self.shown.pictures), COURSE, self.progress)

        return make

    def sameness(self) -> list[Row]:
        """The same slide or not, in full precision."""
        self.progress.step(f"rendering and encoding {self.amount.pairs} pairs of looks")
        material = sameness.pairs(lectures("test", SAMENESS_SEED), self.model.encoder.side)
        return sameness.measure(material, self.amount.pairs, self.model.encoder.pooled)

    def coherence(self) -> list[Row]:
        """What the predictor did not foresee."""
        try:
            foresight = self.model.foresight
        except ValueError as error:  # A folder may hold an encoder alone.
            return [not_run(coherence.SECTION, "AUC of the predictor's error", str(error), coherence.BAR)]
        self.progress.step(f"rendering and predicting {self.amount.lectures} lectures")
        footage = islice(lectures("test", COHERENCE_SEED), self.amount.lectures)
        return coherence.measure(footage, self.amount.lectures, self.model.encoder, foresight, self.progress)

    def precision(self) -> list[Row]:
        """INT8 against full precision."""
        rows = []
        for runtime in self.model.bundle.manifest.runtimes:
            self.progress.step(f"encoding held-out frames in INT8, {runtime}")
            rows += precision.rows(runtime, self._kept(runtime, self.shown.pictures), self.full)
        return rows

    def talks(self) -> list[Row]:
        """Real talks through a real daemon."""
        real = self.real
        if not real.media.is_dir():
            return talks.nothing(f"there are no recordings in {real.media}")
        try:
            return self._measured_talks()
        except NoTalks as error:
            return talks.nothing(str(error))

    def _measured_talks(self) -> list[Row]:
        real = self.real
        try:
            videos: list[Path] | NoTalks = rendered_talks(real.media, real.videos, real.pythons, self.progress)
        except NoTalks as error:
            videos = error
        with tempfile.TemporaryDirectory(prefix="hallscribe-eval-") as temporary:
            folder = Path(temporary)
            if real.former is None:
                make_untrained(folder / "former")
            heads = self.model.heads.file
            export_projection(heads, self.model.bundle, load(self.text), folder / "heads", self.progress)
            mine = talks.Bundles(self.model.bundle_path, folder / "heads")
            former = talks.Bundles(real.former or folder / "former")
            return talks.measure(talks.Measuring(real.python, real.media), videos, mine, former, self.progress)

    def _kept(self, runtime: str, pictures: Pictures) -> Array:
        return bundle_encoder(self.model.bundle, runtime).encode(list(pictures))
