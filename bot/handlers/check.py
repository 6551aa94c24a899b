"""/check: whether a text of the seller's own keeps their marketplace's rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiogram import Router
from aiogram.filters import Command

from bot.handlers.answer import say
from bot.handlers.sender import sender
from pipeline.captions import lint, market_of_text, parts_of
from pipeline.markets import load_markets

if TYPE_CHECKING:
    from aiogram.filters import CommandObject
    from aiogram.types import Message

    from bot.services import Services
    from bot.texts import Texts
    from pipeline.captions import Flaw
    from storage.sellers import Seller

_NUMBERED = re.compile(r"(\w+)\[(\d+)\]")


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
    say(message, services, verdict(services.texts, seller, text), reply=True)


def verdict(texts: Texts, seller: Seller, text: str) -> str:
    """Say what is wrong with a text by the rules of the seller's market."""
    language = seller.language
    market = load_markets()[market_of_text(seller.market)]
    if not text.strip() or market.text is None:
        return texts(language, "check-how")
    title = market.titles.get(language, market.name)
    flaws = lint(parts_of(text), market.text)
    if not flaws:
        return texts(language, "check-fine", market=title)
    lines = (f"• {_sentence(texts, language, flaw)}" for flaw in flaws)
    return "\n".join((texts(language, "check-broken", market=title), *lines))


def _sentence(texts: Texts, language: str, flaw: Flaw) -> str:
    part, number = flaw.part, ""
    if (match := _NUMBERED.fullmatch(part)) is not None:
        part, number = f"{match[1]}-one", str(int(match[2]) + 1)
    name = texts(language, f"part-{part}", number=number)
    return texts(language, flaw.text_key, part=name, found=flaw.found, wanted=flaw.wanted)
