"""The migration chain, up and down on both databases, with data of every schema in it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.database import MIGRATIONS, migrate
from storage.postgres import normal
from storage.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.stands.postgres import Cluster


def revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return [
        s.revision for s in reversed(list(ScriptDirectory.from_config(config).walk_revisions()))
    ]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> sa.URL:
    if request.param == "sqlite":
        return sa.engine.make_url(f"sqlite:///{tmp_path / 'db.sqlite3'}")
    cluster: Cluster = request.getfixturevalue("postgres")
    return normal(cluster.new_database())


@pytest.fixture
def engine(url: sa.URL) -> Iterator[sa.Engine]:
    engine = sa.create_engine(url)
    yield engine
    engine.dispose()


def fill(engine: sa.Engine) -> dict[str, int]:
    """Put a row of made-up values into every table of the schema as it is; count all rows."""
    found = sa.MetaData()
    found.reflect(engine)
    counts = {}
    with engine.begin() as connection:
        for table in found.sorted_tables:
            if table.name.startswith(("alembic", "procrastinate")):
                continue
            values = {
                column.name: _made_up(column)
                for column in table.c
                if column.server_default is None and not column.nullable
            }
            if not _count(connection, table):
                connection.execute(sa.insert(table).values(**values))
            counts[table.name] = _count(connection, table)
    return counts


def _made_up(column: sa.Column[object]) -> object:
    kind = column.type
    if isinstance(kind, sa.JSON):
        return {"photo": 1}
    if isinstance(kind, sa.Boolean):
        return True
    if isinstance(kind, sa.String):
        return "x"
    return 1


def counts_of(engine: sa.Engine, tables: dict[str, int]) -> dict[str, int]:
    with engine.connect() as connection:
        return {name: _count(connection, sa.table(name)) for name in tables}


def _count(connection: sa.Connection, table: sa.FromClause) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def test_the_chain_builds_the_tables(url: sa.URL, engine: sa.Engine) -> None:
    migrate(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _: kind != "table" or name in metadata.tables,
            },
        )
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("revision", revisions())
def test_data_of_every_schema_goes_up_and_down(
    url: sa.URL, engine: sa.Engine, revision: str
) -> None:
    migrate(url, revision)
    counts = fill(engine)
    migrate(url)
    assert counts_of(engine, counts) == counts, "nothing is lost on the way up"
    fill(engine)
    migrate(url, revision, down=True)
    assert counts_of(engine, counts) == counts, "nor on the way down"
    migrate(url, "base", down=True)
    migrate(url)


def test_two_processes_that_start_at_once_migrate_one_after_the_other(
    postgres: Cluster,
) -> None:
    address = sa.engine.make_url(postgres.new_database()).set(drivername="postgresql+psycopg")
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(migrate, address) for _ in range(3)]:
            done.result()
