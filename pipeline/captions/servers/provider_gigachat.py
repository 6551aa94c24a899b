"""GigaChat: the picture is uploaded, asked about, and deleted again.

The client fetches its access token by OAuth, renews it, and retries 429 and 5xx with jitter.
https://developers.sber.ru/docs/ru/gigachat/api/images
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import gigachat
import httpx
import structlog
from gigachat.exceptions import GigaChatException, ResponseError
from gigachat.models import Chat, Messages, MessagesRole

from pipeline.captions.chat import EVENTS_AT_MOST, SAID_AT_MOST, UNKNOWN_USAGE, Finish, Reply, Usage
from pipeline.captions.servers.bounded import bound, question
from pipeline.errors import CaptionError, CaptionRequestError, CaptionServiceError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from gigachat.models import Usage as Tokens
    from pydantic import BaseModel

    from pipeline.captions.chat import Heard, Turn
    from pipeline.captions.model_price import Price

BASE_URL: Final = "https://api.giga.chat/v1"
"""Where it is since 2026; gigachat.devices.sberbank.ru is the former address."""
AUTH_URL: Final = "https://ngw.devices.sberbank.ru:9443/api/v2/oauth"
_ACCESS: Final = {401, 403}
_THIS_REQUEST: Final = {400, 413, 422}
_FINISHES: Final = {"blacklist": Finish.REFUSED, "length": Finish.CUT_OFF, None: Finish.CUT_OFF}
_DELETE_SECONDS: Final = 5.0

log = structlog.get_logger(__name__)


class GigaChatModel:
    """A model of GigaChat's. ``settings`` are those of `gigachat.GigaChatAsyncClient`.

    ``credentials`` is the authorisation key of the personal account. The service's certificate is
    signed by the Russian Ministry of Digital Development: ``ca_bundle_file`` names its root.
    """

    def __init__(
        self,
        credentials: str,
        *,
        model: str = "GigaChat-2-Max",
        price: Price | None = None,
        answer_tokens: int = 3000,
        attempt: float = 18.0,
        retries: int = 2,
        base_url: str | None = None,
        auth_url: str | None = None,
        **settings: Any,
    ) -> None:
        self.name = model
        self.price = price
        self._answer_tokens = answer_tokens
        self._client = gigachat.GigaChatAsyncClient(
            credentials=credentials.strip(),
            model=model,
            timeout=attempt,
            max_retries=retries,
            base_url=base_url or BASE_URL,
            auth_url=auth_url or AUTH_URL,
            **settings,
        )
        self._is_bound = False

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def ask(
        self,
        turns: Sequence[Turn],
        schema: type[BaseModel],  # noqa: ARG002 - the prompt names the fields; not all models obey one
        heard: Heard | None = None,
    ) -> Reply:
        """Ask for the JSON that the turns describe. Raises as `ChatModel` has it."""
        billed: list[Usage] = []
        try:
            return await self._answered(turns, heard, billed)
        except CaptionError as error:
            error.spent = tuple(usage.spending(self.name, self.price) for usage in billed[-1:])
            raise

    async def _answered(
        self, turns: Sequence[Turn], heard: Heard | None, billed: list[Usage]
    ) -> Reply:
        """Ask, and note in ``billed`` what is known of it before the answer proves usable."""
        # Raised without the chain: the client's errors quote headers and bodies.
        try:
            self._bind()
            with question():
                async with self._uploaded(turns) as messages:
                    chat = Chat(messages=messages, max_tokens=self._answer_tokens)
                    if heard is not None:
                        return await self._streamed(chat, heard, billed)
                    completion = await self._client.achat(chat)
                if completion.usage is not None:
                    billed.append(_usage(completion.usage))
                choice = completion.choices[0]
                return _reply(choice.message.content, choice.finish_reason, completion.usage)
        except ResponseError as error:
            raise _status_error(error.status_code) from None
        except (GigaChatException, httpx.HTTPError) as error:
            raise CaptionServiceError(f"GigaChat: {type(error).__name__}") from None
        except (ValueError, LookupError, TypeError):
            raise CaptionServiceError("GigaChat's answer is no chat completion") from None

    def _bind(self) -> None:
        # Not before: making the HTTP clients reads certificates, and may fail for want of them.
        if not self._is_bound:
            bound_to = (self._client._aclient, self._client._auth_aclient)  # noqa: SLF001 - it takes none from outside
            for client in bound_to:
                bound(client)
            self._is_bound = True

    async def _streamed(self, chat: Chat, heard: Heard, billed: list[Usage]) -> Reply:
        said, reason, usage = "", None, None
        events = 0
        async for chunk in self._client.astream(chat):
            await asyncio.sleep(0)  # a packet may hold thousands of events
            if (events := events + 1) > EVENTS_AT_MOST:
                raise CaptionServiceError("GigaChat's stream has no end")
            if chunk.usage:
                usage = chunk.usage
                billed.append(_usage(usage))
            for choice in chunk.choices[:1]:
                reason = choice.finish_reason or reason
                if choice.delta.content and len(said) <= SAID_AT_MOST:
                    said += choice.delta.content
                    await heard(said)
        return _reply(said, reason if len(said) <= SAID_AT_MOST else "length", usage)

    @asynccontextmanager
    async def _uploaded(self, turns: Sequence[Turn]) -> AsyncIterator[list[Messages]]:
        """Upload the pictures of the turns for as long as they are asked about."""
        files: list[str] = []
        messages: list[Messages] = []
        try:
            for turn in turns:
                attachments = None
                if turn.picture is not None:
                    upload = ("product.jpg", turn.picture, "image/jpeg")
                    file = await self._client.aupload_file(upload, purpose="general")
                    files.append(file.id_)
                    attachments = [file.id_]
                role = MessagesRole(turn.role.value)
                messages.append(Messages(role=role, content=turn.text, attachments=attachments))
            yield messages
        finally:
            for file_id in files:
                await self._delete(file_id)

    async def _delete(self, file_id: str) -> None:
        try:
            with question():  # deleted, too, where the answer was more than is read
                async with asyncio.timeout(_DELETE_SECONDS):
                    await self._client.adelete_file(file_id)
        except (
            TimeoutError,
            CaptionError,
            GigaChatException,
            httpx.HTTPError,
            ValueError,
        ) as error:
            log.warning("picture not deleted at GigaChat", reason=type(error).__name__)


def _reply(said: str | None, reason: str | None, tokens: Tokens | None) -> Reply:
    return Reply(said or "", _FINISHES.get(reason, Finish.DONE), _usage(tokens))


def _usage(tokens: Tokens | None) -> Usage:
    if tokens is None:
        return UNKNOWN_USAGE
    cached = tokens.precached_prompt_tokens or 0
    return Usage(tokens.prompt_tokens + cached, cached, tokens.completion_tokens)


def _status_error(status: int) -> CaptionError:
    if status in _ACCESS:
        return CaptionServiceError(
            f"GigaChat refuses the key (HTTP {status}): check GIGACHAT_CREDENTIALS and the account"
        )
    if status in _THIS_REQUEST:
        return CaptionRequestError(f"GigaChat dislikes the request: HTTP {status}")
    return CaptionServiceError(f"GigaChat: HTTP {status}")
