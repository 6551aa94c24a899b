"""The bot put together from its settings: the only place that knows all the rooms."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.cutouts import CutOuts
from bot.hints import Hints
from bot.keyboards import Keyboards
from bot.preferences import Preferences
from bot.services import Services, Workshop
from bot.session import connect
from bot.settings_menu import SettingsMenu
from bot.tasks import Tasks
from bot.texts import Texts
from bot.worker import SHOW_LANES, WORK_LANES
from pipeline.backdrops import Backdrops
from pipeline.compose import load_choices
from pipeline.errors import SettingsError
from pipeline.markets import load_markets
from storage.database import Database
from storage.files import Files
from storage.postgres_jobs import PostgresJobs
from storage.sqlite_jobs import SqliteJobs
from vitrina.studio import describer, open_studio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from storage.jobs import JobEngine, Lane
    from vitrina.settings import Settings


@dataclass(frozen=True, slots=True)
class Storage:
    """What outlives the process, opened."""

    database: Database
    files: Files
    jobs: JobEngine


@asynccontextmanager
async def front_end(settings: Settings) -> AsyncIterator[tuple[Services, Workshop | None]]:
    """Assemble the bot; with SQLite it does the work too. Raises SettingsError without a token."""
    if settings.bot_token is None:
        raise SettingsError("BOT_TOKEN is not set; see docs/run-a-bot.md")
    lanes = SHOW_LANES if settings.database_url else (*SHOW_LANES, *WORK_LANES)
    bot = connect(settings.bot_token.get_secret_value(), settings.telegram_api_url)
    writer = describer(settings)
    backdrops = await asyncio.to_thread(Backdrops, settings.backgrounds_dir)
    texts = Texts()
    preferences = Preferences(texts, load_choices(), load_markets())
    try:
        async with _storage(settings, lanes) as storage:
            services = Services(
                bot=bot,
                database=storage.database,
                files=storage.files,
                jobs=storage.jobs,
                describer=writer,
                texts=texts,
                keyboards=Keyboards(texts, [backdrops.preset(name) for name in backdrops.names]),
                preferences=preferences,
                settings_menu=SettingsMenu(texts, preferences),
                tasks=Tasks(),
                hints=Hints(),
            )
            if settings.database_url:
                yield services, None
            else:
                async with _workshop(settings, storage) as workshop:
                    yield services, workshop
    finally:
        await writer.aclose()
        await bot.session.close()


@asynccontextmanager
async def workshop(settings: Settings) -> AsyncIterator[Workshop]:
    """Assemble a worker beside other processes. Raises SettingsError with SQLite."""
    if settings.database_url is None:
        raise SettingsError("a worker needs DATABASE_URL; with SQLite `vitrina bot` does it all")
    async with (
        _storage(settings, WORK_LANES) as storage,
        _workshop(settings, storage) as assembled,
    ):
        yield assembled


@asynccontextmanager
async def _storage(settings: Settings, lanes: Sequence[Lane]) -> AsyncIterator[Storage]:
    url = settings.database_url.get_secret_value() if settings.database_url else None
    database = Database(settings.data_dir, url)
    await database.open()
    try:
        engine = PostgresJobs if database.is_shared else SqliteJobs
        yield Storage(database, Files(settings.data_dir / "files"), engine(database, lanes))
    finally:
        await database.aclose()


@asynccontextmanager
async def _workshop(settings: Settings, storage: Storage) -> AsyncIterator[Workshop]:
    async with open_studio(settings, keep=settings.data_dir / "embeddings") as studio:
        yield Workshop(
            database=storage.database,
            files=storage.files,
            jobs=storage.jobs,
            studio=studio,
            cut_outs=CutOuts(studio, storage.files),
        )
