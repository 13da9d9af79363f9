"""docs/api.md tells every reason, with its code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from google.rpc import code_pb2

from hallscribed.domain.errors import Reason

DOCS = Path(__file__).parents[2] / "docs"


def _rows() -> dict[str, tuple[str, str]]:
    found = re.findall(r"^\| ([A-Z_]+) \| ([^|]*) \| ([^|]+) \|$", (DOCS / "api.md").read_text(), re.MULTILINE)
    return {reason: (code, meaning) for reason, code, meaning in found}


def test_table_is_what_the_proto_gives() -> None:
    result = subprocess.run(
        [sys.executable, DOCS / "reasons.py", "--check"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_every_reason_is_told() -> None:
    assert set(_rows()) == {reason.value for reason in Reason}


def test_every_reason_has_a_canonical_code_or_ends_no_call() -> None:
    for reason, (code, _) in _rows().items():
        assert code in ("in the acknowledgement", "on the feed") or code in code_pb2.Code.DESCRIPTOR.values_by_name, (
            reason
        )
