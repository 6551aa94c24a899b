"""What the model leaves in doubt, settled by the photo's colours before the outline is softened.

Where the model's logits are low it is often wrong by more than the band: straps are lost, and
patches and bays of the backdrop are kept. Three rules mend that, all made to do nothing rather than
harm: a thin doubtful part of the product's colour that hangs on the product joins it; a doubtful
part of the backdrop's colour, in the product's old shadow or not, that runs into the backdrop
without an edge leaves it; and so does one within the product's edges that the backdrop runs into.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from pipeline.matting.cleanup.concavities import bays
from pipeline.matting.cleanup.regions import LITTLE, TOLD, apart, pieces
from pipeline.matting.cleanup.thin_structures import thin_parts
from pipeline.matting.colour_prior import Sides, mixture, shaded
from pipeline.matting.trimap import HOPE, SPECK, around, without_specks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.masks import Mask
    from pipeline.matting.colour_prior import Floats
    from pipeline.matting.trimap import Outline

    Flags = NDArray[np.bool_]

DOUBT = 6.0
"""Logits nearer to 0 than this are doubtful."""
SHADOW = 0.5
"""How surely a shadow's pixels are one."""
BINS = 16
"""Bins a channel of the histograms of all sure colours."""
RARE = 1e-4
"""Share of the sure pixels below which a colour is as good as absent."""
BACKDROP = -3.0
"""Log ratio of product by backdrop at which a colour is the backdrop's."""
OVERLAP = 0.05
"""Bhattacharyya coefficient of both sides' sure colours below which colour tells them apart.

On 111 tuned-on photos with what ``TOLD`` and ``TOLD_APART`` say, one gained 0.086 of IoU, four less
than 0.005; the one that lost more than 0.001 has a gap counted as garment in its outline. At 0.08 a
white product lost its sleeve.
"""
CORE = 2.0
"""A patch has some pixels of logits below this: there the model itself was undecided."""
LIT = 0.1, 0.15, 4.0, 3.5
"""Distance of colours across an edge that is none, across one that is, and their least ratio.

Last the mean logit above which the model is believed.

With 0.08 for the first, and a fifth of a piece beyond the band instead of 0.15, white paper stayed
above a boot: of 419 photos 17 changed by more than 15 pixels, gaps and rims of backdrop, and once a
clip with a little of the waistband.
"""
SHADED = 0.15, 0.25, 1.0, 3.5
"""The same for a shadow, which fades: a part of the product as dark ends in an edge."""
TOLD_APART = 0.08, 0.0, 3.0, DOUBT
"""The same where colours tell the two sides apart."""


def settle(guide: Floats, outline: Outline) -> Outline:
    """Add the thin parts that the model lost and take off the patches of backdrop it kept.

    ``guide`` is the photo on the outline's crop, (h, w, 3).
    """
    unsure = cv2.inRange(outline.logit, -DOUBT, DOUBT)
    cv2.bitwise_or(unsure, outline.band, dst=unsure)
    inside = outline.inside > 0
    hopeful = (unsure > 0) & (outline.band == 0)
    if np.count_nonzero(hopeful & (outline.logit > HOPE)) < outline.cell**2:
        return outline
    colours = ratio(guide, inside, unsure)
    if colours is None:
        return outline
    sides = Sides(guide, outline, unsure)
    lost = thin_parts(guide, outline, sides, colours.likely)
    kept = patches(guide, outline, sides, colours) | bays(guide, outline, colours.likely, DOUBT)
    if not (lost.any() or kept.any()):
        return outline
    settled = ((inside | lost) & ~kept).astype(np.uint8)
    settled = without_specks(settled, SPECK * outline.cell**2)
    if not settled.any():
        return outline
    return replace(
        outline,
        inside=settled * np.uint8(255),
        band=around(settled, outline.logit, outline.cell),
    )


class Told(NamedTuple):
    """What the sure colours of both sides say of the unsure ones.

    ``likely`` (h, w) is the logarithm of how much likelier each is on the product than on the
    backdrop, 0 where all is sure; ``overlap`` is 0 where the sides share no colour, else up to 1.
    """

    likely: Floats
    overlap: float


def ratio(guide: Floats, inside: Flags, unsure: Mask) -> Told | None:
    """Compare the colours of both sides; None where nothing is sure on one of them."""
    colours = cv2.convertScaleAbs(guide, alpha=255)
    shares, raw = [], []
    for side in (inside, ~inside):
        sure = (side & (unsure == 0)).astype(np.uint8)
        counts = cv2.calcHist([colours], [0, 1, 2], sure, [BINS] * 3, [0, 256] * 3)
        if not counts.any():
            return None
        raw.append(counts / counts.sum())
        for axis in range(3):
            padded = np.pad(counts, [(1, 1) if axis == one else (0, 0) for one in range(3)], "edge")
            low, middle, high = (
                padded.take(range(start, start + BINS), axis) for start in range(3)
            )
            counts = (low + 2 * middle + high) / 4
        shares.append(counts / counts.sum())
    table = np.log((shares[0] + RARE) / (shares[1] + RARE)).astype(np.float32)
    points = np.nonzero(unsure)
    found = np.zeros(inside.shape, np.float32)
    found[points] = table[tuple(colours[points].T // (256 // BINS))]
    return Told(found, float(np.sqrt(raw[0] * raw[1]).sum()))


def patches(guide: Floats, outline: Outline, sides: Sides, colours: Told) -> Flags:
    """Find what of the mask is the backdrop beside or through the product, lit or not: (h, w)."""
    inside = outline.inside > 0
    doubtful = inside & (outline.logit < DOUBT)
    kept = np.zeros(inside.shape, bool)
    most = LITTLE * np.count_nonzero(inside)
    found = (
        (doubtful & (colours.likely < BACKDROP), LIT),
        (shadows(guide, outline, sides, doubtful), SHADED),
        (gaps(outline, doubtful, colours), TOLD_APART),
    )
    for mask, (alike, unlike, times, sure) in found:
        for box, piece in pieces(mask.astype(np.uint8), outline):
            said = outline.logit[box][piece]
            colour = apart(guide[box], inside[box], piece, outline.cell)
            if (
                np.count_nonzero(piece) > most
                or said.min() >= CORE
                or said.mean() > sure
                or colour is None
            ):
                continue
            kept[box] |= piece & (
                colour.backdrop < alike and colour.product > max(unlike, times * colour.backdrop)
            )
    return kept


def gaps(outline: Outline, doubtful: Flags, colours: Told) -> Flags:
    """Find what of ``doubtful`` (h, w) colour says is backdrop, more surely than the model doubts.

    Nothing, unless the two sides have different colours.
    """
    if colours.overlap > OVERLAP:
        return np.zeros(doubtful.shape, bool)
    known = (colours.likely != 0).astype(np.float32)
    side = (2 * int(np.ceil(outline.cell)) + 1,) * 2
    around = cv2.blur(colours.likely, side) / np.maximum(cv2.blur(known, side), 1e-3)
    found = (doubtful & (outline.logit + TOLD * around < 0)).astype(np.uint8)
    opened: Flags = cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    return opened


def shadows(guide: Floats, outline: Outline, sides: Sides, doubtful: Flags) -> Flags:
    """Find what of ``doubtful`` (h, w) has the colour of the backdrop around it, darkened."""
    points = np.nonzero(doubtful)
    shadow = np.zeros(doubtful.shape, np.uint8)
    if np.count_nonzero(outline.band[points] == 0) < outline.cell**2:
        return shadow > 0
    product, spread, backdrop, other = sides.at(points)
    _, off, _ = mixture(guide[points], product, backdrop)
    shadow[points] = shaded(guide[points], product, backdrop, off, spread + other) > SHADOW
    found: Flags = cv2.morphologyEx(shadow, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    return found
