"""From an encoder and pairs to ``heads.safetensors``, which ``hallscribe-export projection`` takes."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallscribe_export.heads_file import HEADS_FILE, write_heads
from hallscribe_export.models.heads import FORMAT_VERSION, TEXT, VISUAL, Heads
from hallscribe_export.progress import Progress
from hallscribe_export.train.checkpointing import forget_checkpoint, kept_checkpoint, load_checkpoint, save_checkpoint
from hallscribe_export.train.curves import draw_curves, write_history
from hallscribe_export.train.embedded import Vectors, embed
from hallscribe_export.train.encoders import Eye, open_eye
from hallscribe_export.train.hardware import training_device
from hallscribe_export.train.material import Material, find_material
from hallscribe_export.train.projection import HeadsCourse, HeadTrainer, Learnt, train_heads
from hallscribe_export.train.words import Words

CHECKPOINT, HISTORY, CURVES, TRAINING, VECTORS = (
    "checkpoint.pt",
    "history.jsonl",
    "losses.png",
    "training.json",
    "vectors",
)
_OURS = (CHECKPOINT, HISTORY, CURVES, TRAINING, VECTORS, HEADS_FILE)
_SAVE_EVERY_S = 20.0
_HELD_OUT_SHARE = 0.1
# Fewer hits than so many times what chance gives are worth a word.
_HARDLY = 2.0


@dataclass(frozen=True, slots=True)
class Naming:
    """What the heads are called, and under which licence they are; empty is what the encoders say."""

    model_id: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it.

    Attributes:
        heads: the file.
        training: what ``training.json`` says.
        notes: what its user should know.
    """

    heads: Path
    training: dict[str, Any]
    notes: tuple[str, ...]


def train_projection(
    encoder: str,
    pairs: Path,
    out: Path,
    text: Path,
    progress: Progress,
    *,
    course: HeadsCourse,
    resume: bool,
    naming: Naming,
) -> Made:
    """Train the two heads, and write them to ``out`` with their losses; all that was calculated stays there, too.

    The same input and course give the same bytes on the same kind of machine. A run that was ended goes on from its
    last checkpoint.

    Args:
        encoder: a bundle, or any SOURCE of ``hallscribe-export vjepa``.
        pairs: shards, or recordings with captions.
        text: the text encoder's bundle.

    Raises:
        ValueError, Misconfigured: the input is damaged, too little or of another kind, or ``out`` holds another run.
    """
    _refuse_other(out)
    progress.step("reading the pairs and the encoders")
    material, words = find_material(pairs), Words(text)
    with open_eye(encoder, out, progress) as eye:
        settings = _settings(material, eye, words, course)
        if not resume:
            forget_checkpoint(out / CHECKPOINT)
        state = _state(out, settings)
        vectors = embed(material.parts, eye, words, out / VECTORS, progress)
    apart = held_out(vectors)
    learnt = vectors.pairs.of(~apart & (vectors.splits != "test"))
    progress.step(f"training heads on {len(learnt.pairs)} pairs ({'GPU' if training_device() == 'cuda' else 'CPU'})")
    keep = _Keeper(out, settings, course.steps).keep
    result = train_heads(learnt, vectors.pairs.of(apart), course, progress=progress, state=state, keep=keep)
    training = {
        **settings,
        "data": material.origin,
        "pictures": len(learnt.visual),
        "pairs": len(learnt.pairs),
        "lectures": len(np.unique(learnt.lecture)),
        "held_out_pictures": int(apart.sum()),
        "match_cosine": result.match_cosine,
        "held_out": result.metrics,
    }
    _write(out, result, _description(result, training, eye, words, course, naming), training)
    return Made(out / HEADS_FILE, training, (*material.notes, *_doubts(result.metrics)))


def held_out(vectors: Vectors) -> NDArray[np.bool_]:
    """Which pictures the training must not see, bool (N,).

    Those of the split "validation"; without it the last tenth of the lectures; of fewer than ten lectures the last
    tenth of what each shows.
    """
    if (vectors.splits == "validation").any():
        return np.asarray(vectors.splits == "validation")
    usable = vectors.splits != "test"
    lectures = np.unique(vectors.pairs.lecture[usable])
    last = int(len(lectures) * _HELD_OUT_SHARE)
    if last:
        return np.asarray(usable & np.isin(vectors.pairs.lecture, lectures[-last:]))
    apart = np.zeros(len(usable), bool)
    for lecture in lectures:
        looks = np.unique(vectors.pairs.look[vectors.pairs.lecture == lecture])
        apart |= np.isin(vectors.pairs.look, looks[-max(1, int(len(looks) * _HELD_OUT_SHARE)) :])
    return np.asarray(usable & apart)


class _Keeper:
    """Puts what there is of a training into its folder, every so often and at its end."""

    def __init__(self, out: Path, settings: dict[str, Any], steps: int) -> None:
        self._out, self._settings, self._steps = out, settings, steps
        self._saved = time.monotonic()

    def keep(self, trainer: HeadTrainer) -> None:
        """Called after each look at the held-out pairs."""
        if trainer.done < self._steps and time.monotonic() - self._saved < _SAVE_EVERY_S:
            return
        save_checkpoint(self._out / CHECKPOINT, {**trainer.state(), "settings": self._settings})
        write_history(self._out / HISTORY, trainer.history)
        draw_curves(self._out / CURVES, trainer.history, "Training of the heads")
        self._saved = time.monotonic()


def _doubts(metrics: dict[str, float]) -> list[str]:
    found, by_lot = metrics["hit@5"], metrics["chance@5"]
    if found > _HARDLY * by_lot:
        return []
    return [
        f"words hardly find pictures that were held out: {found:.0%} among the first five, {by_lot:.0%} by lot; give "
        "more lectures, or an encoder that was trained"
    ]


def _refuse_other(out: Path) -> None:
    if out.exists() and not (out.is_dir() and (not any(out.iterdir()) or any((out / name).exists() for name in _OURS))):
        raise ValueError(f"{out} exists and holds no training of heads: name a new folder with --out")


def _settings(material: Material, eye: Eye, words: Words, course: HeadsCourse) -> dict[str, Any]:
    digest = hashlib.sha256("".join(part.sha256 for part in material.parts).encode()).hexdigest()
    return {
        "course": asdict(course),
        "encoder": {"space": eye.space, "sha256": hashlib.sha256(eye.digest.encode()).hexdigest()},
        "text": {"space": words.space.name, "sha256": words.digest},
        "pairs_sha256": digest,
    }


def _state(out: Path, settings: dict[str, Any]) -> dict[str, Any] | None:
    file = out / CHECKPOINT
    return load_checkpoint(file, settings) if kept_checkpoint(file) else None


def _description(
    result: Learnt, training: dict[str, Any], eye: Eye, words: Words, course: HeadsCourse, naming: Naming
) -> Heads:
    spaces = {VISUAL: (eye.space, eye.dimensions), TEXT: (words.space.name, words.space.dimensions)}
    heads = {
        name: {"space": space, "dimensions": width, "layer_norm": True, "hidden": course.hidden}
        for name, (space, width) in spaces.items()
    }
    told = {
        "format_version": FORMAT_VERSION,
        "model_id": naming.model_id or f"{eye.model_id}-words",
        "licence": naming.licence or eye.licence,
        **heads,
        "match_cosine": result.match_cosine,
        "training": {"data": training["data"], "pairs": training["pairs"], "steps": int(result.metrics["step"])},
    }
    return Heads.model_validate(told)


def _write(out: Path, result: Learnt, described: Heads, training: dict[str, Any]) -> None:
    write_history(out / HISTORY, result.history)
    draw_curves(out / CURVES, result.history, "Training of the heads")
    partial = out / f".{TRAINING}.partial"
    partial.write_text(json.dumps(training, indent=2) + "\n")
    partial.replace(out / TRAINING)
    write_heads(out / HEADS_FILE, result.weights, described.model_dump(mode="json"))
