"""The inline keyboards: at most three buttons a row, twenty characters each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.keyboard import InlineKeyboardBuilder

from bot.callbacks import Another, Cancel, Menu, Place, Prefer, Preference, SendOwn
from storage.backdrops import OWN, own_ref, preset_ref
from storage.sellers import AS_DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aiogram.filters.callback_data import CallbackData

    from bot.texts import Texts
    from pipeline.backdrops import Preset
    from storage.backdrops import OwnBackdrop
    from storage.sellers import Seller

ROW = 3


class Keyboards:
    """Builds every keyboard in a seller's language."""

    def __init__(self, texts: Texts, presets: Sequence[Preset]) -> None:
        """Keep the words and the presets that the buttons name."""
        self._texts = texts
        self._presets = presets

    def backdrop_label(self, language: str, ref: str | None) -> str:
        """Name a backdrop reference in words; None means that the seller is asked."""
        if ref is None:
            return self._texts(language, "background-none")
        if ref.startswith(OWN):
            return self._texts(language, "button-own")
        return dict(self._labelled(language)).get(ref, ref)

    def offers(self, ref: str, own: OwnBackdrop | None) -> bool:
        """Tell whether a backdrop reference is one that the seller can choose."""
        return ref in dict(self._choices(self._texts.languages[0], own))

    def offer(
        self,
        language: str,
        photo_id: int,
        own: OwnBackdrop | None,
        *,
        chosen: str | None = None,
    ) -> InlineKeyboardMarkup:
        """Ask which backdrop a photo's product goes on."""
        places = [
            (ref, Place(photo=photo_id, backdrop=ref), label)
            for ref, label in self._choices(language, own)
        ]
        rows = self._grid(language, places, chosen)
        rows.append([self._send_own(language, own, photo_id)])
        return InlineKeyboardMarkup(inline_keyboard=rows)

    def result(
        self, language: str, photo_id: int, own: OwnBackdrop | None, *, chosen: str
    ) -> InlineKeyboardMarkup:
        """Stand under a result: other backdrops, another caption."""
        keyboard = self.offer(language, photo_id, own, chosen=chosen)
        caption = self._button(self._texts(language, "button-caption"), Another(photo=photo_id))
        keyboard.inline_keyboard[-1].append(caption)
        return keyboard

    def default_backdrop(self, seller: Seller, own: OwnBackdrop | None) -> InlineKeyboardMarkup:
        """Ask for the seller's default backdrop."""
        language = seller.language
        choices = [
            (ref, Prefer(what=Preference.BACKDROP, value=ref), label)
            for ref, label in self._choices(language, own)
        ]
        rows = self._grid(language, choices, seller.default_backdrop)
        ask = self._texts(language, "button-ask")
        if seller.default_backdrop is None:
            ask = self._texts(language, "chosen", label=ask)
        rows.append([self._send_own(language, own, AS_DEFAULT)])
        rows.append([self._button(ask, Prefer(what=Preference.BACKDROP))])
        rows.append([self._button(self._texts(language, "button-settings"), Menu())])
        return InlineKeyboardMarkup(inline_keyboard=rows)

    def cancel(self, language: str) -> InlineKeyboardMarkup:
        """Let the seller take back that the next picture is a background."""
        button = self._button(self._texts(language, "button-cancel"), Cancel())
        return InlineKeyboardMarkup(inline_keyboard=[[button]])

    def _labelled(self, language: str) -> Iterable[tuple[str, str]]:
        return ((preset_ref(p.name), p.titles.get(language, p.name)) for p in self._presets)

    def _choices(self, language: str, own: OwnBackdrop | None) -> list[tuple[str, str]]:
        choices = list(self._labelled(language))
        if own is not None:
            choices.append((own_ref(own.id), self._texts(language, "button-own")))
        return choices

    def _send_own(
        self, language: str, own: OwnBackdrop | None, photo_id: int
    ) -> InlineKeyboardButton:
        key = "button-own-new" if own is None else "button-own-other"
        return self._button(self._texts(language, key), SendOwn(photo=photo_id))

    def _grid(
        self, language: str, choices: Sequence[tuple[str, CallbackData, str]], chosen: str | None
    ) -> list[list[InlineKeyboardButton]]:
        builder = InlineKeyboardBuilder()
        for value, data, label in choices:
            mark = self._texts(language, "chosen", label=label) if value == chosen else label
            builder.add(self._button(mark, data))
        return builder.adjust(ROW).export()

    def _button(self, label: str, data: CallbackData) -> InlineKeyboardButton:
        return InlineKeyboardButton(text=label, callback_data=data.pack())
