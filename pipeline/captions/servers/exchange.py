"""One request to a chat completions server: what came of it, whole or streamed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2
import openai

from pipeline.captions.chat import EVENTS_AT_MOST, SAID_AT_MOST, Usage
from pipeline.captions.servers import answers
from pipeline.captions.servers.completion import ErrorInBodyError, Gathered, NoCompletionError, read
from pipeline.captions.servers.events import events
from pipeline.captions.servers.unsupported import RefusedError
from pipeline.errors import CaptionServiceError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pipeline.captions.chat import Heard, Reply
    from pipeline.captions.servers.capabilities import Capabilities


@dataclass(slots=True)
class Paid:
    """What the requests for one question were billed."""

    usage: Usage = field(default_factory=Usage)
    asked: bool = False

    def add(self, usage: Usage) -> None:
        """Add an answer's."""
        self.usage += usage
        self.asked = True


async def exchange(
    client: openai.AsyncOpenAI,
    body: dict[str, Any],
    takes: Capabilities,
    heard: Heard | None,
    paid: Paid,
) -> Reply:
    """Make one request, streamed where somebody listens and the server can.

    Raises RefusedError for an answer that is an error, CaptionServiceError for one that is none,
    and what the client raises for lost connections.
    """
    try:
        if heard is not None and takes.stream:
            gathered = await _streamed(client, body, takes, heard, paid)
        else:
            raw = await client.chat.completions.with_raw_response.create(**body)
            gathered = read(raw.content)
    except openai.APIStatusError as error:
        raise refusal(error) from None
    except ErrorInBodyError as error:
        raise _refused_in(error.body) from None
    except NoCompletionError as error:
        if error.usage.known:
            paid.add(error.usage)
        raise CaptionServiceError("The caption service's answer is no chat completion") from None
    paid.add(gathered.usage)
    return gathered.reply


async def _streamed(
    client: openai.AsyncOpenAI,
    body: dict[str, Any],
    takes: Capabilities,
    heard: Heard,
    paid: Paid,
) -> Gathered:
    """Gather the pieces. A stream that breaks is an error unless the answer was whole."""
    more: dict[str, Any] = {"stream": True}
    if takes.stream_options:
        more["stream_options"] = {"include_usage": True}
    gathered = Gathered()
    count = 1
    create = client.chat.completions.with_streaming_response.create
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


async def _gather(gathered: Gathered, stream: AsyncIterator[dict[str, Any]], heard: Heard) -> int:
    """Add the events to what is gathered, and count them."""
    count = 0
    async for event in stream:
        if (count := count + 1) > EVENTS_AT_MOST:
            raise CaptionServiceError("The caption service's stream has no end")
        if gathered.add(event) and len(gathered.content) <= SAID_AT_MOST:
            await heard(gathered.content)
    return count


def refusal(error: openai.APIStatusError) -> RefusedError:
    """Give the client's error as ours."""
    return RefusedError(error.status_code, error.body, str(error.code or ""))


def _refused_in(body: object) -> RefusedError:
    """Read an error that came with the status of an answer."""
    code = body.get("code") if isinstance(body, dict) else None
    is_status = isinstance(code, int) and 400 <= code < 600  # noqa: PLR2004 - HTTP's errors
    return RefusedError(code if is_status and isinstance(code, int) else 502, body, str(code or ""))
