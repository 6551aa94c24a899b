"""Review a draft: what is wrong with it, and the draft with what is wrong taken out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pipeline.captions.contacts import has_contact
from pipeline.captions.facts import facts_in, is_told, lines_of
from pipeline.captions.flaws import Flaw
from pipeline.captions.grammar import What, readings_of
from pipeline.captions.language import find_language, is_written_in, name_of
from pipeline.captions.limits import fit
from pipeline.captions.lint import forbidden_in, lint, named_parts, without_forbidden
from pipeline.captions.render import card_text
from pipeline.captions.sentences import finished, keep_sentences, trim
from pipeline.captions.text import cut, length, tidy, tidy_line, without_emoji
from pipeline.captions.truth import Ground
from pipeline.captions.variety import THE_SAME, TOO_ALIKE, most_alike

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.captions.listing import Listing
    from pipeline.captions.values import Request


_TEXT_AT_MOST: Final = 4096
"""UTF-16 code units of a part that are read: no market takes more, nor does Telegram."""
_ITEM_AT_MOST: Final = 500
_ITEMS_AT_MOST: Final = 50
_NOTES_AT_MOST: Final = 5


@dataclass(frozen=True, slots=True)
class Review:
    """A draft after its review.

    ``listing`` keeps every rule of the market, and holds no contacts and no ungrounded claims.
    ``flaws`` are what was wrong with the draft. ``alike`` is its overlap with the earlier texts.
    ``fault`` says why the listing must not be shown; it is empty where it may.
    """

    listing: Listing
    flaws: tuple[Flaw, ...]
    alike: float
    fault: str


def review(draft: Listing, request: Request) -> Review:
    """Tidy the draft, list what is wrong with it, and mend what code can mend.

    What is longer than any market takes is cut before it is read. Takes milliseconds, and some
    tenths of a second with the worst that fits: call it in a thread where others wait.
    """
    request = replace(request, facts=cut(request.facts, _TEXT_AT_MOST))
    draft = _bounded(draft)
    listing = _tidied(draft, request)
    ground = _ground(listing, request)
    mended = fit(_mended(listing, request, ground), request.limits)
    text = card_text(mended, request.rules)
    alike = most_alike(text, request.earlier, request.facts)
    flaws = (*_flaws(listing, request, ground), *_likeness(alike))
    return Review(mended, flaws, alike, _fault(mended, request, alike))


def _bounded(draft: Listing) -> Listing:
    def texts(items: tuple[str, ...], most: int = _ITEMS_AT_MOST) -> tuple[str, ...]:
        return tuple(cut(item, _ITEM_AT_MOST) for item in items[:most])

    seen = draft.seen
    return draft.model_copy(
        update={
            "seen": seen.model_copy(
                update={
                    "product": cut(seen.product, _ITEM_AT_MOST),
                    "colour": cut(seen.colour, _ITEM_AT_MOST),
                    "material": cut(seen.material, _ITEM_AT_MOST),
                    "details": texts(seen.details),
                    "text": cut(seen.text, _TEXT_AT_MOST),
                }
            ),
            "unknown": texts(draft.unknown, _NOTES_AT_MOST),
            "contradictions": texts(draft.contradictions, _NOTES_AT_MOST),
            "title": cut(draft.title, _TEXT_AT_MOST),
            "description": cut(draft.description, _TEXT_AT_MOST),
            "bullets": texts(draft.bullets),
            "call_to_action": cut(draft.call_to_action, _TEXT_AT_MOST),
            "keywords": texts(draft.keywords),
        }
    )


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


def _ground(listing: Listing, request: Request) -> Ground:
    seen = listing.seen
    return Ground(request.facts, seen.product, seen.colour, seen.material, *seen.details, seen.text)


def _flaws(listing: Listing, request: Request, ground: Ground) -> Iterator[Flaw]:
    rules = request.rules
    yield from lint(listing, rules, request.limits)
    for name, text in named_parts(listing):
        for claim in ground.inventions(text):
            yield Flaw("invented", name, claim)
    if not is_written_in(card_text(listing, rules), request.language):
        yield Flaw("language", wanted=name_of(request.language))


def _likeness(alike: float) -> Iterator[Flaw]:
    if alike >= TOO_ALIKE:
        yield Flaw("alike")


def _omitted(listing: Listing, request: Request) -> Iterator[str]:
    """Give a line for each of the seller's price, size and height that the text lacks."""
    if not request.rules.price:
        return
    text = card_text(listing, request.rules)
    language = find_language(request.language) or ""
    facts = facts_in(request.facts)
    for what, line in lines_of(facts, language):
        if not is_told(facts, what, text):
            yield line


def _mended(listing: Listing, request: Request, ground: Ground) -> Listing:
    rules = request.rules

    def good(text: str) -> bool:
        found = readings_of(text)
        if has_contact(text) or next(ground.inventions(text, found), None) is not None:
            return False
        if not rules.price and any(one.what is What.PRICE for one in found):
            return False
        return next(forbidden_in(text, rules), None) is None

    def clean(text: str) -> str:
        return without_forbidden(text, rules)

    def listed(words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(filter(None, map(clean, filter(good, words))))

    least = (rules.least or {}).get("bullet", 0)
    product = tidy_line(listing.seen.product)
    titles = (listing.title, product[:1].upper() + product[1:])
    cleaned = (without_forbidden(title, rules, title=True) for title in titles)
    mended = listing.model_copy(
        update={
            "title": next((title for title in cleaned if title and good(title)), ""),
            "description": finished(clean(keep_sentences(listing.description, good))),
            "bullets": tuple(b for b in listed(listing.bullets) if length(b) >= least),
            "call_to_action": clean(keep_sentences(listing.call_to_action, good)),
            "keywords": listed(listing.keywords),
        },
    )
    return _with_omitted(fit(mended, request.limits), request)


def _with_omitted(listing: Listing, request: Request) -> Listing:
    lines = tuple(line for line in _omitted(listing, request) if not has_contact(line))
    limits = request.limits
    if not lines:
        return listing
    if limits.bullets >= len(lines):
        kept = listing.bullets[: limits.bullets - len(lines)]
        return listing.model_copy(update={"bullets": (*kept, *lines)})
    added = ". ".join(lines) + "."
    room = limits.description - length(added) - 1
    described = trim(listing.description, room)
    return listing.model_copy(update={"description": f"{described} {added}".strip()})


def _fault(mended: Listing, request: Request, alike: float) -> str:
    if not mended.title or not mended.description:
        return "no title or no description is left"
    if not is_written_in(card_text(mended, request.rules), request.language):
        return f"not written in {name_of(request.language)}"
    if alike >= THE_SAME:
        return "an earlier caption once more"
    return ""
