"""What made photos are put together of: a frame, something behind, pieces laid over each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.light import match

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.values import Pixels, Plane

LONG_SIDE = 1024
ASPECTS = (3 / 4, 3 / 4, 4 / 3, 1.0, 9 / 16)
CUT_OFF, BESIDE = 0.25, 0.25
"""How often clutter is large and cut off by the frame, and how often it touches the product."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A cut-out to paste: ``pixels`` (h, w, 3) uint8 RGB, ``alpha`` (h, w) float32 in 0..1."""

    pixels: Pixels
    alpha: Plane


def now_and_then(draw: np.random.Generator, chance: float) -> bool:
    """Draw yes or no."""
    return bool(draw.random() < chance)


def canvas_size(draw: np.random.Generator) -> tuple[int, int]:
    """Draw (rows, columns) of a frame, its longer side LONG_SIDE."""
    aspect = ASPECTS[int(draw.integers(len(ASPECTS)))]
    return (LONG_SIDE, round(LONG_SIDE * aspect)) if aspect <= 1 else fit(1, aspect)


def fit(height: float, width: float) -> tuple[int, int]:
    """Return (rows, columns) of these proportions, the longer one LONG_SIDE."""
    scale = LONG_SIDE / max(height, width)
    return round(height * scale), round(width * scale)


def backdrop(draw: np.random.Generator, pixels: Pixels) -> Pixels:
    """Crop ``pixels`` to a new frame, so that whatever stands out in it is cut off or near."""
    rows, columns = canvas_size(draw)
    height, width = pixels.shape[:2]
    cover = max(rows / height, columns / width) * float(draw.uniform(1.3, 2.6))
    top = float(draw.uniform(0, max(height * cover - rows, 1e-3)))
    left = float(draw.uniform(0, max(width * cover - columns, 1e-3)))
    matrix = np.array([[cover, 0, -left], [0, cover, -top]], np.float32)
    canvas: Pixels = cv2.warpAffine(
        pixels, matrix, (columns, rows), borderMode=cv2.BORDER_REFLECT_101
    )
    if now_and_then(draw, 0.5):
        canvas = np.ascontiguousarray(canvas[:, ::-1])
    if now_and_then(draw, 0.3):
        canvas = cv2.GaussianBlur(canvas, (0, 0), float(draw.uniform(1, 7)))
    return canvas


def screen(
    draw: np.random.Generator, rows: int, columns: int, tone: NDArray[np.float32] | None = None
) -> Pixels:
    """Paint a wall above a table, most often of one colour, with light that falls off.

    The wall is near ``tone``, (3,) RGB, where one is given.
    """
    wall = draw.uniform(30, 250) + draw.normal(0, 12, 3) if tone is None else tone
    table = wall + draw.normal(0, 8) if now_and_then(draw, 0.6) else draw.uniform(20, 250, 3)
    down = np.linspace(0, 1, rows)[:, None, None] - draw.uniform(0.35, 0.8)
    share = 1 / (1 + np.exp(-down / np.exp(draw.uniform(np.log(0.002), np.log(0.1)))))
    across = np.linspace(-1, 1, columns)[None, :, None] * draw.normal(0, 12)
    painted = wall + (table - wall) * share + down * draw.normal(0, 30) + across
    canvas: Pixels = np.clip(painted, 0, 255).astype(np.uint8)
    return canvas


def somewhere(draw: np.random.Generator) -> tuple[float, tuple[float, float]]:
    """Draw the share of the frame and the middle of what is not the product.

    Small anywhere, or large and cut off by the frame, or right beside the product.
    """
    how = draw.random()
    if how < CUT_OFF:
        turn = draw.uniform(0, 2 * np.pi)
        out = draw.uniform(0.5, 0.7) / max(abs(np.cos(turn)), abs(np.sin(turn)))
        return float(draw.uniform(0.06, 0.35)), _around(turn, out)
    if how < CUT_OFF + BESIDE:
        return _small(draw, 0.02, 0.15), _around(draw.uniform(0, 2 * np.pi), draw.uniform(0.2, 0.4))
    return _small(draw, 0.01, 0.12), anywhere(draw)


def _around(turn: float, out: float) -> tuple[float, float]:
    return 0.5 + out * float(np.cos(turn)), 0.5 + out * float(np.sin(turn))


def _small(draw: np.random.Generator, least: float, most: float) -> float:
    return float(np.exp(draw.uniform(np.log(least), np.log(most))))


def anywhere(draw: np.random.Generator) -> tuple[float, float]:
    """Somewhere in the frame, more often towards its border."""
    x, y = np.sign(draw.normal(size=2)) * np.sqrt(draw.uniform(0.02, 1.1, 2)) / 2 + 0.5
    return float(x), float(y)


def placed(
    draw: np.random.Generator,
    canvas: Pixels,
    piece: Piece,
    share: float,
    middle: tuple[float, float],
) -> tuple[Pixels, Plane]:
    """Lay a piece over a canvas so that it covers ``share`` of it around ``middle`` (x, y)."""
    rows, columns = canvas.shape[:2]
    height, width = piece.alpha.shape
    scale = np.sqrt(share * rows * columns / max(float(piece.alpha.sum()), 1.0))
    scale = min(scale, 1.15 * rows / height, 1.15 * columns / width)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), float(draw.normal(0, 12)), scale)
    matrix[:, 2] += (middle[0] * columns - width / 2, middle[1] * rows - height / 2)
    if now_and_then(draw, 0.5):
        matrix = matrix @ np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1]], np.float64)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    layer = cv2.warpAffine(
        piece.pixels, matrix, (columns, rows), flags=how, borderMode=cv2.BORDER_REPLICATE
    )
    shown: Plane = cv2.warpAffine(piece.alpha, matrix, (columns, rows), flags=cv2.INTER_LINEAR)
    if now_and_then(draw, 0.7):
        layer = match(layer, shown, canvas, float(draw.uniform(0, 0.5)))
    return layer, np.clip(shown, 0, 1)


def over(draw: np.random.Generator, canvas: Pixels, layer: Pixels, shown: Plane) -> Pixels:
    """Put a layer on a canvas, most often with a soft shadow beside it."""
    base = canvas.astype(np.float32)
    if now_and_then(draw, 0.75):
        reach = float(draw.uniform(3, 30))
        shift = np.array([[1, 0, draw.normal(0, reach)], [0, 1, abs(draw.normal(0, reach))]])
        shadow = cv2.warpAffine(
            cv2.GaussianBlur(shown, (0, 0), reach), shift, (shown.shape[1], shown.shape[0])
        )
        base *= 1 - float(draw.uniform(0.15, 0.6)) * shadow[:, :, None]
    mixed = base + (layer.astype(np.float32) - base) * shown[:, :, None]
    return np.clip(mixed + 0.5, 0, 255).astype(np.uint8)
