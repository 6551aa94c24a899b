"""Close an album once no photo has joined it for a while: a debounce, as a job."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot import jobs
from bot.close_album import close_album, release_single
from bot.steps.load import album_of
from storage import albums, awaited, photos
from storage.albums import AlbumState
from storage.awaited import AwaitedKind
from storage.jobs import Job, RetryLaterError

if TYPE_CHECKING:
    from bot.services import Services

QUIET_SECONDS = 1.0
"""An album is whole when no photo has come for this long; Telegram sends them at once."""


async def gather(services: Services, job: Job) -> None:
    """Close the album, or ask what its pictures are where a background was awaited."""
    album, seller, _ = await album_of(services, job)
    wait = album.touched_at + QUIET_SECONDS - time.time()
    if wait > 0:
        raise RetryLaterError(wait, "the album may not be whole yet", counts=False)
    async with services.database.write() as connection:
        members = await photos.of_album(connection, album.id)
        if len(members) == 1:
            await albums.update(connection, album.id, state=AlbumState.CLOSED.value)
            await release_single(services, connection, members[0])
            return
        if await awaited.expected(connection, seller.id, AwaitedKind.BACKDROP) is None:
            await close_album(services, connection, album, members)
        else:
            await albums.update(connection, album.id, state=AlbumState.DOUBTFUL.value)
            await services.jobs.submit(connection, jobs.show_album(album.seller_id, album.id))
