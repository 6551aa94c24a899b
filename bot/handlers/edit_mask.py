"""Taps that change the mask: alternatives by number, parts put in or taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from aiogram import Router

from bot import jobs
from bot.handlers.answer import toast
from bot.handlers.taps import tapped
from bot.keyboards.callbacks import EditMask, MaskEdit, PickAlternative, ShowView, TogglePart
from storage import photos
from storage.photos import PhotoState
from storage.render_key import View

if TYPE_CHECKING:
    from aiogram.types import CallbackQuery
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import Services
    from storage.photos import Changes, PhotoRecord

MAX_TAPS = 50
"""Taps on parts that are remembered for undoing."""


def router() -> Router:
    """Build the router."""
    found = Router(name="mending")
    found.callback_query.register(show_view, ShowView.filter())
    found.callback_query.register(pick_alternative, PickAlternative.filter())
    found.callback_query.register(toggle_part, TogglePart.filter())
    found.callback_query.register(edit_mask, EditMask.filter())
    return found


async def show_view(query: CallbackQuery, callback_data: ShowView, services: Services) -> None:
    """Show the alternatives, the parts, or the result again."""
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        if photo is None:
            key = "photo-forgotten"
        elif photo.state is PhotoState.ACCEPTED:
            key = "toast-cutting"
        elif photo.candidates_file is None:
            key = "toast-cutting"
            await services.jobs.submit(connection, jobs.cut_anyway(seller.id, photo.id))
        elif callback_data.view is View.PARTS:
            key = "toast-parts"
            await services.jobs.submit(connection, jobs.segment(seller.id, photo.id))
        else:
            key = "toast-moment"
            if callback_data.view is View.CHOICES:
                await _show(services, connection, photo, view=View.CHOICES)
            else:  # it is right as it is
                await _show(services, connection, photo, view=back_to(photo), is_doubtful=False)
    toast(query, services, seller, key)


async def pick_alternative(
    query: CallbackQuery, callback_data: PickAlternative, services: Services
) -> None:
    """Take one of the alternatives as the product."""
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        if photo is not None:
            job = jobs.edit_mask(seller.id, photo.id, pick=callback_data.number)
            await services.jobs.submit(connection, job)
    toast(query, services, seller, "photo-forgotten" if photo is None else "toast-cutting")


async def toggle_part(query: CallbackQuery, callback_data: TogglePart, services: Services) -> None:
    """Put a part in or take it out."""
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        if photo is not None:
            taps = [*(photo.parts or ()), callback_data.number][-MAX_TAPS:]
            await _show(services, connection, photo, parts=taps)
    toast(query, services, seller, "photo-forgotten" if photo is None else "toast-moment")


async def edit_mask(query: CallbackQuery, callback_data: EditMask, services: Services) -> None:
    """Take taps on parts back, or use the cut-out as it is now."""
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        if photo is not None and callback_data.what is MaskEdit.DONE:
            await services.jobs.submit(connection, jobs.edit_mask(seller.id, photo.id))
        elif photo is not None:
            left = [] if callback_data.what is MaskEdit.RESET else list(photo.parts or ())[:-1]
            await _show(services, connection, photo, parts=left)
    toast(query, services, seller, "photo-forgotten" if photo is None else "toast-moment")


async def _show(
    services: Services, connection: AsyncConnection, photo: PhotoRecord, **changes: Unpack[Changes]
) -> None:
    await photos.update(connection, photo.id, **changes)
    await services.jobs.submit(connection, jobs.render(photo))


def back_to(photo: PhotoRecord) -> View:
    """Return what a photo's message shows once the question is answered."""
    return View.OFFER if photo.wanted_backdrop is None else View.RESULT
