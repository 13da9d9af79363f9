"""Videos with labels and captions beside them, as they lie in a folder."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

_VIDEOS = (".mp4", ".webm", ".mkv", ".mov", ".gif")


@dataclass(frozen=True, slots=True)
class Video:
    """A video; ``truth`` holds (seconds, kind), None where nobody labelled it."""

    path: Path
    captions: Path | None
    truth: tuple[tuple[float, str], ...] | None

    @property
    def lecture_id(self) -> str:
        """Its name, as a lecture's."""
        return re.sub(r"[^a-z0-9_-]+", "-", self.path.stem.lower())[:60].strip("-_")


def videos_beneath(folders: list[Path]) -> list[Video]:
    """Every video of the folders, by name, or the files themselves."""
    files = [path for folder in folders for path in (sorted(folder.rglob("*")) if folder.is_dir() else [folder])]
    return [_video(path) for path in files if path.suffix.lower() in _VIDEOS]


def _video(path: Path) -> Video:
    labels = _first(path.with_name(path.name + ".transitions.tsv"), path.with_suffix(".transitions.tsv"))
    captions = _first(path.with_name(path.name + ".vtt"), path.with_suffix(".vtt"), path.with_suffix(".srt"))
    return Video(path, captions, None if labels is None else _labels(labels))


def _first(*candidates: Path) -> Path | None:
    return next((path for path in candidates if path.is_file()), None)


def _labels(path: Path) -> tuple[tuple[float, str], ...]:
    with path.open(encoding="utf-8") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        return tuple((float(row["t_s"]), row["kind"]) for row in rows)
