"""Taps under an album: one wish for all of its photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import F, Router

from bot import jobs
from bot.close_album import close_album
from bot.handlers.answer import buttons, is_at, toast
from bot.handlers.pictures import accept_backdrop
from bot.handlers.sender import seller_of
from bot.handlers.taps import tapped
from bot.keyboards.callbacks import (
    AlbumAction,
    AskAgain,
    ManageAlbum,
    OpenPlaces,
    Page,
    SendSingle,
    SetAlbumBackdrop,
)
from storage import albums, awaited, backdrops, captions, photos
from storage.albums import ONE, AlbumState
from storage.awaited import AwaitedKind
from storage.backdrops import Purpose
from storage.photos import Arrival, PhotoState
from storage.render_key import RenderKey, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiogram.types import CallbackQuery
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import Services
    from storage.albums import Album
    from storage.photos import PhotoRecord


TOASTS = {
    AlbumAction.ONE: "toast-saved",
    AlbumAction.EACH: "toast-saved",
    AlbumAction.AGAIN: "toast-caption",
}


def router() -> Router:
    """Build the albums' router."""
    router = Router(name="albums")
    router.callback_query.register(set_album_backdrop, SetAlbumBackdrop.filter())
    router.callback_query.register(manage_album, ManageAlbum.filter())
    router.callback_query.register(open_places, OpenPlaces.filter(F.album > 0))
    router.callback_query.register(send_single, SendSingle.filter())
    router.callback_query.register(ask_again, AskAgain.filter())
    return router


async def set_album_backdrop(
    query: CallbackQuery, callback_data: SetAlbumBackdrop, services: Services
) -> None:
    """Put all products on a backdrop."""
    ref = callback_data.backdrop
    async with services.database.write() as connection:
        seller = await seller_of(connection, query.from_user)
        album = await albums.of_seller(connection, callback_data.album, seller.id)
        owns = await backdrops.of_seller(connection, seller.id)
        if album is None:
            key = "photo-forgotten"
        elif not services.names.offers(ref, owns):
            key = "error-backdrop"
        else:
            members = await photos.of_album(connection, album.id)
            pending = any(photo.state is PhotoState.ACCEPTED for photo in members)
            key = "toast-cutting" if pending else "toast-placing"
            if album.wanted_backdrop == ref and all(_stands_on(photo, ref) for photo in members):
                key = "toast-already"
            await albums.update(connection, album.id, wanted_backdrop=ref)
            for photo in members:
                await photos.update(connection, photo.id, wanted_backdrop=ref, view=View.RESULT)
                if photo.state is PhotoState.READY:
                    await services.jobs.submit(connection, jobs.render(photo))
            await services.jobs.submit(connection, jobs.show_album(seller.id, album.id))
    toast(query, services, seller, key)


async def manage_album(
    query: CallbackQuery, callback_data: ManageAlbum, services: Services
) -> None:
    """Set the captions, show the photos by number, or say what the pictures are."""
    what = callback_data.what
    async with services.database.write() as connection:
        seller = await seller_of(connection, query.from_user)
        album = await albums.of_seller(connection, callback_data.album, seller.id)
        if album is None:
            toast(query, services, seller, "photo-forgotten")
            return
        members = await photos.of_album(connection, album.id)
        owns = await backdrops.of_seller(connection, seller.id)
        lists = what is AlbumAction.SCENES
        used = await photos.recent_backdrops(connection, seller.id) if lists else ()
        await _do(services, connection, album, members, what)
    key = TOASTS.get(what, "toast-moment")
    toast(query, services, seller, key)
    if what is AlbumAction.SINGLE:
        keyboard = services.panels.album.singles(seller.language, album, members)
        buttons(query, services, keyboard, album)
    elif what is AlbumAction.SCENES:
        keyboard = services.panels.album.scenes(seller.language, album, None, used)
        buttons(query, services, keyboard, album)
    elif what is AlbumAction.BACK:
        delivered = members if any(photo.album_message_id for photo in members) else None
        keyboard = services.panels.album.places(seller.language, album, owns, delivered=delivered)
        buttons(query, services, keyboard, album)
    elif album.state is AlbumState.DOUBTFUL and is_at(query, album) and query.message is not None:
        gone = services.bot.delete_message(album.chat_id, query.message.message_id)
        services.tasks.spawn(gone, "delete-question")


async def open_places(query: CallbackQuery, callback_data: OpenPlaces, services: Services) -> None:
    """Show another group's backgrounds under an album."""
    group = callback_data.group
    async with services.database.write() as connection:
        seller = await seller_of(connection, query.from_user)
        album = await albums.of_seller(connection, callback_data.album, seller.id)
        used = await photos.recent_backdrops(connection, seller.id)
    if album is None or not services.names.has_group(group):
        toast(query, services, seller, "photo-forgotten" if album is None else "toast-unknown")
        return
    services.tasks.spawn(query.answer(), "tap")
    keyboard = services.panels.album.scenes(seller.language, album, group, used)
    buttons(query, services, keyboard, album)


async def _do(
    services: Services,
    connection: AsyncConnection,
    album: Album,
    members: Sequence[PhotoRecord],
    what: AlbumAction,
) -> None:
    match what:
        case AlbumAction.ONE | AlbumAction.EACH:
            await albums.update(connection, album.id, captions=what.value)
            await services.jobs.submit(connection, jobs.show_album(album.seller_id, album.id))
            for photo in members:
                await _caption(services, connection, photo, what)
        case AlbumAction.AGAIN:
            for photo in _described(album, members):
                await _caption(services, connection, photo, what)
        case AlbumAction.PRODUCTS if album.state is AlbumState.DOUBTFUL:
            await awaited.forget(connection, album.seller_id)
            await albums.update(connection, album.id, panel_id=None, shown=None)
            await close_album(services, connection, album, members)
        case AlbumAction.BACKDROPS if album.state is AlbumState.DOUBTFUL:
            await _keep_all(services, connection, album, members)
        case _:
            pass


async def send_single(query: CallbackQuery, callback_data: SendSingle, services: Services) -> None:
    """Send one photo of an album with buttons of its own."""
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        if photo is not None:
            await photos.update(connection, photo.id, panel_id=None, page=Page.MAIN)
            await services.jobs.submit(connection, jobs.show(photo))
    toast(query, services, seller, "photo-forgotten" if photo is None else "toast-moment")


async def ask_again(query: CallbackQuery, callback_data: AskAgain, services: Services) -> None:
    """Ask about a doubtful photo in a message of its own."""
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        if photo is None:
            key = "photo-forgotten"
        elif photo.candidates_file is None or photo.album_message_id is None:
            key = "toast-cutting"
        else:
            key = "toast-moment"
            await photos.update(
                connection, photo.id, panel_id=None, page=Page.MAIN, view=View.CHOICES
            )
            await services.jobs.submit(connection, jobs.render(photo))
    toast(query, services, seller, key)


def _stands_on(photo: PhotoRecord, ref: str) -> bool:
    """Tell whether a photo's result is on a backdrop, or there will be none."""
    shown = photo.shown
    return photo.state.is_over or (isinstance(shown, RenderKey) and shown.backdrop == ref)


def _described(album: Album, members: Sequence[PhotoRecord]) -> Sequence[PhotoRecord]:
    """Return the photos that are to have a caption: all, or the first that was cut out."""
    ready = [photo for photo in members if photo.state is PhotoState.READY]
    return ready[:1] if album.captions == ONE else ready


async def _caption(
    services: Services, connection: AsyncConnection, photo: PhotoRecord, what: AlbumAction
) -> None:
    """Show or hide a photo's caption; one that is not there yet is written."""
    written = await captions.of_photo(connection, photo.id)
    job = jobs.show_caption(photo.seller_id, photo.id)
    wanted = what in {AlbumAction.EACH, AlbumAction.AGAIN} and photo.state is PhotoState.READY
    if wanted and not any(caption.text for caption in written):
        job = jobs.describe(photo.seller_id, photo.id)
    await services.jobs.submit(connection, job)


async def _keep_all(
    services: Services,
    connection: AsyncConnection,
    album: Album,
    members: Sequence[PhotoRecord],
) -> None:
    """Keep an album's pictures as backgrounds; the first one serves what was waiting."""
    waiting = await awaited.expected(connection, album.seller_id, AwaitedKind.BACKDROP)
    await awaited.forget(connection, album.seller_id)
    await albums.update(connection, album.id, state=AlbumState.CLOSED.value)
    purpose = Purpose() if waiting is None else waiting.purpose
    for photo in members:
        await photos.update(connection, photo.id, state=PhotoState.FAILED, album_id=None)
        arrival = Arrival(
            seller_id=photo.seller_id,
            chat_id=photo.chat_id,
            message_id=photo.message_id,
            file_id=photo.file_id,
            facts=photo.facts,
            thread_id=photo.thread_id,
        )
        await accept_backdrop(services, connection, arrival, purpose)
        purpose = Purpose()
