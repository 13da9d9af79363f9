"""What the command says, and how: tables for people, or one JSON object a line for programs.

Results go to stdout; remarks, warnings and errors go to stderr, as JSON lines too when that was asked for.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from rich.console import Console, RenderableType

from hallscribe.printing import printable

_PIPE_COLUMNS = 160


class Output:
    """Where one run of the command writes.

    Args:
        as_json: one JSON object a line instead of text.
        out, err: stdout and stderr unless given.
    """

    def __init__(self, as_json: bool, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.as_json = as_json
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self.console = _console(self._out)
        self.error_console = _console(self._err)

    def line(self, fields: Mapping[str, Any]) -> None:
        """Write one JSON object and flush it, so that a reader at the other end of a pipe sees it at once."""
        print(json.dumps(fields), file=self._out, flush=True)

    def text(self, text: str) -> None:
        """Write text as it is."""
        self._out.write(text)
        self._out.flush()

    def show(self, what: RenderableType) -> None:
        """Write something for people."""
        self.console.print(what)

    def remark(self, message: str) -> None:
        """Tell people what may interest them; programs are not told."""
        if not self.as_json:
            self.error_console.print(printable(message), soft_wrap=True)

    def warning(self, message: str) -> None:
        """Tell what went differently without having gone wrong."""
        if self.as_json:
            print(json.dumps({"warning": {"message": message}}), file=self._err, flush=True)
        else:
            self.error_console.print(f"warning: {printable(message)}", soft_wrap=True, style="yellow")

    def error(self, reason: str, message: str, **details: Any) -> None:
        """Tell what went wrong, what was kept and what to do."""
        if self.as_json:
            error = {"reason": reason, "message": message, **details}
            print(json.dumps({"error": error}), file=self._err, flush=True)
        else:
            self.error_console.print(f"hallscribe: {printable(message)}", soft_wrap=True, style="red")


def cell(text: str) -> str:
    """Printable text on one line."""
    return " ".join(printable(text).split())


def _console(file: TextIO) -> Console:
    # What a slide or a path says is never markup. A pipe has no width; 80 columns would cut tables short.
    width = None if file.isatty() else _PIPE_COLUMNS
    return Console(file=file, markup=False, highlight=False, emoji=False, width=width)
