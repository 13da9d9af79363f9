from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from hallscribed.adapters.store.derived import FolderFiles
from hallscribed.app.recovery import load_lectures
from hallscribed.domain.errors import DataDamaged
from hallscribed.domain.frame import EncodedFrame
from hallscribed.pipeline.maintenance import Sealing
from support.box import Box
from support.fakes import jpeg, slide


def loaded(box: Box) -> list[str]:
    sealing = Sealing(box.projection, box.visual, FolderFiles())
    return load_lectures(box.catalog, sealing, box.corpus, box.recorder, lambda: None)


def test_one_damaged_vector_does_not_keep_the_box_from_starting(tmp_path: Path) -> None:
    box = Box(tmp_path)
    for name in ("broken", "whole"):
        path = box.frame_path(box.catalog.create(name, ""))
        path.take(EncodedFrame(1, 0.0, jpeg(slide(1))))
        path.commit()
    box.close()
    damaged = apsw.Connection(str(tmp_path / "lectures" / "broken" / "metadata.db"))
    damaged.execute("UPDATE embeddings SET crc32 = crc32 + 1")
    damaged.close()

    again = Box(tmp_path)
    told = loaded(again)
    assert len(told) == 1
    assert "broken" in told[0]
    with pytest.raises(DataDamaged, match="checksum"):
        again.catalog.open("broken")
    whole = again.catalog.open("whole")
    assert again.visual.rows(whole.uid) == 1
    again.close()
