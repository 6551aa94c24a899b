"""What most steps read first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import StorageError
from storage import backdrops, photos, sellers

if TYPE_CHECKING:
    from bot.services import Services, Workshop
    from storage.backdrops import OwnBackdrop
    from storage.jobs import Job
    from storage.photos import PhotoRecord
    from storage.sellers import Seller


async def photo_of(
    room: Services | Workshop, job: Job
) -> tuple[PhotoRecord, Seller, OwnBackdrop | None]:
    """Return the job's photo, its seller, and the seller's newest own background."""
    async with room.database.read() as connection:
        photo = await photos.get(connection, job.number("photo"))
        if photo is None:
            raise StorageError(f"photo {job.number('photo')} is gone")
        seller = await sellers.get(connection, photo.seller_id)
        own = await backdrops.latest(connection, photo.seller_id)
    return photo, seller, own
