"""Write the table of error reasons into api.md, from the comments of the proto's ErrorReason.

``python docs/reasons.py`` writes it; with ``--check`` it exits with 1 when the page is not up to date.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

PAGE = Path(__file__).with_name("api.md")
PROTO = Path(__file__).parents[1] / "proto/hallscribe/v1/error.proto"

_VALUE = re.compile(r"((?:^  //.*\n)+)^  ERROR_REASON_(\w+) = (\d+);", re.MULTILINE)
_CODE = re.compile(r"\s*\b([A-Z][A-Z_]+)\.$")
# Reasons that no call ends with.
_PLACES = {"Frame: ": "in the acknowledgement", "Feed: ": "on the feed"}
_TABLE = re.compile(r"(<!-- reasons: .*? -->\n).*?(<!-- /reasons -->)", re.DOTALL)


def table(proto: str) -> str:
    """A Markdown table of all reasons but the unspecified one."""
    rows = ["| reason | code | meaning |", "|---|---|---|"]
    for comment, name, number in _VALUE.findall(proto):
        if number == "0":
            continue
        meaning = " ".join(line.strip().removeprefix("//").strip() for line in comment.splitlines())
        code = ""
        for prefix, place in _PLACES.items():
            if meaning.startswith(prefix):
                code, meaning = place, meaning.removeprefix(prefix)
        if found := _CODE.search(meaning):
            code, meaning = found[1], meaning[: found.start()]
        rows.append(f"| {name} | {code} | {meaning[0].upper()}{meaning[1:]} |")
    return "\n".join(rows) + "\n"


def renewed(page: str, proto: str) -> str:
    """The page with the table made anew."""
    result, count = _TABLE.subn(lambda found: found[1] + table(proto) + found[2], page)
    if count != 1:
        raise SystemExit(f"{PAGE} must hold the markers of the table once, not {count} times")
    return result


def main() -> int:
    """Write or check."""
    page = PAGE.read_text(encoding="utf-8")
    new = renewed(page, PROTO.read_text(encoding="utf-8"))
    if "--check" in sys.argv[1:]:
        if new != page:
            print(f"{PAGE} is not up to date: run python docs/reasons.py", file=sys.stderr)
        return int(new != page)
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
