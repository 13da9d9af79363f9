"""`hallscribe notes`: a lecture's notes as Markdown or JSON, with key frames when given a folder."""

from __future__ import annotations

import json
from pathlib import Path

from hallscribe.async_client import AsyncClient
from hallscribe.commands.fields import lecture_fields, section_fields
from hallscribe.errors import NotFound
from hallscribe.notes import notes_markdown
from hallscribe.output import Output
from hallscribe.values import Notes

_PICTURES = "pictures"


async def notes(client: AsyncClient, output: Output, lecture_id: str, as_json: bool, folder: Path | None) -> None:
    """Print a lecture's notes, or write them and their pictures into a folder.

    JSON is one object {"lecture": {...}, "sections": [...]}. In a folder: notes.md or notes.json, pictures/NNN.jpg.
    """
    found = await client.notes(lecture_id)
    pictures = await _save_pictures(client, found, folder) if folder is not None else {}
    if as_json:
        sections = [
            {**section_fields(section), "picture": pictures.get(section.segment.segment_number)}
            for section in found.sections
        ]
        text = json.dumps({"lecture": lecture_fields(found.lecture), "sections": sections}) + "\n"
    else:
        text = notes_markdown(found, pictures.get)
    if folder is None:
        output.text(text)
        return
    file = folder / ("notes.json" if as_json else "notes.md")
    file.write_text(text, encoding="utf-8")
    if output.as_json:
        output.line({"file": str(file), "pictures": len(pictures)})
    output.remark(f"Wrote {file} and {len(pictures)} pictures.")


async def _save_pictures(client: AsyncClient, found: Notes, folder: Path) -> dict[int, str]:
    """Save every key frame; gives each segment's path as it is to stand in the notes."""
    (folder / _PICTURES).mkdir(parents=True, exist_ok=True)
    saved = {}
    for number in (section.segment.segment_number for section in found.sections if section.segment.has_picture):
        try:
            picture = await client.picture(found.lecture.lecture_id, number)
        except NotFound:
            # Kept when the notes were asked for and gone since: the notes do without it.
            continue
        saved[number] = f"{_PICTURES}/{number:03}.jpg"
        (folder / saved[number]).write_bytes(picture)
    return saved
