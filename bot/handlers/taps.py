"""Taps on buttons: the wish is written down, the tap is answered, a job does the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import Router

from bot.callbacks import Another, Cancel, Place, Prefer, Preference, SendOwn
from bot.handlers.commands import settings_text
from bot.handlers.sender import meet
from pipeline.captions import Tone
from storage import backdrops, photos, sellers
from storage.jobs import Job, JobKind
from storage.photos import PhotoState
from storage.sellers import AS_DEFAULT

if TYPE_CHECKING:
    from aiogram.types import CallbackQuery, InlineKeyboardMarkup

    from bot.services import Services
    from storage.backdrops import OwnBackdrop
    from storage.sellers import Seller


def router() -> Router:
    """Build the taps' router."""
    taps = Router(name="taps")
    taps.callback_query.register(place, Place.filter())
    taps.callback_query.register(send_own, SendOwn.filter())
    taps.callback_query.register(another, Another.filter())
    taps.callback_query.register(cancel, Cancel.filter())
    taps.callback_query.register(prefer, Prefer.filter())
    return taps


async def place(query: CallbackQuery, callback_data: Place, services: Services) -> None:
    """Put a photo's product on a backdrop, now or as soon as it is cut out."""
    ref = callback_data.backdrop
    async with services.database.write() as connection:
        seller = await meet(connection, query.from_user)
        photo = await photos.of_seller(connection, callback_data.photo, seller.id)
        if photo is None or photo.state is PhotoState.FAILED:
            photo, toast = None, "photo-forgotten"
        elif photo.state is PhotoState.ACCEPTED:
            toast = "toast-cutting"
        elif ref == photo.wanted_backdrop == photo.shown_backdrop:
            toast = "toast-already"
        else:
            toast = "toast-placing"
            await services.jobs.submit(
                connection, Job(JobKind.RENDER, seller.id, {"photo": photo.id})
            )
        if photo is not None:
            await photos.update(connection, photo.id, wanted_backdrop=ref)
            await sellers.await_backdrop(connection, seller.id, None)
    _toast(query, services, seller, toast)


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
        _toast(query, services, seller, "photo-forgotten")
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
    _toast(query, services, seller, "photo-forgotten" if photo is None else "toast-caption")


async def cancel(query: CallbackQuery, services: Services) -> None:
    """Take the next picture as a product after all."""
    async with services.database.write() as connection:
        seller = await meet(connection, query.from_user)
        await sellers.await_backdrop(connection, seller.id, None)
    services.tasks.spawn(query.answer(), "tap")
    _edit(query, services, services.texts(seller.language, "own-cancelled"), None)


async def prefer(query: CallbackQuery, callback_data: Prefer, services: Services) -> None:
    """Set a preference and show it in the message that offered it."""
    async with services.database.write() as connection:
        seller = await meet(connection, query.from_user)
        own = await backdrops.latest(connection, seller.id)
        if not _offered(callback_data, services, own):
            return
        value = callback_data.value or None
        await sellers.prefer(connection, seller.id, **{callback_data.what.value: value})
        seller = await sellers.get(connection, seller.id)
    _toast(query, services, seller, "toast-saved")
    if callback_data.what is Preference.BACKDROP:
        label = services.keyboards.backdrop_label(seller.language, seller.default_backdrop)
        text = services.texts(seller.language, "background-set", backdrop=label)
        _edit(query, services, text, services.keyboards.default_backdrop(seller, own))
    else:
        keyboard = services.keyboards.settings(seller)
        _edit(query, services, settings_text(services, seller), keyboard)


def _offered(data: Prefer, services: Services, own: OwnBackdrop | None) -> bool:
    """Tell whether a button of ours can carry this; other clients may send anything."""
    match data.what:
        case Preference.LANGUAGE:
            return data.value in services.texts.languages
        case Preference.TONE:
            return data.value in set(Tone)
        case Preference.BACKDROP:
            return data.value == "" or services.keyboards.offers(data.value, own)


def _toast(query: CallbackQuery, services: Services, seller: Seller, key: str) -> None:
    services.tasks.spawn(query.answer(services.texts(seller.language, key)), "tap")


def _edit(
    query: CallbackQuery, services: Services, text: str, keyboard: InlineKeyboardMarkup | None
) -> None:
    if query.message is not None:
        services.tasks.spawn(
            services.bot.edit_message_text(
                text,
                chat_id=query.message.chat.id,
                message_id=query.message.message_id,
                reply_markup=keyboard,
            ),
            "edit",
        )
