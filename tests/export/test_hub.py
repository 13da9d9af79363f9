"""Checkpoints of the hub where there is no network: what was fetched before is used, all else is told plainly."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub import constants
from typer.testing import CliRunner

from hallscribe_export.cli import main
from hallscribe_export.limits import Machine
from hallscribe_export.recipe import recipe
from hallscribe_export.sources import hub

VJEPA = "facebook/vjepa2-vitl-fpc64-256"
GEMMA = "google/gemma-2b-it"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, no token, and the hub's client told that there is no network."""
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    cache = tmp_path / "hub"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    return cache


def cached(cache: Path, name: str, *files: str) -> Path:
    """What the client leaves of a fetched revision."""
    repository = cache / f"models--{name.replace('/', '--')}"
    folder = repository / "snapshots" / COMMIT
    folder.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    for file in files:
        (folder / file).write_bytes(b"{}")
    return folder


@pytest.mark.parametrize(("command", "name"), [("vjepa", VJEPA), ("gemma", "google/gemma-2b-other")])
def test_without_network_it_says_how_to_carry_a_folder(tmp_path: Path, command: str, name: str) -> None:
    result = CliRunner().invoke(main, [command, name, "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    folder = name.rpartition("/")[2]
    for words in (f"hf download {name} --local-dir {folder}", f"carry the folder {folder}", "SOURCE"):
        assert words in result.output
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "hub").exists()


@pytest.mark.parametrize("known", [known.id for known in recipe("gemma").checkpoints])
def test_a_licence_that_was_not_accepted_is_asked_for_first(tmp_path: Path, known: str) -> None:
    result = CliRunner().invoke(main, ["gemma", known, "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    for words in (known, f"huggingface.co/{known}", "HF_TOKEN", "licence", "Nothing was fetched"):
        assert words in result.output
    assert list(tmp_path.iterdir()) == []


def test_with_a_token_the_network_is_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_made_up")
    with pytest.raises(ValueError, match="hf download google/gemma-2b-it"):
        hub.fetch(GEMMA, recipe("gemma"))


def test_a_gated_repository_of_another_name_is_told_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    def gated(*arguments: object, **options: object) -> None:
        if options.get("local_files_only"):
            raise huggingface_hub.errors.LocalEntryNotFoundError("nothing here")
        raise huggingface_hub.errors.GatedRepoError("403", response=_response())

    monkeypatch.setattr(huggingface_hub, "snapshot_download", gated)
    with pytest.raises(ValueError, match=r"someone/tuned-gemma.*HF_TOKEN"):
        hub.fetch("someone/tuned-gemma", recipe("gemma"))


def _response() -> object:
    import httpx

    return httpx.Response(403, request=httpx.Request("GET", "https://example.invalid"))


def test_what_was_fetched_before_needs_neither_network_nor_token(offline: Path) -> None:
    folder = cached(offline, GEMMA, "config.json", "model.safetensors")
    assert hub.fetch(GEMMA, recipe("gemma")) == (folder, GEMMA, COMMIT)
    assert hub.fetch(f"{GEMMA}@{COMMIT}", recipe("gemma")) == (folder, GEMMA, COMMIT)


def test_a_fetch_that_got_no_weights_is_none(offline: Path) -> None:
    cached(offline, VJEPA, "config.json")
    with pytest.raises(ValueError, match=f"hf download {VJEPA}"):
        hub.fetch(VJEPA, recipe("vjepa2"))


def test_what_says_how_a_sentences_tokens_are_joined_is_fetched(offline: Path) -> None:
    files = ("config.json", "model.safetensors", "tokenizer.json", "modules.json", "1_Pooling/config.json")
    needs = list(recipe("minilm").needs)
    more = ("pytorch_model.bin", "onnx/model.onnx", "2_Dense/model.safetensors")
    assert list(huggingface_hub.utils.filter_repo_objects((*files, *more), allow_patterns=needs)) == list(files)


def test_a_full_disk_is_told_before_fetching(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = []

    class File:
        file_size, will_download, commit_hash = 2**60, True, COMMIT

    def listed(name: str, **options: object) -> list[File]:
        if options.get("local_files_only"):
            raise huggingface_hub.errors.LocalEntryNotFoundError("nothing here")
        asked.append(options)
        assert options.get("dry_run"), "it began to fetch"
        return [File()]

    monkeypatch.setattr(huggingface_hub, "snapshot_download", listed)
    with pytest.raises(ValueError, match=r"fetching facebook/.* MiB of disk"):
        hub.fetch(VJEPA, recipe("vjepa2"))
    assert asked[0]["allow_patterns"] == list(recipe("vjepa2").needs)


@dataclass(frozen=True, slots=True)
class Listed:
    filename: str
    file_size: int
    will_download: bool = True
    commit_hash: str = COMMIT


class Served:
    """In the client's place: a repository of the hub, of which it remembers what was fetched."""

    def __init__(self, cache: Path, config: dict[str, object] | None, size: int, weights: str) -> None:
        self.cache, self.config = cache, config
        self.files = [Listed(weights, size)] + ([] if config is None else [Listed("config.json", 300)])
        self.fetched: list[list[str]] = []

    def __call__(self, name: str, **options: Any) -> object:
        found = huggingface_hub.utils.filter_repo_objects(
            self.files, allow_patterns=options["allow_patterns"], key=lambda file: file.filename
        )
        names = [file.filename for file in found]
        folder = self.cache / f"models--{name.replace('/', '--')}" / "snapshots" / COMMIT
        if options.get("local_files_only"):
            if not folder.exists():
                raise huggingface_hub.errors.LocalEntryNotFoundError("nothing here")
        elif options.get("dry_run"):
            assert not self.fetched
            return [file for file in self.files if file.filename in names]
        else:
            assert options["revision"] == COMMIT
            self.fetched.append(names)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "config.json").write_text(json.dumps(self.config))
        return str(folder)


Serve = Callable[..., Served]


@pytest.fixture
def serve(offline: Path, monkeypatch: pytest.MonkeyPatch) -> Serve:
    def served(config: dict[str, object] | None, *, size: int = 2**33, weights: str = "model.safetensors") -> Served:
        client = Served(offline, config, size, weights)
        monkeypatch.setattr(huggingface_hub, "snapshot_download", client)
        monkeypatch.setattr(hub, "_refuse_no_room", lambda name, size: None)
        monkeypatch.setattr("hallscribe_export.cli.read_machine", lambda out: Machine(8000, 1e9))
        return client

    return served


VIT = {"model_type": "vjepa2", "hidden_size": 1024, "num_attention_heads": 16, "num_hidden_layers": 24}


@pytest.mark.parametrize(
    ("command", "config", "told"),
    [
        (["gemma"], {"model_type": "gemma3"}, "model_type 'gemma3', which cannot be exported"),
        (["gemma"], {"model_type": "gemma2", "dtype": "bfloat16"}, "12,988 MiB of memory, 8,000 MiB are free"),
        (["gemma"], {"model_type": "gemma2", "torch_dtype": "float32"}, None),
        (["minilm"], {"model_type": "vjepa2"}, "is of V-JEPA 2: give a checkpoint of MiniLM"),
        (["vjepa"], {**VIT, "crop_size": 250}, "crop_size 250"),
        (["vjepa", "--precision", "auto"], {**VIT, "num_hidden_layers": 96}, "MiB of memory, 8,000 MiB are free"),
    ],
)
def test_a_checkpoint_is_refused_before_its_weights_are_fetched(
    serve: Serve, tmp_path: Path, command: list[str], config: dict[str, object], told: str | None
) -> None:
    served = serve(config)
    result = CliRunner().invoke(main, [command[0], "someone/model", "--out", str(tmp_path / "out"), *command[1:]])
    if told is None:
        assert served.fetched == [["config.json"], ["model.safetensors", "config.json"]]
    else:
        assert result.exit_code == 2
        assert told in " ".join(result.output.split())
        assert served.fetched == [["config.json"]]


def test_the_configuration_is_shown_and_then_all_is_fetched(serve: Serve) -> None:
    served, seen = serve(VIT), []

    def look(folder: Path, size: int) -> None:
        seen.append((json.loads((folder / "config.json").read_text()), size, list(served.fetched)))

    folder, name, commit = hub.fetch(VJEPA, recipe("vjepa2"), look)
    assert (name, commit, folder.name) == (VJEPA, COMMIT, COMMIT)
    assert seen == [(VIT, 2**33, [["config.json"]])]
    assert served.fetched == [["config.json"], ["model.safetensors", "config.json"]]


@pytest.mark.parametrize(
    ("config", "weights", "told"),
    [
        (None, "model.safetensors", "someone/model on the hub has no config.json"),
        (VIT, "pytorch_model.bin", "someone/model on the hub has no safetensors, and only safetensors are read"),
    ],
)
def test_a_repository_that_lacks_what_is_needed_is_told_as_such(
    serve: Serve, config: dict[str, object] | None, weights: str, told: str
) -> None:
    served = serve(config, weights=weights)
    with pytest.raises(ValueError, match=told):
        hub.fetch("someone/model", recipe("vjepa2"))
    assert served.fetched == []
