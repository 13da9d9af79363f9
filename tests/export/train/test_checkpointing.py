from __future__ import annotations

import errno
import os
import pickle
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from hallscribe_export.train.checkpointing import load_checkpoint, previous, save_checkpoint

SETTINGS = {"course": {"steps": 5, "sides": (1, 2)}, "seed": 1}
_SAVING = """
import sys
from pathlib import Path
import torch
from hallscribe_export.train.checkpointing import save_checkpoint
file, number = Path(sys.argv[1]), 0
while True:
    number += 1
    save_checkpoint(file, {"done": number, "weights": torch.full((400_000,), float(number)), "settings": {}})
"""


def state(done: int) -> dict[str, Any]:
    return {"done": done, "weights": {"w": torch.full((3,), float(done))}, "settings": SETTINGS}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The third checkpoint of a run."""
    for done in (1, 2, 3):
        save_checkpoint(tmp_path / "checkpoint.pt", state(done))
    return tmp_path / "checkpoint.pt"


def test_the_last_two_are_kept(file: Path) -> None:
    kept = load_checkpoint(file, SETTINGS)
    assert kept["done"] == 3
    assert kept["weights"]["w"].tolist() == [3.0, 3.0, 3.0]
    assert load_checkpoint(previous(file))["done"] == 2
    assert {each.name for each in file.parent.iterdir()} == {file.name, previous(file).name}


@pytest.mark.parametrize("damage", [lambda data: data[:-100], lambda data: b"", lambda data: b"none" + data[4:]])
def test_a_damaged_one_leaves_the_one_before_it(file: Path, damage: Any) -> None:
    file.write_bytes(damage(file.read_bytes()))
    assert load_checkpoint(file, SETTINGS)["done"] == 2


def test_a_full_disk_is_told_as_such_and_keeps_them(file: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(OSError) as caught:
            save_checkpoint(file, {**state(4), "more": torch.zeros(100_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.errno == errno.EFBIG
    assert load_checkpoint(file, SETTINGS)["done"] == 3
    assert {each.name for each in file.parent.iterdir()} == {file.name, previous(file).name}


def test_without_a_sound_one_there_is_an_error_that_says_what_to_do(file: Path) -> None:
    file.write_bytes(b"damaged")
    previous(file).unlink()
    with pytest.raises(ValueError, match=r"checkpoint\.pt is damaged.*--no-resume"):
        load_checkpoint(file)


def test_one_of_another_run_is_refused_with_what_differs(file: Path) -> None:
    with pytest.raises(ValueError, match=r"another training \(steps was 5, is 6\)"):
        load_checkpoint(file, {"course": {"steps": 6, "sides": [1, 2]}, "seed": 1})
    with pytest.raises(ValueError, match="more was None, is 1"):
        load_checkpoint(file, {**SETTINGS, "more": 1})


def test_code_in_a_file_is_not_run(tmp_path: Path) -> None:
    told = tmp_path / "told"

    class Sly:
        def __reduce__(self) -> Any:
            return (Path.write_text, (told, "ran"))

    (tmp_path / "checkpoint.pt").write_bytes(pickle.dumps({"done": Sly()}, protocol=2))
    torch.save({"done": Sly()}, tmp_path / "checkpoint.previous.pt")
    with pytest.raises(ValueError, match="damaged"):
        load_checkpoint(tmp_path / "checkpoint.pt")
    assert not told.exists()


def test_an_end_at_any_moment_leaves_a_sound_one(tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.pt"
    with subprocess.Popen([sys.executable, "-c", _SAVING, str(file)], start_new_session=True) as process:
        deadline = time.monotonic() + 60
        while not previous(file).exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
    kept = load_checkpoint(file)
    assert kept["done"] >= 2
    assert (kept["weights"] == kept["done"]).all()
    assert load_checkpoint(previous(file))["done"] in (kept["done"], kept["done"] - 1)
