from __future__ import annotations

from itertools import combinations
from typing import get_args

from hallscribe_export.train.lecture.page import Split
from hallscribe_export.train.lecture.topics import topics

SPLITS: tuple[Split, ...] = get_args(Split)


def test_there_are_a_hundred_subjects_most_of_them_to_train_on() -> None:
    counts = {split: len(topics(split)) for split in SPLITS}
    assert sum(counts.values()) >= 100
    assert counts["train"] >= 70
    assert counts["validation"] >= 8
    assert counts["test"] >= 20


def test_every_subject_has_enough_to_say() -> None:
    for topic in (topic for split in SPLITS for topic in topics(split)):
        assert len(set(topic.terms)) >= 14, topic.name
        assert len(set(topic.quantities)) >= 5, topic.name
        assert len(set(topic.names)) >= 6, topic.name
        assert all(words == words.strip() and words for words in topic.terms + topic.quantities + topic.names)


def test_no_subject_or_term_is_in_two_splits() -> None:
    for one, other in combinations(SPLITS, 2):
        assert not {topic.name for topic in topics(one)} & {topic.name for topic in topics(other)}
        terms = [{term.casefold() for topic in topics(split) for term in topic.terms} for split in (one, other)]
        assert not terms[0] & terms[1]
