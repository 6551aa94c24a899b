"""/brand: the kit is shown on the last card or on a sample, changed by taps, kept and forgotten."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw

from bot.keyboards.brand import PAIRS, brand_values
from bot.keyboards.callbacks import BrandPart, OpenBrand, SetBrand
from bot.steps import brand as brand_step
from bot.steps import erase
from bot.texts import Texts
from pipeline.photo.decode import decode
from storage import brands
from tests.stands.bot import Person, Stand
from tests.unit.test_chat_cards import made

if TYPE_CHECKING:
    from storage.brands import BrandRecord
    from tests.stands.server import Message

TEXTS = Texts()
KINDS = ("ru", "en", "uz")


async def opened(stand: Stand, person: Person) -> Message:
    await person.say("/brand")
    await stand.settle()
    return person.last


async def kit(stand: Stand, seller_id: int = 1) -> BrandRecord:
    async with stand.services.database.read() as connection:
        return await brands.of_seller(connection, seller_id)


def logo(mode: str = "RGBA") -> bytes:
    """A red disc, on nothing or on white."""
    image = Image.new(mode, (1600, 1200), (255, 255, 255, 0)[: len(mode)])
    ImageDraw.Draw(image).ellipse((500, 300, 1100, 900), fill=(200, 0, 0, 255)[: len(mode)])
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


async def test_each_part_is_shown_at_once_on_the_sample(stand: Stand) -> None:
    anna = Person(stand, 1)
    shown = await opened(stand, anna)
    assert shown.kind == "photo"
    assert "Цвета: под цвет товара" in shown.text
    seen, count = {shown.file}, len(anna.shown)
    for what in (BrandPart.FONTS, BrandPart.CORNERS, BrandPart.PRICE_TAG):
        await anna.press(shown.data(TEXTS("ru", f"button-brand-{what.key}")), shown.id)
        assert any(label.startswith("✓ ") for label in shown.buttons), "what holds is marked"
        value = brand_values(what)[-1]
        assert await anna.tap(shown, TEXTS("ru", f"brand-{what.key}-{value}")) == "Сохранено"
        await stand.settle()
        assert getattr(await kit(stand), what.value) == value
        assert shown.file not in seen, what
        seen.add(shown.file)
    assert "выберите пару" in (await anna.tap(shown, "Цвета")).lower()
    await anna.tap(shown, "Море и мята")
    await stand.settle()
    assert "Цвета: Море и мята" in shown.text
    assert ((await kit(stand)).primary_colour, (await kit(stand)).secondary_colour) == PAIRS["sea"]
    await anna.tap(shown, "Водяной знак: нет")
    await stand.settle()
    assert "Водяной знак: есть" in shown.text
    assert len(anna.shown) == count, "one message, edited in place"


async def test_colours_in_words(stand: Stand) -> None:
    anna = Person(stand, 1)
    shown = await opened(stand, anna)
    await anna.say("красный и белый")
    assert (await kit(stand)).primary_colour is None, "nobody has asked for colours"
    await anna.tap(shown, "Цвета")
    await anna.say("тёплые")
    await anna.say("#1F4D3A и красный")
    await stand.settle()
    now = await kit(stand)
    assert (now.primary_colour, now.secondary_colour) == ("#1f4d3a", "#d32f2f")
    assert "#1f4d3a + #d32f2f" in shown.text
    await anna.tap(shown, "Цвета")
    await anna.tap(shown, "Цвета товара")
    assert (await kit(stand)).primary_colour is None


async def test_the_last_card_shows_the_kit_and_is_drawn_anew(stand: Stand) -> None:
    anna, card = await made(stand)
    before = card.file
    await anna.tap(card, "Фирменный стиль")
    await stand.settle()
    shown = anna.last
    assert shown.file == before, "the last card, not the sample"
    await anna.tap(shown, "Углы")
    await anna.tap(shown, "Прямые")
    await stand.settle()
    assert shown.file == card.file != before


@pytest.mark.parametrize("mode", ["RGBA", "RGB"])
async def test_a_logo_loses_its_background(stand: Stand, mode: str) -> None:
    anna = Person(stand, 1)
    shown = await opened(stand, anna)
    await anna.tap(shown, "Логотип")
    assert "Пришлите логотип" in anna.last.text
    await anna.photo(logo(mode))
    await stand.settle()
    assert any("фон убран" in one.text for one in anna.shown)
    assert "Логотип: есть" in shown.text
    key = (await kit(stand)).logo_file
    assert key is not None
    with Image.open(io.BytesIO(await stand.services.files.get(key))) as kept:
        assert kept.mode == "RGBA"
        assert max(kept.size) <= 800
        red, *_ = np.asarray(kept)[kept.height // 2, kept.width // 2]
        assert red > 150
    await anna.photo()
    await stand.settle()
    assert (await kit(stand)).logo_file == key, "the next picture is a product again"
    await anna.tap(shown, "Убрать логотип")
    await stand.settle()
    assert "Логотип: нет" in shown.text


async def test_a_logo_of_letters_keeps_every_letter_and_the_holes_in_them(stand: Stand) -> None:
    anna = Person(stand, 1)
    shown = await opened(stand, anna)
    await anna.tap(shown, "Логотип")
    image = Image.new("RGB", (1000, 400), (250, 246, 240))
    pen = ImageDraw.Draw(image)
    rings = [(150 + 250 * number, 200) for number in range(4)]
    for x, y in rings:
        pen.ellipse((x - 90, y - 90, x + 90, y + 90), outline=(20, 60, 120), width=30)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    await anna.photo(buffer.getvalue())
    await stand.settle()
    key = (await kit(stand)).logo_file
    assert key is not None
    with Image.open(io.BytesIO(await stand.services.files.get(key))) as kept:
        alpha = np.asarray(kept)[:, :, 3]
    # Trimmed to its letters: each is as wide as high, and has a hole.
    scale = alpha.shape[0] / 180
    for x, _ in rings:
        column = round((x - 60) * scale)
        ring, hole = alpha[:, column], alpha[alpha.shape[0] // 2, column]
        assert ring.max() == 255
        assert hole == 0


async def test_what_stands_out_nowhere_is_kept_whole_and_no_picture_is_refused(
    stand: Stand,
) -> None:
    anna = Person(stand, 1)
    shown = await opened(stand, anna)
    await anna.tap(shown, "Логотип")
    await anna.photo(b"%PDF-1.4 nothing")
    await stand.settle()
    assert (await kit(stand)).logo_file is None
    plain = io.BytesIO()
    Image.new("RGB", (128, 128), (90, 90, 90)).save(plain, "PNG")
    await anna.photo(plain.getvalue())  # still awaited
    await stand.settle()
    assert any("отделить его от фона не вышло" in one.text for one in anna.shown)
    first = (await kit(stand)).logo_file
    await anna.tap(shown, "Логотип")
    await anna.photo(logo())
    await stand.settle()
    assert (await kit(stand)).logo_file not in {None, first}
    kept = {entry.key for entry in await stand.services.files.entries()}
    assert first not in kept, "the logo before it is gone"


async def test_the_kit_is_the_sellers_own_and_not_a_groups(stand: Stand) -> None:
    anna, eve = Person(stand, 1), Person(stand, 2)
    shown = await opened(stand, anna)
    await eve.press(SetBrand(what=BrandPart.CORNERS, value="square").pack(), shown.id)
    assert (await kit(stand)).corners is None
    assert (await kit(stand, 2)).corners == "square"
    member = Person(stand, 1, group=-100)
    await member.say("/brand@vitrina_local_bot")
    assert "напишите мне лично" in member.last.text
    for data in (OpenBrand(what=BrandPart.LOGO), SetBrand(what=BrandPart.WATERMARK, value="1")):
        assert "напишите мне лично" in await member.press(data.pack(), member.last.id)
    assert not (await kit(stand)).watermark


async def test_forged_values_are_refused(stand: Stand) -> None:
    anna = Person(stand, 1)
    shown = await opened(stand, anna)
    before = await kit(stand)
    for what in BrandPart:
        data = SetBrand(what=what, value="no-such").pack()
        assert "больше не работает" in await anna.press(data, shown.id)
    assert await kit(stand) == before


async def test_exported_and_forgotten_with_the_rest(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erase, "UNTOUCHED_SECONDS", 0)
    monkeypatch.setattr(erase, "ORPHAN_SECONDS", 0)
    anna, _ = await made(stand)
    shown = await opened(stand, anna)
    await anna.tap(shown, "Логотип")
    await anna.photo(logo())
    await anna.say("добавь: капюшон съёмный")
    await stand.settle()
    key = (await kit(stand)).logo_file
    await anna.say("/export")
    await stand.settle()
    archive = zipfile.ZipFile(io.BytesIO(anna.last.file or b""))
    told = json.loads(archive.read("data.json"))
    assert told["brands"][0]["logo_file"] == key
    assert "Капюшон съёмный" in str(told["cards"])
    assert any(name.startswith("brands/") for name in archive.namelist())
    await anna.say("/forget")
    await anna.tap(anna.last, "Да, удалить всё")
    await stand.settle()
    assert (await kit(stand)).logo_file is None
    assert key not in {entry.key for entry in await stand.services.files.entries()}


@pytest.mark.parametrize("language", KINDS)
def test_the_sample_and_every_value_has_words(language: str) -> None:
    content = brand_step.sample_content(language)
    assert content.title
    assert all(len(claim.text) <= 24 for claim in content.claims)
    for what in BrandPart:
        for value in brand_values(what):
            assert len(TEXTS(language, f"brand-{what.key}-{value}")) <= 18, "with a mark it fits"
    for name in PAIRS:
        assert len(TEXTS(language, f"brand-pair-{name}")) <= 18


def test_the_sample_is_cut_out() -> None:
    photo = decode(brand_step.SAMPLE.read_bytes())
    assert photo.alpha is not None
    assert photo.size[1] >= 300
