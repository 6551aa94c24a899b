"""What handlers and steps work with; the two sides share nothing but the storage."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.middlewares.token_bucket import RateLimiter
from bot.process.metrics import Metrics
from bot.telegram.uploads import Uploads
from pipeline.captions import CaptionsKeptIn
from pipeline.captions.questions import Questions
from storage.costs import Budget

if TYPE_CHECKING:
    from aiogram import Bot

    from bot.cutout_cache import CutOutCache
    from bot.intents import Grammar
    from bot.intents.asked import Codes
    from bot.keyboards import Panels
    from bot.keyboards.backdrops import BackdropNames
    from bot.keyboards.common import Keyboards
    from bot.keyboards.preferences import Preferences
    from bot.keyboards.settings import SettingsMenu
    from bot.middlewares.hints import Hints
    from bot.middlewares.rules import Rules
    from bot.telegram.background_tasks import Tasks
    from bot.texts import Texts
    from pipeline.captions import Describer, Replacement
    from pipeline.drawings.previews import Previews, Swatches
    from pipeline.pictures import Painter
    from pipeline.studio import Studio
    from storage.bans import BanList
    from storage.database import Database
    from storage.files import FileStore
    from storage.jobs import JobEngine


REFUSALS_A_MINUTE = 10
"""How often a seller is told that a picture was not taken; more refusals are silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What handlers work with: Telegram, the storage, words and buttons, the operator's rules."""

    bot: Bot
    database: Database
    files: FileStore
    jobs: JobEngine
    texts: Texts
    names: BackdropNames
    grammar: Grammar
    codes: Codes
    keyboards: Keyboards
    panels: Panels
    preferences: Preferences
    settings_menu: SettingsMenu
    tasks: Tasks
    hints: Hints
    rules: Rules
    bans: BanList
    replaced: list[Replacement] = field(default_factory=list)
    """Caption models that others have taken the place of, as the describer finds out."""
    questions: Questions = field(default_factory=Questions)
    """Asks a model what the grammar cannot place; false where there is none to ask."""
    chooser: Questions = field(default_factory=Questions)
    """Asks a model that sees which candidate is the product."""
    painter: Painter | None = None
    """Draws empty scenes of words; None where no provider is set up."""
    uploads: Uploads = field(default_factory=Uploads)
    refusals: RateLimiter = field(default_factory=lambda: RateLimiter(REFUSALS_A_MINUTE))


@dataclass(frozen=True, slots=True, kw_only=True)
class StepServices(Services):
    """What the front end's steps work with beside: captions and their budget, metrics, swatches."""

    describer: Describer
    swatches: Swatches
    local: Describer = field(default_factory=CaptionsKeptIn)
    """For sellers who let nothing go out: a describer on this machine, if there is one."""
    budget: Budget = field(default_factory=Budget)
    metrics: Metrics = field(default_factory=Metrics)


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """The side that sees pixels: the steps that cut out and compose. It holds no bot token."""

    database: Database
    files: FileStore
    jobs: JobEngine
    studio: Studio
    previews: Previews
    cut_outs: CutOutCache
