"""The describer on top of a model: at most two questions, then code mends the rest.

The draft, and one correction that names everything that `review` found wrong. A deadline over
everything bounds the wait; where the service is down a circuit breaker spares it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pipeline.captions.chat import SAID_AT_MOST, Finish, Reply, Role, Turn, Usage
from pipeline.captions.drafts import drafted
from pipeline.captions.listing import Listing
from pipeline.captions.prompt import SYSTEM, correction, place, task
from pipeline.captions.review import Review, review
from pipeline.captions.servers import answers
from pipeline.captions.servers.breaker import Breaker
from pipeline.captions.values import Caption, Request, Watch
from pipeline.errors import (
    CaptionError,
    CaptionRefusedError,
    CaptionRequestError,
    CaptionServiceError,
)

if TYPE_CHECKING:
    from pipeline.captions.chat import ChatModel, Heard
    from pipeline.captions.spending import Spending

_DRAFTS_AT_MOST: Final = 100
"""How often an answer is read while it grows: a good one has some thirty sentences and items."""
_ENDS: Final = frozenset('.!?…"]}')
_CUT_OFF: Final = "the answer was cut off at its length limit: write less"
_NO_LISTING: Final = "the answer was not one JSON object with the fields asked for"


@dataclass(frozen=True, slots=True)
class _Answer:
    """A model's answer: its text, its review, and what the correction is to complain of."""

    said: str
    review: Review | None
    complaints: tuple[str, ...]
    is_refusal: bool = False


class ChatDescriber:
    """Describes products with a `ChatModel`.

    ``timeout`` is for a caption with all retries and the correction, in seconds.
    """

    def __init__(
        self, model: ChatModel, *, timeout: float = 30.0, breaker: Breaker | None = None
    ) -> None:
        self._model = model
        self._timeout = timeout
        self._breaker = breaker or Breaker()

    async def aclose(self) -> None:
        """Close the model's connections."""
        await self._model.aclose()

    async def describe(self, request: Request, watch: Watch | None = None) -> Caption:
        """Draft, review, have corrected once, and mend what is left.

        A text too like an earlier one is asked for again; of two alike the less alike is
        returned, and one that repeats an earlier text never is. ``watch`` is shown the draft.

        Raises `CaptionRefusedError` where the provider will not describe the picture, and
        `CaptionServiceError` for everything else: no access, no connection, no answer in time,
        or two answers that cannot be shown.
        """
        if not self._breaker.lets_through():
            raise CaptionServiceError("The caption service failed repeatedly; leaving it alone")
        caption = _Captioning(self._model, request, self._breaker, self._timeout)
        try:
            return await caption.write(watch)
        except CaptionError as error:
            # The last answer's, where it cannot be used, beside those that were read.
            error.spent = (*caption.spent, *error.spent)
            raise


class _Captioning:
    """One caption in the making."""

    def __init__(
        self, model: ChatModel, request: Request, breaker: Breaker, timeout: float
    ) -> None:
        self._model = model
        self._request = request
        self._breaker = breaker
        self._timeout = timeout
        self._deadline = asyncio.get_running_loop().time() + timeout
        self._usage = Usage()
        self._asked = False

    @property
    def spent(self) -> tuple[Spending, ...]:
        """What the questions so far took; nothing where none was answered."""
        if not self._asked:
            return ()
        return (self._usage.spending(self._model.name, self._model.price),)

    async def write(self, watch: Watch | None) -> Caption:
        asked = await asyncio.to_thread(_asked, self._request)
        turns = [Turn(Role.SYSTEM, SYSTEM), Turn(Role.USER, asked, self._request.picture)]
        first = await self._ask(turns, _shown_to(watch, self._request))
        if first.review is not None and not first.complaints:
            return self._caption(first.review, first)
        turns += [Turn(Role.ASSISTANT, first.said), Turn(Role.USER, correction(first.complaints))]
        try:
            second = await self._ask(turns, None)
        except CaptionError as error:
            if first.review is None or first.review.fault:
                raise
            caption = self._caption(first.review, first)
            return replace(caption, spent=(*caption.spent, *error.spent))
        if first.review is None and second.is_refusal:
            raise CaptionRefusedError(f"{self._model.name} declines to describe the picture")
        return self._caption(_better(first, second), first)

    async def _ask(self, turns: list[Turn], heard: Heard | None) -> _Answer:
        reply = await self._reply(turns, heard)
        self._asked = True
        self._usage += reply.usage
        if reply.finish is Finish.REFUSED:
            raise CaptionRefusedError(f"{self._model.name} declines to describe the picture")
        said = reply.said[:SAID_AT_MOST]
        # A thread lets the loop go on after 5 ms, whatever a model wrote.
        reviewed = await asyncio.to_thread(_reviewed, said, self._request)
        if reviewed is not None:  # whole, though it may have been cut off behind its end
            return _Answer(said, reviewed, tuple(map(str, reviewed.flaws)))
        if reply.finish is Finish.CUT_OFF:
            return _Answer(said, None, (_CUT_OFF,))
        return _Answer(said, None, (_NO_LISTING,), is_refusal=answers.is_refusal(said))

    async def _reply(self, turns: list[Turn], heard: Heard | None) -> Reply:
        try:
            async with asyncio.timeout_at(self._deadline):
                reply = await self._model.ask(turns, Listing, heard)
        except TimeoutError:
            self._breaker.failed()
            raise CaptionServiceError(f"No caption within {self._timeout:g} s") from None
        except (CaptionRefusedError, CaptionRequestError):
            self._breaker.succeeded()
            raise
        except CaptionServiceError:
            self._breaker.failed()
            raise
        self._breaker.succeeded()
        return reply

    def _caption(self, reviewed: Review, first: _Answer) -> Caption:
        if reviewed.fault:
            raise CaptionServiceError(f"Two answers, none to be shown: {reviewed.fault}")
        flaws = first.review.flaws if first.review is not None else ()
        return Caption(reviewed.listing, self._model.name, self.spent, flaws)


def _asked(request: Request) -> str:
    return f"{place(request)}\n\n{task(request)}"


def _shown_to(watch: Watch | None, request: Request) -> Heard | None:
    if watch is None:
        return None

    read, drafts = 0, 0

    async def heard(said: str) -> None:
        nonlocal read, drafts
        news, read = said[read:], len(said)
        # Reading takes milliseconds: only where a sentence or an item may have ended.
        if _ENDS.isdisjoint(news) or drafts >= _DRAFTS_AT_MOST or read > SAID_AT_MOST:
            return
        drafts += 1
        if (listing := await asyncio.to_thread(drafted, said, request)) is not None:
            watch(listing)

    return heard


def _reviewed(said: str, request: Request) -> Review | None:
    draft = answers.read(said, Listing, needed=("title", "description"))
    return None if draft is None else review(draft, request)


def _better(*answers: _Answer) -> Review:
    reviews = [answer.review for answer in answers if answer.review is not None]
    if not reviews:
        raise CaptionServiceError(f"Two answers, none of them a listing: {answers[-1].complaints}")
    return min(reversed(reviews), key=lambda r: (bool(r.fault), len(r.flaws), r.alike))
