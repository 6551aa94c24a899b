"""One short question to the models that write the captions, answered by an object or not at all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from pydantic import BaseModel

from pipeline.captions.chat import SAID_AT_MOST, Finish
from pipeline.captions.servers import answers
from pipeline.captions.servers.breaker import Breaker
from pipeline.errors import CaptionError, CaptionServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.captions.chat import ChatModel, Reply, Turn
    from pipeline.captions.spending import Spending

Schema = TypeVar("Schema", bound=BaseModel)

SECONDS: Final = 10.0
"""How long an answer may take with all models together: somebody waits for it."""


@dataclass(frozen=True, slots=True)
class Answered(Generic[Schema]):
    """An answer, and what it took; ``spent`` has an entry per model that was billed."""

    value: Schema
    spent: tuple[Spending, ...]


class Questions:
    """Asks ``models`` in their order until one answers; an answer that is none is not asked again.

    ``seconds`` bounds the wait. A model that fails repeatedly is left alone for a while.
    """

    def __init__(self, models: Sequence[ChatModel] = (), *, seconds: float = SECONDS) -> None:
        self._models = tuple((model, Breaker()) for model in models)
        self._seconds = seconds

    def __bool__(self) -> bool:
        """Tell whether there is anybody to ask."""
        return bool(self._models)

    async def ask(
        self, turns: Sequence[Turn], schema: type[Schema], needed: tuple[str, ...]
    ) -> Answered[Schema]:
        """Return an answer that has the fields ``needed``.

        ``schema`` has texts and tuples of texts. Raises CaptionError where there is no answer in
        time; its ``spent`` is what that cost.
        """
        spent: tuple[Spending, ...] = ()
        last: CaptionError = CaptionServiceError("no model can be asked now")
        try:
            async with asyncio.timeout(self._seconds):
                for model, breaker in self._models:
                    if not breaker.lets_through():
                        continue
                    try:
                        reply = await _asked(model, breaker, turns, schema)
                    except CaptionError as error:
                        spent, last = (*spent, *error.spent), error
                        continue
                    spent += (reply.usage.spending(model.name, model.price),)
                    said = reply.said[:SAID_AT_MOST]
                    value = None
                    if reply.finish is Finish.DONE:
                        value = await asyncio.to_thread(answers.read, said, schema, needed)
                    if value is not None:
                        return Answered(value, spent)
                    last = CaptionServiceError(f"{model.name} answers in another form")
                    break
        except TimeoutError:
            last = CaptionServiceError(f"no answer within {self._seconds:g} s")
        last.spent = spent
        raise last

    async def aclose(self) -> None:
        """Let go of all connections."""
        for model, _ in self._models:
            await model.aclose()


async def _asked(
    model: ChatModel, breaker: Breaker, turns: Sequence[Turn], schema: type[BaseModel]
) -> Reply:
    """Ask one model, and note whether its service answers."""
    well = False
    try:
        reply = await model.ask(turns, schema)
        well = True
    except CaptionError as error:
        well = not isinstance(error, CaptionServiceError)
        raise
    finally:  # a wait that was cut short counts too
        (breaker.succeeded if well else breaker.failed)()
    return reply
