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

from training.canvas import (
    Piece,
    anywhere,
    backdrop,
    canvas_size,
    fit,
    now_and_then,
    over,
    placed,
    screen,
    somewhere,
)
from training.light import pale, photographed, soften

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.values import Pixels, Plane

SHOWN = 0.5
"""Alpha from which a pixel counts as the product's."""
NEAR = 0.03
"""What is cleared with a product, as a share of the picture: its rim and shadow."""
FAINT = 0.1
"""Alpha from which a pixel is cleared."""
SMOOTH = 8
"""The lower resolution at which a cleared place is filled; its grain is the photo's."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A made photo, (h, w, 3) uint8 RGB, and its product, (h, w) float32 in 0..1."""

    pixels: Pixels
    product: Plane


def cut(pixels: Pixels, product: Plane, rim: int = 1) -> Piece:
    """Lift what ``product``, (h, w) float32 in 0..1, shows: tight, ``rim`` pixels taken back."""
    square = np.ones((2 * rim + 1, 2 * rim + 1), np.uint8)
    alpha = cv2.GaussianBlur(cv2.erode(product, square), (0, 0), 1.0)
    return trimmed(pixels, alpha)


def trimmed(pixels: Pixels, alpha: Plane) -> Piece:
    """Crop to what ``alpha`` shows. Raises ValueError where that is nothing."""
    rows, columns = np.flatnonzero((alpha > SHOWN).any(1)), np.flatnonzero((alpha > SHOWN).any(0))
    if not rows.size:
        raise ValueError("nothing to cut out")
    inside = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Piece(np.ascontiguousarray(pixels[inside]), np.ascontiguousarray(alpha[inside]))


def clutter(
    draw: np.random.Generator, behind: Pixels, product: Piece, others: Sequence[Piece]
) -> Scene:
    """Make a product among ``others`` before ``behind``."""
    canvas = backdrop(draw, behind)
    for other in [other for other in others if now_and_then(draw, 0.85)]:
        share, middle = somewhere(draw)
        layer, shown = placed(draw, canvas, other, share, middle)
        if now_and_then(draw, 0.3):
            layer, shown = soften(layer, shown, float(draw.uniform(1, 5)))
        canvas = over(draw, canvas, layer, shown)

    known = np.zeros(canvas.shape[:2], np.float32)
    times = int(draw.integers(2, 4)) if now_and_then(draw, 0.12) else 1
    share = float(draw.uniform(0.09, 0.45)) / times
    for index in range(times):
        aside = (index - (times - 1) / 2) * 0.9 / times
        middle = (0.5 + aside + draw.normal(0, 0.06), 0.5 + draw.normal(0, 0.08))
        layer, shown = placed(draw, canvas, product, share, middle)
        canvas = over(draw, canvas, layer, shown)
        known = np.maximum(known, shown)

    if others and now_and_then(draw, 0.25):
        front = others[int(draw.integers(len(others)))]
        layer, shown = placed(draw, canvas, front, share * 0.25, anywhere(draw))
        canvas = over(draw, canvas, layer, shown)
        known = known * (1 - shown)
    return Scene(photographed(draw, canvas), known)


def before_screen(draw: np.random.Generator, behind: Pixels, product: Piece) -> Scene:
    """Make a product, often small, before a screen or on a sheet that does not fill the frame."""
    canvas = backdrop(draw, behind)
    rows, columns = canvas.shape[:2]
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) - 0.5
    corners *= draw.uniform(0.75, 1.3, 2) * (1 + draw.normal(0, 0.05, (4, 2)))
    corners = ((corners + 0.5 + draw.normal(0, 0.03, 2)) * (columns, rows)).round()
    sheet = np.zeros((rows, columns), np.float32)
    cv2.fillConvexPoly(sheet, corners.astype(np.int32), 1.0, cv2.LINE_AA)
    canvas = over(draw, canvas, screen(draw, rows, columns), sheet)
    middle = (0.5 + draw.normal(0, 0.05), 0.52 + draw.normal(0, 0.06))
    layer, shown = placed(draw, canvas, product, float(draw.uniform(0.03, 0.25)), middle)
    canvas = over(draw, canvas, layer, shown)
    return Scene(photographed(draw, canvas), shown)


def alone(draw: np.random.Generator, product: Piece) -> Scene:
    """Make a product, small to large, with nothing but a screen, half of the time of its tone."""
    rows, columns = canvas_size(draw)
    mean = product.pixels[product.alpha > SHOWN].mean(axis=0)
    tone = mean + draw.normal(0, 30) + draw.normal(0, 12, 3) if now_and_then(draw, 0.5) else None
    canvas = screen(draw, rows, columns, tone)
    middle = (0.5 + draw.normal(0, 0.07), 0.52 + draw.normal(0, 0.07))
    share = float(np.exp(draw.uniform(np.log(0.03), np.log(0.5))))
    layer, shown = placed(draw, canvas, product, share, middle)
    canvas = over(draw, canvas, layer, shown)
    return Scene(photographed(draw, canvas), shown)


def white_on_white(draw: np.random.Generator, behind: Pixels, product: Piece) -> Scene:
    """Make a pale product on a pale sheet, often filling the frame or running out of it."""
    canvas = pale(cv2.GaussianBlur(backdrop(draw, behind), (0, 0), 12), 0.75, 0.35)
    light = Piece(pale(product.pixels, float(draw.uniform(0.6, 0.85)), 0.8), product.alpha)
    middle = (0.5 + draw.normal(0, 0.05), 0.5 + draw.normal(0, 0.05))
    layer, shown = placed(draw, canvas, light, float(draw.uniform(0.2, 0.6)), middle)
    canvas = over(draw, canvas, layer, shown)
    return Scene(photographed(draw, canvas), shown)


def laid(draw: np.random.Generator, behind: Pixels, before: Plane, product: Piece) -> Scene:
    """Lay a product where another one, ``before`` (h, w) in 0..1, lay in its photo."""
    rows, columns = fit(*before.shape)
    canvas = cv2.resize(cleared(behind, before), (columns, rows), interpolation=cv2.INTER_CUBIC)
    down, across = np.nonzero(before > SHOWN)
    middle = (float(across.mean()) / before.shape[1], float(down.mean()) / before.shape[0])
    share = float(np.clip(1.15 * before.mean(), 0.06, 0.5))
    layer, shown = placed(draw, canvas, product, share, middle)
    canvas = over(draw, canvas, layer, shown)
    return Scene(photographed(draw, canvas), shown)


def cleared(pixels: Pixels, product: Plane) -> Pixels:
    """Fill the place of ``product`` (h, w) with what surrounds it: its tone, and a grain."""
    height, width = product.shape
    reach = 2 * round(NEAR * max(height, width)) + 1
    gone = cv2.dilate((product > FAINT).astype(np.uint8), np.ones((reach, reach), np.uint8))
    small = (max(8, width // SMOOTH), max(8, height // SMOOTH))
    around = cv2.resize(pixels, small, interpolation=cv2.INTER_AREA)
    hole = cv2.resize(gone.astype(np.float32), small, interpolation=cv2.INTER_AREA) > 0
    tone = cv2.inpaint(around, hole.astype(np.uint8), 3, cv2.INPAINT_TELEA)
    filled = cv2.resize(tone, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    grain = pixels - cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), 2)
    level = float(grain[gone == 0].std()) if (gone == 0).any() else 0.0
    noise = np.random.default_rng(0).standard_normal((height, width), np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 1)
    filled += (noise * np.float32(level / float(noise.std())))[:, :, None]
    soft = cv2.GaussianBlur(gone.astype(np.float32), (0, 0), 3)[:, :, None]
    mixed: Pixels = np.clip(pixels + (filled - pixels) * soft, 0, 255).astype(np.uint8)
    return mixed


def seen_again(draw: np.random.Generator, pixels: Pixels, product: Plane) -> Scene:
    """Take a real photo another way: nearer, turned, mirrored, in other light."""
    height, width = product.shape
    zoom = float(draw.uniform(0.8, 1.0)) if now_and_then(draw, 0.5) else float(draw.uniform(1, 1.7))
    rows, columns = canvas_size(draw) if now_and_then(draw, 0.4) else fit(height, width)
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
    if now_and_then(draw, 0.5):
        canvas, known = canvas[:, ::-1].copy(), known[:, ::-1].copy()
    return Scene(photographed(draw, canvas), known)
