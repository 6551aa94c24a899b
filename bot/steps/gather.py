"""Close an album once it is quiet: a debounce outside the handlers, so that none of them sleeps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot.looks import drawing
from bot.steps.describe import describing
from bot.steps.load import album_of
from storage import albums, awaited, photos
from storage.albums import ONE, AlbumState
from storage.awaited import What
from storage.jobs import AgainError, Job, JobKind
from storage.photos import PhotoState, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import Services
    from storage.albums import Album
    from storage.backdrops import OwnBackdrop
    from storage.photos import PhotoRecord

QUIET_SECONDS = 1.0
"""An album is whole when no photo has come for this long; Telegram sends them at once."""


async def gather(services: Services, job: Job) -> None:
    """Close the album, or ask what its pictures are where a background was awaited."""
    album, seller, owns = await album_of(services, job)
    wait = album.touched_at + QUIET_SECONDS - time.time()
    if wait > 0:
        raise AgainError(wait, "the album may not be whole yet", counts=False)
    async with services.database.write() as connection:
        members = await photos.of_album(connection, album.id)
        if len(members) == 1:
            await albums.update(connection, album.id, state=AlbumState.CLOSED.value)
            await release(services, connection, members[0])
            return
        if await awaited.expected(connection, seller.id, What.BACKDROP) is None:
            await close(services, connection, album, members, owns)
        else:
            await albums.update(connection, album.id, state=AlbumState.DOUBTFUL.value)
            await services.jobs.submit(connection, showing(album))


def showing(album: Album) -> Job:
    """Make the job that brings an album's messages up to date."""
    return Job(JobKind.ALBUM, album.seller_id, {"album": album.id})


async def close(
    services: Services,
    connection: AsyncConnection,
    album: Album,
    members: Sequence[PhotoRecord],
    owns: Sequence[OwnBackdrop],
) -> None:
    """Take no more photos; what was written under one of them is said of all."""
    words = "\n".join(photo.facts for photo in members if photo.facts)
    meant, facts = services.names.meant(words, owns)
    wanted = meant or album.wanted_backdrop
    await albums.update(connection, album.id, state=AlbumState.CLOSED.value, wanted_backdrop=wanted)
    view = View.OFFER if wanted is None else View.RESULT
    for photo in members:
        await photos.update(
            connection, photo.id, facts=facts, wanted_backdrop=wanted, view=view.value
        )
        if wanted is not None and photo.state is PhotoState.READY:
            await services.jobs.submit(connection, drawing(photo))
    for photo in members[:1] if album.captions == ONE else members:
        await services.jobs.submit(connection, describing(photo))
    await services.jobs.submit(connection, showing(album))


async def release(services: Services, connection: AsyncConnection, photo: PhotoRecord) -> None:
    """Answer an album's only photo by itself."""
    await photos.update(connection, photo.id, album_id=None)
    kinds = [JobKind.OFFER]
    if photo.state is PhotoState.READY:
        kinds += [JobKind.RENDER, JobKind.DESCRIBE]
    for kind in kinds:
        payload = {"photo": photo.id, "announce": False}
        await services.jobs.submit(connection, Job(kind, photo.seller_id, payload))
