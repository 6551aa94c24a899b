"""Links, addresses, handles and phone numbers: noticed, so that they can be left out.

Most marketplaces ban them, and a picture may carry somebody else's.
"""

from __future__ import annotations

import re

# Only endings that no word starts with: "mm.Two" has merely lost its space.
_ENDINGS = (
    "ru|su|рф|by|kz|ua|uz|com|net|org|info|biz|shop|store|online|site|club|market|app|io|me|cc|ly"
    "|gg|ai|de|uk|eu"
)
# Each begins at a fixed place and ends as soon as it can: degenerate text costs no time.
_PATTERNS = (
    r"(?:https?|tg|ftp)://\S",
    r"\bwww\.\S",
    r"\w@[\w-]+\.\w",
    r"(?<!\w)@\w{3,}",
    rf"\w\.(?:{_ENDINGS})(?![\w-])",
    r"\w\.[a-z]{2,}/\S",
    # Phones: an international prefix; eleven digits in Russian groups; others by their groups.
    r"\+\d(?:[\s().-]{0,2}\d){7,14}",
    r"(?<!\d)[78][\s(.-]{0,2}\d{3}[\s).-]{0,2}\d{3}[\s.-]?\d{2}[\s.-]?\d{2}(?!\d)",
    r"(?<!\d)\(?\d{3}\)?[\s.-]\d{3}[.-]\d{4}(?!\d)",
    r"(?<!\d)\d{3}-\d{2}-\d{2}(?!\d)",
    r"(?<!\d)9\d{9}(?!\d)",
)
_CONTACT = re.compile("|".join(_PATTERNS), re.IGNORECASE)


def has_contact(text: str) -> bool:
    """Tell whether a link, an address, a handle or a phone number is in the text."""
    return _CONTACT.search(text) is not None
