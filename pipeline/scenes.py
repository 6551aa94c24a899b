"""What a background shows: from where it is seen, where a product stands, how it is lit.

A rendered scene has this in a JSON file beside its picture, written by the renderer; any other
background is taken for a floor under the usual light from the upper left.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

EVEN = (0.45, 0.45, 0.45)
"""Light from all round under the usual light, as a share of all light."""


@dataclass(frozen=True, slots=True)
class KeyLight:
    """The light that casts a shadow.

    ``azimuth`` in degrees is from where it comes: 0 from the camera, 90 from the left, 180 from
    behind the product; ``elevation`` is above the floor, ``size`` the light's angular radius.
    ``ambient`` is the share of the light on the floor that comes from elsewhere: linear red, green
    and blue, each 0..1. Raises ValueError where it lies outside of what a floor can see.
    """

    azimuth: float = 40.0
    elevation: float = 55.0
    size: float = 16.0
    ambient: tuple[float, float, float] = EVEN

    def __post_init__(self) -> None:
        red, green, blue = self.ambient
        if not (0 < self.elevation <= 90 and 0 < self.size < 90):  # noqa: PLR2004 - a quarter turn
            raise ValueError(f"no light at {self.elevation} degrees, {self.size} wide")
        if not all(0 <= share <= 1 for share in (red, green, blue)):
            raise ValueError(f"ambient light of {self.ambient}")

    @property
    def lean(self) -> tuple[float, float]:
        """How far a shadow reaches on the floor, to the right and away, for a height of 1."""
        turn, reach = np.radians(self.azimuth), 1 / np.tan(np.radians(self.elevation))
        return float(np.sin(turn) * reach), float(np.cos(turn) * reach)


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a product stands in a background, and its light.

    ``contact`` is the height at which it touches the floor, as a share of the picture's, and
    ``width`` the share of the picture's width that is free there; 0 is all. Where that is bounded,
    as on a podium, it stands exactly there. ``elevation`` in degrees is the camera's above the
    floor, as seen from the product; 90 is from above. ``gloss`` is 0..1: how much the floor
    mirrors.
    """

    contact: float | None = None
    width: float = 0.0
    elevation: float = 13.4
    gloss: float = 0.0
    key: KeyLight = KeyLight()

    @property
    def is_podium(self) -> bool:
        """Whether a product stands at one place only."""
        return self.contact is not None and self.width > 0


USUAL = Scene()
"""The scene of a picture of which nothing is known."""


def read(file: Path) -> Scene:
    """Read what the renderer wrote; the usual scene where there is no such file.

    Raises OSError, KeyError, TypeError or ValueError where it cannot be used.
    """
    if not file.exists():
        return USUAL
    return scene_of(json.loads(file.read_text(encoding="utf-8")))


def scene_of(told: dict[str, Any]) -> Scene:
    """Take from a description what a composition needs.

    Raises KeyError, TypeError or ValueError where something is missing or no number.
    """
    light = told["light"]
    red, green, blue = map(float, light["ambient"])
    key = KeyLight(
        float(light["azimuth"]),
        float(light["elevation"]),
        float(light["size"]),
        (red, green, blue),
    )
    return Scene(
        float(told["contact"]),
        float(told["width"]),
        float(told["camera"]["elevation"]),
        float(told["gloss"]),
        key,
    )
