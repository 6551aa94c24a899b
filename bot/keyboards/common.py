"""The keyboards that are not about one photo: the default background, and a way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.keyboards.callbacks import (
    AwaitBackground,
    BackgroundAction,
    Begin,
    Cancel,
    FirstStep,
    ManageBackground,
    OpenPlaces,
    OpenSettings,
    Place,
    PlaceWords,
    Preference,
    SetPreference,
    UndoEdit,
)
from bot.keyboards.grid import button, keyboard
from storage.backdrops import MAX_OWN_BACKDROPS, Purpose, own_ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiogram.types import InlineKeyboardMarkup

    from bot.keyboards.backdrops import BackdropNames
    from bot.texts import Texts
    from storage.backdrops import OwnBackdrop
    from storage.sellers import Seller


class Keyboards:
    """Builds them in a seller's language."""

    def __init__(self, texts: Texts, names: BackdropNames) -> None:
        """Keep the words that the buttons say."""
        self._texts = texts
        self._names = names

    def default_backdrop(
        self, seller: Seller, owns: Sequence[OwnBackdrop], group: str = ""
    ) -> InlineKeyboardMarkup:
        """Ask for the seller's default backdrop: of a group, or of that of the present one."""
        language = seller.language
        groups = self._names.groups(language, all_of_them=True)
        shown = group or self._names.group_of(seller.default_backdrop) or next(iter(dict(groups)))
        tabs = [
            button(self._mark(language, title, name == shown), OpenPlaces(group=name))
            for name, title in groups
        ]
        choices = [
            *self._names.presets(language, shown),
            *((own_ref(own.id), self._names.own(language, own)) for own in owns),
        ]
        places = [
            button(
                self._mark(language, label, ref == seller.default_backdrop),
                SetPreference(what=Preference.BACKDROP, value=ref),
            )
            for ref, label in choices
        ]
        ask = self._mark(
            language, self._texts(language, "button-ask"), seller.default_backdrop is None
        )
        purpose = Purpose(as_default=True)
        new = button(self._texts(language, "button-own-new"), AwaitBackground(photo=purpose.code))
        mine = button(
            self._texts(language, "button-page-own"),
            ManageBackground(backdrop=0, what=BackgroundAction.LIST),
        )
        return keyboard(
            places,
            tabs,
            [mine] if len(owns) >= MAX_OWN_BACKDROPS else [new, mine],
            [button(ask, SetPreference(what=Preference.BACKDROP))],
            [button(self._texts(language, "button-settings"), OpenSettings())],
        )

    def start(self, language: str) -> InlineKeyboardMarkup:
        """Offer first steps."""
        steps = [
            button(self._texts(language, f"button-begin-{what}"), Begin(what=what))
            for what in FirstStep
        ]
        return keyboard(steps[:1], steps[1:])

    def undo(self, language: str, edit_id: int) -> InlineKeyboardMarkup:
        """Let the seller take back what words changed."""
        return keyboard([button(self._texts(language, "button-undo-edit"), UndoEdit(edit=edit_id))])

    def place(self, language: str, edit_id: int) -> InlineKeyboardMarkup:
        """Ask what words are about."""
        return keyboard(
            [
                button(
                    self._texts(language, f"button-place-{what}"),
                    PlaceWords(edit=edit_id, what=what),
                )
                for what in Place
            ],
            width=1,
        )

    def cancel(self, language: str) -> InlineKeyboardMarkup:
        """Let the seller take back that the next picture is a background."""
        return keyboard([button(self._texts(language, "button-cancel"), Cancel())])

    def _mark(self, language: str, label: str, chosen: bool) -> str:  # noqa: FBT001 - a label and its mark
        return self._texts(language, "chosen", label=label) if chosen else label
