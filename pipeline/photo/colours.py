"""Colours that a file names by primaries and a transfer curve: brought to sRGB in linear light.

HEIF, AVIF and PNG may say "Display P3", "BT.2020 with PQ" or "gamma 1.0" in place of a profile.
The numbers are those of ITU-T H.273; PQ and HLG are of ITU-R BT.2100, with the diffuse white of
ITU-R BT.2408 at 203 nits, and what is brighter is rolled off.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.values import Pixels

    Samples: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]
    """(height, width, 3) or (height, width), full range."""

Chromaticity: TypeAlias = tuple[float, float]
"""CIE 1931 x and y."""
Primaries: TypeAlias = tuple[Chromaticity, Chromaticity, Chromaticity, Chromaticity]
"""Red, green, blue, white."""
Curve: TypeAlias = Literal["srgb", "pq", "hlg"] | float
"""How values mean light; a number is the exponent, 1 for light itself."""

SRGB_LINEAR, SRGB_SLOPE = 0.04045, 12.92
"""Up to which value sRGB's curve is a line, and how steep."""
D65 = (0.3127, 0.3290)
SRGB: Primaries = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), D65)
ADOBE_RGB: Primaries = ((0.640, 0.330), (0.210, 0.710), (0.150, 0.060), D65)
ADOBE_GAMMA = 563 / 256

PRIMARIES: dict[int, Primaries] = {
    4: ((0.670, 0.330), (0.210, 0.710), (0.140, 0.080), (0.310, 0.316)),
    5: ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060), D65),
    6: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), D65),
    7: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), D65),
    8: ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), (0.310, 0.316)),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), D65),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), D65),
    22: ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), D65),
}
"""By H.273's ColourPrimaries. Any other number, 1 and "unspecified" among them, means sRGB's."""
CURVES: dict[int, Curve] = {4: 2.2, 5: 2.8, 8: 1.0, 16: "pq", 17: 2.6, 18: "hlg"}
"""By H.273's TransferCharacteristics. The cameras' curves (1, 6, 14, 15) are read as sRGB's, as
everybody does: what they are shown by is near it."""

WHITE = 203
"""Nits of diffuse white, which becomes sRGB's."""
PQ_NITS, HLG_NITS = 10_000, 1000
SYSTEM_GAMMA = 1.2
"""What an HLG display of HLG_NITS adds to the scene's contrast."""
LUMINANCE = np.array([0.2627, 0.6780, 0.0593], np.float32)
"""Shares of BT.2020's primaries in luminance; HLG always has those primaries."""

LEVELS = 1 << 16

KNEE = 0.7
"""Light, of white's, up to which highlights leave everything as it is."""
BRIGHTEST = 99.5
"""The percentile of pixels that counts as the brightest: sparks may burn out."""
NEARLY_WHITE = 1.05
SAMPLED = 200_000
"""Pixels by which a picture's brightest light is judged."""
CONTRASTY = 1.6
"""Exponents below this leave the shadows too few of 256 levels."""

BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
NEAR = 0.003
"""Chromaticities nearer than this are the same, rounded."""
SRGB_GAMMA = 2.2
"""A PNG's gAMA of 1/2.2 is how programs have always written "sRGB"."""


@dataclass(frozen=True)
class Colours:
    """What the numbers of a picture mean."""

    primaries: Primaries
    curve: Curve

    @classmethod
    def numbered(cls, primaries: int, transfer: int) -> Colours:
        """Take the numbers of H.273."""
        return cls(PRIMARIES.get(primaries, SRGB), CURVES.get(transfer, "srgb"))

    @classmethod
    def of_gamma(cls, exponent: float | None, primaries: Primaries | None) -> Colours:
        """Take a PNG's chunks; what is missing or senseless is sRGB's."""
        curve: Curve = "srgb"
        if exponent is not None and 0.2 < exponent < 5:  # noqa: PLR2004 - what was ever meant
            # 2.2, also as files round it, means sRGB's curve.
            curve = "srgb" if abs(exponent - SRGB_GAMMA) < 0.02 else exponent  # noqa: PLR2004
        if primaries is None or not _is_triangle(primaries):
            primaries = SRGB
        return cls(primaries, curve)

    @property
    def is_srgb(self) -> bool:
        """Whether nothing is to be done."""
        return self.curve == "srgb" and bool(
            np.abs(np.subtract(self.primaries, SRGB)).max() <= NEAR
        )

    @property
    def is_hdr(self) -> bool:
        """Whether values may be brighter than white."""
        return self.curve in {"pq", "hlg"}

    @property
    def needs_depth(self) -> bool:
        """Whether 8 bits a channel would show steps."""
        return self.is_hdr or (isinstance(self.curve, float) and self.curve < CONTRASTY)

    def brightest(self, samples: Samples) -> float:
        """Return a picture's brightest light, 1 for white and below."""
        if not self.is_hdr:
            return 1.0
        pixels = samples.reshape(-1, 3)
        light = self._light(pixels[:: max(1, len(pixels) // SAMPLED)])
        brightest = float(np.percentile(light.max(axis=1), BRIGHTEST))
        return brightest if brightest > NEARLY_WHITE else 1.0

    def to_srgb(self, samples: Samples, brightest: float = 1.0) -> Pixels:
        """Return (height, width, 3) uint8 sRGB of as many samples.

        Light up to ``brightest`` fits in; colours beyond sRGB are clipped to its edge.
        """
        light = self._light(samples.reshape(-1, 3))
        if brightest > 1:
            _roll_off(light, brightest)
        np.clip(light, 0, 1, out=light)
        light *= LEVELS - 1
        light += 0.5
        pixels: Pixels = _encoded()[light.astype(np.uint16)]
        return pixels.reshape(samples.shape)

    def _light(self, samples: Samples) -> NDArray[np.float32]:
        """Return (n, 3) light in sRGB's primaries, 1 for white, below 0 outside its colours."""
        light: NDArray[np.float32] = self._tables[samples.dtype.itemsize == 1][samples]
        if self.curve == "hlg":
            luminance = np.maximum(light @ LUMINANCE, np.float32(1e-9))
            light *= (luminance ** np.float32(SYSTEM_GAMMA - 1))[:, None]
            light *= np.float32(HLG_NITS / WHITE)
        return light @ self._matrix

    @cached_property
    def _tables(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Light by value, of 16 and of 8 bits."""
        return _decoded(self.curve, LEVELS), _decoded(self.curve, 1 << 8)

    @cached_property
    def _matrix(self) -> NDArray[np.float32]:
        there, here = _to_xyz(self.primaries), _to_xyz(SRGB)
        return np.linalg.solve(here, there).T.astype(np.float32)


def _decoded(curve: Curve, levels: int) -> NDArray[np.float32]:
    value = np.linspace(0, 1, levels)
    match curve:
        case "srgb":
            above = ((value + 0.055) / 1.055) ** 2.4
            light = np.where(value <= SRGB_LINEAR, value / SRGB_SLOPE, above)
        case "pq":
            root = value ** (32 / 2523)
            share = np.maximum(root - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * root)
            light = PQ_NITS / WHITE * share ** (16384 / 2610)
        case "hlg":
            a, b, c = 0.17883277, 0.28466892, 0.55991073
            light = np.where(value <= 1 / 2, value**2 / 3, (np.exp((value - c) / a) + b) / 12)
        case float(exponent):
            light = value**exponent
    return light.astype(np.float32)


@cache
def _encoded() -> Pixels:
    """Return sRGB's value for each of LEVELS steps of light."""
    light = np.linspace(0, 1, LEVELS)
    above = 1.055 * light ** (1 / 2.4) - 0.055
    value = np.where(light <= SRGB_LINEAR / SRGB_SLOPE, SRGB_SLOPE * light, above)
    pixels: Pixels = np.rint(255 * value).astype(np.uint8)
    return pixels


def _roll_off(light: NDArray[np.float32], brightest: float) -> None:
    """Press what is above KNEE together so that ``brightest`` becomes 1, keeping hues; in place.

    It begins with the slope of 1, and does nothing at all where ``brightest`` is 1.
    """
    top = light.max(axis=1)
    above = np.maximum(top - KNEE, 0) / (1 - KNEE)
    most = (brightest - KNEE) / (1 - KNEE)
    pressed = KNEE + (1 - KNEE) * above * (1 + above / most**2) / (1 + above)
    light *= np.where(above > 0, pressed / np.maximum(top, KNEE), 1).astype(np.float32)[:, None]


def _to_xyz(primaries: Primaries) -> NDArray[np.float64]:
    """Return the matrix of linear RGB to XYZ, its white brought to D65's."""
    red, green, blue, white = (np.array([x / y, 1.0, (1 - x - y) / y]) for x, y in primaries)
    colours = np.stack([red, green, blue], axis=1)
    native = colours * np.linalg.solve(colours, white)
    x, y = D65
    gain = (BRADFORD @ [x / y, 1.0, (1 - x - y) / y]) / (BRADFORD @ white)
    adapted: NDArray[np.float64] = np.linalg.solve(BRADFORD, gain[:, None] * (BRADFORD @ native))
    return adapted


def _is_triangle(primaries: Primaries) -> bool:
    """Tell whether primaries span an area, with white in it: broken files name any numbers."""
    if any(y <= 0.001 for _, y in primaries):  # noqa: PLR2004 - to divide by
        return False
    red, green, blue, white = (np.array([x, y, 1 - x - y]) for x, y in primaries)
    colours = np.stack([red, green, blue], axis=1)
    if abs(np.linalg.det(colours)) < NEAR:
        return False
    return bool((np.linalg.solve(colours, white) > 0).all())
