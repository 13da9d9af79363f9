"""The run for people: a table against the budget, and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

_MARKS = {True: "met", False: "**missed**", None: ""}
_STAGES = ("decode", "gate", "encode", "detect", "commit", "acknowledge")


def as_markdown(
    rows: Mapping[str, Mapping[str, Any]],
    whats: Mapping[str, str],
    machine: Mapping[str, Any],
    pictures: Sequence[Path] = (),
    records: Sequence[Mapping[str, Any]] = (),
) -> str:
    """The table of ``latest.json``, what was drawn, and how others did; a row of another processor says so.

    Args:
        whats: what each row is, by its id.
        machine: the run's environment.
        pictures: files beside the report.
        records: all that were kept.
    """
    lines = [
        f"{machine['processor']}, {machine['cores']} cores ({machine['instruction_sets']}), "
        f"{machine['memory_gib']} GiB, Python {machine['python']}, {machine['time']} UTC",
        "",
        "| what | measured | target | | |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {whats[name]} | {value_of(row)} | {target_of(row)} | {_MARKS[row['pass']]} | {_noted(row, machine)} |"
        for name, row in rows.items()
    ]
    lines += ["", *(f"![{picture.stem}]({picture.name})" for picture in pictures)]
    lines += [*_encoders(records), *_searches(records), *_boundaries(records)]
    return "\n".join(lines) + "\n"


def _noted(row: Mapping[str, Any], machine: Mapping[str, Any]) -> str:
    elsewhere = "" if row["processor"] in ("", machine["processor"]) else f"on {row['processor']}"
    return "; ".join(filter(None, (row["note"], elsewhere)))


def _others(records: Sequence[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    """What was noted of the contenders of one kind."""
    return [each for each in records if (each["scenario"], each["kind"]) == ("contenders", kind)]


def _encoders(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Encoders beside each other."""
    found = _others(records, "encoding")
    if not found:
        return []
    return [
        "",
        f"## Encoding a picture: {found[0]['model']}, {found[0]['threads']} threads, run in turn",
        "",
        "| encoder | median | times Hallscribe's |",
        "|---|---|---|",
        *(
            f"| {each['encoder']} | {each['p50_ms']:.1f} ms | {each['ratio']['median']:.2f} "
            f"({each['ratio']['low']:.2f} to {each['ratio']['high']:.2f}) |"
            for each in found
        ),
        "",
        "*Hallscribe* is the INT8 bundle as the daemon runs it; the others run transformers' model in full precision",
        "with their own converters and defaults (OpenVINO's calculate in bfloat16 where the processor can).",
    ]


def _searches(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Vector searches beside each other."""
    found = _others(records, "search")
    if not found:
        return []
    return [
        "",
        f"## Vector searches: {found[0]['rows']:,} vectors of 768 numbers, ten nearest, asked in turn",
        "",
        "| engine | recall@10 | median | 99th percentile | built in | its memory | on disk |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {each['engine']} | {each['recall_at_10']:.3f} | {each['p50_ms']:.1f} ms | {each['p99_ms']:.1f} ms | "
            f"{each['built_s']:.1f} s | {each['own_mib']:.0f} MiB | {each['disk_mib']:.0f} MiB |"
            for each in found
        ),
        "",
        "*archive* and *exact* are Hallscribe's; the others have their usual settings; each in a process of its own.",
    ]


def _boundaries(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Detectors of boundaries beside each other."""
    found = _others(records, "boundaries")
    if not found:
        return []
    return [
        "",
        f"## Slide changes in rendered talks: {found[0]['frames']:,} frames at one a second",
        "",
        "| detector | F1 | found | false | missed | CPU a frame |",
        "|---|---|---|---|---|---|",
        *(
            f"| {each['detector']} | {each['f1']:.3f} | {each['found']} | {each['false']} | {each['missed']} | "
            f"{each['cpu_ms']:.1f} ms |"
            for each in found
        ),
        "",
        "Hallscribe's CPU is of the whole way to the acknowledgement, embeddings and durable writing included; the",
        "others' is decoding and detecting.",
    ]


def value_of(row: Mapping[str, Any]) -> str:
    """What was measured, with its spread; "" when nothing was."""
    if row["value"] is None:
        return ""
    spread = "" if row["spread"] is None else f" ({row['spread'][0]:g} to {row['spread'][1]:g})"
    return f"{row['value']:g} {row['unit']}{spread}"


def target_of(row: Mapping[str, Any]) -> str:
    """What was promised."""
    return f"{'<=' if row['better'] == 'less' else '>='} {row['target']:g} {row['unit']}"


def draw(records: Sequence[Mapping[str, Any]], folder: Path) -> list[Path]:
    """Pictures of what was recorded; their files."""
    folder.mkdir(parents=True, exist_ok=True)
    by_kind = {(each["scenario"], each["kind"]): each for each in records}
    drawn = []
    for name, key, picture in (
        ("stages", ("lecture", "talk"), _stages),
        ("memory", ("lecture", "talk"), _memory),
        ("long", ("long", "cost"), _long),
        ("queries", ("query", "latencies"), _queries),
        ("sizes", ("archive", "sizes"), _sizes),
    ):
        if key in by_kind:
            figure, axes = plt.subplots(figsize=(8, 4), dpi=110, layout="constrained")
            picture(axes, by_kind[key])
            axes.spines[["top", "right"]].set_visible(False)
            figure.savefig(folder / f"{name}.png")
            plt.close(figure)
            drawn.append(folder / f"{name}.png")
    return drawn


def _stages(axes: Any, seen: Mapping[str, Any]) -> None:
    """Median and 99th percentile of each stage."""
    stages = [name for name in _STAGES if name in seen["stages_ms"]]
    medians, tails = (np.array([seen["stages_ms"][name][place] for name in stages]) for place in (0, 1))
    axes.barh(stages, tails, color="#c9d7e8", label="99th percentile")
    axes.barh(stages, medians, color="#2b5c8a", label="median")
    for place, (median, tail) in enumerate(zip(medians, tails, strict=True)):
        axes.annotate(f" {median:.1f} / {tail:.1f} ms", (tail, place), va="center", fontsize=9)
    axes.invert_yaxis()
    axes.margins(x=0.2)
    axes.set(xlabel="milliseconds", title="Stages of a frame (acknowledge: all but encoding)")
    axes.legend(frameon=False, loc="lower right")


def _memory(axes: Any, seen: Mapping[str, Any]) -> None:
    """By process, stacked over time."""
    names = sorted({name for each in seen["memory_mib"] for name in each})
    parts = [[each.get(name, 0.0) for each in seen["memory_mib"]] for name in names]
    axes.stackplot(seen["memory_times_s"], parts, labels=names, alpha=0.85)
    axes.set(xlabel="seconds", ylabel="MiB, anonymous and dirty", title="Memory while a lecture comes in", ylim=0)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0), reverse=True)


def _long(axes: Any, seen: Mapping[str, Any]) -> None:
    """CPU per frame of each stretch, and memory beside it."""
    hours = np.array([done for done, _ in seen["cpu_s"][1:]]) / 3600
    axes.plot(hours, 1000 * np.array(seen["stretches_s"]), color="#2b5c8a", lw=1)
    axes.plot(hours, 1000 * np.array(seen["beside_s"]), color="#2b5c8a", lw=1, ls=":", label="as new lectures")
    axes.set(xlabel="hours of lecture", ylabel="CPU, ms a frame", title="A long lecture: cost and memory", ylim=0)
    beside = axes.twinx()
    looked = np.array([done for done, _ in seen["memory_mib"]]) / 3600
    beside.plot(looked, [sum(mib.values()) for _, mib in seen["memory_mib"]], color="#b5651d", lw=1)
    beside.set(ylabel="MiB, anonymous and dirty", ylim=0)
    beside.yaxis.label.set_color("#b5651d")
    axes.yaxis.label.set_color("#2b5c8a")
    axes.legend(frameon=False, loc="lower right")


def _queries(axes: Any, seen: Mapping[str, Any]) -> None:
    """How many answers came within which time."""
    for name, label, colour in (("idle_ms", "idle", "#2b5c8a"), ("busy_ms", "two live streams", "#b5651d")):
        if seen[name]:
            took = np.sort(seen[name])
            axes.step(took, np.arange(1, len(took) + 1) / len(took), label=f"{label} ({len(took)})", color=colour)
    axes.axhline(0.99, color="#999", lw=0.6, ls=":")
    axes.set(xlim=0, xlabel="milliseconds over gRPC", ylabel="share of answers", title="Queries", ylim=(0, 1.02))
    axes.legend(frameon=False, loc="lower right")


def _sizes(axes: Any, seen: Mapping[str, Any]) -> None:
    """What a search takes in archives of several sizes."""
    rows = [each["rows"] for each in seen["sizes"]]
    for name, label, colour in (("p50_ms", "median", "#2b5c8a"), ("p99_ms", "99th percentile", "#c9d7e8")):
        axes.plot(rows, [each[name] for each in seen["sizes"]], marker="o", label=label, color=colour)
    axes.set(xscale="log", xlabel="vectors in the archive", ylabel="milliseconds", title="A search in it", ylim=0)
    axes.legend(frameon=False, loc="upper left")
