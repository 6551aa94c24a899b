"""Runs the steps behind the job engine, and turns Telegram's moods into patience."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import structlog
from aiogram.exceptions import (
    ClientDecodeError,
    RestartingTelegram,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)

from bot.steps.cut_out import cut_out
from bot.steps.describe import describe, show_caption
from bot.steps.keep_backdrop import keep_backdrop
from bot.steps.offer import offer
from bot.steps.render import render
from bot.steps.tell import tell, telling
from pipeline.errors import BackdropError, OverloadedError, StorageError, VitrinaError
from storage import photos
from storage.jobs import AgainError, Job, JobKind
from storage.photos import PhotoState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.services import Services

PATIENCE_SECONDS = 5.0
"""Pause before the same job is tried again while Telegram or the model is not available."""

STEPS: dict[JobKind, Callable[[Services, Job], Awaitable[None]]] = {
    JobKind.OFFER: offer,
    JobKind.CUT_OUT: cut_out,
    JobKind.RENDER: render,
    JobKind.DESCRIBE: describe,
    JobKind.SHOW_CAPTION: show_caption,
    JobKind.KEEP_BACKDROP: keep_backdrop,
    JobKind.TELL: tell,
}
LANES = {
    JobKind.OFFER: 8,
    JobKind.CUT_OUT: 2,  # one in the model, one being fetched and decoded
    JobKind.RENDER: 2,
    JobKind.DESCRIBE: 4,
    JobKind.SHOW_CAPTION: 4,
    JobKind.KEEP_BACKDROP: 2,
    JobKind.TELL: 4,
}
"""How many jobs of a kind run at a time."""
SHOWS = {JobKind.OFFER, JobKind.RENDER, JobKind.SHOW_CAPTION, JobKind.TELL}
"""Kinds that change what the chat shows of a photo: one at a time per photo."""

log = structlog.get_logger(__name__)


class Worker:
    """The job engine's handler."""

    def __init__(self, services: Services) -> None:
        """Keep what the steps work with."""
        self._services = services
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def run(self, job: Job) -> None:
        """Do one job; raise AgainError where the other side asks for patience."""
        try:
            if job.kind in SHOWS and "photo" in job.payload:
                lock = self._locks.setdefault(job.number("photo"), asyncio.Lock())
                async with lock:
                    await STEPS[job.kind](self._services, job)
            else:
                await STEPS[job.kind](self._services, job)
        except TelegramRetryAfter as error:
            raise AgainError(error.retry_after, str(error), counts=False) from error
        except (
            TelegramNetworkError,
            TelegramServerError,
            ClientDecodeError,  # a proxy's error page instead of JSON
            RestartingTelegram,
            OverloadedError,
        ) as error:
            raise AgainError(PATIENCE_SECONDS, str(error), counts=False) from error
        except TelegramForbiddenError as error:
            log.info("the seller has left", seller=job.seller_id, reason=str(error))
        except (BackdropError, StorageError) as error:
            await self.give_up(job, error)

    async def give_up(self, job: Job, error: BaseException | None) -> None:
        """Tell the seller that a promised step failed, with an id that is in the log."""
        error_id = f"J{job.id}"
        log.error("step failed", error_id=error_id, kind=job.kind.value, reason=repr(error))
        if job.kind in {JobKind.TELL, JobKind.OFFER, JobKind.SHOW_CAPTION, JobKind.DESCRIBE}:
            # Nobody waits for these, or their line says already that something is missing.
            return
        if not isinstance(error, VitrinaError) or isinstance(error, StorageError):
            error = VitrinaError(repr(error), error_id=error_id)
        async with self._services.database.write() as connection:
            photo = (
                await photos.get(connection, job.number("photo"))
                if "photo" in job.payload
                else None
            )
            if photo is not None and job.kind is JobKind.CUT_OUT:
                await photos.update(connection, photo.id, state=PhotoState.FAILED.value)
            chat_id = photo.chat_id if photo is not None else job.seller_id
            await self._services.jobs.submit(
                connection,
                telling(job.seller_id, chat_id, error, photo_id=photo.id if photo else None),
            )
