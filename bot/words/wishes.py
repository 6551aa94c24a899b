"""What a seller's words ask for, done: written to the rows of photos, and brought back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot import jobs
from bot.cards import edits as card_edits
from bot.intents import (
    AddFacts,
    Change,
    ForAll,
    RemoveFact,
    Rewrite,
    Send,
    Understood,
    WrongCutOut,
)
from bot.keyboards.callbacks import Delivery, Preference
from bot.markets.sell_on import CHOSEN, photo_sold_on, sell_on
from pipeline.captions.fact_changes import MAX_FACTS, without
from pipeline.captions.facts import amended
from storage import albums, captions, edits, photos, sellers
from storage.albums import ONE, AlbumState
from storage.photos import PhotoState
from storage.render_key import View

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import Services
    from storage.albums import Album
    from storage.edits import Edit
    from storage.photos import Changes, PhotoRecord
    from storage.sellers import Seller

_LOOK: Final = ("wanted_backdrop", "format", "shadow", "margin")
_TEXT: Final = ("facts", "caption_wish")
_KEPT: Final = (*_LOOK, *_TEXT, "shown_caption_id")
_WISHES: Final = {
    Preference.TONE,
    Preference.LENGTH,
    Preference.CAPTION_LANGUAGE,
    Preference.MARKET,
    Preference.EMOJI,
}
"""What a photo's ``caption_wish`` holds; the rest are columns of its row."""


@dataclass(frozen=True, slots=True)
class Target:
    """The photos that words are about; ``album`` where all of it is meant.

    ``captioned``: another caption is written whatever the words say.
    """

    photos: tuple[PhotoRecord, ...] = ()
    album: Album | None = None
    captioned: bool = False

    @property
    def is_open(self) -> bool:
        """Whether more photos may come: what is said of it is done for all once it is whole."""
        return self.album is not None and self.album.state is not AlbumState.CLOSED


def changes_of(
    services: Services,
    seller: Seller,
    read: Understood,
    wish: Mapping[str, Any] | None = None,
    *,
    placed: bool,
) -> Changes:
    """Give the columns of a photo that are set; the background has its own way.

    ``placed``: a background is wished, in these words or before. What is said beside a market's
    name goes before what the market brings.
    """
    changes: dict[str, Any] = {}
    wishes = dict(wish or {})
    said = [one for one in read.intents if isinstance(one, Change)]
    for one in sorted(said, key=lambda one: one.what is not Preference.MARKET):
        if one.what is Preference.BACKDROP:
            continue
        if one.what is Preference.MARKET:
            changes |= photo_sold_on(seller, one.value, wishes, placed=placed)
            wishes = dict(changes.pop("caption_wish"))
            continue
        value = services.preferences.value(one.what, one.value)
        if one.what in _WISHES:
            wishes[one.what.value] = value
        else:
            changes[one.what.value] = value
    if wishes != dict(wish or {}):
        changes["caption_wish"] = wishes
    return changes  # type: ignore[return-value]  # the preferences' columns are the photo's


async def change(
    services: Services,
    connection: AsyncConnection,
    seller: Seller,
    target: Target,
    read: Understood,
) -> dict[str, Any]:
    """Do what was read, and return what was before, for `bring_back`."""
    before: dict[str, Any] = {
        "photos": {str(photo.id): _snapshot(photo) for photo in target.photos},
        "seller": {},
    }
    if target.album is not None:
        before["album"] = target.album.wanted_backdrop
    await _change_photos(services, connection, seller, target, read)
    if any(isinstance(one, ForAll) for one in read.intents):
        before["seller"] = await _set_default(services, connection, seller, target, read)
    return before


async def _change_photos(
    services: Services,
    connection: AsyncConnection,
    seller: Seller,
    target: Target,
    read: Understood,
) -> None:
    ref = read.backdrop
    if ref is not None and target.album is not None:
        await albums.update(connection, target.album.id, wanted_backdrop=ref)
    for number, photo in enumerate(target.photos):
        placed = ref is not None or photo.wanted_backdrop is not None
        changes = changes_of(services, seller, read, photo.caption_wish, placed=placed)
        if ref is not None:
            changes["wanted_backdrop"], changes["view"] = ref, View.RESULT
        # An open album's words are put together once it is whole.
        if not (target.is_open and number):
            facts = _facts(photo.facts, read)
            if facts != photo.facts:
                changes["facts"] = facts
        if changes:
            await photos.update(connection, photo.id, **changes)
        await _redo(services, connection, photo, changes, read, first=number == 0, target=target)
    if target.album is not None and ref is not None and not target.is_open:
        shown = jobs.show_album(target.album.seller_id, target.album.id)
        await services.jobs.submit(connection, shown)


async def _redo(
    services: Services,
    connection: AsyncConnection,
    photo: PhotoRecord,
    changes: Changes,
    read: Understood,
    *,
    first: bool,
    target: Target,
) -> None:
    """Submit what a changed photo needs; one that is not cut out yet has it all to come."""
    for one in read.intents:
        if isinstance(one, Send):
            job = jobs.make_file(photo.seller_id, photo.id, one.what)
            if one.what is Delivery.COPY:
                await photos.update(connection, photo.id, listing_market=None)
                job = jobs.show_listing(photo.seller_id, photo.id, below=True)
            await services.jobs.submit(connection, job)
        elif isinstance(one, WrongCutOut):
            await _ask_again(services, connection, photo)
    if photo.state is not PhotoState.READY:
        return
    if any(name in changes for name in _LOOK):
        await services.jobs.submit(connection, jobs.render(photo))
    if "facts" in changes:
        await card_edits.redraw(services, connection, photo)
    again = any(isinstance(one, Rewrite) for one in read.intents)
    album = target.album
    described = first or album is None or album.captions != ONE
    described &= not target.captioned and not target.is_open
    if described and (again or any(name in changes for name in _TEXT)):
        await services.jobs.submit(connection, jobs.describe(photo.seller_id, photo.id))


async def _ask_again(services: Services, connection: AsyncConnection, photo: PhotoRecord) -> None:
    """Show the alternatives; a photo of an album is sent by itself first, with its buttons."""
    if photo.state is not PhotoState.READY:
        return
    if photo.candidates_file is None:
        await services.jobs.submit(connection, jobs.cut_anyway(photo.seller_id, photo.id))
    elif photo.panel_id is None:
        await services.jobs.submit(connection, jobs.show(photo))
    else:
        await photos.update(connection, photo.id, view=View.CHOICES)
        await services.jobs.submit(connection, jobs.render(photo))


async def _set_default(
    services: Services,
    connection: AsyncConnection,
    seller: Seller,
    target: Target,
    read: Understood,
) -> dict[str, Any]:
    """Set the same for all photos to come, and return what was set."""
    values: dict[str, Any] = {}
    before: dict[str, Any] = {}
    for one in read.intents:
        if isinstance(one, Change) and one.what is Preference.MARKET:
            before = {name: getattr(seller, name) for name in CHOSEN}
            await sell_on(services, connection, seller, [one.value] if one.value else [])
        elif isinstance(one, Change):
            values[one.what.value] = services.preferences.value(one.what, one.value)
    if not values and not before and len(target.photos) == 1 and target.photos[0].wanted_backdrop:
        values[Preference.BACKDROP.value] = target.photos[0].wanted_backdrop
    if Preference.BACKDROP.value in values:
        values[Preference.AUTOMATIC.value] = True
    if values:
        await sellers.update(connection, seller.id, **values)
    return before | {name: getattr(seller, name) for name in values}


async def bring_back(services: Services, connection: AsyncConnection, edit: Edit) -> bool:
    """Bring back what was before an edit; False where there is nothing to bring back."""
    if edit.before is None:
        return False
    if card_edits.CARD in edit.before:
        before = edit.before[card_edits.CARD]
        await card_edits.bring_back(services, connection, edit.seller_id, before)
    if edit.before["seller"]:
        await sellers.update(connection, edit.seller_id, **edit.before["seller"])
    album = (
        None
        if edit.album is None
        else await albums.of_seller(connection, edit.album, edit.seller_id)
    )
    if album is not None:
        await albums.update(connection, album.id, wanted_backdrop=edit.before.get("album"))
    for number, kept in edit.before["photos"].items():
        photo = await photos.get(connection, int(number))
        if photo is None or photo.seller_id != edit.seller_id or photo.state.is_over:
            continue
        await _bring_back_photo(services, connection, photo, kept)
    if album is not None:
        await services.jobs.submit(connection, jobs.show_album(edit.seller_id, album.id))
    await edits.close(connection, edit.id)
    return True


async def _bring_back_photo(
    services: Services, connection: AsyncConnection, photo: PhotoRecord, kept: Mapping[str, Any]
) -> None:
    columns: Any = {name: kept[name] for name in (*_LOOK, *_TEXT)}
    looks = any(kept[name] != getattr(photo, name) for name in _LOOK)
    texts = any(kept[name] != getattr(photo, name) for name in _TEXT)
    view = View.OFFER if kept["wanted_backdrop"] is None else View.RESULT
    await photos.update(connection, photo.id, **columns, view=view)
    if photo.state is not PhotoState.READY:
        return
    if looks or view is not photo.view:
        await services.jobs.submit(connection, jobs.render(photo))
    if texts:
        await card_edits.redraw(services, connection, photo)
    written = await captions.of_photo(connection, photo.id)
    stood = kept["shown_caption_id"]
    if stood is not None and any(one.id == stood for one in written):
        shown = jobs.show_caption(photo.seller_id, photo.id, caption_id=stood)
        await services.jobs.submit(connection, shown)
    elif texts and photo.album_id is None:
        await services.jobs.submit(connection, jobs.describe(photo.seller_id, photo.id))


def _snapshot(photo: PhotoRecord) -> dict[str, Any]:
    kept = {name: getattr(photo, name) for name in _KEPT}
    wish = photo.caption_wish
    return {**kept, "caption_wish": None if wish is None else dict(wish)}


def _facts(facts: str, read: Understood) -> str:
    for one in read.intents:
        if isinstance(one, RemoveFact):
            facts = without(facts, one.what)
        elif isinstance(one, AddFacts):
            facts = amended(facts, one.words[-MAX_FACTS:])[-MAX_FACTS:]
    return facts


def of_album_too(photo: PhotoRecord, members: Sequence[PhotoRecord]) -> tuple[PhotoRecord, ...]:
    """Give the photos of an album that can still be used, or the one."""
    return tuple(one for one in members if not one.state.is_over) or (photo,)
