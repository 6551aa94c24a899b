"""Delete files that no row refers to any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage import account

if TYPE_CHECKING:
    from bot.services import Services, WorkerContext
    from storage.jobs import Job


async def delete_unreferenced(
    context: Services | WorkerContext, *keys: str | None, done: Job | None = None
) -> None:
    """Delete those of ``keys`` that no row and no open job names.

    ``done`` is the job that needs its own no more: run again, it finds that all is done.
    """
    old = {key for key in keys if key is not None}
    if not old:
        return
    async with context.database.read() as connection:
        old -= await account.referenced(connection, old, besides=0 if done is None else done.id)
    if old:
        await context.files.delete(sorted(old))
