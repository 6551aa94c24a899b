"""No line of the log names a seller, their words or a token; nothing stays after /forget."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.steps import erase
from storage import tables
from storage.database import Database
from tests.stands.bot import Person, Stand
from tests.stands.chatter import SELLER, WORDS
from tests.stands.server import TOKEN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stands.postgres import Cluster


def test_a_conversation_s_log_names_nobody(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.stands.chatter", str(tmp_path), "json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=170,
    )
    log = run.stdout + run.stderr
    for event in ("over the limit", "no caption", "update failed", "refused", "photo declined"):
        assert event in log, "the conversation has come that far"
    assert log.count("[secret]") >= 14, "the libraries' warnings stand there"
    for secret in (str(SELLER), WORDS, TOKEN, TOKEN.split(":")[1], "open-sesame"):
        lines = [line for line in log.splitlines() if secret in line]
        assert lines == [], secret


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    if request.param == "sqlite":
        return Database(tmp_path)
    cluster: Cluster = request.getfixturevalue("postgres")
    return Database(tmp_path, cluster.new_database())


async def test_an_error_of_the_database_holds_no_values(database: Database) -> None:
    row = {"id": SELLER, "language": "ru", "tone": "x", "created_at": 0.0}
    await database.open()
    for broken in (row, row | {"id": 5, "tone": None, "language": WORDS[:8]}):
        with pytest.raises(sa.exc.IntegrityError) as raised:
            await add(database, row, broken)
        said = f"{raised.value} {raised.value!r} {raised.value.orig} {raised.value.orig!r}"
        assert "constraint" in said.lower()
        assert str(SELLER) not in said
        assert WORDS[:8] not in said
    await database.aclose()


async def add(database: Database, *rows: dict[str, object]) -> None:
    async with database.write() as connection:
        for row in rows:
            await connection.execute(sa.insert(tables.sellers).values(**row))


async def test_nothing_of_a_forgotten_seller_stands_in_the_databases_files(
    stand: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erase, "UNTOUCHED_SECONDS", 0)
    monkeypatch.setattr(erase, "ORPHAN_SECONDS", 0)
    # SQLite keeps the number as 6 bytes; Python and JSON as digits.
    signs = [WORDS.encode(), str(SELLER).encode(), SELLER.to_bytes(6, "big"), b"A thing that is"]

    def found() -> list[tuple[str, bytes]]:
        kept = tmp_path.glob("vitrina.sqlite3*")
        data = {path.name: path.read_bytes() for path in kept}
        return [(name, sign) for name, held in data.items() for sign in signs if sign in held]

    others = [Person(stand, number) for number in range(10, 14)]
    seller = Person(stand, SELLER)
    for _ in range(8):
        await seller.photo(words=WORDS)
        for other in others:
            await other.say("/start")
    await stand.settle()
    await seller.say("/caption")
    await stand.settle()
    assert {sign for _, sign in found()} >= {signs[0], *signs[2:]}
    await seller.say("/forget")
    await seller.tap(seller.last, "Да, удалить всё")
    await stand.settle()
    assert found() == []
