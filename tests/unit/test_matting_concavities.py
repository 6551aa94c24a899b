"""Bays of backdrop that the model took for product are opened, corners of the product are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.matting import cut_out
from pipeline.values import Photo

if TYPE_CHECKING:
    from numpy.typing import NDArray

FLOOR, CLOTH = (205, 190, 160), (60, 90, 120)
CROTCH = np.array([[256, 190], [232, 480], [280, 480]])
BAY, HEM = np.s_[210:300, 252:261], np.s_[450:476, 156:190]


def trousers() -> Photo:
    """Draw trousers with a print, a twelfth of them, and one hem of the floor's colour."""
    pixels = np.full((512, 512, 3), FLOOR, np.float32)
    worn = np.zeros((512, 512), np.uint8)
    cv2.rectangle(worn, (150, 60), (362, 480), 1, cv2.FILLED)
    cv2.fillPoly(worn, [CROTCH], 0)
    rows, columns = np.mgrid[:512, :512]
    plain = (worn > 0) & ((rows % 28 > 8) | (columns % 28 > 8))
    plain[440:, :200] = False
    pixels[plain] = CLOTH
    pixels += np.random.default_rng(0).normal(0, 3, pixels.shape)
    return Photo(np.clip(pixels, 0, 255).astype(np.uint8))


def said(crotch: float, hem: float) -> NDArray[np.float32]:
    """What a model says that takes the upper part of the crotch for product, at that logit."""
    logits = np.full((256, 256), -8, np.float32)
    logits[30:240, 75:181] = 8
    logits[220:240, 75:100] = hem
    wedge = np.zeros((256, 256), np.uint8)
    cv2.fillPoly(wedge, [CROTCH // 2], 1)
    wedge = cv2.dilate(wedge, np.ones((3, 3), np.uint8))
    logits[wedge > 0] = -8
    wedge[165:] = 0
    logits[wedge > 0] = crotch
    return logits


def test_a_crotch_that_the_model_filled_is_opened() -> None:
    alpha = cut_out(trousers(), said(2.5, 8)).alpha
    assert alpha[BAY].mean() < 0.1
    assert alpha[230:240, 180:220].min() > 0.9


def test_where_the_model_is_sure_it_stays() -> None:
    assert cut_out(trousers(), said(7, 8)).alpha[BAY].mean() > 0.9


def test_a_corner_of_the_product_of_the_backdrops_colour_stays() -> None:
    assert cut_out(trousers(), said(-8, 2.5)).alpha[HEM].mean() > 0.9
