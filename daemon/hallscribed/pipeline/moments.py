"""Moments: neighbouring places of one lecture become one answer, with a start to jump to and words to show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from hallscribed.domain.moment import MAX_MOMENT_S, Hit, Moment, Route
from hallscribed.pipeline.asking import telling_words
from hallscribed.pipeline.fusion import Place

MERGED_S = 30.0
MAX_SNIPPET = 200
_WORD = re.compile(r"[^\W_]+")
_ROOT_LETTERS = 5  # "codec" finds "codecs"; a snippet needs no better stemming
_BEFORE_MATCH = 3


def merge(places: Sequence[Place], k: int, words: str = "") -> list[Moment]:
    """The k best moments, best first.

    A moment starts where its best place does, since that is where the evidence is, and takes in the places that
    start less than 30 s from there; it ends with the last of them and after 90 s at most.

    Args:
        places: best first.
        words: of the query, for the snippet; "" when it was no text.
    """
    groups: dict[str, list[list[Place]]] = {}
    found: list[list[Place]] = []
    for place in places:
        nearby = groups.setdefault(place.hit.lecture_uid, [])
        group = next((group for group in nearby if abs(place.hit.start - group[0].hit.start) < MERGED_S), None)
        if group is not None:
            group.append(place)
        elif len(found) < k:
            nearby.append([place])
            found.append(nearby[-1])
    return [_moment(group, words) for group in found]


def _moment(group: Sequence[Place], words: str) -> Moment:
    first = group[0]
    start = first.hit.start
    end = max(place.hit.end for place in group if place.hit.start >= start)
    hits = _best_of_each([hit for place in group for hit in (*place.evidence, place.hit)])
    texts = [hit.text for place in group for hit in (place.hit, *place.evidence) if hit.text]
    return Moment(
        lecture_uid=first.hit.lecture_uid,
        start=start,
        end=min(end, start + MAX_MOMENT_S),
        score=first.score,
        hits=hits,
        snippet=snippet(_telling(texts, words), words),
    )


def _telling(texts: Sequence[str], words: str) -> str:
    """The best-ranked text that has any of the query's words, else the best-ranked; "" of none."""
    wanted = _wanted(words)
    return next((text for text in texts if wanted & _roots(text)), texts[0] if texts else "")


def _best_of_each(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The best-ranked hit of each route and method, best rank first."""
    best: dict[tuple[Route, str], Hit] = {}
    for hit in hits:
        known = best.get((hit.route, hit.method))
        if known is None or hit.rank < known.rank:
            best[hit.route, hit.method] = hit
    return tuple(sorted(best.values(), key=lambda hit: (hit.rank, hit.route, hit.method)))


def snippet(text: str, words: str, limit: int = MAX_SNIPPET) -> str:
    """The stretch of at most ``limit`` characters with the most of the query's words, cut between words.

    What is left out is marked by an ellipsis, which counts.
    """
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    room = limit - 2
    wanted = _wanted(words)
    spans = [match.span() for match in re.finditer(r"\S+", text)]
    roots = [_roots(text[begin:end]) & wanted for begin, end in spans]
    best, best_first, best_last = -1, 0, 0
    first = 0
    for last in range(len(spans)):
        while first < last and spans[last][1] - spans[first][0] > room:
            first += 1
        found = len(set().union(*roots[first : last + 1]))
        if found > best or (found == best and first == best_first):
            best, best_first, best_last = found, first, last
    # What explains a word stands behind it: not all of the room is for what comes before.
    match = first = next((place for place in range(best_first, best_last + 1) if roots[place]), best_first)
    while first > best_first and spans[match][0] - spans[first - 1][0] <= room // _BEFORE_MATCH:
        first -= 1
    best_first = first
    while best_last + 1 < len(spans) and spans[best_last + 1][1] - spans[best_first][0] <= room:
        best_last += 1
    begin, end = spans[best_first][0], min(spans[best_last][1], spans[best_first][0] + room)
    return ("…" if begin else "") + text[begin:end] + ("…" if end < len(text) else "")


def _wanted(words: str) -> set[str]:
    """The roots of a query's words that are worth showing."""
    return {_root(word) for word in telling_words(words)}


def _roots(text: str) -> set[str]:
    return {_root(word) for word in _WORD.findall(text)}


def _root(word: str) -> str:
    """Without case, marks and the ending of number: the index finds a word in any of these forms."""
    letters = "".join(
        sign for sign in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(sign)
    )
    single = letters[:-1] if len(letters) > _ROOT_LETTERS - 2 and letters.endswith("s") else letters
    return single[:_ROOT_LETTERS]
