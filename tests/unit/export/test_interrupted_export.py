"""An export that is interrupted while a child process works for it leaves neither files nor processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hallscribe_export.scratch import scratch
from support.checkpoints import minilm_folder


def working_on(folder: Path) -> list[int]:
    """Processes that have the folder in their command."""
    found = []
    for each in Path("/proc").iterdir():
        try:
            if each.name.isdigit() and str(folder).encode() in (each / "cmdline").read_bytes():
                found.append(int(each.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, -9)])
def test_nothing_is_left(tmp_path: Path, number: signal.Signals, code: int) -> None:
    source, out, work = minilm_folder(tmp_path / "checkpoint"), tmp_path / "made" / "text", tmp_path / "temporary"
    work.mkdir()
    export = subprocess.Popen(
        [sys.executable, "-m", "hallscribe_export.cli", "minilm", str(source), "--out", str(out)],
        env={**os.environ, "TMPDIR": str(work)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while len(working_on(work)) < 1 and time.monotonic() < deadline:
        time.sleep(0.005)
    assert list(out.parent.glob(".text.*")), "it is half made"
    export.send_signal(number)
    _, said = export.communicate(timeout=20)
    assert export.returncode == code, said
    deadline = time.monotonic() + 5
    while working_on(work) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not working_on(work)
    assert not out.exists()
    if number != signal.SIGKILL:
        assert "interrupted" in said
        assert not list(tmp_path.glob("made/*")) and not list(tmp_path.glob("made/.*"))
        assert not list(work.iterdir())


def test_what_a_killed_export_left_goes_with_the_next(tmp_path: Path) -> None:
    out = tmp_path / "text"
    hold = (
        "import pathlib, time; from hallscribe_export.scratch import scratch\n"
        f"with scratch(pathlib.Path({str(out)!r}), 'work') as folder:\n"
        "    (folder / 'half').write_text('x'); print(folder, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        left = Path(killed.stdout.readline().strip())
        with scratch(out, "new"):
            assert left.is_dir(), "another export's, which goes on"
        killed.kill()
    assert left.is_dir()
    (tmp_path / ".text.notes").mkdir()
    with scratch(out, "new") as folder:
        assert not left.exists()
        assert folder.is_dir()
    assert [each.name for each in tmp_path.iterdir()] == [".text.notes"]
