"""The shadow that the product casts, made from its alpha and the scene's light: no model.

It is drawn on a small map, since all of it is blurred, and enlarged where it falls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from pipeline.compose.framing import SOLID_ALPHA
from pipeline.compose.linear import Shadow
from pipeline.masks import between, extent
from pipeline.scenes import USUAL

if TYPE_CHECKING:
    from pipeline.backdrops import ShadowKind
    from pipeline.compose.framing import Layer
    from pipeline.scenes import Scene
    from pipeline.values import Plane

MAP_SIDE = 384
"""Longer side of the map in pixels."""
MIN_DEPTH = 1 / 128
"""Depth below this is no shadow, so that white stays 255 away from the product."""
SLABS = 5
"""Parts of a product's height whose shadows are blurred each by itself."""
LEAST_SLOPE = 0.04
"""Least slope of a shadow in the picture: light from the side would cast a line without width."""
STEEPEST = 60.0
"""Degrees up to which a camera sees a product from the front."""


class Pool(NamedTuple):
    """Around the foot, as a blur of it: what the product hides from the light all round.

    ``wide`` and ``high`` are the blur's deviations, ``down`` is how far below it lies, ``lean`` how
    far away from a light from the side; all are shares of the product's size. ``depth`` is 0..1.
    """

    wide: float
    high: float
    down: float
    lean: float
    depth: float


# From here on fitted to path-traced objects: python -m benchmarks.rendered_shadow
DEEP = 0.59
"""How deep a product is taken to be, in its smaller side."""
BOARDS = (0.0, 0.5, 1.0)
"""Where in this depth stand the boards that together cast its shadow."""
MIDDLE = 0.585
"""Where in this depth the middle of the foot is."""
LOWEST, OVERHANG = 0.08, 0.42
"""The lowest part of the height, in which the foot's width is measured, and how far ahead of it a
product reaches that is wider farther up: in the depth, where it stands on a point."""
THICK = 0.3
"""How thick one board is, in the smaller side."""
SPREAD = 0.195
"""A shadow's blur for the light's width."""
KEY_DEPTH = 0.84
"""How much of the key light a shadow takes."""
FOOT_SHARE = 0.25
"""The share of the product's height, from below, that may touch the floor."""
POOLS = (Pool(0.081, 0.011, 0.043, 0.104, 1.0), Pool(0.2, 0.06, 0.04, 0.0, 0.40))
CONTACT = Pool(0.014, 0.008, 0.010, 0.002, 0.80)
"""The dark line along the front of the foot, thinner than what is fitted."""
COARSE_SIGMA = 4.0
"""A blur's deviation, in pixels, that is wide enough to be enlarged without being seen."""


def cast(
    product: Layer,
    size: tuple[int, int],
    kind: ShadowKind,
    strength: float,
    scene: Scene = USUAL,
    also: Plane | None = None,
) -> Shadow | None:
    """Return the shadow of ``product`` in a frame of ``size``, or None where there is none.

    ``scene`` tells from where the light comes, and how the floor is seen. ``also`` is more depth,
    (h, w) float32 in 0..1, of `on_map`; ``size`` is in pixels.
    """
    if kind == "none" or strength <= 0 or not product.alpha.size:
        return None
    small = on_map(product, size)
    if not small.any():
        return None
    draw = {"soft": standing, "lying": lying, "floating": floating}[kind]
    depth = draw(small, scene)
    if also is not None:
        depth = 1 - (1 - depth) * (1 - also)
    depth = np.minimum(depth * strength, 0.9)
    depth = np.maximum(depth - MIN_DEPTH, 0) * np.float32(1 / (1 - MIN_DEPTH))
    left, top, right, bottom = extent(between(depth, MIN_DEPTH / 4, 1))
    if left == right:
        return None
    across, down = size[0] / small.shape[1], size[1] / small.shape[0]
    x, y = int(left * across), int(top * down)
    wide = min(int(np.ceil(right * across)), size[0]) - x
    high = min(int(np.ceil(bottom * down)), size[1]) - y
    full = cv2.resize(depth[top:bottom, left:right], (wide, high), interpolation=cv2.INTER_LINEAR)
    lit = 1 - np.array(scene.key.ambient)
    red, green, blue = (float(share) for share in lit / max(lit.max(), 1e-6))
    return Shadow(full, x, y, (red, green, blue))


def on_map(product: Layer, size: tuple[int, int]) -> Plane:
    """Draw the product's alpha on a small map of the frame: (h, w) float32.

    ``size`` is the frame's width and height in pixels.
    """
    scale = min(1.0, MAP_SIDE / max(size))
    small = np.zeros((max(1, round(size[1] * scale)), max(1, round(size[0] * scale))), np.float32)
    height, width = product.alpha.shape
    wide, high = max(1, round(width * scale)), max(1, round(height * scale))
    x = min(round(product.x * scale), small.shape[1] - 1)
    y = min(round(product.y * scale), small.shape[0] - 1)
    part = small[y : y + high, x : x + wide]
    shrunk = cv2.resize(product.alpha, (wide, high), interpolation=cv2.INTER_AREA)
    part[:] = shrunk[: part.shape[0], : part.shape[1]]
    return small


def standing(alpha: Plane, scene: Scene) -> Plane:
    """Join the shadow cast on the floor and what the product hides from the light all round.

    The foot is each lower edge near the product's base, not one line at its lowest point: of two
    boots one usually stands a little farther back. ``alpha`` and the depth returned are (h, w)
    float32 in 0..1.
    """
    left, top, right, base = extent(between(alpha, SOLID_ALPHA, 1))
    high, wide = max(1, base - top), max(1, right - left)
    unit = float(np.sqrt(wide * high))
    deep = DEEP * min(high, wide) * float(np.sin(np.radians(min(scene.elevation, STEEPEST))))
    ahead = OVERHANG * overhang(alpha, base, high, wide)
    board = projected(alpha, top, base, scene)
    key = np.maximum.reduce([shifted(board, 0, deep * (ahead - back)) for back in BOARDS])
    light = 1 - KEY_DEPTH * key * np.float32(1 - np.mean(scene.key.ambient))
    if base >= alpha.shape[0]:
        return np.asarray(1 - light, np.float32)
    near = np.arange(alpha.shape[0], dtype=np.float32) - base
    foot = alpha * np.clip(near / (FOOT_SHARE * high) + 1, 0, 1)[:, None]
    away = deep * (ahead - MIDDLE)
    lean = scene.key.lean[0]
    for pool in (CONTACT, *POOLS):
        soft = blurred(foot, pool.wide * unit, pool.high * unit)
        down = pool.down * unit + (0 if pool is CONTACT else away)
        light *= 1 - pool.depth * shifted(soft, pool.lean * lean * unit, down)
    return np.asarray(1 - light, np.float32)


def overhang(alpha: Plane, base: int, high: int, wide: int) -> float:
    """Return how much narrower a product is at its foot, as a share: 0 of a box, near 1 of a ball.

    ``alpha`` is (h, w) float32 in 0..1; ``base``, ``high`` and ``wide`` are its extent in pixels.
    """
    lowest = alpha[base - max(1, round(LOWEST * high)) : base]
    columns = np.flatnonzero((lowest > SOLID_ALPHA).any(axis=0))
    return 1 - (int(columns[-1] - columns[0]) + 1) / wide if columns.size else 0.0


def projected(alpha: Plane, top: int, base: int, scene: Scene) -> Plane:
    """Cast what is between two rows on the floor that it stands on: (h, w) float32 in 0..1.

    The product is taken for an upright board. Each slab of its height falls as far from its foot as
    it is high, and is blurred the more for it, as the light is wide: that is what makes a shadow
    sharp at the foot and soft at the head. ``alpha`` is (h, w) float32 in 0..1.
    """
    seen = np.radians(min(scene.elevation, STEEPEST))
    key = scene.key
    right, away = key.lean
    across = right / np.cos(seen)
    up = away * np.tan(seen)
    up = float(np.copysign(max(abs(up), LEAST_SLOPE), up))
    spread = SPREAD * np.tan(np.radians(min(key.size, 60.0))) / np.sin(np.radians(key.elevation))
    high = max(1, base - top)
    columns = np.flatnonzero((alpha > SOLID_ALPHA).any(axis=0))
    wide = int(columns[-1] - columns[0]) + 1 if columns.size else 1
    thick = THICK * min(high, wide) * np.sin(seen)
    share = (base - np.arange(alpha.shape[0], dtype=np.float32)) / high * SLABS
    total = np.zeros_like(alpha)
    for slab in range(SLABS):
        weight = np.clip(1 - np.abs(share - (slab + 0.5)), 0, 1)
        if slab == 0:
            weight = np.where(share < 0.5, 1, weight)  # noqa: PLR2004 - below the first middle
        if slab == SLABS - 1:
            weight = np.where(share > SLABS - 0.5, 1, weight)
        matrix = np.array([[1, -across, across * base], [0, up, base - up * base]], np.float32)
        laid = cv2.warpAffine(alpha * weight[:, None], matrix, alpha.shape[::-1])
        height = (slab + 0.5) / SLABS * high
        sideways = spread * height
        total += blurred(laid, sideways + 0.02 * thick, sideways * np.sin(seen) + 0.5 * thick)
    return np.minimum(total, 1, out=total)


def lying(alpha: Plane, scene: Scene) -> Plane:
    """Surround a thing that lies: darkest at its edge, a little wider away from the key light.

    ``alpha`` and the depth returned are (h, w) float32 in 0..1.
    """
    left, top, right, bottom = extent(between(alpha, SOLID_ALPHA, 1))
    unit = float(np.sqrt(max(1, (right - left) * (bottom - top))))
    x, y = flat_direction(scene)
    edge = shifted(blurred(alpha, 0.012 * unit), 0.005 * x * unit, 0.005 * y * unit)
    near = shifted(blurred(alpha, 0.03 * unit), 0.013 * x * unit, 0.013 * y * unit)
    far = shifted(blurred(alpha, 0.08 * unit), 0.03 * x * unit, 0.03 * y * unit)
    return np.asarray(1 - (1 - 0.45 * edge) * (1 - 0.35 * near) * (1 - 0.25 * far), np.float32)


def floating(alpha: Plane, scene: Scene) -> Plane:
    """Cast one soft shadow on a wall behind, away from the key light.

    ``alpha`` and the depth returned are (h, w) float32 in 0..1.
    """
    left, top, right, bottom = extent(between(alpha, SOLID_ALPHA, 1))
    unit = float(np.sqrt(max(1, (right - left) * (bottom - top))))
    right_of = scene.key.lean[0]
    x, y = right_of / np.hypot(right_of, 1), 1 / np.hypot(right_of, 1)
    near = shifted(blurred(alpha, 0.03 * unit), 0.036 * x * unit, 0.036 * y * unit)
    far = shifted(blurred(alpha, 0.09 * unit), 0.094 * x * unit, 0.094 * y * unit)
    return np.asarray(1 - (1 - 0.35 * near) * (1 - 0.45 * far), np.float32)


def flat_direction(scene: Scene) -> tuple[float, float]:
    """Return where shadows fall in a picture from above: to the right and down, of length 1.

    A scene that is seen from the front is taken to be lit from behind, as flat lays are.
    """
    right, away = scene.key.lean
    down = -away if scene.elevation > STEEPEST else abs(away)
    length = float(np.hypot(right, down)) or 1.0
    return right / length, down / length


def blurred(plane: Plane, across: float, down: float | None = None) -> Plane:
    """Blur by a Gaussian of these deviations; a product cut by the frame goes on beyond it.

    A wide blur is worked out on a coarser map, on which it is COARSE_SIGMA pixels wide. ``plane``
    and the answer are (h, w) float32; deviations are in pixels.
    """
    deviations = np.maximum(0.5, (across, across if down is None else down))
    height, width = plane.shape
    step = max(1.0, float(deviations.min()) / COARSE_SIGMA)
    if step > 1:
        size = max(1, round(width / step)), max(1, round(height / step))
        plane = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
        deviations *= np.array(size) / (width, height)
    soft: Plane = cv2.GaussianBlur(
        plane, (0, 0), deviations[0], sigmaY=deviations[1], borderType=cv2.BORDER_REPLICATE
    )
    return cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR) if step > 1 else soft


def shifted(plane: Plane, x: float, y: float) -> Plane:
    """Move to the right and down by pixels, also by parts of one.

    ``plane`` and the answer are (h, w) float32.
    """
    matrix = np.array([[1, 0, x], [0, 1, y]], np.float32)
    moved: Plane = cv2.warpAffine(
        plane, matrix, (plane.shape[1], plane.shape[0]), borderMode=cv2.BORDER_REPLICATE
    )
    return moved
