"""A request for a caption: its key, and the budget it is checked against."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from pipeline.errors import CaptionError
from storage import costs, sellers

if TYPE_CHECKING:
    from bot.services import StepServices
    from pipeline.captions import Caption, Request, Watch


def request_key(request: Request, picture_file: str) -> str:
    """Digest all that a caption depends on; ``picture_file`` is the SHA-256 of its picture, hex.

    The earlier texts do not count: with them the same request would never be found again.
    """
    asked = (
        picture_file,
        request.language,
        request.tone,
        request.length,
        request.market,
        request.may_have_emoji,
        request.facts,
    )
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


async def write(services: StepServices, seller_id: int, request: Request, watch: Watch) -> Caption:
    """Have a caption written if today's budget allows it; note what a failure cost.

    Raises CaptionError.
    """
    async with services.database.read() as connection:
        await services.budget.check(connection, seller_id)
        seller = await sellers.get(connection, seller_id)
    describer = services.describer if seller.outside else services.local
    try:
        caption = await describer.describe(request, watch)
    except CaptionError as error:
        services.metrics.spent(error.spent)
        if error.spent:
            async with services.database.write() as connection:
                await costs.add(connection, seller_id, error.spent)
        raise
    services.metrics.spent(caption.spent)
    return caption
