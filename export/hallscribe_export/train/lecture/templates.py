"""What people say and type around a noun phrase; some of it is kept for the test split."""

from __future__ import annotations

import re
from functools import cache
from random import Random

from hallscribe_export.train.lecture.page import Split
from hallscribe_export.train.lecture.phrases import NounPhrase

# Fields: np the phrase with its article, bare without, the with "the" in its place; is, was, this agree with it.
_PLAIN = ("{bare}", "{bare}", "{bare}", "{np}", "{np}", "{np}")
_ANY = (
    "here you can see {np}",
    "here we see {np}",
    "this picture shows {np}",
    "at this moment there {is} {np}",
    "when do we see {np}?",
    "when did we see {np}?",
    "where do I see {np}?",
    "where is the part with {np}?",
    "find {np}",
    "find the moment with {np}",
    "show me the moment with {np}",
    "search for {np}",
    "the part of the lecture with {np}",
    "take me to the part with {np}",
    "a frame with {np}",
    "the moment when we see {np}",
    "find the part that shows {np}",
)
_SHOWN = (
    "on this slide we have {np}",
    "on this slide you can see {np}",
    "so what I am showing here is {np}",
    "{this} {np}",
    "let us look at {np}",
    "now we look at {the}",
    "on the screen there {is} {np}",
    "the lecturer shows {np}",
    "and here I have put up {np}",
    "where did she show {np}?",
    "when did he show {np}?",
    "when {was} {np} shown?",
    "when {was} {the} on the screen?",
    "which slide has {np}?",
    "which slides show {np}?",
    "find the {bare}",
    "find the slide with {np}",
    "show me the slide with {np}",
    "show me the {bare}",
    "the slide with {np}",
    "a slide with {np}",
    "the slide that shows {np}",
    "show me the slide that has {np}",
    "jump to the {bare}",
)
_ANY_TEST = (
    "I am looking for {np}",
    "at what point do we see {np}?",
    "can you find {np}?",
    "bring up the moment with {np}",
    "go to the place with {np}",
    "was there a moment with {np}?",
    "somewhere we got to see {np}",
    "what we get to see now is {np}",
)
_SHOWN_TEST = (
    "that slide with {np}",
    "which page contains {np}?",
    "when did the speaker put up {np}?",
    "at what time {was} {np} on the screen?",
    "where in the talk {is} {the}?",
    "I would like to see the {bare} again",
    "as you can tell from the slide, we have {np}",
    "in which part did they present {np}?",
)
# A thing that is a slide or a room itself is not "on this slide".
_NO_SLIDE = re.compile(r"\b(slide|page|screen|board|blackboard|whiteboard|chalkboard|room|hall|camera|video|film)s?\b")
# A longer phrase, or one with a comma in it, stands at the end of a sentence only.
_LONGEST_INSIDE = 60


def worded(rng: Random, phrase: NounPhrase, split: Split) -> str:
    """Say a phrase in one of many ways."""
    shown = not phrase.person and not _NO_SLIDE.search(phrase.text)
    fitting = [template for template in _templates(split, shown) if _fits(template, phrase)]
    return rng.choice(fitting).format_map(_fields(phrase))


@cache
def _templates(split: Split, shown: bool) -> tuple[str, ...]:
    found = _PLAIN + _ANY + (_SHOWN if shown else ())
    return found + 2 * (_ANY_TEST + (_SHOWN_TEST if shown else ())) if split == "test" else found


def _fits(template: str, phrase: NounPhrase) -> bool:
    inside = not template.endswith(("{np}", "{bare}", "{the}", "{np}?", "{bare}?", "{the}?"))
    if inside and ("," in phrase.text or len(phrase.text) > _LONGEST_INSIDE):
        return False
    if "with {np}" in template and " with " in phrase.text:
        return False
    if "is {np}" in template and phrase.plural:
        return False
    return "the {bare}" not in template or phrase.text != phrase.bare


def _fields(phrase: NounPhrase) -> dict[str, str]:
    many = phrase.plural
    definite = phrase.text if phrase.person or phrase.text == phrase.bare else f"the {phrase.bare}"
    verbs = {"is": "are", "was": "were", "this": "these are"} if many else {"is": "is", "was": "was", "this": "this is"}
    return {"np": phrase.text, "bare": phrase.bare, "the": definite, **verbs}
