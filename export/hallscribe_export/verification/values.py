"""What a bundle's graphs make of its golden inputs, beside what full precision made of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallscribe_export.golden import Arrays, model_inputs, predictor_feeds
from hallscribed.adapters.models.bundle import Bundle
from hallscribed.adapters.models.minilm import MiniLmEncoder
from hallscribed.adapters.runtime.factory import open_graph
from hallscribed.ports import Runtime

Rows = NDArray[np.float32]
PREDICTOR = "predictor"
# Beyond this a further output of the same graph is not what its name says.
_LEAST_AGREEMENT = 0.999


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one graph did.

    Attributes:
        part: name of the further graph, or None for the main one.
        cosine: of the worst row to full precision.
        repeatable: the same inputs gave the same bytes twice.
    """

    part: str | None
    cosine: float
    repeatable: bool


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


def least_cosine(rows: NDArray[Any], wanted: NDArray[Any]) -> float:
    """Of the worst row of (N, D); 0 where a row is not finite. ValueError when the shapes differ."""
    if rows.shape != wanted.shape:
        raise ValueError(f"the graph gave {rows.shape}, golden outputs are {wanted.shape}: export the bundle anew")
    if not np.isfinite(rows).all():
        return 0.0
    a, b = rows.astype(np.float64), wanted.astype(np.float64)
    lengths = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    return float(((a * b).sum(axis=-1) / np.maximum(lengths, 1e-30)).min())


def outcomes(bundle: Bundle, runtime: str, golden: Arrays, threads: int) -> list[Outcome]:
    """Run every graph of the bundle on its golden inputs, each twice.

    Raises:
        ValueError, Misconfigured: golden inputs or outputs do not fit the graphs, or these cannot be opened.
        RuntimeError: the runtime failed.
    """
    kind = bundle.manifest.kind
    if kind == "language":
        return [_language(bundle, golden, threads)]
    if kind == "projection":
        return [_head(bundle, runtime, golden, threads, part) for part in (None, "text")]
    opened = open_graph(runtime, bundle, threads)
    if kind == "text":
        encoder = MiniLmEncoder(bundle, opened)
        sentences = [str(each) for each in golden["sentences"]]
        return [_compared(None, encoder.encode(sentences), encoder.encode(sentences), golden["vectors"])]
    inputs = model_inputs(bundle.manifest, golden)
    one, two = encoded(bundle, opened, inputs), encoded(bundle, opened, inputs)
    found = [_compared(None, one, two, golden["pooled"])]
    del opened  # a large model's weights leave the memory before the next graph's come
    predictor = predictor_feeds(golden)
    if predictor is not None:
        found.append(_predicted(bundle, runtime, *predictor, threads))
    return found


def encoded(bundle: Bundle, runtime: Runtime, inputs: Iterable[Rows]) -> Rows:
    """An encoder's pooled vectors (N, D) of N inputs, each float32 (T, 3, S, S), or with a first axis of 1.

    Raises:
        ValueError: the feature map's mean is not the pooled vector.
    """
    taken, outputs = bundle.manifest.inputs[0], bundle.manifest.outputs
    rows = []
    for clip in inputs:
        made = runtime.run({taken.name: clip.reshape(taken.shape)})
        pooled = np.asarray(made[outputs[0].name], np.float32).reshape(-1)
        for more in outputs[1:]:
            features = np.asarray(made[more.name], np.float32)
            mean = features.reshape(-1, features.shape[-1]).mean(axis=0)
            if least_cosine(mean[None], pooled[None]) < _LEAST_AGREEMENT:
                raise ValueError(f"the output {more.name} of {bundle.path} has another mean than the pooled vector")
        rows.append(pooled)
    return np.stack(rows)


def _predicted(bundle: Bundle, runtime: str, feeds: Mapping[str, Rows], wanted: Rows, threads: int) -> Outcome:
    opened, described = open_graph(runtime, bundle, threads, PREDICTOR), bundle.part(PREDICTOR)
    output = described.outputs[0].name
    shapes = {tensor.name: tensor.shape for tensor in described.inputs}
    if set(shapes) != set(feeds):
        raise ValueError(f"the predictor takes {', '.join(shapes)}, golden inputs are {', '.join(feeds)}")
    shaped = {name: values.reshape(shapes[name]) for name, values in feeds.items()}
    one, two = (np.asarray(opened.run(shaped)[output], np.float32) for _ in range(2))
    width = wanted.shape[-1]
    return _compared(PREDICTOR, one.reshape(-1, width), two.reshape(-1, width), wanted.reshape(-1, width))


def _head(bundle: Bundle, runtime: str, golden: Arrays, threads: int, part: str | None) -> Outcome:
    opened, described, name = open_graph(runtime, bundle, threads, part), bundle.part(part), part or "visual"
    feeds = {described.inputs[0].name: golden[f"{name}.vectors"]}
    one, two = (np.asarray(opened.run(feeds)[described.outputs[0].name]) for _ in range(2))
    return _compared(part, one, two, golden[f"{name}.joint"])


def _language(bundle: Bundle, golden: Arrays, threads: int) -> Outcome:
    """Compared after the mean was taken away: it is the differences between tokens that choose the next one."""
    from hallscribe_export.verification.language import next_logits

    one, two = (next_logits(bundle, golden["prompts"], golden["ids"], threads) for _ in range(2))
    wanted = np.asarray(golden["logits"], np.float32)
    one, two, wanted = (rows - rows.mean(axis=1, keepdims=True) for rows in (one, two, wanted))
    return _compared(None, one, two, wanted)


def _compared(part: str | None, one: NDArray[Any], two: NDArray[Any], wanted: NDArray[Any]) -> Outcome:
    return Outcome(part, least_cosine(one, wanted), one.tobytes() == two.tobytes())
