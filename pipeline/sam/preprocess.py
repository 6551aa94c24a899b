"""What every SAM does to a picture and to prompts before its networks see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.sam import LOW_RES, SIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.sam import Embedding, Prompt
    from pipeline.values import Pixels

MEAN = np.array([123.675, 116.28, 103.53], np.float32)
STD = np.array([58.395, 57.12, 57.375], np.float32)

PADDING, EXCLUDE, INCLUDE, BOX_MIN, BOX_MAX = -1, 0, 1, 2, 3
"""The decoder's point labels."""


def square(pixels: Pixels) -> NDArray[np.float32]:
    """Scale the longer side to 1024, normalise, pad right and below with zeros.

    Returns (1, 3, 1024, 1024) float32. Shrinking averages areas, as the official PIL resize with
    its antialias does; growing is bilinear.
    """
    height, width = pixels.shape[:2]
    scale = SIDE / max(height, width)
    rows, columns = max(1, int(height * scale + 0.5)), max(1, int(width * scale + 0.5))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    resized = cv2.resize(pixels, (columns, rows), interpolation=method)
    padded = np.zeros((1, 3, SIDE, SIDE), np.float32)
    for channel in range(3):
        plane = resized[:, :, channel].astype(np.float32)
        padded[0, channel, :rows, :columns] = (plane - MEAN[channel]) / STD[channel]
    return padded


def point_rows(embedding: Embedding, prompt: Prompt) -> list[tuple[float, float, int]]:
    """List a prompt's points as (x, y, label) in square pixels.

    As in the official predictor, a prompt without a box carries one padding point.
    """
    unit = embedding.scale
    rows = [
        (x * unit, y * unit, INCLUDE if include else EXCLUDE) for x, y, include in prompt.points
    ]
    if prompt.box is None:
        return [*rows, (0.0, 0.0, PADDING)]
    left, top, right, bottom = (side * unit for side in prompt.box)
    return [*rows, (left, top, BOX_MIN), (right, bottom, BOX_MAX)]


def alike(rows: Sequence[Sequence[object]]) -> list[list[int]]:
    """Group the indices of prompts with equally many points, which may share one decoder run.

    Filling shorter prompts up with padding points would be simpler, but the decoder attends to
    them: it changes the answer by whole logits.
    """
    groups: dict[int, list[int]] = {}
    for index, row in enumerate(rows):
        groups.setdefault(len(row), []).append(index)
    return list(groups.values())


def mask_array(
    prompts: Sequence[Prompt],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return ``mask_input`` (N, 1, 256, 256) and ``has_mask_input`` (N, 1, 1, 1), both float32."""
    masks = np.zeros((len(prompts), 1, LOW_RES, LOW_RES), np.float32)
    given = np.zeros((len(prompts), 1, 1, 1), np.float32)
    for index, prompt in enumerate(prompts):
        if prompt.mask is not None:
            masks[index, 0] = prompt.mask
            given[index] = 1
    return masks, given
