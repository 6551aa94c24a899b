"""Text as a typesetter wants it: quotes, dashes, what must not be parted, and shorter versions."""

from __future__ import annotations

import re
from typing import Final

from pipeline.captions.text import tidy_line, without_emoji
from pipeline.cards.fonts import drawable

JOINED: Final = "\u00a0"
_CYRILLIC: Final = frozenset({"ru", "uk", "be", "kk", "ky", "tg", "mn"})
_SHORT_WORD = re.compile(r"(?<![^\W_])(?<![’ʻ])([^\W\d_]{1,2}) (?=\S)")
_PARTICLE = re.compile(r" (бы|же|ли|ль|б|ж)(?![^\W_])", re.IGNORECASE)
_UNIT = re.compile(
    r"(\d) (?=(?:мм|см|дм|м|км|мг|г|гр|кг|мл|л|шт|вт|квт|в|а|ч|мин|сек|лет|года?|дн|°[CСF]?|%|₽|р|"
    r"руб|₸|сум|тг|mm|cm|m|km|mg|g|kg|ml|l|pcs|w|kw|v|a|h|min|s|oz|lb|in|ft|usd|eur|rub|€|\$|so[ʻ'’]m)"
    r"(?![^\W\d_]))",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
_NUMBER_SIGN = re.compile(r"([№§]) ?(?=\d)")
_RANGE = re.compile(r"(?<=\d)\s?[-–—]\s?(?=\d)")
_LETTER_SIZES = re.compile(r"(?<!\w)([2-6]?X{0,4}[SML])-([2-6]?X{0,4}[SML])(?!\w)")
_DASH = re.compile(r"(?<=\S) (?:-|–|—) (?=\S)")
_OPENING = re.compile(r"(^|[\s(\[«„“])\"(?=\S)")
_CROSS = re.compile(r"(?<=\d) ?[xх*×] ?(?=\d)", re.IGNORECASE)
_UZBEK = re.compile(r"(?<=[OoGg])['’‘`´]")
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])")
_TAIL = re.compile(
    r" (?:для|из|с|со|на|в|во|без|под|от|по|и|for|with|of|in|from|and|without)[ \u00a0].+$",
    re.IGNORECASE,
)
_CUTS: Final = (", ", ": ", "; ", " — ", " – ", " - ", " (", "(", " / ")
_LEAST_TITLE: Final = 4


def typeset(text: str, language: str) -> str:
    """Write one line as a typesetter would.

    Quotes and dashes are the language's own; a word of one or two letters stays with the next, a
    number with its unit. What no font here draws is left out.
    """
    line = tidy_line(without_emoji(text)).replace("\u202f", " ").replace("\u2011", "-")
    line = drawable(line.replace(JOINED, " "))
    line = " ".join(line.split())
    if language == "uz":
        line = _UZBEK.sub("ʻ", line)
    line = _APOSTROPHE.sub("’", line)
    opening, closing = ("«", "»") if language in _CYRILLIC else ("“", "”")
    line = _OPENING.sub(rf"\1{opening}", line).replace('"', closing)
    line = _LETTER_SIZES.sub(r"\1–\2", _RANGE.sub("–", line))
    line = _CROSS.sub("×", line)
    dash = "—" if language in _CYRILLIC else "–"
    line = _DASH.sub(f"{JOINED}{dash} ", line)
    for pattern, found in (
        (_THOUSANDS, JOINED),
        (_UNIT, rf"\1{JOINED}"),
        (_NUMBER_SIGN, rf"\1{JOINED}"),
        (_PARTICLE, rf"{JOINED}\1"),
        (_SHORT_WORD, rf"\1{JOINED}"),
        # ... and once more: of two short words in a row the pattern sees the first.
        (_SHORT_WORD, rf"\1{JOINED}"),
    ):
        line = pattern.sub(found, line)
    return line


def shorter(title: str) -> tuple[str, ...]:
    """Give a title and what is left of it without its tails, the longest first.

    It is cut before a comma, a bracket, a dash, or a preposition, so that what is left is whole.
    """
    found = [title]
    for mark in _CUTS:
        loose = found[-1].replace(JOINED, " ")
        if mark in loose:
            found.append(found[-1][: loose.index(mark)].strip())
    while (cut := _TAIL.sub("", found[-1])) != found[-1]:
        # The last tail goes first.
        head, _, tail = _last_tail(found[-1])
        found.append(head if tail else cut)
    return tuple(dict.fromkeys(one for one in found if len(one) >= _LEAST_TITLE))


def _last_tail(text: str) -> tuple[str, str, str]:
    match = None
    start = 0
    while (found := _TAIL.search(text, start)) is not None:
        match, start = found, found.start() + 1
    if match is None:
        return text, "", ""
    return text[: match.start()], " ", text[match.start() :]
