"""One picture of a lecture: the novelty curve, what happened when, the titles, the key frames, the answers.

draw_timeline(chart, path)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from hallscribe.demo.chart import COLOURS, CURVE, GRID, INK, PAPER, QUIET, Chart, Stretch, finished_slides, short
from hallscribe.demo.labels import Flag, Label, pick_spaced, place_flags, spread
from hallscribe.notes import clock, kind_words
from hallscribe.values import EventKind

_WIDTH_IN, _DPI = 17.0, 110
_MARGIN = 0.035
_INNER_IN = _WIDTH_IN * (1 - 2 * _MARGIN)
_MOST_THUMBNAILS, _LEAST_SLOTS = 10, 6
_FLAG_ROWS, _FLAG_BOTTOM, _FLAG_STEP, _FLAG_HEIGHT = 5, 1.12, 0.225, 0.18
_LONGEST_TITLE = 40
_TICKS_S = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)


def draw_timeline(chart: Chart, path: Path) -> None:
    """Draw the picture as a PNG 1870 pixels wide and 800 to 1100 high. Raises OSError when it cannot be written."""
    with matplotlib.rc_context({"font.family": "DejaVu Sans", "text.color": INK, "text.parse_math": False}):
        slides = finished_slides(chart.stretches)
        picked = pick_spaced(
            [one.end_s - one.start_s for one in slides], [one.start_s for one in slides], _MOST_THUMBNAILS
        )
        strip_in = 0.2 + _INNER_IN / max(len(picked), _LEAST_SLOTS) * 0.56 + 0.35 if picked else 0.0
        answers_in = 0.3 * ((len(chart.answers) + 1) // 2) + 0.3 if chart.answers else 0.0
        height = 6.1 + strip_in + answers_in + 0.15
        figure = Figure(figsize=(_WIDTH_IN, height), dpi=_DPI, facecolor=PAPER)
        FigureCanvasAgg(figure)
        span = max(chart.duration_s, 1.0)

        def part(top_in: float, tall_in: float) -> Axes:
            bottom = 1 - (top_in + tall_in) / height
            axes = figure.add_axes((_MARGIN, bottom, 1 - 2 * _MARGIN, tall_in / height))
            axes.set_xlim(0, span)
            axes.set_axis_off()
            return axes

        curve = part(1.05, 4.5)
        missing = _flags(curve, chart.stretches, span)
        _curve(curve, chart, span)
        _header(figure, chart, height, missing)
        _band(part(5.55, 0.23), chart, span)
        _ticks(part(5.78, 0.32), span)
        if picked:
            _thumbnails(part(6.1, strip_in), [slides[index] for index in picked], span, strip_in)
        if chart.answers:
            _answers(part(6.1 + strip_in, answers_in), chart, answers_in)
        figure.savefig(path, format="png")


def _header(figure: Figure, chart: Chart, height: float, missing: int) -> None:
    figure.text(_MARGIN, 1 - 0.48 / height, short(chart.title, 90), fontsize=22, fontweight="bold", va="center")
    words = f"{clock(chart.duration_s)} · novelty, boundaries, titles and key frames"
    if missing:
        words += f" · {missing} more titles are in the notes"
    line = 1 - 0.86 / height
    figure.text(_MARGIN, line, words, fontsize=11, color=QUIET, va="center")
    counts = Counter(stretch.kind for stretch in chart.stretches if stretch.kind is not None)
    x = 1 - _MARGIN
    for kind in reversed([kind for kind in COLOURS if counts[kind]]):
        plural = "" if counts[kind] == 1 else "s"
        text = figure.text(
            x, line, f"{counts[kind]} {kind_words(kind)}{plural}", fontsize=11.5, ha="right", va="center"
        )
        x = text.get_window_extent().x0 / (_WIDTH_IN * _DPI) - 0.009
        figure.text(x, line, "●", fontsize=13, color=COLOURS[kind], ha="center", va="center")
        x -= 0.018


def _curve(axes: Axes, chart: Chart, span: float) -> None:
    """The curve fills the lower part of the axes, 0 to 1; the flags hang above it."""
    for level in (0.5, 1.0):
        axes.plot([0, span], [level, level], color=GRID, linewidth=1, zorder=0)
    axes.text(span * 1.004, 1.0, "all new", fontsize=8.5, color=QUIET, va="center", clip_on=False)
    axes.text(span * 1.004, 0.01, "nothing\nnew", fontsize=8.5, color=QUIET, va="bottom", clip_on=False)
    if not len(chart.time_s):
        return
    time = np.asarray(chart.time_s, float)
    novelty = np.clip(np.nan_to_num(np.asarray(chart.novelty, float)), 0, 1)
    axes.fill_between(time, 0, novelty, color=CURVE, alpha=0.22, linewidth=0, zorder=2)
    axes.plot(time, novelty, color=CURVE, linewidth=1.7 if span < 1200 else 0.8, zorder=3, solid_joinstyle="round")


def _flags(axes: Axes, stretches: Sequence[Stretch], span: float) -> int:
    """A pole for each boundary, and titles as flags where there is room. Returns how many titles found none."""
    titled = [one for one in stretches if one.title and one.kind is not EventKind.BUILD]
    labels = [
        Label(
            one.start_s,
            (_text_width(axes, short(one.title, _LONGEST_TITLE)) + 0.012) * span,
            # Beyond a tenth of the lecture, longer is not more important.
            min(one.end_s - one.start_s, span / 10),
        )
        for one in titled
    ]
    flags = place_flags(labels, _FLAG_ROWS, span, 0.006 * span)
    rows = max((flag.row for flag in flags), default=0) + 1
    axes.set_ylim(0, _FLAG_BOTTOM + rows * _FLAG_STEP)
    _poles(axes, stretches, {titled[flag.index].start_s: flag for flag in flags})
    for flag in flags:
        one, width, low = titled[flag.index], labels[flag.index].width, _FLAG_BOTTOM + flag.row * _FLAG_STEP
        box = Rectangle((flag.left, low), width, _FLAG_HEIGHT, color=one.colour, alpha=0.14, linewidth=0, zorder=5)
        axes.add_patch(box)
        middle = (flag.left + width / 2, low + 0.48 * _FLAG_HEIGHT)
        axes.text(*middle, short(one.title, _LONGEST_TITLE), fontsize=10.5, ha="center", va="center", zorder=6)
    return len(titled) - len(flags)


def _poles(axes: Axes, stretches: Sequence[Stretch], flags: dict[float, Flag]) -> None:
    width = 1.6 if len(stretches) < 80 else 0.9
    for one in stretches:
        flag = flags.get(one.start_s)
        if flag is None and one.kind is None:
            continue
        top = 1.04 if flag is None else _FLAG_BOTTOM + flag.row * _FLAG_STEP + _FLAG_HEIGHT
        axes.plot([one.start_s] * 2, [0, top], color=one.colour, linewidth=width, zorder=4, solid_capstyle="butt")


def _text_width(axes: Axes, words: str) -> float:
    """Width of a flag's words as a share of the axes' width."""
    text = axes.text(0, 0, words, fontsize=10.5)
    width = float(text.get_window_extent().width / axes.get_window_extent().width)
    text.remove()
    return width


def _band(axes: Axes, chart: Chart, span: float) -> None:
    """Which segment lasts how long, coloured by how it begins, with the answers' numbers on it."""
    axes.set_ylim(0, 1)
    edge = 0.0009 * span
    for one in chart.stretches:
        length = max(one.end_s - one.start_s - edge, edge)
        axes.add_patch(Rectangle((one.start_s, 0.1), length, 0.8, color=one.colour, linewidth=0))
    found = [(answer.start_s, number) for number, answer in enumerate(chart.answers, 1) if answer.start_s is not None]
    found.sort()
    places = spread([time for time, _ in found], 0.0125 * span, -0.01 * span, 1.01 * span)
    for place, (_, number) in zip(places, found, strict=True):
        _badge(axes, place, 0.5, number)


def _badge(axes: Axes, x: float, y: float, number: int) -> None:
    axes.plot(
        [x], [y], "o", markersize=16, color="white", markeredgecolor=INK, markeredgewidth=1.4, zorder=8, clip_on=False
    )
    axes.text(x, y, str(number), fontsize=9, fontweight="bold", ha="center", va="center_baseline", zorder=9)


def _ticks(axes: Axes, span: float) -> None:
    axes.set_ylim(0, 1)
    step = next((step for step in _TICKS_S if span / step <= 13), span / 12)
    for time in np.arange(0, span + 0.1, step):
        axes.plot([time, time], [0.78, 1.0], color=QUIET, linewidth=1, clip_on=False)
        axes.text(time, 0.66, clock(float(time)), fontsize=9.5, color=QUIET, ha="center", va="top")


def _thumbnails(axes: Axes, shown: Sequence[Stretch], span: float, tall_in: float) -> None:
    """A strip of key frames; each hangs on a line that leads to its time."""
    slot = span / max(len(shown), _LEAST_SLOTS)
    centres = spread([one.start_s + slot / 2 for one in shown], slot, 0, span)
    for one, centre in zip(shown, centres, strict=True):
        if one.picture is None:
            continue
        proportion = one.picture.shape[0] / one.picture.shape[1]
        # Pictures higher than 16:9 are made narrower instead.
        width = slot * 0.94 * min(1.0, 0.5625 / proportion)
        height = width / span * _INNER_IN * proportion / tall_in
        left, top = centre - width / 2, 1 - 0.22 / tall_in
        axes.plot([one.start_s, centre], [1.0, top], color=one.colour, linewidth=1.2, clip_on=False)
        place = (left, left + width, top - height, top)
        axes.imshow(one.picture, extent=place, aspect="auto", interpolation="antialiased", zorder=3)
        frame = Rectangle((left, top - height), width, height, fill=False, edgecolor=one.colour, linewidth=2, zorder=4)
        axes.add_patch(frame)
        axes.text(centre, top - height - 0.06 / tall_in, clock(one.start_s), fontsize=9.5, ha="center", va="top")
    # Pictures set the limits to their own.
    axes.set_xlim(0, span)
    axes.set_ylim(0, 1)


def _answers(axes: Axes, chart: Chart, tall_in: float) -> None:
    """The questions, in two columns, with the numbers that stand on the band."""
    axes.set_xlim(0, 1)
    axes.set_ylim(tall_in, 0)
    rows = (len(chart.answers) + 1) // 2
    axes.add_patch(Rectangle((0, 0.08), 1, 0.3 * rows + 0.14, facecolor="white", edgecolor=GRID, clip_on=False))
    for index, answer in enumerate(chart.answers):
        x, y = 0.016 + 0.5 * (index // rows), 0.31 + 0.3 * (index % rows)
        _badge(axes, x, y, index + 1)
        found = "not found" if answer.start_s is None else f"→ {clock(answer.start_s)}"
        axes.text(x + 0.014, y, f"{short(answer.question, 72)}  {found}", fontsize=10.5, va="center_baseline")
