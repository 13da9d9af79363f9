"""Every seam of the daemon on one page: what the pipeline asks of the outside world."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hallscribed.domain.embedding import EmbeddingSpace, Matrix, Neighbour, Vector
from hallscribed.domain.event import Event, Segment, TextLine, TextState
from hallscribed.domain.frame import Acknowledgement, EncodedFrame, Grid, Refusal, Seen
from hallscribed.domain.lecture import Cue, Lecture
from hallscribed.domain.moment import Hit, Passage, Route
from hallscribed.domain.record import FeedRecord, SystemNotice
from hallscribed.domain.recording import (
    DerivedFile,
    FrameBatch,
    Job,
    Reading,
    ResumePoint,
    SealedLecture,
    SummariserReport,
    UnseenSegment,
)


class Runtime(Protocol):
    """Runs one graph; knows nothing about models."""

    name: str

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
        """Outputs by name; RuntimeError when the graph fails."""


class Encoder(Protocol):
    """Pictures to pooled vectors."""

    @property
    def space(self) -> EmbeddingSpace:
        """The space of the pooled vectors (the encoder's own width)."""

    def encode(self, pictures: Sequence[NDArray[np.uint8]]) -> Matrix:
        """Encode RGB pictures, each uint8 (H, W, 3), of any size; float32 (N, D), not normalised."""


class Projection(Protocol):
    """The encoder's vectors to the joint space."""

    @property
    def space(self) -> EmbeddingSpace:
        """The joint space."""

    def project(self, vectors: Matrix) -> Matrix:
        """Float32 (N, D) to L2-normalised float32 (N, 768)."""


class TextEncoder(Protocol):
    """Text to passage vectors."""

    @property
    def space(self) -> EmbeddingSpace:
        """The passage space."""

    def encode(self, texts: Sequence[str]) -> Matrix:
        """L2-normalised float32 (N, 384); a text beyond 256 tokens is cut there."""

    def is_cut(self, text: str) -> bool:
        """True when ``encode`` would not read this text to its end."""

    def prepare(self) -> None:
        """Do now what the first texts of each length would wait for."""


class Perception(Protocol):
    """Looks at frames, in a process of its own; keeps nothing between calls."""

    def perceive(
        self, frame: EncodedFrame, reference: Grid | None, worth: float, *, likely: bool = False
    ) -> Seen | Refusal:
        """Check, decode, compare with the reference and encode what changed enough.

        Never raises for a bad frame or a lost worker: those are Refusals.

        Args:
            reference: what the vector in use was made of; without one, all of the frame has changed.
            worth: the least share of changed cells for which the frame is encoded.
            likely: it will most likely be encoded; being wrong about that costs time and nothing else.
        """

    def undisturbed(self) -> AbstractContextManager[object]:
        """What can wait waits meanwhile; several may ask for that at once, and ``perceive`` does by itself."""

    def picture(self, frame: EncodedFrame) -> bytes | None:
        """The frame as JPEG, longest side at most 1920 pixels; None when it cannot be made."""

    def embed(self, picture: bytes) -> Vector | Refusal:
        """The pooled vector of a JPEG or PNG picture, float32 (D,)."""


class Reader(Protocol):
    """Reads the text of pictures, in a process of its own."""

    def read(self, picture: bytes) -> Sequence[TextLine]:
        """Lines in reading order; RuntimeError when reading failed."""


class Summariser(Protocol):
    """Writes summaries with a language model, in a process of its own that is there only while it is needed."""

    def summarise(self, title: str, page_text: str, speech: str) -> str:
        """The model's own words, not yet cleaned; loads it first where it is not loaded.

        SummaryFailed says why there are none, Interrupted that ``stop`` was called.
        """

    def unload(self) -> None:
        """End the process, if it runs; the next ``summarise`` starts another."""

    def stop(self) -> None:
        """End the process for good, whatever it does; from any thread."""

    def report(self) -> SummariserReport:
        """How it is; from any thread."""


class Index(Protocol):
    """Finds the nearest rows by cosine; rows are L2-normalised float32 (D,)."""

    def __len__(self) -> int:
        """How many rows it holds."""

    def search(self, query: Vector, k: int) -> list[Neighbour]:
        """At most k neighbours, nearest first; an empty index finds none. ValueError on another width or k < 1."""


class LiveIndex(Index, Protocol):
    """An index that grows while it is searched."""

    def add(self, ids: Sequence[int], vectors: Matrix) -> None:
        """Add rows float32 (N, D); an id that is there already is replaced. ValueError on NaN or another width."""


class LectureStore(Protocol):
    """One lecture's truth, in its own folder. Every method that writes is one durable transaction."""

    @property
    def uid(self) -> str:
        """Never used again."""

    @property
    def lecture_id(self) -> str:
        """Chosen by its creator."""

    @property
    def folder(self) -> Path:
        """Where its files lie."""

    def lecture(self) -> Lecture:
        """As it stands."""

    def is_finished(self) -> bool:
        """Whether it takes no more frames."""

    def resume_point(self) -> ResumePoint:
        """Where the frame path goes on."""

    def commit(self, batch: FrameBatch) -> Sequence[int]:
        """Make frames and segments durable; ids of the new embedding rows, in order."""

    def set_picture(self, segment: int, picture: bytes | None, grid: Grid | None) -> None:
        """Give a segment its key frame once it has settled, or another once more is shown, and have it read.

        Without a picture it will never be read; without a grid it keeps the one it has.
        """

    def acknowledgement(self, position: int) -> Acknowledgement | None:
        """The first outcome of a frame."""

    def finish(self) -> None:
        """End the lecture; a second time does nothing."""

    def put_cues(self, cues: Sequence[Cue]) -> None:
        """Replace the captions."""

    def cues(self) -> list[Cue]:
        """The captions in order of time."""

    def events(self, after: float = -1.0, limit: int = 1 << 30) -> list[Event]:
        """Events that stand, by time, later than ``after``."""

    def event_of(self, segment: int) -> Event | None:
        """The event that opened a segment and stands."""

    def segments(self, first: int = 0, limit: int = -1) -> list[Segment]:
        """Segments that stand, by time, from number ``first`` on; at most ``limit``, all with a negative one."""

    def segment_before(self, number: int) -> int | None:
        """The number of the last segment before one that stands."""

    def pages(self) -> dict[int, Mapping[str, Any]]:
        """What was read, by segment number."""

    def page(self, segment: int) -> Mapping[str, Any] | None:
        """What was read from one segment that stands; None when nothing was."""

    def grid(self, segment: int) -> Grid | None:
        """What a segment showed when it came; None of the first one until it has settled."""

    def picture(self, segment: int) -> bytes | None:
        """A segment's key frame, JPEG."""

    def forget_picture(self, segment: int) -> None:
        """A segment was read: its key frame stays, unless it is in memory only or the segment was taken back."""

    def picture_to_read(self, segment: int) -> bytes | None:
        """A segment's key frame, also where pictures are not kept; None when it is gone."""

    def jobs(self) -> list[Job]:
        """Pending jobs, most urgent first."""

    def save_reading(self, job_id: int | None, reading: Reading) -> None:
        """Record what was read, refine the event, end the job."""

    def save_summary(self, job_id: int | None, segment: int, text: str, *, ask_model: bool = False) -> None:
        """Record an extractive summary and end the job; ``ask_model`` adds one for the language model."""

    def save_generated(self, job: Job, text: str) -> None:
        """Put the language model's summary in place of the extractive one and end the job."""

    def keep_summary(self, job: Job, state: TextState, detail: str, *, again: bool) -> None:
        """The language model wrote none: say why, and count the attempt or, unless ``again``, end the job."""

    def fail_job(self, job: Job, error: str, final: bool) -> None:
        """Count a failed attempt at reading or summing up; ``final`` gives up."""

    def timeline(self) -> tuple[list[float], list[float]]:
        """Media times in seconds and novelty of the frames that were looked at."""

    def vectors(self) -> tuple[list[int], Matrix]:
        """Embedding ids and encoder vectors, float32 (N, D), of the lecture's own space."""

    def vector_count(self) -> int:
        """How many vectors there are, without reading them."""

    def unseen(self) -> list[UnseenSegment]:
        """Segments with a picture and with vectors, but none of the encoder in use."""

    def add_vectors(self, spans: Sequence[tuple[float, float]], vectors: Matrix) -> None:
        """Vectors of the encoder in use, float32 (N, D), for what a finished lecture showed between two times each."""

    def span_of(self, embedding_ids: Sequence[int]) -> dict[int, tuple[float, float]]:
        """Start and end in seconds during which each embedding was shown."""

    def shown_at(self, times: Sequence[float]) -> list[tuple[int, str]]:
        """Number and title of the segment at each time in seconds; 0 and no title before the first."""

    def vector_at(self, media_time: float) -> Vector | None:
        """The encoder's vector of the frame shown then."""

    def record_derived(self, name: str, space: str, sha256: str, rows: int) -> None:
        """Remember a derived file, of vectors of this space, by its hash."""

    def derived(self, name: str) -> DerivedFile | None:
        """What was last written under that name; None when nothing was."""

    def held(self) -> AbstractContextManager[object]:
        """Keep the lecture from being written by others, or deleted, meanwhile. NotFound when it is gone already."""

    def close(self) -> None:
        """Let go of the files."""


class Catalog(Protocol):
    """The box: which lectures there are, and the feed of all of them. Derived, and completed at start."""

    epoch: str

    def create(self, lecture_id: str, title: str) -> LectureStore:
        """A new lecture in a new folder. Exists when the id is taken."""

    def open(self, lecture_id: str) -> LectureStore:
        """NotFound, or DataDamaged when its data is."""

    def by_uid(self, uid: str) -> LectureStore | None:
        """None when it was deleted."""

    def page(self, after: str, limit: int) -> list[Lecture]:
        """Lectures by uid (which is by age), those after ``after``."""

    def delete(self, lecture_id: str) -> Lecture:
        """Remove a lecture and its folder."""

    def stores(self) -> Sequence[LectureStore]:
        """All lectures that are served."""

    def publish(self, store: LectureStore) -> int:
        """Put a lecture's records that are not yet on the feed there; how many."""

    def announce(self, notice: SystemNotice, store: LectureStore | None = None) -> None:
        """Put the daemon's own trouble on the feed; a lecture's where it is one's only."""

    def feed(self, after: int, limit: int, uid: str = "") -> Sequence[FeedRecord]:
        """Records after a place in the feed."""

    def last_sequence(self) -> int:
        """The feed's end."""

    def sequence_at(self, time: float) -> int:
        """The last place in the feed before a Unix time."""

    def made_at(self, sequence: int) -> float | None:
        """When the record in a place of the feed was made, Unix seconds; None where there is none any more."""


class DerivedFiles(Protocol):
    """Files that can be made again from a lecture's database."""

    def write_matrix(self, path: Path, matrix: Matrix) -> str:
        """Write float32 (N, D) as .npy, the two versions before kept as .bak.1 and .bak.2; its sha256."""

    def sha256(self, path: Path) -> str | None:
        """Of a file; None when it is absent."""

    def quarantine(self, folder: Path, names: Sequence[str]) -> None:
        """Put files aside beneath the folder, never deleting what was damaged."""


class VisualIndex(Protocol):
    """What was seen on the whole box: vectors of the joint space, by lecture."""

    def add(self, uid: str, ids: Sequence[int], vectors: Matrix) -> None:
        """Add rows float32 (N, 768) of a live lecture; searchable when it returns."""

    def seal(self, uid: str, path: Path) -> str:
        """Move a lecture's rows to a file and search there from now on; the file's sha256."""

    def open_sealed(self, uid: str, path: Path, sha256: str) -> None:
        """Search a sealed file. DataDamaged when it does not match its hash."""

    def search(self, query: Vector, uids: Collection[str] | None, k: int) -> Sequence[tuple[str, Neighbour]]:
        """The nearest rows over lectures, nearest first; None searches every lecture."""

    def forget(self, uid: str) -> None:
        """Remove a lecture's rows."""


class BoxArchive(Protocol):
    """One index over all lectures of the box that rest."""

    def archived(self) -> Mapping[str, int]:
        """Rows by uid of the lectures for which it answers."""

    def rows(self) -> int:
        """How many rows it holds, of lectures that are gone, too; 0 without one."""

    def outside(self) -> int:
        """Rows of lectures at rest that it does not hold."""

    def take_damaged(self) -> set[str]:
        """uids of lectures whose own rows were found damaged since this was last asked."""

    def build(self, lectures: Sequence[SealedLecture]) -> None:
        """Write it anew of these lectures, and answer from it. RuntimeError when it cannot be written."""

    def drop(self) -> None:
        """Answer for nothing any more, and remove its files: every lecture that it held is gone."""

    def stop(self) -> None:
        """End; what is being written is thrown away."""


class Corpus(Protocol):
    """What was said and written on the whole box, made searchable."""

    def replace(
        self, lecture_uid: str, route: Route, segment: int | None, passages: Sequence[Passage], vectors: Matrix
    ) -> None:
        """Replace a lecture's passages of a route, or of one segment of it; searchable when it returns."""

    def forget(self, lecture_uid: str) -> None:
        """Remove all of a lecture's passages."""

    def full_text(self, query: str, route: Route, lecture_uids: Collection[str] | None, k: int) -> list[Hit]:
        """The best passages by words; None searches every lecture."""

    def dense(self, query: Vector, route: Route, lecture_uids: Collection[str] | None, k: int) -> list[Hit]:
        """The best passages by meaning; None searches every lecture."""
