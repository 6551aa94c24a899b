"""What captions and scenes cost, entry by entry, and the budgets of a day."""

from __future__ import annotations

import time
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from pipeline.errors import CaptionBudgetError
from storage import usage
from storage.tables import caption_costs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from pipeline.captions import Spending

DAY_SECONDS: Final = 86_400
_MICRO: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Budget:
    """US dollars that captions may cost in a day, by UTC; None is no limit.

    What is being written while the last cent is spent is still paid: the limit can be passed by
    as many captions as are written at a time.
    """

    seller: Decimal | None = None
    overall: Decimal | None = None

    async def check(
        self, connection: AsyncConnection, seller_id: int, more: Decimal = Decimal(0)
    ) -> None:
        """Raise CaptionBudgetError where a limit is reached, or would be passed by ``more``."""
        for limit, whose in ((self.seller, seller_id), (self.overall, None)):
            if limit is None:
                continue
            spent = await spent_today(connection, whose)
            if spent >= limit or spent + more > limit:
                whom = "everybody" if whose is None else "this seller"
                raise CaptionBudgetError(f"{limit} dollars a day are spent for {whom}")


async def add(
    connection: AsyncConnection,
    seller_id: int,
    spent: Sequence[Spending],
    caption_id: int | None = None,
) -> None:
    """Keep what was spent on a caption, or on the attempt at one."""
    for one in spent:
        cost = None if one.cost is None else round(one.cost * _MICRO)
        await connection.execute(
            sa.insert(caption_costs).values(
                seller_id=seller_id,
                caption_id=caption_id,
                model=one.model,
                tokens_in=one.tokens_in,
                tokens_cached=one.tokens_cached,
                tokens_out=one.tokens_out,
                microdollars=cost,
                created_at=time.time(),
            )
        )


async def reserve(connection: AsyncConnection, seller_id: int, model: str, cost: Decimal) -> int:
    """Count what is about to be spent, and return the entry's id for `settle`.

    The process may die before the answer: then it is as if it had been paid.
    """
    result = await connection.execute(
        sa.insert(caption_costs)
        .values(
            seller_id=seller_id,
            caption_id=None,
            model=model,
            tokens_in=0,
            tokens_cached=0,
            tokens_out=0,
            microdollars=round(cost * _MICRO),
            created_at=time.time(),
        )
        .returning(caption_costs.c.id)
    )
    return int(result.scalar_one())


async def settle(connection: AsyncConnection, entry: int, cost: Decimal) -> None:
    """Write down what a reserved entry came to; nothing is no entry."""
    if cost:
        values = sa.update(caption_costs).values(microdollars=round(cost * _MICRO))
        await connection.execute(values.where(caption_costs.c.id == entry))
    else:
        await connection.execute(sa.delete(caption_costs).where(caption_costs.c.id == entry))


async def spent_today(connection: AsyncConnection, seller_id: int | None = None) -> Decimal:
    """Return what this UTC day cost so far in dollars, for one seller or for all."""
    since = time.time() // DAY_SECONDS * DAY_SECONDS
    query = sa.select(sa.func.coalesce(sa.func.sum(caption_costs.c.microdollars), 0)).where(
        caption_costs.c.created_at >= since
    )
    if seller_id is not None:
        owner = await usage.pseudonym(connection, seller_id)
        query = query.where(_of(seller_id, owner))
    return Decimal(int((await connection.execute(query)).scalar_one())) / _MICRO


async def any_since(connection: AsyncConnection, seller_id: int, moment: float) -> bool:
    """Tell whether a model was paid for this seller at ``moment``, Unix time, or later."""
    owner = await usage.pseudonym(connection, seller_id)
    paid = sa.exists().where(_of(seller_id, owner), caption_costs.c.created_at >= moment)
    return bool(await connection.scalar(sa.select(paid)))


async def forget(connection: AsyncConnection, seller_id: int) -> None:
    """Replace the seller's id by their pseudonym, which the upkeep deletes after a day."""
    owner = await usage.pseudonym(connection, seller_id)
    await connection.execute(
        sa.update(caption_costs)
        .where(caption_costs.c.seller_id == seller_id)
        .values(seller_id=0, caption_id=None, owner=owner)
    )


def _of(seller_id: int, owner: str) -> sa.ColumnElement[bool]:
    """Return the condition for a seller's rows, before and after they were forgotten today."""
    return sa.or_(caption_costs.c.seller_id == seller_id, caption_costs.c.owner == owner)
