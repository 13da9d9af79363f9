"""Search by words, over the catalog's full-text index of one route.

To rank a passage takes five microseconds, and a common word is in thousands of a box's. So where many match, only
those are ranked that have one of the query's rarer words, which are what tells passages apart (BM25 gives a word the
more weight the fewer have it), or two of the others: to find out which words are rare takes a hundredth of that. All
are ranked for a single common word, which nothing bounds.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from hallscribed.adapters.store.database import Database
from hallscribed.domain.moment import Route
from hallscribed.pipeline.asking import telling_words

# So many passages are ranked in some 20 ms; all of thirty hours of captions are fewer.
MANY = 4000
# More lectures than these are not searched one by one.
_APART = 8
# Of more common words than these not every two are looked for together.
_TOGETHER = 8
_MAX_QUERY_WORDS = 64
# Uid, start, end, text, score.
Found = tuple[str, float, float, str, float]


@dataclass(frozen=True, slots=True)
class _Span:
    """First and last id of the passages that are asked; where lectures are named, only theirs: others lie between."""

    first: int
    last: int
    uids: str | None = None

    @property
    def bindings(self) -> dict[str, Any]:
        return {"first": self.first, "last": self.last, **({} if self.uids is None else {"uids": self.uids})}


def quoted_words(query: str) -> list[str]:
    """The telling words of a query, quoted, so that nothing in it is read as FTS5's syntax; the first 64 count."""
    return [f'"{word}"' for word in telling_words(query)[:_MAX_QUERY_WORDS]]


class WordIndex:
    """Which passages of a route have a query's words; threads may share it."""

    def __init__(self, database: Database, route: Route) -> None:
        self._database = database
        self._route = route
        self._table = f"words_{route.value}"

    def best(self, words: Sequence[str], lecture_uids: Collection[str] | None, k: int) -> list[Found]:
        """At most k passages, the best first by Okapi BM25; any word may match, equal ones by uid and time.

        Args:
            words: as ``quoted_words`` gives them.
            lecture_uids: only these lectures; None for all.
        """
        if not words:
            return []
        found = [row for span in self._spans(lecture_uids) for row in self._ranked(words, span, k)]
        return sorted(found, key=lambda row: (-row[4], row[0], row[1]))[:k]

    def _spans(self, uids: Collection[str] | None) -> list[_Span]:
        """All passages; those of each lecture where few are named; of many all from the first to the last."""
        if uids is None:
            last = self._database.value("SELECT max(id) FROM passages")
            return [] if last is None else [_Span(0, last)]
        spans = self._database.rows(
            "SELECT min(id), max(id), uid FROM passages"
            " WHERE uid IN (SELECT value FROM json_each(?)) AND route = ? GROUP BY uid",
            (json.dumps(sorted(uids)), self._route.value),
        )
        if len(spans) <= _APART:
            return [_Span(first, last, json.dumps([uid])) for first, last, uid in spans]
        first, last = min(first for first, _, _ in spans), max(last for _, last, _ in spans)
        return [_Span(first, last, json.dumps(sorted(uids)))]

    def _ranked(self, words: Sequence[str], span: _Span, k: int) -> list[Found]:
        """The best of a span: of those worth it where very many match, unless they are fewer than are wanted."""
        worth = self._worth_ranking(words, span, k) if span.last - span.first >= MANY else None
        found = self._asked(words, worth, span, k)
        return found if worth is None or len(found) >= k else self._asked(words, None, span, k)

    def _asked(self, words: Sequence[str], worth: str | None, span: _Span, k: int) -> list[Found]:
        table = source = self._table
        asked = {"words": " OR ".join(words), "k": k, **span.bindings}
        within = f"{table} MATCH :words AND {table}.rowid BETWEEN :first AND :last"
        if worth is not None:
            asked["worth"] = worth
            # The plus keeps SQLite from looking each of them up by itself.
            within += f" AND +{table}.rowid IN ({self._matching(':worth')})"
        if span.uids is not None:
            source += f" JOIN passages AS owner ON owner.id = {table}.rowid"
            within += " AND owner.uid IN (SELECT value FROM json_each(:uids))"
        return self._database.rows(
            "SELECT uid, start_s, end_s, text, score FROM"
            f" (SELECT {table}.rowid AS number, -bm25({table}) AS score FROM {source} WHERE {within}"
            f" ORDER BY score DESC, {table}.rowid LIMIT :k) JOIN passages ON id = number",
            asked,
        )

    def _worth_ranking(self, words: Sequence[str], span: _Span, k: int) -> str | None:
        """What a passage must match to be ranked; None for any word at all."""
        counts = {word: self._count(word, span) for word in words}
        if sum(counts.values()) <= MANY:
            return None
        rare: list[str] = []
        held = 0
        by_count = sorted(words, key=lambda word: counts[word])
        for word in by_count:
            if held + counts[word] > MANY:
                break
            rare.append(word)
            held += counts[word]
        common = by_count[len(rare) : len(rare) + _TOGETHER]
        # Of a single one its own words, not those around it, which are many more.
        together = [f"({one} AND {other})" for one, other in combinations(common, 2)] or [f"text : {common[0]}"]
        fits = self._count(" OR ".join(together), span) <= MANY - held
        enough = held >= 2 * k  # One passage may have several of them.
        if not fits and not enough and len(common) == 1:
            return None
        return " OR ".join(rare if enough and not fits else [*rare, *together])

    def _count(self, expression: str, span: _Span) -> int:
        """How many passages of a span match; one more than MANY stands for any larger number."""
        counted = f"SELECT count(*) FROM ({self._matching(':worth')} LIMIT :most)"
        asked = {"worth": expression, "first": span.first, "last": span.last, "most": MANY + 1}
        return int(self._database.rows(counted, asked)[0][0])

    def _matching(self, expression: str) -> str:
        return (
            f"SELECT rowid FROM {self._table} WHERE {self._table} MATCH {expression} AND rowid BETWEEN :first AND :last"
        )
