"""The page of facts: what is known of a photo's product, each to be changed or taken out."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING, Final

from bot.keyboards.callbacks import EditFact, Fact
from bot.keyboards.grid import button
from pipeline.captions.fact_changes import listed

if TYPE_CHECKING:
    from aiogram.types import InlineKeyboardButton

    from bot.texts import Texts
    from storage.photos import PhotoRecord

ASKED: Final = (Fact.PRICE, Fact.SIZE)
"""What can be given by a button where it is not known."""


def fact_buttons(texts: Texts, language: str, photo: PhotoRecord) -> list[InlineKeyboardButton]:
    """Build two buttons for each fact, to change it and to take it out; one where there is none."""
    known = {Fact(what.value): value for what, value in listed(photo.facts)}
    built = []
    for what, value in known.items():
        label = texts(language, f"fact-{what}", value=value)
        built.append(button(unescape(label), EditFact(photo=photo.id, what=what)))
        remove = EditFact(photo=photo.id, what=what, remove=True)
        built.append(button(texts(language, f"button-fact-remove-{what}"), remove))
    missing = [what for what in ASKED if what not in known]
    return [
        *built,
        *(
            button(texts(language, f"button-fact-set-{what}"), EditFact(photo=photo.id, what=what))
            for what in missing
        ),
    ]
