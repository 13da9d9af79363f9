"""What the exporter does on a box that has the packages of requirements.lock and no others."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from hallscribed.adapters.models.bundle import default_encoder_path

LOCK = Path(__file__).parents[3] / "requirements.lock"


def absent() -> list[str]:
    """Modules of packages that are here and not in the lock, but for our own and those that every Python brings."""
    locked = {each[1] for line in LOCK.read_text().splitlines() if (each := re.match(r"([a-z0-9.-]+)==", line))}
    kept = locked | {"hallscribe", "pip", "setuptools"}
    of_module = packages_distributions()
    return [
        module
        for module, names in of_module.items()
        if not {re.sub(r"[-_.]+", "-", name).lower() for name in names} & kept
    ]


@pytest.mark.parametrize("asked", [["--help"], ["verify", str(default_encoder_path())], ["doctor", "--help"]])
def test_commands_run_with_the_packages_of_the_box(asked: list[str]) -> None:
    without = absent()
    assert "pytest" in without
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({without!r}));"
        "import hallscribe_export.doctor;"
        "from hallscribe_export.cli import main; main(sys.argv[1:])"
    )
    done = subprocess.run([sys.executable, "-c", code, *asked], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr[-2000:]
