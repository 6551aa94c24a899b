from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from storage.sqlite_connection import Connection, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(
        "sqlite+aiosqlite://", async_creator=lambda: connect(str(tmp_path / "file"))
    )
    async with engine.begin() as connection:
        await connection.execute(sa.text("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT)"))
    yield engine
    await engine.dispose()


async def test_a_statement_is_one_visit_to_the_thread(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits = 0
    ask = Connection._execute

    async def counted(self: Connection, run: Callable[..., Any], *given: Any, **more: Any) -> Any:
        nonlocal visits
        visits += 1
        return await ask(self, run, *given, **more)  # type: ignore[no-untyped-call]  # aiosqlite's

    async with engine.connect() as connection:
        monkeypatch.setattr(Connection, "_execute", counted)
        added = await connection.execute(
            sa.text("INSERT INTO things (name) VALUES ('a'), ('b') RETURNING id")
        )
        assert added.scalars().all() == [1, 2]
        found = await connection.execute(sa.text("SELECT name FROM things ORDER BY id"))
        assert found.scalars().all() == ["a", "b"]
        changed = await connection.execute(sa.text("UPDATE things SET name = 'c'"))
        assert changed.rowcount == 2
        assert visits == 3


async def test_many_rows_at_once(engine: AsyncEngine) -> None:
    names = [{"name": str(number)} for number in range(300)]
    async with engine.begin() as connection:
        await connection.execute(sa.text("INSERT INTO things (name) VALUES (:name)"), names)
    async with engine.connect() as connection:
        found = await connection.execute(sa.text("SELECT name FROM things ORDER BY id"))
        assert [row.name for row in found] == [name["name"] for name in names]


async def test_an_error_is_sqlalchemys_and_the_connection_goes_on(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        with pytest.raises(sa.exc.OperationalError, match="no such table"):
            await connection.execute(sa.text("SELECT * FROM absent"))
        await connection.rollback()
        assert await connection.scalar(sa.text("SELECT count(*) FROM things")) == 0
