"""Automatic segments, with a decoder that answers with discs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from pipeline.sam import Embedding, Masks, sketches
from pipeline.sam.automatic import full_size, segments
from pipeline.sam.boxes import boxes_of, overlaps
from pipeline.sam.rle import from_rle, to_rle
from pipeline.sam.sketches import Rules, grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.sam import Prompt
    from pipeline.values import Pixels

    Disc: TypeAlias = tuple[tuple[int, int], int, float]

WIDTH, HEIGHT = 800, 600
DISCS: tuple[Disc, ...] = (((200, 150), 100, 0.99), ((600, 450), 60, 0.93), ((200, 150), 30, 0.91))
"""Centre and radius in the picture's pixels, predicted IoU."""
LARGEST = 100
NESTED = ((LARGEST, 0.99), (87, 0.97), (76, 0.95))
"""Radius and predicted IoU of discs around one point."""


class Discs:
    """Answers a point by the discs around it, and by something worthless elsewhere."""

    name = "discs"
    device = "cpu"

    def __init__(self, slope: float = 8.0, discs: tuple[Disc, ...] = DISCS) -> None:
        self.slope = slope
        self.discs = discs

    def encode(self, pixels: Pixels) -> Embedding:
        raise NotImplementedError

    def encode_all(self, pictures: Sequence[Pixels]) -> list[Embedding]:
        return [self.encode(pixels) for pixels in pictures]

    def decode(self, embedding: Embedding, prompts: Sequence[Prompt]) -> Masks:
        logits = np.full((len(prompts), 4, 256, 256), -9, np.float32)
        scores = np.zeros((len(prompts), 4), np.float32)
        for index, prompt in enumerate(prompts):
            ((x, y, _),) = prompt.points
            for way, ((left, top), radius, score) in enumerate(self.discs, 1):
                if np.hypot(x - left, y - top) < radius:
                    logits[index, way] = self.disc(embedding, left, top, radius)
                    scores[index, way] = score
            scores[index, 0], logits[index, 0] = 1, 9
        return Masks(logits=logits, scores=scores)

    def sketch(self, embedding: Embedding, prompts: Sequence[Prompt]) -> Masks:
        masks = self.decode(embedding, prompts)
        return Masks(masks.logits[:, :, 2::4, 2::4], masks.scores)

    def disc(self, embedding: Embedding, x: float, y: float, radius: float) -> NDArray[np.float32]:
        unit = max(embedding.width, embedding.height) / 256
        rows, columns = (np.arange(256)[:, None] + 0.5) * unit, (np.arange(256) + 0.5) * unit
        away = np.hypot(rows - y, columns - x)
        return np.asarray((radius - away) / unit * self.slope, np.float32)


@pytest.fixture
def seen() -> Embedding:
    return Embedding(np.zeros((256, 64, 64), np.float32), width=WIDTH, height=HEIGHT)


def test_each_thing_is_found_once_surest_first(seen: Embedding) -> None:
    found = segments(Discs(), seen)

    assert [round(segment.predicted_iou, 2) for segment in found] == [0.99, 0.93, 0.91]
    for segment, ((x, y), radius, _) in zip(found, DISCS, strict=True):
        assert segment.area == pytest.approx(np.pi * radius**2, rel=0.01)
        expected = (x - radius, y - radius, x + radius, y + radius)
        assert segment.box == pytest.approx(expected, abs=2)
        assert segment.stability > 0.95
        mask = full_size(segment.logits, WIDTH, HEIGHT)
        assert mask.sum() == pytest.approx(segment.area, rel=0.01)
        assert np.hypot(segment.point[0] - x, segment.point[1] - y) < radius


def test_what_is_unsure_or_unstable_does_not_stay(seen: Embedding) -> None:
    assert len(segments(Discs(), seen, Rules(predicted_iou=0.95))) == 1
    assert not segments(Discs(), seen, Rules(predicted_iou=0.995))
    assert not segments(Discs(slope=0.5), seen)
    assert segments(Discs(slope=0.5), seen, Rules(stability=0.5))


def test_a_mask_that_fills_the_picture_ends_at_its_border(seen: Embedding) -> None:
    everything = Discs(discs=(((400, 300), 2000, 0.99),))

    (found,) = segments(everything, seen)

    assert found.box == (0, 0, WIDTH, HEIGHT)
    assert found.area == WIDTH * HEIGHT


class OneUnstable(Discs):
    """The largest disc is a little too unclear, which a sketch does not show."""

    def disc(self, embedding: Embedding, x: float, y: float, radius: float) -> NDArray[np.float32]:
        clear = super().disc(embedding, x, y, radius)
        return clear * np.float32(0.25) if radius == LARGEST else clear


def test_none_is_kept_before_a_surer_one_that_waited_for_an_unstable(seen: Embedding) -> None:
    """The middle one resembles both others, which do not resemble each other."""
    discs = tuple(((400, 300), radius, score) for radius, score in NESTED)

    (found,) = segments(OneUnstable(discs=discs), seen)

    assert found.predicted_iou == pytest.approx(NESTED[1][1])


class Overrated(Discs):
    """A sketch is surest of a disc that is worse than another around it."""

    def sketch(self, embedding: Embedding, prompts: Sequence[Prompt]) -> Masks:
        masks = super().sketch(embedding, prompts)
        masks.scores[:, 2] += np.float32(0.02) * (masks.scores[:, 2] > 0)
        return masks


def test_what_is_drawn_decides_and_not_its_sketch(seen: Embedding) -> None:
    discs = tuple(((400, 300), radius, score) for radius, score in ((100, 0.96), (95, 0.95)))

    (found,) = segments(Overrated(discs=discs), seen)
    barely = segments(Overrated(discs=discs), seen, Rules(predicted_iou=0.955))

    assert found.predicted_iou == pytest.approx(0.96)
    assert [round(segment.predicted_iou, 2) for segment in barely] == [0.96]


class Underrated(Discs):
    """A sketch is least sure of what is best."""

    def sketch(self, embedding: Embedding, prompts: Sequence[Prompt]) -> Masks:
        masks = super().sketch(embedding, prompts)
        masks.scores[:, 2] -= np.float32(0.03) * (masks.scores[:, 2] > 0)
        return masks


def test_the_surest_comes_first_though_it_was_drawn_last(
    seen: Embedding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sketches, "DRAWN", 1)
    discs = (((200, 150), 60, 0.97), ((400, 450), 60, 0.98), ((600, 150), 60, 0.96))

    found = segments(Underrated(discs=discs), seen)

    assert [round(segment.predicted_iou, 2) for segment in found] == [0.98, 0.97, 0.96]


class Flattered(Discs):
    """Sketches are clear, what is drawn is not, and how much is drawn is counted."""

    asked = 0

    def decode(self, embedding: Embedding, prompts: Sequence[Prompt]) -> Masks:
        self.asked += len(prompts)
        masks = super().decode(embedding, prompts)
        return Masks(masks.logits * np.float32(0.1), masks.scores)

    def sketch(self, embedding: Embedding, prompts: Sequence[Prompt]) -> Masks:
        masks = super().decode(embedding, prompts)
        return Masks(masks.logits[:, :, 2::4, 2::4], masks.scores)


def test_an_unstable_mask_is_not_drawn_of_every_point_that_shows_it(seen: Embedding) -> None:
    discs = (((200, 150), 140, 0.99), ((600, 450), 140, 0.98))
    sam = Flattered(discs=discs)

    assert not segments(sam, seen)

    assert sam.asked == len(discs)


def test_points_lie_in_the_middles_of_cells_neighbours_together(seen: Embedding) -> None:
    assert grid(seen, 2) == [(200, 150), (200, 450), (600, 150), (600, 450)]
    assert len(set(grid(seen, 5))) == 25
    for per_side in (5, 32):
        points = np.array(grid(seen, per_side)) * per_side / (WIDTH, HEIGHT)
        steps = np.abs(np.diff(points, axis=0)).max(axis=1)
        assert np.count_nonzero(steps > 1.001) == (per_side - 1) // 2


def test_overlaps() -> None:
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 5], [20, 0, 30, 10], [5, 5, 5, 5]], np.float32)

    assert overlaps(boxes[0], boxes) == pytest.approx([1, 0.5, 0, 0])
    assert overlaps(boxes[0], boxes[:0]).shape == (0,)


def test_a_sketchs_box_is_true_to_half_a_cell() -> None:
    inside = np.zeros((2, 6, 8), np.bool_)
    inside[0, 1:3, 4:8] = True

    box, nothing = boxes_of(inside)

    assert box == pytest.approx([4 * 16 + 2, 16 + 2, 8 * 16 + 2, 3 * 16 + 2])
    assert (nothing[2:] <= nothing[:2]).all()


@given(arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.booleans()))
def test_run_lengths_there_and_back(mask: NDArray[np.bool_]) -> None:
    rle = to_rle(mask)

    assert np.array_equal(from_rle(rle), mask)
    assert sum(rle["counts"]) == mask.size
    assert all(count > 0 for count in rle["counts"][1:])
