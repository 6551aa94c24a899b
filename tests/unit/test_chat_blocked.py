"""A seller who has blocked the bot: jobs end quietly, and all is well when they come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage import tables
from storage.jobs import JobKind
from tests.stands.bot import Person

if TYPE_CHECKING:
    from tests.stands.bot import Stand


async def ends(stand: Stand) -> set[tuple[str, int]]:
    """How the jobs ended, and after how many tries; what merely looks on is left out."""
    jobs = tables.jobs.c
    query = sa.select(jobs.state, jobs.attempts).where(jobs.kind != JobKind.PROGRESS.value)
    async with stand.services.database.read() as connection:
        rows = await connection.execute(query)
        return {(row.state, row.attempts) for row in rows}


async def test_nothing_is_tried_again_for_who_blocked_the_bot(stand: Stand) -> None:
    anna, boris = Person(stand, 1), Person(stand, 2)
    stand.telegram.chats.blocked.add(anna.id)
    await anna.photo()
    await boris.photo()
    await stand.settle()
    assert await ends(stand) == {("done", 1)}, "each job was tried once"
    assert not anna.shown
    assert boris.shown, "others do not notice"

    stand.telegram.chats.blocked.clear()
    await anna.photo()
    await stand.settle()
    await anna.tap(anna.last, "Белый")
    await stand.settle()
    assert anna.last.kind == "photo"
    assert "Caption" in anna.last.text
    assert len(anna.shown) == 1, "what was sent into the void is not sent after all"


async def test_a_seller_who_leaves_before_the_result(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.photo()
    await stand.settle()
    stand.telegram.chats.blocked.add(anna.id)
    await anna.press(anna.last.data("Белый"), anna.last.id)
    await stand.settle()
    assert await ends(stand) == {("done", 1)}

    stand.telegram.chats.blocked.clear()
    await anna.tap(anna.last, "Белый")
    await stand.settle()
    assert "Caption" in anna.last.text, "the same tap works once they are back"
