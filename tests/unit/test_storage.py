"""The database and the file store, on a real disk."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from pipeline.errors import AlreadyRunningError, StorageError
from storage import backdrops, captions, photos, sellers, updates
from storage.captions import CaptionRecord
from storage.database import Database, migrate
from storage.files import Files
from storage.photos import Arrival, PhotoState
from storage.tables import metadata

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ARRIVAL = Arrival(seller_id=7, chat_id=70, message_id=5, file_id="F", facts="лён")


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path)
    await database.open()
    yield database
    await database.aclose()


def test_the_migrations_build_the_tables(tmp_path: Path) -> None:
    migrate(tmp_path / "db.sqlite3")
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'db.sqlite3'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


async def test_a_second_process_is_kept_out(database: Database, tmp_path: Path) -> None:
    with pytest.raises(AlreadyRunningError, match="another vitrina process"):
        await Database(tmp_path).open()
    assert database.path.exists()


async def test_a_file_that_is_no_database_is_told_and_kept(tmp_path: Path) -> None:
    (tmp_path / "vitrina.sqlite3").write_text("my diary, longer than a header" * 50)
    with pytest.raises(StorageError, match="cannot be used"):
        await Database(tmp_path).open()
    with pytest.raises(StorageError, match="cannot be used"):
        await Database(tmp_path).open()
    assert (tmp_path / "vitrina.sqlite3").read_text().startswith("my diary")


async def test_preferences_survive(tmp_path: Path) -> None:
    first = Database(tmp_path)
    await first.open()
    async with first.write() as connection:
        await sellers.get_or_create(connection, 7, language="ru")
        await sellers.update(connection, 7, tone="premium", default_backdrop="preset:blue")
    await first.aclose()
    second = Database(tmp_path)
    await second.open()
    async with second.write() as connection:
        seller = await sellers.get_or_create(connection, 7, language="en")
    await second.aclose()
    assert (seller.language, seller.tone, seller.default_backdrop) == (
        "ru",
        "premium",
        "preset:blue",
    )


async def test_a_committed_photo_is_in_a_copy_of_the_files(
    database: Database, tmp_path: Path
) -> None:
    """What a power cut leaves: the database and its log as they lie on the disk."""
    async with database.write() as connection:
        await sellers.get_or_create(connection, 7, language="ru")
        await photos.accept(connection, ARRIVAL, wanted_backdrop=None)
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("vitrina.sqlite3", "vitrina.sqlite3-wal"):
        shutil.copy(tmp_path / name, copy)
    plain = sqlite3.connect(copy / "vitrina.sqlite3")
    assert plain.execute("SELECT facts FROM photos").fetchall() == [("лён",)]
    plain.close()


async def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    with suppress(ZeroDivisionError):
        async with database.write() as connection:
            await sellers.get_or_create(connection, 7, language="ru")
            raise ZeroDivisionError
    async with database.write() as connection:
        assert await updates.first_time(connection, 1)
        assert (await connection.execute(sa.text("SELECT count(*) FROM sellers"))).scalar() == 0


async def test_an_update_counts_once(database: Database) -> None:
    for expected in (True, False, False):
        async with database.write() as connection:
            assert await updates.first_time(connection, 99) is expected


async def test_writers_wait_for_each_other(database: Database) -> None:
    async def write(number: int) -> None:
        async with database.write() as connection:
            await updates.first_time(connection, number)

    await asyncio.gather(*(write(number) for number in range(30)))
    async with database.read() as connection:
        assert (await connection.execute(sa.text("SELECT count(*) FROM updates"))).scalar() == 30


async def test_photos_belong_to_their_seller(database: Database) -> None:
    async with database.write() as connection:
        await sellers.get_or_create(connection, 7, language="ru")
        number = await photos.accept(connection, ARRIVAL, wanted_backdrop="preset:blue")
        found = await photos.with_seller(connection, number)
        assert found is not None
        photo, seller = found
        assert seller.id == photo.seller_id == 7
        assert photo.state is PhotoState.ACCEPTED
        assert photo.wanted_backdrop == "preset:blue"
        assert await photos.with_seller(connection, number + 1) is None
        assert (await photos.latest(connection, 7, 70)) == photo
        assert await photos.latest(connection, 7, 71) is None
        assert (await photos.by_message(connection, 7, 70, 5)) == photo


async def test_only_usable_backgrounds_are_listed(database: Database) -> None:
    async with database.write() as connection:
        await sellers.get_or_create(connection, 7, language="ru")
        first = await backdrops.accept(connection, ARRIVAL, backdrops.Purpose(as_default=True))
        await backdrops.keep(connection, first, "a" * 64, 1)
        await backdrops.accept(connection, ARRIVAL, backdrops.Purpose(as_default=True))
        owns = await backdrops.of_seller(connection, 7)
    assert [own.id for own in owns] == [first]
    assert owns[0].title == "лён", "the words under the picture"


async def test_captions_come_back_in_order(database: Database) -> None:
    async with database.write() as connection:
        await sellers.get_or_create(connection, 7, language="ru")
        number = await photos.accept(connection, ARRIVAL, wanted_backdrop=None)
        for text in ("один", "два"):
            record = CaptionRecord(number, text, None, {"title": text}, "plain", "ru")
            await captions.add(connection, record)
        written = await captions.of_photo(connection, number)
    assert [caption.text for caption in written] == ["один", "два"]
    assert written[1].listing == {"title": "два"}


async def test_files_are_kept_by_content(tmp_path: Path) -> None:
    files = Files(tmp_path / "files")
    key = await files.put(b"picture")
    assert await files.put(b"picture") == key
    assert await files.get(key) == b"picture"
    kept = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert len(kept) == 1
    with pytest.raises(StorageError):
        await files.get("0" * 64)


async def test_a_file_that_cannot_be_written_leaves_no_part(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    with pytest.raises(StorageError):
        await Files(tmp_path / "files").put(b"picture")


def test_a_purpose_is_the_number_that_older_rows_and_buttons_hold() -> None:
    for code, purpose in (
        (7, backdrops.Purpose(photo_id=7)),
        (0, backdrops.Purpose(as_default=True)),
        (-1, backdrops.Purpose()),
    ):
        assert backdrops.Purpose.of(code) == purpose
        assert purpose.code == code
