"""The answer of a chat completions server, as far as it is used."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, Field, ValidationError

from pipeline.captions.chat import Finish, Reply
from pipeline.captions.chat import Usage as Billed

REFUSALS: Final = {"content_filter", "content_policy_violation", "moderation_blocked"}


class Message(BaseModel):
    """What the model says, or why it will not; in a stream, the next piece of it."""

    content: str | None = None
    refusal: str | None = None


class PromptDetails(BaseModel):
    """How many tokens of the prompt came from the provider's cache."""

    cached_tokens: int | None = None


class Usage(BaseModel):
    """What is billed. ``prompt_tokens`` includes the cached ones."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: PromptDetails | None = None

    @property
    def billed(self) -> Billed:
        """The same as a value of ours."""
        details = self.prompt_tokens_details
        cached = details.cached_tokens if details is not None else None
        return Billed(self.prompt_tokens, cached or 0, self.completion_tokens)


class Choice(BaseModel):
    """One answer, and why it ended: ``stop``, ``length``, ``content_filter``."""

    message: Message
    finish_reason: str | None = None


class Completion(BaseModel):
    """A completion, validated: the client builds its own type without a look at what came."""

    choices: tuple[Choice, ...] = Field(min_length=1)
    usage: Usage | None = None

    @property
    def reply(self) -> Reply:
        """The same as a value of ours."""
        choice = self.choices[0]
        usage = self.usage.billed if self.usage is not None else Billed()
        if choice.message.refusal:
            return Reply("", Finish.REFUSED, usage)
        return Reply(choice.message.content or "", finish_of(choice.finish_reason), usage)


class ChunkChoice(BaseModel):
    """A piece of an answer."""

    delta: Message = Message()
    finish_reason: str | None = None


class Chunk(BaseModel):
    """One event of a stream; the last one has no choices and the usage."""

    choices: tuple[ChunkChoice, ...] = ()
    usage: Usage | None = None


class Billing(BaseModel):
    """The usage alone: it is billed, whether the rest can be read or not."""

    usage: Usage | None = None


def billed_in(body: bytes) -> Billed:
    """Read the usage of a body that is no completion; nothing where it has none."""
    try:
        usage = Billing.model_validate_json(body).usage
    except ValidationError:
        return Billed()
    return Billed() if usage is None else usage.billed


def finish_of(reason: str | None) -> Finish:
    """Translate a provider's reason; some give none at all."""
    if reason in REFUSALS:
        return Finish.REFUSED
    return Finish.CUT_OFF if reason == "length" else Finish.DONE
