"""A photo that comes while there is no room is declined in a sentence, and nothing is promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.tables import photos
from tests.stands.bot import Person, open_stand

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_photo_without_room_is_declined(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        seller = Person(stand, 7)
        stand.services.files.is_full = True
        await seller.photo()
        assert "кончилось место" in seller.last.text
        async with stand.services.database.read() as connection:
            assert (await connection.execute(sa.select(photos.c.id))).all() == []
        stand.services.files.is_full = False
        await seller.photo()
        await stand.settle()
        assert "кончилось место" not in seller.last.text
