"""Losses by step: kept as JSON lines, drawn as curves."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray

matplotlib.use("Agg")  # There need not be a display.

from matplotlib.figure import Figure

History = list[dict[str, float]]

_STEP = "step"
_ACROSS = 3
_PANEL_INCHES = (4.2, 2.9)
# Curves of more points than this get a smooth one over them: the mean of so many neighbours.
_SMOOTH_FROM, _SMOOTH_SHARE = 40, 0.04
_NOISE, _MEAN = "#b9c6d8", "#1f4e8c"


def write_history(file: Path, history: Sequence[Mapping[str, float]]) -> None:
    """Write one JSON object a line, whole or not at all."""
    _put(file, "".join(json.dumps(dict(row)) + "\n" for row in history).encode())


def read_history(file: Path) -> History:
    """What ``write_history`` wrote; nothing where there is no file.

    Raises:
        ValueError: it is damaged; the message names the file and the line.
    """
    if not file.is_file():
        return []
    history = []
    for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        try:
            row = json.loads(line)
            history.append({str(name): float(value) for name, value in row.items()})
        except (ValueError, TypeError, AttributeError) as error:
            raise ValueError(f"{file}, line {number}, is no row of losses ({error}): delete the file") from error
    return history


def draw_curves(file: Path, history: Sequence[Mapping[str, float]], title: str) -> None:
    """Draw every quantity of ``history`` over its ``step`` to a PNG, one panel each; rows may lack some of them.

    Equal histories give equal bytes.
    """
    names = [name for name in dict.fromkeys(name for row in history for name in row) if name != _STEP]
    across = max(1, min(_ACROSS, len(names)))
    down = max(1, -(-len(names) // across))
    figure = Figure((_PANEL_INCHES[0] * across, _PANEL_INCHES[1] * down + 0.4), dpi=110, layout="constrained")
    figure.suptitle(title)
    panels = figure.subplots(down, across, squeeze=False).ravel()
    for panel, name in zip(panels, names, strict=False):
        rows = [row for row in history if name in row]
        _draw(panel, name, np.array([row[_STEP] for row in rows]), np.array([row[name] for row in rows]))
    for panel in panels[len(names) :]:
        panel.set_axis_off()
    partial = file.with_name(f".{file.name}.partial")
    figure.savefig(partial, format="png", metadata={"Software": None})
    partial.replace(file)


def _draw(panel: matplotlib.axes.Axes, name: str, steps: NDArray[np.float64], values: NDArray[np.float64]) -> None:
    many = len(values) >= _SMOOTH_FROM
    panel.plot(
        steps, values, color=_NOISE if many else _MEAN, linewidth=0.9 if many else 1.5, marker=None if many else "."
    )
    if many:
        panel.plot(steps, _smooth(values), color=_MEAN, linewidth=1.7)
    panel.set_title(f"{name}   {values[-1]:.4g} at last", fontsize=10)
    panel.set_xlabel(_STEP, fontsize=9)
    panel.tick_params(labelsize=8)
    panel.grid(alpha=0.3)


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of each value's neighbours, fewer of them at both ends."""
    half = max(1, int(len(values) * _SMOOTH_SHARE))
    sums = np.concatenate([[0.0], np.cumsum(values)])
    places = np.arange(len(values))
    first, end = np.maximum(places - half, 0), np.minimum(places + half + 1, len(values))
    return np.asarray((sums[end] - sums[first]) / (end - first))


def _put(file: Path, data: bytes) -> None:
    partial = file.with_name(f".{file.name}.partial")
    with partial.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(file)
