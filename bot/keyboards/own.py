"""The own backgrounds as a message: their names, and what can be done with each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.keyboards.callbacks import AwaitBackground, BackgroundAction, ManageBackground
from bot.keyboards.grid import button, keyboard
from storage.backdrops import MAX_OWN_BACKDROPS, Purpose, own_ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiogram.types import InlineKeyboardMarkup

    from bot.keyboards.backdrops import BackdropNames
    from bot.texts import Texts
    from storage.backdrops import OwnBackdrop
    from storage.sellers import Seller


class OwnPanel:
    """Builds the words and buttons in a seller's language."""

    def __init__(self, texts: Texts, names: BackdropNames) -> None:
        """Keep the words that the buttons say."""
        self._texts = texts
        self._names = names

    def text(self, seller: Seller, owns: Sequence[OwnBackdrop]) -> str:
        """Say how many there are and how many more there can be."""
        if not owns:
            return self._texts(seller.language, "owns-none", most=MAX_OWN_BACKDROPS)
        return self._texts(seller.language, "owns", kept=len(owns), most=MAX_OWN_BACKDROPS)

    def all(self, seller: Seller, owns: Sequence[OwnBackdrop]) -> InlineKeyboardMarkup:
        """List them by name."""
        named = [
            button(
                self._label(seller, backdrop),
                ManageBackground(backdrop=backdrop.id, what=BackgroundAction.OPEN),
            )
            for backdrop in owns
        ]
        new = button(
            self._texts(seller.language, "button-own-new"), AwaitBackground(photo=Purpose().code)
        )
        return keyboard(named, [new] if len(owns) < MAX_OWN_BACKDROPS else [])

    def one(self, seller: Seller, backdrop: OwnBackdrop) -> InlineKeyboardMarkup:
        """Offer what can be done with one."""
        wishes = [BackgroundAction.RENAME, BackgroundAction.DELETE]
        if seller.default_backdrop != own_ref(backdrop.id):
            wishes.insert(0, BackgroundAction.DEFAULT)
        return keyboard(
            [
                button(
                    self._texts(seller.language, f"button-own-{what}"),
                    ManageBackground(backdrop=backdrop.id, what=what),
                )
                for what in wishes
            ],
            [
                button(
                    self._texts(seller.language, "button-back"),
                    ManageBackground(backdrop=0, what=BackgroundAction.LIST),
                )
            ],
        )

    def sure(self, seller: Seller, backdrop: OwnBackdrop) -> InlineKeyboardMarkup:
        """Ask whether one is really to be deleted."""
        language, number = seller.language, backdrop.id
        delete = ManageBackground(backdrop=number, what=BackgroundAction.DELETE_SURE)
        back = ManageBackground(backdrop=number, what=BackgroundAction.OPEN)
        return keyboard(
            [
                button(self._texts(language, "button-own-delete-sure"), delete),
                button(self._texts(language, "button-keep"), back),
            ]
        )

    def kept(self, seller: Seller, backdrop: OwnBackdrop) -> InlineKeyboardMarkup:
        """Stand under the word that a background was kept."""
        return keyboard(
            [
                button(
                    self._texts(seller.language, f"button-own-{what}"),
                    ManageBackground(backdrop=backdrop.id, what=what),
                )
                for what in (BackgroundAction.RENAME, BackgroundAction.PRODUCT)
            ]
        )

    def _label(self, seller: Seller, backdrop: OwnBackdrop) -> str:
        name = self._names.own(seller.language, backdrop)
        if seller.default_backdrop == own_ref(backdrop.id):
            return self._texts(seller.language, "chosen", label=name)
        return name
