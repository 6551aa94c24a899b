"""A model that answers questions with what it is told to, and keeps what it was asked."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.captions.chat import Finish, Reply, Usage
from pipeline.captions.model_price import Price
from pipeline.captions.questions import Questions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from pipeline.captions.chat import Heard, Turn
    from tests.stands.bot import Stand


class Oracle:
    """A `ChatModel`; each answer once, the last for ever. An error among them is raised."""

    name = "oracle"
    price: Price | None = Price(Decimal(1), Decimal(1), Decimal(1))

    def __init__(self, *answers: str | Exception, finish: Finish = Finish.DONE) -> None:
        self._answers = list(answers)
        self._finish = finish
        self.asked: list[Sequence[Turn]] = []
        self.schemas: list[type[BaseModel]] = []

    async def ask(
        self, turns: Sequence[Turn], schema: type[BaseModel], heard: Heard | None = None
    ) -> Reply:
        assert heard is None
        self.asked.append(turns)
        self.schemas.append(schema)
        said = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(said, Exception):
            raise said
        return Reply(said, self._finish, Usage(700, 0, 50))

    async def aclose(self) -> None:
        """Nothing is held."""


def consult(stand: Stand, *answers: str | Exception, finish: Finish = Finish.DONE) -> Oracle:
    """Give the bot a model that answers so."""
    oracle = Oracle(*answers, finish=finish)
    services = replace(stand.services, questions=Questions([oracle], seconds=5.0))
    # Those who hold the services are to see it too.
    object.__setattr__(stand.services, "questions", services.questions)
    return oracle
