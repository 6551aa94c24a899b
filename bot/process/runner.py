"""From start to shutdown: polling, a webhook's front end, or a worker without a token."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import structlog
from aiogram.types import BotCommand

from bot.dispatcher import dispatcher
from bot.process.stop import Stop
from bot.telegram.incoming import Reader
from bot.telegram.polling import poll
from bot.telegram.session import greet
from bot.telegram.webhook import Webhook, listening
from bot.texts import ENGLISH
from bot.worker import Worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from bot.process.health import Health
    from bot.process.monitor import Monitor
    from bot.process.systemd import Systemd
    from bot.services import StepServices, WorkerContext
    from bot.telegram.connection_health import ConnectionHealth
    from storage.jobs import JobEngine
    from storage.upkeep import Upkeep

COMMANDS = (
    "start",
    "caption",
    "check",
    "background",
    "mine",
    "brand",
    "settings",
    "examples",
    "help",
    "privacy",
    "export",
    "forget",
    "mute",
)
GRACE_SECONDS = 20.0
"""How long running jobs may take to finish after the signal to stop."""

Beside: TypeAlias = AbstractAsyncContextManager[None]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Supervision:
    """What every process runs beside its jobs: retention, metrics, health, systemd."""

    upkeep: Upkeep
    monitor: Monitor
    health: Health
    systemd: Systemd
    connection: ConnectionHealth | None = None
    """A front end's; a worker has none."""

    @asynccontextmanager
    async def reporting(self) -> AsyncIterator[None]:
        """Report the process's health while the block runs."""
        async with self.monitor.answering(), self.health.probing(), self.systemd.notifying():
            yield


async def serve(
    services: StepServices,
    worker_context: WorkerContext | None,
    webhook: Webhook | None,
    supervision: Supervision,
    beside: Beside,
) -> None:
    """Serve sellers until SIGTERM or SIGINT, then finish or hand back what runs.

    ``beside`` is entered for as long as updates are taken.
    Raises SettingsError where Telegram does not know the token.
    """
    stop = Stop()
    async with supervision.reporting():
        if await _unless(stop, greet(services.bot)):
            worker = (
                Worker(services) if worker_context is None else Worker(services, worker_context)
            )
            async with _jobs(services.jobs, worker, supervision.upkeep), beside:
                services.tasks.spawn(_announce_commands(services), "commands")
                supervision.systemd.ready()
                await _take(services, webhook, stop, supervision.connection)
                log.info("stopping")
    await services.tasks.aclose()


async def _take(
    services: StepServices, webhook: Webhook | None, stop: Stop, connection: ConnectionHealth | None
) -> None:
    """Take updates until the signal to stop."""
    taking = dispatcher(services, retry=webhook is None)
    reader = Reader(services.bot, services.metrics)
    if webhook is not None:
        async with listening(taking, services.bot, reader, webhook):
            log.info("listening", port=webhook.port)
            if connection is not None:
                await _unless(stop, connection.watch_webhook(services.bot, webhook.url))
            await stop.asked.wait()
        return
    await services.bot.delete_webhook()
    log.info("polling")
    await _unless(stop, poll(taking, services.bot, reader))


async def work(worker_context: WorkerContext, supervision: Supervision) -> None:
    """Do the work that needs no token, until SIGTERM or SIGINT."""
    stop = Stop()
    async with (
        supervision.reporting(),
        _jobs(worker_context.jobs, Worker(worker_context), supervision.upkeep),
    ):
        supervision.systemd.ready()
        log.info("working")
        await stop.asked.wait()
        log.info("stopping")


@asynccontextmanager
async def _jobs(jobs: JobEngine, worker: Worker, upkeep: Upkeep) -> AsyncIterator[None]:
    """Run the job engine and the upkeep beside the block; finish or hand back at its end."""
    async with asyncio.TaskGroup() as group:
        group.create_task(jobs.run(worker), name="jobs")
        keeping = group.create_task(upkeep.run(), name="upkeep")
        try:
            yield
        finally:
            keeping.cancel()
            await jobs.aclose(seconds=GRACE_SECONDS)


async def _unless(stop: Stop, work: Coroutine[Any, Any, None]) -> bool:
    """Do ``work`` unless the signal to stop comes first; tell whether it was done."""
    doing = asyncio.create_task(work)
    asked = asyncio.create_task(stop.asked.wait())
    await asyncio.wait({doing, asked}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if doing.done():
        await doing
        return True
    doing.cancel()
    await asyncio.wait({doing})
    return False


async def _announce_commands(services: StepServices) -> None:
    """Fill the chat's command menu in every language; others get English."""
    for language in services.texts.languages:
        code = None if language == ENGLISH else language
        await services.bot.set_my_commands(
            [
                BotCommand(command=name, description=services.texts(language, f"command-{name}"))
                for name in COMMANDS
            ],
            language_code=code,
        )
