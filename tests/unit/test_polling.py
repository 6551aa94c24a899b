"""Updates are confirmed when they are handled; chats go side by side; a lock is waited out."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from aiogram import Dispatcher, Router
from aiogram.exceptions import TelegramServerError
from aiogram.methods import GetUpdates
from aiogram.types import Message, Update
from sqlalchemy.exc import OperationalError

from bot.middlewares import acknowledge as middleware
from bot.middlewares.acknowledge import AcknowledgeMiddleware
from bot.process.metrics import Metrics
from bot.telegram import polling
from bot.telegram.incoming import Reader
from bot.telegram.polling import poll
from storage.priority_gate import PriorityGate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest
    from aiogram import Bot

    from bot.telegram.incoming import GetRawUpdates


def update(number: int, chat: int) -> Update:
    person = {"id": chat, "is_bot": False, "first_name": "A"}
    message = {
        "message_id": number,
        "date": 1,
        "chat": {"id": chat, "type": "private"},
        "from": person,
        "text": "x",
    }
    return Update.model_validate({"update_id": number, "message": message})


class Source:
    """A bot that hands out batches and notes what was confirmed."""

    id = 1

    def __init__(self, *batches: list[Update] | Exception) -> None:
        self.batches = list(batches)
        self.confirmed: list[int | None] = []
        self.empty = asyncio.Event()

    async def __call__(self, asking: GetRawUpdates, **more: Any) -> list[Any]:
        del more
        self.confirmed.append(asking.offset)
        if not self.batches:
            if asking.timeout == 0:  # handlers still run
                return []
            self.empty.set()
            await asyncio.Event().wait()
        batch = self.batches.pop(0)
        if isinstance(batch, Exception):
            raise batch
        return [update.model_dump(mode="json", exclude_none=True) for update in batch]


async def served(
    source: Source, handle: Callable[[Message], Awaitable[None]], *, retry: bool = True
) -> None:
    router = Router()

    @router.message()
    async def handler(message: Message) -> None:
        await handle(message)

    dispatcher = Dispatcher()
    dispatcher.update.outer_middleware(
        AcknowledgeMiddleware(PriorityGate().prioritized, retry=retry)
    )
    dispatcher.include_router(router)
    bot = cast("Bot", source)
    polls = asyncio.create_task(poll(dispatcher, bot, Reader(bot, Metrics())))
    async with asyncio.timeout(10):
        await source.empty.wait()
    polls.cancel()
    with suppress(asyncio.CancelledError):
        await polls


async def served_with_the_first_waiting(source: Source) -> list[int]:
    """Serve, the first message waiting for one of chat 2; return the order of their ends."""
    seen: list[int] = []
    other = asyncio.Event()

    async def handle(message: Message) -> None:
        if message.message_id == 1:
            await other.wait()
        if message.chat.id == 2:
            other.set()
        seen.append(message.message_id)

    await served(source, handle)
    return seen


async def test_an_update_is_confirmed_when_all_up_to_it_are_handled() -> None:
    source = Source([update(1, 1), update(2, 2)])
    seen: list[int] = []

    async def handle(message: Message) -> None:
        await asyncio.sleep(0.01)
        assert all((offset or 0) <= message.message_id for offset in source.confirmed)
        seen.append(message.message_id)

    await served(source, handle)
    assert sorted(seen) == [1, 2]
    assert source.confirmed[-1] == 3


async def test_what_comes_behind_a_heap_does_not_wait_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(polling, "LOOK_SECONDS", 0.01)
    many = [update(number, 1) for number in (1, 2, 3)]
    source = Source(many, [*many, update(4, 2)])
    seen = await served_with_the_first_waiting(source)
    assert seen == [4, 1, 2, 3], "once each"
    assert source.confirmed[:2] == [None, 1], "none of them was confirmed yet"
    assert source.confirmed[-1] == 5


async def test_what_is_handled_while_it_is_asked_for_again_is_handled_once() -> None:
    asked_again, handled = asyncio.Event(), asyncio.Event()
    seen: list[int] = []

    class Slow(Source):
        async def __call__(self, asking: GetRawUpdates, **more: Any) -> list[Any]:
            if self.confirmed:
                asked_again.set()
                await handled.wait()
            return await super().__call__(asking, **more)

    async def handle(message: Message) -> None:
        await asked_again.wait()
        seen.append(message.message_id)
        handled.set()

    source = Slow([update(1, 1)], [update(1, 1), update(2, 2)])
    async with asyncio.timeout(10):
        await served(source, handle)
    assert seen == [1, 2]


async def test_chats_go_side_by_side_and_each_keeps_its_order() -> None:
    source = Source([update(1, 1), update(2, 1), update(3, 2)])
    seen = await served_with_the_first_waiting(source)
    assert seen.index(1) < seen.index(2)


async def test_a_locked_database_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "PAUSE_SECONDS", 0.01)
    source, tries = Source([update(1, 1)]), 0

    async def handle(_message: Message) -> None:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))

    await served(source, handle)
    assert tries == 4


async def test_a_database_that_hangs_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(middleware, "HANDLER_SECONDS", 0.05)
    source, tries = Source([update(1, 1)]), 0

    async def handle(_message: Message) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            await asyncio.Event().wait()

    await served(source, handle)
    assert tries >= 3


async def test_telegram_s_troubles_end_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "PAUSE_SECONDS", 0.01)
    trouble = TelegramServerError(GetUpdates(), "Bad Gateway")
    source, seen = Source(trouble, [update(1, 1)]), list[int]()

    async def handle(message: Message) -> None:
        seen.append(message.message_id)

    await served(source, handle)
    assert seen == [1]
