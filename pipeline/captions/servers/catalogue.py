"""The models that are known beforehand: what they cost and take, when they retire, what follows."""

from __future__ import annotations

import math
import tomllib
from datetime import date  # noqa: TC003 - pydantic reads the annotations
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.captions.model_price import Price  # noqa: TC001 - likewise
from pipeline.captions.servers.capabilities import AnswerForm, Capabilities, Limit

if TYPE_CHECKING:
    from decimal import Decimal

ROUTED: Final = "openai/"
"""What OpenRouter puts before the names of OpenAI's models."""
FILE: Final = Path(__file__).with_name("models.toml")
_STRICT: Final = ConfigDict(frozen=True, extra="forbid")
_PATCH: Final = 32
_SIDE: Final = 768
_PROMPT_TOKENS: Final = 1900
_ANSWER_TOKENS: Final = 400


class PictureTokens(BaseModel):
    """How a picture at low detail is counted: ``flat``, or by patches of 32 pixels."""

    model_config = _STRICT

    flat: int | None = None
    factor: float | None = None

    def of(self, width: int, height: int) -> int:
        """Give the tokens of a picture of that many pixels."""
        if self.flat is not None:
            return self.flat
        patches = math.ceil(width / _PATCH) * math.ceil(height / _PATCH)
        return round(patches * (self.factor or 1.0))

    @model_validator(mode="after")
    def _is_one_rule(self) -> PictureTokens:
        if (self.flat is None) == (self.factor is None):
            raise ValueError("a picture is counted flat or by a factor")
        return self


class KnownModel(BaseModel):
    """One model, as its provider documents it."""

    model_config = _STRICT

    price: Price
    picture: PictureTokens
    snapshots: tuple[str, ...] = ()
    form: AnswerForm = AnswerForm.SCHEMA
    limit: Limit = "max_completion_tokens"
    efforts: tuple[str, ...] = ()
    temperature: bool = True
    detail: bool = True
    stream_options: bool = True
    retires: date | None = None
    successor: str | None = None

    @property
    def capabilities(self) -> Capabilities:
        """Give what it takes."""
        return Capabilities(
            form=self.form,
            limit=self.limit,
            efforts=self.efforts,
            temperature=self.temperature,
            detail=self.detail,
            stream_options=self.stream_options,
        )

    @property
    def caption_cost(self) -> Decimal:
        """Estimate one caption in US dollars: the prompt, the largest picture sent, an answer."""
        picture = self.picture.of(_SIDE, _SIDE)
        return self.price.of(_PROMPT_TOKENS + picture, 0, _ANSWER_TOKENS)


class Catalogue(BaseModel):
    """The models by name, and the day on which the provider's pages were read."""

    model_config = _STRICT

    seen: date
    models: dict[str, KnownModel] = Field(min_length=1)

    def find(self, name: str) -> KnownModel | None:
        """Return a model by its name, as OpenAI or OpenRouter has it, or one of its snapshots'."""
        name = name.removeprefix(ROUTED)
        if name in self.models:
            return self.models[name]
        return next((one for one in self.models.values() if name in one.snapshots), None)

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Catalogue:
        for name, model in self.models.items():
            if (model.retires is None) != (model.successor is None):
                raise ValueError(f"{name} has either a day or a successor, and needs both")
            if model.successor is not None:
                follows = self.models.get(model.successor)
                if follows is None or follows.retires is not None:
                    raise ValueError(f"{name} is followed by {model.successor}, which stays not")
        return self


@cache
def catalogue() -> Catalogue:
    """Read the file beside this module."""
    return Catalogue.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))


def price_of(model: str) -> Price | None:
    """Return a model's list price; None where it is not known."""
    known = catalogue().find(model)
    return None if known is None else known.price
