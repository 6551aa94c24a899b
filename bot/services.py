"""What handlers and steps work with, assembled once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiogram import Bot

    from bot.cutouts import CutOuts
    from bot.keyboards import Keyboards
    from bot.tasks import Tasks
    from bot.texts import Texts
    from pipeline.captions import Describer
    from pipeline.studio import Studio
    from storage.database import Database
    from storage.files import Files
    from storage.jobs import JobEngine


@dataclass(frozen=True, slots=True)
class Services:
    """The rooms' ends, as the conversation sees them."""

    bot: Bot
    database: Database
    files: Files
    jobs: JobEngine
    studio: Studio
    cut_outs: CutOuts
    describer: Describer
    texts: Texts
    keyboards: Keyboards
    tasks: Tasks
