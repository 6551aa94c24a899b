"""The claims of a card as its seller edits them: what may stand there, and what was before."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from pipeline.captions import TELEGRAM
from pipeline.captions.contacts import has_contact
from pipeline.captions.facts import facts_in, marks_in
from pipeline.captions.grammar import What, readings_of
from pipeline.captions.lint import forbidden_in
from pipeline.captions.text import cut, tidy_line, without_emoji
from pipeline.markets import load_markets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.captions.facts import Facts
    from pipeline.captions.grammar import Reading
    from pipeline.markets import Market

CLAIM_AT_MOST: Final = 24
"""Characters of a claim: what a card sets in one or two lines that are read at a glance."""
TITLE_AT_MOST: Final = 60
CLAIMS_AT_MOST: Final = 8
OWN: Final = "seller"
"""The source of a claim that the seller has set."""
_READ_AT_MOST: Final = 200
_SAID_AT_MOST: Final = 40
_DIGEST: Final = 8
_DASHES: Final = " .,;:–—-"


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a text cannot stand on a card: a sentence of the catalogue, and what fills it."""

    key: str
    details: Mapping[str, str | int]


def tidied(text: str) -> str:
    """Return a claim or a title as it is set: one line, without emoji, dashes or stops around."""
    line = tidy_line(without_emoji(cut(text, _READ_AT_MOST))).strip(_DASHES)
    return line[:1].upper() + line[1:]


def digest(claim: Mapping[str, str]) -> str:
    """Name a claim in a button: a second tap, or an older button, takes out no other."""
    return sha256(claim["text"].encode()).hexdigest()[:_DIGEST]


def objection(
    text: str, claims: Sequence[Mapping[str, str]], facts: str, market: Market | None
) -> Objection | None:
    """Tell why ``text``, tidied, cannot be one more of ``claims``; None where it can.

    ``facts`` are the seller's words about the product, which a claim must not contradict, and
    ``market`` is the one whose words are forbidden. Takes milliseconds.
    """
    said: dict[str, str | int] = {"said": _short(text), "most": CLAIM_AT_MOST}
    read = readings_of(text)
    found = None
    if len(text) > CLAIM_AT_MOST:
        found = Objection("claim-long", {**said, "length": len(text)})
    elif not any(map(str.isalnum, text)):
        found = Objection("claim-empty", {"most": CLAIM_AT_MOST})
    elif (found := unfit(text, market)) is not None:
        return found
    elif any(text.casefold() == one["text"].casefold() for one in claims):
        found = Objection("claim-twice", {"said": text})
    elif len(claims) >= CLAIMS_AT_MOST:
        found = Objection("claim-many", {"most": CLAIMS_AT_MOST})
    elif any(one.what is What.PRICE for one in read):
        found = Objection("claim-price", {})
    return found or _contradiction(text, read, facts_in(facts))


def unfit(text: str, market: Market | None) -> Objection | None:
    """Tell what the review refuses of any text on a card: contacts, words the market forbids."""
    if has_contact(text):
        return Objection("claim-contact", {"said": _short(text)})
    known = market if market is not None and market.text is not None else load_markets()[TELEGRAM]
    rules = known.text
    word = None if rules is None else next(forbidden_in(text, rules), None)
    return None if word is None else Objection("claim-word", {"word": word})


def _contradiction(text: str, read: Sequence[Reading], facts: Facts) -> Objection | None:
    """Tell what the seller's own words say otherwise: a size, a height, a measure of that name."""
    told = {
        What.SIZE: facts.sizes,
        What.HEIGHT: facts.heights,
        What.MEASURE: facts.measures,
    }
    for one in read:
        known = told.get(one.what, ())
        if one.what is What.MEASURE:
            name = _label(text, one)
            known = tuple(other for other in known if name and _label(facts.text, other) == name)
        marks = {mark for other in known for mark in _marks(facts.value(other), one.what)}
        if known and not marks & _marks(text[one.value : one.end], one.what):
            values = ", ".join(dict.fromkeys(map(facts.value, known)))
            return Objection("claim-differs", {"said": text, "told": _short(values)})
    return None


def _label(text: str, reading: Reading) -> str:
    """Return what a fact is called where it stands: "length" of "length 70 cm"."""
    return text[reading.start : reading.value].casefold().strip(_DASHES)


def _marks(value: str, what: What) -> set[str]:
    """Give the numbers of a value; of a size, the letters too."""
    marks = marks_in(value)
    return marks if what is What.SIZE else {mark for mark in marks if mark[0].isdigit()}


def _short(text: str) -> str:
    return text if len(text) <= _SAID_AT_MOST else f"{text[: _SAID_AT_MOST - 1]}…"
