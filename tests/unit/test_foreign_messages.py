"""In a group nobody has the bot change or delete a message that is not their own panel."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from bot.keyboards.callbacks import AlbumAction, Cancel, ManageAlbum, OpenPage, OpenSettings, Page
from tests.fuzz.taps import DATA, forged
from tests.stands.bot import MOMENT, Person
from tests.stands.server import BOT_NAME

if TYPE_CHECKING:
    from tests.stands.bot import Stand

GROUP = -100500


def touching(stand: Stand, since: int = 0) -> set[tuple[int, int]]:
    return {
        (int(call.chat_id), int(call.message_id))  # type: ignore[attr-defined]  # both kinds have them
        for call in stand.telegram.calls[since:]
        if type(call).__name__.startswith(("EditMessage", "DeleteMessage"))
        and getattr(call, "message_id", None) is not None
    }


async def populate(stand: Stand, number: int) -> Person:
    """Have someone send a photo and an album to the group."""
    person = Person(stand, number, group=GROUP)
    await person.photo(words=f"@{BOT_NAME} белый")
    await person.photo(words=f"@{BOT_NAME}", media_group_id=f"a{number}")
    await person.photo(media_group_id=f"a{number}")
    await person.say(f"/help@{BOT_NAME}")
    await stand.settle()
    return person


@pytest.mark.timeout(300)
async def test_no_forged_tap_touches_another_s_message(stand: Stand) -> None:
    anna = await populate(stand, 1)
    theirs = [shown.id for shown in anna.shown]
    assert len(theirs) >= 3, "a photo's message, an album's, and words"
    boris = await populate(stand, 2)
    hers = {(GROUP, number) for number in theirs}
    before = [(shown.id, shown.text, shown.keyboard) for shown in anna.shown if shown.id in theirs]
    began = len(stand.telegram.calls)
    with capture_logs() as logs:
        for kind in DATA:
            for number, data in enumerate(forged(kind)):
                await boris.press(data, theirs[number % len(theirs)])
            assert not touching(stand, began) & hers, kind
        await stand.settle()
    assert not touching(stand, began) & hers
    after = [(shown.id, shown.text, shown.keyboard) for shown in anna.shown if shown.id in theirs]
    assert before == after
    assert [log for log in logs if log["log_level"] == "error"] == []


FORMS = ("inaccessible", "inline", "person", "stranger")
TAPS = (
    Cancel().pack(),
    OpenSettings().pack(),
    OpenPage(photo=1, page=Page.MORE).pack(),
    ManageAlbum(album=1, what=AlbumAction.PRODUCTS).pack(),
    ManageAlbum(album=1, what=AlbumAction.BACK).pack(),
)


async def test_nor_any_other_kind_of_message(stand: Stand) -> None:
    anna = await populate(stand, 1)
    edits = len(touching(stand))
    message = {"message_id": 55, "date": MOMENT, "chat": anna.chat, "text": "x"}
    for data, form in itertools.product(TAPS, FORMS):
        user = anna.user if form == "person" else {**anna.user, "id": 2}
        more: dict[str, Any] = {"message": message}
        if form == "inaccessible":
            more = {"message": {"message_id": 55, "date": 0, "chat": anna.chat}}
        elif form == "inline":
            more = {"inline_message_id": "abc"}
        tap = stand.telegram.chats.new_tap()
        query = {"id": tap, "from": user, "chat_instance": "1", "data": data, **more}
        await stand.feed(callback_query=query)
        assert tap in stand.telegram.toasts
    await stand.settle()
    assert len(touching(stand)) == edits


async def test_the_panel_s_own_buttons_work_in_a_group(stand: Stand) -> None:
    anna = Person(stand, 1, group=GROUP)
    await anna.photo(words=f"@{BOT_NAME} белый")
    await stand.settle()
    panel = anna.last
    await anna.press(OpenPage(photo=1, page=Page.MORE).pack(), panel.id)
    assert "page|1|format" in panel.buttons.values()


async def test_old_buttons_of_a_private_chat_still_work(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.photo(words="белый")
    await stand.settle()
    await anna.say("/settings")
    old = anna.last
    await anna.press(OpenPage(photo=1, page=Page.MORE).pack(), old.id)
    assert "page|1|format" in old.buttons.values()


async def test_settings_in_a_group_name_the_private_chat(stand: Stand) -> None:
    anna = Person(stand, 1, group=GROUP)
    assert f"@{BOT_NAME}" in await anna.press(OpenSettings().pack(), 5)
    assert anna.shown == []


@pytest.mark.timeout(300)
async def test_any_number_in_a_private_chat_is_answered(stand: Stand) -> None:
    anna = Person(stand, 1)
    with capture_logs() as logs:
        for kind in DATA:
            for data in forged(kind):
                await anna.press(data, 5)
        await stand.settle()
    assert [log for log in logs if log["log_level"] == "error"] == []


@pytest.mark.parametrize("number", [2**63, 10**30, -(2**63) - 1])
async def test_a_number_that_no_row_has_is_a_photo_that_is_gone(stand: Stand, number: int) -> None:
    anna = Person(stand, 1)
    for data in (f"place|{number}|preset:white", f"caption|{number}", f"all|{number}|preset:white"):
        assert "больше нет" in await anna.press(data, 5)
