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
ORPHAN_SECONDS = 3600.0
"""What no row has named for so long is nobody's: a result that another has replaced."""


async def erase(workshop: Workshop, job: Job) -> None:
    """Delete the seller's files that nobody else's rows name, their embeddings and cut-outs.

    Results that were replaced are named by no row, so it cannot be told whose they were: all such
    files that are as old as the wish go too.
    """
    for photo_id in job.payload["photos"]:
        workshop.cut_outs.drop(photo_id)
    mine = set(job.payload["files"])
    put_at = {entry.key: entry.kept_at for entry in await workshop.files.entries()}
    async with workshop.database.read() as connection:
        named = await account.all_named(connection)
    now = time.time()
    going, later = [], False
    for key in sorted(put_at.keys() - named):
        if put_at[key] <= now - (UNTOUCHED_SECONDS if key in mine else ORPHAN_SECONDS):
            going.append(key)
        else:
            later |= key in mine or put_at[key] <= job.payload["wished_at"]
    for key in going:
        await _forget_embedding(workshop, key)
    await workshop.files.delete(going)
    log.info("files erased", count=len(going), more=later)
    if later:
        raise AgainError(UNTOUCHED_SECONDS, "files were put a moment ago", counts=False)


async def _forget_embedding(workshop: Workshop, key: str) -> None:
    try:
        data = await workshop.files.get(key)
        photo = await asyncio.to_thread(workshop.studio.decode, data)
    except (PhotoError, StorageError):  # a mask, a picture that was never usable, or swept away
        return
    await asyncio.to_thread(workshop.studio.forget, photo)
