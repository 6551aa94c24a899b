"""Runs the steps behind the job engine, and turns Telegram's moods into patience."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import structlog
from aiogram.exceptions import (
    ClientDecodeError,
    RestartingTelegram,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)

from bot.give_up import give_up
from bot.services import Services, Workshop
from bot.steps.album import show_album
from bot.steps.broadcast import broadcast, notice
from bot.steps.confirm_backdrop import confirm_backdrop
from bot.steps.cut_out import cut_out
from bot.steps.describe import show_caption
from bot.steps.erase import erase
from bot.steps.export import export
from bot.steps.fetch import fetch, fetch_backdrop
from bot.steps.gather import gather
from bot.steps.keep_backdrop import keep_backdrop
from bot.steps.make_file import make_file
from bot.steps.mend import mend
from bot.steps.offer import offer, progress
from bot.steps.ration import describe_within_limits
from bot.steps.render import render
from bot.steps.segment import segment
from bot.steps.send_file import send_file
from bot.steps.show import show
from bot.steps.tell import tell
from pipeline.errors import (
    BackdropError,
    OverloadedError,
    StorageError,
    StorageUnavailableError,
)
from storage.jobs import AgainError, GiveUpError, Job, JobKind, Lane

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


PATIENCE_SECONDS = 5.0
"""Pause before the same job is tried again while Telegram or the model is not available."""

SHOW_STEPS: dict[JobKind, Callable[[Services, Job], Awaitable[None]]] = {
    JobKind.OFFER: offer,
    JobKind.FETCH: fetch,
    JobKind.FETCH_BACKDROP: fetch_backdrop,
    JobKind.SHOW: show,
    JobKind.DESCRIBE: describe_within_limits,
    JobKind.SHOW_CAPTION: show_caption,
    JobKind.TELL: tell,
    JobKind.EXPORT: export,
    JobKind.BROADCAST: broadcast,
    JobKind.NOTICE: notice,
    JobKind.PROGRESS: progress,
    JobKind.GATHER: gather,
    JobKind.ALBUM: show_album,
    JobKind.SEND_FILE: send_file,
    JobKind.CONFIRM_BACKDROP: confirm_backdrop,
}
"""Steps that talk to Telegram or wait for others."""
WORK_STEPS: dict[JobKind, Callable[[Workshop, Job], Awaitable[None]]] = {
    JobKind.CUT_OUT: cut_out,
    JobKind.RENDER: render,
    JobKind.KEEP_BACKDROP: keep_backdrop,
    JobKind.ERASE: erase,
    JobKind.SEGMENT: segment,
    JobKind.MEND: mend,
    JobKind.MAKE_FILE: make_file,
}
"""Steps that see pixels."""
WAITING = frozenset({JobKind.FETCH, JobKind.FETCH_BACKDROP, JobKind.DESCRIBE})
BESIDE = (JobKind.NOTICE, JobKind.PROGRESS, JobKind.EXPORT)
"""Kinds that come in masses or take long, and keep nobody waiting: one of each at a time."""
SHOW_LANES = (
    Lane("telegram", frozenset(SHOW_STEPS) - WAITING - {JobKind.OFFER} - frozenset(BESIDE), 8),
    Lane("offer", frozenset({JobKind.OFFER}), 4),  # results do not wait behind answers to photos
    *(Lane(kind.value, frozenset({kind}), 1) for kind in BESIDE),
    Lane("fetch", WAITING - {JobKind.DESCRIBE}, 4, guests=1),
    Lane("describe", frozenset({JobKind.DESCRIBE}), 4),
)
WORK_LANES = (
    # One in the model, one being decoded.
    Lane("cut-out", frozenset({JobKind.CUT_OUT}), 2, guests=1),
    Lane("compose", frozenset(WORK_STEPS) - {JobKind.CUT_OUT}, 2),
)

log = structlog.get_logger(__name__)


class Worker:
    """The job engine's handler, for one room or for both."""

    def __init__(self, *rooms: Services | Workshop) -> None:
        """Keep what the steps work with."""
        self._room = rooms[0]
        self._steps: dict[JobKind, Callable[[Job], Awaitable[None]]] = {}
        for room in rooms:
            if isinstance(room, Workshop):
                self._steps |= {kind: partial(step, room) for kind, step in WORK_STEPS.items()}
            else:
                self._steps |= {kind: partial(step, room) for kind, step in SHOW_STEPS.items()}

    async def run(self, job: Job) -> None:
        """Do one job; raise AgainError where the other side asks for patience."""
        try:
            await self._steps[job.kind](job)
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
        except StorageUnavailableError:
            raise
        except (BackdropError, StorageError) as error:
            raise GiveUpError(str(error)) from error

    async def give_up(self, job: Job, error: BaseException | None) -> None:
        """Tell the seller that a promised step failed, with an id that is in the log."""
        log.error("step failed", error_id=f"J{job.id}", kind=job.kind.value, reason=repr(error))
        async with self._room.database.write() as connection:
            await give_up(connection, self._room.jobs, job, error)
