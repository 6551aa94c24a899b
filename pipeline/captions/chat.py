"""What a describer needs of a language model that looks at pictures, whoever runs it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from pipeline.captions.spending import Spending

if TYPE_CHECKING:
    from pydantic import BaseModel

    from pipeline.captions.model_price import Price


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class Finish(StrEnum):
    """Why an answer ended. A broken connection cuts off, too."""

    DONE = "done"
    CUT_OFF = "cut-off"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Turn:
    """Something said, with a JPEG where one is shown.

    ``is_fine`` tells that it has small things in it: servers that choose look closer, for more.
    """

    role: Role
    text: str
    picture: bytes | None = None
    is_fine: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """What is billed, if it is ``known``. ``tokens_in`` includes ``tokens_cached``."""

    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    known: bool = True

    def spending(self, model: str, price: Price | None) -> Spending:
        """Give what that cost by a model's price."""
        tokens = (self.tokens_in, self.tokens_cached, self.tokens_out)
        cost = None if price is None or not self.known else price.of(*tokens)
        return Spending(model, *tokens, cost)

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.tokens_in + other.tokens_in,
            self.tokens_cached + other.tokens_cached,
            self.tokens_out + other.tokens_out,
            self.known and other.known,
        )


UNKNOWN_USAGE: Final = Usage(known=False)
"""The usage where a server does not tell it: the cost is unknown, not nothing."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said, why it stopped, and what it took; a server may report no usage."""

    said: str
    finish: Finish = Finish.DONE
    usage: Usage = UNKNOWN_USAGE


SAID_AT_MOST: Final = 20_000
"""Characters of an answer that are kept; a good one has two thousand."""
EVENTS_AT_MOST: Final = 20_000
"""Pieces of a streamed answer, of a token each."""

Heard: TypeAlias = Callable[[str], Awaitable[None]]
"""Awaited with all that was said so far, each time it grows; no more is read meanwhile."""


class ChatModel(Protocol):
    """A model behind a provider. ``price`` is None where it is not known."""

    @property
    def name(self) -> str:
        """The model that is asked now, as its provider calls it."""
        ...

    @property
    def price(self) -> Price | None:
        """What it charges, None where that is not known."""
        ...

    async def ask(
        self, turns: Sequence[Turn], schema: type[BaseModel], heard: Heard | None = None
    ) -> Reply:
        """Answer with JSON of a schema; with ``heard`` the answer is streamed.

        Raises `CaptionRefusedError`, `CaptionRequestError` where only this request is at fault,
        and `CaptionServiceError` for everything else. Lost connections, 429 and 5xx are tried
        again with jitter before that; whoever calls bounds the wait. An error's ``spent`` holds
        what was billed for an answer that cannot be used, where that is known.
        """
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...
