"""What a seller or a model chooses by: tiles on grey, parts with numbers, and rough boxes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image

from pipeline.backdrops import gradient
from pipeline.blurred import blurred_backdrop
from pipeline.captions.choosing import Pick, Verdict, picked
from pipeline.drawings import numbered
from pipeline.drawings.questions import draw_alternatives, draw_marked
from pipeline.foreground import Candidate
from pipeline.foreground.offers import in_order
from pipeline.foreground.parts import MAX_PARTS, completed, offered
from pipeline.foreground.rough_box import fills, speaks_for
from pipeline.values import CutOut, Photo
from tests.unit.test_chat_edit_mask import square

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.values import Pixels

SIZE = (640, 480)


@pytest.fixture
def photo() -> Photo:
    pixels = np.full((SIZE[1], SIZE[0], 3), (30, 160, 60), np.uint8)
    pixels[100:200, 100:200] = (200, 20, 20)
    return Photo(pixels)


def read(data: bytes) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(data)))


def test_at_most_five_tiles_show_one_thing_each_on_neutral_grey(photo: Photo) -> None:
    things = [square(at, at, 30) for at in range(10, 150, 20)]
    for count in range(1, 8):
        drawn = read(draw_alternatives(photo, things[:count]))
        shown = min(count, 5)
        columns = 2 if shown in {2, 4} else min(3, shown)
        step = numbered.CELL + numbered.CELL_GAP
        assert drawn.shape[:2] == (
            -(-shown // columns) * step + numbered.CELL_GAP,
            columns * step + numbered.CELL_GAP,
        )
        for index in range(shown):
            down, across = divmod(index, columns)
            edge = drawn[
                down * step + numbered.CELL_GAP + numbered.CELL - 6,
                across * step + numbered.CELL_GAP + numbered.CELL // 2,
            ]
            assert np.abs(edge.astype(int) - numbered.NEUTRAL).max() < 12, (count, index)
        marked = read(draw_marked(photo, things[:count]))
        assert marked.shape[0] == drawn.shape[0]
        assert marked.shape[1] > drawn.shape[1]
    assert read(draw_alternatives(photo, [np.full((256, 256), -6, np.float32)])).size


def test_all_of_a_cut_out_has_a_number() -> None:
    """Whatever SAM's parts leave over, be it large enough to matter, is a part."""
    random = np.random.default_rng(7)
    for _ in range(20):
        left, top, side = map(int, random.integers((0, 0, 60), (90, 90, 100)))
        mask = square(left, top, side)
        places = random.integers(0, 150, (int(random.integers(0, 9)), 2))
        seen = [square(int(x), int(y), 40) for x, y in places]
        parts = completed(offered(seen, (256, 256)), mask, (256, 256))
        covered = np.any([part > 0 for part in parts], axis=0) if parts else np.zeros_like(mask)
        rest = (mask > 0) & ~covered.astype(bool)
        assert largest(rest) < 0.02 * 256 * 256
        assert len(parts) <= MAX_PARTS


def largest(inside: NDArray[np.bool_]) -> int:
    opened = cv2.morphologyEx(inside.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=4)
    return max((int(stats[label, cv2.CC_STAT_AREA]) for label in range(1, count)), default=0)


def test_the_label_of_a_small_part_stands_beside_it() -> None:
    pixels = np.full((512, 512, 3), 90, np.uint8)
    whole = square(20, 20, 200)
    small = [square(at, at, 6) for at in (4, 60, 125, 244)]
    drawn = numbered.parts(pixels, whole, small, [False] * 4)
    for at in (4, 60, 125, 244):
        middle = drawn[at * 2 + 2 : at * 2 + 10, at * 2 + 2 : at * 2 + 10].astype(int)
        disc = np.abs(middle - np.array(numbered.OUT)).max(axis=2) < 6
        assert disc.mean() < 0.5, "the part is still to be seen"


def test_a_rough_box_needs_something_in_it_and_an_answer_that_fills_it() -> None:
    box = (100.0, 100.0, 300.0, 300.0)
    size = (512, 512)
    assert speaks_for(box, [square(60, 60, 60)], size)
    assert not speaks_for(box, [square(200, 200, 50)], size)
    assert not speaks_for(box, [], size)
    assert fills(box, square(50, 50, 100), size)
    assert not fills(box, square(0, 0, 256), size)
    assert not fills(box, np.full((256, 256), -6, np.float32), size)
    assert not speaks_for((600.0, 600.0, 900.0, 900.0), [square(0, 0, 100)], size)


@pytest.mark.parametrize(
    ("number", "box", "meant"),
    [
        ("2", (), Pick(2)),
        ("2.0", (), Pick(2)),
        ("6", (), None),
        ("two", (), None),
        ("٣", (), None),
        ("", (), None),
        ("0", ("100", "200", "700", "900"), Pick(0, (0.1, 0.2, 0.7, 0.9))),
        ("0", ("-50", "200", "1700", "900"), Pick(0, (0.0, 0.2, 1.0, 0.9))),
        ("0", ("nan", "0", "500", "500"), None),
        ("0", ("0", "0", "500", "500", "7"), None),
    ],
)
def test_a_verdict_is_read_strictly(number: str, box: tuple[str, ...], meant: Pick | None) -> None:
    assert picked(Verdict(number=number, box=box, certainty="sure"), 5) == meant
    assert picked(Verdict(number=number, box=box, certainty="unsure"), 5) is None


def test_a_gradient_goes_from_one_colour_to_the_other() -> None:
    pixels = gradient("9fe2cf", "ffffff").pixels
    assert pixels[0, 0].tolist() == [0x9F, 0xE2, 0xCF]
    assert pixels[-1, -1].tolist() == [255, 255, 255]
    assert (np.diff(pixels[:, 0].astype(int), axis=0) >= 0).all()


def test_nothing_of_the_product_is_left_in_its_blurred_background() -> None:
    """The ground is green and white by halves, the product red: no red flows into either."""
    pixels = np.full((400, 600, 3), (40, 160, 60), np.uint8)
    pixels[:, 300:] = 240
    alpha = np.zeros((400, 600), np.float32)
    alpha[100:300, 150:450] = 1
    pixels[alpha > 0] = (220, 0, 0)
    foreground = np.where(alpha[:, :, None] > 0, pixels, np.uint8(255))
    cut = CutOut(foreground, alpha, 1.0)
    soft = blurred_backdrop(Photo(pixels), cut).pixels.astype(int)
    assert soft.shape == (400, 600, 3)
    assert (soft[:, :, 0] - soft[:, :, 1] < 30).all()
    assert np.abs(soft[20, 20] - (40, 160, 60)).max() < 6
    assert np.abs(soft[20, 580] - 240).max() < 6
    assert soft[20, 250, 0] < soft[20, 300, 0] < soft[20, 350, 0]
    everything = CutOut(pixels, np.ones((400, 600), np.float32), 1.0)
    assert blurred_backdrop(Photo(pixels), everything).pixels.shape == (400, 600, 3)


def test_the_best_is_offered_first_then_whole_things_before_their_parts() -> None:
    sides = (40, 10, 90, 20, 60, 100)
    offers = in_order([Candidate(square(0, 0, side), 0.5) for side in sides])
    assert [int((one > 0).sum()) for one in offers] == [side**2 for side in (40, 90, 60, 20, 10)]
