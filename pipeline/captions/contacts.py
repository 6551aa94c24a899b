"""Links, addresses, handles, phone and card numbers: noticed, so that they can be left out.

Most marketplaces ban them, and a picture may carry somebody else's. Those who mean to be found all
the same write "shop dot com", "shop[.]com" or hxxp://; such spellings are noticed as well.
"""

from __future__ import annotations

import re
from typing import Final

# Only endings that no word starts with: "mm.Two" has merely lost its space.
_ENDINGS = (
    "ru|su|рф|by|kz|ua|uz|com|net|org|info|biz|shop|store|online|site|club|market|app|io|me|cc|ly"
    "|gg|ai|de|uk|eu"
)
# Of these, the endings that stand behind no "dot" of a pattern ("polka dot market").
_SPELT_ENDINGS = "ru|su|рф|kz|ua|uz|com|org|info|biz|online|site|ру|ком|орг|рф|кз|уз"
# Each begins at a fixed place and ends as soon as it can: degenerate text costs no time.
_PATTERNS = (
    r"\b(?:h(?:tt|xx)ps?|tg|ftp)\s?:\s?//\s?\S",
    r"\bwww\.\S",
    r"\w@[\w-]+\.\w",
    r"(?<!\w)@\w{3,}",
    rf"\w\.(?:{_ENDINGS})(?![\w-])",
    r"\w\.[a-z]{2,}/\S",
    # The point or the @ in brackets or in words, a point that stands apart.
    r"\w\s?[\[({<]\s?(?:\.|dot|точка|тчк|@|at|собака)\s?[\])}>]\s?\w",
    rf"\w[\s*_-]{{1,2}}(?:dot|точка|тчк)[\s*_-]{{1,2}}(?:{_SPELT_ENDINGS})(?![\w-])",
    r"(?<!polka)(?<!swiss)\sdot\snet(?![\w-])",
    r"\w\s{1,2}\.\s?(?:ru|рф|com|net|org)(?![\w-])",
    # Phones: an international prefix; eleven digits in Russian groups; others by their groups.
    r"\+\d(?:[\s().-]{0,2}\d){7,14}",
    r"(?<!\d)[78][\s(.-]{0,2}\d{3}[\s).-]{0,2}\d{3}[\s.-]?\d{2}[\s.-]?\d{2}(?!\d)",
    r"(?<!\d)\(?\d{3}\)?[\s.-]\d{3}[.-]\d{4}(?!\d)",
    r"(?<!\d)\d{3}-\d{2}-\d{2}(?!\d)",
    r"(?<!\d)9\d{9}(?!\d)",
)
_CONTACT = re.compile("|".join(_PATTERNS), re.IGNORECASE)
# Visa, Mastercard, Mir, Maestro, UnionPay, American Express: 15 to 19 digits, whatever parts them.
_CARD = re.compile(r"(?<!\d)\d(?:[\s.,/|*_–—-]{0,3}\d){14,18}(?!\d)")
_CARDS_BEGIN: Final = range(2, 7)
_GROUP: Final = 4
"""Digits that a card's groups have at least, but for the last: "42 44 46 48" are sizes."""
_TWICE: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
"""A digit doubled, the digits of the result summed up."""
# Points of other scripts read as a point; what has no width is not read at all.
_READ_AS: Final = {
    **dict.fromkeys(map(ord, "․。．｡·‧∙⋅"), "."),
    ord("＠"): "@",
    **dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"), None),
}


def has_contact(text: str) -> bool:
    """Tell whether a link, an address, a handle, a phone or a card number is in the text."""
    text = text.translate(_READ_AS)
    return _CONTACT.search(text) is not None or any(
        _is_card(match[0]) for match in _CARD.finditer(text)
    )


def _is_card(text: str) -> bool:
    """Tell whether digits are grouped as a card's, or one by one, and the last checks the others.

    By Luhn's rule.
    """
    groups = "".join(sign if sign.isdigit() else " " for sign in text).split()
    sizes = {len(group) for group in groups[:-1]}
    digits = [int(digit) for group in groups for digit in group]
    if digits[0] not in _CARDS_BEGIN or (sizes and min(sizes) < _GROUP and sizes != {1}):
        return False
    return (sum(digits[-1::-2]) + sum(_TWICE[digit] for digit in digits[-2::-2])) % 10 == 0
