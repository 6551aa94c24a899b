from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.drawings.page import draw_page
from pipeline.errors import NothingFoundError
from pipeline.evaluation.comparison import column, entries, picture
from pipeline.foreground.strategies import GrabCut
from pipeline.sam import Embedding
from pipeline.values import Photo

if TYPE_CHECKING:
    from pipeline.foreground import Choice
    from pipeline.sam import Sam
    from pipeline.values import Pixels


class Nobody:
    """A way that finds nothing."""

    name = "nobody <b>"

    def __call__(
        self, sam: Sam, pixels: Pixels, embedding: Embedding, *, search: bool = False
    ) -> Choice:
        del sam, pixels, embedding, search
        raise NothingFoundError("nothing")


class Encoder:
    """A SAM that can only encode, and counts."""

    name = "encoder"
    encoded = 0

    def encode(self, pixels: Pixels) -> Embedding:
        self.encoded += 1
        return Embedding(np.zeros((256, 64, 64), np.float32), pixels.shape[1], pixels.shape[0])


def _photo() -> Photo:
    draw = np.random.default_rng(0)
    pixels = draw.integers(200, 215, (200, 260, 3), np.uint8)
    pixels[60:140, 80:180] = draw.integers(20, 40, (80, 100, 3), np.uint8)
    return Photo(pixels)


def test_ways_are_drawn_side_by_side() -> None:
    sam, photos = Encoder(), [_photo(), _photo()]
    columns = [column(sam, way, photos) for way in (GrabCut, Nobody)]  # type: ignore[arg-type]  # it only encodes
    assert sam.encoded == 2  # GrabCut needs no embedding
    assert [len(each.pictures) for each in columns] == [2, 2]
    assert (columns[1].pictures[0] == columns[1].pictures[0][0, 0]).all()
    assert columns[0].seconds > 0
    sheet = picture(photos, columns)
    assert sheet.shape[0] > 600
    assert sheet.shape[1] > 1000
    told = draw_page(entries(["a.jpg", "b & c.jpg"], photos, columns))
    assert told.count("<img") == 6
    assert "b &amp; c.jpg" in told
    assert "nobody &lt;b&gt;" in told
