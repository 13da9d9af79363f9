"""WebVTT and SubRip to cues, kind files and hostile ones."""

from __future__ import annotations

import pytest

from hallscribed.domain.errors import InvalidRequest, Reason
from hallscribed.domain.lecture import Cue
from hallscribed.pipeline.captions import parse_captions

VTT = b"WEBVTT\n\n"


def test_webvtt_with_all_its_decorations() -> None:
    data = (
        "\ufeffWEBVTT - a title\r\nKind: captions\r\n\r\nNOTE\r\nnot words\r\n\r\nSTYLE\r\n::cue { color: red }\r\n\r\n"
        "introduction\r\n00:01.250 --> 00:02.000 align:start position:0%\r\n<v Ada>Hello &amp; <i>welcome</i></v>\r\n"
        "to the   lecture\r\n\r\n1:00:00.000 --> 1:00:01.500\r\n1 < 2\r\n"
    )
    assert parse_captions(data.encode()) == [
        Cue(1.25, 2.0, "Hello & welcome to the lecture"),
        Cue(3600.0, 3601.5, "1 < 2"),
    ]


def test_subrip_with_missing_and_superfluous_blank_lines() -> None:
    data = b"1\n00:00:01,5 --> 00:00:02,000\n{\\an8}<i>one</i>\n2\n00:00:03,000 --> 00:00:04,000\ntwo\n\nstill two\n\n"
    assert parse_captions(data, "srt") == [Cue(1.5, 2.0, "one"), Cue(3.0, 4.0, "two still two")]
    assert parse_captions(data, "auto") == parse_captions(data, "srt")


def test_a_number_that_is_spoken_is_not_taken_for_a_cues_name() -> None:
    data = VTT + b"00:01.000 --> 00:02.000\nchapter\n7\n\n00:03.000 --> 00:04.000\nnext"
    assert [cue.text for cue in parse_captions(data)] == ["chapter 7", "next"]


def test_overlapping_cues_are_kept_in_order_of_their_start() -> None:
    data = VTT + b"00:05.000 --> 00:09.000\nb\n\n00:01.000 --> 00:06.000\na\n\n00:07.000 --> 00:07.000\n \n"
    assert parse_captions(data) == [Cue(1.0, 6.0, "a"), Cue(5.0, 9.0, "b")]


def test_rolling_captions_give_each_line_once() -> None:
    data = VTT + (
        b"00:01.000 --> 00:02.000\nso <00:00:01.500><c>today</c>\n\n"
        b"00:02.000 --> 00:03.000\nso today\nwe <00:00:02.500><c>begin</c>\n\n"
        b"00:03.000 --> 00:03.010\nwe begin\n"
    )
    assert [cue.text for cue in parse_captions(data)] == ["so today", "we begin"]


def test_words_said_twice_are_kept() -> None:
    data = VTT + b"00:01.000 --> 00:02.000\nno\n\n00:02.000 --> 00:03.000\nno\n"
    assert [cue.text for cue in parse_captions(data)] == ["no", "no"]


@pytest.mark.parametrize("data", [b"WEBVTT", b"WEBVTT\n\n00:01.000 --> 00:02.000\n<i></i>\n"])
def test_a_file_without_words_must_not_replace_one_with_words(data: bytes) -> None:
    with pytest.raises(InvalidRequest, match="no cue with words"):
        parse_captions(data)


@pytest.mark.parametrize(
    ("data", "line", "what"),
    [
        (b"", 1, "no cue with words"),
        (b"\n\n", 1, "no cue with words"),
        (b"1\n00:00:01,000 --> 00:00:02,000\n", 1, "no cue with words"),
        (b"just some words", 1, "words before the first time"),
        (b"WEBVTTX\n\n", 1, "words before the first time"),
        (b'{"captions": []}', 1, "words before the first time"),
        (VTT + b"00:01.000 --> 00:0x.000\nword", 3, "is no time"),
        (VTT + b"00:01.000 --> \nword", 3, "is no time"),
        (VTT + b"-->", 3, "is no time"),
        (VTT + b"-00:01.000 --> 00:02.000\nword", 3, "is no time"),
        ("WEBVTT\n\n٠٠:٠١.000 --> 00:02.000\nword".encode(), 3, "is no time"),
        (VTT + b"00:01.000 --> 00:75.000\nword", 3, "up to 59"),
        (VTT + b"00:05.000 --> 00:02.000\nword", 3, "ends before it starts"),
        (VTT + b"00:01.000 --> 168:00:00.001\nword", 3, "7 days"),
        (VTT + b"00:01.000 --> 00:02.000\nwo\0rd", 4, "NUL"),
        (VTT + b"00:01.000 --> 00:02.000\nw\xf6rd", 4, "UTF-8"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nword".encode("utf-16"), 1, "UTF-8"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), 1, "UTF-8"),
    ],
)
def test_bad_captions_are_refused_with_the_line_at_fault(data: bytes, line: int, what: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_captions(data)
    assert caught.value.reason is Reason.INVALID_CAPTIONS
    assert f"line {line}:" in caught.value.message
    assert what in caught.value.message


def test_a_promised_format_is_held_to() -> None:
    with pytest.raises(InvalidRequest, match="must be WEBVTT") as caught:
        parse_captions(b"1\n00:00:01,000 --> 00:00:02,000\nword", "webvtt")
    assert caught.value.reason is Reason.INVALID_CAPTIONS
    with pytest.raises(InvalidRequest) as caught:
        parse_captions(VTT, "ttml")
    assert (caught.value.reason, caught.value.field) == (Reason.INVALID_FIELD, "format")


def test_hostile_lines_cost_no_more_than_they_are_long() -> None:
    for words in (b"<a" * 200_000, b"{\\" * 200_000, b"<" * 400_000, b"&#x" * 100_000, b"\x1c" * 400_000):
        cues = parse_captions(VTT + b"00:01.000 --> 00:02.000\n" + words + b"\nword")
        assert len(cues) == 1
        assert cues[0].text.endswith("word")


def words(data: str) -> list[str]:
    return [cue.text for cue in parse_captions(data.encode())]


def test_rolling_captions_that_lost_the_times_of_their_words_give_each_line_once() -> None:
    rolling = """1
00:00:00,000 --> 00:00:02,000
so today we will

2
00:00:02,000 --> 00:00:02,010
so today we will

3
00:00:02,010 --> 00:00:05,000
so today we will
talk about hash tables

4
00:00:05,000 --> 00:00:05,010
talk about hash tables

5
00:00:05,010 --> 00:00:08,000
talk about hash tables
and how they grow

6
00:00:08,000 --> 00:00:11,000
and how they grow
when they are full
"""
    assert " ".join(words(rolling)) == "so today we will talk about hash tables and how they grow when they are full"


def test_an_arrow_that_is_spoken_is_no_time() -> None:
    assert words("1\n00:00:01,000 --> 00:00:02,000\nf: A --> B is a map\n") == ["f: A --> B is a map"]
    assert words("WEBVTT\n\nNOTE the arrow --> is a sign\n\n00:01.000 --> 00:02.000\nhello\n") == ["hello"]


@pytest.mark.parametrize(
    "timing", ["00:00:01 --> 00:00:02", "00:00:01, 000 --> 00:00:02, 000", "0:00:01.0 --> 0:00:02.0"]
)
def test_times_are_read_as_people_write_them(timing: str) -> None:
    (cue,) = parse_captions(f"1\n{timing}\nhello\n".encode())
    assert (cue.start, cue.end) == (1.0, 2.0)


def test_a_blank_line_may_come_before_the_header() -> None:
    assert words("\n\nWEBVTT\n\n00:01.000 --> 00:02.000\nhello\n") == ["hello"]


def test_what_stands_between_angles_in_subrip_was_said() -> None:
    said = "if x<y and y>z then List<String> holds, <i>as said</i> {\\an8}<font color=red>here</font>"
    assert words(f"1\n00:00:01,000 --> 00:00:02,000\n{said}\n") == [
        "if x<y and y>z then List<String> holds, as said here"
    ]


def test_a_mistyped_time_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="line 6"):
        words("1\n00:00:01,000 --> 00:00:02,000\nhello\n\n2\nOO:00:03,000 --> 00:00:04,000\nthere\n")
