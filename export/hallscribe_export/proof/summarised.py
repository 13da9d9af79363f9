"""A language bundle at work in its home: the daemon's summariser.

    .venv/bin/python -m hallscribe_export.proof.summarised BUNDLE SUMMARIES

Starts a daemon with the bundle, gives it the built-in lecture, waits until so many summaries were written by the model,
and prints what that took as JSON. Runs in the daemon's environment.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from hallscribe import Client
from hallscribe.demo.sample import render_sample

_PATIENCE_S = 1200.0
_EVERY_S = 0.25
_LECTURE = "proof"


def summarise(bundle: Path, summaries: int) -> dict[str, float]:
    """Seconds and MiB. RuntimeError with the end of its log when the daemon fails, or takes over 20 minutes."""
    beside = Path(sys.executable).parent
    with tempfile.TemporaryDirectory(prefix="hallscribe-proof-") as temporary:
        folder = Path(temporary)
        sample = render_sample(folder)
        target = f"unix://{folder / 's.sock'}"
        config = folder / "hallscribed.toml"
        config.write_text(f'[summariser]\nbundle = "{bundle.absolute()}"\n', encoding="utf-8")
        told = ["--config", str(config), "--data", str(folder / "data"), "--listen", target]
        with (folder / "log").open("wb") as log:
            daemon = subprocess.Popen([beside / "hallscribed", "run", *told], stdout=log, stderr=log)
        try:
            ingest = ["--target", target, "ingest", str(sample.video), "--lecture", _LECTURE]
            ingest += ["--captions", str(sample.captions)]
            subprocess.run([beside / "hallscribe", *ingest], check=True, stdout=subprocess.DEVNULL)
            return _watched(target, summaries)
        except (subprocess.CalledProcessError, TimeoutError) as error:
            raise RuntimeError(f"{error}; the daemon said:\n{(folder / 'log').read_text()[-4000:]}") from error
        finally:
            daemon.terminate()
            daemon.wait(30)


def _watched(target: str, summaries: int) -> dict[str, float]:
    begun = time.perf_counter()
    peak = 0.0
    written: list[float] = []
    with Client(target) as client:
        while len(written) < summaries:
            now = time.perf_counter() - begun
            if now > _PATIENCE_S:
                raise TimeoutError(f"{len(written)} of {summaries} summaries after {now:.0f} s")
            found = client.status()
            if found.summariser.failures:
                raise TimeoutError(f"the summariser failed: {found.summariser.failure_detail}")
            peak = max(peak, found.summariser.memory_bytes / 2**20)
            written += [now] * (found.summariser.written - len(written))
            time.sleep(_EVERY_S)
    each = [after - before for before, after in itertools.pairwise(written)]
    return {
        "first_summary_seconds": round(written[0], 1),
        "summary_seconds": round(sum(each) / len(each), 1) if each else round(written[0], 1),
        "summariser_memory_mib": round(peak),
    }


def main(
    bundle: Annotated[Path, typer.Argument(help="A language bundle's folder.")],
    summaries: Annotated[int, typer.Argument(help="How many summaries to wait for.")] = 3,
) -> None:
    """Let the daemon's summariser write summaries, and print what it took."""
    typer.echo(json.dumps(summarise(bundle, summaries)))


if __name__ == "__main__":
    typer.run(main)
