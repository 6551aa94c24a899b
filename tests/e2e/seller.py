"""One person with a phone, in a chat with the bot."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from playground.chats.acts import Sent, send
from playground.chats.people import Person

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.stands.server import Message, Served

ANSWER_SECONDS = 90.0


class Seller:
    """What the person does, and what the chat shows."""

    def __init__(self, telegram: Served, number: int, language: str = "ru") -> None:
        self.id = number
        self._telegram = telegram
        self._person = Person(number, "Аня", "anya", language)
        self._chat = self._person.chat()
        telegram.chats.people[number] = self._person
        telegram.chats.chats[number] = self._chat

    @property
    def shown(self) -> list[Message]:
        """What the bot shows in the chat, oldest first."""
        return self._telegram.shown(self.id)

    async def say(self, text: str, *, to: Message | None = None) -> None:
        """Write, in answer to a message if given."""
        await self._send(Sent(text, reply_to=to.id if to is not None else 0))

    async def send_photo(self, data: bytes, words: str = "") -> None:
        await self._send(Sent(words, [("photo.jpg", data)]))

    async def send_album(
        self, photos: Sequence[bytes], words: str = "", *, as_files: bool = False
    ) -> None:
        """Send photos together; the words stand under the first one."""
        files = [("photo.jpg", photo) for photo in photos]
        await self._send(Sent(words, files, as_files=as_files))

    async def send_file(self, data: bytes, name: str, *, size: int | None = None) -> None:
        """Send a file; ``size`` claims another size than it has."""
        document = self._telegram.chats.files.add_document(data, name)
        document["file_size"] = size or len(data)
        self._telegram.chats.said(self._person, self._chat, {"document": document})

    async def tap(self, message: Message, label: str) -> None:
        """Tap the button whose label contains ``label``."""
        await self.press(message, next(d for text, d in message.buttons.items() if label in text))

    async def press(self, message: Message, data: str) -> str:
        """Send a button's data, as a client may that shows other buttons than ours.

        Return the tap's id.
        """
        return self._telegram.chats.tapped(self._person, message.json, data)

    async def sees(self, what: Callable[[Message], object], *, after: int = 0) -> Message:
        """Wait for a message that ``what`` holds of, with an id above ``after``."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                while True:
                    changed = self._telegram.changed
                    for message in reversed(self.shown):
                        if message.id > after and what(message):
                            return message
                    await changed.wait()
        except TimeoutError:
            shown = [(message.id, message.text, list(message.buttons)) for message in self.shown]
            raise AssertionError(f"the chat shows {shown}") from None

    async def _send(self, sent: Sent) -> None:
        await send(self._telegram.chats, self._person, self._chat, sent)
