"""What becomes of a job whose attempts are used up, and what its seller is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import jobs
from pipeline.errors import ChatRefusedError, StorageError, VitrinaError
from storage import photos
from storage.jobs import JobKind
from storage.photos import PhotoState

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.jobs import Job, JobEngine

QUIET = frozenset(
    {
        JobKind.TELL,
        JobKind.OFFER,
        JobKind.SHOW_CAPTION,
        JobKind.SHOW_LISTING,
        JobKind.DESCRIBE,
        JobKind.ERASE,
        JobKind.BROADCAST,
        JobKind.NOTICE,
        JobKind.PROGRESS,
        JobKind.CONFIRM_BACKDROP,
        JobKind.ANSWER,
    }
)
"""The seller is not told when these fail: their message says so, or nobody waits for them."""
CONSULTING = frozenset({JobKind.MARK_CANDIDATES, JobKind.CHOOSE})
"""Steps that ask a model which candidate is the product; without its answer the first one is."""
UNSHOWN = frozenset({JobKind.OFFER, JobKind.SHOW, JobKind.ALBUM})
"""Where a chat refuses one of these, nothing of the photo can be shown there."""


async def give_up(
    connection: AsyncConnection, engine: JobEngine, job: Job, error: BaseException | None
) -> None:
    """End the job's photo and have its seller told, by an id that is in the log."""
    if isinstance(error, ChatRefusedError):
        await _end_refused(connection, engine, job, error)
    elif job.kind in CONSULTING:
        await _without_model(connection, engine, job)
    elif job.kind not in QUIET:
        await _fail(connection, engine, job, error)


async def _fail(
    connection: AsyncConnection, engine: JobEngine, job: Job, error: BaseException | None
) -> None:
    """End the job's photo where nothing can come of it, and have the error told."""
    if not isinstance(error, VitrinaError) or isinstance(error, StorageError):
        error = VitrinaError(repr(error), error_id=f"J{job.id}")
    photo = await photos.get(connection, job.number("photo")) if "photo" in job.payload else None
    if photo is None and "photo" in job.payload:  # the seller wished to be forgotten
        return
    if photo is not None and job.kind in {JobKind.FETCH, JobKind.CUT_OUT}:
        await photos.update_accepted(connection, photo.id, state=PhotoState.FAILED)
        if photo.album_id is not None:  # it goes on without this photo
            await engine.submit(connection, jobs.show_album(job.seller_id, photo.album_id))
    if photo is None and "album" in job.payload:
        members = await photos.of_album(connection, job.number("album"))
        photo = members[0] if members else None
    if photo is not None:
        told = jobs.tell_failure(photo, error.text_key, error.details)
    else:
        told = jobs.tell(job.seller_id, job.seller_id, error)
    await engine.submit(connection, told)


async def _without_model(connection: AsyncConnection, engine: JobEngine, job: Job) -> None:
    """Draw the photo with the first candidate, as where no model is asked."""
    photo = await photos.get(connection, job.number("photo"))
    if photo is not None:
        await engine.submit(connection, jobs.render(photo))


async def _end_refused(
    connection: AsyncConnection, engine: JobEngine, job: Job, error: ChatRefusedError
) -> None:
    """End the photos that a chat does not take, and have their seller told once."""
    if job.kind in QUIET - {JobKind.OFFER}:
        return
    found = []
    if job.kind is JobKind.ALBUM:
        found = await photos.of_album(connection, job.number("album"))
    elif "photo" in job.payload:
        photo = await photos.get(connection, job.number("photo"))
        found = [] if photo is None else [photo]
    alive = [photo for photo in found if photo.state in {PhotoState.ACCEPTED, PhotoState.READY}]
    if job.kind in UNSHOWN:
        for photo in alive:
            if not photo.shows_result:
                await photos.update(connection, photo.id, state=PhotoState.FAILED)
    if alive:
        told = jobs.tell_failure(alive[0], error.text_key, error.details)
        await engine.submit(connection, told)
