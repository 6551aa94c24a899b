"""One photo in the chat: the offer, taps in place, pages of buttons, files, words."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from bot.keyboards.callbacks import Delivery, SendFile, SetBackdrop
from pipeline.foreground import presence
from storage import photos
from tests.stands.bot import Person, Stand
from tests.stands.model import picture

if TYPE_CHECKING:
    from storage.photos import PhotoRecord
    from tests.stands.server import Message


def pixels(shown: Message) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    assert shown.file is not None
    return np.asarray(Image.open(io.BytesIO(shown.file)).convert("RGB"))


def corner(shown: Message) -> list[int]:
    return [int(value) for value in pixels(shown)[2, 2]]


async def photo_of(stand: Stand, person: Person) -> PhotoRecord:
    async with stand.services.database.read() as connection:
        photo = await photos.latest(connection, person.id, person.id)
    assert photo is not None
    return photo


async def result(stand: Stand, person: Person, label: str = "Белый") -> Message:
    """Send a photo and have it put on a background."""
    await person.photo()
    await stand.settle()
    await person.tap(person.last, label)
    await stand.settle()
    return person.last


async def test_one_message_is_offer_thumbnails_and_result(stand: Stand) -> None:
    anna = Person(stand, 1)
    sent = await anna.photo()
    await stand.settle()
    (offer,) = anna.shown
    assert offer.reply_to == sent
    assert "На какой фон" in offer.text
    assert "6 Белый" in offer.buttons
    sheet = pixels(offer)
    assert sheet.shape[1] > 1000, "six thumbnails"
    await anna.tap(offer, "Белый")
    await stand.settle()
    (shown,) = anna.shown
    assert shown.id == offer.id
    assert corner(shown) == [255, 255, 255]
    assert shown.text.startswith("Caption 1")
    assert "✓ 6 Белый" in shown.buttons
    await anna.tap(shown, "Голубой")
    await stand.settle()
    red, _, blue = corner(anna.picture)
    assert blue > red + 20
    assert len(anna.shown) == 1


async def test_the_first_second_has_an_answer_before_the_model_has(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.photo()
    assert "SendChatAction" in [type(call).__name__ for call in stand.telegram.calls]


async def test_a_double_tap_renders_once(stand: Stand) -> None:
    anna = Person(stand, 1)
    shown = await result(stand, anna)
    data = shown.data("Зелёный")
    await anna.press(data, shown.id)
    await anna.press(data, shown.id)
    await stand.settle()
    edits = [c for c in stand.telegram.calls if type(c).__name__ == "EditMessageMedia"]
    before = len(edits)
    assert await anna.press(data, shown.id) == "Товар уже на этом фоне"
    await stand.settle()
    edits = [c for c in stand.telegram.calls if type(c).__name__ == "EditMessageMedia"]
    assert len(edits) == before


async def test_a_tap_before_the_cut_out_is_ready_counts(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.photo()
    photo = await photo_of(stand, anna)
    await anna.press(SetBackdrop(photo=photo.id, backdrop="preset:white").pack())
    await stand.settle()
    assert corner(anna.picture) == [255, 255, 255]
    assert len(anna.shown) == 1


async def test_a_tap_on_a_photo_that_is_gone_is_answered(stand: Stand) -> None:
    anna, boris = Person(stand, 1), Person(stand, 2)
    shown = await result(stand, anna)
    assert "больше нет" in await anna.press(SetBackdrop(photo=999, backdrop="preset:blue").pack())
    for data in shown.buttons.values():
        assert "больше нет" in await boris.press(data, shown.id)


async def test_a_deleted_result_comes_again(stand: Stand) -> None:
    anna = Person(stand, 1)
    shown = await result(stand, anna)
    stand.telegram.chats.delete(shown.chat_id, shown.id)
    await anna.press(shown.data("Зелёный"), shown.id)
    await stand.settle()
    assert len(anna.shown) == 1
    assert anna.last.id != shown.id


@pytest.mark.parametrize(
    "words", ["белый", "Белый.", "WHITE", "на белом\nлён, 48", "лён, 48\nwhite"]
)
async def test_a_line_that_names_a_background_picks_it(stand: Stand, words: str) -> None:
    anna = Person(stand, 1)
    await anna.photo(words=words)
    await stand.settle()
    assert corner(anna.picture) == [255, 255, 255]
    facts = "лён, 48" if "лён" in words else ""
    assert stand.scribe.requests[-1].facts == facts


async def test_a_colour_among_facts_stays_a_fact(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.photo(words="белый лён, размер 48")
    await stand.settle()
    assert "На какой фон" in anna.last.text
    assert stand.scribe.requests[-1].facts == "белый лён, размер 48"


async def test_a_forwarded_photo_is_a_photo(stand: Stand) -> None:
    anna = Person(stand, 1)
    origin = {"type": "hidden_user", "sender_user_name": "Поставщик", "date": 1}
    await anna.photo(forward_origin=origin)
    await stand.settle()
    assert "На какой фон" in anna.last.text


async def test_several_photos_in_a_row_have_a_message_each(stand: Stand) -> None:
    anna = Person(stand, 1)
    sent = [await anna.photo() for _ in range(3)]
    await stand.settle()
    assert sorted(shown.reply_to or 0 for shown in anna.shown) == sent


async def test_an_answer_to_a_photo_names_a_background_or_adds_facts(stand: Stand) -> None:
    anna = Person(stand, 1)
    shown = await result(stand, anna)
    reply = {"message_id": shown.id, "date": 1, "chat": anna.chat}
    await anna.say("голубой", reply_to_message=reply)
    await stand.settle()
    red, _, blue = corner(shown)
    assert blue > red + 20
    await anna.say("лён, 48, 1 900 ₽", reply_to_message=reply)
    await stand.settle()
    assert stand.scribe.requests[-1].facts == "лён, 48, 1 900 ₽"
    assert shown.text.startswith("Caption 2")


async def test_caption_of_the_photo_replied_to_with_a_hint(stand: Stand) -> None:
    anna = Person(stand, 1)
    first = await result(stand, anna)
    await result(stand, anna, "Голубой")
    reply = {"message_id": first.id, "date": 1, "chat": anna.chat}
    await anna.say("/caption лён, 48", reply_to_message=reply)
    await stand.settle()
    assert stand.scribe.requests[-1].facts == "лён, 48"
    assert anna.last.reply_to == first.id
    assert anna.last.text == first.text


async def test_format_and_shadow_of_this_photo(stand: Stand) -> None:
    anna = Person(stand, 1)
    shown = await result(stand, anna)
    await anna.tap(shown, "Ещё")
    await anna.tap(shown, "Формат")
    await anna.tap(shown, "Квадрат")
    await stand.settle()
    assert pixels(shown).shape[0] == pixels(shown).shape[1] >= 1000
    assert any(label.startswith("✓ Квадрат") for label in shown.buttons), "the page stays open"
    assert await anna.tap(shown, "✓ Квадрат") == "Так уже и есть"
    with_shadow = pixels(shown).copy()
    await anna.tap(shown, "Назад")
    await anna.tap(shown, "Тень")
    await anna.tap(shown, "Без тени")
    await stand.settle()
    assert (pixels(shown) != with_shadow).any()
    assert await anna.tap(shown, "✓ Без тени") == "Так уже и есть"
    assert len(anna.shown) == 1


async def test_a_market_that_takes_no_colour_says_so_under_the_picture(stand: Stand) -> None:
    anna = Person(stand, 1)
    shown = await result(stand, anna, "Голубой")
    await anna.tap(shown, "Ещё")
    await anna.tap(shown, "Формат")
    await anna.tap(shown, "Amazon")
    await stand.settle()
    said = "Что не подходит по правилам (Amazon):\n• Amazon требует чисто белый"
    assert said in shown.text
    for _ in range(2):
        await anna.tap(shown, "Назад")
    await anna.tap(shown, "Зелёный")
    await stand.settle()
    assert said in shown.text
    await anna.tap(shown, "Белый")
    await stand.settle()
    assert "Amazon" not in shown.text, "gone with the breach"
    assert shown.text.startswith("Caption 1")
    assert corner(shown) == [255, 255, 255]


async def test_files_beside_the_result(stand: Stand) -> None:
    anna = Person(stand, 1)
    shown = await result(stand, anna)
    await anna.tap(shown, "Ещё")
    await anna.tap(shown, "PNG без фона")
    await stand.settle()
    png = anna.last
    assert png.kind == "document"
    assert png.file is not None
    with Image.open(io.BytesIO(png.file)) as image:
        assert (image.format, image.mode) == ("PNG", "RGBA")
        assert image.getpixel((1, 1))[3] == 0  # type: ignore[index]  # RGBA gives tuples
        assert image.getpixel((64, 64))[3] == 255  # type: ignore[index]  # here too
    await anna.tap(shown, "Файлом, без сжатия")
    await stand.settle()
    assert anna.last.kind == "document"
    assert anna.last.id != png.id


async def test_caption_pages_write_as_asked_and_bring_earlier_ones_back(stand: Stand) -> None:
    anna = Person(stand, 1)
    shown = await result(stand, anna)
    for page in ("Ещё", "Подпись", "Тон"):
        await anna.tap(shown, page)
    await anna.tap(shown, "Премиум")
    await stand.settle()
    assert stand.scribe.requests[-1].tone == "premium"
    assert shown.text.startswith("Caption 2")
    assert "✓ Премиум" in shown.buttons, "a caption that comes leaves the page as it is"
    assert await anna.tap(shown, "✓ Премиум") == "Так уже и есть"
    for page in ("Назад", "Прежние подписи"):
        await anna.tap(shown, page)
    assert "✓ 2" in shown.buttons
    await anna.tap(shown, "1")
    await stand.settle()
    assert shown.text.startswith("Caption 1")
    assert "✓ 1" in shown.buttons
    for page in ("Назад", "Назад", "Назад"):
        await anna.tap(shown, page)
    await anna.press(SendFile(photo=(await photo_of(stand, anna)).id, what=Delivery.COPY).pack())
    await stand.settle()
    assert anna.last.text.startswith("Caption 1")
    await anna.tap(shown, "Голубой")
    await stand.settle()
    assert shown.text.startswith("Caption 1"), "the caption that was brought back stays"


async def test_the_default_background_needs_no_tap(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.say("/background")
    await anna.tap(anna.last, "Белый")
    sent = await anna.photo()
    await stand.settle()
    assert corner(anna.picture) == [255, 255, 255]
    assert anna.last.reply_to == sent
    assert len(anna.shown) == 2


async def test_an_update_that_comes_twice_is_one_photo(stand: Stand) -> None:
    anna = Person(stand, 1)
    content = anna.message(photo=[{"file_id": "f", "file_unique_id": "f", "width": 9, "height": 9}])
    stand.telegram.hold("f", picture())
    for _ in range(2):
        await stand.feed(77, message=content)
    await stand.settle()
    assert len(anna.shown) == 1


async def test_a_picture_that_is_none_takes_its_message_away(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.photo(b"no picture at all")
    await stand.settle()
    (told,) = anna.shown
    assert "не картинка" in told.text


async def test_an_empty_photo_is_told_what_would_help_and_sent_again_is_cut_out(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "MIN_EVIDENCE", 7.0)  # the stand-in's map is as sure as 6
    anna = Person(stand, 1)
    dark = picture((26, 26, 34))
    await anna.photo(dark)
    await stand.settle()
    assert "слишком тёмное" in anna.last.text
    assert "ещё раз" in anna.last.text
    assert anna.last.file is None

    await anna.photo(dark)
    await stand.settle()
    assert anna.last.file is not None, "who sends it again means it"
