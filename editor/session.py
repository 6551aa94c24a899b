"""All that the page begins with: outlines, choices, and what it had when it was closed."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from bot.keyboards.callbacks import Preference
from bot.render_options import format_of, margin_of, market_of, shadow_of
from editor.opened import THUMBNAIL_QUALITY, THUMBNAIL_SIDE, shrunk
from editor.reading import NOW, State
from editor.swatches import preset_url
from editor.wire import to_wire, valid_part
from pipeline.photo.encode import encode_jpeg
from storage import backdrops, editors
from storage.backdrops import own_ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from editor.access import Visit
    from editor.context import EditorContext
    from editor.opened import OpenPhoto, OpenPhotos
    from editor.wire import Logits
    from pipeline.values import Pixels
    from storage.editors import EditorRow

OUTSIDE_SHARE: Final = 0.25
"""How bright a thumbnail is outside of what it offers."""


class Sessions:
    """Begins sessions."""

    def __init__(self, context: EditorContext, photos: OpenPhotos) -> None:
        self._context = context
        self._photos = photos

    async def begin(self, visit: Visit) -> dict[str, Any]:
        """Return it as JSON. Raises what opening a photo raises."""
        photo, seller = visit.photo, visit.seller
        opened = await self._photos.get(photo)
        mask = await self._photos.mask(photo, opened)
        offered = await self._photos.candidates(photo)
        async with self._context.services.database.read() as connection:
            kept = await editors.get(connection, photo.id)
        drawn = await asyncio.to_thread(_drawn, opened, offered)
        market = market_of(photo, seller)
        title = self._context.services.texts.title
        return {
            "width": opened.size[0],
            "height": opened.size[1],
            "language": seller.language,
            "market": market and title(seller.language, market.titles, market.name),
            "mask": await asyncio.to_thread(to_wire, mask, opened.size),
            "candidates": drawn,
            "parts": await self.parts(visit),
            "choices": await self._choices(visit),
            "now": {
                "backdrop": photo.wanted_backdrop,
                "format": format_of(photo, seller),
                "shadow": shadow_of(photo, seller),
                "margin": margin_of(photo, seller),
                "placement": photo.placement,
            },
            "state": standing(kept, photo.mask_file),
        }

    async def parts(self, visit: Visit) -> list[dict[str, Any]]:
        """Return the numbered parts that are known, with their masks."""
        opened = await self._photos.get(visit.photo)
        parts = await self._photos.parts(visit.photo)
        masks = await asyncio.to_thread(lambda: [to_wire(one, opened.size) for one in parts])
        return [{"number": number, "mask": mask} for number, mask in enumerate(masks, 1)]

    async def _choices(self, visit: Visit) -> dict[str, list[dict[str, Any]]]:
        services, language = self._context.services, visit.seller.language
        async with services.database.read() as connection:
            owns = await backdrops.of_seller(connection, visit.seller.id)
        listed: list[dict[str, Any]] = [
            {"name": ref, "title": title, "thumb": preset_url(ref)}
            for ref, title in services.names.presets(language)
        ]
        listed += [
            {"name": own_ref(own.id), "title": services.names.own(language, own), "thumb": None}
            for own in owns
            if own.file is not None
        ]
        found = {"backdrops": listed}
        for name, what in (
            ("formats", Preference.FORMAT),
            ("shadows", Preference.SHADOW),
            ("margins", Preference.MARGIN),
        ):
            options = services.preferences.options(what, language)
            found[name] = [{"name": one.code, "title": one.label} for one in options]
        return found


def standing(kept: EditorRow, mask: str | None) -> dict[str, Any] | None:
    """Return the state that the page had; its outline only where the photo's mask is the same."""
    if kept.state is None:
        return None
    state = State.model_validate(kept.state)
    if kept.mask != mask and state.starts_at == NOW:
        state = State(**dict(state) | {"base": None, "parts": (), "box": None, "clicks": ()})
    return state.model_dump(mode="json")


def _drawn(opened: OpenPhoto, offered: Sequence[Logits]) -> list[dict[str, Any]]:
    """Draw what was offered as the product: one dimmed picture each."""
    small = shrunk(opened.seen, THUMBNAIL_SIDE)
    return [
        {
            "id": str(number),
            "mask": to_wire(logits, opened.size),
            "thumb": data_url(_lit(small, logits, opened.size)),
        }
        for number, logits in enumerate(offered, 1)
    ]


def _lit(small: Pixels, logits: Logits, size: tuple[int, int]) -> Pixels:
    part = valid_part(logits, size) > 0
    rows = np.arange(small.shape[0]) * part.shape[0] // small.shape[0]
    columns = np.arange(small.shape[1]) * part.shape[1] // small.shape[1]
    inside = part[rows[:, None], columns[None]]
    return np.where(inside[:, :, None], small, (small * OUTSIDE_SHARE).astype(np.uint8))


def data_url(pixels: Pixels) -> str:
    """Write a picture, (h, w, 3) uint8 RGB, as a URL that holds it."""
    encoded = encode_jpeg(pixels, quality=THUMBNAIL_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(encoded).decode()}"
