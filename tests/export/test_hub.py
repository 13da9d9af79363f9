"""Checkpoints of the hub where there is no network: what was fetched before is used, all else is told plainly."""

from __future__ import annotations

from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub import constants
from typer.testing import CliRunner

from hallscribe_export.cli import main
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
