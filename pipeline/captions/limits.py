"""How a listing is made to fit: cut at the end of a sentence, of a clause, of a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.captions.sentences import trim, trim_phrase, trim_words
from pipeline.captions.text import length

if TYPE_CHECKING:
    from pipeline.captions.listing import Listing
    from pipeline.markets.text import Limits


def fit(listing: Listing, limits: Limits) -> Listing:
    """Cut at ends of sentences, clauses or words; what leaves nothing whole is left out."""
    bullets = (trim_phrase(bullet, limits.bullet) for bullet in listing.bullets)
    return listing.model_copy(
        update={
            "title": trim_words(listing.title, limits.title),
            "description": trim(listing.description, limits.description),
            "bullets": tuple(filter(None, bullets))[: limits.bullets],
            "call_to_action": trim(listing.call_to_action, limits.call_to_action),
            "keywords": _keywords(listing.keywords, limits),
        },
    )


def _keywords(keywords: tuple[str, ...], limits: Limits) -> tuple[str, ...]:
    kept: list[str] = []
    for word in keywords:
        if not 0 < length(word) <= limits.keyword or word in kept:
            continue
        together = len(" ".join((*kept, word)).encode())
        if len(kept) == limits.keywords or 0 < limits.keywords_bytes < together:
            break
        kept.append(word)
    return tuple(kept)
