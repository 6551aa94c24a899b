"""In a group the bot handles only messages that mention or answer it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aiogram import BaseMiddleware
from aiogram.types import Message
from cachetools import LRUCache

from bot.telegram.delivery import reply_to
from bot.texts import language_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiogram import Bot
    from aiogram.types import TelegramObject, User

    from bot.services import Services

ALBUMS = 1000
"""How many albums are remembered as meant for the bot."""


class MentionFilter(BaseMiddleware):
    """Lets a private chat's messages pass; of a group's, those that mention or answer the bot.

    An administrator who writes as the group is told that the bot cannot know who they are.

    The mention is taken out of the words. A mention alone, as an answer to a picture, brings that
    picture. An album is addressed as a whole by the words of one of its pictures.
    """

    def __init__(self) -> None:
        """Remember no albums yet."""
        self._albums = LRUCache[str, None](ALBUMS)

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Hand on what is meant for the bot, its mention taken out."""
        if not isinstance(event, Message):
            return await handler(event, data)
        if event.from_user is None:  # written as a channel
            return None
        if event.chat.type == "private":
            return await handler(event, data)
        if event.from_user.is_bot and event.sender_chat is None:
            return None
        bot: Bot = data["bot"]
        heard = self._heard(event, await bot.me())
        if event.from_user.is_bot:  # an anonymous administrator, or a channel
            if heard is not None:
                self._ask_for_a_name(event, data["services"])
            return None
        return None if heard is None else await handler(heard, data)

    def _ask_for_a_name(self, message: Message, services: Services) -> None:
        """Say why who writes as a chat is not served: photos and settings are a person's."""
        if services.hints.due(message.chat.id):
            text = services.texts(language_of(None), "group-anonymous")
            answer = message.answer(text, reply_parameters=reply_to(message.message_id))
            services.tasks.spawn(answer, "anonymous")

    def _heard(self, message: Message, me: User) -> Message | None:
        words = message.text or message.caption or ""
        # Lower case may have another length: "İ" becomes two characters.
        found = re.search(
            rf"@{re.escape(me.username or '')}(?!\w)", words, re.ASCII | re.IGNORECASE
        )
        answered = message.reply_to_message
        to_us = answered is not None and answered.from_user and answered.from_user.id == me.id
        sender = message.from_user and message.from_user.id
        album = f"{message.chat.id} {sender} {message.media_group_id}"
        if found is None and not to_us and album not in self._albums:
            return None
        if message.media_group_id is not None:
            self._albums[album] = None
        if found is None or words.startswith("/"):  # /command@bot is the command filter's to read
            return message
        rest = (words[: found.start()] + words[found.end() :]).strip()
        if rest == "" and answered is not None and (answered.photo or answered.document):
            return answered.model_copy(update={"from_user": message.from_user})
        return message.model_copy(update={"caption" if message.caption else "text": rest})
