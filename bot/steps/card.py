"""Draw a photo's card, or the thumbnails of all that it can have, and show it in its message."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot import jobs, payloads
from bot.cards.choices import card_market, format_name
from bot.keyboards.callbacks import CardPage
from bot.keyboards.card import ShownCard
from bot.steps.card_content import source_of, wait_for_listing
from bot.steps.delete_unreferenced import delete_unreferenced
from bot.steps.load import photo_of
from bot.telegram.delivery import show_picture
from pipeline.errors import StorageError, StorageUnavailableError
from storage import cards
from storage.photos import PhotoState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiogram.types import InlineKeyboardMarkup

    from bot.services import StepServices, WorkerContext
    from bot.steps.card_content import CardSource
    from storage.cards import CardRecord
    from storage.jobs import Job
    from storage.photos import PhotoRecord
    from storage.sellers import Seller


async def draw_card(context: WorkerContext, job: Job) -> None:
    """Draw what the row says now, and have it shown.

    Thumbnails where no template is chosen, or where there is too little to say for it.
    """
    photo, seller, _ = await photo_of(context, job)
    if photo.state is not PhotoState.READY:
        return
    await wait_for_listing(context, photo, payloads.DrawCard.of(job).began)
    source = await source_of(context, photo, seller)
    card = source.card
    if card is None:
        return
    fitting = source.fitting
    if not fitting:
        async with context.database.write() as connection:
            await cards.keep_claims(connection, photo.id, ())
            key = "card-no-claims" if source.content.title else "card-no-title"
            told = jobs.tell_text(seller.id, photo.chat_id, key, photo_id=photo.id)
            await context.jobs.submit(connection, told)
        return
    offered = None if card.template in fitting else fitting
    key = source.key(card.template or "", *(offered or ()))
    if card.panel_id is not None and card.shown == key:
        return
    picture, shown_names, on_it = await _drawn(context, source, offered)
    file = await context.files.put(picture)
    claims = [{"text": one.text, "source": one.source} for one in source.content.claims]
    async with context.database.write() as connection:
        await cards.keep_claims(connection, photo.id, claims)
        shown = jobs.show_card(seller.id, photo.id, file, key, shown_names, on_it)
        await context.jobs.submit(connection, shown)


async def _drawn(
    context: WorkerContext, source: CardSource, offered: Sequence[str] | None
) -> tuple[bytes, Sequence[str] | None, int]:
    """Draw a card and count the claims on it, or thumbnails and which are there.

    The picture is a JPEG. Raises CardError.
    """
    cut = await context.cut_outs.get(source.photo)
    studio, content, brand = context.studio, source.content, source.brand
    template = None if source.card is None else source.card.template
    if offered is None and template is not None:
        form = source.format(template)
        drawn = await asyncio.to_thread(studio.card, template, cut, content, brand, form)
        return drawn.jpeg, None, drawn.claims
    names = offered or source.fitting
    jpeg, shown = await asyncio.to_thread(studio.card_thumbnails, names, cut, content, brand)
    return jpeg, shown, 0


async def show_card(services: StepServices, job: Job) -> None:
    """Bring the message of the card to what was drawn; a new one where there is none."""
    photo, seller, _ = await photo_of(services, job)
    drawn = payloads.ShowCard.of(job)
    async with services.database.read() as connection:
        card = await cards.of_photo(connection, photo.id)
    try:
        picture = await services.files.get(drawn.file)
    except StorageUnavailableError:
        raise
    except StorageError:  # an earlier run has shown it
        return
    if card is None or photo.state.is_over:
        await delete_unreferenced(services, drawn.file, done=job)
        return
    words, keyboard = text_and_keyboard(services, photo, seller, card, drawn)
    panel_id = await show_picture(
        services.bot,
        photo.chat_id,
        card.panel_id,
        picture,
        words,
        keyboard,
        thread_id=photo.thread_id,
        reply_to_id=photo.panel_id or photo.album_message_id or photo.message_id,
    )
    async with services.database.write() as connection:
        await cards.update(connection, photo.id, panel_id=panel_id, shown=drawn.key)
    await delete_unreferenced(services, drawn.file, done=job)


def text_and_keyboard(
    services: StepServices,
    photo: PhotoRecord,
    seller: Seller,
    card: CardRecord,
    drawn: payloads.ShowCard,
) -> tuple[str, InlineKeyboardMarkup]:
    """Return what goes with a card, or with thumbnails, as HTML."""
    texts, language, panel = services.texts, seller.language, services.panels.card
    market = card_market(photo, seller)
    if drawn.offered is not None:
        key = "card-choose" if card.template is None else "card-unfit"
        return texts(language, key), panel.offer(language, photo.id, drawn.offered)
    numbered = [f"{number}. {one['text']}" for number, one in enumerate(card.claims or (), 1)]
    said = [
        texts(language, key, claims="\n".join(some))
        for key, some in (
            ("card-claims", numbered[: drawn.claims]),
            ("card-claims-further", numbered[drawn.claims :]),
        )
        if some
    ]
    said.append(texts(language, "card-claims-edit" if numbered else "card-no-claims"))
    if market is not None and market.picture is not None and not market.picture.overlay:
        title = texts.title(language, market.titles, market.name)
        said.append(texts(language, "card-further", market=title))
    shown = ShownCard(
        card,
        market,
        format_name(card, card.template, market),
        is_private=photo.chat_id == seller.id,
    )
    return "\n\n".join(said), panel.page(language, shown, CardPage(card.page))
