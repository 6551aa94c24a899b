"""What every SAM does to a picture and to prompts before its networks see them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from pipeline.sam import SIDE

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from numpy.typing import NDArray

    from pipeline.sam import Embedding, Prompt
    from pipeline.values import Pixels

MEAN = np.array([123.675, 116.28, 103.53], np.float32)
STD = np.array([58.395, 57.12, 57.375], np.float32)

PADDING, EXCLUDE, INCLUDE, BOX_MIN, BOX_MAX = -1, 0, 1, 2, 3
"""The decoder's point labels."""

MAX_PROMPTS = 8
"""Prompts in one run of the decoder. Each takes 40 MB there."""


def scaled(width: int, height: int) -> tuple[int, int]:
    """Return the width and height at which a picture fills the square."""
    unit = SIDE / max(width, height)
    return max(1, int(width * unit + 0.5)), max(1, int(height * unit + 0.5))


def fit(pixels: Pixels) -> Pixels:
    """Scale the longer side to 1024: all of a picture that the model sees.

    Pillow's bilinear resize, antialiased, as in the official predictor. OpenCV's area average saves
    1-3 % of an encoding's time and moves the embedding by 1-2 %. ``pixels`` and the answer are (h,
    w, 3) uint8 RGB.
    """
    size = scaled(pixels.shape[1], pixels.shape[0])
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))


def square(pixels: Pixels) -> NDArray[np.float32]:
    """Fit, normalise, pad right and below with zeros.

    Returns (1, 3, 1024, 1024) float32, the official predictor's input to the last bit. ``pixels``
    is (h, w, 3) uint8 RGB of any size.
    """
    resized = fit(pixels)
    rows, columns = resized.shape[:2]
    padded = np.zeros((1, 3, SIDE, SIDE), np.float32)
    for channel in range(3):
        plane = resized[:, :, channel].astype(np.float32)
        padded[0, channel, :rows, :columns] = (plane - MEAN[channel]) / STD[channel]
    return padded


def in_square(embedding: Embedding, prompt: Prompt) -> Prompt:
    """Bring a prompt's points and box from the original picture's pixels to the square's."""
    columns, rows = scaled(embedding.width, embedding.height)
    across, down = columns / embedding.width, rows / embedding.height
    points = tuple((x * across, y * down, include) for x, y, include in prompt.points)
    if prompt.box is None:
        return replace(prompt, points=points)
    left, top, right, bottom = prompt.box
    return replace(
        prompt, points=points, box=(left * across, top * down, right * across, bottom * down)
    )


def point_rows(prompt: Prompt) -> list[tuple[float, float, int]]:
    """List a prompt's points as (x, y, label), the box as two of them, as an export takes them.

    As in the official predictor, a prompt without a box carries one padding point.
    """
    rows = [(x, y, INCLUDE if include else EXCLUDE) for x, y, include in prompt.points]
    if prompt.box is None:
        return [*rows, (0.0, 0.0, PADDING)]
    left, top, right, bottom = prompt.box
    return [*rows, (left, top, BOX_MIN), (right, bottom, BOX_MAX)]


def runs(kinds: Iterable[Hashable], most: int = MAX_PROMPTS) -> Iterator[list[int]]:
    """Group the indices of prompts of one kind into runs of at most ``most``.

    Prompts of different kinds cannot share a run. Filling shorter ones up with padding points
    would be simpler, but the decoder attends to them: it changes the answer by whole logits.
    """
    groups: dict[Hashable, list[int]] = {}
    for index, kind in enumerate(kinds):
        groups.setdefault(kind, []).append(index)
    for group in groups.values():
        for start in range(0, len(group), most):
            yield group[start : start + most]
