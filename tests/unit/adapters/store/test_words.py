"""Search by words where very many passages have them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from hallscribed.adapters.store import words
from hallscribed.adapters.store.corpus import CORPUS_MIGRATIONS, SqliteCorpus
from hallscribed.adapters.store.database import Database
from hallscribed.domain.embedding import EmbeddingSpace
from hallscribed.domain.moment import Hit, Passage, Route

SPACE = EmbeddingSpace("none", 4, True, False)
LECTURES, EACH = 12, 40
# By how many passages of a hundred have them.
SHARES = {"matrix": 30, "vector": 25, "kernel": 15, "spectral": 2, "nystrom": 0.4}


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[SqliteCorpus]:
    """Passages of a few words, commoner and rarer ones; none is in another's neighbourhood."""
    numbers = np.random.default_rng(3)
    database = Database(tmp_path / "catalog.db", CORPUS_MIGRATIONS)
    corpus = SqliteCorpus(database, SPACE)
    for lecture in range(LECTURES):
        texts = [
            " ".join([*(word for word, share in SHARES.items() if numbers.random() < share / 100), f"filler{place}"])
            for place in range(EACH)
        ]
        put(corpus, f"u{lecture:02}", texts)
    yield corpus
    database.close()


def put(corpus: SqliteCorpus, uid: str, texts: Sequence[str]) -> None:
    said = [Passage(uid, Route.SAID, 90.0 * i, 90.0 * i + 6, 0, text) for i, text in enumerate(texts)]
    corpus.replace(uid, Route.SAID, None, said, np.full((len(said), 4), 0.5, np.float32))


def found(corpus: SqliteCorpus, query: str, uids: set[str] | None = None, k: int = 5) -> list[Hit]:
    return corpus.full_text(query, Route.SAID, uids, k)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if few passages could be ranked in time."""
    monkeypatch.setattr(words, "MANY", 30)


@pytest.mark.parametrize("query", ["matrix vector spectral", "kernel spectral nystrom", "matrix kernel", "matrix"])
@pytest.mark.parametrize("uids", [None, {"u03"}, {f"u{number:02}" for number in range(10)}])
def test_what_is_found_first_is_the_same_however_many_match(
    corpus: SqliteCorpus, query: str, uids: set[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = found(corpus, query, uids)
    monkeypatch.setattr(words, "MANY", 30)
    assert everything
    assert [hit.score for hit in found(corpus, query, uids)] == pytest.approx([hit.score for hit in everything])


def test_only_passages_with_a_rarer_word_are_ranked(corpus: SqliteCorpus, few: None) -> None:
    assert all("spectral" in hit.text for hit in found(corpus, "matrix vector spectral"))


def test_nothing_is_lost_where_common_words_are_never_together(tmp_path: Path, few: None) -> None:
    database = Database(tmp_path / "catalog.db", CORPUS_MIGRATIONS)
    corpus = SqliteCorpus(database, SPACE)
    put(corpus, "a", ["matrix"] * 40 + ["vector"] * 40)
    assert len(found(corpus, "matrix vector", k=60)) == 60
    database.close()


def test_a_named_lecture_answers_though_others_have_the_rarer_words(corpus: SqliteCorpus, few: None) -> None:
    put(corpus, "new", ["matrix alone"] * 40)
    assert {hit.lecture_uid for hit in found(corpus, "matrix spectral", {"new"})} == {"new"}
    assert len(found(corpus, "matrix spectral", {"new", "unknown"}, 40)) == 40
    assert found(corpus, "matrix", set()) == []


def test_equal_passages_come_in_order_of_lecture_and_time(tmp_path: Path) -> None:
    database = Database(tmp_path / "catalog.db", CORPUS_MIGRATIONS)
    corpus = SqliteCorpus(database, SPACE)
    for uid in ("b", "a"):
        put(corpus, uid, ["same words", "same words"])
    assert [(hit.lecture_uid, hit.start) for hit in found(corpus, "words")] == [
        ("a", 0.0), ("a", 90.0), ("b", 0.0), ("b", 90.0),
    ]  # fmt: skip
    database.close()


@pytest.mark.parametrize("many", [30, 4000])
def test_named_lectures_that_were_read_at_the_same_time_lose_nothing(
    tmp_path: Path, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "MANY", many)
    database = Database(tmp_path / "catalog.db", CORPUS_MIGRATIONS)
    corpus = SqliteCorpus(database, SPACE)
    for segment in range(1, 40):
        for uid in ("a", "b", "c"):
            slide = Passage(uid, Route.WRITTEN, 90.0 * segment, 90.0 * segment + 6, segment, "matrix of a slide")
            corpus.replace(uid, Route.WRITTEN, segment, [slide], np.full((1, 4), 0.5, np.float32))
    hits = corpus.full_text("matrix", Route.WRITTEN, {"a", "b"}, 78)
    assert len({(hit.lecture_uid, hit.start) for hit in hits}) == 78
    assert {hit.lecture_uid for hit in hits} == {"a", "b"}
    database.close()
