"""Search by words, over the catalog's full-text index of one route.

To rank a passage takes five microseconds, and a common word is in thousands of a box's. So where many match, only
those are ranked that have one of the query's rarer words, which are what tells passages apart (BM25 gives a word the
more weight the fewer have it): to find out which words are rare takes a hundredth of that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from itertools import combinations
from typing import Any

from hallscribed.adapters.store.database import Database
from hallscribed.domain.moment import Route

# So many passages are ranked in some 20 ms; all of thirty hours of captions are fewer.
MANY = 4000
# More lectures than these are not searched one by one.
_APART = 8
# Of more common words than these not every two are looked for together.
_TOGETHER = 8
_MAX_QUERY_WORDS = 64
# With the marks that stand beside their letters: the index leaves them out, as it does those that are part of one.
_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
_STOP_TEXT = """
    a about after all also am an and any are as at be because been before being between both but by can could did do
    does doing done during each for from further get got had has have having he her here hers herself him himself
    his how i if in into is it its itself just let like me more most my myself no nor not now of off on once only or
    other our ours ourselves out over own re s same she should so some such t than that the their theirs them
    themselves then there these they this those through to too under until up us very was we were what when where
    which while who whom why will with would you your yours yourself yourselves
    """
_STOP_WORDS = frozenset(_STOP_TEXT.split())

# Uid, start, end, text, score.
Found = tuple[str, float, float, str, float]


def telling_words(query: str) -> list[str]:
    """A query's words, each once, quoted, so that nothing in it is read as FTS5's syntax.

    Words that say nothing are left out unless there is no other; of a very long query the first 64 count.
    """
    words = list(dict.fromkeys(_WORD.findall(query.lower())))
    telling = [word for word in words if word not in _STOP_WORDS] or words
    return [f'"{word}"' for word in telling[:_MAX_QUERY_WORDS]]


class WordIndex:
    """Which passages of a route have a query's words; threads may share it."""

    def __init__(self, database: Database, route: Route) -> None:
        self._database = database
        self._route = route
        self._table = f"words_{route.value}"

    def best(self, words: Sequence[str], lecture_uids: Collection[str] | None, k: int) -> list[Found]:
        """At most k passages, the best first by Okapi BM25; any word may match, equal ones by uid and time.

        Args:
            words: as ``telling_words`` gives them.
            lecture_uids: only these lectures; None for all.
        """
        if not words:
            return []
        found = [row for span in self._spans(lecture_uids) for row in self._ranked(words, span, lecture_uids, k)]
        return sorted(found, key=lambda row: (-row[4], row[0], row[1]))[:k]

    def _spans(self, uids: Collection[str] | None) -> list[tuple[int, int]]:
        """First and last id of the passages that are asked; of lectures there may be others' between."""
        if uids is None:
            last = self._database.value("SELECT max(id) FROM passages")
            return [] if last is None else [(0, last)]
        spans = self._database.rows(
            "SELECT min(id), max(id) FROM passages"
            " WHERE uid IN (SELECT value FROM json_each(?)) AND route = ? GROUP BY uid",
            (json.dumps(sorted(uids)), self._route.value),
        )
        return spans if len(spans) <= _APART else [(min(first for first, _ in spans), max(last for _, last in spans))]

    def _ranked(self, words: Sequence[str], span: tuple[int, int], uids: Collection[str] | None, k: int) -> list[Found]:
        """The best of a span: of those worth it where very many match, unless they are fewer than are wanted."""
        first, last = span
        worth = self._worth_ranking(words, span, k) if last - first >= MANY else None
        found = self._asked(words, worth, span, uids, k)
        return found if worth is None or len(found) >= k else self._asked(words, None, span, uids, k)

    def _asked(
        self, words: Sequence[str], worth: str | None, span: tuple[int, int], uids: Collection[str] | None, k: int
    ) -> list[Found]:
        table, (first, last) = self._table, span
        asked: dict[str, Any] = {"words": " OR ".join(words), "first": first, "last": last, "k": k}
        within = f"{table} MATCH :words AND {table}.rowid BETWEEN :first AND :last"
        if worth is not None:
            # The plus keeps SQLite from looking each of them up by itself.
            asked["worth"] = worth
            within += f" AND +{table}.rowid IN (SELECT rowid FROM {table} WHERE {table} MATCH :worth)"
        source = table
        if uids is not None:
            asked["uids"] = json.dumps(sorted(uids))
            source += f" JOIN passages AS owner ON owner.id = {table}.rowid"
            within += " AND owner.uid IN (SELECT value FROM json_each(:uids))"
        return self._database.rows(
            "SELECT uid, start_s, end_s, text, score FROM"
            f" (SELECT {table}.rowid AS number, -bm25({table}) AS score FROM {source} WHERE {within}"
            f" ORDER BY score DESC, {table}.rowid LIMIT :k) JOIN passages ON id = number",
            asked,
        )

    def _worth_ranking(self, words: Sequence[str], span: tuple[int, int], k: int) -> str | None:
        """What a passage must match to be ranked; None for any word at all."""
        counts = {word: self._count(word, span) for word in words}
        if sum(counts.values()) <= MANY:
            return None
        rare: list[str] = []
        held = 0
        for word in sorted(words, key=lambda each: counts[each]):
            if held + counts[word] > MANY:
                break
            rare.append(word)
            held += counts[word]
        if held >= 2 * k:  # one may have several of them
            return " OR ".join(rare)
        common = [word for word in words if word not in rare][:_TOGETHER]
        if len(common) == 1:
            # Its own words, not those around it, which are many more.
            return " OR ".join([*rare, f"text : {common[0]}"])
        return " OR ".join([*rare, *(f"({one} AND {other})" for one, other in combinations(common, 2))])

    def _count(self, word: str, span: tuple[int, int]) -> int:
        """How many passages of a span have a word; one more than MANY stands for any larger number."""
        counted = f"SELECT 1 FROM {self._table} WHERE {self._table} MATCH ? AND rowid BETWEEN ? AND ? LIMIT ?"
        return int(self._database.value(f"SELECT count(*) FROM ({counted})", (word, *span, MANY + 1)))
