"""Which of a market's rules a picture or a text breaks: as its row holds it, as a seller reads it.

What the market refuses comes first, then what is only advised.
"""

from __future__ import annotations

import html
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from babel.dates import format_date

from pipeline.captions import cut
from pipeline.captions.text import length
from pipeline.markets import load_markets
from pipeline.markets.picture import Breach

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.texts import Texts
    from pipeline.captions import Flaw
    from pipeline.markets import Market

PICTURE_NOTES_AT_MOST: Final = 500
"""UTF-16 code units of what stands under a picture about its rules: beside it a caption fits."""
_SENTENCES_AT_MOST: Final = 20
_FOUND_AT_MOST: Final = 80


@dataclass(frozen=True, slots=True)
class Sentence:
    """One rule that is broken, said to the seller as HTML; ``advised`` as in `Breach`."""

    text: str
    advised: bool


def to_row(market: Market, breaches: Iterable[Breach]) -> list[dict[str, Any]]:
    """Write breaches as the JSON of a row."""
    return [{"market": market.name, **asdict(breach)} for breach in breaches]


def picture_notes(
    texts: Texts,
    language: str,
    row: Sequence[Mapping[str, Any]] | None,
    *,
    most: int = PICTURE_NOTES_AT_MOST,
) -> str:
    """Say which rules a picture breaks, as HTML; empty if none."""
    found: dict[str, list[Breach]] = {}
    for one in row or ():
        values = dict(one)
        found.setdefault(values.pop("market"), []).append(Breach(**values))
    known = load_markets()
    return "\n".join(
        notes(
            texts,
            language,
            known[name],
            picture_sentences(texts, language, known[name], broken),
            most=most,
        )
        for name, broken in found.items()
        if name in known
    )


def text_sentences(texts: Texts, language: str, flaws: Iterable[Flaw]) -> list[Sentence]:
    """Say each flaw of a text."""
    return [Sentence(_flaw(texts, language, flaw), flaw.advised) for flaw in flaws]


def notes(
    texts: Texts,
    language: str,
    market: Market,
    said: Sequence[Sentence],
    *,
    most: int = PICTURE_NOTES_AT_MOST,
) -> str:
    """Put sentences under their two headings, as HTML of at most ``most`` UTF-16 code units.

    The last are left out where there are too many, and counted.
    """
    lines: list[str] = []
    left = sorted(said, key=lambda one: one.advised)[:_SENTENCES_AT_MOST]
    while left:
        lines = []
        for advised, heading in ((False, "check-broken"), (True, "check-advised")):
            told = [one.text for one in left if one.advised is advised]
            if told:
                lines.append(
                    texts(
                        language, heading, market=texts.title(language, market.titles, market.name)
                    )
                )
                lines += [f"• {one}" for one in told]
        if (more := len(said) - len(left)) > 0:
            lines.append(texts(language, "check-more", more=more))
        if length("\n".join(lines)) <= most:
            break
        left = left[:-1]
    return "\n".join(lines)


def market_summary(texts: Texts, language: str, market: Market) -> str:
    """Tell what a market asks for, as of which day, and from which page, as HTML."""
    lines = [
        texts(
            language,
            "market-as-of",
            market=texts.title(language, market.titles, market.name),
            day=format_date(market.as_of, "d MMMM y", locale=language),
        )
    ]
    picture, text = market.picture, market.text
    if picture is not None and picture.size is not None:
        size = f"{picture.size[0]}×{picture.size[1]}"
        lines.append(texts(language, "market-size", size=size))
    if market.wants_white:
        lines.append(texts(language, "market-white"))
    if picture is not None and not picture.overlay:
        lines.append(texts(language, "market-no-text"))
    if picture is not None and picture.count is not None:
        lines.append(texts(language, "market-pictures", most=picture.count))
    if text is not None:
        limits = text.most
        lines.append(
            texts(language, "market-text", title=limits.title, description=limits.description)
        )
    if not market.is_verified:
        lines.append(texts(language, "market-unverified"))
    lines.append(html.escape(market.source, quote=False))
    return "\n".join(lines)


def picture_sentences(
    texts: Texts, language: str, market: Market, breaches: Iterable[Breach]
) -> list[Sentence]:
    """Say each rule that a picture breaks."""
    title = texts.title(language, market.titles, market.name)
    return [
        Sentence(
            texts(language, one.text_key, market=title, found=one.found, wanted=one.wanted),
            one.advised,
        )
        for one in breaches
    ]


def _flaw(texts: Texts, language: str, flaw: Flaw) -> str:
    part, _, index = flaw.part.partition("[")
    number = ""
    if index:
        part, number = f"{part}-one", str(int(index.rstrip("]")) + 1)
    name = texts(language, f"part-{part}", number=number)
    return texts(language, flaw.text_key, part=name, found=_short(flaw.found), wanted=flaw.wanted)


def _short(found: str) -> str:
    kept = cut(found, _FOUND_AT_MOST)
    return kept if kept == found else f"{kept}…"
