"""The options of a photo's render: its own where it has some, else the seller's preferences."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import TYPE_CHECKING

from bot.keyboards.callbacks import Page, Preference
from bot.markets.sell_on import OWN_MARGIN, markets_of
from pipeline.compose import Arrangement, load_choices
from pipeline.markets import load_markets
from storage.render_key import RenderKey, View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.compose import Style
    from pipeline.markets import Market
    from storage.photos import PhotoRecord
    from storage.sellers import Seller


def format_of(photo: PhotoRecord, seller: Seller) -> str:
    """Name the format."""
    return photo.format or seller.format


def shadow_of(photo: PhotoRecord, seller: Seller) -> str:
    """Name the shadow."""
    return photo.shadow or seller.shadow


def margin_of(photo: PhotoRecord, seller: Seller) -> str:
    """Name the margin: its own, or that of the market that is the photo's alone."""
    if photo.margin:
        return photo.margin
    name = (photo.caption_wish or {}).get(Page.MARKET)
    if name is None:
        return seller.margin
    return OWN_MARGIN if name else str((seller.before_market or {}).get("margin", seller.margin))


def market_of(photo: PhotoRecord, seller: Seller) -> Market | None:
    """Return the market that the photo is for, if any."""
    name = (photo.caption_wish or {}).get(Page.MARKET, seller.market)
    return load_markets().get(name or "")


def picture_market(photo: PhotoRecord, seller: Seller) -> Market | None:
    """Return the market whose rules the picture is held against: its format's, else the photo's."""
    found = load_markets().get(format_of(photo, seller)) or market_of(photo, seller)
    return found if found is not None and found.picture is not None else None


def emoji_of(photo: PhotoRecord, seller: Seller) -> bool:
    """Tell whether the caption may have emoji."""
    return bool((photo.caption_wish or {}).get(Preference.EMOJI.value, seller.emoji))


def style_of(photo: PhotoRecord, seller: Seller) -> Style:
    """Build the style; a name that is no longer on offer is as usual."""
    choices = load_choices()
    style = choices.style(
        _known(choices.formats, format_of(photo, seller)),
        margin=_known(choices.margins, margin_of(photo, seller)),
        shadow=_known(choices.shadows, shadow_of(photo, seller)),
    )
    style = replace(style, arrangement=arrangement_of(photo))
    market = picture_market(photo, seller)
    return style if market is None else replace(style, rules=market.picture)


def arrangement_of(photo: PhotoRecord) -> Arrangement | None:
    """Return where the editor put the product; None where that is the frame's own place."""
    wanted = Arrangement(**(photo.placement or {}))
    return None if wanted == Arrangement() else wanted


def pack_style(photo: PhotoRecord, seller: Seller, market: Market) -> Style:
    """Build the style of a photo's picture for a market: all its own but the shadow."""
    choices = load_choices()
    own = format_of(photo, seller)
    form = next(iter(choices.formats)) if own in load_markets() else own
    shadow = _known(choices.shadows, shadow_of(photo, seller))
    return choices.style(market.name if market.picture is not None else form, shadow=shadow)


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
        Page.PACK: ",".join(market.name for market in markets_of(seller)),
        Page.MARKET: wish.get(Page.MARKET, seller.market or ""),
    }


def render_key(photo: PhotoRecord, seller: Seller) -> RenderKey:
    """Return the key of the picture for a photo's message: equal keys, equal pictures."""
    mask, wanted = (photo.mask_file or "")[:16], arrangement_of(photo)
    if photo.enlarged_to is not None:
        mask = f"{mask}+{photo.enlarged_to}"
    match photo.view:
        case View.OFFER:
            return RenderKey(View.OFFER, mask)
        case View.RESULT:
            form = format_of(photo, seller)
            look = form, margin_of(photo, seller), shadow_of(photo, seller)
            market = picture_market(photo, seller)
            if wanted is not None:
                mask = f"{mask}@{','.join(f'{value:g}' for value in astuple(wanted))}"
            held = "" if market is None or market.name == form else market.name
            return RenderKey(View.RESULT, mask, photo.wanted_backdrop, *look, market=held)
        case View.CHOICES:
            return RenderKey(View.CHOICES, photo.candidates_file or "")
        case View.SCENES:
            return RenderKey(View.SCENES, mask, photo.page)
        case View.PARTS:
            return RenderKey(View.PARTS, mask, parts=tuple(photo.parts or ()))
