"""OpenAI's models, and those of any server that speaks its chat completions.

The client retries lost connections, 408, 409, 429 and 5xx with jitter and honours Retry-After. What
a server refuses of a request is left out and remembered; a model that is gone gives way to its
successor.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

import httpx2
import openai
import structlog

from pipeline.captions.chat import Finish, Reply
from pipeline.captions.servers import answers
from pipeline.captions.servers.address import OPENAI, address_of
from pipeline.captions.servers.bounded import bound, question
from pipeline.captions.servers.capabilities import Capabilities
from pipeline.captions.servers.catalogue import catalogue, price_of
from pipeline.captions.servers.completion import REFUSALS
from pipeline.captions.servers.exchange import Paid, exchange, refusal
from pipeline.captions.servers.learnt import GUESSED_SECONDS, KEPT_SECONDS, Learnt
from pipeline.captions.servers.request import body_of
from pipeline.captions.servers.succession import Succession, utc_today
from pipeline.captions.servers.trouble import NO_SUCH_PATH, error_of, failure_line
from pipeline.captions.servers.unsupported import RefusedError, lesser_than
from pipeline.errors import CaptionError, CaptionServiceError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic import BaseModel

    from pipeline.captions.chat import Heard, Turn
    from pipeline.captions.model_price import Price
    from pipeline.captions.servers.succession import Replacement, Today

_WITHOUT_REASON: Final = {400, 422}
_MILLISECONDS: Final = 1e11
"""Above this Unix time is in milliseconds."""
_TRIES: Final = 12
"""Requests for one question: each leaves out something more."""

log = structlog.get_logger(__name__)


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
            if error.status_code in NO_SUCH_PATH:
                raise LookupError(self.name) from None
            raise error_of(refusal(error), self.name, self._key) from None
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            raise CaptionServiceError(failure_line(error, self._key)) from None
        except (ValueError, AttributeError, RecursionError):
            return None  # another page, which names no day

    async def ask(
        self, turns: Sequence[Turn], schema: type[BaseModel], heard: Heard | None = None
    ) -> Reply:
        """Ask for JSON of a schema. Raises `CaptionError`s as `ChatModel` has them."""
        paid = Paid()
        try:
            # Raised without the chain: a server may echo the key in the body that its errors carry.
            with question():
                return await self._asked(turns, schema, heard, paid)
        except CaptionError as error:
            if paid.asked:
                error.spent = (paid.usage.spending(self.name, self.price),)
            raise
        except RefusedError as refused:
            raise error_of(refused, self.name, self._key) from None
        except (openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError) as error:
            raise CaptionServiceError(failure_line(error, self._key)) from None

    async def _asked(
        self, turns: Sequence[Turn], schema: type[BaseModel], heard: Heard | None, paid: Paid
    ) -> Reply:
        """Ask, with less each time that something is refused. Raises RefusedError for the rest."""
        unsure: Capabilities | None = None
        first: RefusedError | None = None
        for _ in range(_TRIES):
            model = self.name
            takes = unsure or self._takes(model)
            body = body_of(model, turns, schema, takes, self._temperature)
            try:
                reply = await exchange(self._client, body, takes, heard, paid)
            except RefusedError as refused:
                if unsure is not None:
                    raise first or refused from None
                if (lesser := lesser_than(takes, refused)) is not None:
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
