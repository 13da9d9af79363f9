"""The demonstration, as a newcomer runs it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.timeout(300)
def test_the_built_in_lecture_is_understood(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hallscribe.demo", "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) of (\d+) boundaries found within 2 s, (\d+) false", done.stdout)
    assert found is not None, done.stdout
    boundaries, there_are, false = map(int, found.groups())
    assert boundaries >= there_are - 2
    assert false <= 1
    answered = re.search(r"(\d) of 7 first answers start where the lecture speaks of it", done.stdout)
    assert answered is not None and int(answered[1]) >= 6
    assert (tmp_path / "timeline.png").read_bytes().startswith(b"\x89PNG")
    notes = (tmp_path / "notes.md").read_text()
    assert "Summary (extractive)" in notes
    pictures = re.findall(r"!\[[^]]*\]\(<?(pictures/[^)>]+)", notes)
    assert len(pictures) >= there_are
    assert all((tmp_path / picture).read_bytes().startswith(b"\xff\xd8") for picture in pictures)
