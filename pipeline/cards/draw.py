"""A card: background, product and its shadow, and the text set over them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import cv2
import numpy as np

from pipeline.backdrops import SUBLEVELS, dithered
from pipeline.cards.colours import palette_for
from pipeline.cards.layout import layouts
from pipeline.cards.logo import draw_logo, draw_watermark
from pipeline.cards.values import DEFAULT_BRAND, PORTRAIT
from pipeline.compose.linear import blend, darken
from pipeline.compose.shadow import cast as cast_shadow
from pipeline.drawings.previews import shrunk
from pipeline.errors import CardError
from pipeline.masks import extent, places
from pipeline.oklch import rgb_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.backdrops import ShadowKind
    from pipeline.cards.colours import Palette
    from pipeline.cards.layout import Layout
    from pipeline.cards.templates import Template, Templates
    from pipeline.cards.typeset import Picture
    from pipeline.cards.values import Brand, CardContent, CardFormat
    from pipeline.masks import BinaryMask
    from pipeline.oklch import Rgb
    from pipeline.values import CutOut, Pixels

THUMBNAIL_WIDTH: Final = 300
"""Pixels."""
AT_ONCE: Final = 2
"""Thumbnails that are drawn side by side."""
OPAQUE: Final = 255
SMALL: Final = 0.65
"""The share of a slot's largest size below which what is no title is small: it costs twice."""
STRENGTH: Final = 0.75
"""Of the product's shadow."""


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """A finished card, and what to check it by.

    ``pixels`` and ``behind``, the card before its text was set, are (h, w, 3) uint8 RGB; ``text``
    is (h, w, 4) uint8 RGBA; ``product`` and ``over`` are (h, w) uint8, above 0 where the product is
    and where something was drawn over it. ``claims`` is how many of the content's claims are on it,
    ``titles`` the lines of its titles.
    """

    pixels: Pixels
    behind: Pixels
    text: Picture
    product: BinaryMask
    over: BinaryMask
    claims: int
    titles: tuple[tuple[str, ...], ...]


def draw_card(
    template: Template,
    cut_out: CutOut,
    content: CardContent,
    brand: Brand = DEFAULT_BRAND,
    form: CardFormat = PORTRAIT,
    *,
    scale: float = 1.0,
    palette: Palette | None = None,
) -> Card:
    """Draw a card of ``form``'s size times ``scale``; ``palette`` is the brand's, if at hand.

    Of the template's arrangements in which all text fits it takes the one that shows the product
    and the text largest. Text gets smaller, titles shorter and claims fewer before it gives up.
    Raises CardError where the content does not fill the template or fits nowhere on it, and
    WeightsError where a font is bad.
    """
    if not template.fits(content):
        raise CardError(f"there is not enough for the card {template.name!r}")
    if not content.is_settable:
        raise CardError(f"there is too much for the card {template.name!r}")
    palette = palette or palette_for(brand, cut_out)
    best, worth, report = None, 0.0, list[dict[str, Any]]()
    titled = 1.0
    for layout in layouts(template, cut_out, content, brand, palette, form, scale):
        if layout.worth * titled <= worth:
            break  # however well its text came out, and that of those behind it
        told = template.typesetter.fits(layout.data)
        value = layout.worth * _quality(told)
        if value > worth:
            best, worth, report = layout, value, told
            titled = _quality([one for one in told if one["lines"]])  # much the same in all
    if best is not None:
        return _drawn(template, best, brand, scale, report)
    raise CardError(f"the text fits nowhere on the card {template.name!r} of {form.name!r}")


def draw_thumbnails(
    templates: Templates,
    names: Iterable[str],
    cut_out: CutOut,
    content: CardContent,
    brand: Brand = DEFAULT_BRAND,
    form: CardFormat = PORTRAIT,
) -> Mapping[str, Pixels]:
    """Draw small cards, `THUMBNAIL_WIDTH` wide, by the names of their templates.

    What does not fit is left out. Pictures are (h, w, 3) uint8 RGB.
    """
    scale = THUMBNAIL_WIDTH / form.width
    small = shrunk(cut_out, round(2 * scale * max(form.size)))
    palette = palette_for(brand, small)

    def pixels(name: str) -> Pixels | None:
        template = templates.get(name)
        try:
            card = draw_card(template, small, content, brand, form, scale=scale, palette=palette)
        except CardError:
            return None
        return card.pixels

    chosen = tuple(names)
    # Typst and OpenCV let go of the interpreter's lock.
    with ThreadPoolExecutor(AT_ONCE, "thumbnails") as threads:
        drawn = zip(chosen, threads.map(pixels, chosen), strict=True)
        return {name: picture for name, picture in drawn if picture is not None}


def _quality(told: Sequence[dict[str, Any]]) -> float:
    """Tell how well the text came out, 0..1: 0 where some did not fit, 1 all of it and large."""
    quality = 1.0
    for one in told:
        if not one["fits"]:
            return 0.0
        size = one["size"]
        # One that is left out is missed more than its share.
        quality *= size * (one["count"] / one["of"]) ** 2
        if not one["lines"]:
            quality *= min(1.0, size / SMALL)
    return quality


def _drawn(
    template: Template, layout: Layout, brand: Brand, scale: float, told: Sequence[dict[str, Any]]
) -> Card:
    typesetter, data, placed = template.typesetter, layout.data, layout.placed
    size = placed.mask.shape[1], placed.mask.shape[0]
    top, bottom = (data["palette"][name] for name in template.ground)
    canvas = gradient(size, rgb_of(top), rgb_of(bottom))
    lay_over(canvas, typesetter.draw(data, "below", scale))
    if brand.logo is not None and brand.watermark:
        draw_watermark(canvas, brand.logo)
    if not placed.windowed:
        shadow = cast_shadow(placed.layer, size, cast("ShadowKind", template.shadow), STRENGTH)
        if shadow is not None:
            darken(canvas, shadow)
    blend(canvas, placed.layer)
    over = np.zeros_like(placed.mask)
    if template.over:
        above = typesetter.draw(data, "above", scale)
        lay_over(canvas, above)
        over = above[:, :, 3]
    if brand.logo is not None and "logo" in data["slots"]:
        draw_logo(canvas, brand.logo, [side * scale for side in data["slots"]["logo"]])
    text = typesetter.draw(data, "text", scale)
    pixels = canvas.copy()
    lay_over(pixels, text)
    claims = sum(one["count"] for one in told if one["claims"])
    titles = tuple(tuple(one["lines"]) for one in told if one["lines"])
    return Card(pixels, canvas, text, placed.mask, over, claims, titles)


def gradient(size: tuple[int, int], top: Rgb, bottom: Rgb) -> Pixels:
    """Return (h, w, 3) uint8 RGB that goes from one colour to the other, without bands.

    ``size`` is width and height in pixels.
    """
    width, height = size
    share = np.linspace(0, 1, height)[:, None]
    rows = np.rint((np.array(top) * (1 - share) + np.array(bottom) * share) * SUBLEVELS)
    picture = np.empty((height, width, 3), np.uint8)
    for channel in range(3):
        column = rows[:, channel : channel + 1].astype(np.uint16)
        picture[:, :, channel] = dithered(np.repeat(column, width, axis=1), channel)
    return picture


def lay_over(canvas: Pixels, picture: Picture) -> None:
    """Lay a transparent picture, (h, w, 4) uint8 RGBA, over ``canvas``, (h, w, 3) RGB, in place."""
    alpha = picture[:, :, 3]
    left, top, right, bottom = extent(alpha)
    if left == right:
        return
    part = slice(top, bottom), slice(left, right)
    cv2.copyTo(picture[part][:, :, :3], cv2.inRange(alpha[part], OPAQUE, OPAQUE), canvas[part])
    rows, columns = places(cv2.inRange(alpha, 1, OPAQUE - 1))
    share = alpha[rows, columns].astype(np.float32)[:, None] / OPAQUE
    front = picture[rows, columns, :3]
    canvas[rows, columns] = np.rint(front * share + canvas[rows, columns] * (1 - share))
