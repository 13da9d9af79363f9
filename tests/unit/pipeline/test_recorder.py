"""What the recorder does while others write the same lecture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from hallscribed.domain.embedding import Matrix
from hallscribed.domain.lecture import Cue
from hallscribed.domain.moment import Route
from support.box import Box


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    """With one lecture in which something was said."""
    opened = Box(tmp_path)
    opened.catalog.create("algebra", "")
    opened.lectures.put_captions("algebra", [Cue(0.0, 6.0, "old words")])
    yield opened
    opened.close()


def said(box: Box, words: str) -> list[str]:
    return [hit.text for hit in box.corpus.full_text(words, Route.SAID, None, 9)]


def test_captions_that_are_put_while_a_lecture_is_indexed_again_are_found(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode, put = box.text.encode, list[bool]()

    def encoding(texts: Sequence[str]) -> Matrix:
        vectors = encode(texts)
        if not put:
            put.append(True)
            box.lectures.put_captions("algebra", [Cue(0.0, 6.0, "new words")])
        return vectors

    monkeypatch.setattr(box.text, "encode", encoding)
    box.recorder.index_everything(box.catalog.open("algebra"))
    assert (said(box, "old"), said(box, "new")) == ([], ["new words"])


def test_what_was_found_stays_so_where_a_lecture_cannot_be_indexed_again(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:

    def failing(_: Sequence[str]) -> Matrix:
        raise RuntimeError("the graph fails")

    monkeypatch.setattr(box.text, "encode", failing)
    with pytest.raises(RuntimeError, match="the graph fails"):
        box.recorder.index_everything(box.catalog.open("algebra"))
    assert said(box, "old") == ["old words"]
