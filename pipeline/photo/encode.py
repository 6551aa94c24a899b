"""Results become files: JPEG, PNG and WebP in sRGB, with no metadata of anybody's."""

from __future__ import annotations

import io
import struct
import zlib
from enum import StrEnum
from typing import TYPE_CHECKING

import cv2
from PIL import Image

from pipeline.values import CutOut

if TYPE_CHECKING:
    from pipeline.values import Pixels

QUALITY = 92
TELEGRAM_SIDE = 2560
"""The longer side of the largest size that Telegram keeps of a photo."""
TELEGRAM_RATIO = 20
"""Longer side by shorter side, at most."""
TELEGRAM_BYTES = 10_000_000
"""A photo's file must be smaller, https://core.telegram.org/bots/api#sendphoto."""


JPEG_START, PNG_START = b"\xff\xd8", b"\x89PNG"
PNG_HEADER = 33
"""Bytes up to the end of a PNG's first chunk."""
WEBP_XMP, WEBP_ALPHA = 0x04, 0x10
"""Flags of a WebP's extended header."""

DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" '
    'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    'Iptc4xmpExt:DigitalSourceType="{}"/>'
    '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)


MARK_BYTES = 1024
"""Room in a file for that mark."""


class SourceType(StrEnum):
    """Which of a picture's pixels a generator made, in IPTC's words."""

    WHOLE = "trainedAlgorithmicMedia"
    PART = "compositeWithTrainedAlgorithmicMedia"


class Format(StrEnum):
    """A file format for results."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"


def mark_generated(encoded: bytes, kind: SourceType) -> bytes:
    """Mark a file of ``encode``'s as made by a generator, wholly or in part, and lose no pixel.

    The mark is IPTC's DigitalSourceType as XMP, which is all the metadata that the file has then.
    Raises ValueError for another format.
    """
    packet = XMP.format(DIGITAL_SOURCE_TYPE + kind).encode()
    if encoded.startswith(JPEG_START):
        body = b"http://ns.adobe.com/xap/1.0/\0" + packet
        return JPEG_START + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + encoded[2:]
    if encoded.startswith(PNG_START):
        chunk = b"iTXtXML:com.adobe.xmp\0\0\0\0\0" + packet
        framed = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        return encoded[:PNG_HEADER] + framed + encoded[PNG_HEADER:]
    if encoded[:4] == b"RIFF":
        return _webp_with_xmp(encoded, packet)
    raise ValueError(f"a file that begins with {encoded[:4]!r}")


def _webp_with_xmp(encoded: bytes, packet: bytes) -> bytes:
    """Add a chunk of XMP, and the extended header that announces it."""
    chunks = encoded[12:]
    if chunks[:4] == b"VP8X":
        flags, size, chunks = chunks[8], chunks[12:18], chunks[18:]
    else:
        with Image.open(io.BytesIO(encoded)) as image:
            flags = WEBP_ALPHA if image.mode == "RGBA" else 0
            size = b"".join((side - 1).to_bytes(3, "little") for side in image.size)
    header = b"VP8X" + struct.pack("<IB3x", 10, flags | WEBP_XMP) + size
    xmp = b"XMP " + struct.pack("<I", len(packet)) + packet + bytes(len(packet) % 2)
    body = b"WEBP" + header + chunks + xmp
    return b"RIFF" + struct.pack("<I", len(body)) + body


def encode(picture: CutOut | Pixels, form: Format) -> bytes:
    """Encode a picture, (height, width, 3) uint8 RGB, or a cut-out with its transparency.

    JPEG holds none: TypeError is raised for a cut-out.
    """
    match form:
        case Format.PNG:
            return encode_png(picture)
        case Format.WEBP:
            return encode_webp(picture)
        case Format.JPEG:
            if isinstance(picture, CutOut):
                raise TypeError("JPEG holds no transparency: compose the cut-out first")
            return encode_jpeg(picture)


def encode_jpeg(pixels: Pixels, *, quality: int = QUALITY) -> bytes:
    """Encode (height, width, 3) uint8 RGB as baseline JPEG with colour at full resolution (4:4:4).

    A product on a coloured backdrop has colour edges sharper than any photo's, which 4:2:0
    smears, for a quarter of the bytes. Progressive scans would save 2 % for five times the time.
    """
    return _save(pixels, "JPEG", quality=quality, subsampling=0)


def encode_png(picture: CutOut | Pixels) -> bytes:
    """Encode losslessly; a cut-out as RGBA with straight alpha.

    Level 1 of 9 takes half the time of level 3 for 5 % more bytes. Pixels are (h, w, 3) uint8 RGB.
    """
    return _save(_channels(picture), "PNG", compress_level=1)


def encode_webp(picture: CutOut | Pixels, *, quality: int = QUALITY) -> bytes:
    """Encode with loss of colour; a cut-out's alpha is kept exact.

    Pixels are (h, w, 3) uint8 RGB.
    """
    return _save(_channels(picture), "WEBP", quality=quality, method=2)


def for_telegram(pixels: Pixels) -> bytes:
    """Encode (height, width, 3) uint8 RGB as a JPEG that ``sendPhoto`` takes as it is.

    The longer side is at most 2,560. Strips beyond 1:20 are widened by their border's colours.
    Quality is lowered in the rare case that 10 MB are not enough.
    """
    height, width = pixels.shape[:2]
    scale = TELEGRAM_SIDE / max(height, width)
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        height, width = pixels.shape[:2]
    least = -(-max(height, width) // TELEGRAM_RATIO)
    rows, columns = max(0, least - height), max(0, least - width)
    if rows or columns:
        pixels = cv2.copyMakeBorder(
            pixels,
            rows // 2,
            rows - rows // 2,
            columns // 2,
            columns - columns // 2,
            cv2.BORDER_REPLICATE,
        )
    return jpeg_within(pixels, TELEGRAM_BYTES)


def jpeg_within(pixels: Pixels, most: int) -> bytes:
    """Encode (height, width, 3) uint8 RGB as a JPEG of less than ``most`` bytes, where it can be.

    Quality is lowered where it must be.
    """
    for quality in range(QUALITY, 0, -10):
        encoded = encode_jpeg(pixels, quality=quality)
        if len(encoded) < most:
            break
    return encoded


def _channels(picture: CutOut | Pixels) -> Pixels:
    """Return RGB, or RGBA with the colour under alpha 0 cleared, which saves half the bytes."""
    if not isinstance(picture, CutOut):
        return picture
    alpha = cv2.convertScaleAbs(picture.alpha, alpha=255)
    rgba: Pixels = cv2.cvtColor(picture.foreground, cv2.COLOR_RGB2RGBA)
    cv2.insertChannel(alpha, rgba, 3)
    cv2.bitwise_and(rgba, 0, dst=rgba, mask=cv2.inRange(alpha, 0, 0))
    return rgba


def _save(pixels: Pixels, form: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form, **options)
    return buffer.getvalue()
