"""Which thing is the product: alternatives by number, parts put in and taken out."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from bot.keyboards.callbacks import TogglePart
from pipeline.errors import NothingFoundError
from pipeline.foreground import Candidate, Choice
from pipeline.sam.mask_generator import Segment
from pipeline.studio import Studio
from tests.stands.bot import Person, Stand
from tests.stands.files import file_of, shirt
from tests.unit.test_chat_photos import corner, photo_of, pixels, result

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.values import Photo
    from tests.stands.server import Message


def square(left: int, top: int, side: int) -> NDArray[np.float32]:
    """Logits of a square in units of the 256 of SAM's padded square."""
    logits = np.full((256, 256), -6, np.float32)
    logits[top : top + side, left : left + side] = 6
    return logits


@pytest.fixture
def unsure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the choice of the product doubtful: three squares."""
    found = Choice(
        tuple(Candidate(square(at, at, 60), 0.5) for at in (40, 100, 160)),
        confidence=0.2,
    )

    async def choose(
        studio: Studio, photo: Photo, *, urgent: bool = False, insist: bool = False
    ) -> Choice:
        del studio, photo, urgent, insist
        return found

    monkeypatch.setattr(Studio, "choose", choose)


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have SAM see two parts: the product, and one beside it."""

    async def segments(studio: Studio, photo: Photo) -> tuple[Segment, ...]:
        del studio, photo
        return tuple(
            Segment(square(*where), (0, 0, 1, 1), 1, 1.0, 1.0, (0.0, 0.0))
            for where in ((64, 64, 128), (10, 190, 50))
        )

    monkeypatch.setattr(Studio, "segments", segments)


async def opaque(stand: Stand, person: Person) -> NDArray[np.bool_]:
    """Where the photo's cut-out is, by its transparent PNG."""
    photo = await photo_of(stand, person)
    await person.press(f"get|{photo.id}|png")
    await stand.settle()
    file = person.last.file
    assert file is not None
    return np.asarray(Image.open(io.BytesIO(file)))[:, :, 3] > 127


@pytest.mark.usefixtures("unsure")
async def test_an_unsure_choice_is_asked_and_a_number_answers(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.photo()
    await stand.settle()
    (asked,) = anna.shown
    assert "Под каким номером" in asked.text
    assert list(asked.buttons)[:3] == ["1 — всё верно", "2", "3"]
    assert not stand.scribe.requests, "nothing is described before it is known"
    await anna.tap(asked, "3")
    await stand.settle()
    assert "На какой фон" in asked.text
    await anna.tap(asked, "Белый")
    await stand.settle()
    assert corner(asked) == [255, 255, 255]
    assert asked.text.startswith("Caption 1")
    assert len([shown for shown in anna.shown if shown.keyboard]) == 1
    inside = await opaque(stand, anna)
    assert inside[95, 95]
    assert not inside[35, 35]


@pytest.mark.usefixtures("unsure")
async def test_a_background_chosen_before_is_kept_through_the_question(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.photo(words="белый")
    await stand.settle()
    assert "Под каким номером" in anna.last.text
    await anna.tap(anna.last, "2")
    await stand.settle()
    assert corner(anna.picture) == [255, 255, 255]


@pytest.mark.usefixtures("unsure")
async def test_automatic_mode_goes_ahead_and_not_this_opens_the_same(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.say("/background")
    await anna.tap(anna.last, "Белый")
    await anna.photo()
    await stand.settle()
    shown = anna.last
    assert corner(shown) == [255, 255, 255]
    before = pixels(shown)
    await anna.tap(shown, "Вырезано не то")
    await stand.settle()
    assert "Под каким номером" in shown.text
    await anna.tap(shown, "Назад")
    await stand.settle()
    assert (pixels(shown) == before).all()
    await anna.tap(shown, "Вырезано не то")
    await stand.settle()
    await anna.tap(shown, "2")
    await stand.settle()
    assert (pixels(shown) != before).any()
    assert len(stand.scribe.requests) == 2, "another product has another caption"


@pytest.mark.usefixtures("parts")
async def test_parts_are_put_in_and_taken_out_undone_and_used(stand: Stand) -> None:
    anna = Person(stand, 1)
    shown = await result(stand, anna)
    before = await opaque(stand, anna)
    await anna.tap(shown, "Ещё")
    await anna.tap(shown, "Поправить контур")
    await stand.settle()
    assert "Сейчас выбрано: 1." in shown.text
    assert {"✓ 1", "2"} <= set(shown.buttons)
    steps = []
    for label, expected in (("2", "1, 2"), ("1", "2"), ("Шаг назад", "1, 2")):
        await anna.tap(shown, label)
        await stand.settle()
        assert f"Сейчас выбрано: {expected}." in shown.text
        steps.append(pixels(shown).copy())
    assert (steps[0] != steps[1]).any()
    assert (steps[0] == steps[2]).all()
    await anna.tap(shown, "Готово")
    await stand.settle()
    assert corner(shown) == [255, 255, 255]
    after = await opaque(stand, anna)
    assert after[110, 15]
    assert not before[110, 15]
    assert (after & before).sum() > 0.9 * before.sum()
    assert len(stand.scribe.requests) == 1, "the product is the same"


@pytest.mark.usefixtures("parts")
async def test_reset_forgets_the_taps(stand: Stand) -> None:
    anna = Person(stand, 1)
    shown = await result(stand, anna)
    before = await opaque(stand, anna)
    await anna.press(f"see|{(await photo_of(stand, anna)).id}|parts", shown.id)
    await stand.settle()
    for label in ("1", "2", "Сбросить", "Готово"):
        await anna.tap(shown, label)
        await stand.settle()
    assert (await opaque(stand, anna) == before).all()


@pytest.mark.usefixtures("parts")
async def test_nothing_left_keeps_the_cut_out_as_it_was(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = Person(stand, 1)
    shown = await result(stand, anna)
    before = await opaque(stand, anna)

    async def no_segments(studio: Studio, photo: Photo) -> tuple[Segment, ...]:
        del studio, photo
        return (Segment(square(20, 20, 216), (0, 0, 1, 1), 1, 1.0, 1.0, (0.0, 0.0)),)

    monkeypatch.setattr(Studio, "segments", no_segments)
    photo = await photo_of(stand, anna)
    await anna.press(f"see|{photo.id}|parts", shown.id)
    await stand.settle()
    for _ in range(2):
        await anna.press(TogglePart(photo=photo.id, number=1).pack(), shown.id)
    await anna.tap(shown, "Готово")
    await stand.settle()
    assert "Вырезано не то" in shown.buttons
    assert before.any()


async def test_numbers_that_no_button_carries_change_nothing(stand: Stand) -> None:
    anna = Person(stand, 1)
    shown = await result(stand, anna)
    photo = await photo_of(stand, anna)
    for number in (9, -1):
        await anna.press(f"pick|{photo.id}|{number}", shown.id)
        await stand.settle()
    assert (await photo_of(stand, anna)).mask_file == photo.mask_file
    assert corner(shown) == [255, 255, 255]


def transparent() -> bytes:
    """A shirt whose file says where it ends, and hides a blue thing beside it."""
    rgba = Image.new("RGBA", (128, 128), (200, 40, 40, 255))
    rgba.putalpha(shirt(128, 128))
    return file_of(rgba, "PNG")


async def test_what_came_cut_out_is_cut_out_anyway_where_the_seller_says_so(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.photo(transparent())
    await stand.settle()
    assert "Всё равно вырезать" in anna.last.buttons
    await anna.tap(anna.last, "Белый")
    await stand.settle()
    assert np.array_equal(await opaque(stand, anna), np.asarray(shirt(128, 128)) > 127)
    shown = await panel(stand, anna)
    assert "Вырезано не то" not in shown.buttons

    await anna.tap(shown, "Всё равно вырезать")
    await stand.settle()
    shown = await panel(stand, anna)
    photo = await photo_of(stand, anna)
    assert photo.candidates_file is not None
    assert not photo.is_transparent
    assert "Всё равно вырезать" not in shown.buttons
    assert not np.array_equal(await opaque(stand, anna), np.asarray(shirt(128, 128)) > 127)


async def panel(stand: Stand, person: Person) -> Message:
    photo = await photo_of(stand, person)
    return next(one for one in person.shown if one.id == photo.panel_id)


async def test_nothing_found_leaves_the_transparency(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = Person(stand, 1)
    await anna.photo(transparent())
    await stand.settle()

    async def choose(
        studio: Studio, photo: Photo, *, urgent: bool = False, insist: bool = False
    ) -> Choice:
        del studio, photo, urgent, insist
        raise NothingFoundError("nothing there")

    monkeypatch.setattr(Studio, "choose", choose)
    await anna.tap(anna.last, "Всё равно вырезать")
    await stand.settle()
    assert (await photo_of(stand, anna)).is_transparent
    assert "товар" in anna.last.text
    assert np.array_equal(await opaque(stand, anna), np.asarray(shirt(128, 128)) > 127)
