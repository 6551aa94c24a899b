"""The cameras: one looks ahead and a little down, one straight down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from backgrounds.studio.recipe import Recipe, View

HALF = 1.12
"""Units that are seen to each side of the product."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """What each pixel of a square shows.

    ``part`` (h, w) int counts the recipe's parts, ``position`` and ``normal`` are (h, w, 3).
    """

    part: NDArray[Any]
    position: NDArray[Any]
    normal: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Camera:
    """``eye`` and ``target`` in units, ``field`` the angle of view in degrees, a square picture."""

    eye: tuple[float, float, float]
    target: tuple[float, float, float]
    up: tuple[float, float, float]
    field: float

    @classmethod
    def of(cls, recipe: Recipe) -> Camera:
        """Return the camera of a scene; on a podium it looks lower."""
        view: View = recipe.view
        if view == "above":
            eye, target, up = (0.0, 0.0, 8.0), (0.0, 0.0, 0.0), (0.0, 1.0, 0.0)
        else:
            look = 0.72 - 0.6 * recipe.drop
            eye, target, up = (0.0, -8.0, 1.9), (0.0, 0.0, look), (0.0, 0.0, 1.0)
        far = float(np.linalg.norm(np.subtract(eye, target)))
        return cls(eye, target, up, float(np.degrees(2 * np.arctan(HALF / far))))

    @property
    def axes(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Unit vectors to the right, down and ahead in the picture."""
        ahead = np.subtract(self.target, self.eye)
        ahead = ahead / np.linalg.norm(ahead)
        right = np.cross(ahead, self.up)
        right = right / np.linalg.norm(right)
        return right, np.cross(ahead, right), ahead

    def rays(self, side: int) -> NDArray[Any]:
        """Return the direction through each pixel's middle, (side, side, 3) float32."""
        right, down, ahead = self.axes
        line = (np.arange(side) + 0.5) / side * 2 - 1
        reach = np.tan(np.radians(self.field) / 2)
        rays = ahead + reach * (line[None, :, None] * right + line[:, None, None] * down)
        return np.asarray(rays, np.float32)

    def seen(self, point: tuple[float, float, float]) -> tuple[float, float]:
        """Return where a point is seen, as shares of the picture's width and height."""
        away = np.subtract(point, self.eye)
        right, down, ahead = self.axes
        reach = np.tan(np.radians(self.field) / 2) * float(away @ ahead)
        return 0.5 + float(away @ right) / reach / 2, 0.5 + float(away @ down) / reach / 2

    @property
    def elevation(self) -> float:
        """Degrees above the floor at which the camera is, as seen from the product."""
        return float(np.degrees(np.arctan2(self.eye[2], np.hypot(self.eye[0], self.eye[1]))))

    def horizon(self) -> float:
        """Return the height of the horizon as a share of the picture's, from its top."""
        ahead = self.axes[2]
        flat = float(np.hypot(ahead[0], ahead[1])) or 1e-9
        return 0.5 + float(ahead[2]) / flat / float(np.tan(np.radians(self.field) / 2)) / 2
