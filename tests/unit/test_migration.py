"""A group becomes a supergroup: its rows follow, what is on its way goes to the new chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from storage import cards, chats
from storage.chats import FORGOTTEN
from storage.jobs import Job, JobKind
from storage.tables import metadata
from tests.stands.bot import Person
from tests.stands.server import BOT_NAME

if TYPE_CHECKING:
    from tests.stands.bot import Stand

OLD, NEW = -4242, -1004242


async def chats_of(stand: Stand) -> set[int]:
    found: set[int] = set()
    async with stand.services.database.read() as connection:
        for table in metadata.sorted_tables:
            if "chat_id" in table.c:
                found |= set(await connection.scalars(sa.select(table.c.chat_id)))
    return found


async def populate(stand: Stand) -> Person:
    """Have rows of every kind that name a chat."""
    anna = Person(stand, 1, group=OLD)
    await anna.photo(words=f"@{BOT_NAME}")
    await anna.photo(words=f"@{BOT_NAME}", media_group_id="7")
    await anna.photo(media_group_id="7")
    await anna.press("own|1", 5)
    await anna.photo(words=f"@{BOT_NAME} лён")
    return anna


async def test_what_is_on_its_way_goes_to_the_supergroup(stand: Stand) -> None:
    await populate(stand)
    stand.telegram.chats.migrated[OLD] = NEW
    before = len(stand.telegram.calls)
    with capture_logs() as logs:
        await stand.settle()
    assert [log for log in logs if log["log_level"] == "error"] == []
    chats = [getattr(call, "chat_id", None) for call in stand.telegram.calls[before:]]
    assert NEW in chats
    assert await chats_of(stand) == {NEW}
    now = len(stand.telegram.calls)
    moved = Person(stand, 1, group=NEW)
    await moved.press("place|1|preset:white", 5)
    await moved.photo(words=f"@{BOT_NAME} белый")
    await stand.settle()
    chats = [getattr(call, "chat_id", None) for call in stand.telegram.calls[now:]]
    assert NEW in chats
    assert OLD not in chats


async def test_what_was_to_be_told_is_told_there(stand: Stand) -> None:
    await Person(stand, 1).say("/start")
    stand.telegram.chats.migrated[OLD] = NEW
    payload = {"chat": OLD, "key": "limit-captions", "details": {}}
    async with stand.services.database.write() as connection:
        for _ in range(13):
            await stand.services.jobs.submit(connection, Job(JobKind.TELL, 1, payload))
    await stand.settle()
    assert len(stand.telegram.shown(NEW)) == 13
    refused = [c for c in stand.telegram.calls if getattr(c, "chat_id", None) == OLD]
    assert len(refused) < 13, "once it is known nothing more goes to the old chat"


@pytest.mark.parametrize("noticed_in", [OLD, NEW])
async def test_a_notice_moves_the_rows(stand: Stand, noticed_in: int) -> None:
    anna = await populate(stand)
    await stand.settle()
    moved = {"migrate_to_chat_id": NEW} if noticed_in == OLD else {"migrate_from_chat_id": OLD}
    chat = {"id": noticed_in, "type": "supergroup", "title": "Лавка"}
    await stand.feed(message={**anna.message(**moved), "chat": chat})
    assert await chats_of(stand) == {NEW}
    async with stand.services.database.read() as connection:
        panels = list(await connection.scalars(sa.text("SELECT panel_id FROM photos")))
    assert set(panels) == {None}, "the supergroup numbers its messages anew"


async def test_a_message_of_the_old_group_is_never_edited_in_the_new(stand: Stand) -> None:
    anna = Person(stand, 1, group=OLD)
    await anna.photo(words=f"@{BOT_NAME}")
    await stand.settle()
    stand.telegram.chats.migrated[OLD] = NEW
    before = len(stand.telegram.calls)
    await anna.press("place|1|preset:white", anna.last.id)
    await stand.settle()
    assert [
        call
        for call in stand.telegram.calls[before:]
        if getattr(call, "chat_id", None) == NEW and getattr(call, "message_id", None) is not None
    ] == []
    assert stand.telegram.shown(NEW), "the result is sent anew"


async def test_a_private_chat_never_moves(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.photo()
    await anna.send(migrate_to_chat_id=NEW)
    assert await chats_of(stand) == {1}


def test_every_message_of_the_old_group_is_forgotten() -> None:
    """What names a message is forgotten with it, in each table that names a chat."""
    others = {"id", "chat_id", "seller_id", "photo_id", "album_id", "file_id", "group_id"}
    others |= {"shown_caption_id", "for_photo_id", "edit_id", "cost_id", "usage_id"}
    for table in metadata.sorted_tables:
        if "chat_id" in table.c:
            named = {column.name for column in table.c if column.name.endswith("_id")}
            assert named - others <= FORGOTTEN.keys(), table.name


async def test_a_card_of_the_old_group_is_sent_anew(stand: Stand) -> None:
    anna = Person(stand, 1, group=OLD)
    await anna.photo(words=f"@{BOT_NAME}")
    await stand.settle()
    async with stand.services.database.write() as connection:
        await cards.get_or_create(connection, 1)
        await cards.update(connection, 1, panel_id=77, shown="x")
        await chats.move(connection, OLD, NEW)
        card = await cards.of_photo(connection, 1)
    assert card is not None
    assert (card.panel_id, card.shown) == (None, None)
