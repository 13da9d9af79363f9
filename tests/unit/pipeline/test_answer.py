from __future__ import annotations

import pytest

from hallscribed.pipeline.answer import MAX_CHARACTERS, cleaned


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("The slide shows limits. It proves one.", "The slide shows limits. It proves one."),
        (" The slide\nshows  limits.<end_of_turn>", "The slide shows limits."),
        ("Sure, here is a summary of the lecture: Limits are defined.", "Limits are defined."),
        ("Here's a short summary:\n\nLimits are defined.", "Limits are defined."),
        ("**Summary:** Limits are *defined*.", "Limits are defined."),
        ("- Limits are defined.\n- They are unique.", "Limits are defined. They are unique."),
        ("1. Limits are defined.\n2. They are unique.", "Limits are defined. They are unique."),
        ("Limits are defined. They are used wher", "Limits are defined."),
        ("Limits are defined by sequences that", "Limits are defined by sequences that…"),
        ("Limits are defined. Limits are defined. Limits are defined.", "Limits are defined."),
        ("Gemma 2.5 costs 3.2 times e.g. less. Good.", "Gemma 2.5 costs 3.2 times e.g. less. Good."),
        ("Use snake_case and a*b here.", "Use snake_case and a*b here."),
        ("See [the page](https://evil.example/x?y=1) or https://evil.example now.", "See the page or now."),
        ("Write to mailto:me@evil.example or www.evil.example/a today.", "Write to or today."),
        ("Look at evil.example/canary now.", "Look at now."),
        ("<b>Limits</b> are <script>defined.", "Limits are defined."),
        ("Lim\u200bits \u202eare\x1b[31m defined.", "Lim its are [31m defined."),
        ("极限是唯一的。 数列收敛。", "极限是唯一的。 数列收敛。"),
        ("If a < b and c > d it holds.", "If a < b and c > d it holds."),
        ("It compares Node.js/Express with Vue.js/React.", "It compares Node.js/Express with Vue.js/React."),
        ("It takes ~5 ms and ~~not~~ more.", "It takes ~5 ms and not more."),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 infor\u00admation.",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 information.",
        ),
        ("Sure! Limits are defined.", "Limits are defined."),
        ("Surely limits are defined.", "Surely limits are defined."),
        ("... --- 12 34.", ""),
        ("<end_of_turn>", ""),
        ("", ""),
    ],
)
def test_answers_become_plain_sentences(answer: str, shown: str) -> None:
    assert cleaned(answer) == shown


def test_a_long_answer_ends_at_a_sentence() -> None:
    told = cleaned(" ".join(f"Sentence number {number} says something." for number in range(100)))
    assert len(told) <= MAX_CHARACTERS
    assert told.endswith("says something.")


def test_one_endless_sentence_ends_at_a_word() -> None:
    told = cleaned("word " * 1000)
    assert len(told) <= MAX_CHARACTERS
    assert told.endswith("word…")
    assert len(cleaned("w" * 5000)) <= MAX_CHARACTERS
