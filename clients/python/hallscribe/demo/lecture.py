"""The script of the built-in lecture: what is shown when, what is said, and what therefore is true."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

DURATION_S = 172.0
TITLE = "Why Is the Sky Blue?"


@dataclass(frozen=True, slots=True)
class Shot:
    """A slide up to a step of its builds, with what is said while it is shown.

    Attributes:
        start_s: when it appears; it lasts until the next shot.
        slide, step: what is drawn.
        kind: what happens at its start: "slide", "build", "blank" or "revisit".
        speech: what is said until the next shot.
    """

    start_s: float
    slide: str
    step: int
    kind: str
    speech: str


@dataclass(frozen=True, slots=True)
class TruthRow:
    """Something that truly happens at ``t_s``: slide, build, blank, revisit, or ink from there to ``end_s``."""

    t_s: float
    kind: str
    end_s: float


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption, seconds and words."""

    start_s: float
    end_s: float
    words: str


SHOTS = (
    Shot(
        0.0,
        "title",
        0,
        "slide",
        "Good morning, everybody, and welcome back. Today we ask a question that every child asks and few grown-ups "
        "can answer. Why is the sky blue, and not green or white?",
    ),
    Shot(
        14.0,
        "bullets",
        0,
        "slide",
        "Let us begin with the light itself. Sunshine looks plain, but Newton let it fall through a piece of glass "
        "and found a whole rainbow inside.",
    ),
    Shot(
        24.0,
        "bullets",
        1,
        "build",
        "Every hue is a ripple with its own length. The ripples of violet are tiny, those of red are almost twice "
        "as long.",
    ),
    Shot(
        34.0,
        "bullets",
        2,
        "build",
        "On its way down to us, light bumps into the gas of the atmosphere. Most of it flies straight on, but a "
        "little is thrown off in all directions.",
    ),
    Shot(
        46.0,
        "plot",
        0,
        "slide",
        "Here is the heart of the matter. Lord Rayleigh worked out how strongly light is thrown aside, and the answer "
        "is this steep curve. On the left, at the short end, the scattering is fierce. Over on the right hardly "
        "anything happens. Nature plays favourites.",
    ),
    Shot(
        66.0,
        "board",
        0,
        "slide",
        "Let me do that with a pen. Take the two lengths and divide one by the other. That gives about one and a "
        "half. Now raise it to the fourth power, and you get nearly six. So blue is bounced around six times as "
        "often as red.",
    ),
    Shot(
        88.0,
        "code",
        0,
        "slide",
        "If you would rather let a computer do the sum, a few lines are enough. The exponent does all of the work.",
    ),
    Shot(
        98.0,
        "code",
        1,
        "build",
        "And here are the numbers it prints. You may ask why the sky is not violet then. Our eyes are simply weaker "
        "there.",
    ),
    Shot(
        108.0,
        "table",
        0,
        "slide",
        "You can try all this at home. Stir a few drops of milk into a glass of water and shine a torch through it. "
        "From the side it looks bluish, from the far end it glows orange. Tyndall did just that in his laboratory.",
    ),
    Shot(124.0, "blank", 0, "blank", "Now let me darken the screen. Look out of the window for a moment."),
    Shot(
        129.0,
        "sunset",
        0,
        "slide",
        "At midday the sun stands high and its rays take the shortest way down to our eyes. Nearly every colour "
        "arrives.",
    ),
    Shot(
        138.0,
        "sunset",
        1,
        "build",
        "In the evening they come in at a slant and must cross forty times as much atmosphere. The short waves are "
        "lost on the road, and what remains is warm.",
    ),
    Shot(
        150.0,
        "plot",
        0,
        "revisit",
        "Back to our curve once more. Everything we have seen today is in it, the steep left and the gentle right.",
    ),
    Shot(
        159.0,
        "closing",
        0,
        "slide",
        "So remember three things when you go outside. Thank you for listening. Bring sunglasses next time, because "
        "we shall go to the beach and talk about water.",
    ),
)

INK_S = (69.0, 84.0)

WALKS = (
    (
        (49.0, 1460.0, 0.0),
        (51.5, 1040.0, 0.0),
        (52.0, 1010.0, 1.0),
        (57.0, 960.0, 1.0),
        (57.5, 980.0, 0.0),
        (62.0, 1470.0, 0.0),
    ),
    ((90.0, -180.0, 0.0), (96.0, 1450.0, 0.0)),
    ((142.0, 1450.0, 0.0), (144.0, 1130.0, 0.0), (165.0, 1100.0, 0.0), (168.0, 1460.0, 0.0)),
)

POINTERS = (
    ((36.0, 700.0, 700.0), (37.5, 640.0, 545.0), (40.0, 300.0, 545.0), (43.0, 860.0, 548.0), (45.0, 1180.0, 690.0)),
    ((99.0, 1000.0, 690.0), (101.0, 180.0, 600.0), (106.0, 900.0, 600.0), (107.5, 1200.0, 690.0)),
    ((110.0, 640.0, 690.0), (112.0, 560.0, 300.0), (116.0, 560.0, 590.0), (122.0, 1000.0, 590.0)),
)


def truth_rows(pace: float = 1.0) -> list[TruthRow]:
    """What happens, in order of time; ``pace`` multiplies every time. The first slide is no event."""
    rows = [TruthRow(shot.start_s * pace, shot.kind, shot.start_s * pace) for shot in SHOTS[1:]]
    rows.append(TruthRow(INK_S[0] * pace, "ink", INK_S[1] * pace))
    return sorted(rows, key=lambda row: row.t_s)


def shot_at(time: float) -> Shot:
    """The shot shown at a time in seconds, at the lecture's own pace."""
    return next((shot for shot in reversed(SHOTS) if shot.start_s <= time), SHOTS[0])


def cues(pace: float = 1.0, most_words: int = 11) -> list[Cue]:
    """The speech in captions of at most ``most_words`` words, spread over their shots by length."""
    ends = [shot.start_s for shot in SHOTS[1:]] + [DURATION_S]
    found = []
    for shot, end in zip(SHOTS, ends, strict=True):
        chunks = _chunks(shot.speech, most_words)
        begin, finish = shot.start_s + 0.6, end - 0.4
        letters = sum(map(len, chunks))
        for chunk in chunks:
            length = (finish - shot.start_s - 0.6) * len(chunk) / letters
            found.append(Cue(begin * pace, (begin + length) * pace, chunk))
            begin += length
    return found


def _chunks(speech: str, most_words: int) -> list[str]:
    """Even pieces of a text, none longer than ``most_words``, each within one sentence."""
    pieces = []
    for sentence in speech.replace("? ", "?|").replace(". ", ".|").split("|"):
        words = sentence.split()
        parts = -(-len(words) // most_words)
        cuts = [round(len(words) * part / parts) for part in range(parts + 1)]
        pieces += [" ".join(words[begin:end]) for begin, end in pairwise(cuts)]
    return pieces


def webvtt(captions: list[Cue]) -> str:
    """The captions as a WebVTT file."""
    blocks = [f"{_stamp(cue.start_s)} --> {_stamp(cue.end_s)}\n{cue.words}\n" for cue in captions]
    return "WEBVTT\n\n" + "\n".join(blocks)


def _stamp(time: float) -> str:
    milliseconds = round(time * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"
