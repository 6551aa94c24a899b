"""What every row of the table stands on: a stand on a new database, and an outcome in words."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.chaos.stand import stand

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.chaos.stand import Stand
    from tests.stands.postgres import Cluster

SQLITE = ["bot"]
POSTGRES = ["bot", "worker", "worker"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a row found: the figures in words, and whether what must hold held."""

    row: str
    figures: str
    held: bool


@asynccontextmanager
async def scene(cluster: Cluster | None, sellers: int = 8) -> AsyncIterator[Stand]:
    """Make a stand on a new database of the engine."""
    url = None if cluster is None else cluster.new_database()
    with TemporaryDirectory(prefix="vitrina-chaos-") as folder:
        async with stand(Path(folder), url, sellers) as made:
            yield made


def engine(cluster: Cluster | None) -> str:
    return "SQLite" if cluster is None else "PostgreSQL"
