"""Fetch a seller's logo, cut it out, and keep it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from bot import jobs, payloads
from bot.steps.delete_unreferenced import delete_unreferenced
from bot.steps.fetch import fetched
from pipeline.errors import NothingFoundError, PhotoError, VitrinaError
from pipeline.selection import WHOLE
from storage import awaited, brands, sellers
from storage.awaited import AwaitedKind

if TYPE_CHECKING:
    from bot.services import StepServices, WorkerContext
    from storage.jobs import Job

log = structlog.get_logger(__name__)


async def fetch_logo(services: StepServices, job: Job) -> None:
    """Fetch the picture and have it cut out."""
    logo = payloads.Logo.of(job)
    try:
        file = await fetched(services, job, logo.file_id)
    except PhotoError as error:
        await _decline(services, job, error)
        return
    keep = jobs.keep_logo(job.seller_id, logo.model_copy(update={"file": file}))
    async with services.database.write() as connection:
        await services.jobs.submit(connection, keep)


async def keep_logo(context: WorkerContext, job: Job) -> None:
    """Take the background away and keep what is left; all of it where nothing stands out."""
    logo = payloads.Logo.of(job)
    if logo.file is None:
        return
    data = await context.files.get(logo.file)
    key = "brand-logo-kept"
    try:
        picture = await asyncio.to_thread(context.studio.decode, data)
        try:
            cut = await context.studio.cut_logo(picture)
        except NothingFoundError as error:
            log.info("a logo without a background", seller=job.seller_id, reason=str(error))
            key = "brand-logo-whole"
            cut = await asyncio.to_thread(context.studio.cut_out, picture, WHOLE)
        png = await asyncio.to_thread(context.studio.render_logo, cut)
    except (PhotoError, NothingFoundError) as error:
        await _decline(context, job, error)
        return
    kept = await context.files.put(png)
    async with context.database.write() as connection:
        seller = await sellers.find(connection, job.seller_id)
        if seller is not None:  # forgotten meanwhile otherwise
            before = await brands.of_seller(connection, seller.id)
            await brands.update(connection, seller.id, logo_file=kept)
            told = jobs.tell_text(seller.id, logo.chat, key, reply=logo.reply)
            await context.jobs.submit(connection, told)
            await context.jobs.submit(connection, jobs.draw_brand(seller.id))
    old = None if seller is None else before.logo_file
    await delete_unreferenced(context, logo.file, kept, old, done=job)


async def _decline(context: StepServices | WorkerContext, job: Job, error: VitrinaError) -> None:
    """Say why the picture is no logo, and wait for another."""
    logo = payloads.Logo.of(job)
    async with context.database.write() as connection:
        await awaited.expect_brand(connection, job.seller_id, AwaitedKind.LOGO)
        told = jobs.tell(job.seller_id, logo.chat, error, reply=logo.reply)
        await context.jobs.submit(connection, told)
