"""The bot in one process, around the stand-in Telegram, and the people who write to it."""

from __future__ import annotations

import asyncio
import atexit
import itertools
import shutil
import sqlite3
import time
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, cast

import psycopg
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.types import Update

from bot.dispatcher import dispatcher
from bot.intents import Grammar
from bot.middlewares.rules import Rules
from bot.process.metrics import Metrics
from bot.texts import Texts
from bot.worker import FRONT_END_POOLS, WORKER_POOLS, Worker
from pipeline.foreground.strategies import HeadSaliency, SamSegmenter
from pipeline.inference import Models
from pipeline.model.embedding_cache import Embeddings
from pipeline.model.executor import Executor
from pipeline.model.hosts import InProcessHost
from pipeline.photo.pool import Decoders
from pipeline.studio import Studio
from playground.chats.photos import Size
from storage.costs import Budget
from storage.database import FILE, migrate
from storage.files import Files
from tests.stands.cards import QuickStudio
from tests.stands.describer import Scribe
from tests.stands.model import Echo, backdrops, middle, picture
from tests.stands.server import TOKEN
from tests.stands.session import InMemory
from vitrina.assembly import build_services, build_worker_context, open_storage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from aiogram import Dispatcher

    from bot.editor_links import EditorLinks
    from bot.services import StepServices, WorkerContext
    from pipeline.foreground import Head
    from playground.errors import Json
    from tests.stands.server import Message

MOMENT = int(datetime(2026, 11, 25, tzinfo=UTC).timestamp())
"""When sellers write."""
SETTLE_SECONDS = 60.0
BUSY = (
    "SELECT EXISTS (SELECT 1 FROM jobs WHERE state = 'running' OR"
    " (state = 'queued' AND not_before <= {soon} AND kind <> 'progress'))"
)
FAST = Rules(commands_a_minute=0, taps_a_minute=0, tips=False)
"""For people who write as fast as a test does, and need no tips."""


@dataclass
class Stand:
    """A running bot, its Telegram and its captions."""

    telegram: InMemory
    services: StepServices
    dispatcher: Dispatcher
    scribe: Scribe
    worker: WorkerContext
    is_busy: Callable[[], bool]
    """Whether a job runs or is due; it is asked hundreds of times in a test."""

    def __post_init__(self) -> None:
        self._update_ids = itertools.count(1)

    async def feed(self, update_id: int | None = None, **content: Any) -> None:
        """Give the bot an update, as polling does, and wait for its short answers."""
        number = update_id or next(self._update_ids)
        bot = self.services.bot
        update = Update.model_validate({"update_id": number, **content}, context={"bot": bot})
        await self.dispatcher.feed_update(bot, update)
        await self.services.tasks.aclose()

    async def settle(self) -> None:
        """Wait until every job that is due has run; ``progress`` comes again and again."""
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                if not self.is_busy():
                    break
                await asyncio.sleep(0.01)
            await self.services.tasks.aclose()


class Person:
    """Someone with a phone, in a chat with the bot or in a group where it is."""

    def __init__(self, stand: Stand, number: int, language: str = "ru", group: int = 0) -> None:
        self.id = number
        self._stand = stand
        self._chats = stand.telegram.chats
        self.place: dict[str, Any] = {}
        """What each message of the chat says of where it stands: a forum's topic."""
        self.user = {
            "id": number,
            "is_bot": False,
            "first_name": "Аня",
            "language_code": language,
        }
        self.chat: dict[str, Any] = (
            {"id": group, "type": "supergroup", "title": "Лавка"}
            if group
            else {"id": number, "type": "private", "first_name": "Аня"}
        )
        self._chats.chats.setdefault(self.chat["id"], self.chat)

    @property
    def shown(self) -> list[Message]:
        """What the chat shows, oldest first."""
        return self._stand.telegram.shown(self.chat["id"])

    @property
    def last(self) -> Message:
        """The newest message of the bot."""
        return self.shown[-1]

    @property
    def picture(self) -> Message:
        """The newest message of the bot that carries a file."""
        return next(shown for shown in reversed(self.shown) if shown.file)

    async def say(self, text: str, **more: Any) -> int:
        entities = [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
        if text.startswith("/"):
            more["entities"] = entities
        return await self.send(text=text, **more)

    async def photo(self, data: bytes | None = None, words: str = "", **more: Any) -> int:
        sizes = self._chats.files.add_sizes([Size(data or picture(), 128, 128)])
        if words:
            more["caption"] = words
        return await self.send(photo=sizes, **more)

    async def send(self, *, update_id: int | None = None, **content: Any) -> int:
        """Send a message of any kind and return its id."""
        message = self._chats.replace(self.message(**content))
        await self._stand.feed(update_id, message=message)
        return int(message["message_id"])

    async def edit(self, message_id: int, **content: Any) -> None:
        """Edit an earlier message."""
        edited = {**self.message(**content), "message_id": message_id, "edit_date": 2}
        await self._stand.feed(edited_message=edited)

    def message(self, **content: Any) -> Json:
        return {
            "message_id": self._chats.next_id(),
            "date": MOMENT,
            "chat": self.chat,
            "from": self.user,
            **self.place,
            **content,
        }

    async def tap(self, shown: Message, label: str) -> str:
        """Tap the first button with ``label`` in its own, and return the toast."""
        return await self.press(shown.data(label), shown.id)

    async def press(self, data: str, message_id: int | None = None) -> str:
        """Send a button's data, which may be forged; without a message it is too old."""
        number = self._chats.new_tap()
        query: Json = {"id": number, "from": self.user, "chat_instance": "1", "data": data}
        if message_id is not None:
            unknown = {"message_id": message_id, "date": MOMENT, "chat": self.chat, "text": ""}
            shown = self._chats.find(self.chat["id"], message_id)
            query["message"] = {**(shown or unknown), **self.place}
        await self._stand.feed(callback_query=query)
        return self._stand.telegram.toasts[number]


@contextmanager
def open_studio(embeddings: Embeddings, kind: type[Studio] = Studio) -> Iterator[Studio]:
    """Run the pipeline around the stand-in model."""
    head = cast("Head", middle)
    way = SamSegmenter(HeadSaliency(head))
    with Executor(InProcessHost(lambda: Models(Echo(), head, way))) as executor:
        yield kind(executor, backdrops(), embeddings, decoders())


@cache
def decoders() -> Decoders:
    """Return the processes that decode for all stands: to start them takes longer than a test."""
    made = Decoders()
    atexit.register(made.close)
    return made


@cache
def empty_database() -> Path:
    """Return a database with the newest tables: the migrations take longer than a test."""
    path = Path(mkdtemp(prefix="database-")) / FILE
    migrate(path)
    return path


@cache
def texts() -> Texts:
    """Return the sellers' texts, read once for all stands."""
    return Texts()


@cache
def grammar() -> Grammar:
    """Return what reads the sellers' words, made once for all stands."""
    return Grammar(backdrops().presets)


def begin(folder: Path) -> None:
    """Put an empty database into the folder, unless there is one."""
    folder.mkdir(exist_ok=True)
    if not (folder / FILE).exists():
        shutil.copyfile(empty_database(), folder / FILE)


@contextmanager
def looking(folder: Path, url: str | None) -> Iterator[Callable[[], bool]]:
    """Give what looks at the job table, past the engine: a read of its own each time."""
    held = psycopg.connect(url, autocommit=True) if url else sqlite3.connect(folder / FILE)

    def is_busy() -> bool:
        # The clock is read each time: on a slow machine a try that was put off comes long after.
        asked = BUSY.format(soon=time.time() + 2)
        (busy,) = held.execute(asked).fetchone() or (False,)
        return bool(busy)

    with closing(held):
        yield is_busy


@asynccontextmanager
async def open_stand(
    folder: Path,
    rules: Rules | None = None,
    editor: EditorLinks | None = None,
    url: str | None = None,
) -> AsyncIterator[Stand]:
    """Run the bot, assembled as `vitrina bot` is, on a data folder between the fakes.

    ``url`` is that of an empty PostgreSQL database, where it is not to be SQLite.
    """
    telegram, scribe, metrics = InMemory(), Scribe(), Metrics()
    begin(folder)
    bot = Bot(TOKEN, session=telegram, default=DefaultBotProperties(parse_mode="HTML"))
    pools = (*FRONT_END_POOLS, *WORKER_POOLS)
    async with open_storage(folder, url, Files(folder / "files"), pools, metrics) as storage:
        with open_studio(Embeddings(), QuickStudio) as studio:
            services = build_services(
                bot,
                storage,
                scribe,
                backdrops(),
                texts(),
                grammar(),
                rules=rules or FAST,
                metrics=metrics,
                budget=Budget(),
                replaced=[],
                editor=editor,
            )
            context = build_worker_context(storage, studio)
            worker = Worker(services, context)
            with looking(folder, url) as is_busy:
                async with asyncio.TaskGroup() as group:
                    group.create_task(storage.jobs.run(worker))
                    yield Stand(telegram, services, dispatcher(services), scribe, context, is_busy)
                    await storage.jobs.aclose(seconds=5)
            await services.tasks.aclose()
