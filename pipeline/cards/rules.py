"""What a market says to text on pictures."""

from __future__ import annotations

from pipeline.errors import MarketError
from pipeline.markets import load_markets


def is_further(market: str) -> bool:
    """Tell whether a card may only be a further picture there: the main one must bear no text.

    Raises MarketError where there is no such market.
    """
    found = load_markets().get(market)
    if found is None:
        raise MarketError(f"no market {market!r}; there are {', '.join(load_markets())}")
    return found.picture is not None and not found.picture.overlay
