"""The sign of a care instruction, as labels sewn into clothes have them (ISO 3758)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

SignName: TypeAlias = Literal["wash", "hand", "bleach", "iron", "tumble", "dry", "clean", "other"]

_WORDS: Final[dict[SignName, str]] = {
    "clean": "химчист|хим\\. чист|dry clean",
    "bleach": "отбел|bleach",
    "iron": "глад|утюж|iron",
    "tumble": "сушильн|барабан|tumble",
    "dry": "суш|dry|hang",
    "hand": "ручн|руками|вручную|hand wash|by hand",
    "wash": "стир|машинн|wash",
}
_SIGNS: Final = tuple(
    (name, re.compile(rf"(?<!\w)(?:{words})", re.IGNORECASE)) for name, words in _WORDS.items()
)
_NOT = re.compile(r"(?<!\w)(?:не|нельзя|без|do not|don[’']t|no|not)(?!\w)", re.IGNORECASE)
_DEGREES = re.compile(r"(?<!\d)(\d{2})(?= ?(?:°|град|c\b|с\b)|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CareSign:
    """What a sign shows: ``crossed`` forbids it, ``degrees`` stand in a tub, empty for none."""

    name: SignName
    crossed: bool = False
    degrees: str = ""


def sign_of(text: str) -> CareSign:
    """Find the sign for one instruction; "other" where there is none for sure."""
    found = (name for name, words in _SIGNS if words.search(text))
    name: SignName = next(found, "other")
    degrees = _DEGREES.search(text.replace("\u00a0", " ")) if name == "wash" else None
    crossed = name != "other" and _NOT.search(text) is not None
    return CareSign(name, crossed, "" if degrees is None or crossed else degrees[1])
