"""What Telegram refuses for good is tried once, and the seller is told once, where that can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramServerError,
)
from aiogram.methods import SendPhoto

from bot.telegram.refusals import Refusal, refusal
from storage import tables
from storage.jobs import JobKind
from tests.stands.bot import Person
from tests.stands.server import BOT_NAME

if TYPE_CHECKING:
    from tests.stands.bot import Stand

GROUP = -1007
METHOD = SendPhoto(chat_id=GROUP, photo="x")
PHOTOS = "Bad Request: not enough rights to send photos to the chat"
WORDS = "Bad Request: not enough rights to send text messages to the chat"
PICTURES = ("SendPhoto", "SendMediaGroup", "EditMessageMedia")


def bad(text: str) -> TelegramBadRequest:
    return TelegramBadRequest(METHOD, text)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (bad(PHOTOS), Refusal.CLOSED),
        (bad("Bad Request: have no rights to send a message"), Refusal.CLOSED),
        (bad("Bad Request: CHAT_SEND_DOCS_FORBIDDEN"), Refusal.CLOSED),
        (bad("Bad Request: TOPIC_CLOSED"), Refusal.CLOSED),
        (TelegramForbiddenError(METHOD, "Forbidden: CHAT_WRITE_FORBIDDEN"), Refusal.CLOSED),
        (TelegramForbiddenError(METHOD, "Forbidden: bot was kicked"), Refusal.GONE),
        (bad("Bad Request: chat not found"), Refusal.GONE),
        (bad("Bad Request: PEER_ID_INVALID"), Refusal.GONE),
        (bad("Bad Request: message caption is too long"), Refusal.CONTENT),
        (TelegramEntityTooLarge(METHOD, "Request Entity Too Large"), Refusal.CONTENT),
        (bad("Bad Request: file is temporarily unavailable"), None),
        (TelegramServerError(METHOD, "Bad Gateway: not enough rights"), None),
    ],
)
def test_what_is_final(error: Any, why: Refusal | None) -> None:
    assert refusal(error) is why


async def tries(stand: Stand) -> int:
    """Return the most often that a job was tried; what merely looks on is left out."""
    jobs = tables.jobs.c
    query = sa.select(sa.func.max(jobs.attempts)).where(jobs.kind != JobKind.PROGRESS.value)
    async with stand.services.database.read() as connection:
        return await connection.scalar(query) or 0


def close(stand: Stand, *, words: str | None = None) -> None:
    """Have no picture pass from now on; where ``words``, no text either."""
    for name in PICTURES:
        stand.telegram.faults[name] += [bad(PHOTOS)] * 50
    if words is not None:
        stand.telegram.faults["SendMessage"].append(bad(words))


@pytest.mark.parametrize("words", ["", "белый"])
async def test_a_group_that_takes_no_pictures(stand: Stand, words: str) -> None:
    anna = Person(stand, 801, group=GROUP)
    close(stand)
    await anna.photo(words=f"@{BOT_NAME} {words}")
    await stand.settle()
    assert await tries(stand) == 1
    told = [shown for shown in anna.shown if "не разрешено" in shown.text]
    assert len(told) == 1


async def test_an_album_is_refused_once(stand: Stand) -> None:
    anna = Person(stand, 801, group=GROUP)
    close(stand)
    await anna.photo(words=f"@{BOT_NAME} белый", media_group_id="a")
    for _ in range(3):
        await anna.photo(media_group_id="a")
    await stand.settle()
    assert await tries(stand) == 1
    assert sum("не разрешено" in shown.text for shown in anna.shown) == 1


async def test_where_the_group_takes_no_words_it_is_told_in_private(stand: Stand) -> None:
    anna = Person(stand, 801, group=GROUP)
    close(stand, words=WORDS)
    await anna.photo(words=f"@{BOT_NAME}")
    await stand.settle()
    assert await tries(stand) == 1
    assert not anna.shown
    (told,) = stand.telegram.shown(anna.id)
    assert "не разрешено" in told.text


async def test_a_file_that_is_refused_leaves_its_picture(stand: Stand) -> None:
    anna = Person(stand, 801, group=GROUP)
    await anna.photo(words=f"@{BOT_NAME} белый")
    await stand.settle()
    panel = anna.last
    refused = "Bad Request: not enough rights to send documents to the chat"
    stand.telegram.faults["SendDocument"] += [bad(refused)] * 5
    await anna.press("get|1|png", panel.id)
    await stand.settle()
    assert await tries(stand) == 1
    assert "не разрешено" in anna.last.text
    await anna.press("place|1|preset:linen", panel.id)
    await stand.settle()
    assert panel in anna.shown or any(shown.id == panel.id for shown in anna.shown)
