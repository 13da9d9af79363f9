"""With trained heads words find pictures; other heads make what was stored anew; those of other models are refused."""

from __future__ import annotations

import hashlib
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from hallscribe.v1 import ingest_pb2, search_pb2, system_pb2
from hallscribe_export.progress import Silent
from hallscribe_export.projection import export_projection
from hallscribed.adapters.models.bundle import default_encoder_path, default_text_path, load
from hallscribed.adapters.models.minilm import MiniLmEncoder
from hallscribed.adapters.models.vjepa import VjepaEncoder
from hallscribed.adapters.runtime.factory import open_runtime
from hallscribed.domain.embedding import EmbeddingSpace
from support.daemon import Daemon
from support.frames import picture, shown
from support.heads import bundle_of, description, matched_heads, random_heads

SLIDES = (1, 2, 3)
# What heads could learn these slides to be about; none of these words is on a slide.
PHRASES = ("a bicycle that stays upright", "kneading bread dough", "how planets move around the sun")
SEEN = search_pb2.SEARCH_ROUTE_SEEN

Heads = Callable[[str, int], Path]


@pytest.fixture(scope="module")
def heads(tmp_path_factory: pytest.TempPathFactory) -> Heads:
    """Makes a bundle by name that takes each phrase to its slide; another turn is another joint space."""
    encoder, text = load(default_encoder_path()), load(default_text_path())
    decoded = [cv2.imdecode(np.frombuffer(picture(n), np.uint8), cv2.IMREAD_COLOR_RGB) for n in SLIDES]
    pictures = VjepaEncoder(encoder, open_runtime("openvino", encoder, 1)).encode(decoded)
    texts = MiniLmEncoder(text, open_runtime("openvino", text, 1)).encode(PHRASES)
    folder = tmp_path_factory.mktemp("heads")

    def made(name: str, turn: int) -> Path:
        told = description(encoder.space, text.space, match_cosine=0.9)
        source = matched_heads(folder / f"{name}.safetensors", told, pictures, texts, turn)
        export_projection(source, encoder, text, folder / name, Silent())
        return folder / name

    return made


# Beside an encoder that is named, the projection of the package is not used.
WITHOUT_HEADS = f'[encoder]\nbundle = "{default_encoder_path()}"\n'


def configured(bundle: Path, runtime: str = "openvino") -> str:
    return f'[projection]\nbundle = "{bundle}"\nruntime = "{runtime}"\n'


def restarted(daemon: Daemon, config: str) -> None:
    daemon.stop()
    (daemon.data.parent / "hallscribed.toml").write_text(config)
    daemon.start()


def asked(daemon: Daemon, **query: object) -> search_pb2.SearchResponse:
    return daemon.search.Search(search_pb2.SearchRequest(**query), timeout=10)  # type: ignore[arg-type]


def seen_at(daemon: Daemon, **query: object) -> float:
    return asked(daemon, routes=[SEEN], **query).moments[0].start_s


def check_answers(daemon: Daemon, lecture: str) -> None:
    """Every phrase and every picture finds its slide; the fused search says that it was seen."""
    for place, (number, phrase) in enumerate(zip(SLIDES, PHRASES, strict=True)):
        begin = 10.0 * place
        assert begin <= seen_at(daemon, text=phrase, lecture_ids=[lecture]) < begin + 10
        assert begin <= seen_at(daemon, image=picture(number), lecture_ids=[lecture]) < begin + 10
        best = asked(daemon, text=phrase, lecture_ids=[lecture]).moments[0]
        assert begin <= best.start_s < begin + 10
        assert SEEN in {hit.route for hit in best.hits}


def test_words_find_pictures_live_and_after_the_heads_were_changed(tmp_path: Path, heads: Heads) -> None:
    first, second = heads("first", 0), heads("second", 5)
    daemon = Daemon(tmp_path, configured(first)).start()
    try:
        for lecture in ("over", "open"):
            daemon.create(lecture)
            daemon.push(lecture, shown([1] * 10 + [2] * 10 + [3] * 10))
            check_answers(daemon, lecture)
        daemon.finish("over")
        folder = daemon.data / "lectures" / "over"
        wait_for(folder / "index.faiss")
        check_answers(daemon, "over")
        assert daemon.system.GetStatus(system_pb2.GetStatusRequest(), timeout=10).encoder.aligned
        written = digest(folder / "embeddings.npy")

        restarted(daemon, configured(first, "onnxruntime"))
        check_answers(daemon, "over")
        assert digest(folder / "embeddings.npy") == written, "the runtime is no other space"

        restarted(daemon, configured(second, "onnxruntime"))
        check_answers(daemon, "over")
        check_answers(daemon, "open")
        assert "another joint space" in daemon.log()
        assert digest(folder / "embeddings.npy.bak.1") == written
        assert digest(folder / "embeddings.npy") != written
        assert not (folder / "quarantine").exists(), "nothing was damaged"
        joint = np.load(folder / "embeddings.npy")
        assert joint.shape[1] == 768
        assert np.allclose(np.linalg.norm(joint, axis=1), 1, atol=1e-5)

        restarted(daemon, WITHOUT_HEADS)
        (report,) = asked(daemon, text=PHRASES[0], routes=[SEEN]).routes
        assert not report.available
        assert 10.0 <= seen_at(daemon, image=picture(2)) < 20.0
        assert digest(folder / "embeddings.npy.bak.2") == written
    finally:
        daemon.close()


def test_what_no_picture_shows_is_answered_as_without_heads(tmp_path: Path, heads: Heads) -> None:
    captions = b"WEBVTT\n\n00:02.000 --> 00:08.000\nSupply meets demand.\n\n00:12.000 --> 00:18.000\nTaxes are due.\n"
    daemon = Daemon(tmp_path, WITHOUT_HEADS).start()
    try:
        daemon.create("economics")
        daemon.push("economics", shown([1] * 10 + [2] * 10 + [3] * 10))
        daemon.ingest.PutCaptions(ingest_pb2.PutCaptionsRequest(lecture_id="economics", captions=captions), timeout=30)
        daemon.finish("economics")
        before = asked(daemon, text="market prices")
        restarted(daemon, configured(heads("first", 0)))
        after = asked(daemon, text="market prices")
        assert list(after.moments) == list(before.moments)
        assert [report.available for report in after.routes] == [True, True, True]
    finally:
        daemon.close()


@pytest.mark.parametrize("which", ["visual", "text"])
def test_heads_of_another_model_end_the_start_with_78_and_both_names(tmp_path: Path, heads: Heads, which: str) -> None:
    encoder, text = load(default_encoder_path()), load(default_text_path())
    spaces = {"visual": encoder.space, "text": text.space}
    mine = spaces[which]
    spaces[which] = EmbeddingSpace("another-model@7", mine.dimensions, trained=True, aligned=False)
    told = description(spaces["visual"], spaces["text"])
    source = random_heads(tmp_path / "heads.safetensors", told)
    made_for = bundle_of("encoder", spaces["visual"]), bundle_of("text", spaces["text"])
    export_projection(source, *made_for, tmp_path / "bundle", Silent())
    daemon = Daemon(tmp_path, configured(tmp_path / "bundle"))
    ended = subprocess.run(daemon.arguments(), capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 78
    assert "another-model@7" in ended.stderr
    assert mine.name in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_bundle_of_another_kind_ends_the_start_with_78(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, configured(default_encoder_path()))
    ended = subprocess.run(daemon.arguments(), capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 78
    assert "configure one of kind projection" in ended.stderr


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.is_file():
        assert time.monotonic() < deadline, f"{path} is not written"
        time.sleep(0.05)
