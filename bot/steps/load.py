"""A job's photo or album, with its seller and their own backgrounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import payloads
from pipeline.errors import StorageError
from storage import albums, backdrops, photos, sellers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.services import Services, WorkerContext
    from storage.albums import Album
    from storage.backdrops import OwnBackdrop
    from storage.jobs import Job
    from storage.photos import PhotoRecord
    from storage.sellers import Seller


async def photo_of(
    context: Services | WorkerContext, job: Job
) -> tuple[PhotoRecord, Seller, Sequence[OwnBackdrop]]:
    """Return the job's photo, its seller, and the seller's own backgrounds."""
    photo_id = payloads.OfPhoto.of(job).photo
    async with context.database.read() as connection:
        found = await photos.with_seller(connection, photo_id)
        if found is None:
            raise StorageError(f"photo {photo_id} is gone")
        photo, seller = found
        owns = await backdrops.of_seller(connection, photo.seller_id)
    return photo, seller, owns


async def album_of(services: Services, job: Job) -> tuple[Album, Seller, Sequence[OwnBackdrop]]:
    """Return the job's album, its seller, and the seller's own backgrounds."""
    album_id = payloads.OfAlbum.of(job).album
    async with services.database.read() as connection:
        album = await albums.get(connection, album_id)
        if album is None:
            raise StorageError(f"album {album_id} is gone")
        seller = await sellers.get(connection, album.seller_id)
        owns = await backdrops.of_seller(connection, album.seller_id)
    return album, seller, owns
