"""Colour profiles: any picture to sRGB, and a profile for pictures that only name primaries.

HEIC files may carry an "nclx" box (chromaticities, ITU-T H.273) in place of a profile.
ICC.1:2022, https://www.color.org/specification/ICC.1-2022-05.pdf.
"""

from __future__ import annotations

import io
import struct

import numpy as np
from PIL import Image, ImageCms

MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
"""Pillow's mode for each colour space that a profile may describe."""
ROUNDING = 2
"""Levels of 255 within which a profile counts as sRGB."""

D50 = np.array([0.9642, 1.0, 0.8249])
"""XYZ of the profile connection space's white."""
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
"""g, a, b, c, d of ICC's parametric curve of type 3: (aX + b)^g where X >= d, else cX."""

Chromaticity = tuple[float, float]
"""CIE 1931 x and y."""


class Conversion:
    """Brings a picture to sRGB band by band: relative colorimetric, black-point compensation.

    Without a profile the mode's plain meaning holds. So it does where the profile is broken or
    is for other colours, as in browsers: the result is likelier right than a refusal, and
    ``notes`` are told why.
    """

    def __init__(self, icc: bytes | None, notes: list[str]) -> None:
        self._icc, self._notes = icc, notes
        self._mode = "RGB"
        self._transform: ImageCms.ImageCmsTransform | None = None
        self._is_built = False

    def to_srgb(self, band: Image.Image) -> Image.Image:
        """Convert one band to mode RGB; all bands of a picture are of one mode."""
        if self._icc is not None and not self._is_built:
            self._is_built = True
            try:
                self._mode, self._transform = _transform(band.mode, self._icc)
            except (ImageCms.PyCMSError, OSError, KeyError, ValueError) as error:
                self._notes.append(f"profile ignored: {error!r}")
        if band.mode != self._mode:
            band = band.convert(self._mode)
        return band if self._transform is None else self._transform.apply(band)


def _transform(picture: str, icc: bytes) -> tuple[str, ImageCms.ImageCmsTransform | None]:
    """Return the mode that a profile is for, and what takes it to sRGB; None where it is sRGB."""
    profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    mode = MODES[profile.profile.xcolor_space]
    fitting = {"CMYK": {"CMYK"}, "L": {"L", "RGB"}, "1": {"L", "RGB"}}.get(picture, {"RGB"})
    if mode not in fitting:
        raise ValueError(f"a profile for {mode} in a picture of mode {picture}")
    transform = ImageCms.buildTransform(
        profile,
        ImageCms.createProfile("sRGB"),
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    return mode, None if mode == "RGB" and _changes_nothing(transform) else transform


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether a profile is sRGB but for rounding: most are, and 12 megapixels take 0.2 s."""
    levels = np.linspace(0, 255, 9).astype(np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(9, 81, 3)
    moved = np.asarray(transform.apply(Image.fromarray(cube)))
    return bool(np.abs(moved.astype(np.int16) - cube).max() <= ROUNDING)


def matrix_profile(
    red: Chromaticity, green: Chromaticity, blue: Chromaticity, white: Chromaticity
) -> bytes:
    """Build an RGB display profile (ICC v4) of these primaries with sRGB's tone curve."""
    primaries = np.stack([_xyz(red), _xyz(green), _xyz(blue)], axis=1)
    native = primaries * np.linalg.solve(primaries, _xyz(white))
    gain = (BRADFORD @ D50) / (BRADFORD @ _xyz(white))
    colorants = np.linalg.solve(BRADFORD, gain[:, None] * (BRADFORD @ native))

    curve = b"para" + struct.pack(">4xHxx", 3) + _fixed(*SRGB_CURVE)
    tags = {
        b"desc": _text("RGB from chromaticities"),
        b"cprt": _text("CC0"),
        b"wtpt": b"XYZ \0\0\0\0" + _fixed(*D50),
        **{
            name: b"XYZ \0\0\0\0" + _fixed(*colorants[:, index])
            for index, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))
        },
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    return _assemble(tags)


def _assemble(tags: dict[bytes, bytes]) -> bytes:
    """Lay header, tag table and tag data out as one profile."""
    start = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        table += name + struct.pack(">II", start + len(data), len(value))
        data += value + bytes(-len(value) % 4)
    header = struct.pack(
        ">I4xI4s4s4s12x4s", start + len(data), 0x04400000, b"mntr", b"RGB ", b"XYZ ", b"acsp"
    )
    return header.ljust(68, b"\0") + _fixed(*D50).ljust(60, b"\0") + table + data


def _xyz(chromaticity: Chromaticity) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the XYZ of luminance 1 at a chromaticity."""
    x, y = chromaticity
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _fixed(*values: float) -> bytes:
    """Pack as s15Fixed16Number."""
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def _text(text: str) -> bytes:
    """Pack as multiLocalizedUnicodeType with one English entry."""
    encoded = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">4xII2s2sII", 1, 12, b"en", b"US", len(encoded), 28) + encoded
