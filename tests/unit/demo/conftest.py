"""A short rendering of the built-in lecture, made once."""

from __future__ import annotations

import pytest

from hallscribe.demo.sample import Sample, Shape, render_sample

SMALL = Shape(width=320, height=180, frames_per_second=5.0, pace=0.1)


@pytest.fixture(scope="session")
def small_shape() -> Shape:
    """How the short lecture is rendered: 17 seconds at 5 frames a second."""
    return SMALL


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The short lecture."""
    return render_sample(tmp_path_factory.mktemp("sample"), shape=SMALL)
