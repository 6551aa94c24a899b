"""200 random but legal updates from several people: each answered, none breaks the bot."""

from __future__ import annotations

import asyncio
import io
import itertools
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from PIL import Image
from structlog.testing import capture_logs

from bot.runner import COMMANDS
from pipeline.errors import CaptionRefusedError, CaptionServiceError
from storage.tables import jobs
from tests.stands.bot import Person, Stand, open_stand
from tests.stands.model import picture
from tests.stands.telegram import BOT_NAME, MOMENT
from tests.unit.test_other_messages import KINDS

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from structlog.typing import EventDict

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

T = TypeVar("T")
GROUP = -100700
UPDATES = 200


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
WORDS = st.sampled_from(
    ["", "лён, 48, 1 900 ₽", "белый", "white", "<b>&amp;", "a" * 1024, "🙂", "[x](y)_*", "no/such"]
)
PEOPLE = st.integers(0, 2)
WAIT = st.booleans()


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
    """Three people in private chats, two of them in a group too, and one bot."""

    def __init__(self) -> None:
        super().__init__()
        self.closing = ExitStack()
        folder = Path(self.closing.enter_context(tempfile.TemporaryDirectory()))
        self.logs: list[EventDict] = self.closing.enter_context(capture_logs())
        self.loop = Loop()
        self.stand = self.loop.run(self._open(folder))
        ticks = itertools.count(step=61)
        self.stand.services.hints._clock = lambda: float(next(ticks))
        self.people = [Person(self.stand, n, language) for n, language in ((1, "ru"), (2, "en"))]
        self.people.append(Person(self.stand, 3))
        self.members = [Person(self.stand, n, group=GROUP) for n in (1, 3)]
        self.seen: list[str] = []
        self.updates = 0
        self.unanswered: list[tuple[int, int, str]] = []

    async def _open(self, folder: Path) -> Stand:
        self._end = asyncio.Event()
        opened: asyncio.Queue[Stand] = asyncio.Queue()

        async def live() -> None:
            async with open_stand(folder) as stand:
                opened.put_nowait(stand)
                await self._end.wait()

        self._life = asyncio.create_task(live())
        async with asyncio.timeout(60):
            return await opened.get()

    @initialize(number=PEOPLE)
    def greet(self, number: int) -> None:
        self._message(self.people[number], self.people[number].say("/start"), "/start")

    @rule(number=PEOPLE, name=st.sampled_from(sorted(PICTURES)), words=WORDS, wait=WAIT)
    def photo(self, number: int, name: str, words: str, *, wait: bool) -> None:
        person = self.people[number]
        self._message(person, person.photo(PICTURES[name], words), f"photo {name}", wait=wait)

    @rule(
        number=PEOPLE,
        names=st.lists(st.sampled_from(sorted(PICTURES)), min_size=2, max_size=4),
        words=WORDS,
        wait=WAIT,
    )
    def album(self, number: int, names: list[str], words: str, *, wait: bool) -> None:
        person, group = self.people[number], str(self.stand.telegram.next_id())
        for place, name in enumerate(names):
            sending = person.photo(PICTURES[name], "" if place else words, media_group_id=group)
            self._message(person, sending, f"album {names}", wait=wait and name == names[-1])

    @rule(
        number=PEOPLE,
        name=st.sampled_from(sorted(PICTURES)),
        mime=st.sampled_from(["image/png", "image/heic", "application/pdf", ""]),
        size=st.sampled_from([1000, 30_000_000]),
        wait=WAIT,
    )
    def document(self, number: int, name: str, mime: str, size: int, *, wait: bool) -> None:
        person = self.people[number]
        file = f"file-{self.stand.telegram.next_id()}"
        self.stand.telegram.files[file] = PICTURES[name]
        entry = {"file_id": file, "file_unique_id": file, "mime_type": mime, "file_size": size}
        self._message(person, person.send(document=entry), f"document {name}", wait=wait)

    @rule(
        number=PEOPLE,
        command=st.sampled_from([*COMMANDS, "sell", "stats", "broadcast", "quota"]),
        words=WORDS,
        wait=WAIT,
        reply=st.booleans(),
        index=st.integers(0, 50),
    )
    def command(
        self, number: int, command: str, words: str, index: int, *, reply: bool, wait: bool
    ) -> None:
        person = self.people[number]
        more: dict[str, Any] = {}
        if reply and person.shown:
            old = person.shown[index % len(person.shown)]
            more["reply_to_message"] = {
                "message_id": old.id,
                "date": MOMENT,
                "chat": person.chat,
                "text": old.text or "x",
            }
        text = f"/{command} {words}".strip()[:4096]
        self._message(person, person.say(text, **more), text, wait=wait)

    @rule(number=PEOPLE, text=st.text(min_size=1, max_size=60).filter(str.strip), wait=WAIT)
    def words(self, number: int, text: str, *, wait: bool) -> None:
        person = self.people[number]
        self._message(person, person.send(text=text), f"words {text!r}", wait=wait)

    @rule(number=PEOPLE, kind=st.sampled_from(sorted(KINDS)))
    def other(self, number: int, kind: str) -> None:
        person = self.people[number]
        self._message(person, person.send(**KINDS[kind][0]), kind)

    @rule(number=PEOPLE, text=WORDS)
    def edit(self, number: int, text: str) -> None:
        person = self.people[number]
        self._message(person, person.edit(5, text=text or "x"), "edit")

    @rule(number=PEOPLE, message=st.integers(0, 30), button=st.integers(0, 30), wait=WAIT)
    def tap(self, number: int, message: int, button: int, *, wait: bool) -> None:
        """Tap any button that the chat shows, the newest messages' more often."""
        person = self.people[number]
        shown = [m for m in person.shown if m.buttons]
        if shown:
            it = shown[-1 - message % len(shown)]
            data = list(it.buttons.values())[button % len(it.buttons)]
            self._tap(person, data, it.id, wait=wait)

    @rule(number=PEOPLE, index=st.integers(0, 300), old=st.booleans(), wait=WAIT)
    def stale_tap(self, number: int, index: int, *, old: bool, wait: bool) -> None:
        """Tap a button that anyone was ever shown."""
        if self.seen:
            data = self.seen[index % len(self.seen)]
            self._tap(self.people[number], data, None if old else 77, wait=wait)

    @rule(number=PEOPLE, index=st.integers(0, 300), digit=st.integers(0, 9), text=st.text())
    def forged_tap(self, number: int, index: int, digit: int, text: str) -> None:
        """Send what no button carries: another number, a cut, a foreign value."""
        data = self.seen[index % len(self.seen)] if self.seen else text
        forged = "".join(str(digit) if letter.isdigit() else letter for letter in data)
        for it in (forged, data[: digit * 3], f"{data}|{text}", f"{data.split('|')[0]}|{text}"):
            self._tap(self.people[number], it.encode()[:64].decode(errors="ignore"), 77)

    @rule(number=st.integers(0, 1), words=WORDS, called=st.booleans(), kind=st.booleans())
    def in_the_group(self, number: int, words: str, *, called: bool, kind: bool) -> None:
        member = self.members[number]
        said = f"@{BOT_NAME} {words}"[:1024] if called else words or "x"
        sending = member.photo(words=said) if kind else member.send(text=said)
        if called:
            self._message(member, sending, said)
        else:
            self._settle()
            before = len(self.stand.telegram.calls)
            self.loop.run(sending)
            self._settle()
            self.updates += 1
            assert len(self.stand.telegram.calls) == before, "people talk among themselves"

    @rule(number=PEOPLE, index=st.integers(0, 50))
    def delete(self, number: int, index: int) -> None:
        """Delete one of the bot's messages, as anyone may."""
        person = self.people[number]
        if person.shown:
            person.shown[index % len(person.shown)].deleted = True

    @rule(number=PEOPLE)
    def the_same_update_twice(self, number: int) -> None:
        person = self.people[number]
        self._message(person, person.photo(PICTURES["red"], update_id=10_000_000), "again")

    @rule(
        error=st.sampled_from([None, CaptionServiceError("down"), CaptionRefusedError("declined")])
    )
    def captions(self, error: Exception | None) -> None:
        self.stand.scribe.error = error

    @invariant()
    def nothing_broke(self) -> None:
        wrong = [log for log in self.logs if log["log_level"] in {"error", "critical"}]
        assert not wrong, wrong

    def teardown(self) -> None:
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
        for shown in list(self.stand.telegram.messages.values()):
            self.seen += [d for d in shown.buttons.values() if d not in self.seen]


Conversation.TestCase.settings = settings(
    max_examples=2,
    stateful_step_count=UPDATES,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
TestConversation = Conversation.TestCase
