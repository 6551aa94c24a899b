"""What a seller's brand kit looks like: on their last card, or on a sample where there is none."""

from __future__ import annotations

import asyncio
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot import jobs, payloads
from bot.keyboards.callbacks import BrandPart
from bot.steps.card_content import brand_of, source_of
from bot.steps.delete_unreferenced import delete_unreferenced
from bot.telegram.delivery import show_picture
from bot.texts import ENGLISH, NEXT_BEST
from pipeline.cards.values import CardContent, Claim, format_for
from pipeline.errors import StorageError, StorageUnavailableError
from storage import brands, cards, photos, sellers
from storage.chats import NO_MESSAGE

if TYPE_CHECKING:
    from bot.services import StepServices, WorkerContext
    from storage.jobs import Job
    from storage.sellers import Seller

SAMPLE: Final = Path(__file__).parents[1] / "examples" / "sample" / "cut-out.png"
"""The product of the sample photo, cut out."""
SAMPLE_WORDS: Final = SAMPLE.with_name("card.toml")
SAMPLE_TEMPLATE: Final = "hero"
SAMPLE_FORMAT: Final = "portrait"


async def draw_brand(context: WorkerContext, job: Job) -> None:
    """Draw it and have it shown."""
    async with context.database.read() as connection:
        seller = await sellers.find(connection, job.seller_id)
        last = None if seller is None else await cards.latest(connection, seller.id)
        photo = None if last is None else await photos.get(connection, last.photo_id)
    if seller is None:  # forgotten meanwhile
        return
    picture = None
    if photo is not None and last is not None:
        source = await source_of(context, photo, seller)
        if last.template in source.fitting:
            cut = await context.cut_outs.get(photo)
            form = source.format(last.template)
            card = context.studio.card
            drawn = await asyncio.to_thread(
                card, last.template, cut, source.content, source.brand, form
            )
            picture = drawn.jpeg
    if picture is None:
        picture = await _on_sample(context, seller)
    file = await context.files.put(picture)
    async with context.database.write() as connection:
        await context.jobs.submit(connection, jobs.show_brand(seller.id, file))


async def _on_sample(context: WorkerContext, seller: Seller) -> bytes:
    async with context.database.read() as connection:
        record = await brands.of_seller(connection, seller.id)
    brand = await brand_of(context, record)
    data = await asyncio.to_thread(SAMPLE.read_bytes)
    cut = await asyncio.to_thread(context.studio.logo, data)
    form = format_for(SAMPLE_FORMAT)
    content = sample_content(seller.language)
    card = context.studio.card
    drawn = await asyncio.to_thread(card, SAMPLE_TEMPLATE, cut, content, brand, form)
    return drawn.jpeg


@cache
def sample_content(language: str) -> CardContent:
    """Read what the sample's card says, in a language or that which stands in for it."""
    told = tomllib.loads(SAMPLE_WORDS.read_text(encoding="utf-8"))
    said = told.get(language) or told[NEXT_BEST.get(language, ENGLISH)]
    claims = tuple(Claim(text, "sample") for text in said["claims"])
    return CardContent(said["title"], claims=claims, price=said["price"], language=said["language"])


async def show_brand(services: StepServices, job: Job) -> None:
    """Bring the message of /brand to what was drawn; it is in the private chat."""
    file = payloads.ShowBrand.of(job).file
    async with services.database.read() as connection:
        seller = await sellers.find(connection, job.seller_id)
        brand = await brands.of_seller(connection, job.seller_id)
    try:
        picture = await services.files.get(file)
    except StorageUnavailableError:
        raise
    except StorageError:  # an earlier run has shown it
        return
    if seller is None:
        await delete_unreferenced(services, file, done=job)
        return
    panel = services.panels.brand
    panel_id = await show_picture(
        services.bot,
        seller.id,
        brand.panel_id,
        picture,
        panel.text(seller.language, brand),
        panel.page(seller.language, brand, BrandPart(brand.page)),
        thread_id=None,
        reply_to_id=NO_MESSAGE,
    )
    async with services.database.write() as connection:
        if await sellers.find(connection, seller.id) is not None:  # forgotten meanwhile otherwise
            await brands.update(connection, seller.id, panel_id=panel_id)
    await delete_unreferenced(services, file, done=job)
