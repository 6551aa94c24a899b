"""Delete files that were replaced: nothing is kept that no row names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage import account

if TYPE_CHECKING:
    from bot.services import Services, Workshop


async def discard(room: Services | Workshop, *keys: str | None) -> None:
    """Delete files that no row names any more."""
    old = {key for key in keys if key is not None}
    if not old:
        return
    async with room.database.read() as connection:
        old -= await account.still_named(connection, old)
    if old:
        await room.files.delete(sorted(old))
