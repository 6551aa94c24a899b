"""What a model charges, so that each caption knows its cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    tokens_in: Decimal
    tokens_cached: Decimal
    tokens_out: Decimal

    def of(self, tokens_in: int, tokens_cached: int, tokens_out: int) -> Decimal:
        """Give the cost in dollars; ``tokens_in`` includes ``tokens_cached``."""
        fresh = (tokens_in - tokens_cached) * self.tokens_in
        return (
            fresh + tokens_cached * self.tokens_cached + tokens_out * self.tokens_out
        ) / _MILLION
