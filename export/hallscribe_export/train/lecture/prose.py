"""Words for slides: titles, phrases and sentences made of a topic's terms and common words."""

from __future__ import annotations

from random import Random

from hallscribe_export.train.lecture.page import Topic

_TITLES = (
    "{A}", "What is {a}?", "{A} and {b}", "{Q} of {a}", "Why {a} matters", "An introduction to {a}",
    "{A} in practice", "From {a} to {b}", "Measuring {q}", "{A}: an overview", "The role of {a}",
    "{Q} and {q2}", "How {a} works", "Problems with {a}", "{A}, continued", "Results for {a}",
)  # fmt: skip
_PHRASES = (
    "{a} and {b}", "more {q}", "{a} before {b}", "no {a} without {b}", "{q} of the {a}", "how {a} changes",
    "when {b} is missing", "two kinds of {a}", "{a} by hand", "low {q}, high {q2}", "{a} first, then {b}",
    "a simple {a}", "{q} over time", "the usual {a}", "limits of {b}", "{a} for {n}",
)  # fmt: skip
_SENTENCES = (
    "The {q} of {a} depends on the {b} that we choose.",
    "We begin with {a} and add {b} in a second step.",
    "In most cases {a} is easier to see than {b}.",
    "Nobody measured {q} here before {a} was understood.",
    "If {a} grows, the {q} falls and the {b} follows.",
    "There is no simple rule that joins {a} to {b}.",
    "Both {n} and {n2} show the same {q} after a while.",
    "A small change of {q} is enough to lose the {a}.",
    "It took many years until {b} was part of {a}.",
    "Compare {n} with {n2}: their {q} is not the same.",
    "What is left of {a} can be kept for later use.",
    "The first results about {a} came from a study of {b}.",
    "Think of {a} as a kind of {b} with less {q}.",
    "Only the {q2} tells us whether the {a} is sound.",
)  # fmt: skip
_SURNAMES = (
    "Alder", "Brandt", "Castell", "Dorn", "Egger", "Falk", "Garrow", "Hollis", "Ivers", "Joss", "Kerrin", "Lund",
    "Marten", "Novak", "Orsini", "Pell", "Quist", "Rowe", "Stroud", "Tamm", "Ullman", "Voss", "Wyatt", "Yarrow",
)  # fmt: skip


def _filled(rng: Random, pattern: str, topic: Topic) -> str:
    a, b = rng.sample(topic.terms, 2)
    q, q2 = (rng.sample(topic.quantities, 2) if len(topic.quantities) > 1 else topic.quantities * 2)[:2]
    n, n2 = (rng.sample(topic.names, 2) if len(topic.names) > 1 else topic.names * 2)[:2]
    return pattern.format(a=a, b=b, q=q, q2=q2, n=n, n2=n2, A=capital(a), Q=capital(q))


def capital(words: str) -> str:
    """The words with their first letter as a capital."""
    return words[:1].upper() + words[1:]


def title(rng: Random, topic: Topic) -> str:
    """A slide's title."""
    return _filled(rng, rng.choice(_TITLES), topic)


def phrase(rng: Random, topic: Topic) -> str:
    """A few words, such as a point of a list."""
    return capital(_filled(rng, rng.choice(_PHRASES), topic))


def sentence(rng: Random, topic: Topic) -> str:
    """A whole sentence."""
    return capital(_filled(rng, rng.choice(_SENTENCES), topic))


def sentences(rng: Random, topic: Topic, count: int) -> str:
    """Some sentences after each other."""
    return " ".join(sentence(rng, topic) for _ in range(count))


def term(rng: Random, topic: Topic) -> str:
    """One of the topic's terms, with a capital."""
    return capital(rng.choice(topic.terms))


def terms(rng: Random, topic: Topic, count: int) -> list[str]:
    """Different terms, with capitals; ``count`` is at most the number that the topic has."""
    return [capital(each) for each in rng.sample(topic.terms, count)]


def surname(rng: Random) -> str:
    """An invented author's name."""
    return rng.choice(_SURNAMES)


def identifier(rng: Random, topic: Topic) -> str:
    """A name as programmers write it."""
    words = "".join(each if each.isalnum() and each.isascii() else " " for each in rng.choice(topic.terms)).split()
    return "_".join(words[-2:]).lower()[:14].strip("_") or "value"
