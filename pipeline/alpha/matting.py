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

from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np

from pipeline.alpha.maps import at_points, box, shrunk

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.alpha.outline import Outline
    from pipeline.values import Plane

    Floats: TypeAlias = NDArray[np.float32]
    """Colours are (h, w, 3) or (points, 3) in 0..1, sRGB-encoded."""

NEAREST = 2.0
"""Side, in cells, of the smallest window in which the colours on either side are looked for."""
ENOUGH = 0.03
"""The share of a window that must be sure for its mean colour to count."""
NOISE = 0.005
"""Squared colour difference at which colour is half trusted between flat areas."""
SPREAD = 2.0
"""How strongly texture on either side takes away trust in colour."""
DARKEST = 0.3
"""Share of its light that a backdrop keeps in the darkest shadow that is told from a product."""
GRAIN = 1e-3
"""Squared colour difference that is noise."""
UNKNOWN = 3.0
"""Variance of a colour of which nothing is known: the largest there can be."""
EPSILON = 1e-4
"""The guided filter's regularisation: variance of colour below which it smooths."""
PASSES = 3


def matte(guide: Floats, outline: Outline) -> Floats:
    """Estimate alpha: (h, w, 4) float32, so that alpha = clip(c[:3] . colour + c[3], 0, 1).

    ``guide`` is the photo on the outline's crop, (h, w, 3). The coefficients hold in the band.
    """
    estimate = outline.inside.astype(np.float32) * np.float32(1 / 255)
    band = np.nonzero(outline.band)
    colours = guide[band]
    estimate[band] = by_colour(guide, outline)
    fit = GuidedFilter(guide, outline.band, max(2, round(outline.cell)))
    for _ in range(PASSES - 1):
        estimate[band] = apply(fit(estimate)[band], colours)
    return fit(estimate)


def by_colour(guide: Floats, outline: Outline) -> Floats:
    """Join colour's and the model's opinion on the band's pixels: (points,) in 0..1."""
    sure = outline.band == 0
    product, spread = nearby(guide, sure & (outline.inside > 0), outline)
    backdrop, other = nearby(guide, sure & (outline.inside == 0), outline)
    band = np.nonzero(outline.band)
    line = product - backdrop
    length = dot(line, line)
    colours = guide[band]
    along = np.clip(dot(colours - backdrop, line) / np.maximum(length, 1e-6), 0, 1)
    mixed = colours - backdrop - along[:, None] * line
    along *= 1 - shaded(colours, product, backdrop, dot(mixed, mixed), spread + other)
    trust = length / (length + SPREAD * (spread + other) + NOISE)
    return np.asarray(trust * along + (1 - trust) * outline.prior[band], np.float32)


def shaded(
    colours: Floats, product: Floats, backdrop: Floats, mixed: Floats, spread: Floats
) -> Floats:
    """How surely ``colours`` (points, 3) are the backdrop in the product's old shadow: 0..1.

    A shadow darkens the backdrop's colour and keeps its hue, so it lies on the line from that
    colour to black. ``mixed`` is each colour's squared distance from the line to the product's.
    Nothing is said where the product itself lies on the way to black.
    """
    size = np.maximum(dot(backdrop, backdrop), 1e-6)
    depth = dot(colours, backdrop) / size
    off = colours - depth[:, None] * backdrop
    own = product - (dot(product, backdrop) / size)[:, None] * backdrop
    apart = dot(own, own)
    known = apart / (apart + SPREAD * spread + NOISE)
    nearer = mixed / (mixed + dot(off, off) + GRAIN)
    in_shade = (depth > DARKEST) & (depth < 1)
    return np.asarray(known * nearer * in_shade, np.float32)


def nearby(guide: Floats, sure: NDArray[np.bool_], outline: Outline) -> tuple[Floats, Floats]:
    """Average the colours of ``sure`` pixels around each pixel of the band.

    The window doubles until enough of it is sure. Returns the mean, (points, 3), and the
    variance, (points,), summed over the channels.
    """
    y, x = (axis.astype(np.float32) for axis in np.nonzero(outline.band))
    known = guide * sure[:, :, None]
    sums = cv2.merge([*cv2.split(known), dot(known, known), sure.astype(np.float32)])
    height, width = sure.shape
    found = np.zeros((x.size, 5), np.float32)
    missing = np.arange(x.size)
    side = NEAREST * outline.cell
    while missing.size:
        size = max(1, round(width / side)), max(1, round(height / side))
        sums = shrunk(sums, size)
        seen = at_points(
            sums,
            (x[missing] + 0.5) * (size[0] / width) - 0.5,
            (y[missing] + 0.5) * (size[1] / height) - 0.5,
        )
        enough = seen[:, 4] > ENOUGH
        last = size == (1, 1)
        enough |= last
        found[missing[enough]] = seen[enough]
        missing = missing[~enough]
        side *= 2
    share = np.maximum(found[:, 4:], 1e-6)
    mean = np.asarray(found[:, :3] / share, np.float32)
    variance = np.maximum(found[:, 3] / share[:, 0] - dot(mean, mean), 0)
    return mean, np.asarray(np.where(found[:, 4] > 0, variance, UNKNOWN), np.float32)


class GuidedFilter:
    """Fits a plane by linear functions of one ``guide`` in every (2 radius + 1) window.

    Coefficients are worked out near ``band`` only and are 0 elsewhere.
    """

    def __init__(self, guide: Floats, band: NDArray[np.uint8], radius: int) -> None:
        """Prepare what does not depend on the plane: the inverse covariances of the colours."""
        self._guide, self._radius = guide, radius
        reach = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
        self._near = np.nonzero(cv2.dilate(band, reach))
        self._weight = np.zeros(band.shape, np.float32)
        self._weight[self._near] = 1
        self._weight = np.maximum(box(self._weight, radius), 1e-6)
        near = self._near
        mean = box(guide, radius)[near]
        red, green, blue = cv2.split(guide)
        squares = box(cv2.merge([red * red, green * green, blue * blue]), radius)[near]
        products = box(cv2.merge([red * green, red * blue, green * blue]), radius)[near]
        rr, gg, bb = (squares - mean * mean + np.float32(EPSILON)).T
        rg, rb, gb = (products - mean[:, (0, 0, 1)] * mean[:, (1, 2, 2)]).T
        # The inverse of a symmetric 3 x 3 matrix, by its cofactors.
        c00, c01, c02 = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
        c11, c12, c22 = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
        scale = 1 / (rr * c00 + rg * c01 + rb * c02)
        rows = np.stack([c00, c01, c02, c01, c11, c12, c02, c12, c22], axis=1)
        self._inverse = (rows * scale[:, None]).reshape(-1, 3, 3)
        self._mean = mean

    def __call__(self, plane: Plane) -> Floats:
        """Fit ``plane`` (h, w): (h, w, 4) float32, three slopes and the level."""
        near, radius = self._near, self._radius
        level = box(plane, radius)[near]
        cross = box(self._guide * plane[:, :, None], radius)[near] - self._mean * level[:, None]
        slope = np.einsum("nij,nj->ni", self._inverse, cross)
        fitted = np.zeros((*plane.shape, 4), np.float32)
        fitted[near] = np.column_stack([slope, level - dot(slope, self._mean)])
        return box(fitted, radius) / self._weight[:, :, None]


def apply(coefficients: Floats, colours: Floats) -> Floats:
    """Alpha of ``colours`` (..., 3) under ``coefficients`` (..., 4): float32 in 0..1."""
    plane = dot(coefficients[..., :3], colours) + coefficients[..., 3]
    return np.asarray(np.clip(plane, 0, 1), np.float32)


def dot(one: Floats, other: Floats) -> Floats:
    """Multiply and sum over the last axis."""
    return np.asarray(np.einsum("...c,...c->...", one, other), np.float32)
