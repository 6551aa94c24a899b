"""Whether the files of the markets' rules are whole, and when somebody last went through them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from pipeline.captions.servers.succession import utc_today
from pipeline.markets import load_markets
from vitrina.commands.doctor.finding import Finding, ok, warn

if TYPE_CHECKING:
    from pipeline.captions.servers.succession import Today
    from vitrina.settings import Settings

OLD_DAYS: Final = 365
"""Markets change their rules several times in so many days."""


async def markets(settings: Settings, today: Today = utc_today) -> Finding:  # noqa: ARG001 - as every check
    """Read each file. Raises MarketError for one that is wrong."""
    found = await asyncio.to_thread(load_markets)
    old = [market for market in found.values() if (today() - market.as_of).days > OLD_DAYS]
    if old:
        first = min(old, key=lambda market: market.as_of)
        return warn(
            f"the rules of {', '.join(market.name for market in old)} are older than a year: "
            f"{first.name}'s are of {first.as_of}, compare them with {first.source}"
        )
    return ok(f"{len(found)}, gone through on {min(one.as_of for one in found.values())} or later")
