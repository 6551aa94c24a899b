"""The buttons of scenes that are drawn of words: have one drawn, take a variant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram.types import InlineKeyboardMarkup

from bot.keyboards.callbacks import PaintScene, TakeScene
from bot.keyboards.grid import button, keyboard

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.texts import Texts


class ScenePanel:
    """Builds the buttons in a seller's language."""

    def __init__(self, texts: Texts) -> None:
        """Keep the words that the buttons say."""
        self._texts = texts

    def offer(
        self, language: str, edit_id: int, above: InlineKeyboardMarkup | None = None
    ) -> InlineKeyboardMarkup:
        """Let the seller agree to have a scene drawn, below other buttons if there are any."""
        paint = [
            button(self._texts(language, "button-paint"), PaintScene(edit=edit_id)),
            button(
                self._texts(language, "button-paint-above"), PaintScene(edit=edit_id, above=True)
            ),
        ]
        rows = [] if above is None else above.inline_keyboard
        return InlineKeyboardMarkup(inline_keyboard=[*rows, paint])

    def variants(
        self, language: str, scene_id: int, count: int, taken: Collection[str]
    ) -> InlineKeyboardMarkup:
        """Offer the variants by number; those that were ``taken`` are marked."""
        numbers = [
            button(
                self._texts(language, "chosen", label=str(number))
                if str(number) in taken
                else str(number),
                TakeScene(scene=scene_id, number=number),
            )
            for number in range(1, count + 1)
        ]
        return keyboard(numbers, width=4)
