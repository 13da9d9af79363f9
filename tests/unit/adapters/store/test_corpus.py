"""The text corpus over a real database."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from hallscribed.adapters.store.corpus import CORPUS_MIGRATIONS, SqliteCorpus
from hallscribed.adapters.store.database import Database
from hallscribed.adapters.store.words import quoted_words
from hallscribed.domain.embedding import EmbeddingSpace, Matrix, Vector, normalise
from hallscribed.domain.moment import Passage, Route

SPACE = EmbeddingSpace("bag of words", 64, True, False)
SAID, WRITTEN = Route.SAID, Route.WRITTEN


def embed(texts: Sequence[str]) -> Matrix:
    """Hashed bags of words: texts that share words are near."""
    vectors = np.zeros((len(texts), SPACE.dimensions), np.float32)
    for row, text in zip(vectors, texts, strict=True):
        for word in text.lower().split():
            row[zlib.crc32(word.encode()) % SPACE.dimensions] += 1
    return normalise(vectors)


def question(text: str) -> Vector:
    return np.asarray(embed([text])[0], np.float32)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "catalog.db", CORPUS_MIGRATIONS)
    yield opened
    opened.close()


@pytest.fixture
def corpus(database: Database) -> SqliteCorpus:
    return SqliteCorpus(database, SPACE)


def put(corpus: SqliteCorpus, uid: str, *texts: str, route: Route = SAID, segment: int | None = None) -> None:
    """Passages a minute apart, so that none is in another's neighbourhood."""
    passages = [Passage(uid, route, 60.0 * i, 60.0 * i + 8, segment or 0, text) for i, text in enumerate(texts)]
    corpus.replace(uid, route, segment, passages, embed(texts))


def texts(hits: Sequence[object]) -> list[str]:
    return [hit.text for hit in hits]  # type: ignore[attr-defined]


def test_an_empty_corpus_finds_nothing(corpus: SqliteCorpus) -> None:
    assert corpus.full_text("word", SAID, None, 5) == corpus.dense(question("word"), SAID, None, 5) == []
    assert corpus.lectures() == corpus.outdated() == set()


def test_both_methods_find_what_was_put_at_once(corpus: SqliteCorpus) -> None:
    put(corpus, "a", "copying frames is slow", "gradient descent")
    for hit in (
        corpus.full_text("frames", SAID, None, 5)[0],
        corpus.dense(question("copying frames"), SAID, None, 5)[0],
    ):
        assert (hit.lecture_uid, hit.route, hit.rank, hit.start, hit.end) == ("a", SAID, 1, 0.0, 8.0)
        assert hit.text == "copying frames is slow"
        assert hit.score > 0


def test_words_are_stemmed_and_folded(corpus: SqliteCorpus) -> None:
    put(corpus, "a", "Café naïveté", "encoding codecs")
    assert texts(corpus.full_text("CAFE", SAID, None, 5)) == ["Café naïveté"]
    assert texts(corpus.full_text("encoded codec", SAID, None, 5)) == ["encoding codecs"]


@pytest.mark.parametrize("query", ["Re\u0301sume\u0301", "U\u0308bung", "nai\u0308ve", "\u0130stanbul", "istanbul"])
def test_words_are_found_however_their_letters_are_composed(corpus: SqliteCorpus, query: str) -> None:
    put(corpus, "a", "R\u00e9sum\u00e9 der \u00dcbung, na\u00efve \u0130stanbul")
    assert len(corpus.full_text(query, SAID, None, 5)) == 1
    assert len(quoted_words(query)) == 1


def test_any_word_matches_and_more_matches_rank_higher(corpus: SqliteCorpus) -> None:
    put(corpus, "a", "alpha only here", "alpha beta together", "none of them")
    found = corpus.full_text("what is the alpha beta", SAID, None, 5)
    assert texts(found) == ["alpha beta together", "alpha only here"]
    assert found[0].score > found[1].score
    assert [hit.rank for hit in found] == [1, 2]


@pytest.mark.parametrize(
    "query",
    [
        '"', "a AND", "NOT", "alpha*", "text:alpha", "NEAR(alpha beta, 2)", "alpha OR (", "^alpha", "-alpha", "'; DROP",
        "\0", "{alpha}", "alpha + beta", "\ud800", "🎓", "_", "words_said", "%s%s", "alpha" * 4000, "a " * 8000,
    ],
)  # fmt: skip
def test_no_query_is_syntax(corpus: SqliteCorpus, query: str) -> None:
    put(corpus, "a", "alpha beta", "gamma delta")
    assert all("alpha" in text for text in texts(corpus.full_text(query, SAID, None, 5)))
    assert texts(corpus.full_text("gamma", SAID, None, 5)) == ["gamma delta"]


def test_words_that_say_nothing_count_only_alone() -> None:
    assert quoted_words("What is the codec?") == ['"codec"']
    assert quoted_words("to be or not to be") == ['"to"', '"be"', '"or"', '"not"']
    assert quoted_words("?!") == []
    assert len(quoted_words(" ".join(f"w{i}" for i in range(1000)))) == 64


def test_routes_and_lectures_are_kept_apart(corpus: SqliteCorpus) -> None:
    put(corpus, "a", "alpha said in a")
    put(corpus, "b", "alpha said in b")
    put(corpus, "a", "alpha written in a", route=WRITTEN, segment=1)
    for find in (
        lambda route, uids: corpus.full_text("alpha", route, uids, 9),
        lambda route, uids: corpus.dense(question("alpha"), route, uids, 9),
    ):
        assert sorted(texts(find(SAID, None))) == ["alpha said in a", "alpha said in b"]
        assert texts(find(SAID, {"b"})) == ["alpha said in b"]
        assert texts(find(WRITTEN, None)) == ["alpha written in a"]
        assert find(WRITTEN, {"b"}) == find(SAID, set()) == find(Route.SEEN, None) == []


def test_replacing_one_segment_leaves_the_others(corpus: SqliteCorpus) -> None:
    put(corpus, "a", "alpha one", route=WRITTEN, segment=1)
    put(corpus, "a", "alpha two", route=WRITTEN, segment=2)
    put(corpus, "a", "alpha anew", route=WRITTEN, segment=1)
    assert sorted(texts(corpus.full_text("alpha", WRITTEN, None, 9))) == ["alpha anew", "alpha two"]
    assert sorted(texts(corpus.dense(question("alpha"), WRITTEN, None, 9))) == ["alpha anew", "alpha two"]
    put(corpus, "a", route=WRITTEN, segment=2)
    assert texts(corpus.full_text("alpha", WRITTEN, None, 9)) == ["alpha anew"]


def test_replacing_a_route_replaces_all_of_it(corpus: SqliteCorpus) -> None:
    put(corpus, "a", "old words", "more old words")
    put(corpus, "a", "new words")
    assert texts(corpus.full_text("words old", SAID, None, 9)) == ["new words"]
    assert texts(corpus.dense(question("old words"), SAID, None, 9)) == ["new words"]


def test_a_forgotten_lecture_leaves_nothing_in_the_file(corpus: SqliteCorpus, database: Database) -> None:
    put(corpus, "a", "xylophone confession")
    put(corpus, "a", "xylophone", route=WRITTEN, segment=1)
    put(corpus, "b", "something else")
    corpus.forget("a")
    assert corpus.full_text("xylophone", SAID, None, 9) == []
    assert texts(corpus.dense(question("xylophone"), SAID, None, 9)) == ["something else"]
    assert corpus.lectures() == {"b"}
    path = database.path
    database.close()
    assert b"xyloph" not in path.read_bytes()


def test_a_restart_embeds_nothing_again(corpus: SqliteCorpus, database: Database) -> None:
    put(corpus, "a", "alpha", "beta")
    put(corpus, "b", "gamma", route=WRITTEN, segment=4)
    again = SqliteCorpus(database, SPACE)
    for word, route in (("alpha", SAID), ("beta", SAID), ("gamma", WRITTEN)):
        assert again.dense(question(word), route, None, 3) == corpus.dense(question(word), route, None, 3)
        assert texts(again.dense(question(word), route, None, 1)) == [word]
    assert again.outdated() == set()


def test_vectors_of_another_space_are_not_compared(corpus: SqliteCorpus, database: Database) -> None:
    put(corpus, "a", "alpha")
    other = SqliteCorpus(database, EmbeddingSpace("another model", SPACE.dimensions, True, False))
    assert other.dense(question("alpha"), SAID, None, 3) == []
    assert texts(other.full_text("alpha", SAID, None, 3)) == ["alpha"]
    assert other.outdated() == {"a"}
    put(other, "a", "alpha")
    assert (other.outdated(), texts(other.dense(question("alpha"), SAID, None, 3))) == (set(), ["alpha"])


def test_a_damaged_vector_is_not_served(corpus: SqliteCorpus, database: Database) -> None:
    put(corpus, "a", "alpha", "beta")
    with database.transaction() as connection:
        connection.execute("UPDATE passages SET vector = zeroblob(length(vector)) WHERE text = 'alpha'")
    again = SqliteCorpus(database, SPACE)
    assert texts(again.dense(question("alpha"), SAID, None, 9)) == ["beta"]
    assert again.outdated() == {"a"}


def test_a_passage_is_found_by_what_was_said_around_it(corpus: SqliteCorpus) -> None:
    said = ["the collector", "pauses everything", "so we avoid it"]
    passages = [Passage("a", SAID, 10.0 * i, 10.0 * i + 8, 0, text) for i, text in enumerate(said)]
    corpus.replace("a", SAID, None, passages, embed(said))
    put(corpus, "b", "pauses everything", "unrelated")
    assert corpus.full_text("collector pauses", SAID, None, 1)[0].lecture_uid == "a"
    near = [hit for hit in corpus.dense(question("collector pauses everything"), SAID, None, 9) if hit.text == said[1]]
    assert [hit.lecture_uid for hit in near] == ["a", "b"]
    assert all(len(hit.text) < 20 for hit in corpus.full_text("collector", SAID, None, 9))


def test_what_does_not_fit_changes_nothing(corpus: SqliteCorpus) -> None:
    put(corpus, "a", "alpha")
    passage = Passage("a", SAID, 0, 1, 0, "beta")
    for vectors in (
        embed(["beta", "gamma"]),
        np.zeros((1, SPACE.dimensions + 1), np.float32),
        np.full((1, SPACE.dimensions), np.nan, np.float32),
    ):
        with pytest.raises(ValueError, match="passages need finite vectors"):
            corpus.replace("a", SAID, None, [passage], vectors)
    assert texts(corpus.dense(question("alpha"), SAID, None, 9)) == ["alpha"]
    assert texts(corpus.full_text("alpha", SAID, None, 9)) == ["alpha"]


def test_searches_run_while_lectures_are_replaced(corpus: SqliteCorpus) -> None:
    put(corpus, "b", "alpha steady")
    trouble: list[BaseException] = []
    done = threading.Event()

    def ask() -> None:
        try:
            while not done.is_set():
                assert "alpha steady" in texts(corpus.full_text("alpha", SAID, None, 50))
                assert "alpha steady" in texts(corpus.dense(question("alpha steady"), SAID, None, 50))
        except BaseException as error:
            trouble.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    for turn in range(30):
        put(corpus, "a", f"alpha turn {turn}", "beta")
        assert f"alpha turn {turn}" in texts(corpus.dense(question(f"alpha turn {turn}"), SAID, {"a"}, 1))
    done.set()
    thread.join()
    assert not trouble
