"""A listing as a Telegram post: the title, the description, the bullets, the call to action."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from pipeline.captions.limits import POST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.captions.listing import Listing


def telegram_text(listing: Listing) -> str:
    """Write plain text of at most 1,000 characters: any listing fits under a picture."""
    return "\n\n".join(_blocks(POST.fit(listing)))


def telegram_html(listing: Listing) -> str:
    """Write the same for ``parse_mode=HTML``: the title bold, everything else escaped."""
    fitted = POST.fit(listing)
    blocks = [escape(block, quote=False) for block in _blocks(fitted)]
    if fitted.title:
        blocks[0] = f"<b>{blocks[0]}</b>"
    return "\n\n".join(blocks)


def _blocks(listing: Listing) -> Iterator[str]:
    bullets = "\n".join(f"• {bullet}" for bullet in listing.bullets)
    parts = (listing.title, listing.description, bullets, listing.call_to_action)
    return filter(None, parts)
