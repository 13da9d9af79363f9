"""What a checkpoint makes of a bundle's golden inputs in full precision, by the most independent means at hand."""

from __future__ import annotations

import contextlib
import importlib.util
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallscribe_export.checkpoint import Checkpoint
from hallscribe_export.golden import Arrays, model_inputs, predictor_feeds
from hallscribe_export.graph.openvino_graph import OpenVinoGraph
from hallscribe_export.jobs import family_of
from hallscribe_export.limits import float32_mib
from hallscribe_export.models import bert, predictor
from hallscribe_export.models.family import read_encoder, read_predictor
from hallscribe_export.recipe import recipe
from hallscribe_export.sources.tensors import read_weights, stored_shapes
from hallscribe_export.verification.values import cores
from hallscribed.adapters.models.bundle import Bundle
from hallscribed.adapters.runtime.openvino_runtime import OpenVinoRuntime

# Golden output, by what it is calculated, and how.
Calculation = tuple[str, str, Callable[[], NDArray[Any]]]


def reference(bundle: Bundle, checkpoint: Checkpoint, golden: Arrays) -> Iterator[Calculation]:
    """The golden outputs that can be calculated again, each when it is asked for.

    By transformers on torch where these are installed and know the model, else by the exporter's own graph with
    float32 weights.
    """
    kind = bundle.manifest.kind
    if kind == "projection":
        for head in ("visual", "text"):
            yield f"{head}.joint", "plain float64", partial(_head, checkpoint, golden, head)
    elif kind == "text":
        if has_transformers():
            yield "vectors", "transformers", partial(_bert, checkpoint, bundle, golden)
        else:
            yield "vectors", "the float32 graph", partial(_own_text, checkpoint, bundle, golden)
    elif kind == "encoder":
        yield from _encoder(bundle, checkpoint, golden)
    elif has_transformers():
        from hallscribe_export.language.source import logits_again

        yield "logits", "transformers", partial(logits_again, checkpoint.folder, golden["prompts"], golden["ids"])


def written_mib(kind: str, checkpoint: Checkpoint) -> float:
    """Room that the comparison of a bundle of that kind takes among temporary files, MiB.

    That is for the largest of the exporter's own graphs that it writes in float32. An encoder's is written for the
    rung "task", whoever calculates its golden outputs.

    Raises:
        ValueError: the checkpoint's weights are damaged or missing.
    """
    if kind not in ("encoder", "text") or (kind == "text" and has_transformers()):
        return 0.0
    shapes = stored_shapes(checkpoint.folder)
    predicts = {name: shape for name, shape in shapes.items() if name.startswith("predictor.")}
    ignored = recipe(family_of(checkpoint.folder)).ignored
    others = [shape for name, shape in shapes.items() if not name.startswith((*ignored, "predictor."))]
    return max(map(float32_mib, (others, predicts.values())))


def has_transformers() -> bool:
    """Whether the export environment's packages are here."""
    return all(importlib.util.find_spec(name) is not None for name in ("torch", "transformers"))


def _encoder(bundle: Bundle, checkpoint: Checkpoint, golden: Arrays) -> Iterator[Calculation]:
    # Transformers knows V-JEPA 2, not its predecessor.
    public = has_transformers() and family_of(checkpoint.folder) == "vjepa2"
    by = "transformers" if public else "the float32 graph"
    yield "pooled", by, partial(_vjepa2 if public else _own_encoder, checkpoint, bundle, golden)
    if predictor_feeds(golden) is not None:
        yield "predictor.wanted", by, partial(_predictor if public else _own_predictor, checkpoint, bundle, golden)


def _vjepa2(checkpoint: Checkpoint, bundle: Bundle, golden: Arrays) -> NDArray[np.float32]:
    """Pooled vectors (N, D) by transformers' VJEPA2Model."""
    import torch
    from transformers import VJEPA2Config, VJEPA2Model

    inputs = model_inputs(bundle.manifest, golden)
    # The rotary grid is built from the configuration, not from the picture.
    config = VJEPA2Config.from_pretrained(checkpoint.folder, crop_size=inputs.shape[-1])
    model = VJEPA2Model.from_pretrained(checkpoint.folder, config=config, dtype=torch.float32).eval()
    rows = []
    with torch.inference_mode():
        for clip in inputs:
            frames = torch.from_numpy(clip)
            if len(frames) < config.tubelet_size:
                frames = frames.repeat(config.tubelet_size, 1, 1, 1)
            tokens = model(pixel_values_videos=frames[None], skip_predictor=True).last_hidden_state
            rows.append(tokens.mean(1)[0].numpy())
    return np.stack(rows)


def _predictor(checkpoint: Checkpoint, bundle: Bundle, golden: Arrays) -> NDArray[np.float32]:
    """What follows the golden context, by transformers' predictor."""
    import torch
    from transformers import VJEPA2Config, VJEPA2Model

    context, wanted = _split(golden)
    picture = bundle.manifest.picture
    size = {} if picture is None else {"crop_size": picture.size}
    config = VJEPA2Config.from_pretrained(checkpoint.folder, **size)
    model = VJEPA2Model.from_pretrained(checkpoint.folder, config=config, dtype=torch.float32).eval().predictor
    given = torch.arange(context.shape[-2])[None]
    asked = torch.arange(context.shape[-2], context.shape[-2] + wanted.shape[-2])[None]
    with torch.inference_mode():
        tokens = torch.from_numpy(context.reshape(1, *context.shape[-2:]))
        made = model(encoder_hidden_states=tokens, context_mask=[given], target_mask=[asked])
    return np.asarray(made.last_hidden_state.numpy()).reshape(wanted.shape)


def _own_encoder(checkpoint: Checkpoint, bundle: Bundle, golden: Arrays) -> NDArray[np.float32]:
    return full_precision(checkpoint, bundle, model_inputs(bundle.manifest, golden))


def full_precision(
    checkpoint: Checkpoint, bundle: Bundle, inputs: Iterable[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Pooled vectors (N, D) of N inputs, as ``encoded`` takes them, by the exporter's own graph in float32."""
    picture = bundle.manifest.picture
    if picture is None:
        raise ValueError(f"{bundle.path} is no encoder")
    encoder = read_encoder(checkpoint.folder, frames=picture.frames, crop_size=picture.size)
    ignored = (*recipe(family_of(checkpoint.folder)).ignored, "predictor.")
    graph = OpenVinoGraph("full")
    encoder.describe(graph, read_weights(checkpoint.folder, encoder.parameter_shapes(), ignored))
    with _opened(graph) as runtime:
        name = bundle.manifest.inputs[0].name
        shape = bundle.manifest.inputs[0].shape
        return np.stack([np.ravel(next(iter(runtime.run({name: clip.reshape(shape)}).values()))) for clip in inputs])


def _own_predictor(checkpoint: Checkpoint, bundle: Bundle, golden: Arrays) -> NDArray[np.float32]:
    """The same for the predictor."""
    context, wanted = _split(golden)
    picture = bundle.manifest.picture
    side = None if picture is None else picture.size
    encoder = read_encoder(checkpoint.folder, crop_size=side).shape
    times = [values.shape[-2] // encoder.grid**2 * encoder.tubelet_size for values in (context, wanted)]
    shape = read_predictor(checkpoint.folder, frames=sum(times), context_frames=times[0], crop_size=side)
    graph = OpenVinoGraph("full")
    ignored = ("encoder.", *recipe("vjepa2").ignored)
    weights = read_weights(checkpoint.folder, predictor.parameter_shapes(shape), ignored)
    predictor.describe(graph, weights, shape)
    with _opened(graph) as runtime:
        made = runtime.run({predictor.INPUT: context.reshape(1, *context.shape[-2:])})
        return np.asarray(made[predictor.OUTPUT], np.float32).reshape(wanted.shape)


def _split(golden: Arrays) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The predictor's context and what it makes of it."""
    found = predictor_feeds(golden)
    if found is None:
        raise ValueError("there are no golden inputs of a predictor")
    feeds, wanted = found
    return next(iter(feeds.values())), wanted


@contextlib.contextmanager
def _opened(graph: OpenVinoGraph) -> Iterator[OpenVinoRuntime]:
    with tempfile.TemporaryDirectory(prefix="hallscribe-verify-") as temporary:
        file = graph.save(Path(temporary), "full")[0]
        yield OpenVinoRuntime(Path(temporary) / file, cores())


def _bert(checkpoint: Checkpoint, bundle: Bundle, golden: Arrays) -> NDArray[np.float32]:
    """Sentence vectors (N, D), of length 1, by transformers' BertModel."""
    import torch
    from tokenizers import Tokenizer
    from transformers import BertModel

    tokens = bundle.manifest.tokens
    if tokens is None:
        raise ValueError(f"{bundle.path} is no text bundle")
    tokenizer = Tokenizer.from_file(str(checkpoint.folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(tokens.max_tokens)
    model = BertModel.from_pretrained(checkpoint.folder, dtype=torch.float32, add_pooling_layer=False).eval()
    rows = []
    with torch.inference_mode():
        for text in golden["sentences"]:
            ids = torch.tensor([tokenizer.encode(str(text)).ids])
            mean = model(input_ids=ids).last_hidden_state[0].mean(0)
            rows.append((mean / mean.norm()).numpy())
    return np.stack(rows)


def _own_text(checkpoint: Checkpoint, bundle: Bundle, golden: Arrays) -> NDArray[np.float32]:
    from hallscribe_export.minilm import full_precision, read_shape

    shape = read_shape(checkpoint.folder)
    weights = read_weights(checkpoint.folder, bert.parameter_shapes(shape), recipe("minilm").ignored)
    return full_precision(bundle.path, weights, shape, [str(text) for text in golden["sentences"]])


def _head(checkpoint: Checkpoint, golden: Arrays, head: str) -> NDArray[np.float32]:
    from hallscribe_export.heads_file import read_heads
    from hallscribe_export.projection import applied

    heads = read_heads(checkpoint.folder / next(iter(checkpoint.files)))
    rows = np.asarray(golden[f"{head}.vectors"], np.float32)
    return applied(heads.weights, head, heads.description.head(head), rows)
