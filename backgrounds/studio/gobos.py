"""What stands between the key light and the scene: a window's bars, a palm's leaves.

Each is flat: points are (across, up) as seen from the product towards the light, in units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backgrounds.studio.shapes import Mesh

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAR = 3.5
"""How far a window's wall reaches: the sun shines in nowhere else that is seen."""
NEAR = 2.0
"""... and to the right, where the camera looks past it."""


def window() -> list[NDArray[Any]]:
    """Build a wall with an opening of two by three panes: rectangles that are closed."""
    left, right, low, high, bar = -0.9, 0.3, 0.6, 2.1, 0.03
    closed = [
        (-FAR, left, -FAR, FAR),
        (right, NEAR, -FAR, FAR),
        (left, right, -FAR, low),
        (left, right, high, FAR),
        ((left + right) / 2 - bar, (left + right) / 2 + bar, low, high),
    ]
    third = (high - low) / 3
    closed += [(left, right, low + n * third - bar, low + n * third + bar) for n in (1, 2)]
    return [np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) for x0, x1, y0, y1 in closed]


def leaves(seed: int = 5) -> list[NDArray[Any]]:
    """Build three fronds that hang into the light from the sides: a leaf is a slender lens."""
    noise = np.random.default_rng(seed)
    drawn = []
    fronds = (
        ((-1.7, 2.3), -0.45, 1.6),
        ((0.9, 2.4), 3.95, 1.5),
        ((-1.7, 1.1), 0.25, 1.1),
    )
    for root, heading, length in fronds:
        for share in np.linspace(0.12, 1, 9):
            bent = heading - 0.5 * share
            stem = np.array(root) + length * share * np.array([np.cos(bent), np.sin(bent)])
            for side in (-1, 1):
                turn = bent + side * (0.95 - 0.45 * share) + noise.normal(0, 0.06)
                long = 0.62 * np.sin(np.pi * (0.15 + 0.75 * share)) * noise.uniform(0.85, 1.1)
                drawn.append(_lens(stem, turn, long, 0.042))
    return drawn


def _lens(root: NDArray[Any], heading: float, length: float, half: float) -> NDArray[Any]:
    along = np.linspace(0, 1, 12)
    wide = half * np.sin(np.pi * along**0.8)
    points = np.concatenate(
        [np.stack([along, wide], -1), np.stack([along, -wide], -1)[::-1]]
    ) * np.array([length, 1.0])
    turn = np.array([[np.cos(heading), -np.sin(heading)], [np.sin(heading), np.cos(heading)]])
    return np.asarray(points @ turn.T + root)


def placed(polygons: list[NDArray[Any]], towards: NDArray[Any], distance: float) -> Mesh:
    """Put convex polygons at ``distance`` from the product, facing it; ``towards`` the light."""
    across = np.cross([0.0, 0.0, 1.0], towards)
    across /= np.linalg.norm(across)
    up = np.cross(towards, across)
    vertices, triangles, count = [], [], 0
    for polygon in polygons:
        corners = np.arange(1, len(polygon) - 1)
        vertices.append(distance * towards + polygon[:, :1] * across + polygon[:, 1:] * up)
        triangles.append(count + np.stack([0 * corners, corners, corners + 1], axis=-1))
        count += len(polygon)
    return Mesh(np.concatenate(vertices), np.concatenate(triangles), is_smooth=False)
