"""A prior of alpha in the unknown region, from the colours nearby and the model's own logits.

Between the mean colours of the sure product and the sure backdrop nearby, a pixel's place on the
line from one to the other is its alpha, as in Chuang et al., "A Bayesian Approach to Digital
Matting", CVPR 2001. It is trusted as far as the two colours differ by more than each varies and the
pixel's colour lies near their line; where not, the model's own probability stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from pipeline.matting.sampling import dot, sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.masks import BinaryMask
    from pipeline.matting.sampling import Floats
    from pipeline.matting.trimap import Trimap

SMALLEST_WINDOW = 2.0
"""Side, in cells, of the smallest window in which the colours of either side are averaged."""
MIN_KNOWN_SHARE = 0.03
"""The share of a window that must be known for its mean colour to count."""
NOISE = 0.005
"""Squared colour difference at which colour is half trusted between flat areas."""
TEXTURE_WEIGHT = 2.0
"""How strongly the variance of either side takes away trust in colour."""
OFF_LINE_WEIGHT = 20.0
"""How strongly a colour that is no mixture of the two takes away trust in them."""
TEXTURE_DEAD_ZONE, MAX_DEAD_ZONE = 1.7, 0.45
"""How many deviations of the texture, and how much of the line, say nothing where the model is
sure."""
LOGIT_GAIN = 2.0
"""What the logits are multiplied by: uncertainty between two sides is no mixture of them."""
UNKNOWN_VARIANCE = 3.0
"""Variance of a colour of which nothing is known: the largest there can be, over three channels."""


class ColourPrior(NamedTuple):
    """What is known of alpha before the photo's edges are looked at, (h, w) float32 in 0..1 each.

    ``alpha`` is the mask outside the unknown region. ``trust`` is how far colour was believed, 0
    outside of it.
    """

    alpha: Floats
    trust: Floats


class ColourLine(NamedTuple):
    """Where colours lie beside the line from the backdrop's to the product's, (points,) each.

    ``position`` is 0..1 from backdrop to product; ``off_line`` is the squared distance from the
    line, and ``length`` the line's squared length.
    """

    position: Floats
    off_line: Floats
    length: Floats


def alpha_from_colour(guide: Floats, trimap: Trimap) -> ColourPrior:
    """Estimate alpha from where each unknown pixel's colour lies between both sides' means.

    ``guide`` is the photo on the trimap's crop, (h, w, 3) float32 RGB in 0..1. Where the model is
    sure, colours within the texture's own variation do not contradict it: a grain of a rough
    backdrop is not taken for product.
    """
    plane = trimap.mask.astype(np.float32) * np.float32(1 / 255)
    trusted = np.zeros_like(plane)
    unknown = np.nonzero(trimap.unknown)
    if not unknown[0].size:
        return ColourPrior(plane, trusted)
    sides = LocalColourStats(guide, trimap, trimap.unknown)
    product, product_variance, backdrop, backdrop_variance = sides.at(unknown)
    position, off_line, length = project_on_line(guide[unknown], product, backdrop)
    doubt = TEXTURE_WEIGHT * (product_variance + backdrop_variance) + OFF_LINE_WEIGHT * off_line
    trust = length / (length + doubt + NOISE)
    model = 1 / (1 + np.exp(-LOGIT_GAIN * trimap.logits[unknown]))
    low, high = (
        np.minimum(TEXTURE_DEAD_ZONE * np.sqrt(variance / np.maximum(length, 1e-6)), MAX_DEAD_ZONE)
        * sure
        for variance, sure in ((backdrop_variance, 1 - model), (product_variance, model))
    )
    position = np.clip((position - low) / (1 - low - high), 0, 1)
    plane[unknown] = trust * position + (1 - trust) * model
    trusted[unknown] = trust
    return ColourPrior(plane, trusted)


def project_on_line(colours: Floats, product: Floats, backdrop: Floats) -> ColourLine:
    """Project ``colours`` on the line between two others.

    All three are (points, 3) float32 RGB in 0..1.
    """
    line = product - backdrop
    length = dot(line, line)
    position = np.clip(dot(colours - backdrop, line) / np.maximum(length, 1e-6), 0, 1)
    rest = colours - backdrop - position[:, None] * line
    return ColourLine(position, dot(rest, rest), length)


class LocalColourStats:
    """Mean and variance of the sure product's and the sure backdrop's colours around any point."""

    def __init__(self, guide: Floats, trimap: Trimap, unsure: BinaryMask) -> None:
        """Keep what is sure of ``guide`` (h, w, 3); ``unsure`` (h, w) is not 0 where nothing is.

        ``guide`` is float32 RGB in 0..1, ``unsure`` uint8.
        """
        squares = cv2.transform(cv2.multiply(guide, guide), np.ones((1, 3), np.float32))
        known = cv2.merge([*cv2.split(guide), squares])
        product = cv2.bitwise_and(trimap.mask, cv2.bitwise_not(unsure))
        backdrop = cv2.bitwise_not(cv2.bitwise_or(trimap.mask, unsure))
        side = SMALLEST_WINDOW * trimap.cell
        self._product = MaskedPyramid(known, product, side)
        self._backdrop = MaskedPyramid(known, backdrop, side)

    def at(self, points: tuple[NDArray[np.intp], ...]) -> tuple[Floats, Floats, Floats, Floats]:
        """Return mean, (points, 3), and variance, (points,), of the product, then the backdrop.

        All four are float32, of RGB in 0..1; ``points`` are the integer (rows, columns).
        """
        return *self._product.at(points), *self._backdrop.at(points)


class MaskedPyramid:
    """Averages of the pixels in a mask, in windows that double; each level is made when needed."""

    def __init__(self, known: Floats, mask: BinaryMask, side: float) -> None:
        """Start with windows of ``side`` pixels; ``known`` (h, w, 4) is colour and its square.

        ``known`` is float32 of 0..1, ``mask`` (h, w) uint8 of 0 and 255.
        """
        self._size = mask.shape[1], mask.shape[0]
        self._side = side
        self._whole = cv2.copyTo(known, mask), mask.astype(np.float32) * np.float32(1 / 255)
        self._levels: list[tuple[Floats, Floats]] = []

    def at(self, points: tuple[NDArray[np.intp], ...]) -> tuple[Floats, Floats]:
        """Average around each of ``points``: mean, (points, 3), and variance, (points,), float32.

        The window doubles until enough of it is known. The colours are RGB in 0..1; the variance is
        summed over the channels.
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
            amount = sample(share, across, down)[:, 0]
            enough = (amount > MIN_KNOWN_SHARE) | (share.size == 1)
            reached = missing[enough]
            found[reached] = sample(sums, across[enough], down[enough])
            seen[reached] = amount[enough]
            missing = missing[~enough]
            number += 1
        found /= np.maximum(seen, 1e-6)[:, None]
        mean = np.ascontiguousarray(found[:, :3])
        variance = np.maximum(found[:, 3] - dot(mean, mean), 0)
        return mean, np.asarray(np.where(seen > 0, variance, UNKNOWN_VARIANCE), np.float32)

    def _level(self, number: int) -> tuple[Floats, Floats]:
        """Return the sums, (h, w, 4), and the known share, (h, w), of a level's windows."""
        if number == len(self._levels):
            side = self._side * 2**number
            width, height = (max(1, round(length / side)) for length in self._size)
            sums, share = (
                cv2.resize(maps, (width, height), interpolation=cv2.INTER_AREA)
                for maps in (self._levels[-1] if number else self._whole)
            )
            self._levels.append((sums.reshape(height, width, 4), share.reshape(height, width)))
        return self._levels[number]
