"""What the colours nearby and the model itself say of each pixel, before the photo's edges do.

Between the mean colours of what is surely product and surely backdrop nearby, a pixel's place on
the line from one to the other is its alpha, as in Chuang et al., "A Bayesian Approach to Digital
Matting", 2001. It is trusted as far as the two colours differ by more than each varies and the
pixel's lies near their line; where not, the model's own probability stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np

from pipeline.matting.sampling import at_points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.masks import Mask
    from pipeline.matting.trimap import Outline

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
OFF = 20.0
"""How strongly a colour that is no mixture of the two takes away trust in them."""
GRAINY, MOST = 1.7, 0.45
"""How much of the texture's deviation, and of the line, says nothing where the model is sure."""
DECIDED = 2.0
"""What the logits are multiplied by: doubt between two sides is no mixture of them."""
DARKEST = 0.3
"""Share of its light that a backdrop keeps in the darkest shadow that is told from a product."""
GRAIN = 1e-3
"""Squared colour difference that is noise."""
UNKNOWN = 3.0
"""Variance of a colour of which nothing is known: the largest there can be."""


def by_colour(guide: Floats, outline: Outline) -> tuple[Floats, Floats]:
    """Estimate the band's alpha, (points,) in 0..1, and tell how far colour is trusted in it.

    A grain of a rough backdrop is no product where the model says backdrop, nor the reverse.
    """
    band = np.nonzero(outline.band)
    product, spread, backdrop, other = Sides(guide, outline, outline.band).at(band)
    colours = guide[band]
    along, off, length = mixture(colours, product, backdrop)
    lit = 1 - shaded(colours, product, backdrop, off, spread + other)
    along *= lit
    off *= lit
    trust = length / (length + SPREAD * (spread + other) + OFF * off + NOISE)
    prior = 1 / (1 + np.exp(-DECIDED * outline.logit[band]))
    lost, kept = (
        np.minimum(GRAINY * np.sqrt(texture / np.maximum(length, 1e-6)), MOST) * sure
        for texture, sure in ((other, 1 - prior), (spread, prior))
    )
    along = np.clip((along - lost) / (1 - lost - kept), 0, 1)
    alpha = trust * along + (1 - trust) * prior
    return np.asarray(alpha, np.float32), np.asarray(trust, np.float32)


def mixture(colours: Floats, product: Floats, backdrop: Floats) -> tuple[Floats, Floats, Floats]:
    """Place ``colours`` (points, 3) on the line from the backdrop's to the product's.

    Returns (points,) each: where, 0..1, how far off, squared, and the line's squared length.
    """
    line = product - backdrop
    length = dot(line, line)
    along = np.clip(dot(colours - backdrop, line) / np.maximum(length, 1e-6), 0, 1)
    rest = colours - backdrop - along[:, None] * line
    return along, dot(rest, rest), length


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


class Sides:
    """What the sure product and the sure backdrop look like around any point."""

    def __init__(self, guide: Floats, outline: Outline, unsure: Mask) -> None:
        """Keep what is sure; ``unsure`` (h, w) is not 0 where neither side is."""
        squares = cv2.transform(cv2.multiply(guide, guide), np.ones((1, 3), np.float32))
        known = cv2.merge([*cv2.split(guide), squares])
        product = cv2.bitwise_and(outline.inside, cv2.bitwise_not(unsure))
        backdrop = cv2.bitwise_not(cv2.bitwise_or(outline.inside, unsure))
        side = NEAREST * outline.cell
        self._sides = Averages(known, product, side), Averages(known, backdrop, side)

    def at(self, points: tuple[NDArray[np.intp], ...]) -> tuple[Floats, Floats, Floats, Floats]:
        """Return mean, (points, 3), and variance, (points,), of the product, then the backdrop."""
        product, backdrop = (side.at(points) for side in self._sides)
        return *product, *backdrop


class Averages:
    """Averages of the sure pixels in windows of any size, each size worked out when asked for."""

    def __init__(self, known: Floats, sure: Mask, side: float) -> None:
        """Start with windows of ``side`` pixels; ``known`` (h, w, 4) is colour and its square."""
        self._size = sure.shape[1], sure.shape[0]
        self._side = side
        self._whole = cv2.copyTo(known, sure), sure.astype(np.float32) * np.float32(1 / 255)
        self._levels: list[tuple[Floats, Floats]] = []

    def at(self, points: tuple[NDArray[np.intp], ...]) -> tuple[Floats, Floats]:
        """Average around each of ``points``: mean, (points, 3), and variance, (points,).

        The window doubles until enough of it is sure. The variance is summed over the channels.
        """
        y, x = (axis.astype(np.float32) + np.float32(0.5) for axis in points)
        found, seen = np.zeros((x.size, 4), np.float32), np.zeros(x.size, np.float32)
        missing = np.arange(x.size)
        number = 0
        while missing.size:
            sums, share = self._level(number)
            height, width = share.shape
            across = x[missing] * np.float32(width / self._size[0]) - np.float32(0.5)
            down = y[missing] * np.float32(height / self._size[1]) - np.float32(0.5)
            amount = at_points(share, across, down)[:, 0]
            enough = (amount > ENOUGH) | (share.size == 1)
            reached = missing[enough]
            found[reached] = at_points(sums, across[enough], down[enough])
            seen[reached] = amount[enough]
            missing = missing[~enough]
            number += 1
        found /= np.maximum(seen, 1e-6)[:, None]
        mean = np.ascontiguousarray(found[:, :3])
        variance = np.maximum(found[:, 3] - dot(mean, mean), 0)
        return mean, np.asarray(np.where(seen > 0, variance, UNKNOWN), np.float32)

    def _level(self, number: int) -> tuple[Floats, Floats]:
        """Return the sums, (h, w, 4), and the sure share, (h, w), of the windows' size."""
        if number == len(self._levels):
            side = self._side * 2**number
            width, height = (max(1, round(length / side)) for length in self._size)
            sums, share = (
                cv2.resize(maps, (width, height), interpolation=cv2.INTER_AREA)
                for maps in (self._levels[-1] if number else self._whole)
            )
            self._levels.append((sums.reshape(height, width, 4), share.reshape(height, width)))
        return self._levels[number]


def dot(one: Floats, other: Floats) -> Floats:
    """Multiply and sum over the last axis."""
    return np.asarray(np.einsum("...c,...c->...", one, other), np.float32)
