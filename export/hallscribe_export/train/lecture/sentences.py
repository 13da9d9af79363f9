"""Facts as sentences: captions, what a lecturer says, and questions with the frames that answer them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random

from hallscribe_export.train.lecture.page import NOUN, Fact, Split, Topic
from hallscribe_export.train.lecture.phrases import has_person, noun_phrase
from hallscribe_export.train.lecture.speech import remark
from hallscribe_export.train.lecture.wording import can_follow, chosen, naming, nouns, phrases, said, together

# How many facts are said of the noun, and how often out of ten.
_OTHERS = (0, 0, 1, 1, 1, 1, 2, 2, 2, 3)
_MOST_OTHERS = 3
# The first kind is the most special one, and named as often as so many of the others together.
_FIRST = 2


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that is true of a picture.

    Attributes:
        facts: ``fact_id`` of all that it states; it is true of every picture that has them all.
    """

    text: str
    facts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Query:
    """A question and its answers.

    Attributes:
        facts: ``fact_id`` of all that it asks for.
        frames: indices of the frames it is true of, ascending.
    """

    text: str
    facts: frozenset[str]
    frames: tuple[int, ...]


# A noun, and what is said of it.
_Combination = tuple[Fact, ...]


def fact_id(fact: Fact) -> str:
    """The fact as "key=value"."""
    return f"{fact.key}={fact.value}"


def sentences(rng: Random, facts: Sequence[Fact], topic: Topic, split: Split, count: int) -> list[Sentence]:
    """Say what is true of a picture in ``count`` ways; some name the topic as well, which is no fact of a picture.

    Each states one of the kinds and up to three other facts. Raises ValueError when there is no kind among the facts.
    """
    kinds = nouns(facts)
    if not kinds:
        raise ValueError("nothing to speak of: no fact says what is shown")
    made = []
    for _ in range(count):
        noun = rng.choice([*[kinds[0]] * _FIRST, *kinds[1:]])
        others = chosen(rng, noun, facts, rng.choice(_OTHERS))
        text = said(rng, noun, others, split, topic).text
        made.append(Sentence(text, frozenset(map(fact_id, [noun, *others]))))
    return made


def spoken(rng: Random, page_words: Sequence[str], topic: Topic, facts: Sequence[Fact], split: Split) -> str:
    """A sentence or two as a lecturer says them, about the subject and, in most, about what is shown."""
    things = [fact for fact in nouns(facts) if not has_person(fact.phrases[0])]
    shown = None
    if things:
        noun = rng.choice(things)
        others = [fact for fact in chosen(rng, noun, facts, rng.choice((0, 1, 1, 2))) if fact.key != NOUN]
        following = [rng.choice(phrases(fact, split)) for fact in others]
        shown = noun_phrase(naming(rng, noun, following, split), following)
    return remark(rng, page_words, topic, shown, split)


def queries(
    rng: Random,
    frames_facts: Sequence[Sequence[Fact]],
    count: int,
    least: int = 1,
    most: int = 5,
    split: Split = "test",
) -> list[Query]:
    """Ask ``count`` different questions, each true of ``least`` to ``most`` of the frames.

    Each is a noun and up to three other facts, as few as will do, spread evenly over the nouns. It is true of the
    frames that have these facts; where other frames have facts that are said in the same words, or one of the frames
    says the fact in other words only, it is not asked. Raises ValueError when the frames have not as many combinations
    of facts.
    """
    had = [set(map(fact_id, facts)) for facts in frames_facts]
    spoken_of = [{words for fact in facts for words in fact.phrases} for facts in frames_facts]
    asked: list[Query] = []
    for key, combination in _candidates(rng, frames_facts, most):
        if len(asked) == count:
            break
        wording = said(rng, combination[0], combination[1:], split)
        frames = tuple(index for index, facts in enumerate(had) if key <= facts)
        worded_so = tuple(index for index, words in enumerate(spoken_of) if words.issuperset(wording.phrases))
        if frames == worded_so and least <= len(frames) <= most:
            asked.append(Query(wording.text, key, frames))
    if len(asked) < count:
        raise ValueError(f"only {len(asked)} combinations of facts are true of {least} to {most} frames, not {count}")
    return asked


def _candidates(
    rng: Random, frames_facts: Sequence[Sequence[Fact]], most: int
) -> Iterator[tuple[frozenset[str], _Combination]]:
    """Combinations that few frames have, those that need all of their facts for it before those with a fact more."""
    having: defaultdict[frozenset[str], int] = defaultdict(int)
    meant: dict[frozenset[str], _Combination] = {}
    for facts in frames_facts:
        found = {frozenset(map(fact_id, combination)): combination for combination in _combinations(facts)}
        for key in found:
            having[key] += 1
        meant = found | meant
    rare = {key for key, frames in having.items() if frames <= most}
    padded = {key for key in rare if any(key - {fact} in rare for fact in key)}
    for keys in (rare - padded, padded):
        yield from ((key, meant[key]) for key in _spread(rng, keys, meant))


def _combinations(facts: Sequence[Fact]) -> Iterator[_Combination]:
    for noun in nouns(facts):
        others = [fact for fact in dict.fromkeys(facts) if can_follow(noun, fact)]
        for size in range(_MOST_OTHERS + 1):
            yield from ((noun, *some) for some in combinations(others, size) if together(some))


def _spread(
    rng: Random, keys: Iterable[frozenset[str]], meant: dict[frozenset[str], _Combination]
) -> list[frozenset[str]]:
    """A key of each noun in turn, the short ones of a noun first."""
    of_noun: defaultdict[str, list[frozenset[str]]] = defaultdict(list)
    for key in sorted(keys, key=sorted):
        of_noun[meant[key][0].value].append(key)
    ranked = []
    for noun in sorted(of_noun):
        shuffled = sorted(rng.sample(of_noun[noun], len(of_noun[noun])), key=len)
        ranked += [(rank, rng.random(), key) for rank, key in enumerate(shuffled)]
    return [key for _, _, key in sorted(ranked, key=lambda entry: entry[:2])]
