"""A listing: what is to be said about a product, before it becomes a post or a card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from pydantic.config import JsonDict


def _for_providers(schema: JsonDict) -> None:
    # Closed for their strict mode, though a stray field in an answer does no harm here. The
    # docstring is for people: the prompt tells a model what each field holds.
    schema["additionalProperties"] = False
    schema.pop("description")


_CONFIG = ConfigDict(frozen=True, extra="ignore", json_schema_extra=_for_providers)


class Seen(BaseModel):
    """What the picture shows. An empty string stands for what cannot be told from it.

    ``text`` is what is printed on the product itself.
    """

    model_config = _CONFIG

    product: str
    colour: str
    material: str
    details: tuple[str, ...]
    text: str


class Listing(BaseModel):
    """The text of one product in one language, part by part, without markup.

    The order of the fields is the order in which a model writes them: it says what it sees and
    what it does not know before it sells. No field has a default and none has a length: providers'
    strict schemas demand the first and refuse the second; the market's `Limits` hold the lengths.

    ``unknown`` is what a buyer would ask and neither the picture nor the seller tells;
    ``contradictions`` is where the seller's words and the picture disagree. Both are for the
    seller and never part of the text.
    """

    model_config = _CONFIG

    seen: Seen
    unknown: tuple[str, ...]
    contradictions: tuple[str, ...]
    title: str
    description: str
    bullets: tuple[str, ...]
    call_to_action: str
    keywords: tuple[str, ...]
