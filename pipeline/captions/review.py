"""The editor: what is wrong with a draft, and the draft with what is wrong taken out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.captions.contacts import has_contact
from pipeline.captions.language import is_written_in, name_of
from pipeline.captions.limits import POST, SHORT_POST, Limits
from pipeline.captions.render import telegram_text
from pipeline.captions.text import keep_sentences, tidy, tidy_line, without_emoji
from pipeline.captions.truth import inventions
from pipeline.captions.values import Tone
from pipeline.captions.variety import THE_SAME, TOO_ALIKE, most_alike

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.captions.listing import Listing
    from pipeline.captions.values import Request


@dataclass(frozen=True, slots=True)
class Review:
    """A draft after the editor.

    ``listing`` keeps every limit, and holds no contacts and no ungrounded claims. ``complaints``
    are what was wrong with the draft, as sentences for the writer. ``alike`` is its overlap with
    the earlier texts. ``fault`` says why the listing must not be shown; it is empty where it may.
    """

    listing: Listing
    complaints: tuple[str, ...]
    alike: float
    fault: str


def review(draft: Listing, request: Request) -> Review:
    """Tidy the draft, list what is wrong with it, and mend what code can mend."""
    listing = _tidied(draft, request)
    limits = limits_of(request.tone)
    ground = _ground(listing, request)
    mended = limits.fit(_without_bad(listing, ground))
    text = telegram_text(mended)
    alike = most_alike(text, request.earlier, request.facts)
    complaints = (*_complaints(listing, request, limits, ground), *_likeness(alike))
    return Review(mended, complaints, alike, _fault(mended, request, alike))


def limits_of(tone: Tone) -> Limits:
    """Give the lengths of a post in that tone."""
    return SHORT_POST if tone is Tone.SHORT else POST


def _tidied(draft: Listing, request: Request) -> Listing:
    def dressed(text: str) -> str:
        text = tidy(text if request.may_have_emoji else without_emoji(text))
        return text if any(map(str.isalnum, text)) else ""

    def lines(texts: Iterable[str]) -> tuple[str, ...]:
        return tuple(filter(None, (tidy_line(dressed(text)) for text in texts)))

    return draft.model_copy(
        update={
            "title": tidy_line(dressed(draft.title)).rstrip("."),
            "description": dressed(draft.description),
            "bullets": lines(draft.bullets),
            "call_to_action": tidy_line(dressed(draft.call_to_action)),
            "keywords": lines(word.lstrip("#") for word in draft.keywords),
            "unknown": lines(draft.unknown),
            "contradictions": lines(draft.contradictions),
        },
    )


def _ground(listing: Listing, request: Request) -> str:
    seen = listing.seen
    return " ".join(
        (request.facts, seen.product, seen.colour, seen.material, *seen.details, seen.text),
    )


def _parts(listing: Listing) -> Iterator[tuple[str, str]]:
    yield "title", listing.title
    yield "description", listing.description
    for number, bullet in enumerate(listing.bullets):
        yield f"bullets[{number}]", bullet
    yield "call_to_action", listing.call_to_action


def _complaints(
    listing: Listing,
    request: Request,
    limits: Limits,
    ground: str,
) -> Iterator[str]:
    for name, text in (("title", listing.title), ("description", listing.description)):
        if not text:
            yield f"{name} is empty"
    yield from limits.excess(listing)
    for name, text in _parts(listing):
        if has_contact(text):
            yield f"{name} has a link, a phone number, a handle or an address: leave it out"
        for claim in inventions(text, ground):
            yield (
                f"{name} says {claim!r}, which neither the seller's words nor the picture tell: "
                "leave it out"
            )
    if not is_written_in(telegram_text(listing), request.language):
        yield f"the text is not in {name_of(request.language)}: write all of it in that language"


def _likeness(alike: float) -> Iterator[str]:
    if alike >= TOO_ALIKE:
        yield (
            "the text repeats an earlier one almost word for word: start from another thought, "
            "build it differently, share no phrase with it"
        )


def _without_bad(listing: Listing, ground: str) -> Listing:
    def good(text: str) -> bool:
        return not has_contact(text) and next(inventions(text, ground), None) is None

    def listed(words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(filter(good, words))

    product = tidy_line(listing.seen.product)
    title = listing.title
    if not title or not good(title):
        title = product[:1].upper() + product[1:]
    return listing.model_copy(
        update={
            "title": title if good(title) else "",
            "description": keep_sentences(listing.description, good),
            "bullets": listed(listing.bullets),
            "call_to_action": keep_sentences(listing.call_to_action, good),
            "keywords": listed(listing.keywords),
        },
    )


def _fault(mended: Listing, request: Request, alike: float) -> str:
    if not mended.title or not mended.description:
        return "no title or no description is left"
    if not is_written_in(telegram_text(mended), request.language):
        return f"not written in {name_of(request.language)}"
    if alike >= THE_SAME:
        return "an earlier caption once more"
    return ""
