"""From light at low resolution to a finished picture: textures, exposure, dither, JPEG."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image

from backgrounds.studio.camera import Geometry
from backgrounds.studio.textures import TEXTURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from backgrounds.studio.recipe import Finish, Recipe
    from backgrounds.studio.tracing import Part

SIDE = 2048
"""Width and height of a finished picture in pixels."""
LARGEST = 330_000
"""Bytes of a JPEG."""
STEPS = (
    ((3, 5), (2, 2)),
    ((4, 8), (2, 4)),
    ((5, 12), (3, 8)),
    ((6, 16), (3, 12)),
    ((8, 22), (4, 16)),
    ((10, 28), (5, 20)),
    ((13, 36), (6, 28)),
    ((17, 46), (8, 36)),
)
"""Quantisation of luma and chroma, from fine to coarse: of coarse detail, of fine."""
COARSE = 4
"""Half-cycles in a block, across and down together, up to which detail is coarse."""
TOE, SLOPE = 0.04045, 12.92
"""sRGB is linear with this slope up to this value (IEC 61966-2-1)."""
GRAIN = 0.7
"""Standard deviation of the grain in eight-bit levels; it also hides JPEG's blocks."""
SHOULDER = 0.78
"""Linear light from which highlights roll off."""
TEXTURE_UNITS = {"front": 4.2, "above": 2.4}
"""Units that a texture covers before it repeats."""
TEXTURE_SIDE = 2400
NOISE_SIDE = 512
"""Side of the square of noise that grain and dither repeat."""
FINE = 65535
"""Steps of linear light in the table that encodes it."""
RAMPS = ("paper", "plaster")
"""Textures of which several colours run from left to right."""
TAPS = 4
"""Samples along a pixel that a receding floor makes long."""


def linear(colour: str) -> NDArray[Any]:
    """Decode #rrggbb to linear RGB in 0..1, (3,)."""
    encoded = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)], np.float32) / 255
    return np.where(encoded > TOE, ((encoded + 0.055) / 1.055) ** 2.4, encoded / SLOPE)


def enlarged(known: Geometry, side: int, part: NDArray[Any] | None) -> Geometry:
    """Bring geometry to ``side`` pixels a side; ``part`` is which one each of these shows.

    Without it edges are taken to run across or down.
    """
    size = side, side
    parts = np.unique(known.part)
    shares = [
        cv2.resize((known.part == part).astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
        for part in parts
    ]
    if part is None:
        part = parts[np.argmax(shares, axis=0)] if len(parts) > 1 else np.full(size, parts[0])
    both = np.concatenate([known.position, known.normal], axis=2)
    full = upsampled(both, known.part, part)
    return Geometry(part, full[:, :, :3], full[:, :, 3:])


def upsampled(
    values: NDArray[Any], coarse: NDArray[Any], fine: NDArray[Any], *, doubtful: int = 0
) -> NDArray[Any]:
    """Enlarge values part by part, so that no part's edge bleeds into its neighbour's.

    ``values`` is (h, w, n) float32; ``coarse`` and ``fine`` number the part of each pixel, at its
    resolution and at the answer's. So many pixels within a part's edge and the picture's are
    ``doubtful``: what lies farther in stands for them.
    """
    full = np.zeros((*fine.shape, values.shape[2]), np.float32)
    size = values.shape[1::-1]
    for part in np.unique(fine):
        inside = fine == part
        share = cv2.resize(inside.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        whole = (share > 0.999) & (coarse == part)
        if doubtful:
            inner = np.ones((2 * doubtful + 1,) * 2, np.uint8)
            sure = cv2.erode(whole.astype(np.uint8), inner, borderValue=0) > 0
            whole = sure if sure.any() else whole
        if not whole.any():
            whole = share >= share.max() / 2
        near = cv2.dilate((share > 0).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
        spread = extended(values, whole, near)  # cubic interpolation looks two pixels farther
        if inside.all():
            planes = [spread[:, :, at : at + 3] for at in range(0, values.shape[2], 3)]
            sized = [cv2.resize(p, fine.shape[::-1], interpolation=cv2.INTER_CUBIC) for p in planes]
            return np.concatenate(sized, axis=2)
        rows = np.flatnonzero(inside.any(axis=1))
        columns = np.flatnonzero(inside.any(axis=0))
        box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        for channel in range(values.shape[2]):
            wide = cv2.resize(
                spread[:, :, channel], fine.shape[::-1], interpolation=cv2.INTER_CUBIC
            )
            full[box][inside[box], channel] = wide[box][inside[box]]
    return full


def extended(values: NDArray[Any], known: NDArray[Any], wanted: NDArray[Any]) -> NDArray[Any]:
    """Fill ``values`` (h, w, n) around where they are ``known`` by what is nearest, smoothed."""
    if known.all():
        return np.asarray(values, np.float32)
    spread = np.where(known[:, :, None], values, 0).astype(np.float32)
    weight = known.astype(np.float32)
    for _ in range(64):
        if (weight[wanted] > 0).all():
            break
        reach = cv2.blur(weight, (3, 3))
        wider = np.dstack([cv2.blur(plane, (3, 3)) for plane in cv2.split(spread)])
        empty = (weight == 0) & (reach > 1e-6)
        spread[empty] = wider[empty] / reach[empty][:, None]
        weight[empty] = 1
    return spread


def albedo(recipe: Recipe, parts: Sequence[Part], fine: Geometry) -> NDArray[Any]:
    """Look each pixel's colour up in its part's texture: (h, w, 3) float32 linear RGB."""
    painted = np.zeros((*fine.part.shape, 3), np.float32)
    units = TEXTURE_UNITS[recipe.view]
    side = round(TEXTURE_SIDE * len(fine.part) / SIDE)
    scale = side / units
    for number, part in enumerate(parts):
        inside = fine.part == number
        if not inside.any():
            continue
        if part.is_glossy:
            painted[inside] = 1
            continue
        rows = np.flatnonzero(inside.any(axis=1))
        band = slice(rows[0], rows[-1] + 1)
        random = np.random.default_rng([number, *recipe.name.encode()])
        place = surface(fine.position[band], fine.normal[band])
        looked_up = coloured(part.finish, place, side, scale, random)
        painted[band][inside[band]] = looked_up[inside[band]]
    return painted


def coloured(
    finish: Finish,
    place: tuple[NDArray[Any], NDArray[Any]],
    side: int,
    scale: float,
    random: np.random.Generator,
) -> NDArray[Any]:
    """Return a finish's colour, (h, w, 3), at a ``place`` across and down in units.

    The texture has ``side`` pixels a side, ``scale`` of them a unit.
    """
    across, down = place
    colours = [linear(colour) for colour in finish.colours]
    tint = ramp(colours, across / 2.6 + 0.5) if finish.texture in RAMPS else None
    if finish.texture == "paper" and tint is not None:
        return tint
    tile = TEXTURES[finish.texture](colours, side, scale, random)
    step = np.gradient(down, axis=0)
    step = np.where(np.abs(step) > 0.05, 0, step)
    seen = np.zeros((*across.shape, 3), np.float32)
    columns = np.mod(across * scale + side / 2, side).astype(np.float32)
    for tap in range(TAPS):
        here = (down + step * ((tap + 0.5) / TAPS - 0.5)) * scale
        rows = np.mod(here + side / 2, side).astype(np.float32)
        seen += cv2.remap(tile, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    seen /= TAPS
    return seen if tint is None else np.asarray(seen / colours[0] * tint, np.float32)


def surface(position: NDArray[Any], normal: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return where a pixel lies on its surface, across and down in units: each (h, w)."""
    x, y, z = (position[:, :, axis] for axis in range(3))
    is_side = np.abs(normal[:, :, 0]) > 0.8
    return np.where(is_side, y, x), -(y + z)


def ramp(colours: list[NDArray[Any]], share: NDArray[Any]) -> NDArray[Any]:
    """Blend evenly spaced ``colours`` along a share (h, w) of 0..1, eased between them."""
    scaled = np.clip(share, 0, 1) * (len(colours) - 1)
    blend = np.broadcast_to(colours[0], (*share.shape, 3)).astype(np.float32)
    for index in range(1, len(colours)):
        step = np.clip(scaled - index + 1, 0, 1)
        step = step * step * (3 - 2 * step)
        blend += (colours[index] - colours[index - 1]) * step[:, :, None]
    return blend


def developed(picture: NDArray[Any], fine: Geometry, seed: int) -> NDArray[np.uint8]:
    """Roll highlights off, soften the parts' edges, encode as sRGB under grain and dither."""
    room = np.float32(1 - SHOULDER)
    over = np.maximum(picture - np.float32(SHOULDER), 0) * np.float32(0.9) / room
    picture = np.minimum(picture, np.float32(SHOULDER)) + room * np.tanh(over)
    if (fine.part != fine.part[0, 0]).any():
        picture = softened(picture.astype(np.float32), fine.part)
    levels = np.arange(FINE + 1, dtype=np.float32) / FINE
    curve = 1.055 * levels ** np.float32(1 / 2.4) - 0.055
    table = np.where(levels > TOE / SLOPE, curve, levels * SLOPE).astype(np.float32) * 255
    encoded = table[np.clip(picture * FINE + 0.5, 0, FINE).astype(np.uint16)]
    random = np.random.default_rng(seed)
    tile = random.standard_normal((NOISE_SIDE, NOISE_SIDE, 1), np.float32) * GRAIN
    shape = NOISE_SIDE, NOISE_SIDE, 3
    tile = tile + random.random(shape, np.float32) - random.random(shape, np.float32)
    times = -(-len(picture) // NOISE_SIDE)
    encoded += np.tile(tile, (times, times, 1))[: len(picture), : len(picture)]
    return np.clip(encoded + 0.5, 0, 255).astype(np.uint8)


def softened(picture: NDArray[Any], part: NDArray[Any]) -> NDArray[Any]:
    """Blur a pixel to either side of the parts' edges, which have stairs."""
    borders = np.zeros(part.shape, np.uint8)
    borders[:-1] |= part[1:] != part[:-1]
    borders[:, :-1] |= part[:, 1:] != part[:, :-1]
    near = cv2.dilate(borders, np.ones((3, 3), np.uint8)).astype(np.float32)
    near = np.clip(cv2.GaussianBlur(near, (0, 0), 0.8) * 1.4, 0, 1)[:, :, None]
    soft = cv2.GaussianBlur(picture, (0, 0), 1.0)
    return np.asarray(picture + (soft - picture) * near, np.float32)


def jpeg(pixels: NDArray[np.uint8]) -> bytes:
    """Encode as finely as LARGEST allows.

    Colour is kept so finely that its dither survives: the usual tables leave bands in a sweep.
    """
    for luma, chroma in STEPS:
        buffer = io.BytesIO()
        tables = [steps(*luma), steps(*chroma)]
        Image.fromarray(pixels).save(
            buffer, "JPEG", qtables=tables, subsampling="4:2:0", optimize=True
        )
        if buffer.tell() <= LARGEST:
            break
    return buffer.getvalue()


def steps(coarse: int, fine: int) -> list[int]:
    """Build a quantisation table: ``coarse`` detail in steps of this many, ``fine`` of that."""
    row, column = np.mgrid[:8, :8]
    table = np.where(row + column <= COARSE, coarse, fine)
    table[0, 0] = 1
    return [int(step) for step in table.ravel()]
