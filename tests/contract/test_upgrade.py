"""A data folder of version 0.1.0, with work open, taken over by this version.

``upgrade/0.1.0.zip`` was written by that version: the database as SQL, the files, what its Telegram
held, and the buttons of messages that it had sent.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
import structlog

from playground.chats.photos import Size
from storage import backdrops, photos, tables
from storage.photos import PhotoState
from storage.render_key import RenderKey
from tests.stands.bot import Person, Stand, open_stand

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PACKED = Path(__file__).parent / "upgrade" / "0.1.0.zip"
CHOSEN_LAST = ("forget|1", "mine|1|delete")
"""What ends the rest."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data folder as version 0.1.0 left it."""
    with zipfile.ZipFile(PACKED) as packed:
        packed.extractall(tmp_path)
    with closing(sqlite3.connect(tmp_path / "vitrina.sqlite3")) as database:
        database.executescript((tmp_path / "database.sql").read_text())
    return tmp_path


@pytest.fixture
def buttons(folder: Path) -> dict[str, Any]:
    """The messages that stood in the chats, by what they showed."""
    found: dict[str, Any] = json.loads((folder / "buttons.json").read_text())
    return found


@pytest.fixture
async def stand(folder: Path, buttons: dict[str, Any]) -> AsyncIterator[Stand]:
    async with open_stand(folder) as stand:
        stand.telegram.chats._message_ids = itertools.count(2_000_000)
        stand._update_ids = itertools.count(1_000)
        for path in (folder / "telegram").iterdir():
            stand.telegram.hold(path.name, path.read_bytes())
        for kept in buttons.values():
            rows = [[{"text": label, "callback_data": data}] for label, data in kept["data"]]
            photo = stand.telegram.chats.files.add_sizes([Size(b"", 9, 9)])
            words = {"text": "as it was"}
            stand.telegram.chats.replace(
                {
                    "message_id": kept["message"],
                    "date": 1,
                    "chat": stand.telegram.chats.chat(kept["chat"]),
                    "from": stand.telegram.chats.bot,
                    "reply_markup": {"inline_keyboard": rows},
                    **(
                        {"photo": photo, "caption": "as it was"}
                        if kept["kind"] == "photo"
                        else words
                    ),
                }
            )
        yield stand


async def test_open_work_is_done(stand: Stand) -> None:
    await stand.settle()
    async with stand.services.database.read() as connection:
        for number in (7, 8):
            photo = await photos.get(connection, number)
            assert photo is not None
            assert photo.state is PhotoState.READY
        own = await backdrops.get(connection, 2)
        assert own is not None
        assert own.file is not None
        failed = sa.select(tables.jobs).where(tables.jobs.c.state == "failed")
        assert not (await connection.execute(failed)).all()
    anna = Person(stand, 1)
    assert any(shown.kind == "document" for shown in anna.shown), "the PNG that was asked for"


async def test_old_buttons_do_what_they_say(stand: Stand, buttons: dict[str, Any]) -> None:
    await stand.settle()
    everyone = [
        (kept, data)
        for kept in buttons.values()
        for _, data in kept["data"]
        if data not in CHOSEN_LAST
    ]
    last = [(kept, data) for kept in buttons.values() for _, data in kept["data"]]
    last = [(kept, data) for kept, data in last if data in CHOSEN_LAST]
    with structlog.testing.capture_logs() as lines:
        for kept, data in (*everyone, *last):
            await Person(stand, kept["seller"]).press(data, kept["message"])
        await asyncio.sleep(0)
        await stand.settle()
    broken = [line for line in lines if line["log_level"] in {"error", "critical"}]
    assert not broken, broken[0]


async def test_an_old_preset_button_swaps_the_picture(
    stand: Stand, buttons: dict[str, Any]
) -> None:
    await stand.settle()
    result = buttons["result"]
    toast = await Person(stand, 1).press("place|1|preset:green", result["message"])
    assert toast
    await stand.settle()
    async with stand.services.database.read() as connection:
        photo = await photos.get(connection, 1)
    assert photo is not None
    assert isinstance(photo.shown, RenderKey)
    assert photo.shown.backdrop == "preset:green"
