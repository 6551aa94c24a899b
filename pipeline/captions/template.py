"""A dry English description turned into a listing, in Russian or English, by a template.

Nothing is added to what the description and the seller say. Russian words stand side by side
("Цвет: чёрный") so that none has to agree with another.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.captions.listing import Listing, Seen
from pipeline.captions.text import tidy, tidy_line
from pipeline.errors import CaptionRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS: Final = Path(__file__).with_name("blip_words.toml")
_BACKGROUND = re.compile(
    r"(?<!\s)\s++(?:(?:is )?(?:on|against|with|in front of) (?:a |the )?(?:plain )?"
    r"(?:white|grey|gray|black) (?:background|surface|wall)|isolated.*)$",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^(?:(?:an? |the )?(?:close[- ]?up|picture|photo|image|view) of )?(?:an? |the |some )?",
    re.IGNORECASE,
)
_FACTS_AT_MOST: Final = 400
_READ_AT_MOST: Final = 4096


@dataclass(frozen=True, slots=True)
class Found:
    """What a description names: English words, as they stand there, longest first."""

    product: str
    colour: str
    material: str
    details: tuple[str, ...]


def plain(description: str) -> str:
    """Take the phrases around the product away: "a bag on a white background" is a bag."""
    return _OPENING.sub("", _BACKGROUND.sub("", tidy_line(description).rstrip(".")))


def found_in(description: str) -> Found:
    """Find the product, its colour, its material and its details."""
    words = _words()
    said = plain(description)
    products = _named(said, words["products"])
    return Found(
        product=products[0] if products else "",
        colour=next(iter(_named(said, words["colours"])), ""),
        material=next(iter(_named(said, words["materials"])), ""),
        details=tuple(_named(said, words["details"])),
    )


def listing_of(description: str, language: str, facts: str = "", version: int = 0) -> Listing:
    """Write a listing; ``language`` is ``ru`` or ``en``; another ``version`` starts elsewhere.

    Raises CaptionRefusedError where the product has no Russian word here and the seller said none.
    """
    facts = tidy(facts[:_READ_AT_MOST])[:_FACTS_AT_MOST]
    found = found_in(description)
    return (_russian if language == "ru" else _english)(description, found, facts, version)


def _english(description: str, found: Found, facts: str, version: int) -> Listing:
    product = plain(description) or found.product
    if not product:
        raise CaptionRefusedError("the picture was not recognised")
    title = product[:1].upper() + product[1:]
    told = [f"{title}, as in the photo.", _sentence(facts)]
    return _listing(
        seen=Seen(
            product=product,
            colour=found.colour,
            material=found.material,
            details=found.details,
            text="",
        ),
        title=title,
        told=told,
        bullets=tuple(
            line
            for line in (
                f"Colour: {found.colour}" if found.colour else "",
                f"Looks like: {found.material}" if found.material else "",
            )
            if line
        ),
        call="Message me with any questions.",
        version=version,
    )


def _russian(description: str, found: Found, facts: str, version: int) -> Listing:
    words = _words()
    product = words["products"].get(found.product, "")
    if not product:
        product = re.split(r"[,.;\n]", facts, maxsplit=1)[0].strip()
    if not product:
        raise CaptionRefusedError(f"no word for {description!r}, and the seller said none")
    colour = words["colours"].get(found.colour, "")
    material = words["materials"].get(found.material, "")
    details = tuple(dict.fromkeys(words["details"][name] for name in found.details))
    title = ", ".join(filter(None, (product, *details[:1], f"цвет {colour}" if colour else "")))
    features = ", ".join(filter(None, (*details, material)))
    told = [
        f"{product}: на фото всё как есть.",
        f"Что видно: {features}." if features else "",
        _sentence(facts),
    ]
    return _listing(
        seen=Seen(product=product, colour=colour, material=material, details=details, text=""),
        title=title,
        told=told,
        bullets=tuple(
            line
            for line in (
                f"Цвет: {colour}" if colour else "",
                f"Материал: {material}" if material else "",
            )
            if line
        ),
        call="Напишите, отвечу на вопросы.",
        version=version,
    )


def _listing(
    *, seen: Seen, title: str, told: list[str], bullets: tuple[str, ...], call: str, version: int
) -> Listing:
    told = [sentence for sentence in told if sentence]
    turn = version % len(told)
    return Listing(
        seen=seen,
        unknown=(),
        contradictions=(),
        title=title,
        description=" ".join(told[turn:] + told[:turn]),
        bullets=bullets,
        call_to_action=call,
        keywords=tuple(filter(None, (seen.product, f"{seen.product} {seen.colour}".strip()))),
    )


def _sentence(facts: str) -> str:
    return facts if not facts or facts[-1] in ".!?…" else f"{facts}."


def _named(said: str, names: Mapping[str, str]) -> list[str]:
    """Give the names that stand in the text; one inside a longer one does not count."""
    found: list[str] = []
    for name in sorted(names, key=len, reverse=True):
        match = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said, re.IGNORECASE)
        if match is not None and not any(name in longer for longer in found):
            found.append(name)
    return found


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    tables: dict[str, dict[str, str]] = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    return tables
