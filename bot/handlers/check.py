"""/check: whether a text of the seller's own keeps their marketplace's rules."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aiogram import Router
from aiogram.filters import Command

from bot.handlers.answer import say
from bot.handlers.sender import sender
from bot.markets.rules import notes, text_sentences
from pipeline.captions import cut, lint, market_of_text, parts_of
from pipeline.markets import load_markets

if TYPE_CHECKING:
    from aiogram.filters import CommandObject
    from aiogram.types import Message

    from bot.services import Services
    from bot.texts import Texts

_TEXT_AT_MOST: Final = 4096
"""UTF-16 code units that are read: what a message holds, whatever a server of its own lets pass."""


def router() -> Router:
    """Build the router of the command."""
    checks = Router(name="check")
    checks.message.register(check, Command("check"))
    return checks


async def check(message: Message, command: CommandObject, services: Services) -> None:
    """Name the rules that the text behind the command, or the one replied to, breaks."""
    seller = await sender(message, services)
    replied = message.reply_to_message
    text = command.args or (replied and (replied.text or replied.caption)) or ""
    # A thread lets the loop go on after 5 ms, however much there is to complain of.
    market = market_of_text(seller.market)
    said = await asyncio.to_thread(
        verdict, services.texts, seller.language, market, cut(text, _TEXT_AT_MOST)
    )
    say(message, services, said, reply=True)


def verdict(texts: Texts, language: str, name: str, text: str) -> str:
    """Say what is wrong with a text by the rules of the market called ``name``."""
    market = load_markets()[name]
    if not text.strip() or market.text is None:
        return texts(language, "check-how")
    flaws = lint(parts_of(text), market.text)
    if not flaws:
        return texts(
            language, "check-fine", market=texts.title(language, market.titles, market.name)
        )
    return notes(
        texts, language, market, text_sentences(texts, language, flaws), most=_TEXT_AT_MOST
    )
