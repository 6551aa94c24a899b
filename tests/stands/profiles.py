"""Colour profiles, written by the book: ICC.1:2022."""

from __future__ import annotations

import struct

import numpy as np

from pipeline.photo.colours import BRADFORD, Chromaticity

D50 = np.array([0.9642, 1.0, 0.8249])
"""XYZ of the profile connection space's white."""
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
"""g, a, b, c, d of ICC's parametric curve of type 3: (aX + b)^g where X >= d, else cX."""


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
