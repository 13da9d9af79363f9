"""The rows of the evaluation's table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Verdict = Literal["pass", "missed", "told", "not run"]


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure has to reach; every part that is given counts.

    Attributes:
        least, most: it must not be below, or above.
        above: names of baselines that it must exceed.
        not_below: names of baselines that it must reach.
        not_above: names of baselines that it must not exceed.
    """

    least: float | None = None
    most: float | None = None
    above: tuple[str, ...] = ()
    not_below: tuple[str, ...] = ()
    not_above: tuple[str, ...] = ()

    def met(self, value: float, baselines: Mapping[str, float]) -> bool:
        """Whether a figure does. KeyError when a baseline that is named was not measured."""
        return (
            (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and all(value > baselines[name] for name in self.above)
            and all(value >= baselines[name] for name in self.not_below)
            and all(value <= baselines[name] for name in self.not_above)
        )

    def __str__(self) -> str:
        """In words."""
        parts = [f">= {self.least:g}"] if self.least is not None else []
        parts += [f"<= {self.most:g}"] if self.most is not None else []
        parts += [f"above {name}" for name in self.above]
        parts += [f"not below {name}" for name in self.not_below]
        parts += [f"not above {name}" for name in self.not_above]
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Attributes:
        section: which part of the evaluation it is of.
        what: what was measured, on how much.
        measured: None where it was not.
        bar: None where the figure is only told.
        baselines: the same figure got in other ways, by their names.
        note: why it was not run, or how it was measured.
        digits: behind the point.
    """

    section: str
    what: str
    measured: float | None
    bar: Bar | None = None
    baselines: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    digits: int = 3

    @property
    def verdict(self) -> Verdict:
        """How it stands to its bar."""
        if self.measured is None:
            return "not run"
        if self.bar is None:
            return "told"
        return "pass" if self.bar.met(self.measured, self.baselines) else "missed"

    def number(self, value: float) -> str:
        """A value as it is printed."""
        return f"{value:.{self.digits}f}"

    def as_json(self) -> dict[str, Any]:
        """All of it, and the verdict."""
        return {**asdict(self), "bar": str(self.bar) if self.bar else None, "verdict": self.verdict}


def not_run(section: str, what: str, why: str, bar: Bar | None = None) -> Row:
    """The row of what could not be measured."""
    return Row(section, what, None, bar, note=why)
