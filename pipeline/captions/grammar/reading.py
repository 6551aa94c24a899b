"""What is read of a text: facts, each at its place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal


class What(StrEnum):
    """What a reading tells of the product; `SHARE` is a percentage, a degree or a span of time."""

    PRICE = "price"
    SIZE = "size"
    HEIGHT = "height"
    MEASURE = "measure"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Reading:
    """A fact as it stands in a text.

    ``start`` and ``end`` bound it with its label, ``value`` where its value begins. Of a price:
    ``amount`` (None of a range or of more than one piece), ``currency`` (ISO 4217 or empty),
    ``labelled`` (called a price), ``old`` (no longer asked), ``aside`` (of a delivery or the like).
    ``weak`` is a bare number that is a price only where a text tells an old and a new one.
    ``unsure`` has more than one meaning.
    """

    what: What
    start: int
    value: int
    end: int
    amount: Decimal | None = None
    currency: str = ""
    labelled: bool = False
    old: bool = False
    new: bool = False
    aside: bool = False
    weak: bool = False
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A reading that ends before the token of number ``next``."""

    reading: Reading
    next: int
