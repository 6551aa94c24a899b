"""The playground's server, counted: what was confirmed, what was shown, how often, how soon."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from playground.chats.files import Files
from playground.chats.people import Person
from playground.chats.photos import Size
from playground.chats.updates import Updates
from tests.chaos.photos import SIDE, picture
from tests.stands.server import Served, Watched, as_sent, unlimited

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playground.errors import Json

PICTURES: Final = ("sendPhoto", "editMessageMedia")
"""Methods that show a picture."""
KEPT_MESSAGES: Final = 100_000
KEPT_BYTES: Final = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Said:
    """A message that the bot sent or edited: when (monotonic), and as it was after that."""

    at: float
    message: Json
    is_edited: bool
    shows_picture: bool
    """Whether a picture stands in the chat now, sent or put in a message's place."""

    @property
    def chat_id(self) -> int:
        return int(self.message["chat"]["id"])

    @property
    def message_id(self) -> int:
        return int(self.message["message_id"])

    @property
    def reply_to(self) -> int:
        """The number of the message that it answers; 0 for none."""
        return int(self.message.get("reply_to_message", {}).get("message_id", 0))

    @property
    def text(self) -> str:
        return str(self.message.get("text") or self.message.get("caption") or "")


class Noted(Updates):
    """Updates whose confirmation is noted: when (monotonic), by the update's number."""

    def __init__(self) -> None:
        super().__init__()
        self.taken_at: dict[int, float] = {}

    def taken(self, number: int) -> None:
        super().taken(number)
        self.taken_at.setdefault(number, time.monotonic())


class Counted(Watched):
    """Chats of any number of sellers, and all that was done in them."""

    def __init__(self) -> None:
        super().__init__(Files(resize=as_sent, kept_bytes=KEPT_BYTES), kept=KEPT_MESSAGES)
        self.noted = Noted()
        self.updates = self.noted
        self.sent: list[Said] = []
        self.deleted: list[tuple[int, int]] = []
        self.answer_times: dict[str, float] = {}
        self.places: dict[int, list[str]] = {}
        """Data of the buttons that pick a background, by the chat that saw them last."""
        self.pictures: dict[int, set[int]] = defaultdict(set)
        """Messages that show a picture of each photo, by the photo's message."""

    def replace(self, message: Json) -> Json:
        before = self.find(message["chat"]["id"], message["message_id"]) or {}
        is_new = "photo" in message and message["photo"] != before.get("photo")
        self._note(Said(time.monotonic(), message, is_edited=True, shows_picture=is_new))
        return super().replace(message)

    def tell(self, event: Json) -> None:
        super().tell(event)
        if event["event"] == "message" and event["message"]["from"]["is_bot"]:
            message = event["message"]
            has_photo = "photo" in message
            self._note(Said(time.monotonic(), message, is_edited=False, shows_picture=has_photo))
        elif event["event"] == "deleted":
            self.deleted.append((event["chat_id"], event["message_id"]))
        elif event["event"] == "answer":
            self.answer_times.setdefault(event["id"], time.monotonic())

    def _note(self, said: Said) -> None:
        self.sent.append(said)
        if said.shows_picture and said.reply_to:
            self.pictures[said.reply_to].add(said.message_id)
        rows = said.message.get("reply_markup", {}).get("inline_keyboard", [])
        buttons = [str(button.get("callback_data")) for row in rows for button in row]
        if places := [data for data in buttons if data.startswith("place|")]:
            self.places[said.chat_id] = places


class Telegram(Served):
    """The server: ``webhooks`` take the updates in turn where the bot has set one."""

    chats: Counted

    def __init__(self) -> None:
        super().__init__(None, Counted(), unlimited())
        self.webhooks: Sequence[str] = ()
        self.tapped: dict[str, float] = {}
        self.sent_at: dict[int, float] = {}
        """When taps and photos were sent (monotonic), by their ids."""
        self._of_photo: dict[int, int] = {}
        self._turns = itertools.count()
        self.server.context.resolve = self._resolve

    @property
    def accepted_at(self) -> dict[int, float]:
        """When the bot confirmed photos (monotonic), by their messages."""
        taken = self.chats.noted.taken_at
        return {photo: taken[n] for photo, n in self._of_photo.items() if n in taken}

    def send_photo(
        self, seller: int, *, file: str = "plain", words: str = "", group: int = 0
    ) -> int:
        """Have a seller send a photo, to a group where one is named; return its message's id."""
        chats = self.chats
        data = picture(file, 1 + len(self.sent_at))
        sizes = chats.files.add_sizes([Size(data, SIDE, SIDE)])
        content = {"photo": sizes, **({"caption": words} if words else {})}
        message = chats.post(chats.chat(group or seller), person(seller).user(), content)
        number = int(message["message_id"])
        self.sent_at[number] = time.monotonic()
        self._of_photo[number] = chats.updates.add({"message": message})
        return number

    def say(self, seller: int, text: str) -> None:
        """Have a seller write."""
        self.chats.said(person(seller), self.chats.chat(seller), {"text": text})

    def tap(self, seller: int, data: str, *, group: int = 0, under: int = 1) -> str:
        """Have a seller tap a button under a message; return the tap's id."""
        chat = self.chats.chat(group or seller)
        unknown = {"message_id": under, "date": 1, "chat": chat}
        shown = self.chats.find(chat["id"], under) or unknown
        query_id = self.chats.tapped(person(seller), shown, data)
        self.tapped[query_id] = time.monotonic()
        return query_id

    def _resolve(self, url: str) -> str:
        return self.webhooks[next(self._turns) % len(self.webhooks)] if self.webhooks else url


def person(seller: int) -> Person:
    return Person(seller, "A", f"seller_{seller}", "ru")
