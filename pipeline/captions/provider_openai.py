"""Captions from OpenAI, or from any server that speaks its chat completions.

One caption is at most two questions: the draft, and one correction that names everything the
editor (`review`) found. Then code mends the rest. The client retries lost connections, 408, 409,
429 and 5xx with jitter and honours Retry-After; a deadline over everything bounds the wait.
"""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import openai
import pydantic

from pipeline.captions.breaker import Breaker
from pipeline.captions.completion import Bill, Completion
from pipeline.captions.listing import Listing
from pipeline.captions.prices import PRICES, Price
from pipeline.captions.prompt import SYSTEM, correction, task
from pipeline.captions.review import Review, review
from pipeline.captions.values import Caption, Request
from pipeline.errors import (
    CaptionError,
    CaptionRefusedError,
    CaptionServiceError,
    SettingsError,
)

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessageParam
    from openai.types.shared_params import ResponseFormatJSONSchema

_REFUSALS: Final = {"content_filter", "content_policy_violation", "moderation_blocked"}
_ACCESS: Final = {401, 403}
_THIS_REQUEST: Final = {400, 413, 422}  # the service is well, it is one picture that it dislikes
_TOLD_AT_MOST: Final = 300
_READ_AT_MOST: Final = 10_000
_CUT_OFF: Final = "the answer was cut off at its length limit: write less"
_NO_LISTING: Final = "the answer was not one JSON object with the fields asked for"
_FORMAT: Final[ResponseFormatJSONSchema] = {
    "type": "json_schema",
    "json_schema": {"name": "listing", "schema": Listing.model_json_schema(), "strict": True},
}


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came back: as it was said, what the editor makes of it, what is to be complained of."""

    said: str
    review: Review | None
    complaints: tuple[str, ...]


class OpenAIDescriber:
    """Describes products through the chat completions interface.

    Without ``base_url`` the client reads ``OPENAI_BASE_URL``, and without that it asks OpenAI.
    ``timeout`` is for a caption with all retries and the correction, ``attempt`` for one try of
    them (three fifths of it if not given), both in seconds. ``price`` is looked up by the model's
    name where it is not given.

    Raises `SettingsError` for a key or an address that cannot be sent.
    """

    def __init__(
        self,
        key: str,
        base_url: str | None = None,
        *,
        model: str = "gpt-4o",
        timeout: float = 30.0,
        attempt: float | None = None,
        retries: int = 2,
        answer_tokens: int = 1500,
        price: Price | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        self._key = key.strip()
        if not self._key or not self._key.isascii() or not self._key.isprintable():
            raise SettingsError("The key for captions is empty or has characters no key has")
        if base_url is not None and not base_url.startswith(("http://", "https://")):
            raise SettingsError("The caption service's address does not begin with http(s)://")
        self._model = model
        self._timeout = timeout
        self._answer_tokens = answer_tokens
        self._price = price or PRICES.get(model)
        self._breaker = breaker or Breaker()
        self._client = openai.AsyncOpenAI(
            api_key=self._key,
            base_url=base_url,
            timeout=attempt or timeout * 0.6,
            max_retries=retries,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def describe(self, request: Request) -> Caption:
        """Draft, review, have corrected once, and mend what is left.

        A text too like an earlier one is asked for again; of two alike the less alike is
        returned, and one that repeats an earlier text never is.

        Raises `CaptionRefusedError` where the provider will not describe the picture, and
        `CaptionServiceError` for everything else: no access, no connection, no answer in time,
        or two answers that cannot be shown.
        """
        if not self._breaker.lets_through():
            raise CaptionServiceError("The caption service failed repeatedly; leaving it alone")
        bill = Bill()
        deadline = asyncio.get_running_loop().time() + self._timeout
        conversation = _opening(request)
        first = await self._ask(conversation, request, bill, deadline)
        if first.review is not None and not first.complaints:
            return self._caption(first.review, bill)
        conversation += _objection(first)
        try:
            second = await self._ask(conversation, request, bill, deadline)
        except CaptionError:
            if first.review is None or first.review.fault:
                raise
            return self._caption(first.review, bill)
        return self._caption(_better(first, second), bill)

    async def _ask(
        self,
        conversation: list[ChatCompletionMessageParam],
        request: Request,
        bill: Bill,
        deadline: float,
    ) -> _Answer:
        completion = await self._complete(conversation, deadline)
        bill.add(completion.usage)
        choice = completion.choices[0]
        if choice.message.refusal or choice.finish_reason in _REFUSALS:
            raise CaptionRefusedError(f"{self._model} declines to describe the picture")
        said = (choice.message.content or "")[:_READ_AT_MOST]
        if choice.finish_reason == "length":
            return _Answer(said, None, (_CUT_OFF,))
        try:
            draft = Listing.model_validate_json(_object_in(said))
        except pydantic.ValidationError:
            return _Answer(said, None, (_NO_LISTING,))
        reviewed = review(draft, request)
        return _Answer(said, reviewed, reviewed.complaints)

    async def _complete(
        self,
        conversation: list[ChatCompletionMessageParam],
        deadline: float,
    ) -> Completion:
        # Raised without the chain: a server may echo the key in the body that its errors carry.
        try:
            async with asyncio.timeout_at(deadline):
                raw = await self._client.chat.completions.with_raw_response.create(
                    model=self._model,
                    messages=conversation,
                    response_format=_FORMAT,
                    max_completion_tokens=self._answer_tokens,
                )
            completion = Completion.model_validate_json(raw.content)
        except TimeoutError:
            self._breaker.failed()
            raise CaptionServiceError(f"No caption within {self._timeout:g} s") from None
        except openai.APIStatusError as error:
            raise self._status_error(error) from None
        except openai.OpenAIError as error:
            self._breaker.failed()
            raise CaptionServiceError(self._told(error)) from None
        except pydantic.ValidationError:
            self._breaker.failed()
            raise CaptionServiceError(
                "The caption service's answer is no chat completion"
            ) from None
        self._breaker.succeeded()
        return completion

    def _status_error(self, error: openai.APIStatusError) -> CaptionError:
        if error.code in _REFUSALS:
            self._breaker.succeeded()
            return CaptionRefusedError(f"The caption service blocks the picture: {error.code}")
        if error.status_code in _THIS_REQUEST:
            self._breaker.succeeded()
        else:
            self._breaker.failed()
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

    def _caption(self, reviewed: Review, bill: Bill) -> Caption:
        if reviewed.fault:
            raise CaptionServiceError(f"Two answers, none to be shown: {reviewed.fault}")
        return Caption(
            reviewed.listing,
            self._model,
            bill.tokens_in,
            bill.tokens_cached,
            bill.tokens_out,
            bill.cost(self._price),
        )


def _opening(request: Request) -> list[ChatCompletionMessageParam]:
    picture = base64.b64encode(request.picture).decode("ascii")
    return [
        {"role": "system", "content": SYSTEM},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": task(request)},
                {
                    "type": "image_url",
                    # 85 tokens on gpt-4o, whatever the picture's size.
                    "image_url": {"url": f"data:image/jpeg;base64,{picture}", "detail": "low"},
                },
            ],
        },
    ]


def _objection(answer: _Answer) -> list[ChatCompletionMessageParam]:
    return [
        {"role": "assistant", "content": answer.said},
        {"role": "user", "content": correction(answer.complaints)},
    ]


def _object_in(said: str) -> str:
    # Servers without strict output wrap the object in a fence or a phrase.
    return said[said.find("{") : said.rfind("}") + 1]


def _better(*answers: _Answer) -> Review:
    reviews = [answer.review for answer in answers if answer.review is not None]
    if not reviews:
        raise CaptionServiceError(f"Two answers, none of them a listing: {answers[-1].complaints}")
    return min(reversed(reviews), key=lambda r: (bool(r.fault), len(r.complaints), r.alike))
