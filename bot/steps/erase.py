"""Delete the files of a seller who wished to be forgotten, and what was made of them."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import structlog

from bot import payloads
from pipeline.errors import PhotoError, StorageError
from storage import account, erasures
from storage.jobs import RetryLaterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.services import WorkerContext
    from storage.jobs import Job

log = structlog.get_logger(__name__)

UNTOUCHED_SECONDS = 60.0
"""A file that was put later than this may be about to be somebody's: it is looked at again."""
BATCH = 20
"""Files that are deleted together, so that a run that is cut short has got somewhere."""
MAX_RUN_SECONDS = 60.0
"""A run stops after this long, before its deadline, so that other jobs run; it goes on later."""
PURGE_SECONDS = 5.0
ORPHAN_SECONDS = 3600.0
"""What no row has named for so long is nobody's: a result that another has replaced."""


async def erase(context: WorkerContext, job: Job) -> None:
    """Delete the seller's files that nobody else's rows name, their embeddings and cut-outs.

    Other workers are told what to drop, and the database's log is cut, where the seller's words
    would stand for a while.

    Results that were replaced are named by no row, so it cannot be told whose they were: all such
    files that are as old as the wish go too.
    """
    wish = payloads.Erase.of(job)
    for photo_id in wish.photos:
        context.cut_outs.drop(photo_id)
    mine = set(wish.files)
    put_at = {entry.key: entry.kept_at for entry in await context.files.entries()}
    async with context.database.read() as connection:
        named = await account.all_referenced(connection)
    now = time.time()
    going, later = [], False
    for key in sorted(put_at.keys() - named):
        if put_at[key] <= now - (UNTOUCHED_SECONDS if key in mine else ORPHAN_SECONDS):
            going.append(key)
        else:
            later |= key in mine or put_at[key] <= wish.wished_at
    began = time.monotonic()
    for start in range(0, len(going), BATCH):
        if time.monotonic() - began > MAX_RUN_SECONDS:
            raise RetryLaterError(0.0, "there are more files", counts=False)
        await _erase(context, wish, going[start : start + BATCH])
    log.info("files erased", count=len(going), more=later)
    if not await context.database.purge():
        raise RetryLaterError(PURGE_SECONDS, "the database's log is being read", counts=False)
    if later:
        raise RetryLaterError(UNTOUCHED_SECONDS, "files were put a moment ago", counts=False)


async def _erase(context: WorkerContext, wish: payloads.Erase, keys: Sequence[str]) -> None:
    """Delete files and have every worker drop what it keeps of them."""
    embeddings = [found for key in keys if (found := await _embedding(context, key)) is not None]
    async with context.database.write() as connection:
        await erasures.add(connection, wish.photos, embeddings)
    await asyncio.to_thread(context.studio.forget, embeddings)
    await context.files.delete(keys)


async def _embedding(context: WorkerContext, key: str) -> str | None:
    """Return the key of a photo's embedding; None for a file that is no usable photo."""
    try:
        data = await context.files.get(key)
        return await asyncio.to_thread(context.studio.embedding_key, data)
    except (PhotoError, StorageError):  # a mask, a picture that was never usable, or swept away
        return None
