"""What the demonstration says, with or without a terminal: progress, events as they come, answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from hallscribe.demo.chart import short
from hallscribe.demo.questions import Question, answers_as_expected
from hallscribe.notes import clock, kind_words
from hallscribe.values import (
    Event,
    EventAdded,
    EventChanged,
    EventKind,
    EventWithdrawn,
    FrameCounts,
    Happening,
    Moment,
    SearchAnswer,
    SystemNotice,
)

_STYLES = {
    EventKind.SLIDE_CHANGE: "bright_blue",
    EventKind.BUILD: "green",
    EventKind.SCENE_CHANGE: "magenta",
    EventKind.REVISIT: "dark_orange",
    EventKind.BLANK: "bright_black",
}
_PLAIN_EVERY_S = 5.0


class Bar:
    """A bar of work under way; where there is no terminal, a line every few seconds."""

    def __init__(self, console: Console, progress: Progress, what: str) -> None:
        self._console = console
        self._progress = progress
        self._what = what
        self._task: TaskID = progress.add_task(what, total=1.0, words="")
        self._last_plain = time.monotonic()

    def show(self, share: float, words: str = "") -> None:
        """``share`` is 0..1 of the work; ``words`` stand beside the bar."""
        self._progress.update(self._task, completed=share, words=words)
        now = time.monotonic()
        if not self._console.is_terminal and now - self._last_plain >= _PLAIN_EVERY_S:
            self._last_plain = now
            self._console.print(
                f"  {self._what}: {share:4.0%} {words}" if share else f"  {self._what} …", highlight=False
            )


class Teller:
    """Speaks to one console; keeps the events told so far, as they stand now."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.events: dict[str, Event] = {}
        self._began = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    def step(self, words: str) -> None:
        """A heading."""
        self.console.print(f"\n[bold]{escape(words)}[/bold]", highlight=False)

    def line(self, words: str, style: str = "") -> None:
        """A line of text; nothing in it is taken for markup."""
        self.console.print(words, style=style or None, markup=False, highlight=False)

    @contextmanager
    def bar(self, what: str) -> Iterator[Bar]:
        """Show work under way."""
        columns = [TextColumn("  {task.description}"), BarColumn(28), TextColumn("{task.percentage:>3.0f}%")]
        columns += [TextColumn("{task.fields[words]}"), TimeElapsedColumn()]
        quiet = not self.console.is_terminal
        with Progress(*columns, console=self.console, transient=True, disable=quiet) as progress:
            yield Bar(self.console, progress, what)

    def happening(self, happening: Happening) -> None:
        """Tell a record of the feed: new events, what became of earlier ones, trouble. Others are passed over."""
        if isinstance(happening, EventAdded):
            self._added(happening.event)
        elif isinstance(happening, EventChanged):
            self._changed(happening.event)
        elif isinstance(happening, EventWithdrawn):
            gone = self.events.pop(happening.event_id, None)
            when = clock(gone.time_s) if gone is not None else "?"
            self.line(f"  {when:>8}  ✕ withdrawn  {happening.detail}", "yellow")
        elif isinstance(happening, SystemNotice):
            self.line(f"            ! {happening.reason}: {happening.detail}", "yellow")

    def _added(self, event: Event) -> None:
        # At least once: after a reconnect the same record may come again.
        if event.event_id in self.events:
            return
        self.events[event.event_id] = event
        style = _STYLES.get(event.kind, "white")
        title = f"  {escape(short(event.title, 50))}" if event.title else ""
        self.console.print(
            f"  {clock(event.time_s):>8}  [{style}]● {kind_words(event.kind):<13}[/]"
            f" [dim]confidence[/] {event.confidence:.2f}{title}",
            highlight=False,
        )

    def _changed(self, event: Event) -> None:
        before = self.events.get(event.event_id)
        self.events[event.event_id] = event
        news = []
        if before is None or before.kind is not event.kind:
            was = f", was {kind_words(before.kind)}" if before is not None else ""
            news.append(f"it is a {kind_words(event.kind)}{was}")
        if before is None or before.title != event.title:
            news.append(f"title “{short(event.title, 50)}”" if event.title else "no title")
        if before is not None and abs(before.confidence - event.confidence) >= 0.005:
            news.append(f"confidence {event.confidence:.2f}")
        if news:
            self.console.print(
                f"  {clock(event.time_s):>8}  [dim]↻ refined[/]      {escape(', '.join(news))}", highlight=False
            )

    def answer(self, number: int, question: Question, answer: SearchAnswer) -> None:
        """Tell a question and its best moment: time, title, which route found it, the words that matched."""
        self.console.print(
            f"\n  [bold]{number}  {escape(question.words)}[/bold]  [dim]({escape(question.origin)})[/dim]",
            highlight=False,
        )
        if not answer.moments:
            why = "; ".join(report.detail for report in answer.routes if report.detail)
            self.line("     nothing found" + (f" ({why})" if why else ""), "yellow")
            return
        best = answer.moments[0]
        right = answers_as_expected(question, best.start_s)
        mark = {True: "[green]✓[/]", False: "[yellow]✗[/]", None: "[cyan]→[/]"}[right]
        self.console.print(
            f"     {mark} [bold cyan]{clock(best.start_s)}[/]  {escape(best.title or 'untitled')}"
            f"  [dim]found by: {escape(_routes(best))}[/]",
            highlight=False,
        )
        if best.snippet:
            self.line(f"       “{short(best.snippet, 150)}”", "italic")
        others = [clock(moment.start_s) for moment in answer.moments[1:]]
        if others:
            self.line(f"       also at {', '.join(others)}", "dim")


def _routes(moment: Moment) -> str:
    """The routes that found a moment, the best one first, each with its methods."""
    methods: dict[str, list[str]] = {}
    for hit in sorted(moment.hits, key=lambda hit: hit.rank):
        methods.setdefault(hit.route.value, []).append(hit.method.replace("_", " "))
    return ", ".join(f"{route} ({', '.join(dict.fromkeys(names))})" for route, names in methods.items())


def counts_words(counts: FrameCounts, frames_per_second: float) -> str:
    """Frames by outcome, for a bar."""
    words = f"{frames_per_second:.1f} frames/s · kept {counts.kept} · reused {counts.reused} · skipped {counts.skipped}"
    lost = counts.rejected + counts.failed + counts.dropped
    return words + (f" · lost {lost}" if lost else "")
