"""Put a cut-out on a background: framing, shadow, tone and compositing in linear light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.compose.arrange import Arrangement, arranged
from pipeline.compose.framing import Frame, layer, place
from pipeline.compose.linear import blend, darken
from pipeline.compose.on_white import edge_shade, faded
from pipeline.compose.reflection import mirror
from pipeline.compose.shadow import cast
from pipeline.compose.style import Choices, Style, load_choices
from pipeline.compose.tone import curve
from pipeline.markets.picture import check
from pipeline.masks import visible

if TYPE_CHECKING:
    from pipeline.backdrops import Backdrop
    from pipeline.compose.framing import Layer
    from pipeline.markets.picture import Breach
    from pipeline.masks import BinaryMask
    from pipeline.values import CutOut, Pixels

__all__ = [
    "DEFAULT_STYLE",
    "Arrangement",
    "Choices",
    "Composition",
    "Frame",
    "Style",
    "compose",
    "load_choices",
]

DEFAULT_STYLE = Style()


@dataclass(frozen=True, slots=True, eq=False)
class Composition:
    """The finished picture: ``pixels`` (height, width, 3) uint8 RGB, of the size the frame asks.

    ``mask`` is (height, width) uint8, 255 where the product is seen; ``scale`` is how much the
    product was enlarged.
    """

    pixels: Pixels
    mask: BinaryMask
    scale: float
    style: Style

    @property
    def broken(self) -> tuple[Breach, ...]:
        """The rules of the style's market that this picture breaks."""
        rules = self.style.rules
        return () if rules is None else check(rules, self.pixels, self.mask)


def compose(cut_out: CutOut, backdrop: Backdrop, style: Style = DEFAULT_STYLE) -> Composition:
    """Draw the finished picture.

    Where alpha is 0 and no shadow falls, the background is untouched to the bit; where alpha is
    1, the scale 1 and the tone 0, the product is. A product that was seen from above lies on the
    backdrop's surface, unless the style has it stand.
    """
    light = backdrop.light
    kind = style.shadow or light.shadow
    if cut_out.flat_lay and style.shadow is None and kind == "soft":
        kind = "lying"
    if kind == "lying" or (cut_out.flat_lay and kind != "soft"):
        backdrop = backdrop.surface
        stands = False
    else:
        stands = not backdrop.is_pure_white  # white has no floor to stand low on
    stage = backdrop.stage(*style.frame.size_for(cut_out.size)) if kind == "soft" else None
    placement = place(cut_out, style.frame, stands=stands, stage=stage)
    canvas = backdrop.filled(*placement.size)
    wanted = style.arrangement or Arrangement()
    product = (
        layer(cut_out, placement)
        if style.arrangement is None
        else arranged(cut_out, placement, wanted)
    )
    white = backdrop.is_pure_white
    vanishes = white and kind == "soft" and product.alpha.size > 0
    edge = edge_shade(product, placement.size) if vanishes else None
    shadow = cast(product, placement.size, kind, light.strength, backdrop.scene, edge)
    if shadow is not None and white:
        shadow = faded(shadow, placement.size)
    tone = light.tone if style.tone is None else style.tone
    if tone > 0 and not white:
        table = curve(product, canvas, tone)
        product = product.with_colours(cv2.LUT(product.colours, table))
    if shadow is not None:
        darken(canvas, shadow)
    if kind == "soft" and backdrop.scene.gloss > 0:
        mirror(canvas, product, backdrop.scene.gloss)
    blend(canvas, product)
    scale = placement.scale * wanted.scale
    return Composition(canvas, seen(product, placement.size), scale, style)


def seen(product: Layer, size: tuple[int, int]) -> BinaryMask:
    """Return where a frame of ``size`` (width, height) shows the product, (h, w) of 0 and 255.

    The mask is uint8, and sizes are in pixels.
    """
    mask = np.zeros(size[::-1], np.uint8)
    height, width = product.alpha.shape
    mask[product.y : product.y + height, product.x : product.x + width] = visible(product.alpha)
    return mask
