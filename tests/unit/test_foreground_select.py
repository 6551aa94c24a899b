from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from pipeline.errors import NothingFoundError, WeightsError
from pipeline.evaluation.measure import boundary_iou, summary
from pipeline.foreground import ASK_BELOW, Choice, Head, choose, select
from pipeline.foreground.describe import Description
from pipeline.foreground.proposals import propose
from pipeline.foreground.rank import FEATURES
from pipeline.masks import iou
from pipeline.sam import LOW_RES, Embedding, MaskLogits
from pipeline.sam.mask_generator import stability_score
from pipeline.sam.onnx import OnnxSam

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.sam import Prompt
    from pipeline.values import Pixels


@pytest.fixture(scope="module")
def weights(request: pytest.FixtureRequest) -> Path:
    return request.config.rootpath / "weights"


@pytest.fixture(scope="module")
def head(weights: Path) -> Head:
    return Head(weights / "foreground-head.onnx")


@pytest.fixture(scope="module")
def sam(weights: Path) -> OnnxSam:
    return OnnxSam(
        weights / "mobile-sam-encoder.onnx", weights / "mobile-sam-decoder.onnx", name="mobile-sam"
    )


def _picture(path: Path) -> Pixels:
    with Image.open(path) as picture:
        return np.array(ImageOps.exif_transpose(picture).convert("RGB"))


def _plain(width: int, height: int) -> Embedding:
    return Embedding(np.zeros((256, 64, 64), np.float32), width, height)


def _rectangle(left: int, top: int, right: int, bottom: int) -> NDArray[np.float32]:
    logits = np.full((LOW_RES, LOW_RES), -6, np.float32)
    logits[top:bottom, left:right] = 6
    return logits


class Echo:
    """A decoder that answers a box with the box, and a point with a square around it."""

    name = "echo"
    device = "cpu"

    def __init__(self, reach: float = 20) -> None:
        self.asked: list[Prompt] = []
        self._reach = reach

    def encode(self, pixels: Pixels) -> Embedding:
        return _plain(pixels.shape[1], pixels.shape[0])

    def encode_all(self, pictures: Sequence[Pixels]) -> list[Embedding]:
        return [self.encode(pixels) for pixels in pictures]

    def decode(self, embedding: Embedding, prompts: Sequence[Prompt]) -> MaskLogits:
        self.asked += prompts
        unit = LOW_RES / max(embedding.width, embedding.height)
        logits = np.full((len(prompts), 4, LOW_RES, LOW_RES), -6, np.float32)
        for index, prompt in enumerate(prompts):
            if prompt.box is not None:
                left, top, right, bottom = (round(side * unit) for side in prompt.box)
            else:
                x, y, _ = prompt.points[0]
                left, right = round(x * unit - self._reach), round(x * unit + self._reach)
                top, bottom = round(y * unit - self._reach), round(y * unit + self._reach)
            logits[index, :, max(0, top) : bottom, max(0, left) : right] = 6
        return MaskLogits(logits, np.full((len(prompts), 4), 0.9, np.float32))


@pytest.mark.parametrize(
    ("stem", "least"),
    [("clothing/5a8598c8-3756-4bb7-8e22-4bdefe86c18d", 0.85), ("objects/can_02", 0.8)],
)
def test_the_product_of_a_real_photo_is_found(
    photos: Path, sam: OnnxSam, head: Head, stem: str, least: float
) -> None:
    embedding = sam.encode(_picture(photos / f"{stem}.jpg"))
    choice = choose(sam, embedding, head(embedding))
    with Image.open(photos.parent / "masks" / f"{stem.rpartition('/')[2]}.png") as picture:
        rows, columns = embedding.valid(LOW_RES)
        truth = np.array(picture.resize((columns, rows))) > 127
    assert iou(choice.candidates[0].logits[:rows, :columns] > 0, truth) > least
    _well_formed(choice)


@pytest.mark.parametrize("sample", ["brown-boots", "green-t-shirt", "padded-vest", "yellow-cap"])
def test_a_sample_gives_distinct_alternatives_and_no_scraps(
    samples: Path, sam: OnnxSam, head: Head, sample: str
) -> None:
    embedding = sam.encode(_picture(samples / f"{sample}.jpg"))
    choice = choose(sam, embedding, head(embedding), search=True)
    _well_formed(choice)
    seen = np.s_[slice(embedding.valid(LOW_RES)[0]), slice(embedding.valid(LOW_RES)[1])]
    offered = [stability_score(one.logits[seen], 1) for one in choice.candidates]
    assert min(offered) > select.MIN_STABLE, "torn: one logit more or less, another outline"
    assert len(choice.candidates) > 1 or sample != "brown-boots", "a pair, or one of them"


def _well_formed(choice: Choice) -> None:
    assert 1 <= len(choice.candidates) <= 5
    assert 0 <= choice.confidence <= 1
    for index, candidate in enumerate(choice.candidates):
        assert candidate.logits.shape == (LOW_RES, LOW_RES)
        assert candidate.logits.dtype == np.float32
        assert (candidate.logits > 0).any()
        for other in choice.candidates[:index]:
            assert iou(candidate.logits > 0, other.logits > 0) < 0.8


def test_an_empty_map_says_that_nothing_was_found() -> None:
    nowhere = np.full((LOW_RES, LOW_RES), -9, np.float32)
    with pytest.raises(NothingFoundError):
        choose(Echo(), _plain(640, 480), nowhere)


def test_what_the_map_says_outside_the_picture_is_ignored() -> None:
    padding = _rectangle(0, 220, 256, 256)
    with pytest.raises(NothingFoundError):
        choose(Echo(), _plain(640, 480), padding)


def test_sams_outline_of_the_map_comes_first() -> None:
    logits = _rectangle(60, 40, 160, 140)
    choice = choose(Echo(), _plain(640, 480), logits.copy())
    assert iou(choice.candidates[0].logits > 0, logits > 0) > 0.95


def test_two_products_apart_are_cut_one_by_one_and_joined() -> None:
    two = np.maximum(_rectangle(20, 40, 80, 140), _rectangle(160, 40, 230, 140))
    answers = [answer > 0 for answer, _ in propose(Echo(), _plain(640, 480), two)]
    joined = [answer for answer in answers if iou(answer, two > 0) > 0.95]
    assert len(joined) == 1, "all others are one box over both, or squares"
    assert not joined[0][90, 120]


def test_more_is_asked_in_doubt_or_to_search_and_never_else(
    samples: Path, sam: OnnxSam, head: Head, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    class Counted(Echo):
        def decode(self, embedding: Embedding, prompts: Sequence[Prompt]) -> MaskLogits:
            asked.append(len(prompts))
            return sam.decode(embedding, prompts)

    embedding = sam.encode(_picture(samples / "green-t-shirt.jpg"))
    seen = head(embedding)
    sure = choose(Counted(), embedding, seen)
    assert sure.confidence >= ASK_BELOW
    assert len(asked) == 1, "all prompts in one run of the decoder"
    assert asked[0] <= 13
    choose(Counted(), embedding, seen, search=True)
    assert len(asked) == 3
    monkeypatch.setattr(select, "ASK_BELOW", sure.confidence + 0.01)
    choose(Counted(), embedding, seen)
    assert len(asked) == 5


def test_the_map_stays_where_sam_speaks_of_something_else() -> None:
    ring = _rectangle(30, 30, 200, 180)
    ring[40:170, 45:185] = -6
    choice = choose(Echo(reach=3), _plain(640, 480), ring.copy())
    assert iou(choice.candidates[0].logits > 0, ring > 0) > 0.95


@pytest.mark.parametrize(
    ("agreement", "expected", "first"),
    [
        ([0.989, 0.987, 0.9, 1], [0.90, 0.91, 0.92, 0.9], 1),  # even: the likelier
        ([0.989, 0.970, 0.9, 1], [0.90, 0.91, 0.92, 0.9], 0),  # not even
        ([0.989, 0.987, 0.9, 1], [0.90, 0.91, 0.97, 0.9], 2),  # better by far
        ([0.400, 0.300, 0.2, 1], [0.90, 0.91, 0.97, 0.9], 3),  # the map itself
    ],
)
def test_what_agrees_with_the_map_leads_unless_another_is_likelier_by_far(
    agreement: list[float], expected: list[float], first: int
) -> None:
    plain = np.zeros((4, 12), np.float32)
    plain[:, FEATURES.index("agreement")] = agreement
    described = Description(plain, np.zeros((4, 2, 256), np.float32))
    assert select.leading(described, np.array(expected, np.float32)) == first


def test_of_a_map_in_half_tones_the_sure_part_is_the_product() -> None:
    screen = _rectangle(20, 20, 230, 180)
    half = np.where(screen > 0, np.float32(0.4), screen)
    product = _rectangle(90, 60, 150, 140)
    found = choose(Echo(), _plain(1024, 1024), np.maximum(half, product))
    assert iou(found.candidates[0].logits > 0, product > 0) > 0.9


def test_in_doubt_the_surer_part_of_the_map_is_offered_next() -> None:
    both = np.maximum(_rectangle(30, 30, 200, 200) / 4, _rectangle(60, 60, 140, 140))
    found = choose(Echo(), _plain(1024, 1024), both, search=True)
    first, second, *_ = (candidate.logits > 0 for candidate in found.candidates)
    assert iou(first, both > 0) > 0.9
    assert iou(second, both > 4) > 0.9


class Chequered(Echo):
    """A decoder that punches holes into its answers to points, as SAM does in doubt."""

    def decode(self, embedding: Embedding, prompts: Sequence[Prompt]) -> MaskLogits:
        found = super().decode(embedding, prompts)
        for logits, prompt in zip(found.logits, prompts, strict=True):
            if prompt.box is None:
                logits[:, ::4, ::4] = -3
        return found


def test_what_is_offered_beside_the_first_answer_has_no_chequers() -> None:
    product = _rectangle(90, 90, 160, 160)
    found = choose(Chequered(), _plain(1024, 1024), product, search=True)
    assert len(found.candidates) > 1
    for candidate in found.candidates[1:]:
        pieces, _ = cv2.connectedComponents((candidate.logits <= 0).astype(np.uint8))
        assert pieces == 2, "all that is out is in one piece"


def test_prompts_lie_in_the_original_pictures_pixels() -> None:
    sam = Echo()
    choose(sam, _plain(1280, 960), _rectangle(60, 40, 160, 140))
    boxes = [prompt.box for prompt in sam.asked if prompt.box is not None]
    assert boxes[0] == (300.0, 200.0, 800.0, 700.0)
    for prompt in sam.asked:
        for x, y, _ in prompt.points:
            assert 0 <= x < 1280
            assert 0 <= y < 960


def test_the_head_is_small_and_refuses_other_networks(weights: Path, tmp_path: Path) -> None:
    assert (weights / "foreground-head.onnx").stat().st_size < 5_000_000
    with pytest.raises(WeightsError, match="cannot read"):
        Head(tmp_path / "missing.onnx")
    (tmp_path / "broken.onnx").write_bytes(b"no network")
    with pytest.raises(WeightsError, match="cannot read"):
        Head(tmp_path / "broken.onnx")
    with pytest.raises(WeightsError, match="no foreground head"):
        Head(weights / "mobile-sam-decoder.onnx")


def test_measures_on_masks_whose_values_are_known() -> None:
    a, b = np.zeros((40, 40), np.bool_), np.zeros((40, 40), np.bool_)
    a[10:30, 10:30], b[10:30, 15:35] = True, True
    assert iou(a, b) == pytest.approx(15 / 25)
    assert iou(a & False, b & False) == 1
    assert boundary_iou(a, a) == 1
    assert boundary_iou(a, b) < iou(a, b)


def test_the_interval_widens_when_photos_share_an_object() -> None:
    ious = [0.95, 0.94, 0.96, 0.2, 0.25, 0.3, 0.9, 0.92, 0.91]
    alone = summary(ious, [str(index) for index in range(9)])
    shared = summary(ious, ["a"] * 3 + ["b"] * 3 + ["c"] * 3)
    assert alone.iou == shared.iou == pytest.approx(np.mean(ious))
    assert shared.high - shared.low > alone.high - alone.low
    assert alone.good == pytest.approx(5 / 9)
