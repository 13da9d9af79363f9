"""PySceneDetect on the rendered talks: seconds at which it sees a cut, and the CPU that it takes.

    python -m hallscribe_bench.contenders.boundaries DETECTOR SCENARIO SEED

Runs in the environment of `make setup-contenders`. It gets the JPEG pictures that the daemon gets; decoding is in its
time, as it is in the daemon's.
"""

from __future__ import annotations

import json
import sys
import time

import cv2
import numpy as np

from hallscribe_bench.budget.material import labelled


def main() -> None:
    """Detect and tell."""
    from scenedetect import AdaptiveDetector, ContentDetector, FrameTimecode, HistogramDetector

    kinds = {"content": ContentDetector, "adaptive": AdaptiveDetector, "histogram": HistogramDetector}
    # One frame a second, and a slide may stay for as short as the shortest in the talks.
    detector = kinds[sys.argv[1]](min_scene_len=1)
    frames, _ = labelled(sys.argv[2], int(sys.argv[3]))
    cuts: list[float] = []
    begun = time.process_time()
    for number, (_, data) in enumerate(frames):
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        cuts += [cut.seconds for cut in detector.process_frame(FrameTimecode(number, 1.0), picture)]
    cuts += [cut.seconds for cut in detector.post_process(FrameTimecode(len(frames) - 1, 1.0))]
    print(json.dumps({"cuts_s": cuts, "cpu_s": time.process_time() - begun, "frames": len(frames)}))


if __name__ == "__main__":
    main()
