"""Invented source code in the looks of several languages, and how its words are coloured."""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from typing import Literal

from hallscribe_export.train.lecture import prose
from hallscribe_export.train.lecture.page import Topic

Token = Literal["keyword", "name", "text", "number", "comment", "plain"]


@dataclass(frozen=True, slots=True)
class Language:
    """How a language looks.

    Attributes:
        keywords: words that are coloured.
        comment: what a comment begins with.
        blocks: groups of lines that belong together; braces as in ``str.format``: ``{f}``, ``{g}`` are names of
            functions, ``{a}``, ``{b}``, ``{c}`` of variables, ``{n}`` a number, ``{s}`` a text, ``{k}`` a comment.
    """

    keywords: frozenset[str]
    comment: str
    blocks: tuple[str, ...]

    def tokens(self, line: str) -> list[tuple[Token, str]]:
        """A line in pieces, spaces included."""
        pieces: list[tuple[Token, str]] = []
        pattern = rf"({re.escape(self.comment)}.*)|(\"[^\"]*\"|'[^']*')|(\b\d[\d.]*)|([A-Za-z_]\w*)(\(?)|(\s+|.)"
        for match in re.finditer(pattern, line):
            comment, text, number, word, call, other = match.groups()
            if comment:
                pieces.append(("comment", comment))
            elif text:
                pieces.append(("text", text))
            elif number:
                pieces.append(("number", number))
            elif word:
                kind: Token = "keyword" if word in self.keywords else "name" if call else "plain"
                pieces.append((kind, word))
                if call:
                    pieces.append(("plain", call))
            else:
                pieces.append(("plain", other))
        return pieces


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


_SCRIPT = Language(
    _words("def return for in if else elif while import from class with as not and or None True False print"),
    "#",
    (
        "import {a}\nfrom {b} import {f}\n",
        "# {k}\ndef {f}({a}, {b}={n}):\n    {c} = []\n    for {b} in {a}:\n        {c}.append({g}({b}))\n"
        "    return {c}\n",
        "class {c}:\n    def __init__(self, {a}):\n        self.{a} = {a}\n\n    def {f}(self):\n"
        "        return self.{a} * {n}\n",
        "{a} = {f}({n})\nwhile {a} > {n}:\n    {a} = {a} - {g}({a})\n",
        'with open("{s}") as {a}:\n    {b} = {f}({a})\n    print({b}, {n})\n',
        "if {a} is not None:\n    {b} = {a}[{n}]\nelse:\n    {b} = {f}({n})  # {k}\n",
    ),
)
_BRACES = Language(
    _words("int void double return for if else while include struct const static public class new auto char"),
    "//",
    (
        '#include "{a}.h"\n#include "{b}.h"\n',
        "// {k}\nint {f}(int {a}, double {b}) {{\n    int {c} = {n};\n    for (int i = 0; i < {a}; i++) {{\n"
        "        {c} += {g}(i, {b});\n    }}\n    return {c};\n}}\n",
        "struct {c} {{\n    int {a};\n    double {b}[{n}];\n}};\n",
        'if ({a} > {n}) {{\n    {f}("{s}", {a});\n}} else {{\n    {b} = {g}({a});\n}}\n',
        "while ({a}->{b} != {n}) {{\n    {a} = {f}({a});  // {k}\n}}\n",
        "static void {f}(void) {{\n    {g}({n});\n    {c} = {n};\n}}\n",
    ),
)
_ARROWS = Language(
    _words("const let function return if else for of await async import from export new null true false"),
    "//",
    (
        'import {{ {f} }} from "{s}";\n',
        "// {k}\nconst {a} = async ({b}) => {{\n  const {c} = await {f}({b});\n  return {c}.map(x => x * {n});\n}};\n",
        "function {g}({a}) {{\n  if ({a} === null) return {n};\n  return {f}({a}.{b});\n}}\n",
        'const {c} = {{\n  {a}: {n},\n  {b}: "{s}",\n}};\n',
        "for (const {a} of {b}) {{\n  {f}({a}, {n});\n}}\n",
    ),
)
_QUERY = Language(
    _words("SELECT FROM WHERE GROUP BY ORDER JOIN ON AS AND INSERT INTO VALUES CREATE TABLE INTEGER TEXT LIMIT"),
    "--",
    (
        "-- {k}\nSELECT {a}, COUNT({b}) AS {c}\nFROM {f}\nWHERE {b} > {n}\nGROUP BY {a}\nORDER BY {c};\n",
        "CREATE TABLE {f} (\n    {a} INTEGER,\n    {b} TEXT,\n    {c} INTEGER\n);\n",
        "INSERT INTO {f} ({a}, {b})\nVALUES ({n}, '{s}');\n",
        "SELECT {f}.{a}, {g}.{b}\nFROM {f}\nJOIN {g} ON {f}.{a} = {g}.{a}\nWHERE {g}.{b} = '{s}'\nLIMIT {n};\n",
    ),
)
_MARKUP = Language(
    _words("div span p h1 h2 ul li a section html body head title table tr td"),
    "<!--",
    (
        '<div class="{a}">\n  <h1>{c}</h1>\n  <p>{k}</p>\n</div>\n',
        '<ul id="{b}">\n  <li>{a}</li>\n  <li>{b}</li>\n  <li>{c}</li>\n</ul>\n',
        '<!-- {k} -->\n<section>\n  <h2>{f}</h2>\n  <a href="{s}">{g}</a>\n</section>\n',
        '<table class="{c}">\n  <tr><td>{a}</td><td>{n}</td></tr>\n  <tr><td>{b}</td><td>{n}</td></tr>\n</table>\n',
    ),
)
LANGUAGES = (_SCRIPT, _SCRIPT, _BRACES, _BRACES, _ARROWS, _QUERY, _MARKUP)


def code(rng: Random, topic: Topic, language: Language, count: int) -> list[str]:
    """Lines of a program, ``count`` at most and nearly as many."""
    lines: list[str] = []
    while len(lines) < count:
        names = {each: prose.identifier(rng, topic) for each in "abcfg"}
        names["f"] += rng.choice(("_of", "_sum", "_all"))
        block = rng.choice(language.blocks).format(
            n=rng.randint(1, 99), s=prose.identifier(rng, topic) + ".txt", k=prose.phrase(rng, topic).lower(), **names
        )
        lines += block.split("\n")
    kept = lines[:count]
    while kept and not kept[-1].strip():
        kept.pop()
    return kept
