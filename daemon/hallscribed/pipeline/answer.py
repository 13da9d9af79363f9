"""What a language model wrote, made fit to be shown: plain sentences, no markup, no addresses, no control signs.

The model reads slides and speech, so what it writes may be what somebody put there for it. It is only ever text.
"""

from __future__ import annotations

import re
import unicodedata

MAX_CHARACTERS = 1200

_CONTROL_TOKEN = re.compile(r"</?[A-Za-z_|][^<>\n]{0,40}>")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_ADDRESS = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]*://|\bwww\.|\bmailto:|\bdata:)\S+|\b[\w-]+(?:\.[\w-]+)*\.(?!(?:jsx?|tsx?|cs|vb)/)[a-z]{2,}/\S*",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s*(?:[-*•+]|\d{1,2}[.)]|#{1,6})\s+", re.MULTILINE)
_MARKUP = re.compile(r"(?<!\w)(?:[*_`]{1,3}|~~)(?=\S)|(?<=\S)(?:[*_`]{1,3}|~~)(?!\w)|```\w*")
# "a < b": angles between blanks are signs; others could be taken for markup.
_COMPARED = re.compile(r"(?<= )[<>](?= )")
_JOINERS = "\u200c\u200d"
# "Sure, here is a summary of the lecture:" and the like.
_LEAD = re.compile(
    r"^\s*(?:(?:sure|certainly|of course|okay|ok)\b(?:[!,.:]|[^.:!,\n]{0,80}:)\s*)?"
    r"(?:(?:here(?:'s|’s| is| are)\b[^.:\n]{0,100}:)|(?:summary|answer|title|slide|said)\s*:)?\s*",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r".+?(?:[.!?…。！？]+[\"'”’)\]]*(?=\s|$)|$)", re.DOTALL)
_ENDED = re.compile(r"[.!?…。！？][\"'”’)\]]*$")


def cleaned(answer: str) -> str:
    """The sentences of an answer, each once; one that was cut off is left out unless it is the only one.

    Returns:
        At most ``MAX_CHARACTERS`` characters on one line; "" when no word is left.
    """
    text = unicodedata.normalize("NFC", _CONTROL_TOKEN.sub(" ", answer))
    text = _ADDRESS.sub(" ", _LINK.sub(r"\1", text))
    text = _LEAD.sub("", _MARKUP.sub("", _BULLET.sub("", text)), count=1)
    compared = {match.start() for match in _COMPARED.finditer(text)}
    signs = (
        sign if at in compared or _shown(sign) else "" if sign == "\u00ad" else " " for at, sign in enumerate(text)
    )
    text = " ".join("".join(signs).split())
    text = re.sub(r"\s+([.,;:!?])", r"\1", text)
    sentences = list(dict.fromkeys(found.strip() for found in _SENTENCE.findall(text) if found.strip()))
    whole = [sentence for sentence in sentences if _ENDED.search(sentence)]
    told = _within(whole or [_cut(sentence) for sentence in sentences[:1]])
    return told if any(sign.isalpha() for sign in told) else ""


def _within(sentences: list[str]) -> str:
    kept = ""
    for sentence in sentences:
        longer = f"{kept} {sentence}".strip()
        if len(longer) > MAX_CHARACTERS:
            return kept or _cut(sentence)
        kept = longer
    return kept


def _cut(sentence: str) -> str:
    """A sentence without an end, ended at a word."""
    words = sentence[: MAX_CHARACTERS - 1]
    shortened = words.rsplit(" ", 1)[0] if len(sentence) > len(words) else words
    return shortened.rstrip(",;:- ") + "…"


def _shown(sign: str) -> bool:
    """Not control, format (zero width, direction; but what joins letters), private, unassigned, no angle bracket."""
    return sign in _JOINERS or (unicodedata.category(sign)[0] != "C" and sign not in "<>\ufffd")
