"""Alpha inside the band, as local linear functions of the photo's colours.

Two clues are joined. Colour: between the mean colours of what is surely product and surely
backdrop nearby, a pixel's place on the line from one to the other, as in Chuang et al., "A
Bayesian Approach to Digital Matting", 2001; trusted as far as the two colours differ by more
than each varies. The model's own probability where they do not. The joined estimate is then made
to follow the photo by a guided filter: He, Sun and Tang, "Guided Image Filtering", 2013, whose
linear coefficients are kept, so that they can be applied to the full-size photo (He and Sun,
"Fast Guided Filter", 2015).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.alpha.outline import Outline
    from pipeline.values import Plane

    Colours = NDArray[np.float32]
    """(h, w, 3) float32 in 0..1, sRGB-encoded."""

REACHES = (2, 5, 15, 45)
"""Radii, in cells, within which the colours on either side are looked for, nearest first.

Beyond the last one, all that is sure counts."""
UNKNOWN = 3.0
"""Variance of a colour of which nothing is known: the largest there can be."""
ENOUGH = 0.02
"""The share of a window that must be sure for its mean colour to count."""
NOISE = 0.01
"""Squared colour difference at which colour is half trusted between flat areas."""
SPREAD = 4.0
"""How strongly texture on either side takes away trust in colour."""
EPSILON = 1e-4
"""The guided filter's regularisation: variance of colour below which it smooths."""
PASSES = 2


def matte(guide: Colours, outline: Outline) -> NDArray[np.float32]:
    """Estimate alpha: (h, w, 4) float32, so that alpha = clip(c[:3] . colour + c[3], 0, 1).

    ``guide`` is the photo on the outline's crop. The coefficients hold in the band only.
    """
    inside = (outline.inside > 0).astype(np.float32)
    uncertain = outline.band > 0
    estimate = np.where(uncertain, by_colour(guide, outline), inside).astype(np.float32)
    radius = max(2, round(outline.cell))
    for _ in range(PASSES - 1):
        coefficients = guided(guide, estimate, radius)
        estimate = np.where(uncertain, apply(coefficients, guide), inside).astype(np.float32)
    return guided(guide, estimate, radius)


def by_colour(guide: Colours, outline: Outline) -> Plane:
    """Join colour's and the model's opinion on alpha: (h, w) float32 in 0..1."""
    sure = outline.band == 0
    product, spread = nearby(guide, sure & (outline.inside > 0), outline.cell)
    backdrop, other = nearby(guide, sure & (outline.inside == 0), outline.cell)
    line = product - backdrop
    length = dot(line, line)
    along = np.clip(dot(guide - backdrop, line) / np.maximum(length, 1e-6), 0, 1)
    trust = length / (length + SPREAD * (spread + other) + NOISE)
    return np.asarray(trust * along + (1 - trust) * outline.prior, np.float32)


def nearby(guide: Colours, sure: NDArray[np.bool_], cell: float) -> tuple[Colours, Plane]:
    """Average the colours of ``sure`` pixels around each pixel, in the nearest window with enough.

    Returns the mean (h, w, 3) and the variance (h, w), summed over the channels.
    """
    weight = sure.astype(np.float32)
    known = guide * weight[:, :, None]
    squares = dot(known, known)
    mean, variance = np.zeros_like(guide), np.zeros_like(weight)
    missing = np.ones(sure.shape, bool)
    for reach in REACHES:
        radius = round(reach * cell) + 1
        share = box(weight, radius)
        found = missing & (share > ENOUGH)
        scale = 1 / share[found]
        mean[found] = box(known, radius)[found] * scale[:, None]
        variance[found] = box(squares, radius)[found] * scale
        missing &= ~found
        if not missing.any():
            break
    else:
        total = max(float(weight.sum()), 1.0)
        mean[missing] = known.sum(axis=(0, 1)) / total
        variance[missing] = squares.sum() / total
    spread: Plane = np.maximum(variance - dot(mean, mean), 0)
    return mean, spread if weight.any() else np.full_like(weight, UNKNOWN)


def guided(guide: Colours, target: Plane, radius: int) -> NDArray[np.float32]:
    """Fit ``target`` by linear functions of ``guide`` in every window: (h, w, 4) float32."""
    red, green, blue = (np.ascontiguousarray(guide[:, :, channel]) for channel in range(3))
    mean = box(guide, radius)
    level = box(target, radius)
    cross = box(guide * target[:, :, None], radius) - mean * level[:, :, None]

    def covariance(one: Plane, other: Plane, first: int, second: int) -> Plane:
        return box(one * other, radius) - mean[:, :, first] * mean[:, :, second]

    rr = covariance(red, red, 0, 0) + EPSILON
    gg = covariance(green, green, 1, 1) + EPSILON
    bb = covariance(blue, blue, 2, 2) + EPSILON
    rg, rb = covariance(red, green, 0, 1), covariance(red, blue, 0, 2)
    gb = covariance(green, blue, 1, 2)
    # Inverse of the symmetric 3 x 3 matrix, by its cofactors.
    c00, c01, c02 = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    c11, c12, c22 = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    scale = 1 / (rr * c00 + rg * c01 + rb * c02)
    x, y, z = cv2.split(cross)
    slope = cv2.merge(
        [
            (c00 * x + c01 * y + c02 * z) * scale,
            (c01 * x + c11 * y + c12 * z) * scale,
            (c02 * x + c12 * y + c22 * z) * scale,
        ]
    )
    return box(cv2.merge([*cv2.split(slope), level - dot(slope, mean)]), radius)


def apply(coefficients: NDArray[np.float32], colours: NDArray[np.float32]) -> Plane:
    """Alpha of ``colours`` (..., 3) under ``coefficients`` (..., 4): float32 in 0..1."""
    return np.clip(dot(coefficients[..., :3], colours) + coefficients[..., 3], 0, 1)


def dot(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Multiply and sum over the last axis."""
    return np.asarray(np.einsum("...c,...c->...", one, other), np.float32)


def box(plane: NDArray[np.float32], radius: int) -> NDArray[np.float32]:
    """Average over a (2 radius + 1) square window, reflected at the edges."""
    side = 2 * radius + 1
    averaged: NDArray[np.float32] = cv2.blur(plane, (side, side), borderType=cv2.BORDER_REFLECT)
    return averaged
