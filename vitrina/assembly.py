"""The bot put together from its settings: the only place that knows all packages."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.cutout_cache import CutOutCache
from bot.erasure_poller import ErasurePoller
from bot.intents import Grammar
from bot.intents.asked import Codes
from bot.keyboards import Panels
from bot.keyboards.backdrops import BackdropNames
from bot.keyboards.common import Keyboards
from bot.keyboards.preferences import Preferences
from bot.keyboards.settings import SettingsMenu
from bot.middlewares.hints import Hints
from bot.middlewares.rules import Rules
from bot.process.health import Health, stuck_model, stuck_pools
from bot.process.metrics import Metrics
from bot.process.monitor import Monitor
from bot.process.runner import Supervision
from bot.process.systemd import Systemd
from bot.services import StepServices, WorkerContext
from bot.telegram.background_tasks import Tasks
from bot.telegram.connection_health import ConnectionHealth
from bot.telegram.migration import FollowMigration
from bot.telegram.session import connect
from bot.texts import Texts
from bot.worker import FRONT_END_POOLS, WORKER_POOLS
from pipeline.backdrops import Backdrops
from pipeline.captions import CaptionsKeptIn
from pipeline.captions.questions import Questions
from pipeline.cards.templates import load_templates
from pipeline.compose import load_choices
from pipeline.drawings.previews import Previews, Swatches
from pipeline.errors import SettingsError
from pipeline.markets import load_markets
from storage.bans import BanList
from storage.costs import Budget
from storage.database import Database
from storage.files import Files
from storage.postgres_jobs import PostgresJobs
from storage.sqlite_jobs import SqliteJobs
from storage.upkeep import Bounds, Upkeep
from vitrina import editor
from vitrina.describers import ModelContext, describer, local_describer, questions
from vitrina.environment import telegram_proxy
from vitrina.painters import painter
from vitrina.studio import open_studio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from aiogram import Bot

    from bot.editor_links import EditorLinks
    from bot.process.runner import Beside
    from pipeline.captions import Describer, Replacement
    from pipeline.cards.templates import Templates
    from pipeline.pictures import Painter
    from pipeline.studio import Studio
    from storage.files import FileStore
    from storage.jobs import JobEngine, JobPool
    from vitrina.settings import Settings


@dataclass(frozen=True, slots=True)
class Storage:
    """What outlives the process, opened."""

    database: Database
    files: FileStore
    jobs: JobEngine


@asynccontextmanager
async def front_end(
    settings: Settings,
) -> AsyncIterator[tuple[StepServices, WorkerContext | None, Supervision, Beside]]:
    """Assemble the bot; with SQLite it does the work too. Raises SettingsError without a token.

    What is to be served beside it is the editor; with PostgreSQL it has a model of its own.
    """
    token = settings.token()
    pools = FRONT_END_POOLS if settings.database_url else (*FRONT_END_POOLS, *WORKER_POOLS)
    metrics = Metrics()
    connection = ConnectionHealth(metrics)
    proxy = telegram_proxy(settings.telegram_proxy, settings.telegram_api_url)
    bot = connect(token, settings.telegram_api_url, metrics, connection, proxy)
    replaced: list[Replacement] = []
    writer = describer(settings, ModelContext(replaced=replaced.append))
    local = local_describer(settings, writer)
    asked = questions(settings, ModelContext(retries=0))
    drawing = painter(settings)
    backdrops = await asyncio.to_thread(Backdrops, settings.backgrounds_dir)
    templates = await asyncio.to_thread(load_templates, settings.card_templates_dir)
    try:
        async with _storage(settings, pools, metrics) as storage:
            services = build_services(
                bot,
                storage,
                writer,
                backdrops,
                Texts(),
                Grammar(backdrops.presets),
                rules=_rules(settings),
                metrics=metrics,
                budget=Budget(settings.caption_budget_seller, settings.caption_budget_overall),
                replaced=replaced,
                editor=editor.links(settings, token),
                local=local,
                questions=asked if settings.caption_models_read else None,
                chooser=asked if settings.caption_models_choose else None,
                painter=drawing,
                templates=templates,
            )
            health = Health(storage.database, storage.files, connection.trouble)
            health.add(stuck_pools(pools, metrics.running))
            if settings.database_url:
                supervision = _supervision(settings, storage, metrics, health, connection)
                async with _seeing(settings, storage, metrics) as seeing:
                    beside = editor.serving(settings, services, seeing)
                    yield services, None, supervision, beside
            else:
                async with _worker_context(settings, storage, metrics) as worker_context:
                    health.add(stuck_model(lambda: worker_context.studio.busy_seconds))
                    supervision = _supervision(
                        settings, storage, metrics, health, connection, worker_context
                    )
                    beside = editor.serving(settings, services, worker_context)
                    yield services, worker_context, supervision, beside
    finally:
        for one in {writer, local}:
            await one.aclose()
        await asked.aclose()
        if drawing is not None:
            await drawing.aclose()
        await bot.session.close()


def build_services(
    bot: Bot,
    storage: Storage,
    describer: Describer,
    backdrops: Backdrops,
    texts: Texts,
    grammar: Grammar,
    *,
    rules: Rules,
    metrics: Metrics,
    budget: Budget,
    replaced: list[Replacement],
    editor: EditorLinks | None = None,
    questions: Questions | None = None,
    chooser: Questions | None = None,
    local: Describer | None = None,
    painter: Painter | None = None,
    templates: Templates | None = None,
) -> StepServices:
    """Build what handlers and the front end's steps work with; nothing is sent or read yet."""
    bot.session.middleware(FollowMigration(storage.database))
    names = BackdropNames(texts, backdrops.presets, backdrops.groups)
    preferences = Preferences(texts, load_choices(), load_markets())
    return StepServices(
        bot=bot,
        database=storage.database,
        files=storage.files,
        jobs=storage.jobs,
        describer=describer,
        local=local or CaptionsKeptIn(),
        replaced=replaced,
        texts=texts,
        names=names,
        grammar=grammar,
        codes=Codes(preferences, names),
        questions=questions or Questions(),
        chooser=chooser or Questions(),
        painter=painter,
        keyboards=Keyboards(texts, names),
        panels=Panels.build(texts, names, preferences, editor, painter, templates),
        preferences=preferences,
        settings_menu=SettingsMenu(texts, preferences),
        tasks=Tasks(),
        hints=Hints(),
        budget=budget,
        rules=rules,
        bans=BanList(storage.database),
        metrics=metrics,
        swatches=Swatches(backdrops),
    )


def build_worker_context(storage: Storage, studio: Studio) -> WorkerContext:
    """Build what the steps that see pixels work with."""
    return WorkerContext(
        database=storage.database,
        files=storage.files,
        jobs=storage.jobs,
        studio=studio,
        previews=Previews(studio),
        cut_outs=CutOutCache(studio, storage.files),
    )


@asynccontextmanager
async def worker_context(settings: Settings) -> AsyncIterator[tuple[WorkerContext, Supervision]]:
    """Assemble a worker beside other processes. Raises SettingsError with SQLite."""
    if settings.database_url is None:
        raise SettingsError("a worker needs DATABASE_URL; with SQLite `vitrina bot` does it all")
    metrics = Metrics()
    async with (
        _storage(settings, WORKER_POOLS, metrics) as storage,
        _worker_context(settings, storage, metrics) as assembled,
    ):
        health = Health(
            storage.database,
            storage.files,
            stuck_pools(WORKER_POOLS, metrics.running),
            stuck_model(lambda: assembled.studio.busy_seconds),
        )
        yield assembled, _supervision(settings, storage, metrics, health, worker_context=assembled)


def _rules(settings: Settings) -> Rules:
    return Rules(
        photos_a_minute=settings.photos_a_minute,
        photos_a_day=settings.photos_a_day,
        photos_at_once=settings.photos_at_once,
        captions_a_day=settings.captions_a_day,
        scenes_a_day=settings.scenes_a_day,
        commands_a_minute=settings.commands_a_minute,
        taps_a_minute=settings.taps_a_minute,
        edits_a_minute=settings.edits_a_minute,
        exports_a_day=settings.exports_a_day,
        allowed=settings.allowed_users,
        blocked=settings.blocked_users,
        operators=settings.operators,
        retention_days=settings.retention_days,
        tips=settings.tips,
    )


@asynccontextmanager
async def _storage(
    settings: Settings, pools: Sequence[JobPool], metrics: Metrics
) -> AsyncIterator[Storage]:
    url = settings.database_url.get_secret_value() if settings.database_url else None
    async with open_storage(settings.data_dir, url, _files(settings), pools, metrics) as storage:
        yield storage


@asynccontextmanager
async def open_storage(
    folder: Path, url: str | None, files: FileStore, pools: Sequence[JobPool], metrics: Metrics
) -> AsyncIterator[Storage]:
    """Open the database in ``folder``, or the PostgreSQL at ``url``, and its job engine."""
    database = Database(folder, url)
    await database.open()
    try:
        engine = PostgresJobs if database.is_shared else SqliteJobs
        yield Storage(database, files, engine(database, pools, observer=metrics))
    finally:
        await database.aclose()


def _files(settings: Settings) -> FileStore:
    if settings.files_url is None:
        return Files(settings.data_dir / "files")
    try:
        from storage.s3 import S3Files
    except ModuleNotFoundError as error:
        raise SettingsError("FILES_URL needs the extra: pip install '.[s3]'") from error
    return S3Files(settings.files_url, endpoint=settings.files_endpoint_url)


@asynccontextmanager
async def _worker_context(
    settings: Settings, storage: Storage, metrics: Metrics
) -> AsyncIterator[WorkerContext]:
    keep = settings.data_dir / "embeddings"
    async with open_studio(settings, keep=keep, watch=metrics.model_ran) as studio:
        yield build_worker_context(storage, studio)


@asynccontextmanager
async def _seeing(
    settings: Settings, storage: Storage, metrics: Metrics
) -> AsyncIterator[WorkerContext | None]:
    """Load the model beside a front end whose jobs others do: the editor asks it."""
    if settings.editor_url is None:
        yield None
        return
    async with _worker_context(settings, storage, metrics) as assembled:
        yield assembled


def _supervision(
    settings: Settings,
    storage: Storage,
    metrics: Metrics,
    health: Health,
    connection: ConnectionHealth | None = None,
    worker_context: WorkerContext | None = None,
) -> Supervision:
    look = None if worker_context is None else ErasurePoller(worker_context).poll
    bounds = Bounds(days=settings.retention_days, quota=int(settings.disk_quota_gb * 1e9))
    return Supervision(
        Upkeep(storage.database, storage.files, bounds, look),
        Monitor(health, metrics, host=settings.metrics_host, port=settings.metrics_port),
        health,
        Systemd(health),
        connection,
    )
