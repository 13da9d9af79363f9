"""Where and on what a proof runs."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from hallscribe_export.proof.process import watched

EXPORT = (sys.executable, "-m", "hallscribe_export.cli")


@dataclass(frozen=True, slots=True)
class Setting:
    """One subject's proof.

    Attributes:
        work: folder in which everything is made and left.
        small: with a small model of the same class.
        threads: how many every runtime may use.
        daemon: folder of the installed ``hallscribed`` and ``hallscribe``.
    """

    work: Path
    small: bool
    threads: int
    daemon: Path

    def checkpoint(self, true_size: str, small: str) -> Path:
        """The subject's checkpoint with random weights, made if it is not there."""
        kind = small if self.small else true_size
        folder = self.work / kind
        if not (folder / "config.json").is_file():
            watched([sys.executable, "-m", "hallscribe_export.proof.checkpoints", kind, "--out", str(folder)])
        return folder
