"""The words of a question that say what is asked for."""

from __future__ import annotations

import re

# With the marks that stand beside their letters: the index leaves them out, as it does those that are part of one.
_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
_STOP_TEXT = """
    a about after all also am an and any are as at be because been before being between both but by can could did do
    does doing done during each for from further get got had has have having he her here hers herself him himself
    his how i if in into is it its itself just let like me more most my myself no nor not now of off on once only or
    other our ours ourselves out over own re s same she should so some such t than that the their theirs them
    themselves then there these they this those through to too under until up us very was we were what when where
    which while who whom why will with would you your yours yourself yourselves
    """
_STOP_WORDS = frozenset(_STOP_TEXT.split())


def telling_words(query: str) -> list[str]:
    """A query's words in lower case, each once; those that say nothing are left out unless there is no other."""
    words = list(dict.fromkeys(_WORD.findall(query.lower())))
    return [word for word in words if word not in _STOP_WORDS] or words
