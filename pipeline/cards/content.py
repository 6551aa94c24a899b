"""What a card may say: taken from the seller's words and the checked listing alone.

No word is invented, and none is left out that would change what was said: a claim is a phrase that
stands in its source, at most cut before a comma, a dash or a bracket.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pipeline.captions.contacts import has_contact
from pipeline.captions.facts import facts_in, without
from pipeline.captions.grammar import What, readings_of
from pipeline.captions.language import find_language, is_written_in
from pipeline.captions.lint import capitals_in, forbidden_in
from pipeline.captions.text import tidy, tidy_line
from pipeline.captions.truth import Ground
from pipeline.captions.values import TELEGRAM, market_of_text
from pipeline.cards.care import IS_CARE
from pipeline.cards.phrases import (
    APART,
    BOX,
    FURTHER,
    GREETING,
    ITEMS,
    LEAST,
    MADE_OF,
    NO_CLAIM,
    PARTS,
    UNPROVABLE,
    begun,
    claim_in,
    facts_apart,
    is_measured,
    line_of,
    stems_of,
)
from pipeline.cards.prices import old_price_of, price_of
from pipeline.cards.values import CLAIM_AT_MOST, CardContent, Claim
from pipeline.cards.words import Words, words_for
from pipeline.markets import load_markets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.captions.facts import Facts
    from pipeline.captions.grammar import Reading
    from pipeline.captions.listing import Listing
    from pipeline.markets import TextRules

SELLER: Final = "seller"
"""The source of what the seller has said; others are parts of the listing."""
CLAIMS_AT_MOST: Final = 8
ITEMS_AT_MOST: Final = 6
TITLE_AT_MOST: Final = 90
LINE_AT_MOST: Final = 40
_READ_AT_MOST: Final = 4096


def content_of(
    listing: Listing | None, facts: str, language: str, *, market: str = TELEGRAM
) -> CardContent:
    """Take what a card may say from a product's checked listing and its seller's words.

    What is not written in ``language`` is left out, and so is what the review of a listing for
    ``market`` would refuse: contacts, forbidden words, prices where none may be named, claims that
    neither the seller made nor the picture shows.
    """
    code = find_language(language) or "en"
    facts = tidy(facts[:_READ_AT_MOST])
    source = _Source(listing, facts, code, _rules(market))
    words = words_for(code)
    told = facts_in(facts)
    boxed = BOX.search(facts)
    rest = facts if boxed is None else facts.replace(boxed[0], "\n")
    for what in APART:
        rest = without(rest, what)
    phrases = [phrase for phrase in map(tidy_line, PARTS.split(rest)) if phrase]
    title = source.title(phrases)
    sizes = tuple(_sizes(told, words, source))
    care = tuple(begun(one) for one in phrases if IS_CARE.match(one) and source.may_be_set(one))
    return CardContent(
        title=title,
        claims=tuple(source.claims(title, phrases, sizes)),
        sizes=sizes,
        price=price_of(told, code) if source.rules.price else None,
        old_price=old_price_of(told, code) if source.rules.price else None,
        care=tuple(one for one in care if len(one) <= LINE_AT_MOST)[:ITEMS_AT_MOST],
        contents=() if boxed is None else tuple(_items(boxed[1], source)),
        language=code,
        material=source.material(phrases),
    )


def _rules(market: str) -> TextRules:
    rules = load_markets()[market_of_text(market)].text
    assert rules is not None  # noqa: S101 - the market is one that has rules for texts
    return rules


@dataclass(frozen=True, slots=True)
class _Source:
    """The texts that a card may quote, and what must be true of a quotation."""

    listing: Listing | None
    facts: str
    language: str
    rules: TextRules

    def title(self, phrases: list[str]) -> str:
        """Take the listing's title, or what the seller's words begin with if that names a thing."""
        first = next((phrase for phrase in phrases if not GREETING.match(phrase)), "")
        titles = [] if NO_CLAIM.match(first) else [first]
        if self.listing is not None:
            titles = [self.listing.title, self.listing.seen.product, *titles]
        for title in map(line_of, titles):
            if (
                0 < len(title) <= TITLE_AT_MOST
                and self.may_be_set(title)
                and not facts_apart(title)
            ):
                return begun(title.rstrip("."))
        return ""

    def claims(
        self, title: str, phrases: list[str], sizes: tuple[tuple[str, str], ...]
    ) -> Iterator[Claim]:
        """Choose the claims: the seller's first, none twice, none that only names the product.

        A measure is one only where it is all that ``sizes`` has in its row.
        """
        told = [stems_of(title)]
        named = stems_of("" if self.listing is None else self.listing.seen.product)
        count = 0
        for source, text in self._texts(phrases, sizes):
            claim = claim_in(text)
            if claim is None or count == CLAIMS_AT_MOST or not self.may_be_claimed(claim):
                continue
            stems = stems_of(claim)
            if stems <= named or any(
                stems <= before or before <= stems for before in told if before
            ):
                continue
            told.append(stems)
            count += 1
            yield Claim(claim, f"{source}: {text}")

    def _texts(
        self, phrases: list[str], sizes: tuple[tuple[str, str], ...]
    ) -> Iterator[tuple[str, str]]:
        """Give what may become a claim, with its source: the seller's measures come last."""
        told = [one for one in phrases if not IS_CARE.match(one) and not NO_CLAIM.match(one)]
        for phrase in told:
            if not is_measured(phrase):
                yield SELLER, phrase
        if self.listing is not None:
            for number, bullet in enumerate(self.listing.bullets):
                yield f"bullets[{number}]", tidy_line(bullet)
            for detail in self.listing.seen.details:
                yield "seen.details", tidy_line(detail)
            yield "seen.material", tidy_line(self.listing.seen.material)
        for phrase in told:
            if is_measured(phrase) and any(value in phrase for _, value in sizes):
                yield SELLER, phrase

    def material(self, phrases: list[str]) -> str | None:
        """Find what the product is made of: the seller's shares of each fibre, or what is seen."""
        shares = [
            MADE_OF.sub("", phrase)
            for phrase in phrases
            if MADE_OF.match(phrase)
            or any(one.what is What.SHARE and "%" in phrase for one in readings_of(phrase))
        ]
        seen = [] if self.listing is None else [self.listing.seen.material]
        for text in (line_of(", ".join(filter(None, shares))), *map(line_of, seen)):
            if 0 < len(text) <= 2 * LINE_AT_MOST and self.may_be_set(text):
                return begun(text)
        return None

    def may_be_set(self, text: str) -> bool:
        """Tell whether a text is in the card's language and nothing a review would refuse."""
        found = readings_of(text)
        return (
            any(map(str.isalpha, text))
            and is_written_in(text, self.language)
            and not has_contact(text)
            and next(forbidden_in(text, self.rules), None) is None
            and not capitals_in(text)
            and next(self._ground.inventions(text, found), None) is None
            and (self.rules.price or all(one.what is not What.PRICE for one in found))
        )

    def may_be_claimed(self, text: str) -> bool:
        """Tell whether it may be set, and is no praise that nobody can prove."""
        return self.may_be_set(text) and UNPROVABLE.search(text) is None

    @property
    def _ground(self) -> Ground:
        if self.listing is None:
            return Ground(self.facts)
        seen = self.listing.seen
        return Ground(
            self.facts, seen.product, seen.colour, seen.material, *seen.details, seen.text
        )


def claim_of(words: str, language: str, *, market: str = TELEGRAM) -> Claim | None:
    """Make a claim of what the seller says is one; None where a card may not say it."""
    line = begun(line_of(words).rstrip(".;, "))
    source = _Source(None, words, find_language(language) or "en", _rules(market))
    if not LEAST <= len(line) <= CLAIM_AT_MOST or not source.may_be_set(line):
        return None
    return Claim(line, f"{SELLER}: {tidy_line(words)}")


def _sizes(told: Facts, words: Words, source: _Source) -> Iterator[tuple[str, str]]:
    """Give a row for sizes, heights and each measure, under the seller's own name for it."""
    rows: dict[str, list[str]] = {}
    for label, found in ((words.size, told.sizes), (words.height, told.heights)):
        if found:
            rows[label] = [_whole(told, one) for one in found]
    for one in told.measures[:ITEMS_AT_MOST]:
        value = told.value(one)
        label = begun(line_of(told.text[one.start : one.value].strip(" :–—-\n")))
        if label and not (source.may_be_set(label) and len(label) <= CLAIM_AT_MOST):
            continue
        label = label or words.measured_by(value)
        known = (name for name in rows if _same(name, label))
        rows.setdefault(next(known, label), []).append(value)
    for label, values in rows.items():
        yield label, ", ".join(dict.fromkeys(values))


def _same(one: str, other: str) -> bool:
    first, second = (label.casefold().replace("ё", "е") for label in (one, other))
    return first == second


def _whole(told: Facts, one: Reading) -> str:
    """Give a size as it was told, with the end of a range that nobody knows as one of sizes."""
    further = FURTHER.match(told.text, one.end)
    return told.value(one) + ("" if further is None else further[0])


def _items(text: str, source: _Source) -> Iterator[str]:
    items = (line_of(one).rstrip(".") for one in ITEMS.split(text))
    kept = (one for one in items if 0 < len(one) <= LINE_AT_MOST and source.may_be_set(one))
    for _, item in zip(range(ITEMS_AT_MOST), kept, strict=False):
        yield begun(item)
