"""Tells trained weights from random ones, which no file says of itself."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hallscribe_export.graph.port import Array

# How far above the edge of pure noise the largest singular value has to be; small matrices of noise reach 1.1.
_LEAST = 1.3
# How many times as uneven as noise a matrix's rows have to be; small matrices of noise reach 1.3.
_UNEVEN = 2.0
_MATRICES = 5
_ITERATIONS = 30


def are_trained(weights: Mapping[str, Array]) -> bool:
    """Whether the weights hold more than independent random numbers.

    A matrix (m, n) of independent numbers of deviation s and mean 0 has no singular value much above
    s (sqrt(m) + sqrt(n)); training drives some far beyond (Martin and Mahoney 2018, arXiv 1810.01075). An optimiser
    that moves all directions alike, as Muon does, may leave none there; but its rows come to differ in length, by more
    than the share 1 / sqrt(2 n) that chance makes. Most of a few layers' widening products decide, so one odd layer
    does not.
    """
    names = [name for name in weights if name.endswith("mlp.fc1.weight")]
    picked = sorted({round(place) for place in np.linspace(0, len(names) - 1, _MATRICES)})
    matrices = [weights[names[number]] for number in picked]
    learnt = [_above_noise(each) > _LEAST or _unevenness(each) > _UNEVEN for each in matrices]
    return 2 * sum(learnt) > len(learnt)


def _unevenness(matrix: Array) -> float:
    """The deviation of the rows' lengths, as a share of what rows of noise would have."""
    lengths = np.linalg.norm(np.asarray(matrix, np.float32), axis=1)
    return float(lengths.std() / max(float(lengths.mean()), 1e-30) * np.sqrt(2 * matrix.shape[1]))


def _above_noise(matrix: Array) -> float:
    """The largest singular value, as a share of what noise of the same deviation would have."""
    values = np.asarray(matrix, np.float32)
    vector = np.random.default_rng(1).standard_normal((values.shape[1],)).astype(np.float32)
    for _ in range(_ITERATIONS):
        turned = values.T @ (values @ vector)
        vector = np.asarray(turned / max(float(np.linalg.norm(turned)), 1e-30), np.float32)
    edge = float(values.std()) * (np.sqrt(values.shape[0]) + np.sqrt(values.shape[1]))
    return float(np.linalg.norm(values @ vector)) / max(float(edge), 1e-30)
