"""The command that trains the heads which take pictures and words to one space."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from hallscribe_export.commands import command, note
from hallscribe_export.progress import shown
from hallscribe_export.train.commands import KEPT
from hallscribed.adapters.models.bundle import default_text_path


def train_projection(
    encoder: Annotated[
        str, typer.Option(help="A bundle's folder, or a checkpoint as hallscribe-export vjepa takes it.")
    ],
    pairs: Annotated[
        Path, typer.Option(help="Shards (a folder or one .tar), or a folder of recordings with captions beside them.")
    ],
    out: Annotated[Path, typer.Option(help="The folder for heads.safetensors, losses.png and checkpoints.")],
    text: Annotated[
        Path | None, typer.Option(help="The text encoder's bundle; else the one that the set-up made.")
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Updates in all.")] = 2000,
    batch: Annotated[
        int, typer.Option(min=2, help="Pairs in an update, a quarter of them many from one lecture.")
    ] = 768,
    hidden: Annotated[int, typer.Option(min=0, max=65536, help="Width of the layer between; 0: linear heads.")] = 512,
    noise: Annotated[
        float, typer.Option(min=0, help="Added to pictures' vectors, in deviations; less of it for many lectures.")
    ] = 0.8,
    text_noise: Annotated[float, typer.Option(min=0, help="The same to texts' vectors.")] = 0.8,
    seed: Annotated[int, typer.Option(min=0, help="The same seed and input give the same bytes.")] = 1,
    resume: Annotated[bool, typer.Option(help="Go on from the last checkpoint in --out.")] = True,
    name: Annotated[str, typer.Option(help="What the heads are called; else after the encoder.")] = "",
    licence: Annotated[str, typer.Option(help="Of the heads; else the encoder's.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Train heads so that words find pictures, for any encoder; for hallscribe-export projection."""
    with command(KEPT):
        from hallscribe_export.train.projecting import Naming
        from hallscribe_export.train.projecting import train_projection as train
        from hallscribe_export.train.projection import HeadsCourse

        course = HeadsCourse(
            steps=steps, batch=batch, hidden=hidden or None, noise=noise, text_noise=text_noise, seed=seed
        )
        with shown() as progress:
            made = train(
                encoder,
                pairs,
                out,
                text or default_text_path(),
                progress,
                course=course,
                resume=resume,
                naming=Naming(name, licence),
            )
        for each in made.notes:
            note(each)
        if as_json:
            typer.echo(json.dumps({"heads": str(made.heads), **made.training}))
        else:
            told = "  ".join(f"{figure} {value:.4g}" for figure, value in made.training["held_out"].items())
            typer.echo(f"{made.heads}: {made.training['data']}; on what was held out: {told}")
