"""What a command of the client printed."""

from __future__ import annotations

import io
import json
from typing import Any

from hallscribe.output import Output


class Printed:
    """Give its ``output`` to a command; ``lines`` are the JSON objects that came of it, ``said`` is all of it."""

    def __init__(self, as_json: bool) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        self.output = Output(as_json, self.out, self.err)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Objects, in order."""
        return [json.loads(line) for line in self.out.getvalue().splitlines()]

    @property
    def said(self) -> str:
        """Of both outputs."""
        return self.out.getvalue() + self.err.getvalue()
