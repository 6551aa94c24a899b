"""Photos whose product is known exactly: cut-outs on other photos, among other cut-outs.

The idea is Ghiasi et al., "Simple Copy-Paste", 2021, https://arxiv.org/abs/2012.07177, turned to
what tells a product from clutter in a seller's photo: it is large, whole, near the middle, in
front and sharp; clutter is smaller, cut off by the frame, behind or out of focus. Each of these
holds often, none always.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.light import match, pale, photographed, soften

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.values import Pixels, Plane

LONG_SIDE = 1024
ASPECTS = (3 / 4, 3 / 4, 4 / 3, 1.0, 9 / 16)
SHOWN = 0.5
"""Alpha from which a pixel counts as the product's."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A cut-out to paste: ``pixels`` (h, w, 3) uint8 RGB, ``alpha`` (h, w) float32 in 0..1."""

    pixels: Pixels
    alpha: Plane


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A made photo, (h, w, 3) uint8 RGB, and its product, (h, w) float32 in 0..1."""

    pixels: Pixels
    product: Plane


def cut(pixels: Pixels, product: Plane) -> Piece:
    """Lift what ``product``, (h, w) float32 in 0..1, shows: tight, its rim taken back a little."""
    alpha = cv2.GaussianBlur(cv2.erode(product, np.ones((3, 3), np.uint8)), (0, 0), 1.0)
    rows, columns = np.flatnonzero((alpha > SHOWN).any(1)), np.flatnonzero((alpha > SHOWN).any(0))
    if not rows.size:
        raise ValueError("nothing to cut out")
    inside = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Piece(np.ascontiguousarray(pixels[inside]), np.ascontiguousarray(alpha[inside]))


def clutter(
    draw: np.random.Generator, backdrop: Pixels, product: Piece, others: Sequence[Piece]
) -> Scene:
    """Make a product among ``others`` before ``backdrop``."""
    canvas = _backdrop(draw, backdrop)
    behind = [other for other in others if _now_and_then(draw, 0.75)]
    for other in behind:
        layer, shown = _placed(draw, canvas, other, _small(draw), _anywhere(draw))
        if _now_and_then(draw, 0.4):
            layer, shown = soften(layer, shown, float(draw.uniform(1, 5)))
        canvas = _over(draw, canvas, layer, shown)

    known = np.zeros(canvas.shape[:2], np.float32)
    times = int(draw.integers(2, 4)) if _now_and_then(draw, 0.12) else 1
    share = float(draw.uniform(0.07, 0.42)) / times
    for index in range(times):
        aside = (index - (times - 1) / 2) * 0.9 / times
        middle = (0.5 + aside + draw.normal(0, 0.06), 0.5 + draw.normal(0, 0.08))
        layer, shown = _placed(draw, canvas, product, share, middle)
        canvas = _over(draw, canvas, layer, shown)
        known = np.maximum(known, shown)

    if others and _now_and_then(draw, 0.25):
        front = others[int(draw.integers(len(others)))]
        layer, shown = _placed(draw, canvas, front, share * 0.25, _anywhere(draw))
        canvas = _over(draw, canvas, layer, shown)
        known = known * (1 - shown)
    return Scene(photographed(draw, canvas), known)


def white_on_white(draw: np.random.Generator, backdrop: Pixels, product: Piece) -> Scene:
    """Make a pale product on a pale sheet, often filling the frame or running out of it."""
    canvas = pale(cv2.GaussianBlur(_backdrop(draw, backdrop), (0, 0), 12), 0.75, 0.35)
    light = Piece(pale(product.pixels, float(draw.uniform(0.6, 0.85)), 0.8), product.alpha)
    middle = (0.5 + draw.normal(0, 0.05), 0.5 + draw.normal(0, 0.05))
    layer, shown = _placed(draw, canvas, light, float(draw.uniform(0.2, 0.6)), middle)
    canvas = _over(draw, canvas, layer, shown)
    return Scene(photographed(draw, canvas), shown)


def seen_again(draw: np.random.Generator, pixels: Pixels, product: Plane) -> Scene:
    """Take a real photo another way: nearer, turned, mirrored, in other light."""
    height, width = product.shape
    zoom = (
        float(draw.uniform(0.8, 1.0)) if _now_and_then(draw, 0.5) else float(draw.uniform(1, 1.7))
    )
    rows, columns = _canvas_size(draw) if _now_and_then(draw, 0.4) else _fit(height, width)
    cover = max(rows / height, columns / width) * max(zoom, 1.0)
    seat = np.flatnonzero(product.ravel() > SHOWN)
    row, column = np.unravel_index(int(draw.choice(seat)), product.shape)
    mix = float(draw.uniform(0, 1)) if zoom > 1 else 0.0
    centre = (
        (1 - mix) * width / 2 + mix * float(column),
        (1 - mix) * height / 2 + mix * float(row),
    )
    matrix = cv2.getRotationMatrix2D(centre, float(draw.normal(0, 6)), cover)
    matrix[:, 2] += (columns / 2 - centre[0], rows / 2 - centre[1])
    canvas = cv2.warpAffine(pixels, matrix, (columns, rows), borderMode=cv2.BORDER_REFLECT_101)
    # What the border mirrors is product too, where it mirrors product.
    known = cv2.warpAffine(product, matrix, (columns, rows), borderMode=cv2.BORDER_REFLECT_101)
    if _now_and_then(draw, 0.5):
        canvas, known = canvas[:, ::-1].copy(), known[:, ::-1].copy()
    return Scene(photographed(draw, canvas), known)


def _now_and_then(draw: np.random.Generator, chance: float) -> bool:
    return bool(draw.random() < chance)


def _canvas_size(draw: np.random.Generator) -> tuple[int, int]:
    aspect = ASPECTS[int(draw.integers(len(ASPECTS)))]
    return (LONG_SIDE, round(LONG_SIDE * aspect)) if aspect <= 1 else _fit(1, aspect)


def _fit(height: float, width: float) -> tuple[int, int]:
    scale = LONG_SIDE / max(height, width)
    return round(height * scale), round(width * scale)


def _backdrop(draw: np.random.Generator, pixels: Pixels) -> Pixels:
    """Crop ``pixels`` to a new frame, so that whatever stands out in it is cut off or near."""
    rows, columns = _canvas_size(draw)
    height, width = pixels.shape[:2]
    cover = max(rows / height, columns / width) * float(draw.uniform(1.3, 2.6))
    top = float(draw.uniform(0, max(height * cover - rows, 1e-3)))
    left = float(draw.uniform(0, max(width * cover - columns, 1e-3)))
    matrix = np.array([[cover, 0, -left], [0, cover, -top]], np.float32)
    canvas: Pixels = cv2.warpAffine(
        pixels, matrix, (columns, rows), borderMode=cv2.BORDER_REFLECT_101
    )
    if _now_and_then(draw, 0.5):
        canvas = np.ascontiguousarray(canvas[:, ::-1])
    if _now_and_then(draw, 0.4):
        canvas = cv2.GaussianBlur(canvas, (0, 0), float(draw.uniform(1, 7)))
    return canvas


def _small(draw: np.random.Generator) -> float:
    return float(np.exp(draw.uniform(np.log(0.01), np.log(0.12))))


def _anywhere(draw: np.random.Generator) -> tuple[float, float]:
    """Somewhere in the frame, more often towards its border."""
    x, y = np.sign(draw.normal(size=2)) * np.sqrt(draw.uniform(0.02, 1.1, 2)) / 2 + 0.5
    return float(x), float(y)


def _placed(
    draw: np.random.Generator,
    canvas: Pixels,
    piece: Piece,
    share: float,
    middle: tuple[float, float],
) -> tuple[Pixels, Plane]:
    """Lay a piece over a canvas so that it covers ``share`` of it around ``middle`` (x, y)."""
    rows, columns = canvas.shape[:2]
    height, width = piece.alpha.shape
    scale = np.sqrt(share * rows * columns / max(float(piece.alpha.sum()), 1.0))
    scale = min(scale, 1.15 * rows / height, 1.15 * columns / width)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), float(draw.normal(0, 12)), scale)
    matrix[:, 2] += (middle[0] * columns - width / 2, middle[1] * rows - height / 2)
    if _now_and_then(draw, 0.5):
        matrix = matrix @ np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1]], np.float64)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    layer = cv2.warpAffine(
        piece.pixels, matrix, (columns, rows), flags=how, borderMode=cv2.BORDER_REPLICATE
    )
    shown: Plane = cv2.warpAffine(piece.alpha, matrix, (columns, rows), flags=cv2.INTER_LINEAR)
    if _now_and_then(draw, 0.7):
        layer = match(layer, shown, canvas, float(draw.uniform(0, 0.5)))
    return layer, np.clip(shown, 0, 1)


def _over(draw: np.random.Generator, canvas: Pixels, layer: Pixels, shown: Plane) -> Pixels:
    """Put a layer on a canvas, most often with a soft shadow beside it."""
    base = canvas.astype(np.float32)
    if _now_and_then(draw, 0.75):
        reach = float(draw.uniform(3, 30))
        shift = np.array([[1, 0, draw.normal(0, reach)], [0, 1, abs(draw.normal(0, reach))]])
        shadow = cv2.warpAffine(
            cv2.GaussianBlur(shown, (0, 0), reach), shift, (shown.shape[1], shown.shape[0])
        )
        base *= 1 - float(draw.uniform(0.15, 0.6)) * shadow[:, :, None]
    mixed = base + (layer.astype(np.float32) - base) * shown[:, :, None]
    return np.clip(mixed + 0.5, 0, 255).astype(np.uint8)
