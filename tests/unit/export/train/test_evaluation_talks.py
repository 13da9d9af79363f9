"""Figures of real talks: from what the measuring command found to rows, and videos where there are none yet."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from hallscribe_export.progress import Silent
from hallscribe_export.train.evaluation.rendering import NoTalks, rendered_talks
from hallscribe_export.train.evaluation.talks import Bundles, Measuring, changes, measure, searches


def found(hits: int, false: int, missed: int) -> dict[str, Any]:
    scores = [{"found": hits, "false": false, "missed": 0}, {"found": 0, "false": 0, "missed": missed}]
    return {"videos": [{"score": score, "minutes": 2.5} for score in scores]}


def test_changes_are_held_against_the_former_bundle() -> None:
    f1, false = changes("talks", found(8, 1, 1), found(8, 0, 2))
    assert f1.measured == pytest.approx(16 / 18)
    assert f1.baselines == {"former bundle": pytest.approx(16 / 18)}
    assert f1.verdict == "pass"
    assert "2 talks, 5 minutes, 9 to find" in f1.what
    assert (false.measured, false.baselines, false.verdict) == (1.0, {"former bundle": 0.0}, "missed")


def test_search_is_held_against_itself_without_pictures() -> None:
    ranks = {"written,said": [1, 2, 0], "written": [0, 3, 0], "written,seen": [1, 3, 0], "seen": [1, 0, 0]}
    rows = {row.what: row for row in searches({"ranks": [1, 1, 0], "ranks_by_routes": ranks})}
    first = rows["fused search, hit@1 of 3 questions"]
    assert first.measured == pytest.approx(2 / 3)
    assert first.baselines["without pictures"] == pytest.approx(1 / 3)
    assert [rows[f"fused search, {name} of 3 questions"].verdict for name in ("hit@1", "hit@5", "MRR")] == ["pass"] * 3
    assert rows["slides only, hit@1"].baselines["without pictures"] == 0.0
    assert rows["pictures only, MRR"].measured == pytest.approx(1 / 3)


def test_pictures_that_add_nothing_are_told() -> None:
    rows = searches({"ranks": [1, 2], "ranks_by_routes": {"written,said": [1, 2], "written": [0, 0]}})
    assert [row.verdict for row in rows] == ["pass", "pass", "missed", "told"]


def test_questions_that_pictures_move_are_counted() -> None:
    row = searches({"ranks": [1, 3, 0, 2], "ranks_by_routes": {"written,said": [2, 1, 0, 0], "written": [0] * 4}})[3]
    assert (row.measured, row.baselines) == (2.0, {"lower": 1.0})


def fake_python(folder: Path, body: str) -> Path:
    python = folder / "python"
    python.write_text(f"#!{sys.executable}\nimport sys\nfrom pathlib import Path\n{body}\n")
    python.chmod(0o755)
    return python


def test_the_measuring_command_gets_the_bundles_and_its_failure_is_told(tmp_path: Path) -> None:
    body = (
        'Path(sys.argv[sys.argv.index("--json") + 1]).write_text(\'{"arguments": "\' + " ".join(sys.argv[1:]) + \'"}\')'
    )
    measuring = Measuring(fake_python(tmp_path, body), tmp_path)
    told = measuring.run([Path("a.mp4")], Bundles(Path("one"), Path("two")), ask=True)["arguments"]
    assert "-m hallscribe_bench.whole.measure a.mp4" in told
    assert "--encoder one --projection two" in told
    assert "--routes written,seen" in told
    fake_python(tmp_path, r'sys.exit("Traceback:\n  in line 3\nno daemon today")')
    with pytest.raises(NoTalks, match=r"^measuring failed: no daemon today$"):
        measuring.run([], Bundles(Path("one")), ask=False)


def test_talks_that_cannot_be_rendered_are_not_run(tmp_path: Path) -> None:
    nothing = NoTalks("nobody rendered them")
    rows = measure(Measuring(Path("none"), tmp_path), nothing, Bundles(Path("a")), Bundles(Path("b")), Silent())
    assert {(row.verdict, row.note) for row in rows} == {("not run", "nobody rendered them")}
    assert all(row.bar is not None for row in rows)


def test_short_recordings_are_kept_when_the_talks_fail(tmp_path: Path) -> None:
    (tmp_path / "camera").mkdir()
    score = '{"score": {"found": 2, "false": 0, "missed": 0}, "minutes": 1}'
    body = (
        'if "--media" in sys.argv: sys.exit("no daemon today")\n'
        f"Path(sys.argv[sys.argv.index('--json') + 1]).write_text('{{\"videos\": [{score}]}}')"
    )
    measuring = Measuring(fake_python(tmp_path, body), tmp_path)
    rows = measure(measuring, [Path("talk.mp4")], Bundles(Path("a")), Bundles(Path("b")), Silent())
    assert [row.verdict for row in rows[:2]] == ["pass", "pass"]
    assert all("no daemon today" in row.note for row in rows[2:])


def media(folder: Path) -> Path:
    """A deck, and a tool that makes a video and its labels of it."""
    deck = folder / "media" / "dev" / "w3c-media-production" / "first-talk"
    deck.mkdir(parents=True)
    (deck / "slides.tsv").write_text("start_s\tend_s\tpage\n")
    tool = folder / "tools" / "render_talk.py"
    tool.parent.mkdir()
    tool.write_text(
        "import sys\nfrom pathlib import Path\n"
        "for suffix in ('', '.transitions.tsv', '.vtt'):\n    Path(sys.argv[2] + suffix).write_text(sys.argv[1])\n"
    )
    return folder / "media" / "dev"


def test_talks_are_rendered_once(tmp_path: Path) -> None:
    able = fake_python(
        tmp_path, "import runpy\nif sys.argv[1] != '-c': sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0])"
    )
    where, videos = media(tmp_path), tmp_path / "videos"
    made = rendered_talks(where, videos, [tmp_path / "absent", able], Silent())
    assert made == [videos / "first-talk.mp4"]
    assert (videos / "first-talk.mp4.vtt").is_file()
    assert rendered_talks(where, videos, [], Silent()) == made


def test_without_a_python_that_can_it_says_what_is_lacking(tmp_path: Path) -> None:
    with pytest.raises(NoTalks, match="PyAV"):
        rendered_talks(media(tmp_path), tmp_path / "videos", [fake_python(tmp_path, "sys.exit(1)")], Silent())
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoTalks, match="no videos"):
        rendered_talks(tmp_path / "empty", tmp_path / "videos", [], Silent())


def test_a_tool_that_fails_leaves_no_video(tmp_path: Path) -> None:
    able = fake_python(tmp_path, r"if sys.argv[1] != '-c': sys.exit('Traceback:\n  in line 3\nout of ink')")
    with pytest.raises(NoTalks, match=r"first-talk: out of ink$"):  # one line: it stands in a table
        rendered_talks(media(tmp_path), tmp_path / "videos", [able], Silent())
    assert not list((tmp_path / "videos").glob("*.mp4"))
