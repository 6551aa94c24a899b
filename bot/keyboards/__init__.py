"""The messages that show a photo, an album, a listing, a card and so on: words and buttons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.keyboards.album import AlbumPanel
from bot.keyboards.brand import BrandPanel
from bot.keyboards.card import CardPanel
from bot.keyboards.listing import ListingPanel
from bot.keyboards.own import OwnPanel
from bot.keyboards.photo import PhotoPanel
from bot.keyboards.scene import ScenePanel

if TYPE_CHECKING:
    from bot.editor_links import EditorLinks
    from bot.keyboards.backdrops import BackdropNames
    from bot.keyboards.preferences import Preferences
    from bot.texts import Texts
    from pipeline.cards.templates import Templates
    from pipeline.pictures import Painter


@dataclass(frozen=True, slots=True)
class Panels:
    """All of them."""

    photo: PhotoPanel
    album: AlbumPanel
    own: OwnPanel
    listing: ListingPanel
    card: CardPanel
    brand: BrandPanel
    scene: ScenePanel

    @classmethod
    def build(
        cls,
        texts: Texts,
        names: BackdropNames,
        preferences: Preferences,
        editor: EditorLinks | None = None,
        painter: Painter | None = None,
        templates: Templates | None = None,
    ) -> Panels:
        """Build them of the same words; without ``editor`` no button leads there.

        ``painter`` draws scenes; without one none are offered. ``templates`` are those of cards;
        without, ours.
        """
        return cls(
            PhotoPanel(texts, names, preferences, editor, paints=painter is not None),
            AlbumPanel(texts, names),
            OwnPanel(texts, names),
            ListingPanel(texts),
            CardPanel(texts, templates),
            BrandPanel(texts),
            ScenePanel(texts),
        )
