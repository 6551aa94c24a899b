"""The operator's commands: numbers, quotas, broadcasts; and how a seller declines those."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import structlog
from aiogram import F, Router
from aiogram.filters import BaseFilter, Command, CommandObject
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot import jobs
from bot.handlers.answer import edit, say, toast
from bot.handlers.sender import seller_of, sender
from bot.handlers.where import Where
from bot.keyboards.callbacks import ConfirmBroadcast, Mute
from pipeline.errors import StorageError
from storage import broadcasts, sellers, updates, usage
from storage.statistics import count_all
from storage.usage import Used

if TYPE_CHECKING:
    from aiogram.types import CallbackQuery, Message, Update, User

    from bot.services import Services

DAY = 86_400.0
MAX_MODELS = 3
MAX_QUOTA = 10**6
"""Photos a day that a quota can allow."""
MAX_BROADCAST = 3500
"""Characters of a broadcast; Telegram takes 4,096, with the words around it."""

log = structlog.get_logger(__name__)


class Operator(BaseFilter):
    """Matches updates from operators; for others these commands do not exist."""

    async def __call__(
        self, event: object, services: Services, event_from_user: User | None = None
    ) -> bool:
        """Look the sender up in the rules."""
        del event
        return event_from_user is not None and event_from_user.id in services.rules.operators


def router() -> Router:
    """Build the operator's router."""
    operator = Router(name="operator")
    private = Where(F.chat.type == "private")
    operator.message.register(stats, Command("stats"), Operator(), private)
    operator.message.register(quota, Command("quota"), Operator(), private)
    operator.message.register(broadcast, Command("broadcast"), Operator(), private)
    operator.callback_query.register(send, ConfirmBroadcast.filter(), Operator())
    operator.message.register(mute, Command("mute", "unmute"))
    operator.callback_query.register(mute_by_button, Mute.filter())
    return operator


async def stats(message: Message, services: Services) -> None:
    """Tell the numbers of the last day."""
    operator = await sender(message, services)
    async with services.database.read() as connection:
        found = await count_all(connection, time.time() - DAY)
        audience = await broadcasts.audience(connection)
    log.info("operator", operator=operator.id, action="stats")
    text = services.texts(operator.language, "stats", audience=audience, **asdict(found))
    for one in services.replaced[-MAX_MODELS:]:
        key = "stats-model-gone" if one.retired is None else "stats-model-retired"
        words = {"model": one.model, "successor": one.successor, "day": str(one.retired)}
        text += "\n" + services.texts(operator.language, key, **words)
    say(message, services, text)


async def quota(message: Message, command: CommandObject, services: Services) -> None:
    """Tell or set how many photos a day one seller may send."""
    operator = await sender(message, services)
    number, *rest = (command.args or "").split() or [""]
    value = rest[0] if rest else None
    if not number.isdecimal() or not (value is None or value == "-" or value.isdecimal()):
        say(message, services, services.texts(operator.language, "quota-how"))
        return
    seller_id = int(number[:18])
    try:
        async with services.database.write() as connection:
            await sellers.get(connection, seller_id)
            owner = await usage.pseudonym(connection, seller_id)
            if value is not None:
                quota = None if value == "-" else min(int(value), MAX_QUOTA)
                await usage.allow(connection, owner, quota)
            own = await usage.quota(connection, owner)
            (sent,) = await usage.counts(connection, owner, Used.PICTURE, time.time() - DAY)
    except StorageError:
        say(message, services, services.texts(operator.language, "quota-unknown", number=number))
        return
    action = "quota" if value is None else "set-quota"
    log.info("operator", operator=operator.id, action=action, target=seller_id, photos_a_day=own)
    limit = services.rules.photos_a_day if own is None else own
    key = "quota" if own is None else "quota-own"
    text = services.texts(operator.language, key, number=number, sent=sent, limit=limit)
    say(message, services, text)


async def broadcast(
    message: Message, command: CommandObject, event_update: Update, services: Services
) -> None:
    """Show a text to the operator before it is sent to everyone."""
    text = (command.args or "").strip()
    async with services.database.write() as connection:
        operator = await seller_of(connection, message.from_user)
        if not await updates.first_time(connection, event_update.update_id):
            return
        fits = 0 < len(text) <= MAX_BROADCAST
        audience = await broadcasts.audience(connection)
        number = await broadcasts.draft(connection, operator.id, text) if fits else 0
    if not fits:
        say(
            message,
            services,
            services.texts(operator.language, "broadcast-how", limit=MAX_BROADCAST),
        )
        return
    log.info("operator", operator=operator.id, action="broadcast", broadcast=number)
    buttons = [
        InlineKeyboardButton(
            text=services.texts(operator.language, key),
            callback_data=ConfirmBroadcast(broadcast=number, sure=sure).pack(),
        )
        for key, sure in (("button-send", True), ("button-drop", False))
    ]
    say(
        message,
        services,
        services.texts(operator.language, "broadcast-ask", text=text, count=audience),
        InlineKeyboardMarkup(inline_keyboard=[buttons]),
    )


async def send(query: CallbackQuery, callback_data: ConfirmBroadcast, services: Services) -> None:
    """Send a draft to everyone, once, or throw it away."""
    number = callback_data.broadcast
    async with services.database.write() as connection:
        operator = await seller_of(connection, query.from_user)
        if not callback_data.sure:
            await broadcasts.drop(connection, number, operator.id)
            key = "broadcast-dropped"
        elif await broadcasts.start(connection, number, operator.id):
            await services.jobs.submit(connection, jobs.broadcast(operator.id, number))
            key = "broadcast-begun"
        else:
            key = "broadcast-gone"
    log.info(
        "operator", operator=operator.id, action="send-broadcast", broadcast=number, outcome=key
    )
    services.tasks.spawn(query.answer(), "tap")
    edit(query, services, services.texts(operator.language, key))


async def mute(message: Message, command: CommandObject, services: Services) -> None:
    """Decline the operator's broadcasts, or take them again."""
    muted = command.command == "mute"
    async with services.database.write() as connection:
        seller = await seller_of(connection, message.from_user)
        await sellers.update(connection, seller.id, muted=muted)
    say(message, services, services.texts(seller.language, "muted" if muted else "unmuted"))


async def mute_by_button(query: CallbackQuery, services: Services) -> None:
    """Decline broadcasts by the button under one."""
    async with services.database.write() as connection:
        seller = await seller_of(connection, query.from_user)
        await sellers.update(connection, seller.id, muted=True)
    toast(query, services, seller, "muted")
