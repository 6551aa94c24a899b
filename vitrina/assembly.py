"""The bot put together from its settings: the only place that knows all the rooms."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot.cutouts import CutOuts
from bot.keyboards import Keyboards
from bot.services import Services
from bot.session import connect
from bot.tasks import Tasks
from bot.texts import Texts
from bot.worker import LANES
from pipeline.errors import SettingsError
from storage.database import Database
from storage.files import Files
from storage.sqlite_jobs import SqliteJobs
from vitrina.studio import describer, open_studio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from vitrina.settings import Settings


@asynccontextmanager
async def services(settings: Settings) -> AsyncIterator[Services]:
    """Assemble the bot. Raises SettingsError without a token."""
    if settings.bot_token is None:
        raise SettingsError("BOT_TOKEN is not set; see docs/run-a-bot.md")
    bot = connect(settings.bot_token.get_secret_value(), settings.telegram_api_url)
    database = Database(settings.data_dir)
    await database.open()
    writer = describer(settings)
    try:
        async with open_studio(settings, keep=settings.data_dir / "embeddings") as studio:
            files = Files(settings.data_dir / "files")
            texts = Texts()
            yield Services(
                bot=bot,
                database=database,
                files=files,
                jobs=SqliteJobs(database, LANES),
                studio=studio,
                cut_outs=CutOuts(studio, files),
                describer=writer,
                texts=texts,
                keyboards=Keyboards(texts, studio.presets),
                tasks=Tasks(),
            )
    finally:
        await writer.aclose()
        await bot.session.close()
        await database.aclose()
