"""Delete the files of a seller who wished to be forgotten, and what was made of them."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import structlog

from pipeline.errors import PhotoError, StorageError
from storage import account
from storage.jobs import AgainError

if TYPE_CHECKING:
    from bot.services import Workshop
    from storage.jobs import Job

log = structlog.get_logger(__name__)


UNTOUCHED_SECONDS = 60.0
"""A file that was put later than this may be about to be somebody's: it is looked at again."""


async def erase(workshop: Workshop, job: Job) -> None:
    """Delete files that nobody else's rows name, their embeddings and their cut-outs."""
    for photo_id in job.payload["photos"]:
        workshop.cut_outs.drop(photo_id)
    async with workshop.database.read() as connection:
        keys = set(job.payload["files"])
        keys -= await account.still_named(connection, keys)
    put_at = {entry.key: entry.kept_at for entry in await workshop.files.entries()}
    before = time.time() - UNTOUCHED_SECONDS
    old = [key for key in sorted(keys & put_at.keys()) if put_at[key] <= before]
    for key in old:
        await _forget_embedding(workshop, key)
    await workshop.files.delete(old)
    later = len(keys & put_at.keys()) - len(old)
    log.info("files erased", count=len(old), later=later)
    if later:
        raise AgainError(UNTOUCHED_SECONDS, "files were put a moment ago", counts=False)


async def _forget_embedding(workshop: Workshop, key: str) -> None:
    try:
        data = await workshop.files.get(key)
        photo = await asyncio.to_thread(workshop.studio.decode, data)
    except (PhotoError, StorageError):  # a mask, a picture that was never usable, or swept away
        return
    await asyncio.to_thread(workshop.studio.forget, photo)
