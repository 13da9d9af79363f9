"""The video worker: samples one file, which it was handed open, and answers with one frame at a time."""

from __future__ import annotations

import errno
import os

from hallscribe.video import NotAVideo, SampledFrame, VideoSampling, sample_video
from hallscribed.adapters.worker.child import Answer, Handler, serve
from hallscribed.adapters.worker.message import Header

_NICE = 5


def get_ready(settings: Header) -> Handler:
    """Make ready to sample the descriptor named in the settings."""
    name = f"/proc/self/fd/{settings['descriptor']}"
    sampling: VideoSampling | None = None

    def handle(header: Header, _: list[bytes]) -> Answer:
        nonlocal sampling
        try:
            if header["do"] == "open":
                # The file is reached through its descriptor: whatever bears its name now, this is what was checked.
                sampling = sample_video(name, start_after_s=header.get("after_s"))
                return {"duration_s": sampling.info.duration_s}, ()
            if sampling is None:
                raise ValueError("open comes first")
            return _next(sampling)
        except NotAVideo as refused:
            return {"refused": str(refused).replace(name, settings["path"])}, ()
        except OSError as error:
            return {"refused": f"{settings['path']} cannot be read ({os.strerror(error.errno or errno.EIO)})"}, ()

    return handle


def _next(sampling: VideoSampling) -> Answer:
    frame: SampledFrame | None = next(sampling, None)
    if frame is None:
        return {"end": True, "ended_early_at_s": sampling.ended_early_at_s}, ()
    return {"media_time_s": frame.media_time_s}, (frame.jpeg,)


if __name__ == "__main__":
    serve(get_ready, nice=_NICE)
