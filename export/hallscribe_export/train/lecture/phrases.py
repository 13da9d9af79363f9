"""Noun phrases put together from a noun and what can follow it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

_ARTICLE = re.compile(r"^(an?|the)\s+")
_PEOPLE = re.compile(r"\b(someone|somebody|person|people|speaker|lecturer|teacher|professor|presenter|hand)(?![-'\w])")
_ANY_BOARD = re.compile(r"\b\w*board\b")
_BOARD = re.compile(r"\b(the|an?) (\w+ )?\w*board$")
_COUNTS = re.compile(r"^(two|three|four|five|six|seven|eight|nine|ten|several|many|some|a few|people)\b")
# What ends the head of a noun: "bullet points | on a slide".
_AFTER_HEAD = re.compile(r"\s(of|with|without|in|on|at|by|from|for|about|that|which|being|and|\w+ing)\b")
_HAS = re.compile(r"^(with|that has|that have|which has|having|and)\s+(?!nothing\b)")
_WITHOUT = re.compile(r"^without (an?|the|any) |^without ")
_CLAUSE = re.compile(r"^(that|which|who)\s+")
_WHOSE = re.compile(r"^(whose|in which)\b")
_OF = re.compile(r"^(of|about)\b")
_PLACE = re.compile(
    r"^(on|at|against|under|over|above|below|next|beside|behind|before|across|inside|together|in (the|an?))\b"
)
_VIEW = re.compile(
    r"^((seen|filmed|viewed|recorded|photographed|captured|taken|shot|through|while|as)\b"
    r"|from .*\b(hall|room|back|front|side|seats?|rows?|balcony)\b|in an? .*\b(hall|room)\b)"
)
_SLIDE_WITH = re.compile(r"^an? (slide|page) with ")
_SOURCE = re.compile(r"^from .*\b(lecture|talk|course|class|session)\b")
_SETTING = re.compile(r"\bon an? .*\b(background|slide|panel)\b")
_IRREGULAR = {"has": "have", "is": "are", "was": "were", "does": "do", "goes": "go"}


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """What is looked for or shown.

    Attributes:
        text: with the noun's article ("a bar chart with three groups").
        bare: without it ("bar chart with three groups"), as people type it.
        plural: whether its verb is "are".
        person: whether it is someone doing something, not a thing that is shown.
        noun: the noun alone, as given.
    """

    text: str
    bare: str
    plural: bool
    person: bool
    noun: str


def noun_phrase(noun: str, modifiers: Sequence[str]) -> NounPhrase:
    """Put modifiers ("with three groups", "on a dark background") after a noun, in an order that reads well."""
    person, many = is_person(noun), is_plural(noun)
    text = _an(noun + _tail(noun, modifiers, many, person))
    return NounPhrase(text, _ARTICLE.sub("", text), many, person, noun)


def keywords(noun: str, modifiers: Sequence[str]) -> str:
    """The same as someone in a hurry types it: "bar chart, three groups, dark background"."""
    short = [_ARTICLE.sub("", _keyword(phrase)) for phrase in modifiers]
    return _an(", ".join([_ARTICLE.sub("", noun), *short]))


def is_person(noun: str) -> bool:
    """Whether a noun is someone, or someone doing something."""
    return bool(_PEOPLE.search(head(noun)))


def is_at_board(noun: str) -> bool:
    """Whether it ends in a board, of which something more can be said: "someone writing on a blackboard"."""
    return bool(_BOARD.search(noun))


def beside(noun: str, person: str) -> str:
    """Someone beside a thing, which is not named again: "someone writing on it" after "a blackboard"."""
    someone = _SLIDE_WITH.sub("", person)
    return _BOARD.sub("it", someone) if _ANY_BOARD.search(noun) else someone


def is_plural(noun: str) -> bool:
    """Whether "are" follows it: "bullet points", "two columns of text"; not "a list", "source code"."""
    if re.match(r"^an? (?!few\b)", noun):
        return False
    return bool(_COUNTS.match(noun)) or (head(noun).endswith("s") and not head(noun).endswith(("ss", "us", "is")))


def has_person(noun: str) -> bool:
    """Whether a person is at least a part of it: "a small picture of the speaker in a corner"."""
    return is_person(noun) or bool(re.search(r"\bthe (speaker|lecturer)\b", noun))


def is_setting(modifier: str) -> bool:
    """Whether it names a background at all, so that no second one is needed: "in a box on a dark slide"."""
    return bool(_SETTING.search(modifier))


def is_view(modifier: str) -> bool:
    """Whether it says how the picture was taken: "filmed from the back of the hall"."""
    return bool(_VIEW.match(modifier))


def owned(modifier: str) -> str:
    """What is had: "three bars" of "with three bars"; of what says no such thing all of it."""
    return _HAS.sub("", modifier)


def head(noun: str) -> str:
    """The noun without its article and what follows it: "bar chart" of "a bar chart with stacked bars"."""
    return _ARTICLE.sub("", _AFTER_HEAD.split(noun, maxsplit=1)[0])


def repeats(noun: str, modifier: str) -> bool:
    """Whether a noun's own words come again in what follows it: "bullet points" before "with five bullet points"."""
    said = set(re.findall(r"[a-z]{4,}", noun)) - {"with", "that"}
    return bool(said & set(re.findall(r"[a-z]{4,}", modifier))) or head(noun) in modifier


def listed(items: Sequence[str]) -> str:
    """Name things one after the other: "a, b and c"."""
    *others, last = sorted(items, key=_weight)
    if not others:
        return last
    return f"{', '.join(others)} {'as well as' if ' and ' in last else 'and'} {last}"


def _weight(item: str) -> tuple[bool, bool, bool, bool, int]:
    return " and " in item, "," in item, bool(_PEOPLE.search(item)), item.startswith("no "), len(item)


def _keyword(phrase: str) -> str:
    return re.sub(r"^(with|and|that (has|have|is|are)|that|which (has|is)|on(?= an? .*background))\s", "", phrase)


def _agreeing(text: str, many: bool) -> str:
    """A clause's verb and its pronouns, for a noun in the plural: "has grid lines behind it" to "have ... them"."""
    if not many:
        return text
    return re.sub(r"\bit\b", "them", re.sub(r"\bits\b", "their", text))


def _verb(clause: str, many: bool) -> str:
    verb, _, rest = clause.partition(" ")
    if many and verb.endswith("s"):
        verb = _IRREGULAR.get(verb, verb[:-1])
    return f"{verb} {rest}".strip()


def _an(text: str) -> str:
    """The article that the next sound asks for, where a phrase was made with any colour: "an orange box"."""
    return re.sub(r"\ba (?=[aeio](?!ne\b|ne-|nce))", "an ", text)


def _kind_of(modifier: str) -> str:
    """Where in the phrase it stands; the names are in that order."""
    matches = {
        "of": _OF.match(modifier),
        "has": _HAS.match(modifier),
        "without": _WITHOUT.match(modifier),
        "clause": _CLAUSE.match(modifier),
        "whose": _WHOSE.match(modifier),
        "source": _SOURCE.match(modifier),
        "view": _VIEW.match(modifier),
        "place": _PLACE.match(modifier),
    }
    return next((kind for kind, match in matches.items() if match), "loose")


def _tail(noun: str, modifiers: Sequence[str], many: bool, person: bool) -> str:
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for modifier in modifiers:
        kinds[_kind_of(modifier)].append(_agreeing(modifier, many and not is_at_board(noun)))
    tail = "".join(f" {phrase}" for phrase in kinds["of"])
    if kinds["loose"]:
        tail += (", " if person else " ") + " and ".join(kinds["loose"])
    tail += _belongings(noun, kinds, many)
    for number, phrase in enumerate(kinds["place"]):
        tail += (", " if number or (person and not tail) else " ") + phrase
    for phrase in kinds["view"]:
        tail += (", " if tail or person else " ") + phrase
    return tail + "".join(f" {phrase}" for phrase in kinds["source"])


def _belongings(noun: str, kinds: dict[str, list[str]], many: bool) -> str:
    """All that says what a thing has or does: one "with", or one "that", for everything."""
    has = [_HAS.sub("", phrase) for phrase in kinds["has"]]
    if has or len(kinds["without"]) > 1:
        has += [_WITHOUT.sub("no ", phrase) for phrase in kinds["without"]]
    without = "" if has else "".join(f" {phrase}" for phrase in kinds["without"])
    whose = " and ".join(kinds["whose"])
    verbs = [_verb(_CLAUSE.sub("", clause), many) for clause in kinds["clause"]]
    compound = bool(re.search(r"\b(with|in|beside)\b", noun))
    having = bool(has) and all(_CLAUSE.match(phrase) for phrase in kinds["has"])
    as_clause = bool(verbs) or (having and not compound and not whose)
    if as_clause:
        verbs += [f"{'have' if many else 'has'} {listed(has)}"] if has else []
        which = ", which" if compound else " that"
        return f"{without}{which} {' and '.join(verbs)}" + (f" and {whose}" if whose else "")
    tail = without + (f" {whose}" if whose else "")
    if not has:
        return tail
    if is_person(noun) and is_at_board(noun):
        return f"{tail} with {listed(has)}"
    if (
        re.search(r"\bwith\b", noun)
        and not (whose or kinds["loose"])
        and not re.search(r"\b(and|that|which)\b|,", noun)
    ):
        return f"{tail} and {listed(has)}" if len(has) == 1 else f"{tail}, {listed(has)}"
    apart = whose or is_person(noun) or re.search(r"\b(that|which|and|with|where)\b|,", noun)
    return f"{tail}{',' if apart else ''} with {listed(has)}"
