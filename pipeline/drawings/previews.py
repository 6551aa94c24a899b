"""The presets as one picture of numbered thumbnails: empty, or with the product on each."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from pipeline.backdrops import fill
from pipeline.compose import Frame, Style
from pipeline.compose.framing import Placement, layer
from pipeline.drawings.numbered import CELL, sheet
from pipeline.photo.encode import encode_jpeg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.backdrops import Backdrop, Backdrops, Preset
    from pipeline.studio import Studio
    from pipeline.values import CutOut, Pixels

EMPTY_SIZE = (CELL * 3 // 4, CELL)
"""Width and height of a thumbnail without a product."""
BACKDROP_SIDE = 400
"""Side of a preset behind a thumbnail, in pixels: filling it from the whole preset takes longer."""
MAX_GROUPS = 3
"""Groups whose presets are kept shrunk; six of them, from the front and from above, take 6 MB."""
PRODUCT_SIDE = 640
"""Longer side of the cut-out that the thumbnails are made of."""


class Swatches:
    """Draws the presets of the first group by themselves, once."""

    def __init__(self, backdrops: Backdrops) -> None:
        """Keep the presets."""
        self._backdrops = backdrops

    def draw(self) -> bytes:
        """Return the sheet as a JPEG."""
        return self._drawn

    @cached_property
    def _drawn(self) -> bytes:
        listed = first_of(self._backdrops.presets)
        presets = [self._backdrops.load(preset.name) for preset in listed]
        return encode_jpeg(sheet([preset.filled(*EMPTY_SIZE) for preset in presets]))


class Previews:
    """Draws the product on the presets of a group; the presets are shrunk once."""

    def __init__(self, studio: Studio) -> None:
        """``studio`` has the presets, and composes."""
        self._studio = studio
        self._small = lru_cache(maxsize=MAX_GROUPS)(self._shrink)

    def draw(self, cut_out: CutOut, group: str | None = None) -> bytes:
        """Return the sheet as a JPEG; without a group it is the first one's."""
        small = self._small(group or self._studio.presets[0].group)
        return encode_jpeg(sheet(self._on(cut_out, small)))

    def draw_on(self, cut_out: CutOut | None, backdrops: Sequence[Backdrop]) -> bytes:
        """Return the sheet of these backgrounds as a JPEG, with the product where there is one."""
        small = [thumbnail(backdrop) for backdrop in backdrops]
        if cut_out is None:
            return encode_jpeg(sheet([one.filled(*EMPTY_SIZE) for one in small]))
        return encode_jpeg(sheet(self._on(cut_out, small)))

    def _on(self, cut_out: CutOut, small: Sequence[Backdrop]) -> list[Pixels]:
        """Compose a small product on small backgrounds."""
        width, height = cut_out.size
        scale = CELL / max(width, height)
        style = Style(Frame(size=(max(1, round(width * scale)), max(1, round(height * scale)))))
        product = shrunk(cut_out, PRODUCT_SIDE)
        return [self._studio.compose(product, backdrop, style).pixels for backdrop in small]

    def _shrink(self, group: str) -> list[Backdrop]:
        """Shrink a group's presets; two threads may both do it, to the same effect."""
        presets = self._studio.presets
        listed = [p for p in presets if p.group == group] or first_of(presets)
        return [thumbnail(self._studio.preset(preset.name)) for preset in listed]


def first_of(presets: Sequence[Preset]) -> list[Preset]:
    """Return the presets of the group that comes first."""
    return [preset for preset in presets if preset.group == presets[0].group]


def thumbnail(backdrop: Backdrop) -> Backdrop:
    """Shrink a background, and what it is seen from above."""
    pixels = fill(backdrop.pixels, BACKDROP_SIDE, BACKDROP_SIDE)
    if backdrop.open_surface is None:
        return replace(backdrop, pixels=pixels)
    above = thumbnail(backdrop.surface)
    return replace(backdrop, pixels=pixels, open_surface=lambda: above)


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
