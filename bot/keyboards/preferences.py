"""What a seller can set in `/settings`, the values there are, and what they are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from babel import Locale

from bot.keyboards.callbacks import Preference
from bot.markets.rules import market_summary
from pipeline.captions import Tone
from storage.backdrops import preset_ref

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.texts import Texts
    from pipeline.compose import Choices
    from pipeline.markets import Market
    from storage.sellers import Seller

LENGTHS: Final = ("short", "medium", "long")
CAPTION_LANGUAGES: Final = ("ru", "en", "be", "uk", "kk", "uz", "de", "pl")
ALBUM_CAPTIONS: Final = ("one", "each")
WHITE: Final = preset_ref("white")
NONE: Final = ""
"""The callback data for a column's null."""
YES, NO = "1", "0"
SWITCHES: Final = {
    Preference.EMOJI: (YES, NO),
    Preference.ALBUM: ALBUM_CAPTIONS,
    Preference.AUTOMATIC: (YES, NO),
    Preference.OUTSIDE: (YES, NO),
}
"""What has two values: its button shows the one that holds, and a tap sets the other."""


class Titled(Protocol):
    """What the pipeline's data files call by a title per language code."""

    @property
    def titles(self) -> Mapping[str, str]:
        """What the seller reads."""
        ...


CODES: Final[Mapping[Preference, tuple[str, ...]]] = {
    Preference.TONE: tuple(Tone),
    Preference.LENGTH: LENGTHS,
    Preference.MARKET: (NONE,),
    Preference.CAPTION_LANGUAGE: (NONE,),
    **SWITCHES,
}
"""The values that are named in the catalogue, by `PREFERENCE-CODE` or `PREFERENCE-default`."""
WITHDRAWN: Final = (Preference.TONE, Tone.SHORT)
"""Named for those who have it set, no longer offered: a short text is a length, not a tone."""


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a preference: its code in the callback data, and the button's label."""

    code: str
    label: str


class Preferences:
    """All preferences but the default backdrop, whose choices are the seller's own."""

    def __init__(self, texts: Texts, choices: Choices, markets: Mapping[str, Market]) -> None:
        """Keep the words, the picture's named choices, and the marketplaces."""
        self._texts = texts
        self._choices = choices
        self._markets = markets

    def options(self, what: Preference, language: str) -> tuple[Option, ...]:
        """Return the values in the order of their buttons; none for the default backdrop."""
        listed: Mapping[Preference, Mapping[str, Titled]] = {
            Preference.FORMAT: self._choices.formats,
            Preference.MARGIN: self._choices.margins,
            Preference.SHADOW: self._choices.shadows,
            Preference.MARKET: self._markets,
        }
        titled = [
            Option(name, self._texts.title(language, it.titles, name))
            for name, it in listed.get(what, {}).items()
        ]
        if what in {Preference.LANGUAGE, Preference.CAPTION_LANGUAGE}:
            own = what is Preference.LANGUAGE
            names = self._texts.languages if own else CAPTION_LANGUAGES
            titled = [Option(name, _language_name(name)) for name in names]
        codes = [code for code in CODES.get(what, ()) if (what, code) != WITHDRAWN]
        return (*(self._option(what, code, language) for code in codes), *titled)

    def value(self, what: Preference, code: str) -> str | bool | None:
        """Return what the column holds for a button's ``code``."""
        if what in {Preference.EMOJI, Preference.AUTOMATIC, Preference.OUTSIDE}:
            return code == YES
        return code or None

    def code(self, what: Preference, seller: Seller) -> str:
        """Return the code of what a seller has set."""
        value = getattr(seller, what.value)
        if isinstance(value, bool):
            return YES if value else NO
        return str(value or NONE)

    def label(self, what: Preference, seller: Seller) -> str:
        """Name what a seller has set; what has no name in any list is named by its code."""
        if what is Preference.MARKET and len(seller.markets or ()) > 1:
            known = self._markets
            named = [known[name] for name in seller.markets or () if name in known]
            return ", ".join(
                self._texts.title(seller.language, market.titles, market.name) for market in named
            )
        code = self.code(what, seller)
        if (what, code) == WITHDRAWN:
            return self._option(what, code, seller.language).label
        options = self.options(what, seller.language)
        return next((option.label for option in options if option.code == code), code)

    def objection(self, seller: Seller) -> str | None:
        """Say that the market does not take the default backdrop, where that has a colour."""
        market = self._markets.get(seller.market or NONE)
        if market is None or not market.wants_white or seller.default_backdrop in {None, WHITE}:
            return None
        key = "rule-white" if market.picture and market.picture.white else "rule-coloured"
        return self._texts(
            seller.language,
            key,
            market=self._texts.title(seller.language, market.titles, market.name),
        )

    def main_market(self, seller: Seller) -> str:
        """Name the market that pictures and captions are made for first."""
        market = self._markets.get(seller.market or NONE)
        if market is None:
            return self._option(Preference.MARKET, NONE, seller.language).label
        return self._texts.title(seller.language, market.titles, market.name)

    def ticks(self, seller: Seller) -> list[tuple[Option, bool]]:
        """Return every market, and whether the seller sells on it."""
        sold = seller.markets or [seller.market or NONE]
        return [
            (
                Option(name, self._texts.title(seller.language, market.titles, market.name)),
                name in sold,
            )
            for name, market in self._markets.items()
        ]

    def market_summary(self, seller: Seller) -> str | None:
        """Tell what the market sold on asks for; None where there is none."""
        market = self._markets.get(seller.market or NONE)
        return None if market is None else market_summary(self._texts, seller.language, market)

    def _option(self, what: Preference, code: str, language: str) -> Option:
        return Option(code, self._texts(language, f"{what.key}-{code or 'default'}"))


def _language_name(code: str) -> str:
    """Name a language in itself."""
    return str(Locale.parse(code).get_display_name()).capitalize()
