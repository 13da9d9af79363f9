"""`python -m hallscribe.demo`: the whole of Hallscribe in one run, with the built-in lecture or a video of yours."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from hallscribe.demo.daemon import DaemonFailed
from hallscribe.demo.flow import Material, demonstrate
from hallscribe.demo.lecture import TITLE, truth_rows
from hallscribe.demo.questions import SAMPLE_QUESTIONS
from hallscribe.demo.sample import render_sample
from hallscribe.demo.telling import Teller
from hallscribe.errors import HallscribeError
from hallscribe.video import NotAVideo, probe_video

OK, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
# More than the daemon wants of the built-in lecture, so that its sampler is seen at work; of a long video only what
# it wants, for the sake of time.
_SAMPLE_RATE, _VIDEO_RATE = 2.0, 1.0


class BadInput(ValueError):
    """A file given by the user cannot be used; the message says why and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration. Returns 0, 1 when the daemon failed, 2 for bad input, 130 after Ctrl-C."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.captions is not None and options.video is None:
        parser.error("--captions goes with --video; the built-in lecture brings its own")
    teller = Teller(Console(soft_wrap=True))
    try:
        if options.video is not None:
            material = _own(options.video, options.captions)
            out = _folder(options.out)
        else:
            out = _folder(options.out)
            material = _sample(out, teller)
        asyncio.run(demonstrate(material, out, teller))
    except (NotAVideo, BadInput) as error:
        return _failed(str(error), BAD_INPUT)
    except HallscribeError as error:
        bad_captions = error.reason == "INVALID_CAPTIONS"
        return _failed(error.message, BAD_INPUT if bad_captions else FAILED)
    except (DaemonFailed, OSError) as error:
        return _failed(str(error), FAILED)
    except KeyboardInterrupt:
        return _failed("interrupted; nothing is left running", INTERRUPTED)
    return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m hallscribe.demo", description=__doc__)
    parser.add_argument("--video", type=Path, help="a video of yours instead of the built-in lecture")
    parser.add_argument("--captions", type=Path, help="its captions, WebVTT or SubRip")
    parser.add_argument("--out", type=Path, default=Path("demo-out"), help="folder for the results (demo-out)")
    return parser


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"the folder {path} cannot be made ({error.strerror}); choose another with --out") from error
    return path


def _sample(out: Path, teller: Teller) -> Material:
    with teller.bar("rendering the built-in lecture") as bar:
        sample = render_sample(out / "sample", bar.show)
    teller.line(f"The built-in lecture: {sample.video}")
    return Material(sample.video, sample.captions, TITLE, _SAMPLE_RATE, SAMPLE_QUESTIONS, truth_rows())


def _own(video: Path, captions: Path | None) -> Material:
    probe_video(video)
    if captions is not None and not captions.is_file():
        found = "is not a regular file" if captions.exists() else "does not exist"
        raise BadInput(f"the captions {captions} {found}; nothing was sent. Give a WebVTT or SubRip file, or none")
    return Material(video, captions, video.stem, _VIDEO_RATE)


def _failed(message: str, code: int) -> int:
    Console(stderr=True, soft_wrap=True).print(f"[red]demo:[/red] {escape(message)}", highlight=False)
    return code


if __name__ == "__main__":
    sys.exit(main())
