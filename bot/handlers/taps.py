"""Taps on buttons: the wish is written down, the tap is answered, a job does the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import Router

from bot.callbacks import Another, Cancel, Place, SendOwn
from bot.handlers.answer import edit, toast
from bot.handlers.sender import meet
from storage import photos, sellers
from storage.jobs import Job, JobKind
from storage.photos import PhotoState
from storage.sellers import AS_DEFAULT

if TYPE_CHECKING:
    from aiogram.types import CallbackQuery

    from bot.services import Services


def router() -> Router:
    """Build the taps' router."""
    taps = Router(name="taps")
    taps.callback_query.register(place, Place.filter())
    taps.callback_query.register(send_own, SendOwn.filter())
    taps.callback_query.register(another, Another.filter())
    taps.callback_query.register(cancel, Cancel.filter())
    return taps


async def place(query: CallbackQuery, callback_data: Place, services: Services) -> None:
    """Put a photo's product on a backdrop, now or as soon as it is cut out."""
    ref = callback_data.backdrop
    async with services.database.write() as connection:
        seller = await meet(connection, query.from_user)
        photo = await photos.of_seller(connection, callback_data.photo, seller.id)
        if photo is None or photo.state is PhotoState.FAILED:
            photo, key = None, "photo-forgotten"
        elif photo.state is PhotoState.ACCEPTED:
            key = "toast-cutting"
        elif ref == photo.wanted_backdrop == photo.shown_backdrop:
            key = "toast-already"
        else:
            key = "toast-placing"
            await services.jobs.submit(
                connection, Job(JobKind.RENDER, seller.id, {"photo": photo.id})
            )
        if photo is not None:
            await photos.update(connection, photo.id, wanted_backdrop=ref)
            await sellers.await_backdrop(connection, seller.id, None)
    toast(query, services, seller, key)


async def send_own(query: CallbackQuery, callback_data: SendOwn, services: Services) -> None:
    """Take the next picture as a background."""
    async with services.database.write() as connection:
        seller = await meet(connection, query.from_user)
        photo = await photos.of_seller(connection, callback_data.photo, seller.id)
        known = callback_data.photo == AS_DEFAULT or (
            photo is not None and photo.state is not PhotoState.FAILED
        )
        if known:
            await sellers.await_backdrop(connection, seller.id, callback_data.photo)
    if not known:
        toast(query, services, seller, "photo-forgotten")
        return
    services.tasks.spawn(query.answer(), "tap")
    services.tasks.spawn(
        services.bot.send_message(
            seller.id,
            services.texts(seller.language, "send-own"),
            reply_markup=services.keyboards.cancel(seller.language),
        ),
        "send-own",
    )


async def another(query: CallbackQuery, callback_data: Another, services: Services) -> None:
    """Write another caption for a photo."""
    async with services.database.write() as connection:
        seller = await meet(connection, query.from_user)
        photo = await photos.of_seller(connection, callback_data.photo, seller.id)
        if photo is not None:
            await services.jobs.submit(
                connection, Job(JobKind.DESCRIBE, seller.id, {"photo": photo.id, "announce": False})
            )
    toast(query, services, seller, "photo-forgotten" if photo is None else "toast-caption")


async def cancel(query: CallbackQuery, services: Services) -> None:
    """Take the next picture as a product after all."""
    async with services.database.write() as connection:
        seller = await meet(connection, query.from_user)
        await sellers.await_backdrop(connection, seller.id, None)
    services.tasks.spawn(query.answer(), "tap")
    edit(query, services, services.texts(seller.language, "own-cancelled"))
