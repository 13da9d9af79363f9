"""The tools that an export uses report nothing to anybody."""

from __future__ import annotations

import subprocess
import sys

_TOLD = """
import hallscribe_export
from openvino.tools.ovc import convert_impl
print(convert_impl.tm.__name__)
"""


def test_openvinos_converter_has_nothing_to_report_with() -> None:
    told = subprocess.run([sys.executable, "-c", _TOLD], capture_output=True, text=True, timeout=60, check=True)
    assert told.stdout.strip() == "openvino.tools.ovc.telemetry_stub"
