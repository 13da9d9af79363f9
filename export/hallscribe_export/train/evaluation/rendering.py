"""Videos of real talks: those in a folder, or rendered into it once where there are a tool and stills."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from hallscribe_export.progress import Progress

TOOL = Path("../../tools/render_talk.py")
DECKS = "w3c-media-production"
_OPTIONS = ("--fps", "2", "--cursor")
_LABELS = ".transitions.tsv"


class NoTalks(Exception):
    """There are no videos and they cannot be rendered; the message says why."""


def rendered_talks(media: Path, folder: Path, pythons: Iterable[Path], progress: Progress) -> list[Path]:
    """The videos with labels in ``folder``; those of the decks in ``media`` that are not there are rendered into it.

    Args:
        pythons: of which one must have PyAV, which the tool needs; .venv and .venv-export have not.

    Raises:
        NoTalks: nothing to measure on.
    """
    decks = [each.parent for each in sorted((media / DECKS).glob("*/slides.tsv"))]
    missing = [deck for deck in decks if not (folder / f"{deck.name}.mp4{_LABELS}").is_file()]
    if missing:
        _render(missing, folder, media / TOOL, pythons, progress)
    videos = [file for file in sorted(folder.glob("*.mp4")) if file.with_name(file.name + _LABELS).is_file()]
    if not videos:
        raise NoTalks(f"no videos with labels in {folder}, and none to render in {media}")
    return videos


def _render(decks: list[Path], folder: Path, tool: Path, pythons: Iterable[Path], progress: Progress) -> None:
    able = next((python for python in pythons if _has_pyav(python)), None)
    if not tool.is_file() or able is None:
        lacks = f"a Python with PyAV (RENDERER=python) for {tool.name}" if tool.is_file() else tool.name
        raise NoTalks(f"{len(decks)} talks are not rendered in {folder} (TALKS=folder), and rendering lacks {lacks}")
    folder.mkdir(parents=True, exist_ok=True)
    progress.step(f"rendering {len(decks)} talks, once")
    for number, deck in enumerate(decks):
        # The labels' file is what tells that a video is whole, and the tool writes it while it works.
        made = folder / f".{deck.name}.mp4"
        done = subprocess.run([able, tool, deck, made, *_OPTIONS], capture_output=True, text=True, check=False)
        if done.returncode:
            raise NoTalks(f"{tool.name} failed on {deck.name}: {last_line(done)}")
        for suffix in ("", ".vtt", _LABELS):
            part = made.with_name(made.name + suffix)
            if part.exists():
                part.replace(folder / part.name.removeprefix("."))
        progress.advance(number + 1, len(decks))


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    """What a command that failed said last: it stands in a table."""
    return ((done.stderr or done.stdout).strip().splitlines() or ["no word of why"])[-1]


def _has_pyav(python: Path) -> bool:
    try:
        return subprocess.run([python, "-c", "import av, cv2"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def usual_pythons(given: Path | None) -> list[Path]:
    """Where to look for PyAV."""
    return ([given] if given is not None else []) + [Path(sys.executable), Path("python3")]
