"""One person with a phone, in a chat with the bot."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.e2e.telegram import Message, Telegram

ANSWER_SECONDS = 90.0


class Seller:
    """What the person does, and what the chat shows."""

    def __init__(self, telegram: Telegram, number: int, language: str = "ru") -> None:
        self.id = number
        self._telegram = telegram
        self._person = {
            "id": number,
            "is_bot": False,
            "first_name": "Аня",
            "language_code": language,
        }
        self._chat = {"id": number, "type": "private", "first_name": "Аня"}

    @property
    def shown(self) -> list[Message]:
        """What the chat shows, oldest first."""
        return [
            message
            for (chat, _), message in self._telegram.messages.items()
            if chat == self.id and not message.deleted
        ]

    async def say(self, text: str, *, to: Message | None = None) -> None:
        """Write, in answer to a message if given."""
        entities = [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
        more: dict[str, Any] = {"entities": entities} if text.startswith("/") else {}
        if to is not None:
            more["reply_to_message"] = {"message_id": to.id, "date": 1, "chat": self._chat}
        await self._send(text=text, **more)

    async def send_photo(self, data: bytes, words: str = "") -> None:
        entry = await self._telegram.upload(data, as_file=False, name="photo.jpg")
        caption = {"caption": words} if words else {}
        await self._send(photo=[{**entry, "width": 1280, "height": 1280}], **caption)

    async def send_album(self, photos: Sequence[bytes], words: str = "") -> None:
        """Send photos together; the words stand under the first one."""
        group = str(self._telegram.next_message_id())
        for number, data in enumerate(photos):
            entry = await self._telegram.upload(data, as_file=False, name="photo.jpg")
            caption = {"caption": words} if words and number == 0 else {}
            photo = [{**entry, "width": 1280, "height": 1280}]
            await self._send(photo=photo, media_group_id=group, **caption)

    async def send_file(
        self, data: bytes, name: str, mime: str, *, size: int | None = None
    ) -> None:
        """Send a file; ``size`` claims another size than it has."""
        entry = await self._telegram.upload(data, as_file=True, name=name)
        document = {**entry, "file_name": name, "mime_type": mime, "file_size": size or len(data)}
        await self._send(document=document)

    async def tap(self, message: Message, label: str) -> None:
        """Tap the button whose label contains ``label``."""
        await self.press(message, next(d for text, d in message.buttons.items() if label in text))

    async def press(self, message: Message, data: str) -> None:
        """Send a button's data, as a client may that shows other buttons than ours."""
        shown = {"message_id": message.id, "date": 1, "chat": self._chat, "text": message.text}
        query = {
            "id": str(self._telegram.next_message_id()),
            "from": self._person,
            "chat_instance": "1",
            "message": shown,
            "data": data,
        }
        await self._telegram.update({"callback_query": query})

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

    async def _send(self, **content: Any) -> None:
        message = {
            "message_id": self._telegram.next_message_id(),
            "date": int(time.time()),
            "chat": self._chat,
            "from": self._person,
            **content,
        }
        await self._telegram.update({"message": message})
