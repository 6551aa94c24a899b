"""Taps under a photo's message: written to its row and answered; a job does the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import Router
from aiogram.enums import ChatAction

from bot import jobs
from bot.handlers.answer import buttons, may_touch, toast
from bot.handlers.sender import seller_of
from bot.keyboards.callbacks import (
    Delivery,
    Enlarge,
    OpenPage,
    OpenScenes,
    Page,
    RestoreCaption,
    RewriteCaption,
    SendFile,
    SetBackdrop,
    SetOption,
)
from bot.keyboards.photo import OPTION_PAGES
from bot.markets.sell_on import sell_photo_on
from bot.render_options import render_key, selected_codes, style_of
from pipeline.photo.enlarge import least_side
from storage import awaited, backdrops, captions, cards, photos
from storage.backdrops import PALETTE
from storage.photos import PhotoState
from storage.render_key import RenderKey, View

if TYPE_CHECKING:
    from aiogram.types import CallbackQuery
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import Services
    from storage.photos import Changes, PhotoRecord
    from storage.sellers import Seller


def router() -> Router:
    """Build the taps' router."""
    taps = Router(name="taps")
    taps.callback_query.register(set_backdrop, SetBackdrop.filter())
    taps.callback_query.register(open_page, OpenPage.filter())
    taps.callback_query.register(open_scenes, OpenScenes.filter())
    taps.callback_query.register(set_option, SetOption.filter())
    taps.callback_query.register(rewrite_caption, RewriteCaption.filter())
    taps.callback_query.register(restore_caption, RestoreCaption.filter())
    taps.callback_query.register(enlarge, Enlarge.filter())
    taps.callback_query.register(send_file, SendFile.filter())
    return taps


async def tapped(
    connection: AsyncConnection, query: CallbackQuery, photo_id: int
) -> tuple[Seller, PhotoRecord | None]:
    """Return who tapped, and the photo if it is theirs and can still be used."""
    found = await photos.with_seller(connection, photo_id)
    if found is None or found[1].id != query.from_user.id:
        return await seller_of(connection, query.from_user), None
    photo, seller = found
    return seller, None if photo.state.is_over else photo


async def set_backdrop(
    query: CallbackQuery, callback_data: SetBackdrop, services: Services
) -> None:
    """Put a photo's product on a backdrop, now or as soon as it is cut out."""
    ref = callback_data.backdrop
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        if photo is None:
            key = "photo-forgotten"
        elif not services.names.offers(ref, await backdrops.of_seller(connection, seller.id)):
            key = "error-backdrop"  # deleted since, or never offered: clients may send anything
        else:
            key = await write_backdrop(services, connection, photo, ref)
    toast(query, services, seller, key)


async def write_backdrop(
    services: Services, connection: AsyncConnection, photo: PhotoRecord, ref: str
) -> str:
    """Write the wished backdrop down, and return what to tell the seller."""
    changes: Changes = {"wanted_backdrop": ref, "view": View.RESULT}
    if photo.view is View.SCENES:
        changes["page"] = Page.MAIN
    await photos.update(connection, photo.id, **changes)
    await awaited.forget(connection, photo.seller_id)
    if photo.state is PhotoState.ACCEPTED:
        return "toast-cutting"
    if isinstance(photo.shown, RenderKey) and photo.shown.backdrop == ref:
        return "toast-already"
    await services.jobs.submit(connection, jobs.render(photo))
    return "toast-placing"


async def open_page(query: CallbackQuery, callback_data: OpenPage, services: Services) -> None:
    """Show another page of buttons."""
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        owns = await backdrops.of_seller(connection, seller.id)
        written = []
        if photo is not None and may_touch(query, photo):
            written = await captions.of_photo(connection, photo.id)
            await photos.update(connection, photo.id, page=callback_data.page)
    if photo is None or not may_touch(query, photo):
        toast(query, services, seller, "photo-forgotten" if photo is None else "toast-unknown")
        return
    services.tasks.spawn(query.answer(), "tap")
    keyboard = services.panels.photo.page(
        seller.language,
        photo,
        callback_data.page,
        owns=owns,
        written=written,
        now=selected_codes(photo, seller),
    )
    buttons(query, services, keyboard, photo)


async def open_scenes(query: CallbackQuery, callback_data: OpenScenes, services: Services) -> None:
    """Show the product on the backgrounds of a group, or what was shown before."""
    group = callback_data.group
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        if photo is None:
            key = "photo-forgotten"
        elif photo.state is PhotoState.ACCEPTED:
            key = "toast-cutting"
        elif group not in {"", PALETTE} and not services.names.has_group(group):
            key = "toast-unknown"
        else:
            key = "toast-moment"
            back = View.OFFER if photo.wanted_backdrop is None else View.RESULT
            await photos.update(
                connection,
                photo.id,
                view=View.SCENES if group else back,
                page=group or Page.MAIN,
            )
            await services.jobs.submit(connection, jobs.render(photo))
    toast(query, services, seller, key)


async def set_option(query: CallbackQuery, callback_data: SetOption, services: Services) -> None:
    """Have this photo for another market, in another format or shadow, or described otherwise."""
    what, value = callback_data.what, callback_data.value
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        if photo is None:
            key = "photo-forgotten"
        elif not _offered(services, what, value):
            key = "toast-unknown"
        elif value == selected_codes(photo, seller)[what] and await _is_done(
            connection, photo, seller, what
        ):
            key = "toast-as-is"
        elif what in {Page.FORMAT, Page.SHADOW}:
            key = "toast-placing"
            if what is Page.FORMAT:
                await photos.update(connection, photo.id, format=value)
            else:
                await photos.update(connection, photo.id, shadow=value)
            await services.jobs.submit(connection, jobs.render(photo))
        elif what is Page.MARKET:
            key = "toast-market"
            await sell_photo_on(connection, photo, seller, value)
            await services.jobs.submit(connection, jobs.render(photo))
            await services.jobs.submit(connection, jobs.describe(seller.id, photo.id))
        else:
            key = "toast-caption"
            wishes = {**(photo.caption_wish or {}), what.value: value}
            await photos.update(connection, photo.id, caption_wish=wishes)
            await services.jobs.submit(connection, jobs.describe(seller.id, photo.id))
    toast(query, services, seller, key)


async def _is_done(
    connection: AsyncConnection, photo: PhotoRecord, seller: Seller, what: Page
) -> bool:
    """Tell whether the photo's message shows already what is set for it."""
    if what in {Page.FORMAT, Page.SHADOW}:
        return photo.shown == render_key(photo, seller)
    caption = await captions.standing(connection, photo.id, photo.shown_caption_id)
    return caption is not None and bool(caption.text)


async def rewrite_caption(
    query: CallbackQuery, callback_data: RewriteCaption, services: Services
) -> None:
    """Write another caption for a photo."""
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        if photo is not None:
            await services.jobs.submit(connection, jobs.describe(seller.id, photo.id))
    toast(query, services, seller, "photo-forgotten" if photo is None else "toast-caption")


async def restore_caption(
    query: CallbackQuery, callback_data: RestoreCaption, services: Services
) -> None:
    """Bring an earlier caption back."""
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        if photo is not None:
            job = jobs.show_caption(seller.id, photo.id, caption_id=callback_data.caption)
            await services.jobs.submit(connection, job)
    toast(query, services, seller, "photo-forgotten" if photo is None else "toast-version")


async def send_file(query: CallbackQuery, callback_data: SendFile, services: Services) -> None:
    """Send a file of the result, or its caption for copying."""
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        if photo is not None and callback_data.what is Delivery.CARD:
            card = await cards.of_photo(connection, photo.id)
            if card is None or card.template is None:
                photo = None
        if photo is not None:
            copying = callback_data.what is Delivery.COPY
            if copying:
                await photos.update(connection, photo.id, listing_market=None)
                job = jobs.show_listing(seller.id, photo.id, below=True)
            else:
                job = jobs.make_file(seller.id, photo.id, callback_data.what)
            await services.jobs.submit(connection, job)
    if photo is None:
        toast(query, services, seller, "photo-forgotten")
        return
    toast(query, services, seller, "toast-sending")
    if not copying:
        action = services.bot.send_chat_action(photo.chat_id, ChatAction.UPLOAD_DOCUMENT)
        services.tasks.spawn(action, "action")


async def enlarge(query: CallbackQuery, callback_data: Enlarge, services: Services) -> None:
    """Enlarge a photo up to the least that its format asks for."""
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        if photo is not None:
            side = least_side(style_of(photo, seller))
            await photos.update(connection, photo.id, enlarged_to=side)
            await services.jobs.submit(connection, jobs.render(photo))
    toast(query, services, seller, "photo-forgotten" if photo is None else "toast-enlarging")


def _offered(services: Services, what: Page, value: str) -> bool:
    """Tell whether a button of ours sends this; other clients may send anything."""
    if what not in OPTION_PAGES:
        return False
    options = services.preferences.options(OPTION_PAGES[what], services.texts.languages[0])
    return any(option.code == value for option in options)
