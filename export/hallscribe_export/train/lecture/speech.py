"""What a lecturer says about the subject while a page is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from hallscribe_export.train.lecture.page import Split, Topic
from hallscribe_export.train.lecture.phrases import NounPhrase

_OF_DATA = re.compile(r"\b(chart|graph|plot|histogram|curve|table|heat map|scatter)s?\b")
# What can be about a subject; a bridge, or a chart with bars lying on their side, cannot be so in few words.
_OF_SUBJECT = re.compile(r"\b(slide|page|list|diagram|timeline|mind map|hierarchy|equation|text|points|quotation)s?\b")
_COMPOUND = re.compile(r"\b(with|that|blank|empty|divider|beside|each)\b")
_SHORTEST, _LONGEST = 6, 48
_FROM = ("from the lecture on {topic}", "from a talk on {topic}", "from the course on {topic}")
_FROM_TEST = ("from the {topic} class", "from today's session on {topic}")
_OPENINGS = (
    "Now we come to the next point, {word}.",
    "Let me say a few words on {word}.",
    "What you should remember is the keyword {word}.",
    "The heading says {word}.",
    "So, {word}, that is where we are now.",
    "In {topic}, the term {word} comes up again and again.",
    "We compared {name} with {other}, and looked at {quantity}.",
    "How does {quantity} compare between {name} and {other}?",
    "The question is what {quantity} can tell us about {word}.",
    "This part of {topic} is about {word}, {second} and related ideas.",
)
_OPENINGS_TEST = (
    "Moving on to {word}, then.",
    "I wrote down {word} here, because students of {topic} often ask about it.",
    "For {name} we measured {quantity} twice, for {other} only once.",
    "Keep {word} and {second} apart in your minds.",
)
_SHOWN = (
    "Here you can see {np}.",
    "On the screen there {is} {np}.",
    "To show you this, I have brought {np}.",
    "Please have a look at {the}.",
    "I am showing you {np}.",
    "And this is easier to see with {np}.",
)
_SHOWN_TEST = (
    "I hope everybody can see {the}.",
    "To make it clear I prepared {np}.",
    "Next you get to see {np}.",
)
# Shares of what can be said to be about something, and of remarks that do not speak of the page.
_ABOUT_SHARE, _SILENT_SHARE = 0.6, 0.3


def about(rng: Random, noun: str, topic: Topic, split: Split) -> str:
    """The topic as something that can follow a noun: "about rainfall", "from the lecture on geology"."""
    data, subject = _OF_DATA.search(noun), _OF_SUBJECT.search(noun)
    if (data or subject) and not _COMPOUND.search(noun) and rng.random() < _ABOUT_SHARE:
        return f"about {rng.choice(topic.quantities) if data else topic.name}"
    return rng.choice(_FROM + (_FROM_TEST if split == "test" else ())).format(topic=topic.name)


def remark(rng: Random, page_words: Sequence[str], topic: Topic, shown: NounPhrase | None, split: Split) -> str:
    """One or two sentences with words of the page, or of the topic where it has none that can be said."""
    sayable = [words for words in page_words if _can_be_said(words)]
    word, second = rng.sample(sayable, 2) if len(set(sayable)) > 2 else rng.sample(topic.terms, 2)
    name, other = rng.sample(topic.names, 2)
    test = split == "test"
    opening = rng.choice(_OPENINGS + (_OPENINGS_TEST if test else ())).format(
        word=word, second=second, name=name, other=other, quantity=rng.choice(topic.quantities), topic=topic.name
    )
    opening = opening[0].upper() + opening[1:]
    if shown is None or rng.random() < _SILENT_SHARE:
        return opening
    definite = shown.text if shown.text == shown.bare else f"the {shown.bare}"
    seen = rng.choice(_SHOWN + (_SHOWN_TEST if test else ())).format_map(
        {"np": shown.text, "the": definite, "is": "are" if shown.plural else "is"}
    )
    return f"{opening} {seen}"


def _can_be_said(words: str) -> bool:
    """A few words, not a line of code, a formula or a whole paragraph."""
    return _SHORTEST <= len(words) <= _LONGEST and re.fullmatch(r"[A-Za-z][A-Za-z' -]*[a-z]", words) is not None
