"""One stand-in Telegram, one caption service and one real bot for a module's conversations.

A module, not the session: the stand-ins answer only while one of their tests runs, and modules
come in random order.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.e2e.bot import Bot
from tests.e2e.seller import Seller
from tests.stands.captions import Captions
from tests.stands.server import TOKEN, Served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator
    from pathlib import Path

    Report = pytest.TestReport

LINES_OF_LOG = 40
FIRST_SELLER = 7_700_000_001


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def telegram() -> AsyncIterator[Served]:
    telegram = Served()
    await telegram.start()
    yield telegram
    await telegram.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def captions() -> AsyncIterator[Captions]:
    captions = Captions()
    await captions.start()
    yield captions
    await captions.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(
    telegram: Served, captions: Captions, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Bot]:
    bot = Bot(tmp_path_factory.mktemp("bot"), telegram, captions)
    await bot.start()
    yield bot
    status = await bot.stop()
    log = bot.log.read_text()
    assert status == 0, log
    assert "Traceback" not in log, log
    assert TOKEN not in log
    assert TOKEN.split(":")[1] not in log
    assert str(FIRST_SELLER)[:-2] not in log, "sellers stand in the log as hashes"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, Report, Report]:
    """Print the bot's last lines under a test that failed."""
    report = yield
    bot = item.funcargs.get("bot")
    if report.failed and isinstance(bot, Bot):
        lines = bot.log.read_text().splitlines()[-LINES_OF_LOG:]
        report.sections.append((bot.log.name, "\n".join(lines)))
    return report


@pytest.fixture(scope="session")
def numbers() -> Callable[[], int]:
    return itertools.count(FIRST_SELLER).__next__


@pytest.fixture
def seller(telegram: Served, numbers: Callable[[], int]) -> Seller:
    return Seller(telegram, numbers())


@pytest.fixture(scope="session")
def shirt(samples: Path) -> bytes:
    """A sample photo of one product, which is never asked about."""
    return (samples / "green-t-shirt.jpg").read_bytes()
