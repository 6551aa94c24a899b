"""A wish that changes while a picture is being drawn: the newest is what the chat shows."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from bot.render_options import render_key
from pipeline.drawings.previews import Previews
from pipeline.studio import Studio
from storage import photos, sellers
from storage.render_key import View
from tests.stands.bot import Person, Stand
from tests.stands.model import picture
from tests.unit.test_chat_albums import results, send_album
from tests.unit.test_chat_photos import pixels

if TYPE_CHECKING:
    import pytest

    from pipeline.backdrops import Backdrop
    from pipeline.compose import Style
    from pipeline.markets.picture import Breach
    from pipeline.values import CutOut
    from storage.render_key import RenderKey

PATIENCE_SECONDS = 20.0


class Gate:
    """What the one who draws waits at, once."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

    def pass_through(self) -> None:
        if not self.reached.is_set():
            self.reached.set()
            assert self.opened.wait(PATIENCE_SECONDS)

    async def somebody_waits(self) -> None:
        assert await asyncio.to_thread(self.reached.wait, PATIENCE_SECONDS)


def hold_the_first_result(monkeypatch: pytest.MonkeyPatch) -> Gate:
    gate, render = Gate(), Studio.render_checked

    def slowly(
        studio: Studio, cut_out: CutOut, backdrop: Backdrop, style: Style
    ) -> tuple[bytes, tuple[Breach, ...]]:
        drawn = render(studio, cut_out, backdrop, style)
        gate.pass_through()
        return drawn

    monkeypatch.setattr(Studio, "render_checked", slowly)
    return gate


async def prefers_portrait(stand: Stand, person: Person) -> None:
    async with stand.services.database.write() as connection:
        await sellers.update(connection, person.id, format="portrait")


async def shows_what_is_wished(stand: Stand, person: Person) -> RenderKey:
    """Let all jobs end; the photo's message shows what it is to show. Return what that is."""
    await stand.settle()
    async with stand.services.database.read() as connection:
        photo = await photos.latest(connection, person.id, person.id)
        assert photo is not None
        wished = render_key(photo, await sellers.get(connection, person.id))
    assert photo.drawn == wished
    assert photo.shown == wished
    return wished


async def test_a_tap_while_the_thumbnails_are_drawn(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, draw = Gate(), Previews.draw

    def slowly(previews: Previews, cut_out: CutOut, group: str | None = None) -> bytes:
        drawn = draw(previews, cut_out, group)
        gate.pass_through()
        return drawn

    monkeypatch.setattr(Previews, "draw", slowly)
    person = Person(stand, 7)
    await person.photo()
    await gate.somebody_waits()
    await person.tap(person.last, "Белый")
    await asyncio.sleep(0.5)  # time enough to draw the result beside
    gate.opened.set()

    assert (await shows_what_is_wished(stand, person)).backdrop == "preset:white"
    assert "Вырезано не то" in person.last.buttons


async def test_a_preference_set_while_the_result_is_drawn(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = hold_the_first_result(monkeypatch)
    person = Person(stand, 7)
    await person.photo()
    await stand.settle()
    await person.tap(person.last, "Белый")
    await gate.somebody_waits()
    await prefers_portrait(stand, person)
    gate.opened.set()

    assert (await shows_what_is_wished(stand, person)).format == "portrait"
    assert "Вырезано не то" in person.last.buttons


async def test_a_preference_set_while_an_album_is_drawn(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = hold_the_first_result(monkeypatch)
    person = Person(stand, 7)
    await send_album(person, 2)
    await person.tap(person.last, "Белый")
    await gate.somebody_waits()
    await asyncio.sleep(0.5)  # time enough to draw the other photo's as it was
    await prefers_portrait(stand, person)
    gate.opened.set()
    await stand.settle()

    items = [pixels(item) for item in results(person)]
    assert len(items) == 2
    assert all(item.shape[0] > item.shape[1] for item in items)


async def test_a_background_that_was_never_offered_changes_nothing(stand: Stand) -> None:
    person = Person(stand, 7)
    await person.photo(picture(size=200))
    await stand.settle()
    white = person.last.data("Белый")
    for forged in ("preset:pi", "own:1", "own:x", "nonsense"):
        said = await person.press(f"{white.rsplit('|', 1)[0]}|{forged}", person.last.id)
        assert "Этого фона больше нет" in said
    assert (await shows_what_is_wished(stand, person)).view is View.OFFER
