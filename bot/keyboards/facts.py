"""The page of facts: what is known of a photo's product, each to be changed or taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.keyboards.callbacks import EditFact, Fact
from bot.keyboards.grid import button
from pipeline.captions.facts import facts_in, lines_of

if TYPE_CHECKING:
    from aiogram.types import InlineKeyboardButton

    from bot.texts import Texts
    from storage.photos import PhotoRecord

ASKED: Final = (Fact.PRICE, Fact.SIZE)
"""What can be given by a button where it is not known."""


def fact_buttons(texts: Texts, language: str, photo: PhotoRecord) -> list[InlineKeyboardButton]:
    """Build two buttons for each fact, to change it and to take it out; one where there is none."""
    lines = {what.value: line for what, line in lines_of(facts_in(photo.facts), language)}
    built = []
    for what in Fact:
        if (line := lines.get(what.value)) is not None:
            built.append(button(line, EditFact(photo=photo.id, what=what)))
            remove = EditFact(photo=photo.id, what=what, remove=True)
            built.append(button(texts(language, f"button-fact-remove-{what}"), remove))
    missing = [what for what in ASKED if what.value not in lines]
    return [
        *built,
        *(
            button(texts(language, f"button-fact-set-{what}"), EditFact(photo=photo.id, what=what))
            for what in missing
        ),
    ]
