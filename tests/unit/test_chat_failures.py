"""What went wrong has one message; a caption's failure never stands under the picture."""

from __future__ import annotations

import pytest
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import SendMediaGroup

from bot.jobs import IN_THE_PICTURE, show_album, tell_failure
from pipeline.errors import (
    CaptionError,
    CaptionRefusedError,
    CaptionServiceError,
    CaptionsOffError,
)
from storage import photos
from storage.jobs import Job, JobKind
from tests.stands.bot import Person, Stand
from tests.unit.test_chat_albums import send_album, settle

REFUSED = TelegramBadRequest(SendMediaGroup(chat_id=1, media=[]), "Bad Request: is too long")
AGAIN = "Попробовать ещё раз"


async def failing(stand: Stand, *sent: Job) -> None:
    """Have the worker give jobs up, as it does when their attempts are used up."""
    async with stand.services.database.write() as connection:
        for job in sent:
            await stand.services.jobs.submit(connection, job)
    await stand.settle()


async def telling(stand: Stand, photo_id: int, key: str, **details: str) -> None:
    async with stand.services.database.read() as connection:
        photo = await photos.get(connection, photo_id)
    assert photo is not None
    await failing(stand, tell_failure(photo, key, details))


@pytest.mark.parametrize(
    ("error", "words", "again"),
    [
        (CaptionRefusedError("no"), "не получилась", True),
        (CaptionsOffError("off"), "выключены", False),
    ],
)
async def test_no_caption_leaves_the_picture_bare(
    stand: Stand, error: CaptionError, words: str, *, again: bool
) -> None:
    anna = Person(stand, 1)
    stand.scribe.error = error
    await anna.photo(words="белый")
    await stand.settle()
    (picture,) = [shown for shown in anna.shown if shown.file]
    (told,) = [shown for shown in anna.shown if not shown.file]
    assert picture.text == "", "it would be forwarded with the picture"
    assert words in told.text
    assert (AGAIN in told.buttons) is again

    await anna.photo(words="белый")
    await stand.settle()
    said = [shown for shown in anna.shown if words in shown.text]
    assert len(said) == (2 if isinstance(error, CaptionRefusedError) else 1), "once for all photos"


async def test_a_caption_is_tried_again_by_a_tap(stand: Stand) -> None:
    anna = Person(stand, 1)
    stand.scribe.error = CaptionServiceError("down")
    await anna.photo(words="белый")
    await stand.settle()
    told = next(shown for shown in anna.shown if AGAIN in shown.buttons)
    boris = Person(stand, 2)
    assert "больше нет" in await boris.press(told.buttons[AGAIN], told.id)

    await anna.tap(told, AGAIN)
    await stand.settle()
    assert told.deleted
    told = anna.last
    assert AGAIN in told.buttons, "an answer to the tap, at the end of the chat"
    stand.scribe.error = None
    await anna.tap(told, AGAIN)
    await stand.settle()
    assert told.text == "Всё-таки получилось."
    assert not told.buttons
    assert next(shown for shown in anna.shown if shown.file).text.startswith("Caption")


async def test_an_albums_captions_fail_in_one_message(stand: Stand) -> None:
    anna = Person(stand, 1)
    stand.scribe.error = CaptionServiceError("down")
    await send_album(anna, 3, words="белый")
    panel = anna.last if "Подпись к каждому" in anna.last.buttons else anna.shown[-2]
    await anna.press(panel.data("Подпись к каждому"), panel.id)
    await settle(anna)
    told = [shown for shown in anna.shown if AGAIN in shown.buttons]
    assert len(told) == 1
    stand.scribe.error = None
    await anna.tap(told[0], AGAIN)
    await settle(anna)
    assert all(shown.text.startswith("Caption") for shown in anna.shown if shown.kind == "photo")
    assert told[0].text == "Всё-таки получилось."


async def test_an_album_that_telegram_refuses_is_told_once(stand: Stand) -> None:
    anna = Person(stand, 1)
    stand.telegram.faults["SendMediaGroup"] += [REFUSED] * 20
    await send_album(anna, 3, words="белый")
    await failing(stand, show_album(1, 1), show_album(1, 1))
    (told,) = [shown for shown in anna.shown if "пошло не так" in shown.text]
    stand.telegram.faults.clear()
    await failing(stand, show_album(1, 1))
    assert told.text == "Всё-таки получилось."
    assert len([shown for shown in anna.shown if shown.kind == "photo"]) == 3


async def test_a_photo_has_one_message_for_what_went_wrong(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.photo(words="белый")
    await stand.settle()
    before = len(anna.shown)
    for number in range(3):
        await telling(stand, 1, "error-unknown", error_id=f"J{number}")
    assert len(anna.shown) == before + 1
    await telling(stand, 1, "error-busy")
    assert len(anna.shown) == before + 1, "another failure takes its place"
    told = anna.last
    async with stand.services.database.write() as connection:
        await photos.update(connection, 1, wanted_backdrop="preset:blue")
        await stand.services.jobs.submit(connection, render_of(1))
    await stand.settle()
    assert told.text == "Всё-таки получилось."


def render_of(photo_id: int) -> Job:
    return Job(JobKind.RENDER, 1, {"photo": photo_id})


def test_what_is_in_a_picture_is_told_of_that_picture() -> None:
    assert "error-not-a-picture" in IN_THE_PICTURE
    assert "error-photo-unavailable" not in IN_THE_PICTURE
