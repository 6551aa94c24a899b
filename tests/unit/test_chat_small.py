"""A photo below what its format asks for: said by a button that enlarges it, softly."""

from __future__ import annotations

from tests.stands.bot import Person, Stand
from tests.stands.model import picture
from tests.unit.test_chat_albums import send_album
from tests.unit.test_chat_photos import corner, pixels


async def test_a_small_photo_is_enlarged_at_a_tap(stand: Stand) -> None:
    anna, boris = Person(stand, 1), Person(stand, 2)
    await anna.photo(picture(size=80), words="белый")
    await stand.settle()
    shown = anna.last
    assert min(pixels(shown).shape[:2]) <= 160
    label = next(label for label in shown.buttons if "увеличить" in label)
    assert label == "80×80: увеличить"
    assert "больше нет" in await boris.press(shown.buttons[label], shown.id)
    assert "Резче" in await anna.tap(shown, label)
    await stand.settle()
    assert min(pixels(shown).shape[:2]) >= 500
    assert corner(shown) == [255, 255, 255]
    assert not any("увеличить" in label for label in shown.buttons)


async def test_a_large_photo_has_no_such_button(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.photo(picture(size=640), words="белый")
    await stand.settle()
    assert not any("увеличить" in label for label in anna.last.buttons)


async def test_an_album_names_its_small_photos(stand: Stand) -> None:
    anna = Person(stand, 1)
    await send_album(anna, 2, words="белый")
    assert any("Маленькие фото: 1, 2." in shown.text for shown in anna.shown)
