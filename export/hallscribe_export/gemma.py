"""Turns a Gemma checkpoint into a bundle with which the daemon writes summaries; for OpenVINO only."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hallscribe_export.checkpoint import Checkpoint
from hallscribe_export.child import Ran, in_child
from hallscribe_export.golden import GOLDEN, write_golden
from hallscribe_export.jobs import recipe_of
from hallscribe_export.language import speed
from hallscribe_export.language.compression import GROUP, compress
from hallscribe_export.language.source import GRAPH, convert
from hallscribe_export.language.tokenizer import check_files
from hallscribe_export.progress import Progress
from hallscribe_export.recipe import Recipe
from hallscribe_export.request import LanguagePrecision
from hallscribe_export.writing import bundle_folder, write_manifest
from hallscribed.adapters.models.manifest import Manifest

_TOOLS = ("torch", "transformers", "optimum", "optimum-intel", "nncf", "openvino-tokenizers", "openvino-genai")
_NEW_TOKENS, _MOST_PROMPT_TOKENS, _LEAST_PROMPT_TOKENS = 150, 1024, 64
_PRECISIONS = {
    "int8": "weights int8 with a scale and a zero for each row, activations float32",
    "int4": f"weights int4 with a scale and a zero for each {GROUP} of a row, tokens' int8, activations float32",
}


def export_gemma(checkpoint: Checkpoint, out: Path, precision: LanguagePrecision, progress: Progress) -> Manifest:
    """Write the bundle ``out`` from a checkpoint of Gemma, Gemma 2 or Gemma 3 that takes text; its manifest.

    By optimum-intel and NNCF. Every step that holds the model runs in a child process, so that the memory of one is
    free before the next.

    Raises:
        ValueError: the checkpoint is incomplete, damaged or of another model, the machine has too little memory, or
            the result differs too much from it. Nothing is left behind.
        RuntimeError: a tool failed. Nothing is left behind.
    """
    family = recipe_of(checkpoint, "gemma")
    config = json.loads((checkpoint.folder / "config.json").read_bytes())
    prompt_tokens = _prompt_tokens(checkpoint.folder / "config.json", config)
    check_files(checkpoint.folder, config)
    with bundle_folder(out) as made:
        peaks = _write_graph(checkpoint.folder, made, precision, progress)
        fields = {
            **_fields(checkpoint, prompt_tokens),
            "precision": _PRECISIONS[precision],
            "golden": {"file": GOLDEN, "least_cosine": {"openvino": _bar(family, precision)}},
            "runtimes": {"openvino": (f"{GRAPH}.xml", f"{GRAPH}.bin")},
        }
        hashed = write_manifest(made, {**fields, "measured": {}}, _TOOLS)
        compared = in_child(speed.compare, progress, folder=made)
        cosine = compared.result["cosine_to_float32_openvino"]
        if not cosine >= _bar(family, precision):
            raise ValueError(
                f"the logits of {precision.upper()} weights have a cosine of only {cosine:.4f} to full precision "
                f"({_bar(family, precision):g} is the least): {checkpoint.folder} cannot be kept in this precision"
                + ("; try --precision int8" if precision == "int4" else "")
            )
        answered = in_child(speed.answer, progress, folder=made)
        measured = {
            **compared.result,
            **answered.result,
            "peak_memory_mib_openvino": round(answered.peak_mib, 1),
            "own_memory_mib_openvino": round(answered.anonymous_mib, 1),
            "export_peak_memory_mib": round(max(peaks), 1),
        }
        progress.step("writing the manifest")
        return write_manifest(made, {**fields, "measured": measured}, _TOOLS, hashed=hashed)


def _write_graph(checkpoint: Path, made: Path, precision: LanguagePrecision, progress: Progress) -> list[float]:
    """The graph, its tokenizers and golden logits; the memory that each step took, MiB."""
    with tempfile.TemporaryDirectory(prefix="full.", dir=made) as temporary:
        full = Path(temporary)
        ran: list[Ran] = [in_child(convert, progress, checkpoint=checkpoint, out=full)]
        lighter = made / f"{GRAPH}.xml"
        ran.append(in_child(compress, progress, graph=full / lighter.name, out=lighter, precision=precision))
        for file in full.iterdir():
            if file.stem != GRAPH:
                shutil.move(file, made / file.name)
    write_golden(made, "language", ran[0].result)
    return [each.peak_mib for each in ran]


def _bar(family: Recipe, precision: LanguagePrecision) -> float:
    """The least cosine, after the mean was taken away: it is the differences between tokens that choose the next."""
    lower = family.parity.cosine_int4
    return lower if precision == "int4" and lower is not None else family.parity.cosine


def _prompt_tokens(file: Path, config: dict[str, Any]) -> int:
    """How long a prompt may be. ValueError when the model has no room for one."""
    places = config.get("max_position_embeddings", _MOST_PROMPT_TOKENS + _NEW_TOKENS)
    if not isinstance(places, int) or places < _LEAST_PROMPT_TOKENS + _NEW_TOKENS:
        raise ValueError(
            f"{file} has max_position_embeddings {places!r}, {_LEAST_PROMPT_TOKENS + _NEW_TOKENS} are needed for a "
            "prompt and its answer: fetch the checkpoint again"
        )
    return min(_MOST_PROMPT_TOKENS, places - _NEW_TOKENS)


def _fields(checkpoint: Checkpoint, prompt_tokens: int) -> dict[str, Any]:
    return {
        "kind": "language",
        "model_id": checkpoint.name.rpartition("/")[2].lower(),
        "revision": checkpoint.revision,
        "licence": checkpoint.licence,
        "language": {"prompt_tokens": prompt_tokens, "new_tokens": _NEW_TOKENS},
        "source": {"name": checkpoint.name, "files": checkpoint.files},
    }
