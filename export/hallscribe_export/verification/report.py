"""What was checked of a bundle, and how it did."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from rich.table import Table

from hallscribed.domain.errors import Misconfigured

Verdict = Literal["passed", "failed", "not checked"]
_COLOURS: dict[Verdict, str] = {"passed": "green", "failed": "red", "not checked": "yellow"}


@dataclass(frozen=True, slots=True)
class Line:
    """One check.

    Attributes:
        rung: what kind of question; a rung is climbed only when the one before it held.
        where: the runtime and graph, or the file.
        verdict: "not checked" where there was nothing to compare with, or an earlier rung failed.
        figure, bar: what was measured, and what it had to reach.
        told: what was compared; of a failure, what is wrong and what to do.
    """

    rung: str
    where: str
    verdict: Verdict
    told: str
    figure: float | None = None
    bar: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All checks of one bundle, in their order."""

    bundle: str
    model: str
    lines: tuple[Line, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return all(line.verdict != "failed" for line in self.lines)

    @property
    def complete(self) -> bool:
        """Whether everything was checked, too."""
        return all(line.verdict == "passed" for line in self.lines)

    @property
    def conclusion(self) -> str:
        """One sentence."""
        failed = [line for line in self.lines if line.verdict == "failed"]
        if failed:
            return f"{self.bundle} must not be used: {failed[0].told}"
        if not self.complete:
            missing = ", ".join(sorted({line.rung for line in self.lines if line.verdict == "not checked"}))
            return f"{self.bundle} is as it was made; not checked: {missing}"
        return f"{self.bundle} is as it was made, and does what it should on this machine"

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        fields = {"bundle": self.bundle, "model": self.model, "passed": self.passed, "complete": self.complete}
        return {**fields, "conclusion": self.conclusion, "checks": [asdict(line) for line in self.lines]}

    def table(self) -> Table:
        """For people."""
        table = Table(title=self.model or None, title_justify="left", box=None, pad_edge=False)
        for name in ("rung", "where", "result", "figure", "bar", ""):
            table.add_column(name, justify="right" if name in ("figure", "bar") else "left", overflow="fold")
        for line in self.lines:
            result = f"[{_COLOURS[line.verdict]}]{line.verdict}[/]"
            figures = ["" if value is None else f"{value:.6g}" for value in (line.figure, line.bar)]
            table.add_row(line.rung, line.where, result, *figures, line.told.replace("[", r"\["))
        return table


Rung = tuple[str, Callable[[], Iterator[Line]]]


def climb(rungs: Sequence[Rung], told: Callable[[str], None]) -> Iterator[Line]:
    """Take the rungs in their order; the first failure ends its rung and all that follow.

    Args:
        told: hears each rung's name before it begins.

    Raises:
        OSError: this machine lacks something, such as room on a disk, which says nothing of the bundle.
    """
    failed = ""
    for name, rung in rungs:
        if failed:
            yield Line(name, "", "not checked", f"because {failed} failed")
            continue
        told(name)
        try:
            for line in rung():
                yield line
                if line.verdict == "failed":
                    failed = name
                    break
        except (ValueError, Misconfigured) as error:
            failed = name
            yield Line(name, "", "failed", str(error))
