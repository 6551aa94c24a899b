"""The buttons under a card: the templates by number, what can be changed, its claims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.cards.claims import CLAIMS_AT_MOST, digest
from bot.keyboards.callbacks import (
    BrandPart,
    CardPage,
    ClaimAction,
    Delivery,
    EditClaims,
    MakeCard,
    MakeCardSet,
    OpenBrand,
    OpenCardPage,
    PackForm,
    SendFile,
    SetCardFormat,
)
from bot.keyboards.grid import button, keyboard
from pipeline.cards.templates import load_templates
from pipeline.cards.values import FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiogram.filters.callback_data import CallbackData
    from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

    from bot.texts import Texts
    from pipeline.cards.templates import Templates
    from pipeline.markets import Market
    from storage.cards import CardRecord


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A card as its message shows it: for a ``market`` if any, in a ``format``.

    ``is_private`` tells whether the chat is its seller's own: the brand kit is not a group's.
    """

    card: CardRecord
    market: Market | None
    format: str
    is_private: bool


def offered_formats(market: Market | None) -> tuple[str, ...]:
    """Name the formats that a card can have, its market's first."""
    return (*FORMATS,) if market is None else (market.name, *FORMATS)


def format_title(texts: Texts, language: str, name: str, market: Market | None) -> str:
    """Name a format."""
    if market is not None and name == market.name:
        return texts.title(language, market.titles, market.name)
    return texts(language, f"format-{name}")


class CardPanel:
    """Builds the buttons in a seller's language. No state: any page can be built at any time."""

    def __init__(self, texts: Texts, templates: Templates | None = None) -> None:
        """Keep the words that the buttons say, and the templates; without, those of ours."""
        self._texts = texts
        self.templates = templates or load_templates()

    def title(self, language: str, name: str) -> str:
        """Name a template; one that is gone by its code."""
        if name not in self.templates.names:
            return name
        return self._texts.title(language, self.templates.get(name).titles, name)

    def offer(self, language: str, photo_id: int, names: Sequence[str]) -> InlineKeyboardMarkup:
        """Offer templates, by the numbers of their thumbnails."""
        return keyboard(
            [
                button(
                    f"{number} {self.title(language, name)}",
                    MakeCard(photo=photo_id, template=name),
                )
                for number, name in enumerate(names, 1)
            ],
            [self._button(language, "button-card-set", _set(photo_id))],
            width=2,
        )

    def page(self, language: str, shown: ShownCard, page: CardPage) -> InlineKeyboardMarkup:
        """Build a page."""
        match page:
            case CardPage.CLAIMS:
                return self._claims(language, shown.card)
            case CardPage.FORMAT:
                return self._formats(language, shown)
            case CardPage.MAIN:
                return self._main(language, shown.card, private=shown.is_private)

    def _main(self, language: str, card: CardRecord, *, private: bool) -> InlineKeyboardMarkup:
        number = card.photo_id
        brand = self._button(language, "button-card-brand", OpenBrand(what=BrandPart.MAIN))
        file = SendFile(photo=number, what=Delivery.CARD)
        return keyboard(
            [
                self._button(language, "button-card-other", MakeCard(photo=number)),
                self._open(language, card, CardPage.CLAIMS),
                self._open(language, card, CardPage.FORMAT),
                self._button(language, "button-card-file", file),
                self._button(language, "button-card-set", _set(number)),
                *([brand] if private else []),
            ],
            width=2,
        )

    def _claims(self, language: str, card: CardRecord) -> InlineKeyboardMarkup:
        number, claims = card.photo_id, card.claims or ()
        gone = [
            button(
                f"✕ {claim['text']}",
                EditClaims(photo=number, what=ClaimAction.REMOVE, claim=digest(claim)),
            )
            for claim in claims
        ]
        add = EditClaims(photo=number, what=ClaimAction.ADD)
        undo = EditClaims(photo=number, what=ClaimAction.UNDO)
        room = len(claims) < CLAIMS_AT_MOST
        return keyboard(
            gone,
            [self._button(language, "button-card-add", add)] if room else [],
            [
                self._button(language, "button-undo-edit", undo),
                self._open(language, card, CardPage.MAIN),
            ],
            width=2,
        )

    def _formats(self, language: str, shown: ShownCard) -> InlineKeyboardMarkup:
        found = []
        for name in offered_formats(shown.market):
            label = format_title(self._texts, language, name, shown.market)
            if name == shown.format:
                label = self._texts(language, "chosen", label=label)
            found.append(button(label, SetCardFormat(photo=shown.card.photo_id, format=name)))
        back = self._open(language, shown.card, CardPage.MAIN)
        return keyboard(found, [back], width=2)

    def set_sent(self, language: str, photo_id: int) -> InlineKeyboardMarkup:
        """Offer the same set as files, and with its listing as one."""
        return keyboard(
            [
                self._button(language, f"button-pack-{form}", _set(photo_id, form))
                for form in (PackForm.FILES, PackForm.ZIP)
            ]
        )

    def _open(self, language: str, card: CardRecord, page: CardPage) -> InlineKeyboardButton:
        keys = {CardPage.MAIN: "button-back", CardPage.FORMAT: "button-page-format"}
        data = OpenCardPage(photo=card.photo_id, page=page)
        return self._button(language, keys.get(page, "button-card-claims"), data)

    def _button(self, language: str, key: str, data: CallbackData) -> InlineKeyboardButton:
        return button(self._texts(language, key), data)


def _set(photo_id: int, form: PackForm = PackForm.PICTURES) -> MakeCardSet:
    return MakeCardSet(photo=photo_id, form=form)
