"""Which facts go into one sentence together, and the sentence's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random

from hallscribe_export.train.lecture.page import NOUN, Fact, Split, Topic
from hallscribe_export.train.lecture.phrases import (
    beside,
    has_person,
    is_at_board,
    is_setting,
    is_view,
    keywords,
    noun_phrase,
    owned,
    repeats,
)
from hallscribe_export.train.lecture.speech import about
from hallscribe_export.train.lecture.templates import worded

_TOPIC_SHARE, _KEYWORDS_SHARE = 0.2, 0.08
# The last wording of a fact that has so many is kept for the test split.
_HELD_OUT = 3
# How often phrases are drawn anew before a word that comes twice is put up with.
_DRAWS = 5


@dataclass(frozen=True, slots=True)
class Wording:
    """A sentence, and the phrases of facts that are in it."""

    text: str
    phrases: tuple[str, ...]


def nouns(facts: Sequence[Fact]) -> list[Fact]:
    """The facts that say what is shown."""
    return [fact for fact in facts if fact.key == NOUN]


def phrases(fact: Fact, split: Split) -> tuple[str, ...]:
    """The wordings that a split may use; the last of three or more only the test split."""
    return fact.phrases if split == "test" or len(fact.phrases) < _HELD_OUT else fact.phrases[:-1]


def can_follow(noun: Fact, fact: Fact) -> bool:
    """Whether a fact can be said of a noun.

    A person is filmed from the back of the hall, but has no three bars; someone at a board has what is on it; and a
    thing may have a person beside it.
    """
    if has_person(noun.phrases[0]):
        on_board = is_at_board(noun.phrases[0]) and fact.phrases[0].endswith(" on it")
        return fact.key != NOUN and (on_board or is_view(fact.phrases[0]))
    if fact.key == NOUN:
        return has_person(fact.phrases[0])
    # A film has no film on its left.
    same = fact.key.split()[0] == noun.value.split()[-1]
    return not same and owned(fact.phrases[0]) not in noun.phrases[0]


def together(facts: Sequence[Fact]) -> bool:
    """Whether facts can be said in one breath: no two about the same part, or the ground behind it all."""
    about_same = ["speaker" if fact.key == NOUN else fact.key.split()[0] for fact in facts]
    return len(set(about_same)) == len(facts) and sum(any(map(is_setting, fact.phrases)) for fact in facts) <= 1


def chosen(rng: Random, noun: Fact, facts: Sequence[Fact], count: int) -> list[Fact]:
    """Up to ``count`` facts to say of a noun."""
    found: list[Fact] = []
    for fact in rng.sample(list(facts), len(facts)):
        if len(found) < count and can_follow(noun, fact) and together([*found, fact]):
            found.append(fact)
    return found


def said(rng: Random, noun: Fact, others: Sequence[Fact], split: Split, topic: Topic | None = None) -> Wording:
    """Say facts in one of many ways, now and then with the topic where there is one."""
    named, of_others = _drawn(rng, noun, others, split)
    following = _following(named, others, of_others)
    used = (named, *of_others)
    if others and rng.random() < _KEYWORDS_SHARE:
        return Wording(keywords(named, following), used)
    if topic is not None and rng.random() < _TOPIC_SHARE:
        following.append(about(rng, named, topic, split))
    return Wording(worded(rng, noun_phrase(named, following), split), used)


def _drawn(rng: Random, noun: Fact, others: Sequence[Fact], split: Split) -> tuple[str, list[str]]:
    """A phrase for each fact, drawn again where they say a word twice, or "with" too often."""
    for _ in range(_DRAWS):
        of_others = [rng.choice(phrases(fact, split)) for fact in others]
        things = [words for fact, words in zip(others, of_others, strict=True) if fact.key != NOUN]
        named = naming(rng, noun, things, split)
        parts = [named, *_following(named, others, of_others)]
        withs = sum(words.split().count("with") for words in parts if not words.startswith("with "))
        if withs <= 1 and not any(repeats(one.removeprefix("with "), other) for one, other in combinations(parts, 2)):
            break
    return named, of_others


def _following(named: str, others: Sequence[Fact], of_others: Sequence[str]) -> list[str]:
    """What stands after the noun; someone is with it."""
    return [
        f"with {beside(named, words)}" if fact.key == NOUN else words
        for fact, words in zip(others, of_others, strict=True)
    ]


def naming(rng: Random, noun: Fact, following: Sequence[str], split: Split) -> str:
    """The noun in words that what follows does not say again: no "bullet points with five bullet points"."""
    known = phrases(noun, split)
    return rng.choice([words for words in known if not any(repeats(words, phrase) for phrase in following)] or known)
