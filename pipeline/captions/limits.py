"""How long each part of a listing may be, and how it is made to fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.captions.text import length, trim, trim_phrase, trim_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.captions.listing import Listing


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that each part may hold: `text.length` for texts, a count for lists."""

    title: int
    description: int
    bullet: int
    bullets: int
    call_to_action: int
    keyword: int = 40
    keywords: int = 10

    def excess(self, listing: Listing) -> Iterator[str]:
        """Name each thing that is over, as a sentence for whoever is to mend it."""
        texts = [
            ("title", listing.title, self.title),
            ("description", listing.description, self.description),
            ("call_to_action", listing.call_to_action, self.call_to_action),
            *((f"bullets[{i}]", bullet, self.bullet) for i, bullet in enumerate(listing.bullets)),
        ]
        for name, text, limit in texts:
            if length(text) > limit:
                yield f"{name} has {length(text)} characters, at most {limit} are allowed"
        if len(listing.bullets) > self.bullets:
            yield f"bullets has {len(listing.bullets)} items, at most {self.bullets} are allowed"

    def fit(self, listing: Listing) -> Listing:
        """Cut at ends of sentences, clauses or words; what leaves nothing whole is left out."""
        bullets = (trim_phrase(bullet, self.bullet) for bullet in listing.bullets)
        return listing.model_copy(
            update={
                "title": trim_words(listing.title, self.title),
                "description": trim(listing.description, self.description),
                "bullets": tuple(filter(None, bullets))[: self.bullets],
                "call_to_action": trim(listing.call_to_action, self.call_to_action),
                "keywords": tuple(
                    word for word in listing.keywords if 0 < length(word) <= self.keyword
                )[: self.keywords],
            },
        )


# Together with the blank lines and the dots these make at most 917 of Telegram's 1,024.
POST = Limits(title=70, description=450, bullet=70, bullets=4, call_to_action=100)
SHORT_POST = Limits(title=60, description=180, bullet=60, bullets=0, call_to_action=80)
