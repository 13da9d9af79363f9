from __future__ import annotations

from pathlib import Path

from hallscribe_bench.material import videos_beneath


def test_videos_come_with_the_labels_and_captions_beside_them(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("b talk.mp4", "deep/a.webm", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "b talk.mp4.transitions.tsv").write_text("# by hand\nt_s\tkind\n3.5\tslide\n8\tbuild\n", "utf-8")
    (tmp_path / "deep/a.vtt").write_text("WEBVTT\n", "utf-8")
    first, second = videos_beneath([tmp_path])
    assert (first.lecture_id, first.truth, first.captions) == ("b-talk", ((3.5, "slide"), (8.0, "build")), None)
    assert (second.path, second.truth, second.captions) == (tmp_path / "deep/a.webm", None, tmp_path / "deep/a.vtt")


def test_a_file_may_be_named_itself(tmp_path: Path) -> None:
    (tmp_path / "x.MP4").touch()
    assert [video.path for video in videos_beneath([tmp_path / "x.MP4"])] == [tmp_path / "x.MP4"]
