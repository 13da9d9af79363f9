"""Small shards of the true layout: plain pictures, and what is true of them."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

# Words that the small tokenizer of the tests can spell.
COLOURS = {"red": (200, 30, 30), "lime": (90, 220, 40), "pink": (250, 150, 190), "golden": (210, 170, 40)}
SHAPES = ("panel", "ball", "beam")
LOOKS = [(colour, shape) for colour in COLOURS for shape in SHAPES]


def picture(colour: str, shape: str, seed: int) -> np.ndarray:
    """RGB uint8 (90, 160, 3): a black shape on a coloured ground, with noise."""
    rng = np.random.default_rng(seed)
    ground = np.full((90, 160, 3), COLOURS[colour], np.int16) + rng.integers(-8, 8, (90, 160, 3))
    drawn = np.ascontiguousarray(np.clip(ground, 0, 255).astype(np.uint8))
    if shape == "panel":
        cv2.rectangle(drawn, (20, 20), (70, 70), (0, 0, 0), -1)
    elif shape == "ball":
        cv2.circle(drawn, (110, 45), 30, (0, 0, 0), -1)
    else:
        cv2.rectangle(drawn, (0, 60), (160, 84), (0, 0, 0), -1)
    return drawn


def sample(lecture: str, number: int, split: str = "train", *, facts: bool = True, seed: int = 0) -> dict[str, Any]:
    """A picture and its description; every lecture shows the same looks, each with other noise."""
    colour, shape = LOOKS[number % len(LOOKS)]
    told = {
        "lecture": lecture,
        "time_s": float(number),
        "page": number,
        "step": 0,
        "change": "page",
        "split": split,
        "sentences": [
            {"text": f"a {shape} on {colour}", **({"facts": [f"shape={shape}", f"ground={colour}"]} if facts else {})},
            {"text": f"{colour} page", **({"facts": [f"ground={colour}"]} if facts else {})},
        ],
    }
    if facts:
        told["facts"] = [f"shape={shape}", f"ground={colour}"]
    return {"stem": f"{lecture}_{number:04d}", "picture": picture(colour, shape, seed + number), "told": told}


def write_shard(file: Path, samples: list[dict[str, Any]]) -> Path:
    """A tar of them."""
    with tarfile.open(file, "w") as tar:
        for each in samples:
            jpeg = cv2.imencode(".jpg", each["picture"][..., ::-1])[1].tobytes()
            for kind, data in (("jpg", jpeg), ("json", json.dumps(each["told"]).encode())):
                member = tarfile.TarInfo(f"{each['stem']}.{kind}")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
    return file


def shards(folder: Path, lectures: int = 4, frames: int = 24) -> Path:
    """A folder of shards of two lectures each, and one to validate with."""
    folder.mkdir()
    for first in range(0, lectures, 2):
        samples = [
            sample(f"train-{lecture:06d}", number, seed=1000 * lecture)
            for lecture in (first, first + 1)
            for number in range(frames)
        ]
        write_shard(folder / f"train-{first:06d}-{first + 1:06d}.tar", samples)
    held_out = [sample("validation-000000", number, "validation", seed=99_000) for number in range(frames)]
    write_shard(folder / "validation-000000-000000.tar", held_out)
    return folder
