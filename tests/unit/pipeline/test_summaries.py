from __future__ import annotations

import pytest

from hallscribed.pipeline.sentences import spoken, written
from hallscribed.pipeline.summaries import MAX_CHARACTERS, summarise

SPEECH = (
    "Um, so good morning. A hash table stores pairs of keys and values. The hash function turns a key into a slot "
    "of the table. When two keys fall into the same slot, we speak of a collision. Collisions are resolved by "
    "chaining, where each slot of the hash table holds a list of keys. The coffee machine on this floor is broken. "
    "A good hash function spreads the keys evenly over the table, so that collisions are rare."
)


def texts(text: str, said: bool = True) -> list[str]:
    found = spoken(text) if said else written(text, "")
    return [one.text for one in found]


@pytest.mark.parametrize(
    "text",
    [
        "See Fig. 3 for details.",
        "The error fell to 3.5 percent, i.e. by half.",
        "Prof. Dr. Noether proved it in 1918.",
        "J. R. Hacker et al. Report this in vol. 7.",
        "Python 3.11 came after 3.10, e.g. in Debian.",
    ],
)
def test_a_full_stop_need_not_end_a_sentence(text: str) -> None:
    assert texts(text) == [text]


def test_sentences_end_at_their_marks() -> None:
    assert texts('Is it so? Yes! He said "stop." Then we went. 这是第一句。这是第二句。') == [
        "Is it so?",
        "Yes!",
        'He said "stop."',
        "Then we went.",
        "这是第一句。",
        "这是第二句。",
    ]


def test_speech_without_punctuation_is_cut_into_pieces() -> None:
    words = " ".join(f"word{n}" for n in range(100))
    pieces = texts(words)
    assert all(len(piece.split()) <= 30 for piece in pieces)
    assert " ".join(piece.rstrip("…") for piece in pieces) == words


def test_lines_that_go_on_are_joined_and_code_is_left_out() -> None:
    slide = "• Keys are hashed\nto a slot\n• Lists hold collisions\nfor (int i = 0; i < n; i++) {\nreturn slot;\nhttps://example.org\n42"
    assert texts(slide, said=False) == ["Keys are hashed to a slot", "Lists hold collisions"]
    assert [one.text for one in written("Hash tables\nFast on average", "Hash tables")] == ["Fast on average"]


def test_central_sentences_are_chosen_and_quoted_in_order() -> None:
    summary = summarise("Hash tables", "", SPEECH)
    quoted = [sentence for sentence in texts(SPEECH) if sentence in summary]
    assert " ".join(quoted) == summary
    assert len(quoted) == 3
    assert "coffee" not in summary
    assert "good morning" not in summary


def test_what_was_said_once_is_not_said_again() -> None:
    twice = (
        "The hash function maps a key to a slot of the table. " * 2 + "So the hash function maps the key to a slot. "
    )
    summary = summarise("", "The hash function maps a key to a slot", twice + "Chaining keeps a list in each slot.")
    assert summary.lower().count("hash function maps") == 1
    assert "Chaining" in summary


def test_slide_and_speech_both_count() -> None:
    summary = summarise("Hash tables", "Hash tables\n• Hash tables find keys in constant time", SPEECH, sentences=4)
    assert summary.startswith("Hash tables find keys in constant time.")


@pytest.mark.parametrize(
    ("title", "page", "speech"),
    [("", "", ""), ("Only a title", "Only a title", ""), ("", "12\n• \n—", "  \n"), ("", "x = f(1);", "")],
)
def test_nothing_to_choose_from(title: str, page: str, speech: str) -> None:
    assert summarise(title, page, speech) == ""


def test_no_sentences_wanted() -> None:
    assert summarise("Hash tables", "", SPEECH, sentences=0) == ""


@pytest.mark.parametrize("speech", [SPEECH * 20, "word " * 5000, "a" * 5000, "wörter ohne ende " * 900, "和" * 3000])
def test_is_short_whatever_comes(speech: str) -> None:
    summary = summarise("Hash tables", "", speech)
    assert 0 < len(summary) <= MAX_CHARACTERS
    assert summary == summarise("Hash tables", "", speech)


@pytest.mark.parametrize(
    "line",
    [
        "3.5 percent of all users leave", "0.05 is the usual significance level", "-5 °C was the lowest of all",
        "—5 °C was the lowest of all", "10.000 Menschen waren dabei", "2.1 Regular languages and more",
        "O(n log n): merge sort, heap sort", "P(A|B): probability of A given B", "la collecte des données ;",
        "from theory to practice: an overview", "import tariffs (2019): 10 %", "for all x in S: f(x) > 0",
    ],
)  # fmt: skip
def test_what_a_line_says_stays_as_it_is(line: str) -> None:
    assert texts(line, said=False) == [line]


@pytest.mark.parametrize("line", ["1. Introduction", "2) Introduction", "(3) Introduction", "- Introduction"])
def test_bullets_and_numbers_of_items_are_left_out(line: str) -> None:
    assert texts(line, said=False) == ["Introduction"]


@pytest.mark.parametrize(
    "line",
    [
        "n = len(a)",
        "return (green / nm) ** 4", "print(name, round(scattered(nm), 2))", '"""Brightness of light."""',
        "import numpy as np", "from math import sqrt",
        "return a", "return a[i];", "$ pip install numpy", "def sort(a):", "int x = 5;", "while (true) {",
        "© 2024 Somebody or other", "Copyright 2024 by Somebody", "All rights reserved by whoever",
    ],
)  # fmt: skip
def test_code_and_claims_are_no_sentences(line: str) -> None:
    assert texts(line, said=False) == []


def test_broken_lines_and_words_are_joined() -> None:
    assert texts("Kernel-Predicting Networks for\nDenoising renderings", said=False) == [
        "Kernel-Predicting Networks for Denoising renderings"
    ]
    assert texts("Regular expres-\nsions describe regu-\nlar languages", said=False) == [
        "Regular expressions describe regular languages"
    ]
    assert texts("two-\nand threefold", said=False) == ["two- and threefold"]


def test_sentences_go_on_behind_abbreviations_and_end_behind_letters() -> None:
    assert texts("We differentiate f with respect to x. The result is zero.") == [
        "We differentiate f with respect to x.",
        "The result is zero.",
    ]
    assert texts("The answer is no. So we stop. See no. 5 there.") == [
        "The answer is no.",
        "So we stop.",
        "See no. 5 there.",
    ]
    assert texts("Siehe Abb. 3 für Details. Tiefe bzw. Netze mit J. S. Bach.") == [
        "Siehe Abb. 3 für Details.",
        "Tiefe bzw. Netze mit J. S. Bach.",
    ]
    assert texts("Смотри рис. 3 и т. д. это всё. Конец.") == ["Смотри рис. 3 и т. д. это всё.", "Конец."]
    assert texts("ما هذا؟ هذا مثال.") == ["ما هذا؟", "هذا مثال."]


def test_marks_of_captions_are_no_speech() -> None:
    assert texts("[Music] [Applause] ♪ ♪") == []
    assert texts(">> okay so [Music] welcome to all of you") == ["okay so welcome to all of you"]


def test_a_long_speech_is_summed_up_from_all_of_it() -> None:
    before = " ".join(f"Sentence number {n} says little about whatever it may be." for n in range(500))
    behind = " ".join(f"Cuckoo hashing moves key {n} between two tables of hashed keys." for n in range(40))
    assert "Cuckoo hashing" in summarise("Cuckoo hashing", "", f"{before} {behind}")


def test_a_sentence_that_ends_in_a_comma_has_one_stop() -> None:
    assert (
        summarise("", "Editorial, Distribution, Entities and more,", "")
        == "Editorial, Distribution, Entities and more."
    )


@pytest.mark.parametrize(
    "line", ["return " + "1" * 50_000 + "a b", "a" * 50_000, "x = " + "f(" * 20_000, "Dr. X " * 9000]
)
def test_hostile_lines_cost_no_more_than_they_are_long(line: str) -> None:
    assert isinstance(written(line, ""), list)
