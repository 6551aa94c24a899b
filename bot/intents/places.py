"""Words that are nothing but a place, or that begin with "draw": what is to be seen behind."""

from __future__ import annotations

from typing import Final

_EDGES: Final = " \t\n,;.:!-–—"
_DRAW: Final = frozenset({"нарисуй", "нарисуйте", "сгенерируй", "сгенерируйте", "draw", "generate"})
_DRAWN: Final = frozenset(
    {"мне", "me", "a", "an", "the", "фон", "сцену", "background", "scene", "of", "как", "с", "with"}
)
"""What may stand between such a verb and what is to be seen."""
_PLACES: Final = frozenset(
    {
        *("берег", "побережье", "пляж", "море", "океан", "закат", "рассвет", "луг", "поляна"),
        *("водопад", "горы", "пустыня", "beach", "shore", "seashore", "coast", "seaside", "sea"),
        *("ocean", "sunset", "sunrise", "meadow", "mountains", "waterfall", "desert"),
    }
)
_ADJECTIVES: Final = ("ой", "ый", "ий", "ая", "ое", "ее", "ые", "ие")
_WHERE: Final = frozenset(
    {
        *("на", "в", "у", "с", "при", "под", "над", "моря", "осенью", "зимой", "летом", "весной"),
        *("at", "in", "with", "by", "of", "on", "during"),
    }
)
"""What may follow a place."""
_PLACE_AT_MOST: Final = 60


def place_of(text: str) -> str | None:
    """Return a message that names a place alone, as "sunset beach" does; None of another.

    A beach towel, and a bag for the beach, are products.
    """
    if len(text) > _PLACE_AT_MOST:
        return None
    words = [word.strip(_EDGES) for word in text.lower().split()]
    at = max((n for n, word in enumerate(words[:2]) if word in _PLACES), default=None)
    if at is None or not all(word.isalpha() for word in words):
        return None
    if at and not (words[0].isascii() or words[0].endswith(_ADJECTIVES)):
        return None
    if len(words) > at + 1 and words[at + 1] not in _WHERE:
        return None
    return " ".join(text.split())


def drawn_of(text: str) -> str | None:
    """Return what a message that begins with "draw" wants to be seen; None of another."""
    verb, _, rest = text.strip().partition(" ")
    words = " ".join(rest.split()).strip(_EDGES).split(" ")
    if verb.lower().rstrip(_EDGES) not in _DRAW or not words[0]:
        return None
    while len(words) > 1 and words[0].lower().rstrip(_EDGES) in _DRAWN:
        words = words[1:]
    return " ".join(words)
