"""What doctor shows to people."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from hallscribe_export.diagnosis.diagnosis import ANSWER_TOKENS, SMALL_MIB, Diagnosis
from hallscribe_export.diagnosis.tiers import Pace, summariser_fit, words_per_second

_BAR = 20
_COLOURS = {"fits": "green", "fits, reads its file again": "yellow", "does not fit": "red"}


def tables(diagnosis: Diagnosis) -> Iterator[Table]:
    """The machine, the bundles, the encoders, the summarisers."""
    yield _machine(diagnosis)
    yield _tried(diagnosis)
    yield _paces(diagnosis)
    yield _clips(diagnosis)
    yield _summarisers(diagnosis)


def bar(share: float, width: int = _BAR) -> str:
    """A share of a second as a bar; beyond the whole it ends with an arrow."""
    if share > 1:
        return "█" * (width - 1) + "▶"
    return "█" * max(1, round(share * width)) + "·" * (width - max(1, round(share * width)))


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for name in columns:
        table.add_column(name.lstrip(">"), justify="right" if name.startswith(">") else "left")
    return table


def _machine(diagnosis: Diagnosis) -> Table:
    machine = diagnosis.machine
    table = _table("This machine", "", "")
    quota = "" if machine.quota is None else f", of which {machine.quota:g} cores' time is granted"
    table.add_row("processor", f"{machine.processor}, {machine.cores} cores{quota}")
    if machine.disturbed:
        table.add_row("other work", f"[red]kept {machine.busy:.1f} cores busy just before: all times are too long[/]")
    table.add_row("instruction sets", ", ".join(machine.instructions) or "none that matter here")
    table.add_row("memory", f"{machine.memory_mib / 1024:.1f} GiB, {machine.free_mib / 1024:.1f} GiB free")
    table.add_row("memory bandwidth", f"{machine.read_gb_s:.0f} GB/s read, {machine.copy_gb_s:.0f} GB/s copied")
    return table


def _tried(diagnosis: Diagnosis) -> Table:
    columns = ("bundle", "model", "runtime", "one", ">opens in", ">takes", ">memory")
    table = _table("Bundles that are here (measured)", *columns)
    for tried in diagnosis.tried:
        if tried.failed:
            table.add_row(tried.bundle, tried.model, tried.runtime, f"[red]{tried.failed}[/]".replace("\n", " "))
            continue
        figures = (f"{tried.opened_s:.2f} s", f"{tried.latency_ms:.1f} ms", f"{tried.peak_mib:.0f} MiB")
        table.add_row(tried.bundle, tried.model, tried.runtime, tried.what, *figures)
    return table


def _paces(diagnosis: Diagnosis) -> Table:
    columns = ("encoder", "", "runtime", ">a picture", "of a second", ">streams", ">headroom", ">memory")
    table = _table("Encoders at one frame a second, every frame encoded", *columns)
    for pace in diagnosis.paces:
        share = pace.latency_ms / 1000
        coloured = f"[{_colour(pace)}]{bar(share)}[/] {100 * share:.0f} %"
        figures = (f"{pace.latency_ms:.0f} ms", coloured, str(pace.streams), f"{pace.headroom:.1f} x")
        table.add_row(pace.name, pace.how, pace.runtime, *figures, f"{pace.memory_mib:.0f} MiB")
    return table


def _colour(pace: Pace) -> str:
    if pace.streams == 0:
        return "red"
    return "yellow" if pace.streams == 1 else "green"


def _clips(diagnosis: Diagnosis) -> Table:
    table = _table("Clips (predicted)", "preset", "encoder", ">frames", ">one clip", ">at most one every")
    for clip in diagnosis.clips:
        every = clip.seconds / diagnosis.known.reserve.encoding_share
        table.add_row(clip.preset, clip.tier, str(clip.frames), f"{clip.seconds:.1f} s", f"{every:.0f} s")
    return table


def _summarisers(diagnosis: Diagnosis) -> Table:
    columns = ("model", ">own memory", ">its file", "in 8 GB", "here", ">tokens/s", f">{ANSWER_TOKENS} tokens")
    table = _table("Summarisers beside the daemon (predicted from memory bandwidth)", *columns)
    reserve = diagnosis.known.reserve
    for each in diagnosis.known.summarisers:
        rate = words_per_second(each, diagnosis.machine.read_gb_s)
        fits = [summariser_fit(each, mib, reserve) for mib in (SMALL_MIB, diagnosis.machine.memory_mib)]
        told = [f"[{_COLOURS[fit]}]{fit}[/]" for fit in fits]
        sizes = (f"{each.anonymous_mib / 1024:.1f} GiB", f"{each.file_mib / 1024:.1f} GiB")
        table.add_row(each.name, *sizes, *told, f"{rate:.0f}", f"{ANSWER_TOKENS / rate:.0f} s")
    return table
