"""Procedural textures: squares of linear albedo, (side, side, 3) float32, that wrap round.

Each function takes the colours of a `Finish` as linear RGB, the side in pixels, pixels a unit,
and a source of noise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[Any]


def noise(random: np.random.Generator, side: int, down: int, across: int) -> Floats:
    """Draw smooth noise of mean 0 and deviation near 1, of so many cells down and across."""
    cells = random.standard_normal((max(2, down), max(2, across))).astype(np.float32)
    wide = np.pad(cells, 2, mode="wrap")
    step = side / cells.shape[0], side / cells.shape[1]
    full = cv2.resize(
        wide,
        (round(wide.shape[1] * step[1]), round(wide.shape[0] * step[0])),
        interpolation=cv2.INTER_CUBIC,
    )
    top, left = round(2 * step[0]), round(2 * step[1])
    return np.asarray(full[top : top + side, left : left + side] * 1.5, np.float32)


def octaves(
    random: np.random.Generator, side: int, cells: float, count: int, stretch: float = 1.0
) -> Floats:
    """Add noise of ever finer cells; ``stretch`` makes them longer across than down."""
    total = np.zeros((side, side), np.float32)
    for octave in range(count):
        fine = cells * 2**octave
        if fine > side / 2:
            break
        total += noise(random, side, round(fine), round(fine / stretch)) / 2 ** (octave * 0.9)
    return total


def blended(dark: Floats, light: Floats, share: Floats) -> Floats:
    """Mix two colours, (3,), by a (h, w) share."""
    return np.asarray(dark + (light - dark) * np.clip(share, 0, 1)[:, :, None], np.float32)


def paper(colours: Sequence[Floats], side: int, unit: float, random: np.random.Generator) -> Floats:
    """Draw matt paper: hardly any mottle."""
    mottle = octaves(random, side, side / unit * 2, 3)
    return np.asarray(colours[0] * (1 + 0.004 * mottle)[:, :, None], np.float32)


def plaster(
    colours: Sequence[Floats], side: int, unit: float, random: np.random.Generator
) -> Floats:
    """Draw lime wash: cloudy, with strokes of a trowel."""
    size = side / unit
    clouds = octaves(random, side, 1.2 * size, 5)
    strokes = octaves(random, side, 9 * size, 3, stretch=3) * octaves(random, side, 2 * size, 1)
    return np.asarray(colours[0] * (1 + 0.010 * clouds + 0.004 * strokes)[:, :, None], np.float32)


def concrete(
    colours: Sequence[Floats], side: int, unit: float, random: np.random.Generator
) -> Floats:
    """Draw smoothed concrete: stains, sand, pores."""
    size = side / unit
    stains = octaves(random, side, 0.9 * size, 6)
    sand = octaves(random, side, side / 6, 1)
    surface = 1 + 0.035 * stains + 0.018 * sand
    pores = np.zeros((side, side), np.float32)
    for _ in range(round(26 * size * size)):
        centre = tuple(int(v) for v in random.integers(0, side, 2))
        radius = float(random.gamma(2.0, 0.0012)) * unit
        cv2.circle(
            pores, centre, max(1, round(radius)), float(random.uniform(0.05, 0.22)), -1, cv2.LINE_AA
        )
    pores = cv2.GaussianBlur(pores, (0, 0), 0.9)
    return np.asarray(colours[0] * (surface * (1 - pores))[:, :, None], np.float32)


def wood(colours: Sequence[Floats], side: int, unit: float, random: np.random.Generator) -> Floats:
    """Draw boards that run across, of a light and a dark colour: rings, fibres, pores."""
    light, dark = colours[0], colours[1]
    boards = max(2, round(side / unit / 0.62))
    high = -(-side // boards)
    drawn = np.empty((high * boards, side, 3), np.float32)
    down = (np.arange(high, dtype=np.float32) / unit)[:, None]
    across = (np.arange(side, dtype=np.float32) / unit)[None, :]
    for board in range(boards):
        bend = cv2.resize(
            random.standard_normal((3, 7)).astype(np.float32),
            (side, high),
            interpolation=cv2.INTER_CUBIC,
        )
        fine = octaves(random, side, 26 * side / unit, 4, stretch=28)[:high]
        centre = random.uniform(-0.3, 0.9)
        slope = random.uniform(-0.05, 0.05)
        far = np.sqrt((down - centre + 0.07 * bend + slope * across) ** 2 + 0.004)
        rings = far * random.uniform(17, 24) + 0.32 * fine
        ring = 0.5 + 0.5 * np.sin(2 * np.pi * rings)
        ring = ring**2.2
        fibre = octaves(random, side, 60 * side / unit, 3, stretch=45)[:high]
        pores = np.clip(octaves(random, side, 95 * side / unit, 2, stretch=24)[:high] - 1.35, 0, 1)
        share = 0.74 - 0.34 * ring + 0.09 * fibre - 0.30 * pores + random.normal(0, 0.07)
        plank = blended(dark, light, share)
        plank *= np.float32(1 + random.normal(0, 0.035))
        seam = np.minimum(np.arange(high), np.arange(high)[::-1]).astype(np.float32)
        plank *= (1 - 0.55 * np.exp(-((seam / (0.0035 * unit)) ** 2)))[:, None, None]
        drawn[board * high : (board + 1) * high] = plank
    return drawn[:side]


def marble(
    colours: Sequence[Floats], side: int, unit: float, random: np.random.Generator
) -> Floats:
    """Draw marble: clouds, and veins where warped noise changes its sign; stone and vein colour."""
    stone, vein = colours[0], colours[1]
    size = side / unit
    line = np.arange(side, dtype=np.float32)
    x, y = np.meshgrid(line, line)
    warp_x, warp_y = (octaves(random, side, 0.9 * size, 5) * 0.13 * unit for _ in range(2))
    depth = np.zeros((side, side), np.float32)
    for cells, sharp, weight in ((0.55, 26.0, 0.75), (1.1, 38.0, 0.4), (2.3, 46.0, 0.2)):
        field = noise(random, side, round(cells * size * 1.6), round(cells * size))
        field += 0.16 * octaves(random, side, 5 * size, 4)
        warped = cv2.remap(
            field, x + warp_x, y + warp_y + 0.5 * x, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
        )
        strength = np.clip(0.45 + 0.45 * octaves(random, side, 1.1 * size, 3), 0.03, 1)
        depth += weight * strength * np.exp(-np.abs(warped) * sharp / 2)
        depth += 0.22 * weight * strength * np.exp(-np.abs(warped) * sharp / 14)
    clouds = octaves(random, side, 1.0 * size, 4)
    depth = np.clip(depth + 0.035 * clouds, 0, 0.85)
    return blended(stone, vein, depth)


def linen(colours: Sequence[Floats], side: int, unit: float, random: np.random.Generator) -> Floats:
    """Draw plain weave: threads of unlike thickness over and under each other."""
    pitch = 0.0125 * unit
    threads = max(2, round(side / pitch))
    at = (np.arange(side, dtype=np.float32) * threads / side)[None, :]
    planes = []
    for _ in range(2):
        wobble = octaves(random, side, threads / 5, 2, stretch=7) * 0.10
        place = at.T + wobble
        uneven = cv2.resize(
            random.standard_normal((threads, max(2, threads // 24))).astype(np.float32),
            (side, side),
            interpolation=cv2.INTER_LINEAR,
        )
        slubs = np.clip(octaves(random, side, threads / 2, 1, stretch=40) - 1.7, 0, 1)
        planes.append((np.sin(np.pi * place) ** 2, 0.06 * uneven + 0.10 * slubs, place))
    (weft, weft_tone, rows), (warp, warp_tone, columns) = planes
    warp, warp_tone, columns = warp.T, warp_tone.T, columns.T
    over = (np.floor(rows) + np.floor(columns)) % 2
    thread = over * weft + (1 - over) * warp
    tone = over * weft_tone + (1 - over) * warp_tone
    height = 0.80 + 0.22 * thread + tone
    folds = octaves(random, side, 0.8 * side / unit, 3)
    shade = cv2.Sobel(cv2.GaussianBlur(folds, (0, 0), 0.05 * unit), cv2.CV_32F, 1, 0) * unit * 0.006
    return np.asarray(
        colours[0] * (height * (1 + 0.022 * np.tanh(shade / 0.03)))[:, :, None], np.float32
    )


def kraft(colours: Sequence[Floats], side: int, unit: float, random: np.random.Generator) -> Floats:
    """Draw wrapping paper: fibres that lie every way, faint ribs."""
    fibres = np.zeros((side, side), np.float32)
    for _ in range(round(900 * (side / unit) ** 2)):
        start = random.integers(0, side, 2)
        turn, long = random.uniform(0, np.pi), random.uniform(0.01, 0.05) * unit
        end = start + long * np.array([np.cos(turn), np.sin(turn)])
        cv2.line(
            fibres,
            tuple(map(int, start)),
            tuple(map(int, end)),
            float(random.normal(0, 1)),
            1,
            cv2.LINE_AA,
        )
    mottle = octaves(random, side, 3 * side / unit, 5)
    ribs = np.sin(np.arange(side, dtype=np.float32) * (2 * np.pi / (0.02 * unit)))[:, None]
    tone = 1 + 0.012 * mottle + 0.08 * cv2.GaussianBlur(fibres, (0, 0), 0.8) + 0.008 * ribs
    return np.asarray(colours[0] * tone[:, :, None], np.float32)


def terrazzo(
    colours: Sequence[Floats], side: int, unit: float, random: np.random.Generator
) -> Floats:
    """Draw chips of stone in cement: the first colour is the cement's, the others the chips'."""
    tile = np.full((side, side, 3), colours[0], np.float32)
    tile *= (1 + 0.012 * octaves(random, side, 40 * side / unit, 2))[:, :, None]
    taken = np.zeros((side, side), np.uint8)
    for _ in range(round(420 * (side / unit) ** 2)):
        radius = float(random.gamma(2.2, 0.0085)) * unit
        centre = random.uniform(0, side, 2)
        corners = int(random.integers(5, 9))
        angle = np.sort(random.uniform(0, 2 * np.pi, corners))
        reach = radius * random.uniform(0.65, 1.15, corners)
        points = centre + np.stack([reach * np.cos(angle), 0.8 * reach * np.sin(angle)], -1)
        outline = np.rint(points * 16).astype(np.int32)
        row, column = (int(np.clip(v, 0, side - 1)) for v in centre[::-1])
        if taken[row, column] or radius < 0.004 * unit:
            continue
        chip = np.asarray(colours[1 + int(random.integers(len(colours) - 1))])
        chip = chip * random.uniform(0.88, 1.1)
        cv2.fillPoly(tile, [outline], tuple(map(float, chip)), cv2.LINE_AA, 4)
        cv2.circle(taken, (column, row), round(radius * 1.25), 1, -1)
    return tile


TEXTURES: dict[str, Callable[[Sequence[Floats], int, float, np.random.Generator], Floats]] = {
    "concrete": concrete,
    "kraft": kraft,
    "linen": linen,
    "marble": marble,
    "paper": paper,
    "plaster": plaster,
    "terrazzo": terrazzo,
    "wood": wood,
}
