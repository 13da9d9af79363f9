"""Training an encoder: from shards to a folder that ``hallscribe-export vjepa`` takes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from hallscribe_export.progress import Progress
from hallscribe_export.sources.tensors import WEIGHTS
from hallscribe_export.train.batches import prepared_batches
from hallscribe_export.train.checkpointing import forget_checkpoint, kept_checkpoint, load_checkpoint, save_checkpoint
from hallscribe_export.train.clips import Clips
from hallscribe_export.train.curves import draw_curves, read_history, write_history
from hallscribe_export.train.hardware import training_device
from hallscribe_export.train.network import Size
from hallscribe_export.train.saving import read_folder, save_folder
from hallscribe_export.train.teaching import Lessons, taught_features, train_teacher
from hallscribe_export.train.texts import TextVectors
from hallscribe_export.train.trainer import Course, Known, Trainer
from hallscribe_export.writing import file_sha256
from hallscribed.adapters.models.manifest import MANIFEST_NAME

CHECKPOINT, HISTORY, CURVES = "checkpoint.pt", "history.jsonl", "losses.png"
# After the part with V-JEPA's objective alone the encoder is kept as well, to see what captions change.
PREDICTION_ONLY = "prediction-only"
_SAVE_EVERY_S = 120.0
_TELL_EVERY = 10


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of it."""

    folder: Path
    frames: int
    lectures: int
    losses: dict[str, float]


def train_encoder(
    shards: Sequence[Path],
    out: Path,
    text: Path,
    progress: Progress,
    *,
    course: Course,
    lessons: Lessons | None,
    size: Size,
    begin: Path | None = None,
    resume: bool,
) -> Trained:
    """Train, and write to ``out`` the folder in Hugging Face's layout, the loss curves, and checkpoints on the way.

    The same shards, course and size give the same weights on the same kind of machine; a run that was ended goes on
    from its last checkpoint.

    Args:
        shards: files.
        text: the text bundle's folder.
        lessons: of the teacher; None to learn without one.
        begin: a folder that another training wrote, to begin with what it learnt; of its checkpoint if there is one,
            else of the weights alone, without the heads of the captions.
        resume: go on from a checkpoint in ``out``; ValueError when that is of another course, size or input.
    """
    out.mkdir(parents=True, exist_ok=True)
    clips = Clips(shards, size.crop, progress)
    texts = TextVectors(text, clips.texts(), progress)
    # Unless it is what this begins with, which other settings tell apart.
    if not resume and (begin is None or begin.resolve() != out.resolve()):
        forget_checkpoint(out / CHECKPOINT)
    device, digest = training_device(), _digest(shards)
    taught = None
    if lessons is not None:
        run = {"shards_sha256": digest, "side": size.crop}
        teacher = train_teacher(clips, out, lessons, run, progress, resume=resume)
        taught = taught_features(teacher, clips, progress)
    known = Known(texts.dimensions, len(clips.facts), 0 if taught is None else taught.shape[-1])
    trainer = Trainer(size, course, known, device)
    history: list[dict[str, float]] = []
    settings = {
        "course": asdict(course),
        "size": asdict(size),
        "lessons": None if lessons is None else asdict(lessons),
        "shards_sha256": digest,
        "text_sha256": _digest([text / MANIFEST_NAME]),
        "begun_with_sha256": None if begin is None else _digest([begun_with(begin)]),
    }
    if begin is not None:
        _begin(trainer, begin)
    if resume and kept_checkpoint(out / CHECKPOINT):
        trainer.load(load_checkpoint(out / CHECKPOINT, settings))
        history = [row for row in read_history(out / HISTORY) if row["step"] <= trainer.done]
    progress.step(f"training on {len(clips.stored)} frames of {clips.lectures} lectures ({device})")
    saved, sums, count = time.monotonic(), dict[str, list[float]](), 0
    for batch in prepared_batches(clips, taught, texts, size, course, trainer.done, device):
        if trainer.done and course.predicts_only(trainer.done - 1) and not course.predicts_only(trainer.done):
            save_folder(out / PREDICTION_ONLY, size, trainer.average, trainer.network.predictor)
        for name, loss in trainer.step(batch).items():
            sums.setdefault(name, []).append(loss)
        count += 1
        if count == _TELL_EVERY or trainer.done == course.steps:
            history.append({"step": trainer.done, **{name: sum(each) / len(each) for name, each in sums.items()}})
            sums, count = {}, 0
            progress.advance(trainer.done, course.steps)
        if time.monotonic() - saved > _SAVE_EVERY_S or trainer.done == course.steps:
            save_checkpoint(out / CHECKPOINT, {**trainer.state(), "settings": settings})
            write_history(out / HISTORY, history)
            draw_curves(out / CURVES, history, "Training of the encoder")
            saved = time.monotonic()
    save_folder(out, size, trainer.average, trainer.network.predictor)
    return Trained(out, len(clips.stored), clips.lectures, dict(history[-1]) if history else {})


def begun_with(folder: Path) -> Path:
    """The file of an earlier training's folder that another begins with: its checkpoint, else its weights."""
    checkpoint = folder / CHECKPOINT
    return checkpoint if checkpoint.exists() else folder / WEIGHTS


def _begin(trainer: Trainer, folder: Path) -> None:
    file = begun_with(folder)
    if file.name == CHECKPOINT:
        trainer.begin_from(load_checkpoint(file))
    else:
        trainer.begin_with(**read_folder(folder))


def _digest(files: Sequence[Path]) -> str:
    return hashlib.sha256("".join(file_sha256(file) for file in files).encode()).hexdigest()
