"""Runs the steps of jobs, and retries where Telegram or the model is unavailable."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import structlog
from aiogram.exceptions import (
    ClientDecodeError,
    RestartingTelegram,
    TelegramAPIError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)

from bot.give_up import give_up
from bot.services import StepServices, WorkerContext
from bot.steps.album import show_album
from bot.steps.apply_edit import apply_edit
from bot.steps.brand import draw_brand, show_brand
from bot.steps.broadcast import broadcast, notice
from bot.steps.caption_quota import describe_within_limits
from bot.steps.card import draw_card, show_card
from bot.steps.choose import choose
from bot.steps.confirm_backdrop import confirm_backdrop
from bot.steps.cut_out import cut_out
from bot.steps.describe import show_caption
from bot.steps.draw_scene import draw_scene
from bot.steps.edit_mask import edit_mask
from bot.steps.erase import erase
from bot.steps.export import export
from bot.steps.fetch import fetch, fetch_backdrop
from bot.steps.gather import gather
from bot.steps.keep_backdrop import keep_backdrop
from bot.steps.listing import show_listing
from bot.steps.logo import fetch_logo, keep_logo
from bot.steps.make_file import make_file
from bot.steps.mark_candidates import mark_candidates
from bot.steps.offer import offer, progress
from bot.steps.pack import make_pack, send_pack
from bot.steps.paint import paint
from bot.steps.read_words import read_words
from bot.steps.render import render
from bot.steps.sample import sample
from bot.steps.segment import segment
from bot.steps.send_file import send_file
from bot.steps.show import show
from bot.steps.show_scene import show_scene
from bot.steps.tell import say_answer, tell
from bot.telegram.refusals import Refusal, refusal
from pipeline.errors import (
    BackdropError,
    CardError,
    ChatRefusedError,
    OverloadedError,
    StorageError,
    StorageUnavailableError,
)
from storage.jobs import GiveUpError, Job, JobKind, JobPool, RetryLaterError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


RETRY_SECONDS = 5.0
"""Pause before the same job is tried again while Telegram or the model is not available."""

FRONT_END_STEPS: dict[JobKind, Callable[[StepServices, Job], Awaitable[None]]] = {
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
    JobKind.SHOW_LISTING: show_listing,
    JobKind.SEND_PACK: send_pack,
    JobKind.CONFIRM_BACKDROP: confirm_backdrop,
    JobKind.SAMPLE: sample,
    JobKind.SHOW_CARD: show_card,
    JobKind.FETCH_LOGO: fetch_logo,
    JobKind.SHOW_BRAND: show_brand,
    JobKind.READ_WORDS: read_words,
    JobKind.ANSWER: say_answer,
    JobKind.CHOOSE: choose,
    JobKind.PAINT: paint,
    JobKind.SHOW_SCENE: show_scene,
}
"""Steps that talk to Telegram or wait for others."""
WORKER_STEPS: dict[JobKind, Callable[[WorkerContext, Job], Awaitable[None]]] = {
    JobKind.CUT_OUT: cut_out,
    JobKind.RENDER: render,
    JobKind.KEEP_BACKDROP: keep_backdrop,
    JobKind.ERASE: erase,
    JobKind.SEGMENT: segment,
    JobKind.EDIT_MASK: edit_mask,
    JobKind.APPLY_EDIT: apply_edit,
    JobKind.MAKE_FILE: make_file,
    JobKind.MAKE_PACK: make_pack,
    JobKind.DRAW_CARD: draw_card,
    JobKind.KEEP_LOGO: keep_logo,
    JobKind.DRAW_BRAND: draw_brand,
    JobKind.MARK_CANDIDATES: mark_candidates,
    JobKind.DRAW_SCENE: draw_scene,
}
"""Steps that see pixels."""
ASKING = frozenset({JobKind.READ_WORDS, JobKind.CHOOSE})
"""Kinds that wait for a model while somebody waits for them."""
WAITING = (
    frozenset({JobKind.FETCH, JobKind.FETCH_BACKDROP, JobKind.FETCH_LOGO, JobKind.DESCRIBE})
    | ASKING
    | {JobKind.PAINT}
)
BESIDE = (JobKind.NOTICE, JobKind.PROGRESS, JobKind.EXPORT, JobKind.SEND_PACK)
"""Kinds that come in masses or take long, and that nobody waits for: one of each at a time."""
FRONT_END_POOLS = (
    JobPool(
        "telegram", frozenset(FRONT_END_STEPS) - WAITING - {JobKind.OFFER} - frozenset(BESIDE), 8
    ),
    JobPool("offer", frozenset({JobKind.OFFER}), 4),  # results do not wait behind answers to photos
    *(JobPool(kind.value, frozenset({kind}), 1) for kind in BESIDE),
    JobPool("fetch", WAITING - ASKING - {JobKind.DESCRIBE, JobKind.PAINT}, 4, reserved=1),
    JobPool("describe", frozenset({JobKind.DESCRIBE}), 4),
    JobPool("ask", ASKING, 4),
    JobPool("paint", frozenset({JobKind.PAINT}), 4),
)
WORKER_POOLS = (
    # One in the model, one being decoded.
    JobPool("cut-out", frozenset({JobKind.CUT_OUT}), 2, reserved=1),
    JobPool("compose", frozenset(WORKER_STEPS) - {JobKind.CUT_OUT}, 2),
)

log = structlog.get_logger(__name__)


class Worker:
    """The job engine's handler, for the front end, a worker, or both in one process."""

    def __init__(self, *contexts: StepServices | WorkerContext) -> None:
        """Keep what the steps work with."""
        self._context = contexts[0]
        self._steps: dict[JobKind, Callable[[Job], Awaitable[None]]] = {}
        for context in contexts:
            if isinstance(context, WorkerContext):
                self._steps |= {kind: partial(step, context) for kind, step in WORKER_STEPS.items()}
            else:
                self._steps |= {
                    kind: partial(step, context) for kind, step in FRONT_END_STEPS.items()
                }

    async def run(self, job: Job) -> None:
        """Do one job. Raises RetryLaterError where Telegram or the model is unavailable."""
        try:
            await self._do(job)
        except TelegramRetryAfter as error:
            raise RetryLaterError(error.retry_after, str(error), counts=False) from error
        except (
            TelegramNetworkError,
            TelegramServerError,
            ClientDecodeError,  # a proxy's error page instead of JSON
            RestartingTelegram,
            OverloadedError,
        ) as error:
            raise RetryLaterError(RETRY_SECONDS, str(error), counts=False) from error
        except StorageUnavailableError:
            raise
        except (BackdropError, CardError, StorageError) as error:
            raise GiveUpError(str(error)) from error

    async def _do(self, job: Job) -> None:
        """Run the step. Raises GiveUpError where Telegram refuses for good."""
        try:
            await self._steps[job.kind](job)
        except TelegramAPIError as error:
            match refusal(error):
                case Refusal.GONE:
                    log.info("the seller has left", seller=job.seller_id, reason=str(error))
                case Refusal.CLOSED:
                    raise GiveUpError(str(error)) from ChatRefusedError(str(error))
                case Refusal.CONTENT:
                    raise GiveUpError(str(error)) from error
                case None:
                    raise

    async def give_up(self, job: Job, error: BaseException | None) -> None:
        """Tell the seller that a promised step failed, with an id that is in the log."""
        log.error("step failed", error_id=f"J{job.id}", kind=job.kind.value, reason=repr(error))
        async with self._context.database.write() as connection:
            await give_up(connection, self._context.jobs, job, error)
