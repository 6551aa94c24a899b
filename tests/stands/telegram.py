"""A Telegram that takes every call in memory, shows what the chats show, and keeps the rules."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiogram.client.session.base import BaseSession
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
)
from aiogram.types import (
    BufferedInputFile,
    File,
    FSInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    User,
)

from bot.telegram.incoming import GetRawUpdates, loads

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from aiogram import Bot
    from aiogram.methods import TelegramMethod

TOKEN = "424242:THE-TEST-TOKEN-abcdefghijklmnopqrstuv"
BOT_NAME = "vitrina_test_bot"
TAGS = {"b", "i", "u", "s", "a", "code", "pre", "blockquote", "tg-spoiler"}
MOMENT = datetime(2026, 11, 25, tzinfo=UTC)


@dataclass
class Shown:
    """What a chat shows at one place."""

    id: int
    chat_id: int
    text: str = ""
    kind: str = "text"
    file: bytes | None = None
    keyboard: tuple[tuple[tuple[str, str], ...], ...] = ()
    reply_to: int | None = None
    deleted: bool = False

    @property
    def buttons(self) -> dict[str, str]:
        """The data of each button by its label."""
        return {label: data for row in self.keyboard for label, data in row}

    def data(self, label: str) -> str:
        """Return the data of the first button that has ``label`` in its own."""
        return next(data for text, data in self.buttons.items() if label in text)


@dataclass
class Telegram(BaseSession):
    """The session of an aiogram bot. ``files`` are what sellers have sent, by file id.

    Chats that are ``blocked`` take nothing from the bot, nor do groups that have ``migrated``.
    ``updates`` wait for polling, as JSON by the number that confirms them; one without a number
    goes with the next that has one.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    messages: dict[tuple[int, int], Shown] = field(default_factory=dict)
    calls: list[TelegramMethod[Any]] = field(default_factory=list)
    toasts: dict[str, str] = field(default_factory=dict)
    blocked: set[int] = field(default_factory=set)
    faults: dict[str, list[Exception]] = field(default_factory=lambda: defaultdict(list))
    migrated: dict[int, int] = field(default_factory=dict)
    updates: list[tuple[int | None, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(json_loads=loads)
        self._ids = itertools.count(1_000_000)

    def next_id(self) -> int:
        return next(self._ids)

    def shown(self, chat_id: int) -> list[Shown]:
        """What a chat shows, oldest first."""
        return [m for (chat, _), m in self.messages.items() if chat == chat_id and not m.deleted]

    async def close(self) -> None:
        """Nothing is held."""

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,  # noqa: ARG002 - aiogram's signature
        timeout: int = 30,  # noqa: ARG002, ASYNC109 - likewise
        chunk_size: int = 65536,  # noqa: ARG002 - likewise
        raise_for_status: bool = True,  # noqa: ARG002, FBT001, FBT002 - likewise
    ) -> AsyncGenerator[bytes, None]:
        yield self.files[url.rsplit("/", 1)[1]]

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[Any],
        timeout: int | None = None,  # noqa: ARG002, ASYNC109 - likewise
    ) -> Any:
        if isinstance(method, GetRawUpdates):
            return await self._polled(bot, method)
        self.calls.append(method)
        name = type(method).__name__
        if (new := self.migrated.get(getattr(method, "chat_id", None) or 0)) is not None:
            raise TelegramMigrateToChat(method, "Bad Request: group chat was upgraded", new)
        if self.faults[name]:
            raise self.faults[name].pop(0)
        if getattr(method, "chat_id", None) in self.blocked:
            raise TelegramForbiddenError(method, "Forbidden: bot was blocked by the user")
        return self._result(bot, name, method)

    async def _polled(self, bot: Bot, method: GetRawUpdates) -> Any:
        offset = method.offset or 0
        confirmed = [at for at, (n, _) in enumerate(self.updates) if n is not None and n < offset]
        del self.updates[: max(confirmed, default=-1) + 1]
        if not self.updates:
            await asyncio.sleep(0.01)
        texts = ",".join(text for _, text in self.updates[:100])
        answer = f'{{"ok": true, "result": [{texts}]}}'
        return self.check_response(bot, method, 200, answer).result

    def _result(self, bot: Bot, name: str, method: Any) -> Any:
        result: Any = True
        if name == "GetMe":
            result = User(id=bot.id, is_bot=True, first_name="Vitrina", username=BOT_NAME)
        elif name == "GetFile":
            result = self._file(method)
        elif name == "AnswerCallbackQuery":
            result = self._toast(method)
        elif name == "SendMediaGroup":
            result = [self._send(method, medium.type, medium) for medium in method.media]
        elif name.startswith("Send") and name != "SendChatAction":
            result = self._send(method, name.removeprefix("Send").lower(), method)
        elif name.startswith("EditMessage"):
            result = self._edit(method)
        elif name == "DeleteMessage":
            self._existing(method).deleted = True
        return result

    def _file(self, method: Any) -> File:
        if method.file_id not in self.files:
            raise TelegramBadRequest(method, "Bad Request: wrong file_id")
        return File(file_id=method.file_id, file_unique_id=method.file_id, file_path=method.file_id)

    def _toast(self, method: Any) -> bool:
        text = method.text or ""
        if len(text) > 200:
            raise TelegramBadRequest(method, "Bad Request: MESSAGE_TOO_LONG")
        self.toasts[method.callback_query_id] = text
        return True

    def _send(self, method: Any, kind: str, content: Any) -> Message:
        shown = Shown(self.next_id(), int(method.chat_id), kind=kind)
        self._fill(method, shown, content)
        if kind == "message":
            shown.kind = "text"
        reply = getattr(method, "reply_parameters", None)
        shown.reply_to = reply and reply.message_id
        self.messages[shown.chat_id, shown.id] = shown
        return self._message(shown)

    def _edit(self, method: Any) -> Message:
        shown = self._existing(method)
        before = (shown.text, shown.keyboard, shown.file)
        name = type(method).__name__
        if name == "EditMessageReplyMarkup":
            shown.keyboard = _keyboard(method)
        else:
            content = method.media if name == "EditMessageMedia" else method
            if name == "EditMessageText" and shown.file is not None:
                raise TelegramBadRequest(method, "Bad Request: there is no text to edit")
            if name == "EditMessageCaption" and shown.file is None:
                raise TelegramBadRequest(method, "Bad Request: there is no caption to edit")
            self._fill(method, shown, content)
        if before == (shown.text, shown.keyboard, shown.file):
            raise TelegramBadRequest(method, "Bad Request: message is not modified")
        return self._message(shown)

    def _fill(self, method: Any, shown: Shown, content: Any) -> None:
        text = getattr(content, "text", None)
        limit = 4096
        if text is None:
            text, limit = getattr(content, "caption", None) or "", 1024
        elif not text.strip():
            raise TelegramBadRequest(method, "Bad Request: message text is empty")
        visible = _visible(method, text)
        if len(visible) > limit:
            raise TelegramBadRequest(method, "Bad Request: message is too long")
        shown.text = visible
        for name in ("media", "photo", "document", "video", "animation"):
            file = getattr(content, name, None)
            if isinstance(file, BufferedInputFile):
                shown.file = file.data
            elif isinstance(file, FSInputFile):
                shown.file = Path(file.path).read_bytes()
            elif isinstance(file, str):
                shown.file = self.files[file]
        shown.keyboard = _keyboard(method)

    def _existing(self, method: Any) -> Shown:
        shown = self.messages.get((int(method.chat_id), int(method.message_id)))
        if shown is None or shown.deleted:
            raise TelegramBadRequest(method, "Bad Request: message to edit not found")
        return shown

    def _message(self, shown: Shown) -> Message:
        content: dict[str, Any] = {"text": shown.text}
        if shown.kind == "photo" and shown.file is not None:
            name = f"sent-{shown.id}"
            self.files[name] = shown.file
            size = {"file_id": name, "file_unique_id": name, "width": 90, "height": 90}
            content = {"caption": shown.text, "photo": [size]}
        elif shown.kind == "document" and shown.file is not None:
            name = f"sent-{shown.id}"
            self.files[name] = shown.file
            content = {
                "caption": shown.text,
                "document": {"file_id": name, "file_unique_id": name},
            }
        chat = {"id": shown.chat_id, "type": "private" if shown.chat_id > 0 else "supergroup"}
        return Message.model_validate(
            {"message_id": shown.id, "date": MOMENT, "chat": chat, **content}
        )


def _keyboard(method: Any) -> tuple[tuple[tuple[str, str], ...], ...]:
    markup = getattr(method, "reply_markup", None)
    if not isinstance(markup, InlineKeyboardMarkup):
        return ()
    rows = tuple(
        tuple((button.text, _pressed(method, button)) for button in row)
        for row in markup.inline_keyboard
    )
    sent = (data for row in rows for _, data in row if not data.startswith(("copy:", "https:")))
    if any(len(data.encode()) > 64 for data in sent):
        raise TelegramBadRequest(method, "Bad Request: BUTTON_DATA_INVALID")
    return rows


def _pressed(method: Any, button: InlineKeyboardButton) -> str:
    """Return what a button sends, opens or copies, ``copy:`` before the last."""
    if button.copy_text is not None:
        if not 1 <= len(button.copy_text.text.encode("utf-16-le")) // 2 <= 256:
            raise TelegramBadRequest(method, "Bad Request: BUTTON_COPY_TEXT_INVALID")
        return f"copy:{button.copy_text.text}"
    if button.web_app is not None:
        if int(method.chat_id) < 0:
            raise TelegramBadRequest(method, "Bad Request: BUTTON_TYPE_INVALID")
        return button.web_app.url
    return button.callback_data or button.url or ""


class _Html(HTMLParser):
    """Reads Telegram's HTML; ``bad`` says what it would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.bad = ""
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag not in TAGS:
            self.bad = f"unsupported start tag {tag}"
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.bad = f"unexpected end tag {tag}"

    def handle_data(self, data: str) -> None:
        self.text += data

    def close(self) -> None:
        super().close()
        if self._open:
            self.bad = f"can't find end tag of {self._open[-1]}"


def _visible(method: Any, text: str) -> str:
    """Return the text as a chat shows it, its entities taken away."""
    if re.search(r"<(?![a-z/])", text):
        raise TelegramBadRequest(method, "Bad Request: can't parse entities: stray <")
    html = _Html()
    html.feed(text)
    html.close()
    if html.bad:
        raise TelegramBadRequest(method, f"Bad Request: can't parse entities: {html.bad}")
    return html.text
