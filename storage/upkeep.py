"""Retention: old files and rows are deleted, and the disk never fills."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog

from pipeline.errors import StorageError
from storage import erasures, job_rows, usage
from storage.backdrops import own_ref
from storage.database import is_passing
from storage.photos import PhotoState
from storage.tables import (
    backdrops,
    editors,
    edits,
    failures,
    jobs,
    metadata,
    photos,
    scenes,
    sellers,
    updates,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.database import Database
    from storage.files import Entry, FileStore

DAY = 86_400.0
SWEEP_SECONDS = 60.0
BATCH = 500
"""Files or rows that one transaction looks at."""
DOWN_TO = 0.9
"""An overfull store is emptied to this part of its quota, so that it is not swept all the time."""
BACKDROPS_SHARE = 0.5
"""The part of the quota that all own backgrounds together may take."""
UPKEEP_LOCK = 0x73776570
"""An advisory lock's key; it spells "swep"."""
NEEDED = tuple(
    column for column in photos.c if column.name.endswith("_file") and column.name != "result_file"
)
"""Without these nothing can be made of a photo any more."""
KEPT = tuple(
    column
    for table in metadata.tables.values()
    for column in table.c
    if table is not photos and (column.name == "file" or column.name.endswith("_file"))
)
"""What sellers keep on purpose, such as their own backgrounds."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long files are kept, in days, and how many bytes of them."""

    days: float = 7.0
    quota: int = 20 * 10**9


class Upkeep:
    """Sweeps every minute, and sees whether the files are full."""

    def __init__(
        self,
        database: Database,
        files: FileStore,
        bounds: Bounds,
        look: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """``run`` starts it. ``look`` is what else the process does every minute."""
        self._look = look
        self._database = database
        self._files = files
        self._bounds = bounds

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                if self._look is not None:
                    await self._look()
                await self.sweep()
            except (sa.exc.SQLAlchemyError, StorageError) as error:
                if not (isinstance(error, StorageError) or is_passing(error)):
                    raise
                log.warning("nothing swept", reason=str(error))
            await asyncio.sleep(SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Delete what is older than its days, then the oldest until there is room again.

        Own backgrounds within their share and what an open job works on stay. With PostgreSQL one
        process sweeps at a time.
        """
        async with self._database.write() as connection:
            if self._database.is_shared and not await connection.scalar(
                sa.select(sa.func.pg_try_advisory_xact_lock(UPKEEP_LOCK))
            ):
                return
            await self._delete_old_rows(connection)
        entries = await self._files.entries()
        await self._drop_backdrops(entries)
        total, free = sum(entry.size for entry in entries), await self._files.free()
        too_old = time.time() - self._bounds.days * DAY
        excess = max(total - self._bounds.quota, -free)
        if excess > 0:
            excess += int(self._bounds.quota * (1 - DOWN_TO))
        gone = 0
        for start in range(0, len(entries), BATCH):
            batch = entries[start : start + BATCH]
            if batch[0].kept_at >= too_old and gone >= excess:
                break
            gone += await self._delete(batch, too_old, excess - gone)
        free = await self._files.free()
        self._files.is_full = free <= 0 or total - gone > self._bounds.quota
        if gone:
            log.info("files swept", bytes=gone, left=total - gone, full=self._files.is_full)

    async def _drop_backdrops(self, entries: Collection[Entry]) -> None:
        """Delete the oldest own backgrounds where all of them take more than their share.

        Nothing else unpins them: a quota full of backgrounds would stop the bot for everyone.
        """
        sizes = {entry.key: entry.size for entry in entries}
        room = int(self._bounds.quota * BACKDROPS_SHARE)
        kept = sa.select(backdrops.c.id, backdrops.c.file).where(backdrops.c.file.is_not(None))
        async with self._database.read() as connection:
            newest = (await connection.execute(kept.order_by(backdrops.c.id.desc()))).all()
        going = []
        for number, key in newest:
            room -= sizes.get(key, 0)
            if room < 0:
                going.append(number)
        for start in range(0, len(going), BATCH):
            batch = going[start : start + BATCH]
            async with self._database.write() as connection:
                await connection.execute(
                    sa.update(sellers)
                    .where(sellers.c.default_backdrop.in_([own_ref(number) for number in batch]))
                    .values(default_backdrop=None)
                )
                await connection.execute(sa.delete(backdrops).where(backdrops.c.id.in_(batch)))
        if going:
            log.warning("own backgrounds over their share of the quota", dropped=len(going))

    async def _delete(self, batch: list[Entry], too_old: float, excess: int) -> int:
        """Delete those of ``batch`` that may go; return how many bytes that were."""
        pinned = await self._pinned([entry.key for entry in batch])
        going: dict[str, int] = {}
        for entry in batch:
            wanted = entry.kept_at < too_old or sum(going.values()) < excess
            if wanted and entry.key not in pinned:
                going[entry.key] = entry.size
        if going:
            async with self._database.write() as connection:
                await connection.execute(
                    sa.update(photos)
                    .where(sa.or_(*(column.in_(going) for column in NEEDED)))
                    .values(state=PhotoState.EXPIRED.value, **{c.name: None for c in NEEDED})
                )
                await connection.execute(
                    sa.update(photos)
                    .where(photos.c.result_file.in_(going))
                    .values(result_file=None, drawn=None)
                )
            await self._files.delete(going)
        return sum(going.values())

    async def _pinned(self, keys: Collection[str]) -> set[str]:
        """Return those of ``keys`` that are still needed."""
        waiting = sa.exists().where(
            jobs.c.seller_id == photos.c.seller_id, jobs.c.state.in_(job_rows.OPEN)
        )
        found: set[str] = set()
        async with self._database.read() as connection:
            for column in KEPT:
                rows = await connection.execute(sa.select(column).where(column.in_(keys)))
                found.update(row[0] for row in rows)
            for column in (*NEEDED, photos.c.result_file):
                rows = await connection.execute(sa.select(column).where(column.in_(keys), waiting))
                found.update(row[0] for row in rows)
        return found

    async def _delete_old_rows(self, connection: AsyncConnection) -> None:
        """Delete ended jobs and seen updates of the same age, a batch a sweep."""
        await usage.delete_expired(connection, BATCH)
        await erasures.delete_expired(connection)
        abandoned = sa.and_(backdrops.c.file.is_(None), backdrops.c.created_at < time.time() - DAY)
        await connection.execute(sa.delete(backdrops).where(abandoned))
        before = time.time() - self._bounds.days * DAY
        for table, moment in (
            (jobs, jobs.c.finished_at),
            (updates, updates.c.seen_at),
            (failures, failures.c.created_at),
            (edits, edits.c.created_at),
            (editors, editors.c.updated_at),
            (scenes, scenes.c.created_at),
        ):
            old = sa.select(table.c.id).where(moment < before).limit(BATCH)
            await connection.execute(sa.delete(table).where(table.c.id.in_(old)))
