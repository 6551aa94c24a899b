"""What light, lens and camera do to a made photo."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.values import Pixels, Plane

UNEVEN, BLURRED = 0.4, 0.3
"""How often light falls off across the scene, and how often the hand was not still."""


def match(layer: Pixels, shown: Plane, canvas: Pixels, strength: float) -> Pixels:
    """Move a layer's mean colour towards the canvas's where it will lie, by ``strength`` 0..1."""
    weight = shown / max(float(shown.sum()), 1e-6)
    own = np.einsum("yxc,yx->c", layer.astype(np.float32), weight)
    around = np.einsum("yxc,yx->c", canvas.astype(np.float32), weight)
    gain = (np.maximum(around, 20) / np.maximum(own, 20)) ** strength
    matched = layer * np.clip(gain, 0.5, 1.6).astype(np.float32)
    return _bytes(matched)


def soften(layer: Pixels, shown: Plane, sigma: float) -> tuple[Pixels, Plane]:
    """Put a layer out of focus; colour is blurred premultiplied, so nothing bleeds in."""
    alpha: Plane = cv2.GaussianBlur(shown, (0, 0), sigma)
    colour = cv2.GaussianBlur(layer.astype(np.float32) * shown[:, :, None], (0, 0), sigma)
    straight = colour / np.maximum(alpha, 1e-3)[:, :, None]
    return _bytes(straight), alpha


def pale(pixels: Pixels, lightness: float, contrast: float) -> Pixels:
    """Bleach: grey but for a little colour, around ``lightness`` 0..1, with less contrast."""
    grey = pixels.astype(np.float32).mean(2, keepdims=True)
    little = grey + 0.15 * (pixels.astype(np.float32) - grey)
    moved = (little - little.mean()) * contrast * 0.5 + 255 * (0.25 + 0.75 * lightness)
    return _bytes(moved)


def photographed(draw: np.random.Generator, pixels: Pixels) -> Pixels:
    """Take the scene with a phone: exposure, white balance, fall-off, blur, noise, JPEG."""
    image = (pixels.astype(np.float32) / 255) ** float(np.exp(draw.normal(0, 0.25)))
    image *= np.exp(draw.normal(0, 0.06, 3)).astype(np.float32) * float(draw.uniform(0.75, 1.1))
    if draw.random() < UNEVEN:
        rows, columns = image.shape[:2]
        across = np.linspace(-1, 1, columns)[None] * draw.normal(0, 0.15)
        down = np.linspace(-1, 1, rows)[:, None] * draw.normal(0, 0.15)
        image *= (1 + across + down).astype(np.float32)[:, :, None]
    if draw.random() < BLURRED:
        image = cv2.GaussianBlur(image, (0, 0), float(draw.uniform(0.5, 2)))
    image += draw.standard_normal(image.shape, np.float32) * np.float32(draw.uniform(0, 0.03))
    taken = _bytes((image * 255).astype(np.float32))
    quality = int(draw.integers(40, 96))
    _, coded = cv2.imencode(".jpg", taken[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    with Image.open(BytesIO(coded.tobytes())) as picture:
        return np.array(picture.convert("RGB"))


def _bytes(values: NDArray[np.float32]) -> Pixels:
    return np.clip(values, 0, 255).astype(np.uint8)
