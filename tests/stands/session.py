"""The playground's server in memory, as the session of an aiogram bot."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any

from aiogram.client.session.base import BaseSession
from aiogram.methods import Response
from aiogram.types import BufferedInputFile, InputFile

from bot.telegram.incoming import GetRawUpdates, loads
from playground.api.forms import Form, Upload
from playground.chats.files import Files
from playground.errors import RefusedError
from tests.stands.server import Telegram, Watched, as_sent, unlimited

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from aiogram import Bot
    from aiogram.methods import TelegramMethod


@cache
def answer(returning: Any) -> type[Response[Any]]:
    """Return the model of an answer: Pydantic takes long to make one, and forgets it soon."""
    return Response[returning]


class InMemory(BaseSession, Telegram):
    """The session: what a bot asks is noted, and asked of the server without HTTP.

    ``faults`` are raised instead, by the method's class. ``updates`` wait for polling, as JSON by
    the number that confirms them; one without a number goes with the next that has one.
    """

    def __init__(self) -> None:
        BaseSession.__init__(self, json_loads=loads)
        Telegram.__init__(self, Watched(Files(resize=as_sent)), unlimited())
        self.calls: list[TelegramMethod[Any]] = []
        self.faults: dict[str, list[Exception]] = defaultdict(list)
        self.updates: list[tuple[int | None, str]] = []

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
        kept = self.chats.files.at("/".join(url.rsplit("/", 2)[1:]))
        assert kept is not None, url
        yield kept.data

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[Any],
        timeout: int | None = None,  # noqa: ARG002, ASYNC109 - likewise
    ) -> Any:
        if isinstance(method, GetRawUpdates):
            return await self._polled(bot, method)
        self.calls.append(method)
        if faults := self.faults[type(method).__name__]:
            raise faults.pop(0)
        form = await self._form(bot, method)
        try:
            result = await self.server.do(method.__api_method__, form)
        except RefusedError as error:
            return self.check_response(bot, method, error.code, json.dumps(error.body()))
        told = {"ok": True, "result": result}
        return answer(method.__returning__).model_validate(told, context={"bot": bot}).result

    async def _form(self, bot: Bot, method: TelegramMethod[Any]) -> Form:
        """Return the call's parameters as aiogram would send them."""
        uploads: dict[str, InputFile] = {}
        form = Form()
        for name, value in method.model_dump(warnings=False).items():
            prepared = self.prepare_value(value, bot=bot, files=uploads)
            if prepared:
                form.fields[name] = str(prepared)
        for name, upload in uploads.items():
            data = (
                upload.data
                if isinstance(upload, BufferedInputFile)
                else b"".join([piece async for piece in upload.read(bot)])
            )
            form.files[name] = Upload(upload.filename or name, data, name)
        return form

    async def _polled(self, bot: Bot, method: GetRawUpdates) -> Any:
        offset = method.offset or 0
        confirmed = [at for at, (n, _) in enumerate(self.updates) if n is not None and n < offset]
        del self.updates[: max(confirmed, default=-1) + 1]
        if not self.updates:
            await asyncio.sleep(0.01)
        texts = ",".join(text for _, text in self.updates[:100])
        answer = f'{{"ok": true, "result": [{texts}]}}'
        return self.check_response(bot, method, 200, answer).result
