"""The buttons under an album: one keyboard for all of its photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.keyboards.callbacks import (
    AlbumAction,
    AskAgain,
    ManageAlbum,
    OpenPlaces,
    SendSingle,
    SetAlbumBackdrop,
)
from bot.keyboards.grid import button, keyboard
from storage.backdrops import own_ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

    from bot.keyboards.backdrops import BackdropNames
    from bot.texts import Texts
    from storage.albums import Album
    from storage.backdrops import OwnBackdrop
    from storage.photos import PhotoRecord

MAX_OWN_BUTTONS = 6
"""Own backgrounds that have a button."""


class AlbumPanel:
    """Builds the buttons in a seller's language."""

    def __init__(self, texts: Texts, names: BackdropNames) -> None:
        """Keep the words that the buttons say."""
        self._texts = texts
        self._names = names

    def places(
        self,
        language: str,
        album: Album,
        owns: Sequence[OwnBackdrop],
        *,
        delivered: Sequence[PhotoRecord] | None,
    ) -> InlineKeyboardMarkup:
        """Ask which backdrop the products go on; once delivered, offer what else there is.

        Of the photos ``delivered`` each that is doubtful has a button that asks about it.
        """
        titles = [
            (ref, f"{number} {title}")
            for number, (ref, title) in enumerate(self._names.first(language), 1)
        ]
        own = [(own_ref(o.id), self._names.own(language, o)) for o in owns[:MAX_OWN_BUTTONS]]
        other = AlbumAction.EACH if album.captions == AlbumAction.ONE else AlbumAction.ONE
        last = [self._action(language, album, other)]
        if self._names.groups(language):
            last.insert(0, self._action(language, album, AlbumAction.SCENES))
        if delivered is not None:
            last.append(self._action(language, album, AlbumAction.SINGLE))
        unsure = [
            button(self._texts(language, "check-number", number=number), AskAgain(photo=photo.id))
            for number, photo in enumerate(delivered or (), 1)
            if photo.is_doubtful
        ]
        return keyboard(
            unsure,
            [self._place(language, album, ref, label) for ref, label in titles],
            [self._place(language, album, ref, label) for ref, label in own],
            last,
            width=3,
        )

    def scenes(
        self, language: str, album: Album, group: str | None, used: Sequence[str] = ()
    ) -> InlineKeyboardMarkup:
        """Offer what was ``used`` lately, a group's backgrounds by name, and the other groups.

        None is the group of what is chosen, or the first that has no buttons under the album.
        """
        groups = self._names.groups(language)
        chosen = self._names.group_of(album.wanted_backdrop)
        shown = group or (chosen if chosen in dict(groups) else groups[0][0])
        recent = self._names.recent(language, used, shown)
        listed = self._names.presets(language, shown)
        tabs = [
            button(
                self._texts(language, "chosen", label=title) if name == shown else title,
                OpenPlaces(album=album.id, group=name),
            )
            for name, title in groups
        ]
        return keyboard(
            [self._place(language, album, ref, title) for ref, title in recent],
            [self._place(language, album, ref, title) for ref, title in listed],
            tabs[:2],
            tabs[2:],
            [self._action(language, album, AlbumAction.BACK)],
        )

    def singles(
        self, language: str, album: Album, photos: Sequence[PhotoRecord]
    ) -> InlineKeyboardMarkup:
        """Offer the photos by number, in the seller's order."""
        numbers = [
            button(str(number), SendSingle(photo=photo.id))
            for number, photo in enumerate(photos, 1)
            if photo.album_message_id is not None
        ]
        return keyboard(numbers, [self._action(language, album, AlbumAction.BACK)])

    def again(self, language: str, album: Album) -> InlineKeyboardMarkup:
        """Offer to try once more to write the captions that failed."""
        data = ManageAlbum(album=album.id, what=AlbumAction.AGAIN)
        return keyboard([button(self._texts(language, "button-again"), data)])

    def doubt(self, language: str, album: Album) -> InlineKeyboardMarkup:
        """Ask whether pictures that came while a background was awaited are backgrounds."""
        return keyboard(
            [
                self._action(language, album, AlbumAction.PRODUCTS),
                self._action(language, album, AlbumAction.BACKDROPS),
            ]
        )

    def _place(self, language: str, album: Album, ref: str, label: str) -> InlineKeyboardButton:
        if ref == album.wanted_backdrop:
            label = self._texts(language, "chosen", label=label)
        return button(label, SetAlbumBackdrop(album=album.id, backdrop=ref))

    def _action(self, language: str, album: Album, what: AlbumAction) -> InlineKeyboardButton:
        label = self._texts(language, f"button-album-{what}")
        return button(label, ManageAlbum(album=album.id, what=what))
