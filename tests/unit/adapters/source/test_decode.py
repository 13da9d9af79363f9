"""Pictures of every kind that cameras, screens and accidents make."""

from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from hallscribed.adapters.source.decode import PictureRefused, check_header, decode, decode_gray, is_key_frame, to_jpeg
from hallscribed.domain.errors import Reason
from hallscribed.domain.frame import EncodedFrame, ImageFormat


def photo(width: int = 320, height: int = 180) -> NDArray[np.uint8]:
    """Smooth colours, each corner of its own, RGB."""
    corners = np.array([[[250, 20, 30], [20, 240, 40]], [[30, 40, 250], [240, 230, 20]]], np.uint8)
    return cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR)


def encoded(picture: NDArray[np.uint8], kind: str = "JPEG", mode: str = "RGB", **options: object) -> bytes:
    """By Pillow, so that the reader is not tested with its own writer."""
    out = io.BytesIO()
    Image.fromarray(picture).convert(mode).save(out, kind, **options)
    return out.getvalue()


def frame(data: bytes, kind: ImageFormat = ImageFormat.AUTO, width: int = 0, height: int = 0) -> EncodedFrame:
    return EncodedFrame(1, 0.0, data, kind, width, height)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks)


def refusal(data: bytes, kind: ImageFormat = ImageFormat.AUTO, width: int = 0, height: int = 0) -> Reason:
    with pytest.raises(PictureRefused) as caught:
        check_header(frame(data, kind, width, height))
    assert caught.value.detail
    return caught.value.reason


def difference(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


@pytest.mark.parametrize(
    ("data", "tolerance"),
    [
        pytest.param(encoded(photo(), quality=95), 2, id="baseline"),
        pytest.param(encoded(photo(), quality=95, progressive=True), 2, id="progressive"),
        pytest.param(encoded(photo(), quality=95, restart_marker_blocks=4), 2, id="restart markers"),
        pytest.param(encoded(photo(), quality=95) + b"\0" * 300, 2, id="padding behind the end"),
        pytest.param(encoded(photo(), "PNG"), 0, id="png"),
        pytest.param(encoded(photo(), "PNG", "RGBA"), 0, id="opaque alpha"),
        pytest.param(encoded(photo(), "PNG", "P"), 60, id="palette"),
        pytest.param(encoded(photo(), "JPEG", "CMYK", quality=95), 4, id="cmyk"),
    ],
)
def test_every_kind_shows_the_same_picture(data: bytes, tolerance: float) -> None:
    check_header(frame(data))
    picture = decode(frame(data), None)
    assert picture.dtype == np.uint8
    assert picture.shape == (180, 320, 3)
    assert difference(picture, photo()) <= tolerance


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_grey_becomes_three_equal_channels(kind: str) -> None:
    picture = decode(frame(encoded(photo(), kind, "L")), None)
    assert picture.shape == (180, 320, 3)
    assert difference(picture[..., 0], picture[..., 2]) == 0


def test_sixteen_bits_become_eight() -> None:
    done, data = cv2.imencode(".png", photo()[..., ::-1].astype(np.uint16) * 257)
    assert done
    assert difference(decode(frame(data.tobytes()), None), photo()) <= 1


def test_sixteen_bit_alpha_is_laid_over_white() -> None:
    values = np.zeros((4, 6, 4), np.uint16)
    values[:, 3:, 3] = 65535
    done, data = cv2.imencode(".png", values)
    assert done
    picture = decode(frame(data.tobytes()), None)
    assert (picture[:, :3] == 255).all()
    assert (picture[:, 3:] == 0).all()


@pytest.mark.parametrize("mode", ["P", "RGB", "L"])
def test_a_colour_that_is_transparent_is_laid_over_white(mode: str) -> None:
    """As programs save slides with few colours: black beneath, and the writing black as well."""
    drawn = Image.new(mode, (64, 36), 7 if mode != "RGB" else (7, 7, 7))
    if mode == "P":
        drawn.putpalette([0, 0, 0] * 256)
    drawn.paste(9 if mode != "RGB" else (9, 9, 9), (10, 10, 30, 30))
    stream = io.BytesIO()
    drawn.save(stream, "PNG", transparency=7 if mode != "RGB" else (7, 7, 7))
    picture = decode(frame(stream.getvalue()), None)
    assert picture.shape == (36, 64, 3)
    assert picture[20, 20].max() < 20
    assert (picture[0, 0] == 255).all() == (mode != "L")


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_one_pixel(kind: str) -> None:
    data = encoded(photo(1, 1), kind)
    check_header(frame(data))
    assert decode(frame(data), 960).shape == (1, 1, 3)
    assert cv2.imdecode(np.frombuffer(to_jpeg(frame(data)), np.uint8), 1).shape == (1, 1, 3)


@pytest.mark.parametrize(
    ("sent", "is_one"),
    [
        (frame(encoded(photo(1920, 1080), quality=80)), True),
        (frame(encoded(photo(1921, 1080), quality=80)), False),
        (frame(encoded(photo(), "PNG")), False),
        (frame(photo().tobytes(), ImageFormat.RAW_RGB, 320, 180), False),
    ],
)
def test_a_small_jpeg_is_a_key_frame_as_it_is(sent: EncodedFrame, is_one: bool) -> None:
    assert is_key_frame(sent) is is_one
    assert (to_jpeg(sent) == sent.data) is is_one


def turned(lying: NDArray[np.uint8]) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # "rotate by 90 degrees clockwise to show"
    return encoded(lying, quality=95, exif=exif)


def test_a_turned_camera_gives_an_upright_picture() -> None:
    data = turned(np.ascontiguousarray(np.rot90(photo(), 1)))
    for side in (None, 100):
        picture = decode(frame(data), side)
        assert difference(picture, cv2.resize(photo(), picture.shape[1::-1])) <= 3


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(frame(encoded(photo(1600, 900), quality=90)), id="jpeg"),
        pytest.param(frame(encoded(photo(1600, 900), quality=90, subsampling=0, progressive=True)), id="progressive"),
        pytest.param(frame(encoded(photo(1600, 900), quality=90, keep_rgb=True)), id="rgb inside"),
        pytest.param(frame(encoded(photo(1600, 900), "JPEG", "CMYK", quality=95)), id="cmyk"),
        pytest.param(frame(encoded(photo(1600, 900), "JPEG", "L", quality=95)), id="grey"),
        pytest.param(frame(turned(photo(1600, 900))), id="turned"),
        pytest.param(frame(encoded(photo(), "PNG", "RGBA")), id="png"),
        pytest.param(frame(photo().tobytes(), ImageFormat.RAW_RGB, 320, 180), id="raw"),
    ],
)
def test_luma_alone_is_that_of_the_whole_picture(sent: EncodedFrame) -> None:
    whole = decode(sent, 800)
    luma, picture = decode_gray(sent, 800)
    assert difference(luma, cv2.cvtColor(whole, cv2.COLOR_RGB2GRAY)) <= 1.0
    if picture is not None:
        assert (picture == whole).all()
    luma, picture = decode_gray(sent, 800, colours=True)
    assert (luma == cv2.cvtColor(whole, cv2.COLOR_RGB2GRAY)).all()
    assert picture is not None
    assert (picture == whole).all()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_cannot_be_decoded_has_no_luma(kind: str) -> None:
    data = encoded(photo(), kind)
    data = data[:200] + b"\xff" * 40 if kind == "JPEG" else data[:60] + bytes(len(data) - 60)
    with pytest.raises(PictureRefused):
        decode_gray(frame(data), 100)


def test_raw_rows_are_taken_as_they_are() -> None:
    data = photo().tobytes()
    assert (decode(frame(data, ImageFormat.RAW_RGB, 320, 180), 10) == photo()).all()


@pytest.mark.parametrize(
    ("wanted", "width"), [(None, 1600), (1600, 1600), (801, 1600), (800, 800), (500, 800), (400, 400), (150, 200)]
)
def test_a_large_jpeg_is_decoded_smaller_but_not_too_small(wanted: int | None, width: int) -> None:
    data = encoded(photo(1600, 900), quality=90)
    picture = decode(frame(data), wanted)
    assert picture.shape[1] == width
    assert difference(picture, cv2.resize(photo(1600, 900), picture.shape[1::-1], interpolation=cv2.INTER_AREA)) <= 3


@pytest.mark.parametrize("data", [b"", b"\xff", b"hello", b"GIF89a" + b"\0" * 50, b"BM" + b"\0" * 60, b"\0" * 1000])
def test_other_bytes_are_no_image(data: bytes) -> None:
    assert refusal(data) is Reason.NOT_AN_IMAGE


def test_a_format_that_is_not_what_was_said() -> None:
    assert refusal(encoded(photo(), "PNG"), ImageFormat.JPEG) is Reason.NOT_AN_IMAGE
    check_header(frame(encoded(photo(), "PNG"), ImageFormat.PNG))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_cut_off_anywhere_is_refused(kind: str) -> None:
    whole = encoded(photo(), kind, **({"progressive": True} if kind == "JPEG" else {}))
    for length in {*range(8, 200, 7), *range(200, len(whole), 97), len(whole) - 1, len(whole) - 2}:
        assert refusal(whole[:length]) is Reason.DAMAGED_IMAGE, length


def test_a_thumbnail_end_is_not_the_pictures_end() -> None:
    whole = encoded(photo(), exif=b"Exif\0\0" + encoded(photo(16, 9)))
    check_header(frame(whole))
    assert refusal(whole[: len(whole) // 2]) is Reason.DAMAGED_IMAGE


def test_no_flipped_bit_of_a_png_gets_through() -> None:
    whole = encoded(photo(64, 36), "PNG")
    for place in range(8, len(whole), 5):
        hurt = bytearray(whole)
        hurt[place] ^= 1 << (place % 8)
        assert refusal(bytes(hurt)) is Reason.DAMAGED_IMAGE, place


def test_a_flipped_bit_of_a_jpeg_is_refused_or_shown_never_more() -> None:
    whole = encoded(photo(64, 36))
    outcomes = set()
    for place in range(2, len(whole), 3):
        hurt = bytearray(whole)
        hurt[place] ^= 1 << (place % 8)
        try:
            outcomes.add(decode(frame(bytes(hurt)), 960).ndim)
        except PictureRefused as refused:
            outcomes.add(refused.reason)
    assert outcomes <= {3, Reason.DAMAGED_IMAGE, Reason.NOT_AN_IMAGE, Reason.IMAGE_TOO_LARGE}
    assert Reason.DAMAGED_IMAGE in outcomes


@pytest.mark.parametrize("size", [(20000, 20000), (8193, 1), (8192, 8192), (1, 2**31 - 1)])
def test_a_huge_header_is_refused_before_anything_is_decoded(size: tuple[int, int]) -> None:
    data = png(*size, chunk(b"IDAT", zlib.compress(b"\0")), chunk(b"IEND", b""))
    assert refusal(data) is Reason.IMAGE_TOO_LARGE


def test_a_huge_jpeg_header_is_refused() -> None:
    data = bytearray(encoded(photo()))
    place = data.index(b"\xff\xc0") + 5
    data[place : place + 4] = struct.pack(">HH", 20000, 20000)
    assert refusal(bytes(data)) is Reason.IMAGE_TOO_LARGE


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (0, 0)])
def test_no_pixels_are_no_picture(size: tuple[int, int]) -> None:
    data = png(*size, chunk(b"IDAT", zlib.compress(b"\0")), chunk(b"IEND", b""))
    assert refusal(data) is Reason.DAMAGED_IMAGE


@pytest.mark.parametrize(
    "chunks",
    [
        (chunk(b"IEND", b""),),
        (chunk(b"IDAT", zlib.compress(b"\0" * 3000)[:9]), chunk(b"IEND", b"")),
        (chunk(b"IDAT", b"no zlib at all"), chunk(b"IEND", b"")),
    ],
    ids=["no pixels", "pixels cut off", "pixels of nonsense"],
)
def test_a_png_with_sound_checksums_and_no_pixels_is_refused(chunks: tuple[bytes, ...]) -> None:
    with pytest.raises(PictureRefused) as caught:
        decode(frame(png(32, 18, *chunks)), None)
    assert caught.value.reason is Reason.DAMAGED_IMAGE


@pytest.mark.parametrize(
    ("count", "width", "height", "reason"),
    [
        (29, 5, 2, Reason.WRONG_RAW_SIZE),
        (31, 5, 2, Reason.WRONG_RAW_SIZE),
        (0, 0, 0, Reason.WRONG_RAW_SIZE),
        (30, -5, -2, Reason.WRONG_RAW_SIZE),
        (30, 20000, 20000, Reason.IMAGE_TOO_LARGE),
    ],
)
def test_raw_frames_must_be_what_they_say(count: int, width: int, height: int, reason: Reason) -> None:
    assert refusal(b"\0" * count, ImageFormat.RAW_RGB, width, height) is reason


def test_a_key_frame_that_fits_stays_as_it_is() -> None:
    data = encoded(photo(1920, 1080))
    assert to_jpeg(frame(data)) is data


@pytest.mark.parametrize(
    ("picture", "size"),
    [
        (frame(encoded(photo(4000, 1000))), (1920, 480)),
        (frame(encoded(photo(1000, 2500), "PNG")), (768, 1920)),
        (frame(encoded(photo(), "PNG")), (320, 180)),
        (frame(photo().tobytes(), ImageFormat.RAW_RGB, 320, 180), (320, 180)),
    ],
    ids=["wide jpeg", "tall png", "small png", "raw"],
)
def test_a_key_frame_is_a_jpeg_of_at_most_1920(picture: EncodedFrame, size: tuple[int, int]) -> None:
    made = Image.open(io.BytesIO(to_jpeg(picture)))
    assert made.format == "JPEG"
    assert made.size == size
    assert difference(np.asarray(made), photo(*size)) <= 3
