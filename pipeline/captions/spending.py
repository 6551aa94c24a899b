"""What a caption cost, model by model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Spending:
    """What one model was asked for one caption.

    ``tokens_in`` includes ``tokens_cached``, the part that the provider bills at its lower rate.
    ``cost`` is in US dollars, None where the model's price is not known.
    """

    model: str
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    cost: Decimal | None = None
