from __future__ import annotations

import re
from functools import cache
from random import Random

import pytest

from hallscribe_export.train.lecture.page import Fact, Split, counted
from hallscribe_export.train.lecture.phrases import noun_phrase
from hallscribe_export.train.lecture.sentences import fact_id, queries, sentences, spoken
from hallscribe_export.train.lecture.templates import worded
from hallscribe_export.train.lecture.topics import topics

TOPIC = topics("train")[0]
STACKED = Fact("kind", "stacked bar chart", ("a stacked bar chart", "a chart of stacked bars"))
BARS = Fact("kind", "bar chart", ("a bar chart", "a bar graph", "an image of upright blocks"))
WRITING = Fact("kind", "writing", ("someone writing on the board", "the lecturer writing on the board"))
DARK = Fact("ground", "dark", ("on a dark background", "with light text on a dark background", "on a gloomy slide"))
BLACK = Fact("ground colour", "black", ("on a black background", "on a black slide"))
LEGEND = Fact("legend", "right", ("with a legend on the right", "that has a legend at its right edge"))
RISING = Fact("trend", "rising", ("that rises to the right", "with an upward trend"))
BACK = Fact("camera", "back", ("filmed from the back of the hall", "seen from the back of the room"))
FACTS = (STACKED, BARS, WRITING, counted("groups", 3, "group", "groups"), DARK, BLACK, LEGEND, RISING, BACK)


@cache
def many(split: Split) -> list[str]:
    return [sentence.text for sentence in sentences(Random(7), FACTS, TOPIC, split, 600)]


def test_the_same_seed_says_the_same() -> None:
    assert sentences(Random(3), FACTS, TOPIC, "train", 20) == sentences(Random(3), FACTS, TOPIC, "train", 20)
    assert sentences(Random(3), FACTS, TOPIC, "train", 20) != sentences(Random(4), FACTS, TOPIC, "train", 20)


def test_a_sentence_states_the_facts_it_names_and_no_others() -> None:
    words = {fact_id(fact): fact.phrases for fact in FACTS}
    core = re.compile(r"^((with|that|has|an?|the|on) )*")
    for sentence in sentences(Random(1), FACTS, TOPIC, "test", 500):
        assert 1 <= len(sentence.facts) <= 4
        assert any(fact.startswith("kind=") for fact in sentence.facts)
        for fact in sentence.facts:
            assert any(core.sub("", phrase) in sentence.text for phrase in words[fact]), sentence
        if "groups=3" not in sentence.facts:
            assert "three groups" not in sentence.text


def test_nothing_can_be_said_without_a_kind() -> None:
    with pytest.raises(ValueError, match="no fact says what is shown"):
        sentences(Random(1), [DARK], TOPIC, "train", 1)


def test_wordings_of_the_test_split_are_never_trained_on() -> None:
    assert not any("upright blocks" in text or "gloomy" in text for text in many("train") + many("validation"))
    assert any("upright blocks" in text for text in many("test"))
    assert any("gloomy" in text for text in many("test"))


def test_questions_of_the_test_split_are_never_trained_on() -> None:
    phrase = noun_phrase("a bar chart", ("with three groups",))
    said: dict[str, set[str]] = {
        split: {worded(Random(seed), phrase, split) for seed in range(1500)} for split in ("train", "test")
    }
    assert len(said["train"]) >= 25
    assert len(said["test"] - said["train"]) >= 10
    assert said["train"] <= said["test"]


def test_sentences_read_well() -> None:
    for text in many("train") + many("test"):
        assert text.split().count("with") <= 2, text
        assert not re.search(r"  | ,|,,|\b(an? an?|with with|and and|is are)\b|[{}]", text), text
        assert len(re.findall(r"\bon an? \w+ (background|slide)", text)) <= 1, text


def test_a_person_is_not_said_to_have_what_the_page_has() -> None:
    for sentence in sentences(Random(5), FACTS, TOPIC, "train", 1000):
        if not any(kind in sentence.facts for kind in (fact_id(STACKED), fact_id(BARS))):
            assert not {"groups=3", "legend=right", "trend=rising"} & sentence.facts, sentence.text


def test_the_topic_is_named_now_and_then_but_is_no_fact() -> None:
    said = sentences(Random(2), FACTS, TOPIC, "train", 1000)
    naming = [text for text in (sentence.text for sentence in said) if TOPIC.name in text or " about " in text]
    assert 50 < len(naming) < 400


def test_a_lecturer_speaks_of_the_page_and_its_subject() -> None:
    said = [
        spoken(Random(seed), ("Rain and snow", "Wind at sea", "Clouds"), TOPIC, FACTS, "train") for seed in range(300)
    ]
    assert said[0] == spoken(Random(0), ("Rain and snow", "Wind at sea", "Clouds"), TOPIC, FACTS, "train")
    assert all(re.match(r"[A-Z].*[.?]$", text) for text in said)
    assert sum("Rain and snow" in text for text in said) > 20
    assert sum("bar" in text for text in said) > 100


def test_a_page_without_words_is_spoken_of_by_its_subject() -> None:
    said = " ".join(spoken(Random(seed), ("x = y + 1", "{}"), TOPIC, FACTS, "train") for seed in range(100))
    assert sum(term in said for term in TOPIC.terms) > 5
    assert "{}" not in said


def frames(count: int = 120) -> list[tuple[Fact, ...]]:
    rng = Random(11)
    kinds = [Fact("kind", name, (f"a {name}", f"the {name}")) for name in ("pie chart", "bar chart", "tree", "map")]
    grounds = [
        Fact("ground", hue, (f"on a {hue} background", f"on a {hue} slide")) for hue in ("white", "black", "red")
    ]
    return [
        (rng.choice(kinds), counted("parts", rng.randint(2, 9), "part", "parts"), rng.choice(grounds), LEGEND)
        for _ in range(count)
    ]


def test_queries_know_exactly_the_frames_that_answer_them() -> None:
    shown = frames()
    asked = queries(Random(1), shown, 60, least=1, most=5)
    assert len({query.facts for query in asked}) == 60
    for query in asked:
        true = [index for index, facts in enumerate(shown) if query.facts <= {fact_id(fact) for fact in facts}]
        assert query.frames == tuple(true)
        assert 1 <= len(query.frames) <= 5
    assert asked == queries(Random(1), shown, 60, least=1, most=5)


def test_queries_name_no_more_facts_than_it_takes() -> None:
    shown = [{fact_id(fact) for fact in facts} for facts in frames()]
    asked = queries(Random(1), frames(), 30)
    for query in asked:
        for fact in (fact for fact in query.facts if not fact.startswith("kind=")):
            assert sum(query.facts - {fact} <= facts for facts in shown) > 5
    assert {next(fact for fact in query.facts if fact.startswith("kind=")) for query in asked} == {
        "kind=pie chart",
        "kind=bar chart",
        "kind=tree",
        "kind=map",
    }


def test_what_is_true_of_a_frame_in_other_words_only_is_not_asked() -> None:
    above = Fact("box", "above", ("with an orange box above it",))
    other = Fact("box", "above", ("with a purple box above it",))
    marked = [Fact("marked", str(number), ("with one item marked",)) for number in range(2)]
    shown = [(BARS, above), (BARS, other), (BARS, DARK), (BARS, marked[0]), (BARS, marked[1])]
    (query,) = queries(Random(1), shown, 1, most=2)
    assert query.facts == {"kind=bar chart", "ground=dark"}
    with pytest.raises(ValueError, match="only 1 "):
        queries(Random(1), shown, 2, most=2)


def test_too_few_combinations_are_told() -> None:
    with pytest.raises(ValueError, match="true of 1 to 2 frames, not 50"):
        queries(Random(1), [(BARS, DARK), (BARS, LEGEND)], 50, most=2)


def test_someone_at_a_board_has_what_is_written_on_it_and_it_has_them() -> None:
    written = Fact("kind", "board written", ("a blackboard", "a board with chalk on it"))
    someone = Fact("kind", "someone", ("someone writing on the blackboard", "a teacher writing on a green board"))
    formula = Fact("jotted", "formula", ("with a formula written on it", "with an equation on it"))
    said = {sentence.text for sentence in sentences(Random(1), (written, someone, formula), TOPIC, "train", 800)}
    assert "someone writing on the blackboard with a formula written on it" in said
    assert "a blackboard with someone writing on it" in said
    assert not any(len(re.findall(r"board", text)) > 1 for text in said)


def test_a_speaker_in_a_corner_is_beside_the_page_and_has_nothing_of_it() -> None:
    inset = Fact(
        "kind", "inset", ("a small picture of the speaker in a corner", "a slide with the speaker in a window")
    )
    said = sentences(Random(1), (BARS, inset, LEGEND), TOPIC, "train", 800)
    texts = {sentence.text for sentence in said}
    assert "a bar chart with a small picture of the speaker in a corner" in texts
    assert "a bar chart with the speaker in a window" in texts
    assert not any(sentence.facts == {"kind=inset", "legend=right"} for sentence in said)
