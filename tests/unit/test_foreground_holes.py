from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from pipeline.foreground.holes import find_holes, open_holes
from pipeline.sam import LOW_RES, Embedding, MaskLogits
from pipeline.sam.onnx import OnnxSam

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.sam import Prompt
    from pipeline.values import Pixels

SIDE = 512
"""Two pixels a cell."""
WALL, CLAY = (196, 200, 190), (110, 48, 40)
PLAIN = Embedding(np.zeros((256, 64, 64), np.float32), SIDE, SIDE)
HANDLE, HOLE, RIM = (370, 256), 50, 14


@pytest.fixture(scope="module")
def sam(request: pytest.FixtureRequest) -> OnnxSam:
    weights = request.config.rootpath / "weights"
    return OnnxSam(
        weights / "mobile-sam-encoder.onnx", weights / "mobile-sam-decoder.onnx", name="mobile-sam"
    )


def _mug() -> tuple[Pixels, NDArray[np.float32]]:
    """A mug with a handle, before a wall, and logits that fill the handle."""
    pixels = np.full((SIDE, SIDE, 3), WALL, np.uint8)
    solid = np.zeros((SIDE, SIDE), np.uint8)
    for canvas, colour in ((pixels, CLAY), (solid, 1)):
        cv2.circle(canvas, HANDLE, HOLE + RIM, colour, -1)
    cv2.circle(pixels, HANDLE, HOLE, WALL, -1)
    for canvas, colour in ((pixels, CLAY), (solid, 1)):
        cv2.rectangle(canvas, (130, 150), (330, 380), colour, -1)
    return pixels, _logits(solid)


def _logits(solid: NDArray[np.uint8]) -> NDArray[np.float32]:
    small = cv2.resize(solid.astype(np.float32), (LOW_RES, LOW_RES), interpolation=cv2.INTER_AREA)
    return np.asarray(20 * small - 10, np.float32)


def test_what_a_handle_frames_is_opened_and_the_handle_stays(sam: OnnxSam) -> None:
    pixels, logits = _mug()
    opened = open_holes(sam, pixels, sam.encode(pixels), logits)
    row, column = HANDLE[1] // 2, HANDLE[0] // 2
    assert opened[row, column] < -5
    right = column + (HOLE + RIM // 2) // 2
    assert opened[row, right] > 0
    assert np.count_nonzero((opened > 0) != (logits > 0)) < np.pi * (HOLE / 2 + 1) ** 2


class Unconvinced:
    """SAM, but for its answers to the product without the hole: it stays as it was."""

    def __init__(self, logits: NDArray[np.float32]) -> None:
        self.asked = 0
        self._logits = logits

    def decode(self, embedding: Embedding, prompts: Sequence[Prompt]) -> MaskLogits:
        del embedding
        self.asked += len(prompts)
        shape = len(prompts), 4
        return MaskLogits(
            np.broadcast_to(self._logits, (*shape, LOW_RES, LOW_RES)), np.ones(shape, np.float32)
        )


def test_a_pocket_that_sam_takes_for_the_product_stays() -> None:
    pixels, logits = _mug()
    other = Unconvinced(logits)
    assert open_holes(other, pixels, PLAIN, logits) is logits  # type: ignore[arg-type]  # only decodes
    assert other.asked


@pytest.mark.parametrize("colour", [WALL, (200, 202, 196), CLAY])
def test_a_print_in_the_backdrop_s_colour_is_no_pocket(
    colour: tuple[int, int, int],
) -> None:
    pixels = np.full((SIDE, SIDE, 3), WALL, np.uint8)
    solid = np.zeros((SIDE, SIDE), np.uint8)
    cv2.rectangle(pixels, (70, 60), (440, 450), CLAY, -1)
    cv2.rectangle(solid, (70, 60), (440, 450), 1, -1)
    cv2.circle(pixels, (256, 256), 36, colour, -1)
    assert not find_holes(pixels, PLAIN, _logits(solid))
