"""Messages of all chats, and whom to tell that one has changed."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
from typing import TYPE_CHECKING, Final

from playground.chats.files import Files
from playground.chats.people import BOT, GROUP, SELLERS
from playground.chats.updates import Updates
from playground.errors import RefusedError

if TYPE_CHECKING:
    from playground.chats.people import Person
    from playground.errors import Json

KEPT: Final = 5_000
"""Messages; the oldest are forgotten beyond them."""
BEHIND: Final = 1_000
"""Events that a listener may be behind before it is left out."""
TAP_SECONDS: Final = 15.0
"""How long the bot may take to answer a tap."""


FORWARDED: Final = ("text", "entities", "caption", "caption_entities", "photo", "document")


def forwarded(message: Json) -> Json:
    """Return what a message is in another chat: its content, and where it comes from."""
    user = {"type": "user", "sender_user": message["from"], "date": message["date"]}
    content: Json = {name: message[name] for name in FORWARDED if name in message}
    return {**content, "forward_origin": message.get("forward_origin", user)}


class Chats:
    """The private chats and the group: what they show, and what happens in them."""

    def __init__(self, files: Files | None = None, kept: int = KEPT) -> None:
        """Beyond ``kept`` messages the oldest are forgotten."""
        self.files = files or Files()
        self.updates = Updates()
        self.chats = {seller.id: seller.chat() for seller in SELLERS} | {GROUP["id"]: GROUP}
        self.people = {seller.id: seller for seller in SELLERS}
        self.blocked: set[int] = set()
        self.migrated: dict[int, int] = {}
        """The supergroups that groups have become, by the groups."""
        self.taps: dict[str, float] = {}
        """When each tap comes too old to be answered (monotonic), by its id."""
        self.reactions: dict[int, list[str]] = {}
        """The bot's reactions, by the number of the message: numbers are unlike in all chats."""
        self.commands: dict[str, list[Json]] = {}
        """The commands menu by language; the one of no language is ""."""
        self._kept = kept
        self._messages: dict[tuple[int, int], Json] = {}
        self._message_ids = itertools.count(1)
        self._listeners: set[asyncio.Queue[Json]] = set()

    def chat(self, chat_id: int) -> Json:
        """Return the `Chat`.

        Raises RefusedError for none, for one that blocked the bot and for one that has moved.
        """
        if chat_id in self.migrated:
            words = "group chat was upgraded to a supergroup chat"
            raise RefusedError(words, migrate_to_chat_id=self.migrated[chat_id])
        if chat_id not in self.chats:
            raise RefusedError("chat not found")
        if chat_id in self.blocked:
            raise RefusedError("bot was blocked by the user", 403)
        return self.chats[chat_id]

    def next_id(self) -> int:
        """Return a new message's number."""
        return next(self._message_ids)

    def messages(self, chat_id: int) -> list[Json]:
        """Return what a chat shows, oldest first."""
        return [message for (chat, _), message in self._messages.items() if chat == chat_id]

    def find(self, chat_id: int, message_id: int) -> Json | None:
        """Return the message, where it is there."""
        return self._messages.get((chat_id, message_id))

    def post(self, chat: Json, sender: Json, content: Json) -> Json:
        """Have a message stand in a chat; return it."""
        message = {
            "message_id": self.next_id(),
            "from": sender,
            "chat": chat,
            "date": int(time.time()),
            **content,
        }
        self._messages[chat["id"], message["message_id"]] = message
        while len(self._messages) > self._kept:
            oldest = next(iter(self._messages))
            del self._messages[oldest]
            self.reactions.pop(oldest[1], None)
        self.tell({"event": "message", "message": message})
        return message

    def replace(self, message: Json) -> Json:
        """Have a message stand in the place of the one of its number; return it."""
        self._messages[message["chat"]["id"], message["message_id"]] = message
        self.tell({"event": "edited", "message": message})
        return message

    def delete(self, chat_id: int, message_id: int) -> None:
        """Take a message away. Raises RefusedError where it is not there."""
        if self._messages.pop((chat_id, message_id), None) is None:
            raise RefusedError("message to delete not found")
        self.tell({"event": "deleted", "chat_id": chat_id, "message_id": message_id})

    def said(self, person: Person, chat: Json, content: Json) -> Json:
        """Have a person write, and the bot learn of it; return the message."""
        message = self.post(chat, person.user(), content)
        if chat["id"] not in self.blocked and self._concerns_bot(message):
            self.updates.add({"message": message})
        return message

    def _concerns_bot(self, message: Json) -> bool:
        """Tell whether the bot learns of it: of a group's only commands, mentions and replies."""
        words = message.get("text") or message.get("caption") or ""
        replied = message.get("reply_to_message", {}).get("from", {}).get("id")
        return (
            message["chat"]["type"] == "private"
            or words.startswith("/")
            or f"@{BOT['username']}" in words
            or replied == BOT["id"]
        )

    def tapped(self, person: Person, message: Json, data: str) -> str:
        """Have a person tap a button; return the tap's id."""
        query_id = self.new_tap()
        query = {
            "id": query_id,
            "from": person.user(),
            "message": message,
            "chat_instance": str(message["chat"]["id"]),
            "data": data,
        }
        self.updates.add({"callback_query": query})
        return query_id

    def rewritten(self, message: Json) -> Json:
        """Have a person's message stand changed, and the bot learn of it; return the message."""
        if message["chat"]["id"] not in self.blocked and self._concerns_bot(message):
            self.updates.add({"edited_message": message})
        return self.replace(message)

    def react(self, chat_id: int, message_id: int, emoji: list[str]) -> None:
        """Have the bot's reaction stand at a message; none takes it away."""
        self.reactions[message_id] = emoji
        event = {"event": "reaction", "chat_id": chat_id, "message_id": message_id}
        self.tell({**event, "emoji": emoji})

    def new_group(self) -> str:
        """Return the id of an album."""
        return str(secrets.randbelow(10**17) + 10**16)

    def new_tap(self) -> str:
        """Return the id of a tap that may be answered from now on."""
        query_id = str(self.next_id() + 10**15)
        self.taps[query_id] = time.monotonic() + TAP_SECONDS
        return query_id

    def answered(self, query_id: str) -> None:
        """Take a tap as answered. Raises RefusedError where it is too late, or was answered."""
        if time.monotonic() > self.taps.pop(query_id, 0.0):
            raise RefusedError(
                "query is too old and response timeout expired or query ID is invalid"
            )

    def listen(self) -> asyncio.Queue[Json]:
        """Return a queue of all that happens from now on."""
        queue: asyncio.Queue[Json] = asyncio.Queue(BEHIND)
        self._listeners.add(queue)
        return queue

    def leave(self, queue: asyncio.Queue[Json]) -> None:
        """Put nothing more into a queue."""
        self._listeners.discard(queue)

    def tell(self, event: Json) -> None:
        """Tell the listeners what has happened."""
        for queue in list(self._listeners):
            try:
                queue.put_nowait(event)
            except asyncio.QueueFull:
                self.leave(queue)

    @property
    def bot(self) -> Json:
        """The bot's `User`."""
        return BOT
