"""Alpha in the unknown region, as local linear functions of the photo's colours.

In every small window alpha is all but a linear function of the colours there: the matting
Laplacian of Levin, Lischinski and Weiss, "A Closed-Form Solution to Natural Image Matting", PAMI
2008, with windows of any size, applied without ever being built (He, Sun and Tang, "Fast Matting
Using Large Kernel Matting Laplacian Matrices", CVPR 2010). The prior of `colour_prior` is where a
few steps of conjugate gradients start from and what they stay near; stopped this early, they forget
neither. The windows' linear coefficients are kept, so that they can be applied to the full-size
photo (He and Sun, "Fast Guided Filter", 2015).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.matting.sampling import box_filter, dot

if TYPE_CHECKING:
    from pipeline.masks import BinaryMask
    from pipeline.matting.colour_prior import ColourPrior
    from pipeline.matting.sampling import Floats
    from pipeline.matting.trimap import Trimap
    from pipeline.values import Plane

FIT_RADIUS = 4 / 3
"""Radius of the windows in cells."""
EPSILON = 1e-5
"""Variance of colour in a window that is noise: the closed-form paper's epsilon."""
PRIOR_WEIGHT = 0.01
"""How strongly a wholly trusted prior holds its pixel, beside all windows that it lies in."""
MODEL_WEIGHT = 2.0
"""How many times as strongly the model's own word does, where colour is not trusted."""
CG_STEPS = 6
"""Steps of conjugate gradients."""


def solve_alpha(guide: Floats, trimap: Trimap, prior: ColourPrior) -> Floats:
    """Estimate alpha: (h, w, 4) float32, so that alpha = clip(c[:3] . colour + c[3], 0, 1).

    ``guide`` is the photo on the trimap's crop, (h, w, 3). The coefficients hold in the unknown
    region and one pixel around it, and are 0 elsewhere.
    """
    plane = prior.alpha.copy()
    unknown = np.nonzero(trimap.unknown)
    if not unknown[0].size:
        return np.zeros((*plane.shape, 4), np.float32)
    alpha, trust = plane[unknown], prior.trust[unknown]
    windows = LinearWindows(guide, trimap.unknown, max(2, round(FIT_RADIUS * trimap.cell)))
    weight = np.float32(PRIOR_WEIGHT) * (trust + np.float32(MODEL_WEIGHT) * (1 - trust))

    residual = windows.at_unknown(windows.fit(plane)) - alpha
    direction, squared = residual.copy(), float(residual @ residual)
    for _ in range(CG_STEPS):
        if squared < np.finfo(np.float32).eps:
            break
        product = (1 + weight) * direction - windows.smooth(direction)
        step = squared / float(direction @ product)
        alpha = alpha + step * direction
        residual -= step * product
        before, squared = squared, float(residual @ residual)
        direction = residual + (squared / before) * direction
    plane[unknown] = np.clip(alpha, 0, 1)
    return windows.fit(plane)


class LinearWindows:
    """Linear functions of ``guide``'s colours, one for every window near the unknown region.

    Planes are fitted by least squares in each (2 radius + 1) window; at a pixel, the windows around
    it are averaged. The coefficients, (h, w, 4) of three slopes and a level, are 0 elsewhere.
    """

    def __init__(self, guide: Floats, unknown: BinaryMask, radius: int) -> None:
        """Prepare what does not depend on the plane: the inverse covariances of the colours.

        ``guide`` is (h, w, 3) float32 RGB in 0..1, ``unknown`` (h, w) uint8, and ``radius`` in
        pixels.
        """
        self._radius = radius
        self._unknown = np.flatnonzero(unknown)
        # One pixel more, for the bilinear sampling at the unknown region's rim.
        reach = 2 * (radius + 1) + 1
        self._near = np.flatnonzero(cv2.dilate(unknown, np.ones((reach, reach), np.uint8)))
        red, green, blue = cv2.split(guide)
        self._guide = cv2.merge([red, green, blue, np.ones_like(red)])
        self._colours = self._guide.reshape(-1, 4).take(self._unknown, axis=0)
        self._plane = np.zeros_like(self._guide)
        self._fitted = np.zeros_like(self._guide)
        self._mean = self._at_near(guide)
        # In double precision: where the colours of a window lie on a line, little is left of
        # the differences below.
        mean = self._mean.T.astype(np.float64)
        squares = self._at_near(cv2.multiply(guide, guide)).T
        products = self._at_near(cv2.multiply(guide, cv2.merge([green, blue, red]))).T
        rr, gg, bb = squares - mean * mean + EPSILON
        rg, gb, rb = products - mean * mean[[1, 2, 0]]
        # The inverse of a symmetric 3 x 3 matrix, by its cofactors.
        c00, c01, c02 = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
        c11, c12, c22 = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
        scale = 1 / (rr * c00 + rg * c01 + rb * c02)
        rows = np.stack([c00, c01, c02, c01, c11, c12, c02, c12, c22], axis=1)
        self._inverse = (rows * scale[:, None]).astype(np.float32).reshape(-1, 3, 3)

    def fit(self, plane: Plane) -> Floats:
        """Fit ``plane`` (h, w) float32: coefficients (h, w, 4) float32."""
        return self._fit(cv2.multiply(self._guide, cv2.merge([plane] * 4)))

    def smooth(self, values: Floats) -> Floats:
        """Fit a plane that is ``values`` where unknown, else 0, and return its fit.

        Both are (points,) float32.
        """
        self._plane.reshape(-1, 4)[self._unknown] = self._colours * values[:, None]
        return self.at_unknown(self._fit(self._plane))

    def at_unknown(self, fitted: Floats) -> Floats:
        """Apply coefficients (h, w, 4) to the unknown region's own colours: (points,) float32."""
        return dot(fitted.reshape(-1, 4).take(self._unknown, axis=0), self._colours)

    def _fit(self, weighted: Floats) -> Floats:
        """Fit the plane whose products with the colours, and itself, are ``weighted`` (h, w, 4)."""
        averaged = self._at_near(weighted)
        level = averaged[:, 3]
        cross = averaged[:, :3] - self._mean * level[:, None]
        slope = np.einsum("nij,nj->ni", self._inverse, cross)
        near = self._fitted.reshape(-1, 4)
        near[self._near] = np.column_stack([slope, level - dot(slope, self._mean)])
        return box_filter(self._fitted, self._radius)

    def _at_near(self, maps: Floats) -> Floats:
        """Average in every window near the unknown region: (windows, channels)."""
        averaged = box_filter(maps, self._radius)
        return averaged.reshape(-1, averaged.shape[2]).take(self._near, axis=0)


def apply_coefficients(coefficients: Floats, colours: Floats) -> Floats:
    """Alpha of ``colours`` (..., 3) under ``coefficients`` (..., 4): float32 in 0..1."""
    plane = dot(coefficients[..., :3], colours) + coefficients[..., 3]
    return np.asarray(np.clip(plane, 0, 1), np.float32)
