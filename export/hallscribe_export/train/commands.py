"""The commands that make a trained encoder: render lectures, train on them, train its predictor on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from hallscribe_export.commands import command, note
from hallscribe_export.progress import shown
from hallscribed.adapters.models.bundle import default_text_path

KEPT = "what was done is kept in --out, and the same command goes on from there"
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def render_lectures(
    out: Annotated[Path, typer.Option(help="A folder for the shards; those that are there already are kept.")],
    lectures: Annotated[int, typer.Option(min=1, help="How many; about 100 frames of each are kept.")] = 400,
    split: Annotated[
        Literal["train", "validation", "test"], typer.Option(help="Each has subjects, themes and fonts of its own.")
    ] = "train",
    first: Annotated[int, typer.Option(min=0, help="Seed of the first lecture; the others count on from it.")] = 0,
    share: Annotated[
        str, typer.Option(help="N/M: only every M-th shard, from the N-th, so that M processes share the work.")
    ] = "1/1",
    glances: Annotated[
        bool, typer.Option("--glances", help="One look at each page and no footage: many more pages in the same time.")
    ] = False,
) -> None:
    """Render lectures with captions as WebDataset shards, to train on."""
    from hallscribe_export.train.shards import render_shards

    with command("whole shards are kept in --out, and the same command makes the others"):
        number, _, of = share.partition("/")
        if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
            raise ValueError(f"--share {share} is no N/M with N from 1 to M, such as 1/2")
        with shown() as progress:
            made = render_shards(
                out, lectures, split, progress, first=first, shards=(int(number) - 1, int(of)), glances=glances
            )
        note(f"{len(made)} shards in {out}, {sum(file.stat().st_size for file in made) / 1e6:.0f} MB")


def train_encoder(
    shards: Annotated[Path, typer.Option(help="The folder that render-lectures wrote to.")],
    out: Annotated[Path, typer.Option(help="The folder for the encoder, its loss curves, and checkpoints on the way.")],
    text: Annotated[
        Path | None, typer.Option(help="The text encoder's bundle; else the one that the set-up made.")
    ] = None,
    begin: Annotated[
        Path | None, typer.Option(help="A folder that train-encoder wrote before: begin with what it learnt there.")
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Updates in all.")] = 5500,
    pairs: Annotated[int, typer.Option(min=8, help="Pairs of frames in an update.")] = 48,
    rate: Annotated[float, typer.Option(min=0, help="The highest learning rate.")] = 8e-3,
    lessons: Annotated[
        int,
        typer.Option(
            min=0, help="Updates of the convolutional teacher, before those; 0: none, for what is begun well."
        ),
    ] = 2400,
    seed: Annotated[int, typer.Option(help="The same seed, shards and kind of machine give the same weights.")] = 1,
    resume: Annotated[bool, typer.Option(help="Go on from the last checkpoint in --out.")] = True,
    as_json: AsJson = False,
) -> None:
    """Train a small V-JEPA 2 (5.1 M parameters, 224 pixels) on rendered lectures; for hallscribe-export vjepa."""
    with command(KEPT):
        from hallscribe_export.train.encoder import train_encoder as train
        from hallscribe_export.train.network import Size
        from hallscribe_export.train.teaching import Lessons
        from hallscribe_export.train.trainer import Course

        course = Course(steps=steps, pairs=pairs, rate=rate, seed=seed)
        if begin is not None:  # Past learning by prediction alone.
            course = replace(course, prediction_only=0.0)
        with shown() as progress:
            trained = train(
                _shards(shards),
                out,
                text or default_text_path(),
                progress,
                course=course,
                lessons=Lessons(steps=lessons, seed=seed) if lessons else None,
                size=Size(),
                begin=begin,
                resume=resume,
            )
        _say(trained.losses, as_json)
        note(f"{out}: an encoder in Hugging Face's layout; hallscribe-export vjepa {out} --out BUNDLE makes its bundle")


def train_predictor(
    encoder: Annotated[Path, typer.Option(help="The folder that train-encoder wrote to.")],
    shards: Annotated[
        Path, typer.Option(help="The folder that render-lectures wrote to; lectures of the split validation as well.")
    ],
    out: Annotated[Path, typer.Option(help="The folder for the model, its loss curves, and checkpoints on the way.")],
    steps: Annotated[int, typer.Option(min=1, help="Updates in all.")] = 3000,
    pairs: Annotated[int, typer.Option(min=4, help="Pairs of frames in an update.")] = 48,
    rate: Annotated[float, typer.Option(min=0, help="The highest learning rate.")] = 8e-3,
    seed: Annotated[int, typer.Option(help="The same seed, shards and kind of machine give the same weights.")] = 1,
    resume: Annotated[bool, typer.Option(help="Go on from the last checkpoint in --out.")] = True,
    as_json: AsJson = False,
) -> None:
    """Train the predictor on, with the encoder as it is: to foresee what follows while nothing new is shown."""
    with command(KEPT):
        from hallscribe_export.train.foresight import ForesightCourse
        from hallscribe_export.train.foresight import train_predictor as train

        course = ForesightCourse(steps=steps, pairs=pairs, rate=rate, seed=seed)
        with shown() as progress:
            losses = train(encoder, _shards(shards), out, progress, course=course, resume=resume)
        _say(losses, as_json)
        note(f"{out}: the same encoder with its new predictor, for hallscribe-export vjepa {out} --predictor")


def _shards(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.tar"))
    if not files:
        raise ValueError(f"{folder} holds no shards (*.tar): make some with hallscribe-export render-lectures")
    return files


def _say(losses: dict[str, float], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(losses))
    else:
        typer.echo("  ".join(f"{name} {value:.4g}" for name, value in losses.items()))
