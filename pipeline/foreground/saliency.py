"""Saliency networks in ONNX as another opinion on what the product is: U2-Net, IS-Net and kin.

Qin et al., "U2-Net", 2020, https://arxiv.org/abs/2005.09007. How each wants its picture stands in
the weights' manifest, ``Network``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.foreground.session import open_session
from pipeline.sam import LOW_RES
from pipeline.weights import Network

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.sam import Embedding
    from pipeline.values import Pixels, Plane

U2NET = Network(side=320)


class Saliency:
    """One network. Raises WeightsError where its file cannot be loaded."""

    def __init__(self, path: Path, network: Network = U2NET, *, threads: int = 0) -> None:
        """Load the network; ``threads`` 0 leaves their number to ONNX Runtime."""
        self._session = open_session(path, name="saliency network", threads=threads)
        self._input = self._session.get_inputs()[0].name
        self._network = network
        self._mean = np.array(network.mean, np.float32)
        self._std = np.array(network.std, np.float32)

    def __call__(self, pixels: Pixels) -> Plane:
        """Return how much each pixel stands out, (height, width) float32 in 0..1.

        ``pixels`` is (height, width, 3) uint8 RGB.
        """
        side = self._network.side
        small = cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA)
        whole = max(1, int(small.max())) if self._network.scale == "maximum" else 255
        scaled = (small / whole - self._mean) / self._std
        batch = np.ascontiguousarray(scaled.transpose(2, 0, 1)[None], np.float32)
        answer = self._session.run(None, {self._input: batch})[0][0, 0]
        if self._network.answer == "sigmoid":
            answer = 1 / (1 + np.exp(-np.clip(answer, -30, 30)))
        if self._network.answer == "stretch":
            low, high = float(answer.min()), float(answer.max())
            answer = (answer - low) / max(high - low, 1e-6)
        height, width = pixels.shape[:2]
        plane: Plane = cv2.resize(
            answer.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR
        )
        return np.clip(plane, 0, 1)


def on_square(plane: Plane, embedding: Embedding) -> NDArray[np.float32]:
    """Lay a plane of the picture's size over the padded square, (256, 256) float32.

    ``plane`` is (height, width) float32.
    """
    rows, columns = embedding.valid(LOW_RES)
    square = np.zeros((LOW_RES, LOW_RES), np.float32)
    square[:rows, :columns] = cv2.resize(plane, (columns, rows), interpolation=cv2.INTER_AREA)
    return square
