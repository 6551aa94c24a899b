from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from pipeline.foreground import Clicks, Head, refine
from pipeline.foreground.box_prompt import in_box
from pipeline.masks import iou
from pipeline.sam import LOW_RES
from pipeline.sam.onnx import OnnxSam

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.sam import Embedding, MaskLogits, Prompt
    from pipeline.values import Pixels

SIDE = 400


@pytest.fixture(scope="module")
def sam(request: pytest.FixtureRequest) -> OnnxSam:
    weights = request.config.rootpath / "weights"
    return OnnxSam(
        weights / "mobile-sam-encoder.onnx", weights / "mobile-sam-decoder.onnx", name="mobile-sam"
    )


@pytest.fixture(scope="module")
def head(request: pytest.FixtureRequest) -> Head:
    return Head(request.config.rootpath / "weights/foreground-head.onnx")


@pytest.fixture(scope="module")
def two(sam: OnnxSam) -> Embedding:
    """A red and a blue disc on grey, apart from each other."""
    return sam.encode(_two_discs())


def _two_discs() -> Pixels:
    pixels = np.full((SIDE, SIDE, 3), 190, np.uint8)
    pixels[_disc(110)] = (200, 30, 30)
    pixels[_disc(290)] = (30, 40, 200)
    return pixels


def _disc(x: int, radius: int = 60) -> NDArray[np.bool_]:
    rows, columns = np.ogrid[:SIDE, :SIDE]
    return np.asarray((rows - SIDE // 2) ** 2 + (columns - x) ** 2 < radius**2)


def _seen(logits: NDArray[np.float32]) -> NDArray[np.bool_]:
    inside = Image.fromarray(logits > 0).resize((SIDE, SIDE))
    return np.array(inside)


def test_a_touch_is_about_something() -> None:
    with pytest.raises(ValueError, match="a point, a box or a mask"):
        Clicks()


def test_a_point_outlines_what_is_there(sam: OnnxSam, head: Head, two: Embedding) -> None:
    found = refine(sam, head, two, Clicks(points=((110, 200, True),)))
    assert iou(_seen(found.logits), _disc(110)) > 0.9
    assert found.score > 0.8


def test_a_box_outlines_what_it_holds(sam: OnnxSam, head: Head, two: Embedding) -> None:
    found = refine(sam, head, two, Clicks(box=(225, 135, 355, 265)))
    assert iou(_seen(found.logits), _disc(290)) > 0.9


@pytest.mark.parametrize(
    "box", [(225, 135, 900, 900), (-50, -50, 175, 265), (290, 200, 290, 200), (500, 500, 600, 600)]
)
def test_a_box_drawn_carelessly_is_no_error(
    sam: OnnxSam, head: Head, two: Embedding, box: tuple[float, float, float, float]
) -> None:
    found = refine(sam, head, two, Clicks(box=box))
    assert found.logits.shape == (LOW_RES, LOW_RES)
    assert 0 <= found.score <= 1


def test_what_fills_the_box_is_meant_not_a_part_of_it(
    sam: OnnxSam, head: Head, two: Embedding
) -> None:
    both = refine(sam, head, two, Clicks(box=(45, 135, 355, 265)))
    assert iou(_seen(both.logits), _disc(110) | _disc(290)) > 0.9


def test_a_point_adds_to_the_earlier_answer(sam: OnnxSam, head: Head, two: Embedding) -> None:
    first = refine(sam, head, two, Clicks(points=((110, 200, True),)))
    points = ((110.0, 200.0, True), (290.0, 200.0, True))
    both = refine(sam, head, two, Clicks(points=points, mask=first.logits))
    assert iou(_seen(both.logits), _disc(110) | _disc(290)) > 0.9


def test_a_point_takes_away_from_the_earlier_answer(
    sam: OnnxSam, head: Head, two: Embedding
) -> None:
    both = np.maximum(
        refine(sam, head, two, Clicks(points=((110, 200, True),))).logits,
        refine(sam, head, two, Clicks(points=((290, 200, True),))).logits,
    )
    less = refine(sam, head, two, Clicks(points=((290, 200, False),), mask=both))
    assert iou(_seen(less.logits), _disc(110)) > 0.9


@pytest.mark.parametrize(("at", "include"), [(174.0, True), (164.0, False)])
def test_a_point_by_the_outline_mends_it_there_alone(
    sam: OnnxSam, head: Head, two: Embedding, at: float, *, include: bool
) -> None:
    """The disc's outline is at x = 170."""
    first = refine(sam, head, two, Clicks(box=(45, 135, 175, 265))).logits
    mended = refine(sam, head, two, Clicks(points=((at, 200.0, include),), mask=first)).logits
    assert _seen(mended)[200, int(at)] == include
    changed = np.argwhere(_seen(mended) != _seen(first))
    assert 0 < len(changed) < 400
    assert np.abs(changed - (200, at)).max() < 25


def test_a_point_does_not_take_all_away(sam: OnnxSam, head: Head, two: Embedding) -> None:
    first = refine(sam, head, two, Clicks(box=(45, 135, 175, 265))).logits
    less = refine(sam, head, two, Clicks(points=((110.0, 200.0, False),), mask=first)).logits
    assert np.count_nonzero(_seen(less) & _seen(first)) > 0.1 * np.count_nonzero(_seen(first))


@pytest.mark.parametrize("include", [True, False])
def test_a_point_changes_nothing_far_from_it(
    sam: OnnxSam, head: Head, two: Embedding, *, include: bool
) -> None:
    """A tap at the left disc; what is drawn of the right one has a bite that SAM would mend."""
    rows, columns = np.ogrid[:LOW_RES, :LOW_RES]
    unit = SIDE / LOW_RES
    discs = [
        (rows - SIDE / 2 / unit) ** 2 + (columns - x / unit) ** 2 < (60 / unit) ** 2
        for x in (110, 290)
    ]
    bitten = discs[1] & (rows < SIDE / 2 / unit)
    mask = np.where(bitten | (discs[0] if not include else False), 6, -6).astype(np.float32)
    tap = (110.0, 200.0, include)
    found = refine(sam, head, two, Clicks(points=((290.0, 160.0, True), tap), mask=mask)).logits
    right = np.s_[:, LOW_RES // 2 :]
    changed = (found[right] > 0) ^ (mask[right] > 0)
    assert np.count_nonzero(changed) < 0.05 * np.count_nonzero(mask > 0)
    assert (found[int(200 / unit), int(110 / unit)] > 0) == include


class Overheard:
    """A model that notes what it is asked for."""

    name, device = "overheard", "cpu"

    def __init__(self, sam: OnnxSam) -> None:
        self.asked: list[Prompt] = []
        self._sam = sam

    def encode(self, pixels: Pixels) -> Embedding:
        return self._sam.encode(pixels)

    def encode_all(self, pictures: Sequence[Pixels]) -> list[Embedding]:
        return self._sam.encode_all(pictures)

    def decode(self, embedding: Embedding, prompts: Sequence[Prompt]) -> MaskLogits:
        self.asked.extend(prompts)
        return self._sam.decode(embedding, prompts)


@pytest.mark.parametrize(("at", "is_shown"), [(110, True), (290, False)])
def test_points_on_what_the_map_shows_mean_all_of_it(
    sam: OnnxSam, two: Embedding, at: int, *, is_shown: bool
) -> None:
    """The map shows a part of the left disc, or both; a tap on the right one is about that."""
    # A map of both in two pieces is what the head itself has of them: see the tests above.
    shown = np.full((LOW_RES, LOW_RES), -6, np.float32)
    shown[90:166, 33:107] = 6
    overheard = Overheard(sam)
    found = refine(overheard, lambda _: shown, two, Clicks(((float(at), 200.0, True),)))
    assert iou(_seen(found.logits), _disc(at)) > 0.9
    assert [prompt.mask is not None for prompt in overheard.asked] == [is_shown]
    shown[90:166, 33:223] = 6
    both = refine(sam, lambda _: shown, two, Clicks(((110.0, 200.0, True),)))
    assert iou(_seen(both.logits), _disc(110) | _disc(290)) > 0.8


def test_mending_asks_for_one_thing(sam: OnnxSam, head: Head, two: Embedding) -> None:
    """What touches wait for is the decoder, and many sellers share it."""
    overheard, mask = Overheard(sam), np.full((LOW_RES, LOW_RES), -6, np.float32)
    points: tuple[tuple[float, float, bool], ...] = ()
    for at, include in ((110.0, True), (290.0, True), (290.0, False)):
        points = *points, (at, 200.0, include)
        mask = refine(overheard, head, two, Clicks(points, mask=mask)).logits
    assert len(overheard.asked) == len(points)
    assert iou(_seen(mask), _disc(110)) > 0.85


@pytest.mark.parametrize(("left", "single"), [(110, True), (290, False)])
def test_a_box_around_another_thing_than_the_map_s_is_asked_about_alone(
    sam: OnnxSam, two: Embedding, left: int, *, single: bool
) -> None:
    map_of_the_right_disc = np.full((LOW_RES, LOW_RES), -6, np.float32)
    map_of_the_right_disc[88:168, 145:225] = 6
    overheard = Overheard(sam)
    box = (left - 65.0, 135.0, left + 65.0, 265.0)
    found = in_box(overheard, two, box, lambda _: map_of_the_right_disc)
    assert iou(_seen(found.logits), _disc(left)) > 0.9
    assert all(prompt.mask is None for prompt in overheard.asked) == single


def test_a_mask_alone_is_drawn_anew(sam: OnnxSam, head: Head, two: Embedding) -> None:
    first = refine(sam, head, two, Clicks(box=(45, 135, 175, 265)))
    again = refine(sam, head, two, Clicks(mask=first.logits))
    assert iou(_seen(again.logits), _disc(110)) > 0.85


@pytest.mark.parametrize("point", [(-20.0, 5.0), (5.0, 4000.0), (399.9, 399.9)])
def test_a_point_beside_the_picture_is_no_error(
    sam: OnnxSam, head: Head, two: Embedding, point: tuple[float, float]
) -> None:
    found = refine(sam, head, two, Clicks(points=((*point, True),)))
    assert found.logits.shape == (LOW_RES, LOW_RES)


def test_a_real_photo_is_mended_by_a_tap(photos: Path, sam: OnnxSam, head: Head) -> None:
    with Image.open(photos / "objects" / "can_02.jpg") as picture:
        pixels = np.array(picture.convert("RGB"))
    with Image.open(photos.parent / "masks" / "can_02.png") as picture:
        truth = np.array(picture.convert("L").resize((LOW_RES, LOW_RES))) > 127
    embedding = sam.encode(pixels)
    rows, columns = np.nonzero(truth)
    unit = pixels.shape[1] / LOW_RES, pixels.shape[0] / LOW_RES
    wrong = np.full((LOW_RES, LOW_RES), -6, np.float32)
    wrong[:20, :20] = 6
    tap = float(columns.mean() * unit[0]), float(rows.mean() * unit[1]), True
    found = refine(sam, head, embedding, Clicks(points=(tap,), mask=wrong))
    height, width = embedding.valid(LOW_RES)
    seen = Image.fromarray(found.logits[:height, :width] > 0).resize((LOW_RES, LOW_RES))
    assert iou(np.array(seen), truth) > 0.8
