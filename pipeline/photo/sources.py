"""Each format's way to be opened: its picture, what its colours mean, and what it leaves unsaid."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING

from pi_heif import HeifImageFile
from PIL import TiffImagePlugin
from PIL.AvifImagePlugin import AvifImageFile
from PIL.ExifTags import IFD
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile

from pipeline.photo import deep, isobmff, jpeg, png, tiff
from pipeline.photo.colours import ADOBE_GAMMA, ADOBE_RGB, Colours

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

BROKEN = (SyntaxError, ValueError, TypeError, LookupError, struct.error, Warning)
"""What reading broken metadata raises; Pillow warns of it, which is an error where tests run."""

INTEROPERABILITY_INDEX, ADOBE = 1, "R03"
"""DCF 2.0: how cameras say that a picture without a profile is in Adobe RGB."""


@dataclass(slots=True)
class Source:
    """A file whose header was read, and nothing decoded.

    ``icc`` is its colour profile; ``colours`` what else says what its colours mean, where there is
    no profile; ``orientation`` the EXIF number where the picture's own metadata lacks it;
    ``is_negative`` that black and white are to be changed. ``witness`` is the same file that must
    show the same picture (see ``jpeg.endings``); ``read_deep`` reads more than 8 bits a channel.
    """

    image: ImageFile
    icc: bytes | None = None
    colours: Colours | None = None
    orientation: int | None = None
    is_negative: bool = False
    witness: ImageFile | None = None
    read_deep: deep.Read | None = None


def open_plain(reader: type[ImageFile], data: bytes) -> Source:
    """Open a file about which Pillow tells everything."""
    image = reader(BytesIO(data))
    return Source(image, image.info.get("icc_profile"))


def open_jpeg(data: bytes) -> Source:
    """Open a JPEG, whole or only without its end."""
    ends = jpeg.endings(data)
    image = JpegImageFile(BytesIO(ends[0] if ends else data))
    source = Source(image, image.info.get("icc_profile"))
    if ends:
        source.witness = JpegImageFile(BytesIO(ends[1]))
    if not source.icc and _is_adobe_rgb(image):
        source.colours = Colours(ADOBE_RGB, ADOBE_GAMMA)
    return source


def open_png(data: bytes) -> Source:
    """Open a PNG. Of what it says of its colours the newest kind counts, as PNG 3 has it."""
    file = png.essence(data)
    source = Source(PngImageFile(BytesIO(file.data)))
    told = file.colour
    if len(numbers := told.get(b"cICP", b"")) > 1:
        source.colours = Colours.numbered(numbers[0], numbers[1])
    elif (profile := file.profile()) is not None:
        source.icc = profile
    elif b"sRGB" not in told:
        source.colours = _by_gamma(told)
    if file.depth == png.DEEP and b"tRNS" not in file.data:
        source.read_deep = partial(deep.read_other, file.data, png.DEEP)
    return source


def open_tiff(data: bytes) -> Source:
    """Open the photo of a TIFF or DNG, which need not be its first picture."""
    file = tiff.photo_first(data)
    before = TiffImagePlugin.READ_LIBTIFF
    # Pillow's own reader takes the low and the high bytes of 16-bit planes for pixels.
    TiffImagePlugin.READ_LIBTIFF = before or file.is_planar
    try:
        source = open_plain(TiffImageFile, file.data)
    finally:
        TiffImagePlugin.READ_LIBTIFF = before
    source.orientation, source.is_negative = file.orientation, file.is_negative
    return source


def open_avif(data: bytes) -> Source:
    """Open an AVIF, whose named colours Pillow passes over."""
    try:
        source = open_plain(AvifImageFile, data)
    except (SyntaxError, ValueError):  # libavif reads no picture beside EXIF that is none
        data = isobmff.without_exif(data)
        source = open_plain(AvifImageFile, data)
    try:
        depth, colours = isobmff.depth_of(data), isobmff.colour_of(data)
    except BROKEN:
        return source
    if colours and not source.icc:
        source.colours = Colours.numbered(*colours)
    if depth > deep.BITS:
        source.read_deep = partial(deep.read_other, data, depth)
    return source


def open_heif(data: bytes) -> Source:
    """Open a HEIC."""
    data = isobmff.named_mif1(data)
    source = open_plain(HeifImageFile, data)
    info = source.image.info
    if not source.icc and (nclx := info.get("nclx_profile")):
        numbers = nclx["color_primaries"], nclx["transfer_characteristics"]
        source.colours = Colours.numbered(*(int(number) for number in numbers))
    if info.get("bit_depth", deep.BITS) > deep.BITS:
        source.read_deep = partial(deep.read_heif, data)
    return source


def _by_gamma(told: dict[bytes, bytes]) -> Colours | None:
    """Return what a PNG's oldest kind of chunks says, None where there are none."""
    exponent, primaries = None, None
    if len(gamma := told.get(b"gAMA", b"")) >= 4 and any(gamma):  # noqa: PLR2004 - bytes
        exponent = 100_000 / int.from_bytes(gamma[:4])
    if len(chromaticities := told.get(b"cHRM", b"")) >= 32:  # noqa: PLR2004 - bytes
        wx, wy, rx, ry, gx, gy, bx, by = (
            number / 100_000 for number in struct.unpack(">8I", chromaticities[:32])
        )
        primaries = (rx, ry), (gx, gy), (bx, by), (wx, wy)
    if exponent is None and primaries is None:
        return None
    return Colours.of_gamma(exponent, primaries)


def _is_adobe_rgb(image: JpegImageFile) -> bool:
    try:
        return image.getexif().get_ifd(IFD.Interop).get(INTEROPERABILITY_INDEX) == ADOBE
    except BROKEN:
        return False
