"""The settings as one message: what is set in words, and the buttons that change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram.types import InlineKeyboardMarkup
from aiogram.utils.keyboard import InlineKeyboardBuilder

from bot.keyboards.callbacks import OpenSettings, Preference, SetPreference, TickMarket
from bot.keyboards.preferences import NO, SWITCHES

if TYPE_CHECKING:
    from bot.keyboards.preferences import Preferences
    from bot.texts import Texts
    from storage.sellers import Seller

ROW = 2


class SettingsMenu:
    """Builds the settings' message in the seller's language."""

    def __init__(self, texts: Texts, preferences: Preferences) -> None:
        """Keep the words and the values that there are."""
        self._texts = texts
        self._preferences = preferences

    def text(self, seller: Seller, backdrop: str) -> str:
        """Say what is set, and what the market objects to; ``backdrop`` is the default's name."""
        language = seller.language
        labels = {what.value: self._preferences.label(what, seller) for what in Preference}
        if seller.default_backdrop is None:
            labels[Preference.AUTOMATIC] = self._texts(language, "automatic-unset")
        labels[Preference.BACKDROP] = backdrop
        said = self._texts(language, "settings", **labels)
        objection = self._preferences.objection(seller)
        return said if objection is None else f"{said}\n\n{objection}"

    def keyboard(self, seller: Seller) -> InlineKeyboardMarkup:
        """Offer to change each: a menu of its values, or a switch where there are two."""
        builder = InlineKeyboardBuilder()
        for what in Preference:
            if what in SWITCHES:
                code = self._preferences.code(what, seller)
                if what is Preference.AUTOMATIC and seller.default_backdrop is None:
                    code = NO
                other = next(value for value in SWITCHES[what] if value != code)
                label = self._texts(seller.language, f"switch-{what.key}-{code}")
                builder.button(text=label, callback_data=SetPreference(what=what, value=other))
            else:
                label = self._texts(seller.language, f"set-{what.key}")
                builder.button(text=label, callback_data=OpenSettings(what=what))
        return InlineKeyboardMarkup(inline_keyboard=builder.adjust(ROW).export())

    def ask(self, seller: Seller, what: Preference) -> str:
        """Ask for one preference; with the market, say what the present one asks for."""
        asked = self._texts(
            seller.language, f"ask-{what.key}", now=self._preferences.label(what, seller)
        )
        summary = self._preferences.market_summary(seller) if what is Preference.MARKET else None
        return asked if summary is None else f"{asked}\n\n{summary}"

    def choices(self, seller: Seller, what: Preference) -> InlineKeyboardMarkup:
        """Offer the values of one preference, and the way back."""
        now = self._preferences.code(what, seller)
        builder = InlineKeyboardBuilder()
        for option in self._preferences.options(what, seller.language):
            label = option.label
            if option.code == now:
                label = self._texts(seller.language, "chosen", label=label)
            builder.button(text=label, callback_data=SetPreference(what=what, value=option.code))
        last = InlineKeyboardBuilder()
        if what is Preference.MARKET:
            last.button(
                text=self._texts(seller.language, "button-markets"), callback_data=TickMarket()
            )
        last.button(text=self._texts(seller.language, "button-back"), callback_data=OpenSettings())
        builder.adjust(ROW).attach(last.adjust(1))
        return InlineKeyboardMarkup(inline_keyboard=builder.export())

    def ask_markets(self, seller: Seller) -> str:
        """Ask for all markets that a seller sells on."""
        main = self._preferences.main_market(seller)
        return self._texts(seller.language, "ask-markets", main=main)

    def markets(self, seller: Seller) -> InlineKeyboardMarkup:
        """Offer to tick markets, and the way back."""
        builder = InlineKeyboardBuilder()
        for option, chosen in self._preferences.ticks(seller):
            label = option.label
            if chosen:
                label = self._texts(seller.language, "chosen", label=label)
            builder.button(text=label, callback_data=TickMarket(market=option.code))
        back = InlineKeyboardBuilder()
        what = Preference.MARKET
        back.button(
            text=self._texts(seller.language, "button-back"), callback_data=OpenSettings(what=what)
        )
        builder.adjust(ROW).attach(back)
        return InlineKeyboardMarkup(inline_keyboard=builder.export())
