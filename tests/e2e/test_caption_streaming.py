"""A caption is seen while it is written, by the real bot, from a server that streams."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.stands.captions import LISTINGS

if TYPE_CHECKING:
    from tests.e2e.seller import Seller
    from tests.stands.captions import Captions
    from tests.stands.server import Message, Served

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.slow,
    pytest.mark.usefixtures("bot"),
]


def has_caption(message: Message) -> bool:
    return message.file is not None and bool(message.title)


async def test_a_caption_grows_under_the_picture(
    seller: Seller, captions: Captions, telegram: Served, shirt: bytes
) -> None:
    await seller.send_photo(shirt)
    offer = await seller.sees(lambda m: "На какой фон" in m.text)
    await seller.tap(offer, "Белый")
    result = await seller.sees(has_caption)
    before, calls = result.text, len(telegram.calls)

    captions.pace = 0.15
    await seller.tap(result, "Другая подпись")
    seen: list[str] = []

    def done(message: Message) -> bool:
        if message.id != result.id or message.text == before:
            return False
        if message.text not in seen:
            seen.append(message.text)
        return any(one["call_to_action"] in message.text for one in LISTINGS)

    await seller.sees(done)
    captions.pace = 0.0

    assert len(seen) >= 2, "it was seen unfinished"
    whole = seen[-1]
    for text in seen[:-1]:
        assert whole.startswith(text.removesuffix(".").split("\n\n")[0])
    edits = [moment for moment, method in telegram.calls[calls:] if method == "editMessageCaption"]
    assert all(later - sooner > 0.8 for sooner, later in pairwise(edits[:-1]))
    assert len(result.buttons) > 0
