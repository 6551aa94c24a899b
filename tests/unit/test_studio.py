"""What the studio keeps, and the pictures that explain a choice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.drawings.segments import COLOURS, draw_segments
from pipeline.drawings.sheet import GAP, ROW_HEIGHT, chequered, draw_sheet
from pipeline.foreground import Candidate, Choice
from pipeline.selection import Selection
from pipeline.values import CutOut, Photo
from vitrina.commands.result_folders import name_targets


def disc(centre: tuple[int, int], radius: int) -> Candidate:
    rows, columns = np.indices((256, 256))
    distance = np.hypot(rows - centre[1], columns - centre[0])
    return Candidate((radius - distance).astype(np.float32), 0.9)


def test_a_mask_survives_the_file_store() -> None:
    mask = Selection.of(Choice((disc((100, 80), 40),), confidence=0.83, flat_lay=True))
    again = Selection.from_bytes(mask.to_bytes())
    assert again.confidence == pytest.approx(0.83)
    assert again.flat_lay
    np.testing.assert_allclose(again.logits, mask.logits, atol=0.1)
    assert np.array_equal(again.logits > 0, mask.logits > 0)
    assert len(mask.to_bytes()) < 150_000


def test_a_photo_that_is_cut_out_already_has_an_empty_mask() -> None:
    again = Selection.from_bytes(Selection.of(Choice((), confidence=1.0)).to_bytes())
    assert again.logits.size == 0


def test_segments_are_tinted_numbered_and_the_chosen_one_outlined() -> None:
    photo = Photo(np.full((300, 400, 3), 128, np.uint8))
    drawing = draw_segments(photo, Choice((disc((70, 90), 40), disc((190, 90), 30)), 0.9))
    assert drawing.shape == (300, 400, 3)
    assert (drawing[290, 200] == 128).all(), "what no segment holds is untouched"
    first = drawing[140, 75].astype(int)
    expected = 128 * 0.55 + np.array(COLOURS[0]) * 0.45
    assert np.abs(first - expected).max() < 3
    assert ((drawing == 255).all(axis=2)).sum() > 100
    assert (photo.pixels == 128).all(), "the photo itself is untouched"


def test_a_sheet_is_laid_out_in_columns() -> None:
    wide, tall = np.zeros((100, 200, 3), np.uint8), np.zeros((200, 100, 3), np.uint8)
    sheet = draw_sheet([[wide, tall], [tall, tall]])
    assert sheet.shape == (2 * ROW_HEIGHT + 3 * GAP, 2 * ROW_HEIGHT + ROW_HEIGHT // 2 + 3 * GAP, 3)
    assert (sheet[ROW_HEIGHT + GAP + 1, :] == 255).all()


def test_transparency_shows_as_chequerboard() -> None:
    alpha = np.zeros((60, 80), np.float32)
    alpha[:, :40] = 1
    picture = chequered(CutOut(np.full((60, 80, 3), 10, np.uint8), alpha))
    assert (picture[:, :40] == 10).all()
    assert set(np.unique(picture[:, 40:])) == {205, 236}


def test_results_whose_stems_collide_keep_their_whole_names() -> None:
    sources = [Path("in/a.jpg"), Path("in/a.png"), Path("in/b.jpg")]
    targets = name_targets(sources, Path("out"))
    assert [target.name for target in targets.values()] == ["a.jpg", "a.png", "b"]


@pytest.mark.parametrize(
    "names",
    [
        ("a.jpg", "a.png", "a.jpg.png"),
        ("a.jpg", "a.jpg.png"),
        ("A.jpg", "a.png"),
        ("a.jpg", "a.jpg.png", "a.jpg.png.webp"),
        ("a.jpeg", "a.jpg", "b.jpg.jpg", "b.jpg"),
        ("\udc8a\udca5\udcaf\udca0.jpg", "Кепа.png", "Кепа.jpg"),
    ],
)
def test_no_two_files_share_a_folder(names: tuple[str, ...]) -> None:
    targets = name_targets([Path("in", name) for name in names], Path("out"))
    folders = [str(target).casefold() for target in targets.values()]
    assert len(set(folders)) == len(names)
    assert all(folder.encode() for folder in folders)
