"""Put a cut-out on a background: framing, shadow, tone and compositing in linear light."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2

from pipeline.backdrops import fill
from pipeline.compose.framing import Frame, layer, place
from pipeline.compose.linear import blend, darken
from pipeline.compose.shadow import cast
from pipeline.compose.tone import curves

if TYPE_CHECKING:
    from pipeline.backdrops import Backdrop, ShadowKind
    from pipeline.values import CutOut, Pixels

__all__ = ["Frame", "Style", "compose"]


@dataclass(frozen=True, slots=True)
class Style:
    """What the seller may choose about a picture. None leaves it to the background.

    ``tone`` is 0..1: how far the product's light is brought near the background's.
    """

    frame: Frame = field(default_factory=Frame)
    shadow: ShadowKind | None = None
    tone: float | None = None


DEFAULT = Style()


def compose(cut_out: CutOut, backdrop: Backdrop, style: Style = DEFAULT) -> Pixels:
    """Draw the finished picture: (height, width, 3) uint8 RGB of the size that the frame asks for.

    Where alpha is 0 and no shadow falls, the background is untouched to the bit; where alpha is
    1, the scale 1 and the tone 0, the product is.
    """
    placement = place(cut_out, style.frame)
    canvas = fill(backdrop.pixels, *placement.size)
    product = layer(cut_out, placement)
    light = backdrop.light
    shadow = cast(product, placement.size, style.shadow or light.shadow, light.strength)
    tone = light.tone if style.tone is None else style.tone
    if tone > 0 and not backdrop.is_pure_white:
        table = curves(product, canvas, tone)
        product = product.with_colours(cv2.LUT(product.colours, table))
    if shadow is not None:
        darken(canvas, shadow)
    blend(canvas, product)
    return canvas
