"""Texts that no seller writes: what keeps a rule of text busy, if anything does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

UNITS = (
    "  a", " a", "a ", "a", "и ", "а, ", "A. ", "a.", ".", ". ", "..\n", "!", "! ", " ", "\n",
    "\n\n", "- a\n", "• \n", "1. a\n", "#a ", "#", "##a", "a#", "*", "**", "`", "<b", "<b>",
    "<", "_", "__a", "(", ")", "«", '"', ",", ";", ": ", " - ", "—", "1", "1 ", "1 000 ",
    "1,1", "1-", "1x", "5 р ", "$", "$1", "5 dollars ", "size ", "размер  ", "+1", "8 (9) ",
    "a@", "@", "@a.", "a.ru/", "a dot ", "[.]", "4111 ", "4111111111111111 ", "😍", "👨\u200d",
    "e\u0301\u0316", "\u0301\u0316", "\u200b", "İ", "ß", "SALE ", "SALE-", "word", "слово ",
    "the ", "keywords: a,", "a, a\n", "{", "}", "\\", "Да. нет ", "гарантия ", "Gucci ",
    "buy now ", "best  ", "с ", "x", "\ud83d", "\u0130\u0307",
)  # fmt: skip


def texts(size: int) -> Iterator[str]:
    """Yield texts of about ``size`` characters, each of a few repeated over and over."""
    for number, unit in enumerate(UNITS):
        yield unit * (size // len(unit))
        if number % 3:
            continue
        other = UNITS[number * 7 % len(UNITS)]
        yield f"Red shirt\nCotton{(unit + other) * (size // len(unit + other))} Z."
    # Each word unlike all others.
    yield " ".join(f"WORD{number:X}" for number in range(size // 9))
    yield "\n".join(f"- {number}" for number in range(size // 7))
