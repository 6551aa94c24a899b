"""OpenAI's models, and those of any server that speaks its chat completions.

The client retries lost connections, 408, 409, 429 and 5xx with jitter and honours Retry-After. What
a server refuses of a request is left out and remembered; a model that is gone gives way to its
successor.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import httpx2
import openai
import structlog

from pipeline.captions import answers
from pipeline.captions.address import OPENAI, address_of
from pipeline.captions.bounded import bound, question
from pipeline.captions.capabilities import Capabilities, Parameter
from pipeline.captions.catalogue import catalogue, price_of
from pipeline.captions.chat import EVENTS_AT_MOST, SAID_AT_MOST, Finish, Reply, Usage
from pipeline.captions.completion import (
    REFUSALS,
    ErrorInBodyError,
    Gathered,
    NoCompletionError,
    read,
)
from pipeline.captions.describer import ChatDescriber
from pipeline.captions.events import events
from pipeline.captions.learnt import GUESSED_SECONDS, KEPT_SECONDS, Learnt
from pipeline.captions.request import body_of
from pipeline.captions.succession import Succession, utc_today
from pipeline.captions.unsupported import RefusedError
from pipeline.errors import (
    CaptionError,
    CaptionRefusedError,
    CaptionRequestError,
    CaptionServiceError,
    SettingsError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from pydantic import BaseModel

    from pipeline.captions.breaker import Breaker
    from pipeline.captions.chat import Heard, Turn
    from pipeline.captions.prices import Price
    from pipeline.captions.succession import Replacement, Today

_ACCESS: Final = {401, 403}
_THIS_REQUEST: Final = {400, 413, 422}  # the service is well, it is one picture that it dislikes
_NAMES_PARAMETERS: Final = {400, 404, 415, 422, 500, 501}
_WITHOUT_REASON: Final = {400, 422}
_TOLD_AT_MOST: Final = 300
_MILLISECONDS: Final = 1e11
"""Above this Unix time is in milliseconds."""
_NO_SUCH_PATH: Final = {404, 405, 501}
_TRIES: Final = 12
"""Requests for one question: each leaves out something more."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Paid:
    """What the requests for one question were billed."""

    usage: Usage = field(default_factory=Usage)
    asked: bool = False

    def add(self, usage: Usage) -> None:
        self.usage += usage
        self.asked = True


class OpenAIModel:
    """A model behind the chat completions interface.

    Without ``base_url`` it is at ``OPENAI_BASE_URL``, and without that at OpenAI. ``attempt``
    bounds one try, in seconds. ``price`` holds for any model; else it is that of ``prices``, or the
    catalogue's. ``retires`` tells whether the catalogue's last days hold for this server; ``today``
    tells the date, ``replaced`` is told of a successor. ``learnt`` keeps what the server takes.

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
        temperature: float | None = None,
        price: Price | None = None,
        prices: dict[str, Price] | None = None,
        retires: bool = True,
        today: Today = utc_today,
        replaced: Callable[[Replacement], None] | None = None,
        learnt: Learnt | None = None,
    ) -> None:
        self._key = key.strip()
        if not self._key or not self._key.isascii() or not self._key.isprintable():
            raise SettingsError("The key for captions is empty or has characters no key has")
        address = address_of(base_url or os.environ.get("OPENAI_BASE_URL"), self._key)
        self.server = address.name
        self._price = price
        self._prices = prices or {}
        self._temperature = temperature
        self._learnt = learnt or Learnt()
        self._dated = retires and not address.is_azure
        self._succession = Succession(model, dated=self._dated, today=today, told=replaced)
        self._client = openai.AsyncOpenAI(
            api_key=self._key,
            base_url=address.base_url,
            default_query=address.query,
            default_headers=address.headers,
            timeout=attempt,
            max_retries=retries,
        )
        bound(self._client._client)  # noqa: SLF001 - a client of our own would not read the proxies

    @property
    def name(self) -> str:
        """The model that is asked now."""
        return self._succession.current

    @property
    def replacement(self) -> Replacement | None:
        """Which model is asked in place of the one that is set, if it is another."""
        _ = self._succession.current  # its day may have come
        return self._succession.replacement

    @property
    def price(self) -> Price | None:
        """What that model charges, None where it is not known."""
        return self._price or self._prices.get(self.name) or price_of(self.name)

    @property
    def last_day(self) -> date | None:
        """The day from which the catalogue has the model retired, where that holds here."""
        known = catalogue().find(self.name)
        return known.retires if known is not None and self._dated else None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def look_up(self) -> date | None:
        """Ask the server for the model's own page; return its last day, where one is named there.

        Raises LookupError where the server does not list the model, which may answer all the same,
        and CaptionError where it cannot be asked.
        """
        try:
            with question():
                found = await self._client.models.with_raw_response.retrieve(self.name)
                return _day(json.loads(found.content).get("shutdown_date"))
        except openai.APIStatusError as error:
            if error.status_code in _NO_SUCH_PATH:
                raise LookupError(self.name) from None
            raise self._error(_refused(error)) from None
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            raise CaptionServiceError(self._told(error)) from None
        except (ValueError, AttributeError, RecursionError):
            return None  # another page, which names no day

    async def ask(
        self, turns: Sequence[Turn], schema: type[BaseModel], heard: Heard | None = None
    ) -> Reply:
        """Ask for JSON of a schema. Raises `CaptionError`s as `ChatModel` has them."""
        paid = _Paid()
        try:
            # Raised without the chain: a server may echo the key in the body that its errors carry.
            with question():
                return await self._asked(turns, schema, heard, paid)
        except CaptionError as error:
            if paid.asked:
                error.spent = (paid.usage.spending(self.name, self.price),)
            raise
        except RefusedError as refused:
            raise self._error(refused) from None
        except (openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError) as error:
            raise CaptionServiceError(self._told(error)) from None

    async def _asked(
        self, turns: Sequence[Turn], schema: type[BaseModel], heard: Heard | None, paid: _Paid
    ) -> Reply:
        """Ask, with less each time that something is refused. Raises RefusedError for the rest."""
        unsure: Capabilities | None = None
        first: RefusedError | None = None
        for _ in range(_TRIES):
            model = self.name
            takes = unsure or self._takes(model)
            body = body_of(model, turns, schema, takes, self._temperature)
            try:
                reply = await self._once(body, takes, heard, paid)
            except RefusedError as refused:
                if unsure is not None:
                    raise first or refused from None
                if (lesser := _lesser(takes, refused)) is not None:
                    await self._learn(model, lesser)
                elif refused.is_of_the_model:
                    if not self._succession.gone(model):
                        raise
                elif self._may_be_of_a_parameter(refused) and takes.plainest != takes:
                    # Kept only where it helps: it may be the picture that is disliked.
                    unsure, first = takes.plainest, refused
                else:
                    raise
                continue
            if unsure is not None:
                await self._learn(model, unsure, GUESSED_SECONDS)
            if _was_thought_away(reply) and takes.roomier != takes:
                await self._learn(model, takes.roomier)
                unsure = None
                continue
            return Reply(reply.said, reply.finish, paid.usage)
        raise CaptionServiceError("The caption service refuses the request, whatever it leaves out")

    def _takes(self, model: str) -> Capabilities:
        known = catalogue().find(model)
        return self._learnt.get(self.server, model) or (
            Capabilities() if known is None else known.capabilities
        )

    def _may_be_of_a_parameter(self, refused: RefusedError) -> bool:
        """Tell whether a refusal that names no parameter may be about one, which OpenAI names."""
        if self.server == OPENAI or refused.code.lower() in REFUSALS or refused.is_of_the_picture:
            return False
        return refused.status in _WITHOUT_REASON or refused.is_of_some_parameter

    async def _learn(self, model: str, takes: Capabilities, seconds: float = KEPT_SECONDS) -> None:
        log.info("learnt what a caption server takes", model=model, takes=str(takes))
        await self._learnt.keep(self.server, model, takes, seconds)

    async def _once(
        self, body: dict[str, Any], takes: Capabilities, heard: Heard | None, paid: _Paid
    ) -> Reply:
        """Make one request. Raises RefusedError for an answer that is an error."""
        try:
            if heard is not None and takes.stream:
                gathered = await self._streamed(body, takes, heard, paid)
            else:
                raw = await self._client.chat.completions.with_raw_response.create(**body)
                gathered = read(raw.content)
        except openai.APIStatusError as error:
            raise _refused(error) from None
        except ErrorInBodyError as error:
            raise _refused_in(error.body) from None
        except NoCompletionError as error:
            if error.usage.known:
                paid.add(error.usage)
            raise CaptionServiceError(
                "The caption service's answer is no chat completion"
            ) from None
        paid.add(gathered.usage)
        return gathered.reply

    async def _streamed(
        self, body: dict[str, Any], takes: Capabilities, heard: Heard, paid: _Paid
    ) -> Gathered:
        """Gather the pieces. A stream that breaks is an error unless the answer was whole."""
        more: dict[str, Any] = {"stream": True}
        if takes.stream_options:
            more["stream_options"] = {"include_usage": True}
        gathered = Gathered()
        count = 1
        create = self._client.chat.completions.with_streaming_response.create
        async with create(**body, **more) as response:
            if "text/event-stream" not in response.headers.get("content-type", ""):
                return read(await response.read())  # servers that do not stream
            try:
                count = await _gather(gathered, events(response.iter_bytes()), heard)
            except (ErrorInBodyError, openai.OpenAIError, httpx2.HTTPError):
                if not answers.is_whole(gathered.said):
                    if gathered.usage.known:
                        paid.add(gathered.usage)
                    raise
        if not count:
            raise NoCompletionError(gathered.usage)
        if gathered.reason is None and not answers.is_whole(gathered.said):
            gathered.reason = "length"  # it ended without a reason: it was cut off
        return gathered

    def _error(self, refused: RefusedError) -> CaptionError:  # noqa: PLR0911 - a table of kinds
        status, told = refused.status, self._told_of(refused)
        if refused.code.lower() in REFUSALS or "ResponsibleAIPolicy" in str(refused.body)[:2000]:
            return CaptionRefusedError(f"The caption service blocks the picture: {refused.code}")
        if refused.is_of_the_picture:
            return CaptionRequestError(
                f"{self.name} takes no pictures; choose one that does: {told}"
            )
        if refused.is_of_the_model:
            return CaptionServiceError(
                f"The caption service has no model {self.name}: set CAPTION_MODEL or "
                f"COMPATIBLE_MODEL to one that it has: {told}"
            )
        if status in _ACCESS:
            return CaptionServiceError(
                f"The caption service refuses the key (HTTP {status}): "
                "check OPENAI_API_KEY, OPENAI_BASE_URL and the account",
            )
        if refused.code == "insufficient_quota" or status == 402:  # noqa: PLR2004 - payment required
            return CaptionServiceError("The caption service's account has no credit left")
        if status in _THIS_REQUEST:
            return CaptionRequestError(told)
        if status in _NO_SUCH_PATH:
            return CaptionServiceError(
                f"The caption service has no model {self.name}, or its address should end in /v1: "
                f"{told}"
            )
        return CaptionServiceError(told)

    def _told_of(self, refused: RefusedError) -> str:
        return self._short(f"Caption service: Error code: {refused.status} - {refused.body}")

    def _told(self, error: Exception) -> str:
        cause = f" ({error.__cause__!r})" if error.__cause__ is not None else ""
        return self._short(f"Caption service: {str(error) or type(error).__name__}{cause}")

    def _short(self, text: str) -> str:
        return text.replace(self._key, "…")[:_TOLD_AT_MOST]


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


async def _gather(gathered: Gathered, stream: AsyncIterator[dict[str, Any]], heard: Heard) -> int:
    """Add the events to what is gathered, and count them."""
    count = 0
    async for event in stream:
        if (count := count + 1) > EVENTS_AT_MOST:
            raise CaptionServiceError("The caption service's stream has no end")
        if gathered.add(event) and len(gathered.content) <= SAID_AT_MOST:
            await heard(gathered.content)
    return count


def _lesser(takes: Capabilities, refused: RefusedError) -> Capabilities | None:
    """Give the request without what is refused; None where nothing of that is in it."""
    if refused.status not in _NAMES_PARAMETERS or refused.is_of_the_picture or refused.names_model:
        return None
    lesser = takes
    limits = {Parameter.TOKENS, Parameter.COMPLETION_TOKENS}
    for parameter in refused.parameters:
        # Of the two limits only the one that was sent is left out.
        if parameter not in limits or parameter.value == takes.limit:
            lesser = lesser.without(parameter)
    return None if lesser == takes else lesser


def _refused(error: openai.APIStatusError) -> RefusedError:
    return RefusedError(error.status_code, error.body, str(error.code or ""))


def _refused_in(body: object) -> RefusedError:
    """Read an error that came with the status of an answer."""
    code = body.get("code") if isinstance(body, dict) else None
    is_status = isinstance(code, int) and 400 <= code < 600  # noqa: PLR2004 - HTTP's errors
    return RefusedError(code if is_status and isinstance(code, int) else 502, body, str(code or ""))


def _day(value: object) -> date | None:
    """Read a day as Unix time, in seconds or milliseconds, or as a date."""
    try:
        if isinstance(value, str) and not value.isdecimal():
            return date.fromisoformat(value[:10])
        if isinstance(value, int | float | str):
            seconds = float(value)
            seconds /= 1000 if seconds > _MILLISECONDS else 1
            return datetime.fromtimestamp(seconds, UTC).date()
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _was_thought_away(reply: Reply) -> bool:
    """Tell whether the answer's tokens went for thoughts, so that nothing of it is there."""
    return reply.finish is Finish.CUT_OFF and "{" not in answers.after_thoughts(reply.said)
