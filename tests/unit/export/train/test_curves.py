from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from hallscribe_export.train.curves import draw_curves, read_history, write_history

HISTORY = [
    {"step": step, "loss": 1 / (1 + step), **({"hit@5": step / 90} if step % 3 == 0 else {})} for step in range(90)
]


def test_a_history_comes_back_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    assert read_history(file) == []
    write_history(file, HISTORY)
    assert read_history(file) == HISTORY
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize("line", ['{"step": 1', "[1, 2]", '{"step": "one"}'])
def test_a_damaged_history_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    file = tmp_path / "history.jsonl"
    file.write_text('{"step": 0, "loss": 2.0}\n' + line + "\n")
    with pytest.raises(ValueError, match=r"history\.jsonl, line 2"):
        read_history(file)


def test_curves_are_the_same_bytes_twice_and_nothing_else_is_left(tmp_path: Path) -> None:
    for name in ("one.png", "two.png"):
        draw_curves(tmp_path / name, HISTORY, "A training")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert {each.name for each in tmp_path.iterdir()} == {"one.png", "two.png"}


def test_there_is_a_panel_for_each_quantity(tmp_path: Path) -> None:
    sizes = []
    for number in (1, 2, 4):
        file = tmp_path / f"{number}.png"
        draw_curves(file, [{"step": 1, **{f"q{each}": 0.5 for each in range(number)}}], "A training")
        sizes.append(cv2.imread(str(file)).shape[:2])
    assert sizes[1][1] == 2 * sizes[0][1]  # side by side
    assert sizes[2][0] > 1.7 * sizes[0][0]  # a second row
    assert (np.diff([size[1] for size in sizes]) > 0).all()


def test_a_training_without_steps_has_an_empty_picture(tmp_path: Path) -> None:
    draw_curves(tmp_path / "none.png", [], "A training")
    assert cv2.imread(str(tmp_path / "none.png")) is not None
