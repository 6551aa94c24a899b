"""Handlers made to break: an id in the log, a sentence with that id, never a traceback."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from bot.handlers import commands, settings
from bot.handlers import pictures as picture_handlers
from tests.stands.bot import Person, Stand


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    async def meet(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    for module in (commands, settings, picture_handlers):
        for name in ("seller_of", "sender"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, meet)


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("language", ["ru", "en"])
async def test_a_message_that_breaks_its_handler(stand: Stand, language: str) -> None:
    anna = Person(stand, 1, language)
    for number, send in enumerate((anna.say("/start"), anna.photo(), anna.say("/settings")), 1):
        with capture_logs() as logs:
            await send
        (entry,) = [log for log in logs if log["event"] == "update failed"]
        assert entry["error_id"] == f"U{number}"
        assert isinstance(entry["exc_info"], RuntimeError)
        assert f"U{number}" in anna.last.text
        assert "/start" in anna.last.text, "what to do next"
        assert "secret detail" not in anna.last.text
        assert "Traceback" not in anna.last.text


@pytest.mark.usefixtures("broken")
async def test_a_tap_that_breaks_its_handler(stand: Stand) -> None:
    toast = await Person(stand, 1).press("menu|", 5)
    assert "U1" in toast
    assert "secret" not in toast


async def test_a_broken_database_is_told_too(stand: Stand) -> None:
    anna = Person(stand, 1, "en")
    async with stand.services.database.write() as connection:
        await connection.exec_driver_sql("ALTER TABLE sellers RENAME TO gone")
    await anna.say("/start")
    assert "U1" in anna.last.text
    assert "Something went wrong" in anna.last.text
    async with stand.services.database.write() as connection:
        await connection.exec_driver_sql("ALTER TABLE gone RENAME TO sellers")
    await anna.say("/start")
    assert anna.last.text.startswith("Hello"), "the next /start leaves it"
