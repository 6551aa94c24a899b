"""What the page shows last: the finished picture as it will be sent, what is kept, what is done."""

from __future__ import annotations

import asyncio
import html
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from bot import jobs
from bot.keyboards.callbacks import Preference
from bot.markets.rules import picture_sentences
from bot.render_options import picture_market, style_of
from bot.steps.render import backdrop_of
from editor.access import is_editable
from editor.reading import NOW, PAINTED, State
from editor.touch import outline
from pipeline.errors import BackdropError, EditorRequestError
from pipeline.masks import extent
from pipeline.photo.encode import encode_jpeg, for_telegram
from pipeline.selection import Selection
from storage import backdrops, editors, photos
from storage.backdrops import preset_ref

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from editor.access import Visit
    from editor.context import EditorContext
    from editor.opened import OpenPhotos
    from editor.reading import Done
    from editor.wire import Logits
    from pipeline.compose import Composition
    from storage.photos import Changes, PhotoRecord

UNTIL_CHOSEN: Final = preset_ref("white")
"""What the preview shows where no background is chosen yet."""
PREVIEW_QUALITY: Final = 85
MAX_HEADER: Final = 3000
"""Bytes of the broken rules: proxies hold headers of 4 kB."""
LOOK: Final = {
    "format": Preference.FORMAT,
    "shadow": Preference.SHADOW,
    "margin": Preference.MARGIN,
}


@dataclass(frozen=True, slots=True)
class Preview:
    """A JPEG, the finished picture's ``size``, the product's ``box`` in shares of it, XYXY.

    ``broken`` are the sentences about rules that it breaks.
    """

    picture: bytes
    size: tuple[int, int]
    box: tuple[float, float, float, float]
    broken: tuple[str, ...]

    @property
    def headers(self) -> dict[str, str]:
        """Return what the page reads beside the picture, in ASCII."""
        broken = list(self.broken)
        while len(told := json.dumps(broken)) > MAX_HEADER:
            broken.pop()
        return {
            "X-Breaches": told,
            "X-Size": ",".join(map(str, self.size)),
            "X-Product": ",".join(f"{side:.4f}" for side in self.box),
        }


class Results:
    """Draws what a state shows, keeps states, and has them done."""

    def __init__(self, context: EditorContext, opened: OpenPhotos) -> None:
        self._context = context
        self._opened = opened

    async def preview(self, visit: Visit, state: State, width: int | None) -> Preview:
        """Draw the finished picture, by the compositor of what is sent.

        Without ``width`` the file is the very one that is sent; with it, the picture is shrunk to
        so many pixels. Raises EditorRequestError, BackdropError, NothingFoundError and
        OverloadedError.
        """
        worker, seller = self._context.worker, visit.seller
        await self._check(visit, state)
        wished = replace(visit.photo, **changes_of(state))
        mask = await self._chosen(visit, state)
        cut = await worker.cut_outs.of(wished, mask)
        backdrop = await backdrop_of(worker, wished, wished.wanted_backdrop or UNTIL_CHOSEN)
        style, market = style_of(wished, seller), picture_market(wished, seller)

        def draw() -> tuple[bytes, Composition]:
            composition = worker.studio.compose(cut, backdrop, style)
            return encoded(composition, width), composition

        picture, composition = await asyncio.to_thread(draw)
        broken: tuple[str, ...] = ()
        if market is not None:
            found = await asyncio.to_thread(lambda: composition.broken)
            texts = self._context.services.texts
            said = picture_sentences(texts, seller.language, market, found)
            broken = tuple(html.unescape(one.text) for one in said)
        rows, columns = composition.mask.shape
        left, top, right, bottom = extent(composition.mask)
        box = left / columns, top / rows, right / columns, bottom / rows
        return Preview(picture, (columns, rows), box, broken)

    async def keep(self, visit: Visit, state: State) -> None:
        """Keep a state, to come back when the page is opened again."""
        async with self._context.services.database.write() as connection:
            told = state.model_dump(mode="json")
            await editors.put_state(connection, visit.photo.id, told, visit.photo.mask_file)

    async def finish(self, visit: Visit, state: Done) -> None:
        """Have the picture in the chat replaced, or a copy sent: a job, before this returns.

        Raises what `preview` raises.
        """
        services, worker = self._context.services, self._context.worker
        photo = visit.photo
        async with services.database.read() as connection:
            if await _is_sent(connection, photo, state):
                return
        await self._check(visit, state)
        mask = await self._chosen(visit, state)
        # Nothing is promised that cannot be done: where nothing is left, the page is told now.
        await worker.cut_outs.of(photo, mask)
        key = await worker.files.put(await asyncio.to_thread(mask.to_bytes))
        job = jobs.apply_edit(photo, mask=key, look=changes_of(state), copy=state.copied)
        async with services.database.write() as connection:
            now = await photos.get(connection, photo.id)
            if now is None or not is_editable(now):
                raise EditorRequestError(f"photo {photo.id} is over")
            if await _is_sent(connection, photo, state):  # by a request that came at once
                return
            if state.name is not None:
                await editors.put_sent(connection, photo.id, state.name)
            await services.jobs.submit(connection, job)
            if state.copied:
                told = State(**dict(state)).model_dump(mode="json")
                await editors.put_state(connection, photo.id, told, photo.mask_file)
            else:
                await editors.forget_state(connection, photo.id)

    async def _chosen(self, visit: Visit, state: State) -> Selection:
        """Return the outline of a state; what the seller pointed at is sure."""
        photo = visit.photo
        now = await self._opened.selection(photo)
        async with self._context.services.database.read() as connection:
            kept = await editors.get(connection, photo.id)
        if state.starts_at == NOW and not (state.parts or state.box or state.clicks):
            return now
        logits: Logits = await outline(
            self._context.worker, self._opened, photo, state, kept.painted_file
        )
        exact = now.exact if state.starts_at == NOW else None
        if state.starts_at == PAINTED and kept.painted_file is not None:
            data = await self._context.worker.files.get(kept.painted_file)
            exact = (await asyncio.to_thread(Selection.from_bytes, data)).exact
        elif now.logits.size and np.array_equal(now.logits, logits):
            return now
        return replace(now, logits=logits, confidence=1.0, exact=exact)

    async def _check(self, visit: Visit, state: State) -> None:
        """Raise EditorRequestError or BackdropError for what is not offered."""
        services, seller = self._context.services, visit.seller
        async with services.database.read() as connection:
            owns = await backdrops.of_seller(connection, seller.id)
        if state.backdrop is not None and not services.names.offers(state.backdrop, owns):
            raise BackdropError(f"seller {seller.id} has no backdrop {state.backdrop}")
        for name, what in LOOK.items():
            asked = getattr(state, name)
            options = services.preferences.options(what, seller.language)
            if asked is not None and asked not in {option.code for option in options}:
                raise EditorRequestError(f"no {name} {asked!r}")


async def _is_sent(connection: AsyncConnection, photo: PhotoRecord, state: Done) -> bool:
    """Tell whether the very thing was asked for before: its answer got lost."""
    return state.name is not None and state.name == (await editors.get(connection, photo.id)).sent


def changes_of(state: State) -> Changes:
    """Return what a state changes of its photo's row, beside the mask."""
    changes: Changes = {}
    if state.backdrop is not None:
        changes["wanted_backdrop"] = state.backdrop
    if state.format is not None:
        changes["format"] = state.format
    if state.shadow is not None:
        changes["shadow"] = state.shadow
    if state.margin is not None:
        changes["margin"] = state.margin
    if "placement" in state.model_fields_set:
        changes["placement"] = {} if state.placement is None else state.placement.kept
    return changes


def encoded(composition: Composition, width: int | None) -> bytes:
    """Encode a finished picture as it is sent, or shrunk to ``width`` pixels."""
    pixels = composition.pixels
    rows, columns = pixels.shape[:2]
    if width is None or width >= columns:
        return for_telegram(pixels)
    size = width, max(1, round(rows * width / columns))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return encode_jpeg(np.asarray(small, np.uint8), quality=PREVIEW_QUALITY)
