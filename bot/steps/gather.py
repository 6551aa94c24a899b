"""Close an album once it is quiet: a debounce outside the handlers, so that none of them sleeps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot import closing, jobs
from bot.steps.load import album_of
from storage import albums, awaited, photos
from storage.albums import AlbumState
from storage.awaited import What
from storage.jobs import AgainError, Job

if TYPE_CHECKING:
    from bot.services import Services

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
            await closing.release(services, connection, members[0])
            return
        if await awaited.expected(connection, seller.id, What.BACKDROP) is None:
            await closing.close(services, connection, album, members, owns)
        else:
            await albums.update(connection, album.id, state=AlbumState.DOUBTFUL.value)
            await services.jobs.submit(connection, jobs.show_album(album.seller_id, album.id))
