"""Put one question to a model within the budget, and write down what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import structlog
from pydantic import BaseModel

from pipeline.errors import CaptionError
from storage import costs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.services import StepServices
    from pipeline.captions.chat import Turn
    from pipeline.captions.questions import Questions

Schema = TypeVar("Schema", bound=BaseModel)

STARTS_AT_MOST: Final = 2
"""Starts of a job in which a model is asked: once, and once more where the process died."""

log = structlog.get_logger(__name__)


async def ask_model(
    services: StepServices,
    seller_id: int,
    models: Questions,
    turns: Sequence[Turn],
    schema: type[Schema],
    needed: tuple[str, ...],
) -> Schema | None:
    """Return the answer with the fields ``needed``; None where there is none."""
    try:
        async with services.database.read() as connection:
            await services.budget.check(connection, seller_id)
        answer = await models.ask(turns, schema, needed)
    except CaptionError as error:
        log.info("no model answers", schema=schema.__name__, reason=repr(error))
        spent, value = error.spent, None
    else:
        spent, value = answer.spent, answer.value
    services.metrics.spent(spent)
    if spent:
        async with services.database.write() as connection:
            await costs.add(connection, seller_id, spent)
    return value
