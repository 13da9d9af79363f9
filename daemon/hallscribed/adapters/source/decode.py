"""From a frame's bytes to its pixels. Runs in worker processes only: decoders are where bad input does harm."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from hallscribed.adapters.source.header import PictureHeader, PictureRefused, check_size, read_header
from hallscribed.domain.errors import Reason
from hallscribed.domain.frame import KEY_FRAME_SIDE, EncodedFrame, ImageFormat

__all__ = ["PictureRefused", "check_header", "decode", "decode_gray", "is_key_frame", "to_jpeg"]

_KEY_FRAME_QUALITY = 90
# libjpeg scales by 1/2, 1/4, 1/8 while it decodes, and leaves out the work of what is not shown.
_COLOUR = {
    8: cv2.IMREAD_REDUCED_COLOR_8,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    1: cv2.IMREAD_COLOR,
}
_GRAY = {
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    1: cv2.IMREAD_GRAYSCALE,
}

Picture = NDArray[np.uint8]


def check_header(frame: EncodedFrame) -> None:
    """Look at a frame without decoding it.

    Raises:
        PictureRefused: NOT_AN_IMAGE, DAMAGED_IMAGE, IMAGE_TOO_LARGE or WRONG_RAW_SIZE.
    """
    _checked(frame)


def decode(frame: EncodedFrame, longest_side: int | None) -> Picture:
    """Decode to RGB uint8 (H, W, 3), upright as EXIF says, alpha over white, 16 bits as 8.

    Args:
        frame: JPEG, PNG or raw RGB.
        longest_side: pixels that are enough; a larger JPEG is decoded smaller where that saves time, but never
            below this. None decodes as it is.

    Raises:
        PictureRefused: as ``check_header``, and DAMAGED_IMAGE when the decoder fails.
    """
    header = _checked(frame)
    if frame.format is ImageFormat.RAW_RGB:
        return np.frombuffer(frame.data, np.uint8).reshape(frame.height, frame.width, 3)
    if header.alpha:
        return _made(header, lambda: _opaque(frame.data))
    return _made(header, lambda: _coloured(frame.data, _COLOUR[_divisor(header, longest_side)]))


def decode_gray(
    frame: EncodedFrame, longest_side: int | None, *, colours: bool = False
) -> tuple[Picture, Picture | None]:
    """Decode to luma alone, uint8 (H, W), which of a JPEG takes about half the time.

    Args:
        colours: they are wanted as well; luma and then ``decode`` take longer than both at once.

    Returns:
        The luma, and what ``decode`` gives where that was wanted, or had to be made: of all that is no JPEG.

    Raises:
        PictureRefused: as ``decode``.
    """
    header = _checked(frame)
    if colours or header.format is not ImageFormat.JPEG:
        picture = decode(frame, longest_side)
        return _as_picture(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)), picture
    flag, data = _GRAY[_divisor(header, longest_side)], np.frombuffer(frame.data, np.uint8)
    return _as_picture(_made(header, lambda: cv2.imdecode(data, flag))), None


def is_key_frame(frame: EncodedFrame) -> bool:
    """Whether ``to_jpeg`` leaves a frame as it is. PictureRefused as ``check_header``."""
    header = _checked(frame)
    return header.format is ImageFormat.JPEG and max(header.width, header.height) <= KEY_FRAME_SIDE


def to_jpeg(frame: EncodedFrame) -> bytes:
    """A frame as a key frame: JPEG, longest side at most 1920 pixels; a JPEG that is small enough stays as it is.

    Raises:
        PictureRefused: as ``decode``.
    """
    if is_key_frame(frame):
        return frame.data
    picture = decode(frame, KEY_FRAME_SIDE)
    height, width = picture.shape[:2]
    if max(height, width) > KEY_FRAME_SIDE:
        share = KEY_FRAME_SIDE / max(height, width)
        size = max(1, round(width * share)), max(1, round(height * share))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    quality = [cv2.IMWRITE_JPEG_QUALITY, _KEY_FRAME_QUALITY]
    made, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), quality)
    if not made:
        raise RuntimeError(f"a picture of {width} x {height} could not be written as JPEG")
    return bytes(data)


def _checked(frame: EncodedFrame) -> PictureHeader:
    if frame.format is ImageFormat.RAW_RGB:
        header = PictureHeader(ImageFormat.RAW_RGB, frame.width, frame.height)
    else:
        header = read_header(frame.data)
        if frame.format not in (ImageFormat.AUTO, header.format):
            told = f"the frame is said to be {frame.format}, but its bytes are {header.format}; say the same or AUTO"
            raise PictureRefused(Reason.NOT_AN_IMAGE, told)
    if frame.format is ImageFormat.RAW_RGB:
        check_size(frame.width, frame.height)
        wanted = frame.width * frame.height * 3
        if min(frame.width, frame.height) < 1 or len(frame.data) != wanted:
            told = f"{len(frame.data)} bytes are no raw RGB picture of {frame.width} x {frame.height}: that is {wanted}"
            raise PictureRefused(Reason.WRONG_RAW_SIZE, told)
    return header


def _divisor(header: PictureHeader, longest_side: int | None) -> int:
    """By how much a picture may be scaled down while it is decoded."""
    if header.format is not ImageFormat.JPEG or longest_side is None:
        return 1
    side = max(header.width, header.height)
    return next(divisor for divisor in _COLOUR if divisor == 1 or side >= divisor * longest_side)


def _coloured(data: bytes, flag: int) -> Picture | None:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
    return None if picture is None else _as_picture(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))


def _opaque(data: bytes) -> Picture | None:
    """Over white: what lies under full transparency is often black, and would hide dark text."""
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None:
        return None
    if picture.ndim == 2:  # of one grey level that is transparent the decoder tells nothing
        return _coloured(data, cv2.IMREAD_COLOR)
    if picture.dtype == np.uint16:
        picture = (picture >> 8).astype(np.uint8)
    rgba = cv2.cvtColor(picture, cv2.COLOR_BGRA2RGBA)
    alpha = rgba[..., 3:].astype(np.uint16)
    mixed = (rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return _as_picture(mixed.astype(np.uint8))


def _as_picture(values: NDArray[np.generic]) -> Picture:
    return np.asarray(values, np.uint8)


def _made(header: PictureHeader, picture: Callable[[], Picture | None]) -> Picture:
    """What a decoder gives; PictureRefused where that is nothing."""
    try:
        made = picture()
    except cv2.error as error:
        raise _undecodable(header) from error
    if made is None:
        raise _undecodable(header)
    return made


def _undecodable(header: PictureHeader) -> PictureRefused:
    told = f"the {header.format.upper()}'s header is whole, but its pixels cannot be decoded; send the frame again"
    return PictureRefused(Reason.DAMAGED_IMAGE, told)
