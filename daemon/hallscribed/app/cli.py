"""The command `hallscribed`: run, check-config."""

from __future__ import annotations

import asyncio
import importlib.metadata
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from hallscribed.app.config import Config, load_config, to_toml
from hallscribed.domain.errors import HallscribeError, Misconfigured, TemporarilyBlocked

OK, INTERNAL, TEMPORARY, CONFIGURATION = 0, 70, 75, 78

app = typer.Typer(add_completion=False, no_args_is_help=True)

ConfigFile = Annotated[Path | None, typer.Option("--config", help="A TOML file; every key has a default.")]
DataFolder = Annotated[Path | None, typer.Option("--data", help="The data folder; wins over the file's.")]
Listen = Annotated[str | None, typer.Option(help="unix:///path or host:port; wins over the file's.")]


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hallscribed {importlib.metadata.version('hallscribe')}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", help="Tell the version.", callback=_tell_version, is_eager=True)
    ] = False,
) -> None:
    """The Hallscribe daemon."""


@app.command()
def run(config: ConfigFile = None, data: DataFolder = None, listen: Listen = None) -> None:
    """Run the daemon until SIGTERM or Ctrl-C."""

    def serve() -> int:
        _start_log(os.environ.get("HALLSCRIBE_LOG", "INFO").upper())
        return _run(load_config(config, data=data, listen=listen))

    raise typer.Exit(_guarded(serve))


@app.command("check-config")
def check_config(config: ConfigFile = None, data: DataFolder = None, listen: Listen = None) -> None:
    """Print the effective configuration, or everything that is wrong with it and with the bundles it names."""

    def check() -> int:
        # Imported here so that a daemon that starts does not wait for it.
        from hallscribed.app.checking import check_bundles, doubts

        effective = load_config(config, data=data, listen=listen)
        check_bundles(effective)
        typer.echo(to_toml(effective), nl=False)
        for doubt in doubts(effective):
            typer.echo(f"hallscribed: warning: {doubt}", err=True)
        return OK

    raise typer.Exit(_guarded(check))


def _start_log(level: str) -> None:
    if level not in logging.getLevelNamesMapping():
        raise Misconfigured(f"HALLSCRIBE_LOG={level} is no level: give DEBUG, INFO, WARNING, ERROR or CRITICAL")
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    # It tells of every build of itself that this processor has no use for.
    logging.getLogger("faiss").setLevel(logging.WARNING)


def _run(config: Config) -> int:
    # Imported here so that checking a configuration loads no model library.
    from hallscribed.app.serve import serve

    return asyncio.run(serve(config))


def _guarded(action: Callable[[], int]) -> int:
    try:
        return action()
    except Misconfigured as error:
        typer.echo(f"hallscribed: {error}", err=True)
        return CONFIGURATION
    except TemporarilyBlocked as error:
        typer.echo(f"hallscribed: {error}", err=True)
        return TEMPORARY
    except HallscribeError as error:
        typer.echo(f"hallscribed: {error.message}", err=True)
        return TEMPORARY
    except KeyboardInterrupt:
        return OK
    except Exception:
        logging.getLogger(__name__).exception("a defect ended the daemon; what was acknowledged is kept")
        return INTERNAL


def main() -> None:
    """The entry point."""
    app()
