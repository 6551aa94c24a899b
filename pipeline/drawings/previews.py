"""The presets as one picture of numbered thumbnails: empty, or with the product on each."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pipeline.backdrops import fill
from pipeline.compose import Frame, Style
from pipeline.compose.framing import Placement, layer
from pipeline.drawings.numbered import CELL, sheet
from pipeline.photo.encode import encode_jpeg

if TYPE_CHECKING:
    from pipeline.backdrops import Backdrop, Backdrops
    from pipeline.studio import Studio
    from pipeline.values import CutOut

EMPTY_SIZE = (CELL * 3 // 4, CELL)
"""Width and height of a thumbnail without a product."""
BACKDROP_SIDE = 400
"""Side of a preset behind a thumbnail, in pixels: filling it from the whole preset takes longer."""
PRODUCT_SIDE = 640
"""Longer side of the cut-out that the thumbnails are made of."""


class Swatches:
    """Draws the presets by themselves, once."""

    def __init__(self, backdrops: Backdrops) -> None:
        """Keep the presets."""
        self._backdrops = backdrops

    def draw(self) -> bytes:
        """Return the sheet as a JPEG."""
        return self._drawn

    @cached_property
    def _drawn(self) -> bytes:
        presets = [self._backdrops.load(name) for name in self._backdrops.names]
        return encode_jpeg(sheet([fill(preset.pixels, *EMPTY_SIZE) for preset in presets]))


class Previews:
    """Draws the product on every preset; the presets are shrunk once."""

    def __init__(self, studio: Studio) -> None:
        """Keep whoever knows the presets."""
        self._studio = studio

    def draw(self, cut_out: CutOut) -> bytes:
        """Return the sheet as a JPEG."""
        width, height = cut_out.size
        scale = CELL / max(width, height)
        style = Style(Frame(size=(max(1, round(width * scale)), max(1, round(height * scale)))))
        product = shrunk(cut_out, PRODUCT_SIDE)
        return encode_jpeg(
            sheet([self._studio.compose(product, small, style).pixels for small in self._small])
        )

    @cached_property
    def _small(self) -> list[Backdrop]:
        presets = [self._studio.preset(preset.name) for preset in self._studio.presets]
        return [
            replace(
                backdrop,
                pixels=fill(backdrop.pixels, BACKDROP_SIDE, BACKDROP_SIDE),
                surface=backdrop.surface
                and replace(
                    backdrop.surface,
                    pixels=fill(backdrop.surface.pixels, BACKDROP_SIDE, BACKDROP_SIDE),
                ),
            )
            for backdrop in presets
        ]


def shrunk(cut_out: CutOut, longest: int) -> CutOut:
    """Make a cut-out no larger than ``longest``, without its old background bleeding in."""
    scale = longest / max(cut_out.size)
    if scale >= 1:
        return cut_out
    width, height = (max(1, round(side * scale)) for side in cut_out.size)
    product = layer(cut_out, Placement((width, height), scale, 0.0, 0.0))
    rows = slice(product.y, product.y + product.alpha.shape[0])
    columns = slice(product.x, product.x + product.alpha.shape[1])
    foreground = np.zeros((height, width, 3), np.uint8)
    alpha = np.zeros((height, width), np.float32)
    foreground[rows, columns], alpha[rows, columns] = product.colours, product.alpha
    return replace(cut_out, foreground=foreground, alpha=alpha)
