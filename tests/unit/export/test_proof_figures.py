"""A new run's figures against the earlier ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from hallscribe_export.proof.figures import KINDS, SUBJECTS, Figure, Figures, checked_in, compared, read
from hallscribe_export.proof.meta_file import parameters
from hallscribe_export.proof.report import write_report

DATA = Path(__file__).parents[2] / "data" / "vjepa"


def _verdict(before: Figure | None, now: Figure | None) -> str:
    old = {} if before is None else {"x": before}
    new = {} if now is None else {"x": now}
    return compared(old, new)[0][3]


def test_a_figure_within_the_noise_is_the_same() -> None:
    assert _verdict(Figure(value=100, unit="ms"), Figure(value=109, unit="ms")) == ""


def test_slower_is_worse_and_more_agreement_is_better() -> None:
    assert _verdict(Figure(value=100, unit="ms"), Figure(value=120, unit="ms")) == "WORSE"
    assert _verdict(Figure(value=0.5, unit="", better="more"), Figure(value=0.9, unit="", better="more")) == "better"


def test_a_missed_target_is_told_even_when_it_was_missed_before() -> None:
    missed = Figure(value=130, unit="s", target=120)
    assert _verdict(missed, missed) == "MISSED"
    assert _verdict(None, Figure(value=0.9, unit="", target=0.99, better="more")) == "MISSED"


def test_what_was_not_measured_is_told() -> None:
    assert _verdict(Figure(value=1, unit=""), None) == "not measured"
    assert _verdict(None, Figure(value=1, unit="")) == "new"


def test_figures_survive_their_file(tmp_path: Path) -> None:
    figures = Figures(machine={"cores": "2"}, figures={"x": Figure(value=1.5, unit="ms", target=2)})
    figures.write(tmp_path / "deep" / "x.json")
    assert read(tmp_path / "deep" / "x.json") == figures


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(ValueError, match="JSON"):
        read(tmp_path / "x.json")


def test_what_is_checked_in_is_told_by_kind_of_processor(tmp_path: Path) -> None:
    found = {(subject, kind): checked_in(subject, kind) for subject in SUBJECTS for kind in KINDS}
    known = {what: read(file) for what, file in found.items() if file.is_file()}
    assert set(SUBJECTS) == {subject for subject, _ in known}
    missed = Figures(machine={}, figures={"seconds": Figure(value=130, unit="s", target=120)})
    write_report(tmp_path / "page.md", {**known, ("gemma", "plain"): missed})
    told = (tmp_path / "page.md").read_text()
    assert "## Gemma 2B; processor without\n" in told
    assert "| seconds | 130 s | <= 120 | **missed** |" in told


def test_the_stand_in_for_metas_file_has_its_names_and_shapes() -> None:
    made = {
        f"{part}.{name} {'x'.join(map(str, shape))}"
        for part, shapes in parameters().items()
        for name, shape in shapes.items()
    }
    published = (DATA / "vjepa1-vitl.meta.txt").read_text().splitlines()
    assert made == {line for line in published if not line.startswith("#")}
