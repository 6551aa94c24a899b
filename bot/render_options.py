"""The options of a photo's render: its own where it has some, else the seller's preferences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.keyboards.callbacks import Page
from pipeline.compose import load_choices
from storage.render_key import RenderKey, View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.compose import Style
    from storage.photos import PhotoRecord
    from storage.sellers import Seller


def format_of(photo: PhotoRecord, seller: Seller) -> str:
    """Name the format."""
    return photo.format or seller.format


def shadow_of(photo: PhotoRecord, seller: Seller) -> str:
    """Name the shadow."""
    return photo.shadow or seller.shadow


def style_of(photo: PhotoRecord, seller: Seller) -> Style:
    """Build the style; a name that is no longer on offer is as usual."""
    choices = load_choices()
    return choices.style(
        _known(choices.formats, format_of(photo, seller)),
        margin=_known(choices.margins, seller.margin),
        shadow=_known(choices.shadows, shadow_of(photo, seller)),
    )


def _known(options: Mapping[str, object], name: str) -> str:
    return name if name in options else next(iter(options))


def selected_codes(photo: PhotoRecord, seller: Seller) -> dict[Page, str]:
    """Return what is set for a photo, as codes of the buttons; empty where nothing is."""
    wish = photo.caption_wish or {}
    return {
        Page.FORMAT: format_of(photo, seller),
        Page.SHADOW: shadow_of(photo, seller),
        Page.TONE: wish.get(Page.TONE, seller.tone),
        Page.LENGTH: wish.get(Page.LENGTH, seller.caption_length),
        Page.CAPTION_LANGUAGE: wish.get(Page.CAPTION_LANGUAGE, seller.caption_language or ""),
        Page.MARKET: wish.get(Page.MARKET, seller.market or ""),
    }


def render_key(photo: PhotoRecord, seller: Seller) -> RenderKey:
    """Return the key of the picture for a photo's message: equal keys, equal pictures."""
    mask = (photo.mask_file or "")[:16]
    if photo.enlarged_to is not None:
        mask = f"{mask}+{photo.enlarged_to}"
    match photo.view:
        case View.OFFER:
            return RenderKey(View.OFFER, mask)
        case View.RESULT:
            look = format_of(photo, seller), seller.margin, shadow_of(photo, seller)
            return RenderKey(View.RESULT, mask, photo.wanted_backdrop, *look)
        case View.CHOICES:
            return RenderKey(View.CHOICES, photo.candidates_file or "")
        case View.PARTS:
            return RenderKey(View.PARTS, mask, parts=tuple(photo.parts or ()))
