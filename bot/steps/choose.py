"""Ask a model that sees which candidate is the product; in doubt the seller is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot import jobs, payloads
from bot.doubt import is_asked_first
from bot.steps.ask_model import STARTS_AT_MOST, ask_model
from bot.steps.load import photo_of
from bot.words.replies import Answer, Spot
from pipeline.captions.choosing import NEEDED, Pick, Verdict, picked, question
from pipeline.errors import StorageError
from storage import photos
from storage.photos import PhotoState
from storage.render_key import View

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import StepServices
    from storage.jobs import Job
    from storage.photos import PhotoRecord
    from storage.sellers import Seller

log = structlog.get_logger(__name__)


async def choose(services: StepServices, job: Job) -> None:
    """Take what a model is sure of, else go on as without one."""
    asked = payloads.Choose.of(job)
    photo, seller, _ = await photo_of(services, job)
    pick = None
    if photo.state is PhotoState.READY and job.claim <= STARTS_AT_MOST:
        pick = await _asked(services, photo, asked)
    async with services.database.write() as connection:
        now = await photos.get(connection, photo.id)
        if now is not None and now.state is PhotoState.READY:
            await _go_on(services, connection, now, seller, asked, pick)


async def _asked(services: StepServices, photo: PhotoRecord, asked: payloads.Choose) -> Pick | None:
    """Ask; None where nothing certain comes of it."""
    try:
        picture = await services.files.get(asked.picture_file)
    except StorageError as error:
        log.warning("no picture of the candidates", photo=photo.id, reason=repr(error))
        return None
    turns = question(picture, asked.words or photo.facts)
    verdict = await ask_model(services, photo.seller_id, services.chooser, turns, Verdict, NEEDED)
    pick = None if verdict is None else picked(verdict, asked.count)
    log.info("a model chooses", photo=photo.id, pick=str(pick))
    return pick


async def _go_on(
    services: StepServices,
    connection: AsyncConnection,
    photo: PhotoRecord,
    seller: Seller,
    asked: payloads.Choose,
    pick: Pick | None,
) -> None:
    """Submit what follows, unless the seller has answered by a tap meanwhile."""
    if asked.words:
        if photo.view is not View.CHOICES:
            return
        key = "choice-unclear" if pick is None else "choice-understood"
        spot = Spot(photo.chat_id, asked.reply, photo.thread_id)
        told = Answer(services.texts(seller.language, key))
        await services.jobs.submit(connection, jobs.answer(seller.id, spot, told))
        if pick is None:
            return
    elif not photo.is_doubtful:
        return
    if pick is not None and (pick.box is not None or pick.number > 1 or asked.words):
        edit = jobs.edit_mask(seller.id, photo.id, pick=pick.number or None, box=pick.box)
        await services.jobs.submit(connection, edit)
        return
    if pick is not None:  # the first one, which stands
        await photos.update(connection, photo.id, is_doubtful=False)
    elif is_asked_first(photo, seller):
        await photos.update(connection, photo.id, view=View.CHOICES)
        await services.jobs.submit(connection, jobs.render(photo))
        return
    await services.jobs.submit(connection, jobs.render(photo))
    if photo.album_id is None:
        await services.jobs.submit(connection, jobs.describe(seller.id, photo.id))
