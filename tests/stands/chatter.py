"""A conversation whose log goes to stderr as the program's does; run as a process of its own."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from aiogram.exceptions import TelegramForbiddenError

from bot.handlers import check, commands
from bot.middlewares.rules import Rules
from bot.steps import send_file
from pipeline.captions import Spending
from pipeline.errors import CaptionServiceError
from storage import costs, tables
from tests.stands.bot import Person, open_stand
from tests.stands.server import TOKEN
from vitrina.logging import set_up_logging
from vitrina.settings import Settings

SELLER = 7_777_777_777
WORDS = "sekretnye-slova"
LIBRARIES = ("httpx", "httpx2", "httpcore", "aiohttp.client", "aiohttp.access", "openai", "aiogram")


async def talk(folder: Path) -> None:
    """Say and do a bit of everything, and have much of it fail."""
    rules = Rules(photos_a_day=3)
    async with open_stand(folder, rules) as stand:
        seller = Person(stand, SELLER)
        for data in (None, b"no picture", None, None):
            await seller.photo(data, words=WORDS)
        await stand.settle()
        for command in ("/start", "/caption", "/export", "/mine", "/check x", "/settings", "/nope"):
            await seller.say(command)
        await stand.settle()
        stand.scribe.error = CaptionServiceError(f"seller {SELLER} of {TOKEN}")
        await seller.say("/caption")
        await stand.settle()
        async with stand.services.database.write() as connection:
            await costs.add(connection, SELLER, [Spending("some", cost=Decimal(1))])
        stand.telegram.faults["SendMessage"].append(
            TelegramForbiddenError(_none(), f"user {SELLER} has left")
        )
        await seller.say("/export")
        await stand.settle()
        for module in (commands, check, send_file):
            vars(module)["sender"] = broken
        await seller.say("/start")
        await seller.say("/check x")
        try:
            async with stand.services.database.write() as connection:
                row = {"id": SELLER, "language": WORDS * 9, "tone": None, "created_at": 0.0}
                await connection.execute(sa.insert(tables.sellers).values(**row))
        except sa.exc.SQLAlchemyError:
            structlog.get_logger("bot").exception("refused", seller=SELLER, reason=WORDS[:0])
        await seller.say("/forget")
        await seller.tap(seller.last, "Да, удалить всё")
        await stand.settle()
    for name in LIBRARIES:
        library = logging.getLogger(name)
        library.debug("POST https://api.telegram.org/bot%s/getMe %s", TOKEN, WORDS)
        library.info("POST https://api.telegram.org/bot%s/getMe %s", TOKEN, WORDS)
        library.warning("POST https://api.telegram.org/bot%s/getMe", TOKEN)
        library.error("POST https://example.org/bot%s/x", TOKEN.replace(":", "%3A"))
        library.error("cannot reach postgresql://vitrina:open-sesame@db/vitrina")


async def broken(*_: object, **__: object) -> None:
    """Fail as code does that quotes whom it served."""
    raise RuntimeError(f"seller {SELLER} [{SELLER}]")


def _none() -> Any:
    return None


def main() -> None:
    """Log as an operator who looks for a fault has it."""
    os.environ |= {"LOG_LEVEL": "debug", "LOG_FORMAT": sys.argv[2]}
    set_up_logging(Settings())
    asyncio.run(talk(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
