"""A brand's logo on a card: in its slot, or large and faint behind everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from pipeline.cards.colours import luminances
from pipeline.compose import Frame
from pipeline.compose.framing import Placement, layer, place
from pipeline.compose.linear import blend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.values import CutOut, Pixels

FAINT: Final = 0.07
"""How much of a watermark is seen."""
SEEN_FROM: Final = 2.5
"""The contrast below which a logo gets a plate of its own behind it."""
PLATE: Final = 245


def draw_logo(canvas: Pixels, logo: CutOut, slot: Sequence[float]) -> None:
    """Draw the logo into ``slot`` (x, y, width, height in pixels) of ``canvas``, in place.

    ``canvas`` is (h, w, 3) uint8 RGB.
    """
    x, y, width, height = (round(side) for side in slot)
    part = canvas[y : y + height, x : x + width]
    solid = logo.foreground[logo.alpha > 0.5]  # noqa: PLR2004 - the middle of 0..1
    if len(solid):
        own, behind = (float(luminances(one).mean()) for one in (solid, part.reshape(-1, 3)))
        low, high = sorted((own, behind))
        if (high + 0.05) / (low + 0.05) < SEEN_FROM:
            part[:] = PLATE if own < 0.5 else 255 - PLATE  # noqa: PLR2004 - likewise
    frame = Frame(size=(width, height), margin=0.06, enlarge=4.0)
    blend(part, layer(logo, place(logo, frame, stands=False)))


def draw_watermark(canvas: Pixels, logo: CutOut) -> None:
    """Draw the logo large and faint over all of ``canvas``, (h, w, 3) uint8 RGB, in place."""
    height, width = canvas.shape[:2]
    frame = Frame(size=(width, height), margin=0.1, enlarge=16.0)
    placement: Placement = place(logo, frame, stands=False)
    mark = layer(logo, placement)
    faint = (mark.alpha * np.float32(FAINT)).astype(np.float32)
    region = canvas[mark.y : mark.y + faint.shape[0], mark.x : mark.x + faint.shape[1]]
    share = faint[:, :, None]
    region[:] = np.rint(mark.colours * share + region * (1 - share))
