"""Saliency networks in ONNX as another opinion on what the product is: U2-Net, IS-Net and kin.

Qin et al., "U2-Net", 2020, https://arxiv.org/abs/2005.09007; the way the picture is prepared is
rembg's: divided by its own maximum, ImageNet mean and deviation, the answer stretched to 0..1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.foreground.session import open_session

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.values import Pixels, Plane

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


class Saliency:
    """One network. Raises WeightsError where its file cannot be loaded."""

    def __init__(
        self,
        path: Path,
        *,
        side: int = 320,
        mean: tuple[float, float, float] = MEAN,
        std: tuple[float, float, float] = STD,
        threads: int = 0,
    ) -> None:
        """Load the network, which sees pictures squeezed to ``side`` x ``side``."""
        self._session = open_session(path, name="saliency network", threads=threads)
        self._input = self._session.get_inputs()[0].name
        self._side = side
        self._mean, self._std = np.array(mean, np.float32), np.array(std, np.float32)

    def __call__(self, pixels: Pixels) -> Plane:
        """Return how much each pixel stands out, (height, width) float32 in 0..1."""
        small = cv2.resize(pixels, (self._side, self._side), interpolation=cv2.INTER_AREA)
        scaled = (small / max(1, int(small.max())) - self._mean) / self._std
        batch = np.ascontiguousarray(scaled.transpose(2, 0, 1)[None], np.float32)
        answer = self._session.run(None, {self._input: batch})[0][0, 0]
        low, high = float(answer.min()), float(answer.max())
        stretched = (answer - low) / max(high - low, 1e-6)
        height, width = pixels.shape[:2]
        plane: Plane = cv2.resize(stretched, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.clip(plane, 0, 1)
