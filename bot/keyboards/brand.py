"""The brand kit as a message: what is set, and the buttons that change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from bot.keyboards.callbacks import BrandPart, OpenBrand, SetBrand
from bot.keyboards.grid import button, keyboard
from pipeline.cards.fonts import PAIRS as FONT_PAIRS
from pipeline.cards.values import DEFAULT_BRAND, Corners, PriceTag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiogram.filters.callback_data import CallbackData
    from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

    from bot.texts import Texts
    from storage.brands import BrandRecord

PAIRS: Final[Mapping[str, tuple[str, str]]] = {
    "ink": ("#1c1c1e", "#f2c14e"),
    "forest": ("#1f4d3a", "#e9c46a"),
    "sea": ("#12456b", "#7fd1c7"),
    "berry": ("#7a1f4b", "#f4b6c2"),
    "terracotta": ("#a4452c", "#f3dcc6"),
    "lavender": ("#4b3f72", "#d9cdf0"),
    "graphite": ("#33383e", "#c9d1d9"),
    "red": ("#b3121d", "#ffd9d9"),
}
"""Two colours that go well together, by the end of their key in the catalogue."""
LISTED: Final = (BrandPart.FONTS, BrandPart.CORNERS, BrandPart.PRICE_TAG)
"""The parts that are chosen from a list of names."""
YES, NO = "1", "0"


def brand_values(what: BrandPart) -> tuple[str, ...]:
    """Name the values of a part that is chosen from a list; none of another."""
    return {
        BrandPart.FONTS: tuple(FONT_PAIRS),
        BrandPart.CORNERS: get_args(Corners),
        BrandPart.PRICE_TAG: get_args(PriceTag),
    }.get(what, ())


def offers(what: BrandPart, value: str) -> bool:
    """Tell whether a button of ours sends this; other clients may send anything."""
    if what is BrandPart.WATERMARK:
        return value in {YES, NO}
    if what is BrandPart.COLOURS:
        return not value or value in PAIRS
    return not value if what is BrandPart.LOGO else value in brand_values(what)


class BrandPanel:
    """Builds the words and buttons in a seller's language."""

    def __init__(self, texts: Texts) -> None:
        """Keep the words that the buttons say."""
        self._texts = texts

    def text(self, language: str, brand: BrandRecord) -> str:
        """Say what is set."""
        chosen = {what: self._value(language, what, brand) for what in LISTED}
        logo = "brand-logo-there" if brand.logo_file else "brand-logo-none"
        watermark = "brand-watermark-on" if brand.watermark else "brand-watermark-off"
        return self._texts(
            language,
            "brand",
            colours=self._pair(language, brand),
            fonts=chosen[BrandPart.FONTS],
            corners=chosen[BrandPart.CORNERS],
            price_tag=chosen[BrandPart.PRICE_TAG],
            logo=self._texts(language, logo),
            watermark=self._texts(language, watermark),
        )

    def page(self, language: str, brand: BrandRecord, page: BrandPart) -> InlineKeyboardMarkup:
        """Build the main page, or that of a part's values."""
        if page is BrandPart.COLOURS:
            return self._colours(language, brand)
        values = brand_values(page)
        if not values:
            return self._main(language, brand)
        now = _name(page, brand)
        options = []
        for name in values:
            label = self._texts(language, f"brand-{page.key}-{name}")
            options.append(self._option(language, label, page, name, chosen=name == now))
        return keyboard(options, [self._back(language)], width=2)

    def _main(self, language: str, brand: BrandRecord) -> InlineKeyboardMarkup:
        parts = [BrandPart.COLOURS, *LISTED, BrandPart.LOGO]
        watermark = SetBrand(what=BrandPart.WATERMARK, value=NO if brand.watermark else YES)
        state = "on" if brand.watermark else "off"
        unset = self._button(language, "button-brand-unlogo", SetBrand(what=BrandPart.LOGO))
        return keyboard(
            [
                *(
                    self._button(language, f"button-brand-{what.key}", OpenBrand(what=what))
                    for what in parts
                ),
                self._button(language, f"button-brand-watermark-{state}", watermark),
                *([unset] if brand.logo_file else []),
            ],
            width=2,
        )

    def _colours(self, language: str, brand: BrandRecord) -> InlineKeyboardMarkup:
        now = brand.primary_colour, brand.secondary_colour
        pairs = [
            self._option(
                language,
                self._texts(language, f"brand-pair-{name}"),
                BrandPart.COLOURS,
                name,
                chosen=pair == now,
            )
            for name, pair in PAIRS.items()
        ]
        usual = self._button(language, "button-brand-usual", SetBrand(what=BrandPart.COLOURS))
        return keyboard(pairs, [usual, self._back(language)], width=2)

    def _pair(self, language: str, brand: BrandRecord) -> str:
        """Name the two colours."""
        pair = brand.primary_colour, brand.secondary_colour
        for name, known in PAIRS.items():
            if known == pair:
                return self._texts(language, f"brand-pair-{name}")
        if brand.primary_colour is None:
            return self._texts(language, "brand-product-colours")
        return " + ".join(colour for colour in pair if colour is not None)

    def _value(self, language: str, what: BrandPart, brand: BrandRecord) -> str:
        return self._texts(language, f"brand-{what.key}-{_name(what, brand)}")

    def _option(
        self, language: str, label: str, what: BrandPart, value: str, *, chosen: bool
    ) -> InlineKeyboardButton:
        marked = self._texts(language, "chosen", label=label) if chosen else label
        return button(marked, SetBrand(what=what, value=value))

    def _back(self, language: str) -> InlineKeyboardButton:
        return self._button(language, "button-back", OpenBrand())

    def _button(self, language: str, key: str, data: CallbackData) -> InlineKeyboardButton:
        return button(self._texts(language, key), data)


def _name(what: BrandPart, brand: BrandRecord) -> str:
    """Return the name of what is set, or of what our own cards have."""
    name = getattr(brand, what.value)
    return str(name if name in brand_values(what) else getattr(DEFAULT_BRAND, what.value))
