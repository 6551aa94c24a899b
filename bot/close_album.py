"""What is done once no more photos join an album."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot import jobs
from bot.words.answers import hear_under
from bot.words.wishes import Target
from storage import albums, photos, sellers
from storage.albums import ONE, AlbumState
from storage.photos import PhotoState
from storage.render_key import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import Services
    from storage.albums import Album
    from storage.photos import PhotoRecord


async def close_album(
    services: Services,
    connection: AsyncConnection,
    album: Album,
    members: Sequence[PhotoRecord],
) -> None:
    """Close an album: words under one of its photos are about all of them."""
    words = "\n".join(photo.facts for photo in members if photo.facts)
    wanted = album.wanted_backdrop
    seller = await sellers.get(connection, album.seller_id)
    await albums.update(connection, album.id, state=AlbumState.CLOSED.value)
    view = View.OFFER if wanted is None else View.RESULT
    for photo in members:
        await photos.update(connection, photo.id, facts="", wanted_backdrop=wanted, view=view)
        if wanted is not None and photo.state is PhotoState.READY:
            await services.jobs.submit(connection, jobs.render(photo))
    if words:
        closed = replace(album, state=AlbumState.CLOSED)
        now = tuple(await photos.of_album(connection, album.id))
        target = Target(now, closed, captioned=True)
        await hear_under(services, connection, seller, target, words)
    for photo in members[:1] if album.captions == ONE else members:
        await services.jobs.submit(connection, jobs.describe(photo.seller_id, photo.id))
    await services.jobs.submit(connection, jobs.show_album(album.seller_id, album.id))


async def release_single(
    services: Services, connection: AsyncConnection, photo: PhotoRecord
) -> None:
    """Treat an album's only photo as one without an album."""
    await photos.update(connection, photo.id, album_id=None, facts="")
    if photo.facts:
        seller = await sellers.get(connection, photo.seller_id)
        alone = replace(photo, album_id=None, facts="")
        await hear_under(
            services, connection, seller, Target((alone,), captioned=True), photo.facts
        )
    following = [jobs.offer(photo.seller_id, photo.id)]
    if photo.state is PhotoState.READY:
        following += [jobs.render(photo), jobs.describe(photo.seller_id, photo.id)]
    for job in following:
        await services.jobs.submit(connection, job)
