from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from hallscribe_export.checkpoint import open_checkpoint
from hallscribe_export.cli import main
from hallscribe_export.heads_file import read_heads
from hallscribe_export.minilm import export_minilm
from hallscribe_export.progress import Silent
from hallscribe_export.recipe import recipe
from hallscribe_export.train import encoders
from hallscribe_export.train.checkpointing import previous
from hallscribe_export.train.embedded import Vectors
from hallscribe_export.train.encoders import open_eye
from hallscribe_export.train.pairs import PairVectors
from hallscribe_export.train.projecting import held_out
from hallscribed.adapters.models.bundle import load
from support.checkpoints import minilm_folder
from support.encoders import encoder_bundle, vjepa_folder
from support.shards import picture, sample, shards, write_shard

STEPS = "30"
# A checkpoint at every look at the held-out pairs.
_EAGER = """
import sys
from hallscribe_export.train import projecting
projecting._SAVE_EVERY_S = 0.0
from hallscribe_export.cli import main
main(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An encoder, a text encoder, and shards."""
    folder = tmp_path_factory.mktemp("given")
    source = minilm_folder(folder / "minilm")
    with open_checkpoint(str(source), recipe("minilm"), folder / "text") as checkpoint:
        export_minilm(checkpoint, folder / "text", Silent())
    encoder = vjepa_folder(folder / "eye")
    return {
        "encoder": encoder,
        "bundle": encoder_bundle(encoder, folder / "bundle"),
        "text": folder / "text",
        "pairs": shards(folder / "shards"),
    }


def arguments(made: dict[str, Path], out: Path, *more: str, **other: Path) -> list[str]:
    given = {**{name: made[name] for name in ("encoder", "text", "pairs")}, **other}
    named = [word for name, value in given.items() for word in (f"--{name}", str(value))]
    return ["train-projection", *named, "--out", str(out), "--steps", STEPS, "--batch", "32", "--hidden", "24", *more]


def run(made: dict[str, Path], out: Path, *more: str, **other: Path) -> Any:
    return CliRunner().invoke(main, arguments(made, out, *more, **other))


@pytest.fixture(scope="module")
def done(made: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A whole training: its folder, and what it said as JSON."""
    out = tmp_path_factory.mktemp("trained") / "heads"
    result = run(made, out, "--json")
    assert result.exit_code == 0, result.output
    return out, json.loads(result.stdout)


def test_its_folder_holds_the_heads_the_losses_and_what_was_done(done: tuple[Path, dict[str, Any]]) -> None:
    out, said = done
    heads = read_heads(out)
    assert heads.description.training.model_dump() == {
        "data": "3 shards",
        "pairs": 192,
        "steps": int(said["held_out"]["step"]),
    }
    assert heads.description.match_cosine == said["match_cosine"]
    told = json.loads((out / "training.json").read_text())
    assert {"heads": str(out / "heads.safetensors"), **told} == said
    assert (told["pictures"], told["lectures"], told["held_out_pictures"]) == (96, 4, 24)
    assert len((out / "history.jsonl").read_text().splitlines()) == int(STEPS)
    assert (out / "losses.png").read_bytes().startswith(b"\x89PNG")


def test_words_find_pictures_of_lectures_that_were_held_out(done: tuple[Path, dict[str, Any]]) -> None:
    assert done[1]["held_out"]["hit@5"] > 0.9 > 2 * done[1]["held_out"]["chance@5"]


def test_export_takes_them_for_the_bundle_that_the_encoder_becomes(
    made: dict[str, Path], done: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    def export(encoder: Path) -> Any:
        words = ["projection", str(done[0]), "--out", str(tmp_path / "joint")]
        return CliRunner().invoke(main, [*words, "--encoder", str(encoder), "--text", str(made["text"])])

    bundle = tmp_path / "eye"
    options = ["--out", str(bundle), "--precision", "fp32", "--runtime", "openvino"]
    result = CliRunner().invoke(main, ["vjepa", str(made["encoder"]), *options])
    assert result.exit_code == 0, result.output
    result = export(bundle)
    assert result.exit_code == 0, result.output
    assert load(tmp_path / "joint").space.aligned
    refused = export(made["bundle"])
    assert refused.exit_code == 2
    assert "takes vectors of the space" in refused.output


def test_a_bundle_will_do_as_the_encoder(made: dict[str, Path], tmp_path: Path) -> None:
    result = run(made, tmp_path / "heads", encoder=made["bundle"])
    assert result.exit_code == 0, result.output
    assert read_heads(tmp_path / "heads").description.visual.space == load(made["bundle"]).space.name


def test_a_checkpoint_sees_what_its_bundle_sees(made: dict[str, Path], tmp_path: Path) -> None:
    seen = picture("red", "panel", 1)
    with (
        open_eye(str(made["encoder"]), tmp_path / "x", Silent()) as one,
        open_eye(str(made["bundle"]), tmp_path / "x", Silent()) as other,
    ):
        a, b = one.encode(seen), other.encode(seen)
    assert float(a @ b / np.linalg.norm(a) / np.linalg.norm(b)) > 0.999
    assert one.digest != other.digest


def test_where_words_find_no_more_than_chance_does_it_says_so(made: dict[str, Path], tmp_path: Path) -> None:
    samples = [sample(f"lecture-{lecture}", 0, "", seed=lecture) for lecture in range(20)]
    for number, each in enumerate(samples):
        texts = [{"text": "a lime beam", "facts": [f"number={number}"]}]
        each["told"].update(facts=[f"number={number}"], sentences=texts)
    result = run(made, tmp_path / "heads", pairs=write_shard(tmp_path / "alike.tar", samples))
    assert result.exit_code == 0, result.output
    assert "words hardly find pictures" in result.output


def test_twice_the_same_bytes(made: dict[str, Path], done: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    assert run(made, tmp_path / "heads").exit_code == 0
    for name in ("heads.safetensors", "history.jsonl", "losses.png", "training.json"):
        assert (tmp_path / "heads" / name).read_bytes() == (done[0] / name).read_bytes(), name


def test_a_training_that_was_killed_goes_on_to_the_same_bytes(
    made: dict[str, Path], done: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    out = tmp_path / "heads"
    command = [sys.executable, "-c", _EAGER, *arguments(made, out)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 90
        while not previous(out / "checkpoint.pt").exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert not (out / "heads.safetensors").exists()
    result = run(made, out)
    assert result.exit_code == 0, result.output
    for name in ("heads.safetensors", "history.jsonl", "training.json"):
        assert (out / name).read_bytes() == (done[0] / name).read_bytes(), name


def test_vectors_are_made_once(made: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "heads"
    count, encoding = [0], encoders._encoding

    def counted(*given: Any) -> Callable[[Any], Any]:
        encode = encoding(*given)

        def also(seen: Any) -> Any:
            count[0] += 1
            if count[0] == 60:
                raise MemoryError("ended in the second shard")
            return encode(seen)

        return also

    monkeypatch.setattr(encoders, "_encoding", counted)
    ended = run(made, out)
    assert ended.exit_code == 2
    assert "kept in --out" in ended.output
    count[0] = 100
    assert run(made, out).exit_code == 0
    assert count[0] == 100 + 120 - 48
    count[0] = 100
    assert run(made, out, "--no-resume", "--seed", "2").exit_code == 0
    assert count[0] == 100
    damaged = next((out / "vectors").glob("validation*.pictures.npz"))
    damaged.write_bytes(damaged.read_bytes()[:99])
    assert run(made, out, "--no-resume").exit_code == 0
    assert count[0] == 100 + 24


def test_other_settings_do_not_go_on_from_it(made: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "heads"
    assert run(made, out).exit_code == 0
    before = (out / "heads.safetensors").read_bytes()
    other = run(made, out, "--seed", "2")
    assert other.exit_code == 2
    assert "seed was 1, is 2" in other.output
    assert (out / "heads.safetensors").read_bytes() == before
    assert run(made, out, "--seed", "2", "--no-resume").exit_code == 0
    assert (out / "heads.safetensors").read_bytes() != before


def test_without_facts_the_pairs_are_what_counts(made: dict[str, Path], tmp_path: Path) -> None:
    samples = [
        sample(f"lecture-{lecture}", number, "", facts=False, seed=lecture * 100)
        for lecture in range(2)
        for number in range(24)
    ]
    file = write_shard(tmp_path / "own.tar", samples)
    result = run(made, tmp_path / "heads", "--json", "--noise", "0.3", "--text-noise", "0.1", pairs=file)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["held_out_pictures"] == 4
    assert (told["course"]["noise"], told["course"]["text_noise"]) == (0.3, 0.1)


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("pairs", lambda folder: folder / "absent", "absent"),
        ("pairs", lambda folder: folder, "holds no shards"),
        ("pairs", lambda folder: _cut(folder), "no sound shard"),
        ("pairs", lambda folder: _untold(folder), "not what a shard holds"),
        ("pairs", lambda folder: write_shard(folder / "one.tar", [sample("a", 0)]), "fewer than two"),
        ("encoder", lambda folder: folder / "absent", "there is no file or folder"),
        ("encoder", lambda folder: folder, "config.json"),
        ("text", lambda folder: folder, "manifest.json"),
    ],
)
def test_bad_input_ends_with_2_and_what_to_do(
    made: dict[str, Path], tmp_path: Path, name: str, given: Callable[[Path], Path], told: str
) -> None:
    (tmp_path / "given").mkdir()
    result = run(made, tmp_path / "heads", **{name: given(tmp_path / "given")})
    assert result.exit_code == 2, result.output
    assert told in result.output
    assert not (tmp_path / "heads" / "heads.safetensors").exists()


def test_an_encoder_is_no_text_encoder_and_the_other_way_round(made: dict[str, Path], tmp_path: Path) -> None:
    result = run(made, tmp_path / "heads", text=made["bundle"])
    assert (result.exit_code, "kind text with --text" in result.output) == (2, True)
    result = run(made, tmp_path / "heads", encoder=made["text"])
    assert (result.exit_code, "kind encoder" in result.output) == (2, True)


def test_a_folder_of_something_else_is_left_alone(made: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear")
    result = run(made, tmp_path)
    assert result.exit_code == 2
    assert "name a new folder" in result.output
    assert [each.name for each in tmp_path.iterdir()] == ["letters.txt"]


def _cut(folder: Path) -> Path:
    file = write_shard(folder / "cut.tar", [sample("a", number) for number in range(9)])
    file.write_bytes(file.read_bytes()[:3000])
    return file


def _untold(folder: Path) -> Path:
    whole = sample("a", 0)
    del whole["told"]["page"]
    return write_shard(folder / "untold.tar", [whole])


def vectors(lectures: list[int], splits: list[str]) -> Vectors:
    count = len(lectures)
    nothing = np.zeros((count, 1), np.uint64)
    rows = np.arange(count)
    some = np.zeros((count, 2), np.float32)
    pairs = PairVectors(some, some, np.stack([rows, rows], 1), np.array(lectures), rows, nothing, nothing)
    return Vectors(pairs, np.array(splits), len(set(lectures)))


def test_what_is_held_out() -> None:
    ten = [lecture for lecture in range(10) for _ in range(3)]
    assert held_out(vectors(ten, [""] * 30)).nonzero()[0].tolist() == [27, 28, 29]
    few = [lecture for lecture in range(2) for _ in range(20)]
    assert held_out(vectors(few, [""] * 40)).nonzero()[0].tolist() == [18, 19, 38, 39]
    said = ["train", "validation", "test", "train"]
    assert held_out(vectors([0, 1, 2, 3], said)).tolist() == [False, True, False, False]
    last_is_test = ["train"] * 27 + ["test"] * 3
    assert not held_out(vectors(ten, last_is_test))[27:].any()


def test_room_for_a_checkpoints_graph_is_foretold(made: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hallscribe_export.limits.free_disk_mib", lambda where: 0.01)
    with (
        pytest.raises(ValueError, match=r"MiB of disk.*TMPDIR"),
        open_eye(str(made["encoder"]), made["text"], Silent()),
    ):
        pytest.fail("it was opened")
    with open_eye(str(made["bundle"]), made["text"], Silent()) as eye:
        assert eye.dimensions > 0
