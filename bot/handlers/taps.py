"""Taps under a photo's message: the wish is written down, the tap answered, a job does the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import Router
from aiogram.enums import ChatAction

from bot import jobs
from bot.handlers.answer import buttons, may_touch, toast
from bot.handlers.sender import meet
from bot.keyboards.callbacks import Another, Delivery, Get, Page, Place, Turn, Version, Wish
from bot.keyboards.photo import WISHES
from bot.looks import codes_of
from storage import awaited, backdrops, captions, photos
from storage.photos import PhotoState, View

if TYPE_CHECKING:
    from aiogram.types import CallbackQuery
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import Services
    from storage.photos import PhotoRecord
    from storage.sellers import Seller


def router() -> Router:
    """Build the taps' router."""
    taps = Router(name="taps")
    taps.callback_query.register(place, Place.filter())
    taps.callback_query.register(turn, Turn.filter())
    taps.callback_query.register(wish, Wish.filter())
    taps.callback_query.register(another, Another.filter())
    taps.callback_query.register(version, Version.filter())
    taps.callback_query.register(get, Get.filter())
    return taps


async def tapped(
    connection: AsyncConnection, query: CallbackQuery, photo_id: int
) -> tuple[Seller, PhotoRecord | None]:
    """Return who tapped, and the photo if it is theirs and can still be used."""
    found = await photos.with_seller(connection, photo_id)
    if found is None or found[1].id != query.from_user.id:
        return await meet(connection, query.from_user), None
    photo, seller = found
    return seller, None if photo.state.is_over else photo


async def place(query: CallbackQuery, callback_data: Place, services: Services) -> None:
    """Put a photo's product on a backdrop, now or as soon as it is cut out."""
    ref, objection = callback_data.backdrop, None
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        if photo is None:
            key = "photo-forgotten"
        elif not services.names.offers(ref, await backdrops.of_seller(connection, seller.id)):
            key = "error-backdrop"  # deleted since, or never offered: clients may send anything
        else:
            key = await place_on(services, connection, photo, ref)
            objection = services.preferences.objection(seller, ref, photo.format)
    toast(query, services, seller, key, objection=objection)


async def place_on(
    services: Services, connection: AsyncConnection, photo: PhotoRecord, ref: str
) -> str:
    """Write the wished backdrop down, and return what to tell the seller."""
    await photos.update(connection, photo.id, wanted_backdrop=ref, view=View.RESULT.value)
    await awaited.forget(connection, photo.seller_id)
    if photo.state is PhotoState.ACCEPTED:
        return "toast-cutting"
    if (photo.shown or "").startswith(f"{View.RESULT}|{ref}|"):
        return "toast-already"
    await services.jobs.submit(connection, jobs.render(photo))
    return "toast-placing"


async def turn(query: CallbackQuery, callback_data: Turn, services: Services) -> None:
    """Show another page of buttons."""
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        owns = await backdrops.of_seller(connection, seller.id)
        written = []
        if photo is not None and may_touch(query, photo):
            written = await captions.of_photo(connection, photo.id)
            await photos.update(connection, photo.id, page=callback_data.page.value)
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
        now=codes_of(photo, seller),
    )
    buttons(query, services, keyboard, photo)


async def wish(query: CallbackQuery, callback_data: Wish, services: Services) -> None:
    """Have this photo in another format or shadow, or with another kind of caption."""
    what, value = callback_data.what, callback_data.value
    objection = None
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        if photo is None:
            key = "photo-forgotten"
        elif not _offered(services, what, value):
            key = "toast-unknown"
        elif what in {Page.FORMAT, Page.SHADOW}:
            key = "toast-placing"
            if what is Page.FORMAT:
                objection = services.preferences.objection(seller, photo.wanted_backdrop, value)
            await photos.update(connection, photo.id, **{what.value: value})
            await services.jobs.submit(connection, jobs.render(photo))
        else:
            key = "toast-caption"
            wishes = {**(photo.caption_wish or {}), what.value: value}
            await photos.update(connection, photo.id, caption_wish=wishes)
            await services.jobs.submit(connection, jobs.describe(seller.id, photo.id))
    toast(query, services, seller, key, objection=objection)


async def another(query: CallbackQuery, callback_data: Another, services: Services) -> None:
    """Write another caption for a photo."""
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        if photo is not None:
            await services.jobs.submit(connection, jobs.describe(seller.id, photo.id))
    toast(query, services, seller, "photo-forgotten" if photo is None else "toast-caption")


async def version(query: CallbackQuery, callback_data: Version, services: Services) -> None:
    """Bring an earlier caption back."""
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        if photo is not None:
            job = jobs.show_caption(seller.id, photo.id, caption_id=callback_data.caption)
            await services.jobs.submit(connection, job)
    toast(query, services, seller, "photo-forgotten" if photo is None else "toast-version")


async def get(query: CallbackQuery, callback_data: Get, services: Services) -> None:
    """Send a file of the result, or its caption for copying."""
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        if photo is not None:
            copying = callback_data.what is Delivery.COPY
            if copying:
                job = jobs.send_file(seller.id, photo.id)
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


def _offered(services: Services, what: Page, value: str) -> bool:
    """Tell whether a button of ours can carry this; other clients may send anything."""
    if what not in WISHES:
        return False
    options = services.preferences.options(WISHES[what], services.texts.languages[0])
    return any(option.code == value for option in options)
