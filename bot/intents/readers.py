"""What a word of a clause asks for, given the other words of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.intents.values import Change, Intent, Rewrite, Send, Undo
from bot.keyboards.callbacks import Delivery, Preference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.intents.clause import Clause, Item

OBJECTS: Final = {"background", "shadow", "margin", "emoji"}
"""Concepts of things that are there, or not, or more or less of."""
ON: Final = {"на", "on", "onto", "in", "в", "для", "for", "под", "with", "с", "со", "to"}
_SIZES: Final = {
    *("bigger", "larger", "smaller", "увеличь", "увеличить", "уменьши", "уменьшить"),
    *("больше", "побольше", "меньше", "поменьше"),
}
_POLITE: Final = {
    *("a bit", "some", "any", "чуть", "немного", "немножко"),
    *("какой нибудь", "какой-нибудь", "что нибудь", "что-нибудь"),
    *("можно", "пожалуйста", "плиз", "плз", "пж", "хочу", "please", "pls", "plz", "can", "could"),
}
_FRAMES: Final = ("рамк", "border")
"""Words for margins that are things to draw, too."""
_LEAVING: Final = ("leave", "оставь", "дай", "give")
_WANTED: Final = {"с", "со", "with", "needs", "нужна", "нужны", "хочу", "need", "want"}


def _background(clause: Clause, _: Item, is_not: bool) -> list[Intent]:  # noqa: FBT001 - a reader's
    return [Send(Delivery.PNG)] if is_not and not clause.has("backdrop", "hex") else []


def _send(clause: Clause, item: Item, is_not: bool) -> list[Intent]:  # noqa: FBT001 - a reader's
    if is_not or (item.value == Delivery.COPY and not clause.has("caption")):
        return []
    return [Send(Delivery(item.value))]


def _shadow_of(clause: Clause, _: Item, is_not: bool) -> list[Intent]:  # noqa: FBT001 - a reader's
    if not _changes(clause, is_not=is_not):
        return []
    return [Change(Preference.SHADOW, _shadow(clause, is_not=is_not))]


def _floating(clause: Clause, _: Item, is_not: bool) -> list[Intent]:  # noqa: FBT001 - a reader's
    if clause.has("shadow"):
        return []
    return [Change(Preference.SHADOW, "soft" if is_not else "floating")]


def _lying(clause: Clause, _: Item, is_not: bool) -> list[Intent]:  # noqa: FBT001 - a reader's
    if clause.has("standing") and clause.items[0].concept == "standing":
        return []
    return [Change(Preference.SHADOW, "soft" if is_not else "lying")]


def _standing(clause: Clause, _: Item, is_not: bool) -> list[Intent]:  # noqa: FBT001 - a reader's
    if clause.items[0].concept == "lying":
        return []
    return [Change(Preference.SHADOW, "lying" if is_not else "soft")]


def _size(clause: Clause, item: Item, is_not: bool) -> list[Intent]:  # noqa: FBT001 - a reader's
    """Read how large the product is to be: "bigger please", with nothing named that it is of."""
    named = clause.has(*OBJECTS, "caption", "framing", "shorter", "longer", "tone", "backdrop")
    if named or is_not or item.said not in _SIZES:
        return []
    return [Change(Preference.MARGIN, "narrow" if item.concept == "wide" else "wide")]


def _margin(clause: Clause, item: Item, is_not: bool) -> list[Intent]:  # noqa: FBT001 - a reader's
    adds = clause.has("add") and not item.said.startswith(_FRAMES)
    if not (is_not or adds or clause.has("wide", "narrow") or _leaves(clause)):
        return []
    wide = not (is_not or clause.has("narrow"))
    return [Change(Preference.MARGIN, "wide" if wide else "narrow")]


def _leaves(clause: Clause) -> bool:
    return any(item.said.startswith(_LEAVING) for item in clause.items)


def _emoji(clause: Clause, _: Item, is_not: bool) -> list[Intent]:  # noqa: FBT001 - a reader's
    if is_not or clause.has("narrow", "bad"):
        return [Change(Preference.EMOJI, "0")]
    more = clause.has("do", "add", "undo", "wide") or is_polite(clause)
    more |= any(one.said in ON for one in clause.items)
    return [Change(Preference.EMOJI, "1")] if more else []


def _length(_: Clause, item: Item, is_not: bool) -> list[Intent]:  # noqa: FBT001 - a reader's
    is_short = (item.concept == "shorter") is not is_not
    return [Change(Preference.LENGTH, "short" if is_short else "long")]


def _rewrite(clause: Clause, item: Item, _: bool) -> list[Intent]:  # noqa: FBT001 - a reader's
    return [Rewrite()] if item.concept == "rewrite" or clause.has("caption") else []


def _caption(clause: Clause, _: Item, is_not: bool) -> list[Intent]:  # noqa: FBT001 - a reader's
    if clause.has("wide", "narrow") and not clause.has("shorter", "longer", "emoji"):
        return [Change(Preference.LENGTH, "long" if clause.has("wide") else "short")]
    return [Rewrite()] if clause.has("bad") and not is_not else []


def _undo(clause: Clause, _: Item, __: bool) -> list[Intent]:  # noqa: FBT001 - a reader's
    alone = all(one.concept in {"filler", "undo", "do"} for one in clause.items)
    return [Undo()] if alone else []


READERS: Final[Mapping[str, Callable[[Clause, Item, bool], list[Intent]]]] = {
    "background": _background,
    "send": _send,
    "shadow": _shadow_of,
    "floating": _floating,
    "lying": _lying,
    "standing": _standing,
    "wide": _size,
    "narrow": _size,
    "margin": _margin,
    "emoji": _emoji,
    "shorter": _length,
    "longer": _length,
    "rewrite": _rewrite,
    "another": _rewrite,
    "caption": _caption,
    "undo": _undo,
}


def _changes(clause: Clause, *, is_not: bool) -> bool:
    return (
        is_not
        or clause.has("soft", "floating", "do", "add", "undo")
        or any(item.said in _WANTED for item in clause.items)
    )


def _shadow(clause: Clause, *, is_not: bool) -> str:
    if clause.has("soft"):
        return "soft"
    if clause.has("floating"):
        return "floating"
    return "none" if is_not else "soft"


def is_polite(clause: Clause) -> bool:
    """Tell whether a name is asked for: «розовенький можно», "transparent pls"."""
    return any(item.said in _POLITE for item in clause.items)
