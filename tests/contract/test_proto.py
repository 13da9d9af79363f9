"""The API's own contract: complete comments, no breaking change, generated code that matches."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from hallscribe.v1 import error_pb2
from hallscribed.domain.errors import Reason

ROOT = Path(__file__).parents[2]
PROTO = ROOT / "proto"
BUF = next(ROOT.glob("clients/node/node_modules/@bufbuild/buf-linux-*/bin/buf"), None)

needs_buf = pytest.mark.skipif(BUF is None, reason="buf is not installed: npm ci --prefix clients/node")


def _buf(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    assert BUF is not None
    return subprocess.run([BUF, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A copy of the protos to spoil."""
    return shutil.copytree(PROTO, tmp_path / "proto")


def _edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / "hallscribe/v1" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_generated_python_code_is_what_the_protos_give() -> None:
    result = subprocess.run([PROTO / "check-generated.sh"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_reason_of_the_domain_is_in_the_api_and_the_other_way_round() -> None:
    names = {name.removeprefix("ERROR_REASON_") for name in error_pb2.ErrorReason.DESCRIPTOR.values_by_name}
    assert {reason.value for reason in Reason} == names - {"UNSPECIFIED"}


@needs_buf
def test_protos_follow_the_style_and_comment_every_element() -> None:
    result = _buf("lint", PROTO)
    assert result.returncode == 0, result.stdout + result.stderr


@needs_buf
def test_lint_sees_a_missing_comment(changed: Path) -> None:
    _edit(changed, "search.proto", "  // A picture, JPEG or PNG.\n", "")
    result = _buf("lint", changed)
    assert result.returncode != 0
    assert '"image" should have a non-empty comment' in result.stdout


@needs_buf
def test_nothing_that_clients_rely_on_went_away() -> None:
    result = _buf("breaking", PROTO, "--against", PROTO / "baseline.binpb")
    assert result.returncode == 0, result.stdout + result.stderr


@needs_buf
def test_breaking_check_sees_a_removed_field(changed: Path) -> None:
    _edit(changed, "search.proto", "  // A picture, JPEG or PNG.\n    bytes image = 2;\n", "")
    result = _buf("breaking", changed, "--against", PROTO / "baseline.binpb")
    assert result.returncode != 0
    assert '"image"' in result.stdout
