"""The answer of a chat completions server, as far as it is used, and what it is billed at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from decimal import Decimal

    from pipeline.captions.prices import Price


class Message(BaseModel):
    """What the model says, or why it will not."""

    content: str | None = None
    refusal: str | None = None


class Choice(BaseModel):
    """One answer, and why it ended: ``stop``, ``length``, ``content_filter``."""

    message: Message
    finish_reason: str | None = None


class PromptDetails(BaseModel):
    """How many tokens of the prompt came from the provider's cache."""

    cached_tokens: int | None = None


class Usage(BaseModel):
    """What is billed. ``prompt_tokens`` includes the cached ones."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: PromptDetails | None = None


class Completion(BaseModel):
    """A completion, validated: the client builds its own type without a look at what came."""

    choices: tuple[Choice, ...] = Field(min_length=1)
    usage: Usage | None = None


@dataclass(slots=True)
class Bill:
    """The tokens of all questions asked for one caption."""

    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0

    def add(self, usage: Usage | None) -> None:
        """Count one question; a server that reports no usage is taken to be free."""
        if usage is None:
            return
        self.tokens_in += usage.prompt_tokens
        self.tokens_out += usage.completion_tokens
        if usage.prompt_tokens_details is not None:
            self.tokens_cached += usage.prompt_tokens_details.cached_tokens or 0

    def cost(self, price: Price | None) -> Decimal | None:
        """Give the cost in US dollars, None without a price."""
        if price is None:
            return None
        return price.of(self.tokens_in, self.tokens_cached, self.tokens_out)
