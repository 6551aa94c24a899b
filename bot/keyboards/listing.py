"""The buttons under a listing's parts: what one tap copies, and the other markets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiogram.types import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from bot.keyboards.callbacks import ShowListing
from bot.keyboards.grid import button, rows
from pipeline.captions.text import length

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.texts import Texts
    from pipeline.markets import Market

COPIED_AT_MOST: Final = 256
"""Characters that a button copies, https://core.telegram.org/bots/api#copytextbutton."""
COPIED: Final = ("title", "keywords", "highlights", "alt")
"""The parts that have a button where they are short enough."""


class ListingPanel:
    """Builds the buttons in a seller's language."""

    def __init__(self, texts: Texts) -> None:
        """Keep the words that the buttons say."""
        self._texts = texts

    def buttons(
        self,
        language: str,
        photo_id: int,
        parts: Sequence[tuple[str, str]],
        markets: Sequence[Market],
        shown: str,
    ) -> InlineKeyboardMarkup | None:
        """Offer to copy the short parts, and the listings for ``markets`` if they are several.

        ``shown`` names the market whose listing is there. None where there is no button.
        """
        copies = [
            InlineKeyboardButton(
                text=self._texts(language, f"copy-{part}"), copy_text=CopyTextButton(text=text)
            )
            for part, text in parts
            if part in COPIED and length(text) <= COPIED_AT_MOST
        ]
        others = [
            button(
                self._texts(
                    language,
                    "chosen",
                    label=self._texts.title(language, market.titles, market.name),
                )
                if market.name == shown
                else self._texts.title(language, market.titles, market.name),
                ShowListing(photo=photo_id, market=market.name),
            )
            for market in markets
        ]
        found = [*rows(copies, width=2), *(rows(others) if len(others) > 1 else [])]
        return InlineKeyboardMarkup(inline_keyboard=found) if found else None
