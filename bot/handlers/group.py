"""What is different in a group: a greeting, and what is said in private only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.filters import JOIN_TRANSITION, ChatMemberUpdatedFilter, Command

from bot.handlers.answer import say, toast
from bot.handlers.sender import seller_of, sender
from bot.handlers.where import Where
from bot.keyboards.callbacks import (
    AwaitBackground,
    Begin,
    ConfirmBroadcast,
    Forget,
    ManageBackground,
    Mute,
    OpenBrand,
    OpenSettings,
    SetBrand,
    SetPreference,
)
from bot.texts import language_of

if TYPE_CHECKING:
    from aiogram.filters.callback_data import CallbackData
    from aiogram.types import CallbackQuery, ChatMemberUpdated, Message

    from bot.services import Services

PRIVATE = (
    *("settings", "background", "mine", "brand"),
    *("privacy", "forget", "export", "mute", "unmute"),
)
"""Commands that show or change what is a seller's own."""

MENUS: tuple[type[CallbackData], ...] = (
    OpenSettings,
    SetPreference,
    Forget,
    Mute,
    ManageBackground,
    ConfirmBroadcast,
    Begin,
    OpenBrand,
    SetBrand,
)
"""What the buttons of private messages carry; in a group only other clients send such."""


def router() -> Router:
    """Build the groups' router; it goes before those whose commands are private."""
    group = Router(name="group")
    group.my_chat_member.register(
        joined,
        ChatMemberUpdatedFilter(JOIN_TRANSITION),
        Where(F.chat.type.in_({"group", "supergroup"})),
    )
    group.message.register(in_private, Command(*PRIVATE), Where(F.chat.type != "private"))
    elsewhere = Where(F.message & (F.message.chat.type != "private"))
    for menu in MENUS:
        group.callback_query.register(menu_in_private, elsewhere, menu.filter())
    group.callback_query.register(menu_in_private, elsewhere, AwaitBackground.filter(F.photo <= 0))
    return group


async def joined(update: ChatMemberUpdated, services: Services) -> None:
    """Say how to be heard, once the bot is added."""
    me = await services.bot.me()
    text = services.texts(
        language_of(update.from_user.language_code), "group-hello", name=f"@{me.username}"
    )
    services.tasks.spawn(services.bot.send_message(update.chat.id, text), "group-hello")


async def in_private(message: Message, services: Services) -> None:
    """Send the seller to the private chat."""
    seller = await sender(message, services)
    me = await services.bot.me()
    text = services.texts(seller.language, "group-private", name=f"@{me.username}")
    say(message, services, text, reply=True)


async def menu_in_private(query: CallbackQuery, services: Services) -> None:
    """Touch nothing: the message that was tapped is not one of these menus."""
    async with services.database.write() as connection:
        seller = await seller_of(connection, query.from_user)
    me = await services.bot.me()
    toast(query, services, seller, "group-private", name=f"@{me.username}")
