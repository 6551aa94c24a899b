"""Products of many parts and tones, put together from cut-outs: all of it is the product.

A head that was taught whole cut-outs only takes what is apart in tone or shape from the largest
part, a dark hem or a robot's arm, for something else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.canvas import Piece, now_and_then, placed
from training.compose import SHOWN, trimmed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.values import Pixels, Plane

ROOM = 1.5
"""The frame in which parts are joined, times the product's own."""
BEYOND, BAND = 0.45, 0.25
"""How often a part of another tone is all beyond a line, and how often a band across."""


def multi_part(
    draw: np.random.Generator,
    product: Piece,
    others: Sequence[Piece],
    floor: NDArray[np.float32],
) -> Piece:
    """Join ``others`` to a product as its limbs, and recolour parts of it.

    ``floor`` (3,) RGB is what it will lie on: a part is often nearly of it.
    """
    pixels, alpha = _roomy(product)
    for other in others:
        pixels, alpha = _joined(draw, pixels, alpha, other, mirrored=now_and_then(draw, 0.4))
    for _ in range(int(draw.integers(0 if others else 1, 3))):
        tone = floor + draw.normal(0, 10, 3) if now_and_then(draw, 0.4) else _any(draw)
        pixels = _toned(pixels, _part(draw, alpha), tone.astype(np.float32))
    return trimmed(pixels, alpha)


def camouflaged(draw: np.random.Generator, product: Piece, floor: NDArray[np.float32]) -> Piece:
    """Recolour a product nearly to the colour of what it will lie on, ``floor`` (3,) RGB 0..255."""
    tone = floor + draw.normal(0, 14) + draw.normal(0, 6, 3)
    return Piece(_toned(product.pixels, product.alpha, tone.astype(np.float32)), product.alpha)


def _roomy(product: Piece) -> tuple[Pixels, Plane]:
    height, width = product.alpha.shape
    down, across = round((ROOM - 1) / 2 * height), round((ROOM - 1) / 2 * width)
    frame = (down, down, across, across)
    return (
        cv2.copyMakeBorder(product.pixels, *frame, cv2.BORDER_REPLICATE),
        cv2.copyMakeBorder(product.alpha, *frame, cv2.BORDER_CONSTANT),
    )


def _joined(
    draw: np.random.Generator, pixels: Pixels, alpha: Plane, other: Piece, *, mirrored: bool
) -> tuple[Pixels, Plane]:
    """Set a limb on the product's rim, before or behind it; ``mirrored``, one on either side."""
    rows, columns = alpha.shape
    rim = np.argwhere((alpha > SHOWN) & (cv2.erode(alpha, np.ones((5, 5), np.uint8)) <= SHOWN))
    if not rim.size:
        return pixels, alpha
    down, across = rim[int(draw.integers(len(rim)))]
    share = float(alpha.mean() * np.exp(draw.uniform(np.log(0.03), np.log(0.3))))
    layer, shown = placed(draw, pixels, other, share, (across / columns, down / rows))
    sides = [(layer, shown)]
    if mirrored:
        sides.append((layer[:, ::-1], np.ascontiguousarray(shown[:, ::-1])))
    behind = now_and_then(draw, 0.6)
    for limb, seen in sides:
        over = seen * (1 - alpha) if behind else seen
        mixed = pixels + (limb.astype(np.float32) - pixels) * over[:, :, None]
        pixels = np.clip(mixed, 0, 255).astype(np.uint8)
        alpha = np.maximum(alpha, seen)
    return pixels, alpha


def _any(draw: np.random.Generator) -> NDArray[np.float32]:
    """Draw a tone, a colour somewhat more often than a grey."""
    tone = draw.uniform(15, 240) + draw.normal(0, 30, 3) * now_and_then(draw, 0.6)
    return np.asarray(tone, np.float32)


def _part(draw: np.random.Generator, alpha: Plane) -> Plane:
    """Draw a part of the product: what lies beyond a line, or within a band or an ellipse."""
    seat = np.argwhere(alpha > SHOWN)
    size = np.sqrt(len(seat))
    row, column = seat[int(draw.integers(len(seat)))]
    down, across = np.indices(alpha.shape, np.float32)
    turn = draw.uniform(0, 2 * np.pi)
    along = (across - column) * np.cos(turn) + (down - row) * np.sin(turn)
    aside = (down - row) * np.cos(turn) - (across - column) * np.sin(turn)
    how = draw.random()
    if how < BEYOND:
        inside = along - np.quantile(along[alpha > SHOWN], draw.uniform(0.5, 0.9))
    elif how < BEYOND + BAND:
        inside = size * draw.uniform(0.08, 0.25) - np.abs(along)
    else:
        wide, high = size * draw.uniform(0.12, 0.4, 2)
        inside = (1 - np.hypot(along / wide, aside / high)) * min(wide, high)
    return np.asarray(np.clip(inside / 2 + 0.5, 0, 1), np.float32)


def _toned(pixels: Pixels, part: Plane, tone: NDArray[np.float32]) -> Pixels:
    """Give a part of a picture another mean colour and leave it its folds and texture."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    weight = part / max(float(part.sum()), 1e-6)
    folds = (grey - float((grey * weight).sum()))[:, :, None] * np.float32(0.6)
    mixed = pixels + (tone + folds - pixels) * part[:, :, None]
    toned: Pixels = np.clip(mixed, 0, 255).astype(np.uint8)
    return toned
