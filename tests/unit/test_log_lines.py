"""What every line of the log says of where it comes from: the update or the job, and for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from bot.handlers import commands
from tests.stands.bot import Person, Stand
from vitrina.logging import Pseudonyms

if TYPE_CHECKING:
    import pytest

SELLER = 7_777_777


async def test_a_handler_s_line_names_its_update_and_a_job_s_its_job(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller = Person(stand, SELLER)
    with capture_logs([merge_contextvars, Pseudonyms(b"salt")]) as logs:
        await seller.photo(b"no picture")
        await stand.settle()
        monkeypatch.setattr(commands, "sender", None)
        await seller.say("/start")
    lines = {line["event"]: line for line in logs}
    declined, failed = lines["photo declined"], lines["update failed"]
    assert declined["job"] > 0
    assert declined["kind"] == "cut-out"
    assert failed["error_id"] == f"U{failed['update']}"
    assert declined["user"] == failed["user"]
    assert str(SELLER) not in str([declined, failed])
