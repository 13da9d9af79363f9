"""What every command of ``hallscribe-export`` does alike: refuse, be interrupted, tell."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import typer
from rich.console import Console

from hallscribe_export.child import interruptible
from hallscribe_export.diagnosis.diagnosis import Diagnosis, advice
from hallscribe_export.diagnosis.tables import tables
from hallscribe_export.verification.report import Report
from hallscribed.adapters.models.manifest import Manifest
from hallscribed.domain.errors import Misconfigured

BAD_INPUT = 2
INTERNAL = 70
_INTERRUPTED = {"SIGTERM": 128 + signal.SIGTERM, "SIGHUP": 128 + signal.SIGHUP}
# Packages of the export environment that the daemon's has not.
_EXPORT_ONLY = frozenset(
    {"torch", "transformers", "nncf", "optimum", "huggingface_hub", "openvino_tokenizers", "accelerate", "psutil"}
)

told = Console(stderr=True, highlight=False, soft_wrap=True)


@contextlib.contextmanager
def command(kept: str = "nothing was written") -> Iterator[None]:
    """Within the block errors become a red line and an exit code, and a signal ends the program with clean-up.

    2: the input is at fault; 70: the exporter is; 130, 143 or 129: Ctrl-C, SIGTERM or SIGHUP.

    Args:
        kept: what is there of the work when it ends early, in words.
    """
    try:
        with interruptible():
            yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXPORT_ONLY:
            raise
        _end(
            f"{error.name} is not installed: this needs the export environment: make setup-export, then "
            ".venv-export/bin/hallscribe-export with the same arguments",
            BAD_INPUT,
        )
    except (ValueError, Misconfigured) as error:
        _end(str(error), BAD_INPUT)
    except OSError as error:
        _end(f"{error}: {kept}; {_way_out(str(error))}", BAD_INPUT)
    except MemoryError as error:
        _end(
            f"the memory did not suffice ({error}): {kept}; close other programs, choose a smaller "
            "checkpoint, or use a machine with more memory",
            BAD_INPUT,
        )
    except RuntimeError as error:
        _end(f"the exporter failed, {kept}: {error}", INTERNAL)
    except KeyboardInterrupt as error:
        name = str(error.args[0]) if error.args else ""
        _end(f"interrupted: {kept}", _INTERRUPTED.get(name, 128 + signal.SIGINT))


def _end(why: str, code: int) -> NoReturn:
    told.print(why, style="red", markup=False)
    raise typer.Exit(code)


def _way_out(said: str) -> str:
    """What to do about an error of the system's; one from a child process has words only, no number."""
    if os.strerror(errno.ENOSPC) in said:
        return f"make room where --out is and in {tempfile.gettempdir()}, or set TMPDIR to a folder with more"
    return "see that the files can be read, --out can be written and no limit (ulimit -a) is met, and start again"


def note(text: str) -> None:
    """A line that is no error."""
    told.print(text, style="yellow", markup=False)


def say(out: Path, manifest: Manifest, as_json: bool) -> None:
    """What was made, on standard output: a line, or one JSON object."""
    if as_json:
        typer.echo(json.dumps({"bundle": str(out), **summary(manifest)}))
        return
    measured = ", ".join(f"{name} {value:g}" for name, value in manifest.measured.items())
    typer.echo(f"{out}: {manifest.model_id} {manifest.revision}, {manifest.precision}: {measured}")
    if manifest.higher_precision:
        typer.echo(f"kept in higher precision: {', '.join(manifest.higher_precision)}")


def wide_console() -> Console:
    """Standard output; a pipe, which has no width of its own, gets lines as long as they come."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 200)


def say_report(report: Report, as_json: bool) -> None:
    """What was checked, on standard output: a table and a sentence, or one JSON object."""
    if as_json:
        typer.echo(json.dumps(report.as_json()))
        return
    out = wide_console()
    out.print(report.table())
    if report.passed:
        out.print(report.conclusion, style="green" if report.complete else "yellow", markup=False, soft_wrap=True)


def say_diagnosis(diagnosis: Diagnosis, as_json: bool) -> None:
    """What doctor found, on standard output: tables and a sentence, or one JSON object."""
    if as_json:
        typer.echo(json.dumps(diagnosis.as_json()))
        return
    out = wide_console()
    for table in tables(diagnosis):
        out.print(table)
        out.print()
    out.print(advice(diagnosis), style="bold", markup=False, soft_wrap=True)


def summary(manifest: Manifest) -> dict[str, Any]:
    """The manifest's fields that a caller wants to see."""
    names = {"kind", "model_id", "revision", "licence", "precision", "higher_precision", "measured", "source"}
    fields = manifest.model_dump(mode="json", include=names)
    return {**fields, "runtimes": list(manifest.runtimes)}
