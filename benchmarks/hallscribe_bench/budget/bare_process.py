"""Asks a comparison in a process of its own, a JSON line for a JSON line."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def bare_process(module: str, *arguments: object, python: str = sys.executable) -> Iterator[Callable[[Any], Any]]:
    """A function that sends one value and waits for the answer; the process ends with the block.

    Args:
        module: one that answers each line of its input with a line.
        python: that runs it.
    """
    command = [python, "-m", module, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asks, answers = process.stdin, process.stdout

        def ask(value: Any) -> Any:
            asks.write(json.dumps(value) + "\n")
            asks.flush()
            return json.loads(answers.readline())

        yield ask
        asks.close()


def answer_runs(run: Callable[[], object]) -> None:
    """In such a process: for each line, a number of runs, the milliseconds of each as a list."""
    for line in sys.stdin:
        took = []
        for _ in range(int(line)):
            begun = time.perf_counter()
            run()
            took.append(1000 * (time.perf_counter() - begun))
        print(json.dumps(took), flush=True)
