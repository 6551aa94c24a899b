"""One picture for each rule of the edge: with the rule as approved, without it visibly not.

A rule whose picture looks as well without it can be removed. Each photo lies in ``edges`` with the
model's logits for it, and the approved crop, on dark and on light ground, beside them. Those of
``patch`` and ``gap`` are photos from the clothing dataset by A. Grigorev and contributors, CC0; the
others are drawn. To approve new ones after looking at them enlarged: ``VITRINA_APPROVE=1``.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from PIL import Image

from pipeline.foreground import holes
from pipeline.matting import cut_out, trimap
from pipeline.matting.cleanup import apply
from pipeline.sam.onnx import OnnxSam
from pipeline.values import Photo

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pipeline.values import Box, Pixels

HERE = Path(__file__).parent / "edges"
DARK, LIGHT = 30, 245
MEAN_ERROR = 0.5
"""In eight-bit levels over the crop."""
VISIBLE = 1.5
"""The same, from which on a picture is another one."""


class Edge(NamedTuple):
    """What a rule is for, where to look, XYXY in the photo, and what it is without the rule."""

    shows: str
    crop: Box
    owner: object
    name: str
    off: object


def _nothing(guide: NDArray[np.float32], *_: object) -> NDArray[np.bool_]:
    return np.zeros(guide.shape[:2], np.bool_)


def _as_it_is(mask: NDArray[np.uint8], _: float) -> NDArray[np.uint8]:
    return mask


NEVER = replace(apply.PATCH_RULE, max_backdrop=-1.0)
EDGES = {
    "patch": Edge(
        "the red floor at the top of a gap", (361, 147, 412, 206), apply, "PATCH_RULE", NEVER
    ),
    "gap": Edge(
        "the wooden floor between two legs", (335, 314, 360, 356), apply, "GAP_RULE", NEVER
    ),
    "thin": Edge(
        "a strap that the model lost", (165, 95, 345, 275), apply, "thin_structures", _nothing
    ),
    "specks": Edge(
        "an island of the model's mask", (395, 80, 455, 140), trimap, "without_specks", _as_it_is
    ),
    "holes": Edge(
        "the wall in a mug's handle",
        (310, 180, 450, 330),
        holes,
        "find_holes",
        lambda *_: (),
    ),
}


@pytest.fixture(scope="module")
def drawn(request: pytest.FixtureRequest) -> Callable[[str], Pixels]:
    """Cut a photo out along its logits; its crop on dark and on light ground."""
    weights = request.config.rootpath / "weights"
    sam = OnnxSam(
        weights / "mobile-sam-encoder.onnx", weights / "mobile-sam-decoder.onnx", name="mobile-sam"
    )

    def draw(rule: str) -> Pixels:
        photo = Photo(np.asarray(Image.open(HERE / f"{rule}.jpg").convert("RGB")))
        levels = np.asarray(Image.open(HERE / f"{rule}-logits.png"), np.float32)
        logits = np.asarray((levels - 128) / 10, np.float32)
        if rule == "holes":
            logits = holes.open_holes(sam, photo.pixels, sam.encode(photo.pixels), logits)
        found = cut_out(photo, logits)
        left, top, right, bottom = EDGES[rule].crop
        alpha = found.alpha[top:bottom, left:right, None]
        product = found.foreground[top:bottom, left:right]
        sides = [product * alpha + ground * (1 - alpha) for ground in (DARK, LIGHT)]
        return np.hstack(sides).round().astype(np.uint8)

    return draw


def difference(rule: str, picture: Pixels) -> float:
    approved = np.asarray(Image.open(HERE / f"{rule}-approved.png").convert("RGB"))
    return float(np.abs(picture.astype(np.int16) - approved).mean())


@pytest.mark.parametrize("rule", EDGES)
def test_the_edge_looks_as_approved_and_only_by_its_rule(
    drawn: Callable[[str], Pixels], monkeypatch: pytest.MonkeyPatch, rule: str
) -> None:
    picture = drawn(rule)
    if os.environ.get("VITRINA_APPROVE"):
        Image.fromarray(picture).save(HERE / f"{rule}-approved.png", optimize=True)
    assert difference(rule, picture) < MEAN_ERROR, EDGES[rule].shows
    edge = EDGES[rule]
    monkeypatch.setattr(edge.owner, edge.name, edge.off)
    assert difference(rule, drawn(rule)) > VISIBLE, "the rule does nothing for this picture"
