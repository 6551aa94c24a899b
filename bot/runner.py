"""Long polling beside the job engine, from start to an orderly end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from aiogram.types import BotCommand

from bot.dispatcher import dispatcher
from bot.session import greet
from bot.texts import ENGLISH, RUSSIAN
from bot.worker import Worker

if TYPE_CHECKING:
    from bot.services import Services, Workshop

COMMANDS = ("start", "caption", "background", "settings")
GRACE_SECONDS = 20.0
"""How long running jobs may take to finish after the signal to stop."""

log = structlog.get_logger(__name__)


async def poll(services: Services, workshop: Workshop | None) -> None:
    """Serve until SIGTERM or SIGINT, then finish or hand back what runs.

    An update is confirmed to Telegram only after its handler returned: with aiogram's default,
    `handle_as_tasks=True`, the offset moves on while handlers still run, and a crash loses them.
    Raises SettingsError where Telegram does not know the token.
    """
    await greet(services.bot)
    worker = Worker(services) if workshop is None else Worker(services, workshop)
    async with asyncio.TaskGroup() as group:
        group.create_task(services.jobs.run(worker), name="jobs")
        services.tasks.spawn(_announce_commands(services), "commands")
        log.info("polling")
        await dispatcher(services).start_polling(
            services.bot, handle_as_tasks=False, close_bot_session=False, polling_timeout=20
        )
        log.info("stopping")
        await services.jobs.aclose(seconds=GRACE_SECONDS)
    await services.tasks.aclose()


async def _announce_commands(services: Services) -> None:
    """Fill the chat's command menu, in Russian where Telegram runs in it."""
    for language, code in ((ENGLISH, None), (RUSSIAN, RUSSIAN)):
        await services.bot.set_my_commands(
            [
                BotCommand(command=name, description=services.texts(language, f"command-{name}"))
                for name in COMMANDS
            ],
            language_code=code,
        )
