"""What verify and doctor make of language models: a graph of one layer stands for one of billions of weights."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import openvino
import pytest
from openvino import opset13 as ops

from hallscribe_export.doctor import examine
from hallscribe_export.golden import GOLDEN, language_golden, write_golden
from hallscribe_export.progress import Silent
from hallscribe_export.timing import time_bundle
from hallscribe_export.verify import verify_bundle
from hallscribe_export.writing import bundle_folder, write_manifest
from support.bundles import remade

TOKENS, WIDTH, KEPT = 50, 16, 20


def tables(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((TOKENS, WIDTH), np.float32), rng.standard_normal((WIDTH, TOKENS), np.float32)


def language_bundle(out: Path, seed: int = 1, output: str = "logits") -> Path:
    """The logits of a token are a product of its row: no memory, but the inputs and outputs of a language model."""
    words, products = tables(seed)
    ids = ops.parameter([-1, -1], np.int64)
    mask = ops.parameter([-1, -1], np.int64)
    for port, name in ((ids, "input_ids"), (mask, "attention_mask")):
        port.output(0).set_names({name})
    taken = ops.gather(ops.constant(words), ids, ops.constant(np.array(0, np.int64)))
    # What the mask does here is nothing, yet it is an input.
    nothing = ops.multiply(ops.convert(ops.unsqueeze(mask, ops.constant(np.array(2))), np.float32), np.float32(0))
    logits = ops.matmul(
        ops.add(taken, ops.reduce_sum(nothing, np.array([0, 1]), True)), ops.constant(products), False, False
    )
    logits.output(0).set_names({output})
    rng = np.random.default_rng(3)
    prompts = rng.integers(0, TOKENS, (3, 7))
    kept = np.stack([rng.permutation(TOKENS)[:KEPT] for _ in prompts]).astype(np.int64)
    wanted = np.stack([(words[prompt[-1]] @ products)[row] for prompt, row in zip(prompts, kept, strict=True)])
    with bundle_folder(out) as made:
        openvino.save_model(openvino.Model([logits], [ids, mask], "model"), made / "model.xml", compress_to_fp16=False)
        write_golden(made, "language", language_golden(prompts, kept, wanted))
        fields: dict[str, Any] = {
            "kind": "language",
            "model_id": "tiny",
            "revision": "1",
            "licence": "MIT",
            "language": {"prompt_tokens": 64, "new_tokens": 8},
            "golden": {"file": GOLDEN, "least_cosine": {"openvino": 0.99}},
            "precision": "float32",
            "measured": {},
            "runtimes": {"openvino": ["model.xml", "model.bin"]},
        }
        write_manifest(made, fields)
    return out


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return language_bundle(tmp_path / "bundles" / "tiny")


def failure(folder: Path) -> tuple[str, str]:
    failed = [line for line in verify_bundle(folder, None, Silent()).lines if line.verdict == "failed"]
    assert len(failed) == 1
    return failed[0].rung, failed[0].told


def test_a_language_model_is_asked_for_what_follows(bundle: Path) -> None:
    report = verify_bundle(bundle, None, Silent())
    assert report.complete, report.conclusion
    assert [line.rung for line in report.lines] == ["hashes", "names", "values"]
    assert (report.lines[-1].figure or 0) > 0.999


def test_other_weights_answer_otherwise(bundle: Path, tmp_path: Path) -> None:
    other = language_bundle(tmp_path / "other", seed=2)
    shutil.copyfile(other / "model.bin", bundle / "model.bin")
    rung, told = failure(remade(bundle))
    assert rung == "values"
    assert "other weights" in told


def test_a_graph_that_is_no_language_model(tmp_path: Path) -> None:
    rung, told = failure(language_bundle(tmp_path / "other", output="scores"))
    assert rung == "names"
    assert "has no input_ids and logits" in told


def test_logits_that_are_alike_everywhere_are_no_answer(bundle: Path) -> None:
    """Compared about their mean: a model that adds the same to every token would pass otherwise."""
    with np.load(bundle / GOLDEN) as opened:
        arrays = dict(opened)
    arrays["logits"] = np.random.default_rng(4).standard_normal(arrays["logits"].shape, np.float32) + np.float32(1000)
    np.savez(bundle / GOLDEN, **arrays)
    assert failure(remade(bundle))[0] == "values"


def test_its_tokens_are_timed(bundle: Path) -> None:
    timed = time_bundle(bundle, "openvino", 1, Silent())
    assert timed.latency_ms > 0
    assert timed.peak_mib > timed.anonymous_mib > 0


def test_doctor_runs_it(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hallscribe_export.doctor.in_child", lambda *_, tiers, **__: _Nothing(tiers))
    found = examine([bundle], Silent())
    tried = [each for each in found.tried if each.kind == "language"]
    assert [(each.model, each.what, each.failed) for each in tried] == [("tiny 1", "token", "")]
    assert json.loads(json.dumps(found.as_json()))["bundles"]


class _Nothing:
    """Slices that took a second each."""

    def __init__(self, tiers: list[dict[str, object]]) -> None:
        self.result = [{"runtime": "openvino", "mode": "weights", "slice_ms": 1000.0} for _ in tiers]
