"""What a chart is drawn on: a part of a page, its colours, and the steps that are kept while it grows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from hallscribe_export.train.lecture.canvas import Box, Canvas, Colour, Picture, Point, blend, font
from hallscribe_export.train.lecture.page import Colours, Fact, Layout, Page, Style, Topic

WHITE, BLACK = (255, 255, 255), (0, 0, 0)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# A chart's kind at its most general.
CHART = Fact("kind", "chart", ("a chart", "a graph", "a diagram with data"))
Hue = tuple[str, Colour]


@dataclass(slots=True)
class Sheet:
    """The part of a page that is left for a chart; legends and axes make ``box`` smaller.

    Attributes:
        builds: whether the pictures of the steps are kept.
        size: the height of ordinary labels in pixels.
    """

    canvas: Canvas
    box: Box
    colours: Colours
    style: Style
    topic: Topic
    builds: bool = False
    size: int = 24
    steps: list[Picture] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def step(self) -> None:
        """Keep the page as it is now, if it is shown in steps."""
        if self.builds:
            self.steps.append(self.canvas.seen())

    def label(
        self, at: Point, words: str, width: float = 400, anchor: str = "mm", colour: Colour | None = None
    ) -> None:
        """Write a short line, smaller or shorter where it is wider than ``width``."""
        file = self.style.fonts.body
        text, size = fitted(words, file, self.size, width)
        self.canvas.text(at, text, file, size, self.colours.ink if colour is None else colour, anchor)

    def part(self, box: Box) -> Sheet:
        """A smaller chart on the same page."""
        return replace(self, box=box, builds=False, size=max(self.size - 3, 17), steps=[], words=[])


# Draws one chart on a sheet and says what is true of it.
Painter = Callable[[Random, Sheet], list[Fact]]


def fitted(words: str, file: str, size: int, width: float) -> tuple[str, int]:
    """The words, or their beginning, and a size in which they are no wider than ``width``."""
    while size > 17 and font(file, size).getlength(words) > width:
        size -= 2
    while len(words) > 2 and font(file, size).getlength(words) > width:
        words = words.rpartition(" ")[0] or words[:-1]
    return words, size


def title(random: Random, topic: Topic) -> str:
    """A chart's title, from what is measured and what is compared."""
    quantity = random.choice(topic.quantities)
    other = random.choice(topic.quantities)
    names = " and ".join(random.sample(topic.names, min(2, len(topic.names))))
    term = random.choice(topic.terms)
    made = random.choice(
        (
            quantity,
            f"{quantity} by {term}",
            f"{quantity}: {names}",
            f"{quantity} and {other}" if other != quantity else quantity,
            f"How {term} changes {quantity}",
            f"{term}: {quantity}",
            f"Results: {quantity}",
        )
    )
    return made[:1].upper() + made[1:]


def labels(random: Random, topic: Topic, count: int) -> list[str]:
    """So many different short labels: names of the topic, years, months or letters."""
    names = list(dict.fromkeys(topic.names))
    if len(names) >= count and random.random() < 0.6:
        return random.sample(names, count)
    way = random.randrange(3)
    if way == 0:
        first, stride = random.randint(1960, 2015), random.choice((1, 1, 2, 5))
        return [str(first + stride * i) for i in range(count)]
    if way == 1:
        first = random.randrange(12)
        return [MONTHS[(first + i) % 12] for i in range(count)]
    return [chr(ord("A") + i) for i in range(count)]


def named(random: Random, topic: Topic, count: int) -> list[str]:
    """So many names of series: names and terms of the topic."""
    known = list(dict.fromkeys(topic.names))
    random.shuffle(known)
    known += [term for term in topic.terms if term not in known]
    return [known[i] if i < len(known) else f"Series {i + 1}" for i in range(count)]


def hues(random: Random, colours: Colours, count: int) -> list[Hue]:
    """So many colours with their names, different as long as there are accents; then lighter and darker ones."""
    accents = list(colours.accents)
    random.shuffle(accents)
    made = [accents[i % len(accents)] for i in range(count)]
    return [
        (name, blend(colour, colours.ink, 0.4) if i >= len(accents) else colour)
        for i, (name, colour) in enumerate(made)
    ]


def values(random: Random, count: int, trend: str) -> list[float]:
    """So many numbers between 0.08 and 1 that rise, fall, have a peak or a valley, or do none of it ("mixed")."""
    if trend == "mixed":
        made = [random.uniform(0.15, 1.0) for _ in range(count)]
    else:
        last = max(count - 1, 1)
        bends = {"rising": lambda t: t, "falling": lambda t: 1 - t}
        bends |= {"peak": lambda t: 1 - abs(2 * t - 1), "valley": lambda t: abs(2 * t - 1)}
        power, low = random.choice((0.6, 1.0, 1.6)), random.uniform(0.1, 0.3)
        made = [
            low + (0.95 - low) * bends[trend](i / last) ** power + random.uniform(-0.03, 0.03) for i in range(count)
        ]
        if trend in ("rising", "falling"):
            made.sort(reverse=trend == "falling")
    return [min(max(value, 0.08), 1.0) for value in made]


def said(key: str, value: str, *phrases: str) -> Fact:
    """A fact."""
    return Fact(key, value, phrases)


def articled(name: str) -> str:
    """A word with the article before it."""
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def coloured(nouns: str, used: Sequence[Hue]) -> list[Fact]:
    """What can be said of the colours of ``nouns``: up to two by their names; one noun for one thing ("line")."""
    names = sorted({name for name, _ in used})
    key = f"colour of {nouns}"
    if len(names) == 1:
        name = names[0]
        whole = said("colour", name, f"in {name}", f"drawn in {name}", f"coloured {name}")
        if nouns.endswith("s"):
            return [whole, said(key, name, f"with {name} {nouns}", f"with {nouns} in {name}")]
        return [whole, said(key, name, f"with {articled(name)} {nouns}", f"with its {nouns} in {name}")]
    if len(names) in (2, 3):
        both = f"{', '.join(names[:-1])} and {names[-1]}"
        value = "+".join(names)
        whole = said("colour", value, f"in {both}", f"drawn in {both}")
        return [whole, said(key, value, f"with {nouns} in {both}", f"with {both} {nouns}")]
    return [
        said("colour", "many", "in many colours", "in several colours", "with many colours"),
        said(key, "many", f"with {nouns} in several colours", f"with {nouns} of different colours"),
    ]


def trend_facts(trend: str) -> list[Fact]:
    """What can be said of a course from left to right."""
    phrases = {
        "rising": ("rising to the right", "that goes up from left to right", "with an upward trend"),
        "falling": ("falling to the right", "that goes down from left to right", "with a downward trend"),
        "peak": ("with a peak in the middle", "that is highest in the middle"),
        "valley": ("with a dip in the middle", "that is lowest in the middle"),
    }
    return [Fact("trend", trend, phrases[trend])] if trend in phrases else []


def panel(random: Random, sheet: Sheet) -> list[Fact]:
    """Sometimes put a panel behind the chart: white on a dark page, tinted on a light one."""
    if random.random() > 0.2:
        return []
    colours = sheet.colours
    left, top, right, bottom = sheet.box
    if colours.dark:
        accents = tuple((name, blend(colour, BLACK, 0.2)) for name, colour in colours.accents)
        sheet.colours = Colours(WHITE, (40, 42, 48), (150, 152, 158), accents, False)
        facts = [said("panel", "white", "on a white panel", "inside a white box on a dark slide")]
    else:
        sheet.colours = replace(colours, background=blend(colours.background, colours.quiet, 0.22))
        facts = [said("panel", "tinted", "on a shaded panel", "inside a tinted box")]
    sheet.canvas.box(sheet.box, sheet.colours.background, None, 0, random.choice((0, 18)))
    sheet.box = (left + 26, top + 22, right - 26, bottom - 20)
    return facts


def whole(painter: Painter) -> Layout:
    """The layout that gives a painter all of a page."""

    def layout(random: Random, style: Style, topic: Topic) -> Page:
        heading = title(random, topic) if random.random() < 0.93 else ""
        canvas, (left, top, right, bottom) = style.frame(heading)
        inset = random.choice((0.0, 0.0, 0.04, 0.1)) * (right - left)
        box = (left + inset, top + 6, right - inset, bottom - 6)
        sheet = Sheet(canvas, box, style.colours, style, topic, random.random() < 0.25, random.choice((22, 24, 26, 28)))
        facts = panel(random, sheet) + painter(random, sheet)
        return finished(painter.__name__, sheet, facts, [heading] if heading else [])

    layout.__name__ = painter.__name__
    return layout


def finished(name: str, sheet: Sheet, facts: Iterable[Fact], words: Sequence[str]) -> Page:
    """The page of a sheet on which all is drawn, the kinds first among its facts."""
    ordered = sorted(dict.fromkeys((*facts, *sheet.style.facts)), key=lambda fact: fact.key != "kind")
    return Page(name, (*sheet.steps, sheet.canvas.seen()), tuple(ordered), (*words, *sheet.words))
