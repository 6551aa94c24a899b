"""How a listing is made to fit: cut at the end of a sentence, of a clause, of a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.captions.sentences import trim, trim_phrase, trim_words
from pipeline.captions.text import length

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.captions.listing import Listing
    from pipeline.markets.text import Limits


def fit(listing: Listing, limits: Limits) -> Listing:
    """Cut at ends of sentences, clauses or words; what leaves nothing whole is left out."""
    bullets = _together((trim_phrase(one, limits.bullet) for one in listing.bullets), limits)
    return listing.model_copy(
        update={
            "title": trim_words(listing.title, limits.title),
            "description": trim(listing.description, limits.description),
            "bullets": bullets,
            "call_to_action": trim(listing.call_to_action, limits.call_to_action),
            "keywords": _keywords(listing.keywords, limits),
        },
    )


def _together(bullets: Iterable[str], limits: Limits) -> tuple[str, ...]:
    """Keep as many bullets as may stand there, by their number and by their characters."""
    kept: list[str] = []
    for bullet in filter(None, bullets):
        together = sum(map(length, (*kept, bullet)))
        if len(kept) == limits.bullets or 0 < limits.bullets_together < together:
            break
        kept.append(bullet)
    return tuple(kept)


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
