"""Automatic masks, with a decoder that answers with discs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pytest

from pipeline.masks import box_iou, iou
from pipeline.sam import Embedding, MaskLogits
from pipeline.sam.mask_generator import GeneratorOptions, generate_masks, stability_score
from tests.stands.masks import full_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.sam import Prompt
    from pipeline.values import Pixels

    Disc: TypeAlias = tuple[tuple[int, int], int, float]

WIDTH, HEIGHT = 800, 600
DISCS: tuple[Disc, ...] = (((200, 150), 100, 0.99), ((600, 450), 60, 0.93), ((200, 150), 34, 0.91))
"""Centre and radius in the picture's pixels, predicted IoU."""


class Discs:
    """Answers a point by the discs around it, and by something worthless elsewhere."""

    name = "discs"
    device = "cpu"

    def __init__(self, slope: float = 16.0, discs: tuple[Disc, ...] = DISCS) -> None:
        self.slope = slope
        self.discs = discs
        self.points: list[tuple[float, float]] = []

    def encode(self, pixels: Pixels) -> Embedding:
        raise NotImplementedError

    def encode_all(self, pictures: Sequence[Pixels]) -> list[Embedding]:
        return [self.encode(pixels) for pixels in pictures]

    def decode(self, embedding: Embedding, prompts: Sequence[Prompt]) -> MaskLogits:
        logits = np.full((len(prompts), 4, 256, 256), -9, np.float32)
        scores = np.zeros((len(prompts), 4), np.float32)
        for index, prompt in enumerate(prompts):
            ((x, y, _),) = prompt.points
            self.points.append((x, y))
            for way, ((left, top), radius, score) in enumerate(self.discs, 1):
                if np.hypot(x - left, y - top) < radius:
                    logits[index, way] = self.disc(embedding, left, top, radius)
                    scores[index, way] = score
            scores[index, 0], logits[index, 0] = 1, 9
        return MaskLogits(logits=logits, scores=scores)

    def disc(self, embedding: Embedding, x: float, y: float, radius: float) -> NDArray[np.float32]:
        unit = max(embedding.width, embedding.height) / 256
        rows, columns = (np.arange(256)[:, None] + 0.5) * unit, (np.arange(256) + 0.5) * unit
        away = np.hypot(rows - y, columns - x)
        return np.asarray((radius - away) / unit * self.slope, np.float32)


@pytest.fixture
def seen() -> Embedding:
    return Embedding(np.zeros((256, 64, 64), np.float32), width=WIDTH, height=HEIGHT)


def test_each_thing_is_found_once_surest_first(seen: Embedding) -> None:
    found = generate_masks(Discs(), seen)

    assert [round(segment.predicted_iou, 2) for segment in found] == [0.99, 0.93, 0.91]
    for segment, ((x, y), radius, _) in zip(found, DISCS, strict=True):
        assert segment.area == pytest.approx(np.pi * radius**2, rel=0.03)
        expected = (x - radius, y - radius, x + radius, y + radius)
        assert segment.box == pytest.approx(expected, abs=4)
        assert segment.stability_score > 0.95
        mask = full_size(segment.logits, WIDTH, HEIGHT)
        assert mask.sum() == pytest.approx(segment.area, rel=0.03)
        assert np.hypot(segment.point[0] - x, segment.point[1] - y) < radius


def test_what_is_unsure_or_unstable_does_not_stay(seen: Embedding) -> None:
    assert len(generate_masks(Discs(), seen, GeneratorOptions(pred_iou_thresh=0.95))) == 1
    assert not generate_masks(Discs(), seen, GeneratorOptions(pred_iou_thresh=0.995))
    assert not generate_masks(Discs(slope=0.5), seen)
    assert generate_masks(Discs(slope=0.5), seen, GeneratorOptions(stability_score_thresh=0.5))


def test_a_mask_that_fills_the_picture_ends_at_its_border(seen: Embedding) -> None:
    everything = Discs(discs=(((400, 300), 2000, 0.99),))

    (found,) = generate_masks(everything, seen)

    assert found.box == (0, 0, WIDTH, HEIGHT)
    assert found.area == WIDTH * HEIGHT


def test_of_two_with_one_box_the_surer_stays(seen: Embedding) -> None:
    discs = tuple(((400, 300), radius, score) for radius, score in ((100, 0.95), (95, 0.96)))

    (found,) = generate_masks(Discs(discs=discs), seen)

    assert found.predicted_iou == pytest.approx(0.96)


def test_points_lie_in_the_middles_of_the_grids_cells(seen: Embedding) -> None:
    sam = Discs(discs=())

    generate_masks(sam, seen, GeneratorOptions(points_per_side=2))

    expected = [(200, 150), (600, 150), (200, 450), (600, 450)]
    assert np.array(sam.points) == pytest.approx(np.array(expected), abs=4)


@pytest.mark.parametrize(("width", "height"), [(1, 4000), (4000, 1), (33, 64)])
def test_points_lie_in_pictures_of_any_shape(width: int, height: int) -> None:
    sam = Discs(discs=())

    generate_masks(sam, Embedding(np.zeros((256, 64, 64), np.float32), width, height))

    x, y = np.array(sam.points).T
    assert len(sam.points) == 1024
    unit = max(width, height) / 256
    assert 0 <= x.min() <= x.max() <= max(width, unit)
    assert 0 <= y.min() <= y.max() <= max(height, unit)


@pytest.mark.parametrize(
    "features",
    [
        np.zeros((1, 256, 64, 64), np.float32),
        np.zeros((64, 64, 256), np.float32),
        np.zeros((256, 64, 64), np.float16),
    ],
)
def test_an_embedding_says_what_it_expected(features: NDArray[np.float32]) -> None:
    with pytest.raises(ValueError, match=r"expected \(256, 64, 64\) float32, got"):
        Embedding(features, WIDTH, HEIGHT)


def on_the_right() -> NDArray[np.float32]:
    foreground = np.full((256, 256), -6, np.float32)
    foreground[:192, 160:] = 6
    return foreground


def test_points_begin_in_the_foreground_and_are_denser_there(seen: Embedding) -> None:
    sam = Discs(discs=())

    options = GeneratorOptions(points_per_side=12, max_points=40)
    generate_masks(sam, seen, options, foreground=on_the_right())

    assert np.hypot(sam.points[0][0] - 650, sam.points[0][1] - 300) < 140
    right = sum(x > 500 for x, _ in sam.points)
    assert right / (300 * HEIGHT) > 1.15 * (len(sam.points) - right) / (500 * HEIGHT)


def test_points_cover_the_picture_from_the_first_few_on(seen: Embedding) -> None:
    sam = Discs(discs=())

    generate_masks(
        sam, seen, GeneratorOptions(points_per_side=12, max_points=16), foreground=on_the_right()
    )

    corners = [(x, y) for x in (0, WIDTH) for y in (0, HEIGHT)]
    for corner in corners:
        assert min(np.hypot(*np.subtract(point, corner)) for point in sam.points) < 150


def test_no_more_points_are_asked_than_allowed_and_none_twice(seen: Embedding) -> None:
    for allowed in (1, 8, 37, 144, 200):
        sam, options = Discs(discs=()), GeneratorOptions(points_per_side=12, max_points=allowed)

        generate_masks(sam, seen, options, foreground=on_the_right())

        assert len(sam.points) == len(set(sam.points)) == min(allowed, 144)


def test_a_foreground_of_nothing_is_no_error(seen: Embedding) -> None:
    assert generate_masks(
        Discs(),
        seen,
        GeneratorOptions(points_per_side=12, max_points=40),
        foreground=np.full((256, 256), -6, np.float32),
    )


def test_box_iou() -> None:
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 5], [20, 0, 30, 10], [5, 5, 5, 5]], np.float32)

    assert box_iou(boxes[0], boxes) == pytest.approx([1, 0.5, 0, 0])
    assert box_iou(boxes[0], boxes[:0]).shape == (0,)


def test_iou() -> None:
    one, other, nothing = (np.zeros((4, 4), np.bool_) for _ in range(3))
    one[:2], other[:3] = True, True

    assert iou(one, other) == pytest.approx(2 / 3)
    assert iou(one, nothing) == 0
    assert iou(nothing, nothing) == 1


def test_stability_is_1_for_a_step_and_less_for_a_slope() -> None:
    step = np.where(np.arange(256) < 128, 9, -9).astype(np.float32)[None]
    slope = np.linspace(4, -4, 256, dtype=np.float32)[None]

    assert stability_score(step, 1) == 1
    assert stability_score(slope, 1) == pytest.approx(0.6, abs=0.01)
    assert stability_score(np.full((2, 2), -9, np.float32), 1) == 0
