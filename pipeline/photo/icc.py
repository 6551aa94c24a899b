"""Colour profiles (ICC.1:2022): any picture to sRGB."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageCms

MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
"""Pillow's mode for each colour space that a profile may describe."""
ROUNDING = 2
"""Levels of 255 within which a profile counts as sRGB."""


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
