"""What pictures have in common without any model: the baselines."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pictures = NDArray[np.uint8]

_BINS = 8
HISTOGRAM_DIMENSIONS = _BINS**3
_HASHED = 32
_KEPT = 8


def histograms(pictures: Pictures) -> NDArray[np.float32]:
    """How much of each of 8 x 8 x 8 colours is in the pictures, uint8 (N, H, W, 3) to float32 (N, 512).

    Square roots of shares, so that the vectors are of length 1 and small areas count for something.
    """
    rows = []
    for picture in pictures:
        counts = cv2.calcHist([picture], [0, 1, 2], None, [_BINS] * 3, [0, 256] * 3).ravel()
        rows.append(np.sqrt(counts / counts.sum()))
    return np.stack(rows).astype(np.float32)


def pixel_likeness(first: Pictures, second: Pictures) -> NDArray[np.float64]:
    """Minus the mean difference of gray values of each pair, uint8 (N, H, W, 3) each; (N,)."""
    return np.array([-cv2.absdiff(_gray(a), _gray(b)).mean() for a, b in zip(first, second, strict=True)], np.float64)


def hash_likeness(first: Pictures, second: Pictures) -> NDArray[np.float64]:
    """Share of equal bits of the pairs' perceptual hashes, (N,)."""
    pairs = zip(first, second, strict=True)
    return np.array([(perceptual_hash(a) == perceptual_hash(b)).mean() for a, b in pairs], np.float64)


def perceptual_hash(picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """63 bits: which of the lowest frequencies of a 32 x 32 picture's cosine transform are above their median.

    The usual pHash (Zauner, 2010), without the mean brightness.
    """
    small = cv2.resize(_gray(picture), (_HASHED, _HASHED), interpolation=cv2.INTER_AREA)
    low = cv2.dct(small.astype(np.float32))[:_KEPT, :_KEPT].ravel()[1:]
    return np.asarray(low > np.median(low), np.bool_)


def _gray(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
