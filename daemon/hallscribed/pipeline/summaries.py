"""Summing up a segment in sentences of its own.

Centrality as in LexRank (Erkan, Radev 2004): a sentence counts by the sentences that resemble it, weighted by how rare
their words are here; chosen one by one by maximal marginal relevance (Carbonell, Goldstein 1998), so that none says
what another has said. Deterministic, no model.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from hallscribed.pipeline.sentences import Sentence, spoken, written

MAX_CHARACTERS = 400
_MAX_SENTENCES = 400
_DAMPING = 0.85
_ROUNDS = 50
# Share of relevance against novelty.
_RELEVANCE = 0.7
_TOO_ALIKE = 0.6
_FEWEST_WORDS = 4
_TITLE_WEIGHT = 0.3

# Words that say nothing about a subject. English only; in other languages the weighting by rarity does most of it.
_STOP_WORDS = """
    a about actually after again all also am an and any are as at basically be because been before being but by can
    could did do does doing don't down each few for from further get go going gonna got had has have having he her
    here hers him his how i i'd i'll i'm i've if in into is it it's its just kind know let let's like lot me mean
    more most my no nor not now of off okay on once only or other our out over own please really right s same she
    should so some something sort such t than thank thanks that that's the their them then there there's these they
    they're thing things this those through to too um uh under until up us very want was we we'll we're we've well
    were what when where which while who whom why will with would yeah yes you you'll you're your
"""
_STOP = frozenset(_STOP_WORDS.split())


def summarise(title: str, page_text: str, speech: str, sentences: int = 3) -> str:
    """Up to ``sentences`` sentences that stand for a segment, in the order in which they came, written ones first.

    Args:
        title: of the slide; what resembles it counts more, and it is not repeated.
        page_text: lines of the slide.
        speech: what was said meanwhile; punctuation is not needed.
        sentences: at most so many.

    Returns:
        At most ``MAX_CHARACTERS`` characters; "" when there is nothing to choose from.
    """
    found = _spread(_distinct([*written(page_text, title), *spoken(speech)]))
    if not found or sentences < 1:
        return ""
    telling = [n for n, one in enumerate(found) if len(one.words) >= _FEWEST_WORDS] or list(range(len(found)))
    vectors = _vectors(found, title)
    likeness = vectors[:-1] @ vectors[:-1].T
    relevance = _centrality(likeness) + _TITLE_WEIGHT * (vectors[:-1] @ vectors[-1])
    chosen = _choose(found, telling, relevance, likeness, sentences)
    return " ".join(_ended(found[n].text) for n in sorted(chosen))


def _choose(
    found: Sequence[Sentence],
    telling: Sequence[int],
    relevance: NDArray[np.float64],
    likeness: NDArray[np.float64],
    sentences: int,
) -> list[int]:
    """Maximal marginal relevance within the room there is; a first sentence too long for it is cut."""
    scale = float(relevance.max()) or 1.0
    chosen: list[int] = []
    room = MAX_CHARACTERS
    left = list(telling)
    while left and len(chosen) < sentences:
        said = {n: max((float(likeness[n, other]) for other in chosen), default=0.0) for n in left}
        best = max(left, key=lambda n: (_RELEVANCE * relevance[n] / scale - (1 - _RELEVANCE) * said[n], -n))
        left.remove(best)
        needs = min(len(_ended(found[best].text)), MAX_CHARACTERS) + bool(chosen)
        if said[best] <= _TOO_ALIKE and needs <= room:
            chosen.append(best)
            room -= needs
    return chosen


def _centrality(likeness: NDArray[np.float64]) -> NDArray[np.float64]:
    """The stationary distribution of a walk along likeness, float64 (N,), scaled so that its largest is 1."""
    count = len(likeness)
    edges = likeness - np.diag(np.diag(likeness))
    degrees = edges.sum(axis=1, keepdims=True)
    steps = np.where(degrees > 0, edges / np.where(degrees > 0, degrees, 1), 1 / count)
    rank = np.full(count, 1 / count)
    for _ in range(_ROUNDS):
        rank = (1 - _DAMPING) / count + _DAMPING * rank @ steps
    return np.asarray(rank / rank.max(), np.float64)


def _vectors(found: Sequence[Sentence], title: str) -> NDArray[np.float64]:
    """Rows of unit length (or zero), float64 (N + 1, words), words weighted by rarity; the last one is the title's."""
    texts = [_terms(one.words) for one in found] + [_terms(word for one in written(title, "") for word in one.words)]
    spread = Counter(term for terms in texts for term in terms)
    place = {term: number for number, term in enumerate(sorted(spread))}
    matrix = np.zeros((len(texts), max(1, len(place))))
    for row, terms in enumerate(texts):
        for term, count in terms.items():
            matrix[row, place[term]] = (1 + math.log(count)) * math.log(1 + len(texts) / spread[term])
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.asarray(matrix / np.where(norms > 0, norms, 1), np.float64)


def _terms(words: Iterable[str]) -> Counter[str]:
    """Words that say something, without the endings of number."""
    return Counter(
        word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word
        for word in words
        if word not in _STOP and (len(word) > 1 or not word.isascii())
    )


def _distinct(found: Sequence[Sentence]) -> list[Sentence]:
    seen: set[tuple[str, ...]] = set()
    kept = []
    for one in found:
        if one.words not in seen:
            seen.add(one.words)
            kept.append(one)
    return kept


def _spread(found: list[Sentence]) -> list[Sentence]:
    """No more than can be held against each other, from all of a long speech."""
    if len(found) <= _MAX_SENTENCES:
        return found
    return [found[number * len(found) // _MAX_SENTENCES] for number in range(_MAX_SENTENCES)]


def _ended(text: str) -> str:
    """With its full stop, and cut at a word where it is longer than a summary may be."""
    text = text.rstrip(",;、 ")
    if len(text) > MAX_CHARACTERS - 1:
        text = text[: MAX_CHARACTERS - 1].rsplit(" ", 1)[0].rstrip(",;: ") + "…"
    return text if text.rstrip("\"'”’)")[-1:] in set(".!?…。！？:؟۔।") else f"{text}."
