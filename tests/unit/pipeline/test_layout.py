from __future__ import annotations

from hallscribed.domain.event import TextLine
from hallscribed.pipeline.layout import in_reading_order


def line(text: str, left: float, top: float, width: float = 0.35, height: float = 0.04) -> TextLine:
    return TextLine(text, 0.99, left, top, left + width, top + height)


def texts(lines: list[TextLine]) -> list[str]:
    return [one.text for one in in_reading_order(lines)]


def test_nothing() -> None:
    assert in_reading_order([]) == []


def test_rows_that_waver_are_read_from_left_to_right() -> None:
    assert texts([line("second half", 0.5, 0.105), line("first half", 0.1, 0.11), line("below", 0.1, 0.2)]) == [
        "first half",
        "second half",
        "below",
    ]


def test_columns_between_title_and_footer() -> None:
    page = [line("the title of it all", 0.1, 0.05, 0.8), line("a footer that spans it", 0.1, 0.95, 0.8, 0.02)]
    for number in range(3):
        page.append(line(f"right phrase {number}", 0.55, 0.3 + 0.1 * number))
        page.append(line(f"left phrase {number}", 0.1, 0.3 + 0.1 * number))
    order = texts(page)
    assert order[0] == "the title of it all"
    assert order[-1] == "a footer that spans it"
    assert [text.split()[0] for text in order[1:-1]] == ["left"] * 3 + ["right"] * 3


def test_three_columns() -> None:
    columns = (("a", 0.1), ("b", 0.4), ("c", 0.7))
    page = [line(f"{c} phrase {r}", x, 0.3 + 0.1 * r, 0.2) for r in range(3) for c, x in columns]
    assert [text[0] for text in texts(page)] == list("aaabbbccc")


def test_a_table_and_line_numbers_are_read_by_rows() -> None:
    table = [line(f"{c}{r}", x, 0.3 + 0.1 * r, 0.05) for c, x in (("a", 0.1), ("b", 0.5)) for r in range(3)]
    assert texts(table) == ["a0", "b0", "a1", "b1", "a2", "b2"]
    code = [line(str(r), 0.05, 0.1 * r, 0.02) for r in range(1, 4)]
    code += [line(f"value = compute({r})", 0.1, 0.1 * r) for r in range(1, 4)]
    assert texts(code) == [text for r in range(1, 4) for text in (str(r), f"value = compute({r})")]
