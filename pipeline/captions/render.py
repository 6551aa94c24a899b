"""A listing as the text it becomes: a Telegram post, a market's card, parts to be copied."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from pipeline.captions.contacts import has_contact
from pipeline.captions.limits import fit
from pipeline.captions.lint import forbidden_in
from pipeline.captions.text import length, tidy_line
from pipeline.markets import load_markets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.captions.listing import Listing
    from pipeline.markets import TextRules
    from pipeline.markets.text import Limits


POST_AT_MOST = 1000
"""UTF-16 code units of a post: a picture's caption holds 1,024."""


def telegram_text(listing: Listing) -> str:
    """Write plain text of at most 1,000 characters: any listing fits under a picture."""
    return "\n\n".join(_blocks(fit(listing, _post())))


def telegram_html(listing: Listing, most: int = POST_AT_MOST) -> str:
    """Write the same for ``parse_mode=HTML``: the title bold, everything else escaped.

    ``most`` is how long it may be as it is read, in UTF-16 code units; from 500 on it holds. The
    description gives way.
    """
    fitted = fit(listing, _post())
    over = length("\n\n".join(_blocks(fitted))) - most
    if over > 0:
        kept = max(0, length(fitted.description) - over)
        fitted = fit(fitted, replace(_post(), description=kept))
    blocks = [escape(block, quote=False) for block in _blocks(fitted)]
    if fitted.title:
        blocks[0] = f"<b>{blocks[0]}</b>"
    return "\n\n".join(blocks)


def card_text(listing: Listing, rules: TextRules) -> str:
    """Write the listing's parts in the market's order, without the keywords."""
    apart = {"keywords", "highlights", "alt"}
    return "\n\n".join(text for part, text in card_parts(listing, rules) if part not in apart)


def derived_parts(listing: Listing, rules: TextRules) -> Iterator[tuple[str, str]]:
    """Give the parts that are made of what is seen, as many phrases as fit."""
    seen = listing.seen
    phrases = {
        "highlights": (*seen.details, seen.material),
        "alt": (seen.product, seen.colour, seen.material, *seen.details),
    }
    for part, told in phrases.items():
        most, kept = getattr(rules.most, part), ""
        for phrase in dict.fromkeys(map(tidy_line, told)):
            together = f"{kept}, {phrase}" if kept else phrase
            bad = has_contact(phrase) or next(forbidden_in(phrase, rules), None) is not None
            if phrase and not bad and length(together) <= most:
                kept = together
        yield part, kept


def card_parts(listing: Listing, rules: TextRules) -> Iterator[tuple[str, str]]:
    """Give the parts that a market asks for, by name and in its order, empty ones left out."""
    values = {
        "bullets": _bulleted(listing.bullets),
        "keywords": ", ".join(listing.keywords),
        **dict(derived_parts(listing, rules)),
    }
    for part in rules.order:
        value = values[part] if part in values else str(getattr(listing, part))
        if value:
            yield part, value


def _post() -> Limits:
    rules = load_markets()["telegram"].text
    assert rules is not None  # noqa: S101 - a file of this package, held by a test
    return rules.most


def _blocks(listing: Listing) -> Iterator[str]:
    parts = (listing.title, listing.description, _bulleted(listing.bullets), listing.call_to_action)
    return filter(None, parts)


def _bulleted(bullets: tuple[str, ...]) -> str:
    return "\n".join(f"• {bullet}" for bullet in bullets)
