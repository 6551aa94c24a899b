"""200 random but legal updates from several people: each answered, none breaks the bot."""

from __future__ import annotations

import asyncio
import io
import itertools
import random
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import pytest
import sqlalchemy as sa
from aiogram.methods import GetMe
from cachetools import TTLCache
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from PIL import Image
from structlog.testing import capture_logs

from bot.middlewares.hints import CHATS, PAUSE_SECONDS
from bot.middlewares.rules import Rules
from bot.process.runner import COMMANDS
from pipeline.errors import CaptionRefusedError, CaptionServiceError
from storage.tables import jobs
from tests.stands.bot import MOMENT, Person, Stand, open_stand
from tests.stands.model import picture
from tests.stands.server import BOT_NAME
from tests.unit.test_other_messages import KINDS

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from structlog.typing import EventDict

# Hundreds of conversations: no_cover, since a tracer doubles their time and sees nothing new.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.no_cover]

T = TypeVar("T")
GROUP = -100700
UPDATES = 200
RULES = Rules(0, 0, 0, 0, 0, 0, operators=frozenset({3}))


def encoded(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


PICTURES = {
    "red": picture((200, 40, 40)),
    "green": picture((40, 160, 60), 160),
    "nothing to see": encoded(Image.new("RGB", (128, 128), (90, 90, 90)), "JPEG"),
    "tiny": encoded(Image.new("RGB", (8, 8)), "PNG"),
    "cut out already": encoded(
        Image.new("RGBA", (128, 128), (0, 0, 0, 0)).resize((128, 128)), "PNG"
    ),
    "no picture": b"%PDF-1.4 nothing",
    "cut short": picture()[:500],
}
NAMES = sorted(PICTURES)
SAID = [*COMMANDS, "sell", "stats", "quota", "broadcast"]
ACTIONS = [
    *["photo", "album", "document", "command", "text", "other_kind", "edit", "in_the_group"],
    *["tap", "tap", "tap", "tap", "stale_tap", "forged_tap", "delete", "twice", "captions"],
]
WORDS = ("", "лён, 48, 1 900 ₽", "белый", "white", "<b>&amp;", "a" * 1024, "🙂", "5 -", "1 9", "_*")
LETTERS = "aя Ж<>&\"'/@|{}%\u200d🙂0\u202e"


class Loop:
    """An event loop on its own thread, in which the stand lives from beginning to end."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(120)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class Conversation(RuleBasedStateMachine):
    """Three people in private chats and in a group, and one bot."""

    lengths: ClassVar[list[int]] = []

    def __init__(self) -> None:
        super().__init__()
        self.closing = ExitStack()
        folder = Path(self.closing.enter_context(tempfile.TemporaryDirectory()))
        self.logs: list[EventDict] = self.closing.enter_context(capture_logs())
        self.loop = Loop()
        self.stand = self.loop.run(self._open(folder))
        ticks = itertools.count(step=61)
        self.stand.services.hints._given = TTLCache(
            CHATS, PAUSE_SECONDS, lambda: float(next(ticks))
        )
        self.people = [Person(self.stand, n, language) for n, language in ((1, "ru"), (2, "en"))]
        self.people.append(Person(self.stand, 3))
        self.members = {p.id: Person(self.stand, p.id, group=GROUP) for p in self.people}
        self.delivered = False
        self.seen: list[str] = []
        self.updates = 0
        self.unanswered: list[tuple[int, int, str]] = []

    async def _open(self, folder: Path) -> Stand:
        self._end = asyncio.Event()
        opened: asyncio.Queue[Stand] = asyncio.Queue()

        async def live() -> None:
            async with open_stand(folder, RULES) as stand:
                opened.put_nowait(stand)
                await self._end.wait()

        self._life = asyncio.create_task(live())
        async with asyncio.timeout(60):
            return await opened.get()

    @initialize()
    def greet(self) -> None:
        for person in self.people:
            self._message(person, person.say("/start"), "/start")

    @rule(seed=st.integers(0, 2**32 - 1))
    def act(self, seed: int) -> None:
        """Do one thing. More draws a step, and 200 steps outgrow what Hypothesis generates."""
        chance = random.Random(seed)
        words = chance.choice([*WORDS, "".join(chance.choices(LETTERS, k=chance.randint(1, 60)))])
        getattr(self, chance.choice(ACTIONS))(
            chance.choice(self.people),
            chance.randrange(300),
            chance.randrange(300),
            words,
            wait=chance.random() < 0.5,
        )

    def photo(self, person: Person, index: int, _: int, words: str, *, wait: bool) -> None:
        name = NAMES[index % len(NAMES)]
        self._message(person, person.photo(PICTURES[name], words), f"photo {name}", wait=wait)

    def album(self, person: Person, index: int, other: int, words: str, *, wait: bool) -> None:
        group = str(self.stand.telegram.chats.next_id())
        for place in range(2 + other % 3):
            data = PICTURES[NAMES[(index + place) % len(NAMES)]]
            sending = person.photo(data, "" if place else words, media_group_id=group)
            self._message(person, sending, "album", wait=False)
        if wait:
            self._settle()

    def document(self, person: Person, index: int, other: int, words: str, *, wait: bool) -> None:
        data = PICTURES[NAMES[index % len(NAMES)]]
        mime = ("image/png", "image/heic", "application/pdf", "")[other % 4]
        size = 30_000_000 if other % 9 == 0 else 1000
        entry = self.stand.telegram.chats.files.add_document(data, "file")
        entry |= {"mime_type": mime, "file_size": size}
        sending = person.send(document=entry, caption=words)
        self._message(person, sending, f"document {mime}", wait=wait)

    def command(self, person: Person, index: int, other: int, words: str, *, wait: bool) -> None:
        more: dict[str, Any] = {}
        if other % 2 and person.shown:
            old = person.shown[other % len(person.shown)]
            answered = {"message_id": old.id, "date": MOMENT, "chat": person.chat}
            more["reply_to_message"] = {**answered, "text": old.text or "x"}
        text = f"/{SAID[index % len(SAID)]} {words}".strip()
        self._message(person, person.say(text, **more), text, wait=wait)

    def text(self, person: Person, index: int, other: int, words: str, *, wait: bool) -> None:
        del index, other
        self._message(person, person.send(text=words or "x"), f"text {words!r}", wait=wait)

    def other_kind(self, person: Person, index: int, _: int, words: str, *, wait: bool) -> None:
        del words
        kind = sorted(KINDS)[index % len(KINDS)]
        self._message(person, person.send(**KINDS[kind][0]), kind, wait=wait)

    def edit(self, person: Person, index: int, other: int, words: str, *, wait: bool) -> None:
        del index, other
        self._message(person, person.edit(5, text=words or "x"), "edit", wait=wait)

    def tap(self, person: Person, index: int, other: int, words: str, *, wait: bool) -> None:
        """Tap a button that the chat shows."""
        del words
        shown = [message for message in person.shown if message.buttons]
        if shown:
            message = shown[-1 - index % min(len(shown), 6)]
            data = list(message.buttons.values())[other % len(message.buttons)]
            self._tap(person, data, message.id, wait=wait)

    def stale_tap(self, person: Person, index: int, other: int, words: str, *, wait: bool) -> None:
        """Tap a button that anyone was ever shown."""
        del words
        if self.seen:
            data = self.seen[index % len(self.seen)]
            self._tap(person, data, None if other % 2 else 77, wait=wait)

    def forged_tap(self, person: Person, index: int, other: int, words: str, *, wait: bool) -> None:
        """Send what no button carries: another number, a cut, a foreign value."""
        data = self.seen[index % len(self.seen)] if self.seen else words
        changed = "".join(str(other % 10) if letter.isdigit() else letter for letter in data)
        cut, more = data[: other % 30], f"{data.split('|')[0]}|{words}"
        forged = (changed, cut, more, f"{data}|{words}")[other % 4]
        self._tap(person, forged.encode()[:64].decode(errors="ignore"), 77, wait=wait)

    def in_the_group(
        self, person: Person, index: int, other: int, words: str, *, wait: bool
    ) -> None:
        member, called = self.members[person.id], bool(other % 2)
        said = f"@{BOT_NAME} {words}"[:1024] if called else words or "x"
        sending = member.photo(words=said) if index % 2 else member.send(text=said)
        if called:
            self._message(member, sending, f"in the group: {said}", wait=wait)
            return
        self._settle()
        before = len(self.stand.telegram.calls)
        self.loop.run(sending)
        self._settle()
        said_back = [c for c in self.stand.telegram.calls[before:] if not isinstance(c, GetMe)]
        assert not said_back, "people talk among themselves"

    def delete(self, person: Person, index: int, other: int, words: str, *, wait: bool) -> None:
        """Delete one of the bot's messages, as anyone may."""
        del other, words, wait
        if person.shown:
            gone = person.shown[index % len(person.shown)]
            self.stand.telegram.chats.delete(gone.chat_id, gone.id)

    def twice(self, person: Person, index: int, other: int, words: str, *, wait: bool) -> None:
        """Let Telegram deliver one update again and again."""
        del index, other, words
        if not self.delivered:
            self._message(person, person.photo(update_id=10_000_000), "delivered", wait=wait)
            self.delivered = True
        else:
            self.loop.run(person.photo(update_id=10_000_000))

    def captions(self, person: Person, index: int, other: int, words: str, *, wait: bool) -> None:
        del person, other, words, wait
        errors = (None, None, CaptionServiceError("down"), CaptionRefusedError("declined"))
        self.stand.scribe.error = errors[index % len(errors)]

    @invariant()
    def nothing_broke(self) -> None:
        wrong = [log for log in self.logs if log["log_level"] in {"error", "critical"}]
        assert not wrong, wrong

    def teardown(self) -> None:
        self.lengths.append(self.updates)
        try:
            self._settle()
            for person in self.people:
                self._leave(person)
            self.nothing_broke()
            self.loop.run(self._all_done())
        finally:
            self.loop.loop.call_soon_threadsafe(self._end.set)
            self.loop.run(asyncio.wait_for(asyncio.shield(self._life), 60))
            self.loop.close()
            self.closing.close()

    def _leave(self, person: Person) -> None:
        """Whatever went before, /start greets and a photo is a product."""
        self._message(person, person.say("/start"), "/start")
        assert person.last.text.startswith(("Здравствуйте", "Hello"))
        self.stand.scribe.error = None
        before = person.last.id
        self._message(person, person.photo(PICTURES["red"]), "photo")
        new = [m for m in person.shown if m.id > before and (m.buttons or m.kind == "photo")]
        assert new, "a photo is answered by an offer or by its result"

    async def _all_done(self) -> None:
        async with self.stand.services.database.read() as connection:
            states = sa.select(jobs.c.kind, jobs.c.state, jobs.c.last_error)
            rows = [tuple(row) for row in await connection.execute(states)]
        assert [row for row in rows if row[1] == "failed"] == []

    def _message(
        self, person: Person, sending: Coroutine[Any, Any, object], what: str, *, wait: bool = True
    ) -> None:
        chat = person.chat["id"]
        self.unanswered.append((chat, len(self.stand.telegram.calls), what))
        self.loop.run(sending)
        self.updates += 1
        if wait:
            self._settle()

    def _tap(self, person: Person, data: str, message_id: int | None, *, wait: bool = True) -> None:
        self.loop.run(person.press(data, message_id))  # a KeyError where it is not answered
        self.updates += 1
        if wait:
            self._settle()

    def _settle(self) -> None:
        self.loop.run(self.stand.settle())
        calls = self.stand.telegram.calls
        for chat, position, what in self.unanswered:
            answered = any(getattr(call, "chat_id", None) == chat for call in calls[position:])
            assert answered, f"no answer to {what}"
        self.unanswered.clear()
        for chat in list(self.stand.telegram.chats.chats):
            for shown in self.stand.telegram.shown(chat):
                self.seen += [d for d in shown.buttons.values() if d not in self.seen]


def test_nothing_breaks_and_everything_is_answered() -> None:
    run_state_machine_as_test(
        Conversation,
        settings=settings(
            max_examples=2,
            stateful_step_count=UPDATES,
            deadline=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert max(Conversation.lengths) >= UPDATES
