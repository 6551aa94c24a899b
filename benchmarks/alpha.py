"""How good the alpha is: rendered true alphas over real photos. ``python -m benchmarks.alpha``.

No photographed true alphas are at hand, so they are rendered: fur, fringe, lace, straps, straight
edges and out-of-focus rims, in a real photo's colours, over another real photo. The model's
coarse outline is imitated from the truth: sampled at 256 x 256, blurred, and bent by up to a cell.

Errors are those of alphamatting.com (Rhemann et al., "A Perceptually Motivated Online Benchmark
for Image Matting", CVPR 2009), over the whole picture: SAD in thousands of pixels, MSE times
1,000, gradient and connectivity in thousands; and the mean colour error of the foreground, in
eight-bit levels, weighted by alpha where alpha is partial.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import cv2
import numpy as np
from PIL import Image

from pipeline.matting import cut_out
from pipeline.values import CutOut, Photo

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[Any]
    Method: TypeAlias = Callable[[Photo, NDArray[np.float32]], CutOut]

SIDE = 1280
KINDS = ("fur", "fringe", "lace", "straps", "straight", "defocus")
FINE = 2
"""Alphas are drawn this many times larger and averaged down."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A rendered photo with its truth: alpha and the foreground's own colours."""

    photo: Photo
    logits: NDArray[np.float32]
    alpha: Floats
    foreground: Floats


def main() -> int:
    """Print one line per kind and method."""
    parser = argparse.ArgumentParser(description="Errors of the alpha on rendered true alphas.")
    parser.add_argument("photos", type=Path, help="a folder of photos to take colours from")
    parser.add_argument("--each", type=int, default=4, help="pictures per kind")
    parser.add_argument("--rembg", action="store_true", help="add rembg's alpha_matting: slow")
    given = parser.parse_args()
    photos = sorted(given.photos.glob("*.jpg"))
    methods: dict[str, Method] = {"resized mask": resized, "ours": cut_out}
    if given.rembg:
        methods["as rembg"] = as_rembg
    print(f"{'kind':9} {'method':13}   SAD    MSE   grad   conn  colour  seconds")
    totals: dict[str, list[Floats]] = {name: [] for name in methods}
    for kind in KINDS:
        cases = [case(kind, photos, seed) for seed in range(given.each)]
        for name, method in methods.items():
            errors = np.mean([errors_of(method, one) for one in cases], axis=0)
            totals[name].append(errors)
            print(f"{kind:9} {name:13}", *(f"{value:6.2f}" for value in errors))
    for name, rows in totals.items():
        print(f"{'all':9} {name:13}", *(f"{value:6.2f}" for value in np.mean(rows, axis=0)))
    return 0


def case(kind: str, photos: list[Path], seed: int) -> Case:
    """Render one picture of ``kind``; the same seed gives the same one."""
    chance = np.random.default_rng((KINDS.index(kind), seed))
    texture, behind = (filled(photos[chance.integers(len(photos))]) for _ in range(2))
    alpha = draw(kind, chance)
    if kind == "defocus":
        texture = cv2.GaussianBlur(texture, (0, 0), 2)
    share = alpha[:, :, None]
    mixed = texture * share + behind * (1 - share) + chance.normal(0, 1.5, texture.shape)
    pixels = np.clip(mixed, 0, 255).round().astype(np.uint8)
    return Case(Photo(pixels), imitated(alpha, chance), alpha, texture)


def filled(path: Path) -> Floats:
    """Read a photo as a SIDE x SIDE square."""
    picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    side = min(picture.shape[:2])
    square = cv2.resize(picture[:side, :side], (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return np.asarray(square, np.float32)


def draw(kind: str, chance: np.random.Generator) -> Floats:
    """Draw a true alpha: (SIDE, SIDE) float32."""
    side = SIDE * FINE
    canvas = np.zeros((side, side), np.uint8)
    middle = np.array([side / 2, side / 2]) + chance.uniform(-0.05, 0.05, 2) * side
    angles = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    waves = [
        chance.uniform(-0.03, 0.03) * np.sin(turn * angles + chance.uniform(0, 6))
        for turn in (2, 3, 5)
    ]
    radius = side * (0.24 + np.sum(waves, axis=0))
    rim = middle + np.stack([np.cos(angles), np.sin(angles)], 1) * radius[:, None]
    if kind == "straight":
        corners = middle + side * 0.27 * np.array([[-1, -0.8], [0.9, -1], [1, 0.9], [-0.8, 1]])
        cv2.fillPoly(canvas, [corners.round().astype(np.int32)], 255, cv2.LINE_AA)
    else:
        cv2.fillPoly(canvas, [rim.round().astype(np.int32)], 255, cv2.LINE_AA)
    if kind == "fur":
        strands(canvas, rim, middle, chance, many=7000, length=0.022, wide=2)
    if kind == "fringe":
        below = rim[rim[:, 1] > middle[1] + 0.1 * side]
        strands(canvas, below, middle - [0, side], chance, many=160, length=0.05, wide=9)
    if kind == "lace":
        for _ in range(220):
            at = middle + chance.uniform(-0.2, 0.2, 2) * side
            size = int(chance.uniform(0.004, 0.016) * side)
            cv2.circle(canvas, tuple(at.round().astype(int).tolist()), size, 0, -1, cv2.LINE_AA)
    if kind == "straps":
        for _ in range(4):
            start = rim[chance.integers(200, 400)]
            end = start + side * np.array([chance.uniform(-0.15, 0.15), -chance.uniform(0.1, 0.2)])
            ends = [tuple(point.round().astype(int).tolist()) for point in (start, end)]
            cv2.line(canvas, ends[0], ends[1], 255, int(chance.uniform(10, 26)), cv2.LINE_AA)
    alpha = cv2.resize(canvas, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    soft: Floats = cv2.GaussianBlur(alpha, (0, 0), 5 if kind == "defocus" else 0.7)
    return soft


def strands(
    canvas: NDArray[np.uint8],
    roots: Floats,
    source: Floats,
    chance: np.random.Generator,
    *,
    many: int,
    length: float,
    wide: int,
) -> None:
    """Draw bent strands from ``roots`` away from ``source``."""
    for _ in range(many):
        root = roots[chance.integers(len(roots))] + chance.normal(0, 6, 2)
        out = root - source
        out = out / np.hypot(*out) + chance.normal(0, 0.25, 2)
        bend = chance.normal(0, 0.35, 2)
        along = np.linspace(-0.3, 1, 6)[:, None] * length * chance.uniform(0.3, 1) * canvas.shape[0]
        line = root + out * along + bend * along * np.abs(along) / (length * canvas.shape[0])
        cv2.polylines(
            canvas,
            [line.round().astype(np.int32)],
            False,
            255,
            max(1, round(chance.uniform(0.5, 1) * wide)),
            cv2.LINE_AA,
        )


def imitated(alpha: Floats, chance: np.random.Generator) -> NDArray[np.float32]:
    """Answer as a good model would: (256, 256) float32 logits."""
    small = cv2.resize(alpha, (256, 256), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 1.0)
    bend = cv2.resize(chance.normal(0, 0.8, (16, 16, 2)), (256, 256), interpolation=cv2.INTER_CUBIC)
    grid = np.mgrid[:256, :256].astype(np.float32)
    bent = bend.astype(np.float32)
    moved = cv2.remap(small, grid[1] + bent[:, :, 0], grid[0] + bent[:, :, 1], cv2.INTER_LINEAR)
    return np.asarray(np.clip((moved - 0.5) * 24, -12, 12), np.float32)


def resized(photo: Photo, logits: NDArray[np.float32]) -> CutOut:
    """Cut out by the plain mask, enlarged."""
    share = cv2.resize((logits > 0).astype(np.float32), photo.size, interpolation=cv2.INTER_LINEAR)
    return CutOut(photo.pixels, share)


def as_rembg(photo: Photo, logits: NDArray[np.float32]) -> CutOut:
    """Cut out as rembg 2.0.86 does with ``alpha_matting=True`` and its own parameters.

    The model's grey mask is enlarged by Lanczos; above 240 is product, below 10 backdrop, both
    eroded by a square of 10; then closed-form matting and the multi-level foreground.
    """
    from pymatting import estimate_alpha_cf, estimate_foreground_ml

    grey = Image.fromarray(np.rint(255 / (1 + np.exp(-logits))).astype(np.uint8))
    mask = np.asarray(grey.resize(photo.size, Image.Resampling.LANCZOS))
    kernel = np.ones((10, 10), np.uint8)
    sure = cv2.erode((mask > 240).astype(np.uint8), kernel, borderValue=0)
    never = cv2.erode((mask < 10).astype(np.uint8), kernel, borderValue=1)
    trimap = np.where(sure, 1.0, np.where(never, 0.0, 0.5))
    picture = photo.pixels / 255.0
    share = estimate_alpha_cf(picture, trimap)
    colours = estimate_foreground_ml(picture, share)
    return CutOut(np.rint(colours * 255).astype(np.uint8), share.astype(np.float32))


def errors_of(method: Method, one: Case) -> Floats:
    """Return SAD, MSE, gradient, connectivity, colour error and seconds."""
    start = time.process_time()
    found = method(one.photo, one.logits)
    seconds = time.process_time() - start
    wrong = found.alpha - one.alpha
    slope = slopes(found.alpha) - slopes(one.alpha)
    mixed = (one.alpha > 0.02) & (one.alpha < 0.98) & (found.alpha > 0.02)
    weight = found.alpha[mixed][:, None]
    colour = np.abs(found.foreground[mixed] - one.foreground[mixed]) * weight
    return np.array(
        [
            np.abs(wrong).sum() / 1000,
            (wrong**2).mean() * 1000,
            (slope**2).sum() / 1000,
            connectivity(found.alpha, one.alpha) / 1000,
            colour.sum() / max(1e-6, weight.sum() * 3),
            seconds,
        ]
    )


def slopes(alpha: Floats) -> Floats:
    """Magnitude of the gradient by Gaussian derivatives of deviation 1.4 and norm 1."""
    deviation = 1.4
    line = np.arange(-4, 5)
    bell = np.exp(-(line**2) / (2 * deviation**2))
    slope = line * bell
    scale = np.sqrt((bell**2).sum() * (slope**2).sum())
    plane = alpha.astype(np.float32)
    across = cv2.sepFilter2D(plane, -1, slope / scale, bell, borderType=cv2.BORDER_REPLICATE)
    down = cv2.sepFilter2D(plane, -1, bell, slope / scale, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.hypot(across, down), np.float32)


def connectivity(alpha: Floats, truth: Floats, step: float = 0.1) -> float:
    """Sum how far each pixel's alpha exceeds what joins it to the common sure region."""
    level = np.ones_like(alpha)
    settled = np.zeros(alpha.shape, bool)
    for threshold in np.arange(step, 1 + step / 2, step):
        both = ((alpha >= threshold) & (truth >= threshold)).astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(both, connectivity=4)
        largest = labels == 1 + int(np.argmax(stats[1:, 4])) if count > 1 else both > 1
        leaving = ~largest & ~settled
        level[leaving] = threshold - step
        settled |= leaving
    far, true = alpha - level, truth - level
    share = 1 - far * (far >= 0.15) - (1 - true * (true >= 0.15))
    return float(np.abs(share).sum())


if __name__ == "__main__":
    sys.exit(main())
