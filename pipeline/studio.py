"""The pipeline from a file to a finished picture, as the bot and the batch command use it."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from pipeline import matting
from pipeline.backdrops import own_backdrop, painted_backdrop
from pipeline.cards.draw import draw_card, draw_thumbnails
from pipeline.cards.flat_logo import flat_logo
from pipeline.cards.templates import load_templates
from pipeline.cards.values import DEFAULT_BRAND, PORTRAIT, CardPicture
from pipeline.compose import DEFAULT_STYLE, Style, compose
from pipeline.drawings.numbered import sheet
from pipeline.errors import CardError, NothingFoundError
from pipeline.foreground import Choice, parts
from pipeline.inference import CHOOSE, INSIST, REFINE, SEGMENTS, encode, find
from pipeline.logo import trimmed_logo
from pipeline.market_file import MarketFile, market_file
from pipeline.model.embedding_cache import key_of
from pipeline.model.hosts import Work
from pipeline.photo.encode import (
    SourceType,
    encode_jpeg,
    encode_png,
    for_telegram,
    mark_generated,
)
from pipeline.sam.preprocess import fit
from pipeline.selection import WHOLE, Selection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from pipeline.backdrops import Backdrop, Backdrops, Preset
    from pipeline.cards.templates import Templates
    from pipeline.cards.values import Brand, CardContent, CardFormat
    from pipeline.compose import Composition
    from pipeline.foreground import Candidate, Clicks
    from pipeline.inference import Models
    from pipeline.markets.picture import Breach
    from pipeline.model.embedding_cache import Embeddings
    from pipeline.model.executor import Executor, Load
    from pipeline.photo.pool import Decoders
    from pipeline.sam import Embedding
    from pipeline.sam.mask_generator import Segment
    from pipeline.values import CutOut, Photo

T = TypeVar("T")
R = TypeVar("R")

DEADLINE_SECONDS = 90.0
"""How long a photo may wait for the model before it is given back as overload."""

CUT_OUT_BYTES, COMPOSE_BYTES, CARD_BYTES = 24, 12, 24
"""What the work takes for each pixel, of the photo and of the finished picture, measured."""


def _marked(encoded: bytes, backdrop: Backdrop) -> bytes:
    """Mark a composition with a background that a model has drawn, as IPTC asks for."""
    return mark_generated(encoded, SourceType.PART) if backdrop.is_generated else encoded


class Studio:
    """Decode, choose, cut out, render.

    `choose`, `refine` and `segments` use the model, through its executor; they raise
    OverloadedError and ModelError. A photo is encoded once: its embedding is kept for the next
    look.
    """

    def __init__(
        self,
        executor: Executor[Models],
        backdrops: Backdrops,
        embeddings: Embeddings,
        decoders: Decoders,
        *,
        batch: int = 1,
        templates: Templates | None = None,
    ) -> None:
        """Encode at most ``batch`` photos at a time; without ``templates``, draw the cards of ours.

        Whoever opened ``executor`` and ``decoders`` closes them. The decoders' budget of memory
        bounds all work on photos: a thread waits in it for its turn, and gets OverloadedError
        where that does not come.
        """
        self._executor = executor
        self._backdrops = backdrops
        self._embeddings = embeddings
        self._decoders = decoders
        self.templates = templates or load_templates()
        self._encode, self._find = Work(encode, most=batch), Work(find, most=batch)

    @property
    def load(self) -> Load:
        """How busy the model is."""
        return self._executor.load

    @property
    def busy_seconds(self) -> float:
        """Seconds for which every host of the model has been at its present work."""
        return self._executor.busy_seconds

    @property
    def presets(self) -> Sequence[Preset]:
        """The presets in the order of their buttons."""
        return list(self._backdrops.presets)

    def decode(self, data: bytes) -> Photo:
        """Decode a seller's file, in another process. Raises PhotoError, OverloadedError."""
        return self._decoders.decode(data)

    async def choose(self, photo: Photo, *, urgent: bool = False, insist: bool = False) -> Choice:
        """Find the product. Raises NothingFoundError, OverloadedError, ModelError.

        With ``insist`` also where the photo looks empty. A photo with transparency of its own is
        cut out already: its choice has no candidates.
        """
        if photo.alpha is not None:
            return Choice((), confidence=1.0)
        if insist:
            embedding = await self.embed(photo)
            fitted = await asyncio.to_thread(fit, photo.pixels)
            return await self._ask(INSIST, (fitted, embedding), urgent=urgent)
        key, kept = await asyncio.to_thread(self._kept, photo)
        fitted = await asyncio.to_thread(fit, photo.pixels)
        if kept is not None:
            return await self._ask(CHOOSE, (fitted, kept), urgent=urgent)
        embedding, choice = await self._ask(self._find, (fitted, photo.size), urgent=urgent)
        await asyncio.to_thread(self._embeddings.put, key, embedding)
        if isinstance(choice, NothingFoundError):
            raise choice
        return choice

    async def refine(self, embedding: Embedding, clicks: Clicks) -> Candidate:
        """Outline what the clicks mean in an embedded photo. The seller waits: it goes first."""
        return await self._ask(REFINE, (embedding, clicks), urgent=True)

    async def segments(self, photo: Photo) -> tuple[Segment, ...]:
        """Segment the photo in and around the foreground; highest predicted IoU first."""
        embedding = await self.embed(photo)
        return await self._ask(SEGMENTS, embedding, urgent=True)

    async def parts(self, photo: Photo, mask: Selection) -> list[NDArray[np.float32]]:
        """Return the parts worth offering by number, in reading order.

        Together they cover all of ``mask``, so that all of it can be taken out. Each is logits of
        (256, 256) float32 over SAM's padded square, above 0 inside.
        """
        seen = [one.logits for one in await self.segments(photo)]
        found = await asyncio.to_thread(parts.offered, seen, photo.size)
        if not mask.logits.size:
            return found
        return await asyncio.to_thread(parts.completed, found, mask.logits, photo.size)

    async def embed(self, photo: Photo) -> Embedding:
        """Take the photo's embedding from the cache, or encode it and keep what came out."""
        key, kept = await asyncio.to_thread(self._kept, photo)
        if kept is not None:
            return kept
        fitted = await asyncio.to_thread(fit, photo.pixels)
        small = await self._ask(self._encode, fitted, urgent=True)
        width, height = photo.size
        embedding = replace(small, width=width, height=height)
        await asyncio.to_thread(self._embeddings.put, key, embedding)
        return embedding

    def _kept(self, photo: Photo) -> tuple[str, Embedding | None]:
        """Return the photo's key and the embedding that is kept under it."""
        key = key_of(photo.pixels)
        return key, self._embeddings.get(key)

    async def _ask(self, work: Work[Models, T, R], item: T, *, urgent: bool = False) -> R:
        future = self._executor.submit(work, item, urgent=urgent, deadline=DEADLINE_SECONDS)
        return await asyncio.wrap_future(future)

    def forget(self, keys: Iterable[str]) -> None:
        """Drop the embeddings under ``keys``, of ``embedding_cache.key_of``, and outdated ones.

        Touches the disk.
        """
        for key in keys:
            self._embeddings.drop(key)
        self._embeddings.prune()

    def cut_out(self, photo: Photo, mask: Selection) -> CutOut:
        """Cut the product out. Raises NothingFoundError where nothing is left.

        A selection that is empty takes the photo's own transparency; where the photo has none that
        counts, as with some that an earlier version took for cut out, all of it is the product.
        """
        if not mask.logits.size:
            alpha = photo.alpha
            if alpha is None:
                alpha = np.ones(photo.pixels.shape[:2], np.float32)
            return matting.from_transparency(replace(photo, alpha=alpha))
        with self._decoders.budget.reserve(CUT_OUT_BYTES * math.prod(photo.size)):
            return matting.cut_out(
                photo, mask.logits, mask.confidence, flat_lay=mask.flat_lay, exact=mask.exact
            )

    def preset(self, name: str) -> Backdrop:
        """Return a preset. Raises BackdropError where there is none of that name."""
        return self._backdrops.load(name)

    def own_backdrop(self, data: bytes) -> Backdrop:
        """Decode a seller's own background. Raises PhotoError, OverloadedError."""
        return own_backdrop(self.decode(data))

    def painted_backdrop(self, data: bytes, *, above: bool) -> Backdrop:
        """Decode a scene that a model has drawn. Raises PhotoError, OverloadedError."""
        return painted_backdrop(self.decode(data), above=above)

    def scene_file(self, backdrop: Backdrop) -> bytes:
        """Return a drawn scene as the JPEG that is kept, marked as what it is."""
        return mark_generated(for_telegram(backdrop.pixels), SourceType.WHOLE)

    def compose(
        self, cut_out: CutOut, backdrop: Backdrop, style: Style = DEFAULT_STYLE
    ) -> Composition:
        """Return the finished picture, which knows the rules of its market that it breaks."""
        with self._memory_for(cut_out, style):
            return compose(cut_out, backdrop, style)

    def render(self, cut_out: CutOut, backdrop: Backdrop, style: Style = DEFAULT_STYLE) -> bytes:
        """Return the finished picture as a JPEG that Telegram takes as a photo."""
        with self._memory_for(cut_out, style):
            return _marked(for_telegram(compose(cut_out, backdrop, style).pixels), backdrop)

    def render_checked(
        self, cut_out: CutOut, backdrop: Backdrop, style: Style = DEFAULT_STYLE
    ) -> tuple[bytes, tuple[Breach, ...]]:
        """Return what `render` does, and the rules of the style's market that the picture breaks.

        What only the file for the market can break is not among them.
        """
        with self._memory_for(cut_out, style):
            composition = compose(cut_out, backdrop, style)
            return _marked(for_telegram(composition.pixels), backdrop), composition.broken

    def render_full(
        self, cut_out: CutOut, backdrop: Backdrop, style: Style = DEFAULT_STYLE
    ) -> bytes:
        """Return the finished picture as a JPEG of its full size."""
        with self._memory_for(cut_out, style):
            return _marked(encode_jpeg(compose(cut_out, backdrop, style).pixels), backdrop)

    def render_for_market(
        self, cut_out: CutOut, backdrop: Backdrop, style: Style, most: int
    ) -> MarketFile:
        """Return the file that the style's market takes, of less than ``most`` bytes.

        It is a JPEG where the market takes one, as all that are known do, else a PNG.
        """
        with self._memory_for(cut_out, style):
            composition = compose(cut_out, backdrop, style)
            return market_file(composition, most, generated=backdrop.is_generated)

    def card(
        self,
        template: str,
        cut_out: CutOut,
        content: CardContent,
        brand: Brand = DEFAULT_BRAND,
        form: CardFormat = PORTRAIT,
    ) -> CardPicture:
        """Return a card that Telegram takes as a photo.

        Raises CardError where there is no such template, or the content does not fill it.
        """
        chosen = self.templates.get(template)
        with self._decoders.budget.reserve(CARD_BYTES * math.prod(form.size)):
            card = draw_card(chosen, cut_out, content, brand, form)
            return CardPicture(for_telegram(card.pixels), card.claims)

    def card_thumbnails(
        self,
        names: Iterable[str],
        cut_out: CutOut,
        content: CardContent,
        brand: Brand = DEFAULT_BRAND,
    ) -> tuple[bytes, tuple[str, ...]]:
        """Return small cards of templates as one numbered JPEG, and the names of those on it.

        What fits nowhere is left out. Raises CardError where nothing is left.
        """
        with self._decoders.budget.reserve(CARD_BYTES * math.prod(PORTRAIT.size)):
            drawn = draw_thumbnails(self.templates, names, cut_out, content, brand)
            if not drawn:
                raise CardError("no card can be made of what is known")
            return encode_jpeg(sheet(list(drawn.values()), under=True)), tuple(drawn)

    def render_png(self, cut_out: CutOut) -> bytes:
        """Return the cut-out as a transparent PNG of its full size."""
        return encode_png(cut_out)

    def logo(self, data: bytes) -> CutOut:
        """Decode a picture whose own transparency is its outline. Raises PhotoError."""
        return self.cut_out(self.decode(data), WHOLE)

    async def cut_logo(self, photo: Photo, *, insist: bool = False) -> CutOut:
        """Cut a logo out: of a ground of one colour whole, else what the model finds.

        Raises NothingFoundError, OverloadedError, ModelError. ``insist`` is that of `choose`.
        """
        flat = await asyncio.to_thread(flat_logo, photo)
        if flat is not None:
            return flat
        choice = await self.choose(photo, urgent=True, insist=insist)
        return await asyncio.to_thread(self.cut_out, photo, Selection.of(choice))

    def render_logo(self, cut_out: CutOut) -> bytes:
        """Return a logo as a transparent PNG, without what is empty around it.

        Raises NothingFoundError where nothing of it can be seen.
        """
        return encode_png(trimmed_logo(cut_out))

    def embedding_key(self, data: bytes) -> str:
        """Return the key by which a file's embedding is kept. Raises PhotoError."""
        return key_of(self.decode(data).pixels)

    def _memory_for(self, cut_out: CutOut, style: Style) -> AbstractContextManager[None]:
        """Reserve what drawing the finished picture takes."""
        pixels = math.prod(style.frame.size_for(cut_out.size))
        if style.arrangement is not None:  # what is turned is drawn twice
            pixels *= 2
        return self._decoders.budget.reserve(COMPOSE_BYTES * pixels)
