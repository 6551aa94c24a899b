"""OpenAI's models, and those of any server that speaks its chat completions.

The client retries lost connections, 408, 409, 429 and 5xx with jitter and honours Retry-After.
"""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any, Final

import openai

from pipeline.captions.bounded import bound, question
from pipeline.captions.chat import (
    EVENTS_AT_MOST,
    SAID_AT_MOST,
    Finish,
    Reply,
    Role,
    Usage,
)
from pipeline.captions.completion import REFUSALS, Chunk, Completion, billed_in, finish_of
from pipeline.captions.describer import ChatDescriber
from pipeline.captions.prices import PRICES, Price
from pipeline.errors import (
    CaptionError,
    CaptionRefusedError,
    CaptionRequestError,
    CaptionServiceError,
    SettingsError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openai.types.chat import ChatCompletionMessageParam
    from openai.types.shared_params import ResponseFormatJSONSchema
    from pydantic import BaseModel

    from pipeline.captions.breaker import Breaker
    from pipeline.captions.chat import Heard, Turn

_ACCESS: Final = {401, 403}
_THIS_REQUEST: Final = {400, 413, 422}  # the service is well, it is one picture that it dislikes
_TOLD_AT_MOST: Final = 300


class OpenAIModel:
    """A model behind the chat completions interface.

    Without ``base_url`` the client reads ``OPENAI_BASE_URL``, and without that it asks OpenAI.
    ``attempt`` bounds one try, in seconds. ``price`` is looked up by the model's name where it is
    not given.

    Raises `SettingsError` for a key or an address that cannot be sent.
    """

    def __init__(
        self,
        key: str,
        base_url: str | None = None,
        *,
        model: str = "gpt-4o",
        attempt: float = 18.0,
        retries: int = 2,
        answer_tokens: int = 3000,
        price: Price | None = None,
    ) -> None:
        self._key = key.strip()
        if not self._key or not self._key.isascii() or not self._key.isprintable():
            raise SettingsError("The key for captions is empty or has characters no key has")
        if base_url is not None and not base_url.startswith(("http://", "https://")):
            raise SettingsError("The caption service's address does not begin with http(s)://")
        self.name = model
        self.price = price or PRICES.get(model)
        self._answer_tokens = answer_tokens
        self._client = openai.AsyncOpenAI(
            api_key=self._key, base_url=base_url, timeout=attempt, max_retries=retries
        )
        bound(self._client._client)  # noqa: SLF001 - a client of our own would not read the proxies

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def ask(
        self, turns: Sequence[Turn], schema: type[BaseModel], heard: Heard | None = None
    ) -> Reply:
        """Ask for JSON of a schema. Raises `CaptionError`s as `ChatModel` has them."""
        asked: dict[str, Any] = {
            "model": self.name,
            "messages": [_message(turn) for turn in turns],
            "response_format": _format(schema),
            "max_completion_tokens": self._answer_tokens,
        }
        billed: list[Usage] = []
        try:
            return await self._answered(asked, heard, billed)
        except CaptionError as error:
            error.spent = tuple(usage.spending(self.name, self.price) for usage in billed[-1:])
            raise

    async def _answered(
        self, asked: dict[str, Any], heard: Heard | None, billed: list[Usage]
    ) -> Reply:
        """Ask, and note in ``billed`` what is known of it before the answer proves usable."""
        # Raised without the chain: a server may echo the key in the body that its errors carry.
        try:
            with question():
                if heard is not None:
                    return await self._streamed(asked, heard, billed)
                raw = await self._client.chat.completions.with_raw_response.create(**asked)
                return _whole(raw.content, billed)
        except openai.APIStatusError as error:
            raise self._status_error(error) from None
        except openai.OpenAIError as error:
            raise CaptionServiceError(self._told(error)) from None
        except ValueError:  # pydantic's, or the client's own where an event is no JSON
            raise CaptionServiceError(
                "The caption service's answer is no chat completion"
            ) from None

    async def _streamed(self, asked: dict[str, Any], heard: Heard, billed: list[Usage]) -> Reply:
        """Gather the pieces; a stream that ends without a reason was cut off."""
        said, refused, reason, usage = "", False, "length", Usage()
        stream = await self._client.chat.completions.create(
            **asked, stream=True, stream_options={"include_usage": True}
        )
        async with stream:
            if "text/event-stream" not in stream.response.headers.get("content-type", ""):
                # Servers that do not stream answer in one piece.
                return _whole(await stream.response.aread(), billed)
            events = 0
            async for event in stream:
                await asyncio.sleep(0)  # a packet may hold thousands of events
                if (events := events + 1) > EVENTS_AT_MOST:
                    raise CaptionServiceError("The caption service's stream has no end")
                chunk = Chunk.model_validate(event.to_dict(warnings=False))
                if chunk.usage is not None:
                    usage = chunk.usage.billed
                    billed.append(usage)
                for choice in chunk.choices[:1]:
                    reason = choice.finish_reason or reason
                    refused |= bool(choice.delta.refusal)
                    if choice.delta.content and len(said) <= SAID_AT_MOST:
                        said += choice.delta.content
                        await heard(said)
        if refused:
            return Reply("", Finish.REFUSED, usage)
        return Reply(said, finish_of(reason if len(said) <= SAID_AT_MOST else "length"), usage)

    def _status_error(self, error: openai.APIStatusError) -> CaptionError:
        if error.code in REFUSALS:
            return CaptionRefusedError(f"The caption service blocks the picture: {error.code}")
        if error.status_code in _THIS_REQUEST:
            return CaptionRequestError(self._told(error))
        if error.status_code in _ACCESS:
            return CaptionServiceError(
                f"The caption service refuses the key (HTTP {error.status_code}): "
                "check OPENAI_API_KEY, OPENAI_BASE_URL and the account",
            )
        if error.code == "insufficient_quota":
            return CaptionServiceError("The caption service's account has no credit left")
        return CaptionServiceError(self._told(error))

    def _told(self, error: openai.OpenAIError) -> str:
        cause = f" ({error.__cause__!r})" if error.__cause__ is not None else ""
        return f"Caption service: {error}{cause}".replace(self._key, "…")[:_TOLD_AT_MOST]


def openai_describer(
    key: str,
    base_url: str | None = None,
    *,
    timeout: float = 30.0,
    attempt: float | None = None,
    breaker: Breaker | None = None,
    **model: Any,
) -> ChatDescriber:
    """Make a describer; one attempt takes three fifths of ``timeout`` if not given."""
    asked = OpenAIModel(key, base_url, attempt=attempt or timeout * 0.6, **model)
    return ChatDescriber(asked, timeout=timeout, breaker=breaker)


def _whole(body: bytes, billed: list[Usage]) -> Reply:
    if (usage := billed_in(body)) != Usage():
        billed.append(usage)
    return Completion.model_validate_json(body).reply


def _message(turn: Turn) -> ChatCompletionMessageParam:
    if turn.role is Role.SYSTEM:
        return {"role": "system", "content": turn.text}
    if turn.role is Role.ASSISTANT:
        return {"role": "assistant", "content": turn.text}
    if turn.picture is None:
        return {"role": "user", "content": turn.text}
    picture = base64.b64encode(turn.picture).decode("ascii")
    return {
        "role": "user",
        "content": [
            {"type": "text", "text": turn.text},
            {
                "type": "image_url",
                # 85 tokens on gpt-4o, whatever the picture's size.
                "image_url": {"url": f"data:image/jpeg;base64,{picture}", "detail": "low"},
            },
        ],
    }


def _format(schema: type[BaseModel]) -> ResponseFormatJSONSchema:
    return {
        "type": "json_schema",
        "json_schema": {
            "name": schema.__name__.lower(),
            "schema": schema.model_json_schema(),
            "strict": True,
        },
    }
