"""The sellers' own background pictures, and the references that name any backdrop."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.rows import one, value
from storage.tables import backdrops

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.photos import Arrival
    from storage.scenes import Scene

MAX_OWN_BACKDROPS = 20
"""Own backgrounds that a seller can keep."""
MAX_OWN_BYTES = 100 * 1024 * 1024
"""... and what their files may take."""
MAX_TITLE = 16
"""Characters of a title, so that it fits a button with a mark."""

LEAST_LAST = 4
"""Letters of a word that a shortened title may end in."""

PRESET = "preset:"
OWN = "own:"
COLOUR = "colour:"
BLURRED = "blurred"
"""The photo's own background, out of focus."""
PALETTE = "colours"
"""The page of a photo's backgrounds that shows what its product's colours suggest."""
_HEX = frozenset("0123456789abcdef")
_DIGITS = 6


def preset_ref(name: str) -> str:
    """Name a preset as it is kept in preferences and wishes."""
    return PRESET + name


def own_ref(backdrop_id: int) -> str:
    """Name an own background as it is kept in preferences and wishes."""
    return f"{OWN}{backdrop_id}"


def shortened(words: str, most: int) -> str:
    """Return as many whole words as ``most`` characters hold; of a longer first word a part."""
    line = " ".join(words[: 4 * most].split())
    if len(line) <= most:
        return line
    whole = line[:most].rpartition(" ")[0] if line[most].isalnum() else line[:most].rstrip()
    return whole.rstrip(",;:–—-") or line[:most]


def colour_ref(digits: str) -> str:
    """Name a plain colour, of six hexadecimal digits in lower case."""
    return COLOUR + digits


def colour_of(ref: str) -> str | None:
    """Return the six digits of a plain colour's reference; None where it is none."""
    digits = ref.removeprefix(COLOUR)
    is_one = ref.startswith(COLOUR) and len(digits) == _DIGITS and _HEX.issuperset(digits)
    return digits if is_one else None


def gradient_ref(top: str, bottom: str) -> str:
    """Name a gradient between two colours, as `colour_ref` has them."""
    return f"{COLOUR}{top}-{bottom}"


def gradient_of(ref: str) -> tuple[str, str] | None:
    """Return the colours of a gradient's reference, the upper one first; None where it is none."""
    top, _, bottom = ref.removeprefix(COLOUR).partition("-")
    if colour_of(ref.partition("-")[0]) is None or colour_of(COLOUR + bottom) is None:
        return None
    return top, bottom


@dataclass(frozen=True, slots=True)
class Purpose:
    """What an own background is sent for: a photo, or as the seller's default, or for later.

    Rows and buttons hold it as one number, ``code``.
    """

    photo_id: int | None = None
    as_default: bool = False

    @classmethod
    def of(cls, code: int) -> Purpose:
        """Read a photo's id, 0 for the default, or a negative number for later."""
        return cls(code if code > 0 else None, as_default=code == 0)

    @property
    def code(self) -> int:
        """The number that ``of`` reads."""
        return self.photo_id or (0 if self.as_default else -1)


@dataclass(frozen=True, slots=True)
class OwnBackdrop:
    """A seller's own background; ``file``, of ``size`` bytes, is None until it was found usable.

    ``painted`` is from where a scene is seen that a model has drawn; None of a seller's picture.
    """

    id: int
    seller_id: int
    chat_id: int
    thread_id: int | None
    message_id: int
    file_id: str
    file: str | None
    for_photo_id: int
    title: str | None
    size: int
    painted: str | None = None

    @property
    def purpose(self) -> Purpose:
        """What it was sent for."""
        return Purpose.of(self.for_photo_id)


async def accept(connection: AsyncConnection, arrival: Arrival, purpose: Purpose) -> int:
    """Write an arrived background down and return its id; the words with it are its title."""
    result = await connection.execute(
        sa.insert(backdrops)
        .values(
            seller_id=arrival.seller_id,
            chat_id=arrival.chat_id,
            thread_id=arrival.thread_id,
            message_id=arrival.message_id,
            file_id=arrival.file_id,
            for_photo_id=purpose.code,
            title=shortened(arrival.facts, MAX_TITLE) or None,
            created_at=time.time(),
        )
        .returning(backdrops.c.id)
    )
    return int(result.scalar_one())


async def add_painted(
    connection: AsyncConnection, scene: Scene, number: int, *, message_id: int
) -> int:
    """Keep a variant of a drawn scene, counted from 1, as its seller's own; return its id."""
    result = await connection.execute(
        sa.insert(backdrops)
        .values(
            seller_id=scene.seller_id,
            chat_id=scene.chat_id,
            thread_id=scene.thread_id,
            message_id=message_id,
            file_id="",  # it never was in a chat
            for_photo_id=Purpose().code,
            title=_title(scene.words),
            file=scene.files[number - 1],
            size=scene.sizes[number - 1],
            painted=scene.view,
            created_at=time.time(),
        )
        .returning(backdrops.c.id)
    )
    return int(result.scalar_one())


def _title(words: str) -> str | None:
    """Shorten what describes a place, to a noun rather than to «море на»."""
    kept = shortened(words, MAX_TITLE).split(" ")
    while len(kept) > 1 and len(kept[-1]) < LEAST_LAST and words.strip() != " ".join(kept):
        kept.pop()
    return " ".join(kept) or None


async def keep(connection: AsyncConnection, backdrop_id: int, file: str, size: int) -> None:
    """Write down where the fetched picture is, and its bytes."""
    await connection.execute(
        sa.update(backdrops).where(backdrops.c.id == backdrop_id).values(file=file, size=size)
    )


async def count(connection: AsyncConnection, seller_id: int) -> int:
    """Count a seller's backgrounds, those too that are still being fetched."""
    mine = backdrops.c.seller_id == seller_id
    return await connection.scalar(sa.select(sa.func.count()).where(mine)) or 0


async def bytes_of(connection: AsyncConnection, seller_id: int) -> int:
    """Return how many bytes a seller's backgrounds take."""
    total = sa.select(sa.func.sum(backdrops.c.size)).where(backdrops.c.seller_id == seller_id)
    return await connection.scalar(total) or 0


async def get(connection: AsyncConnection, backdrop_id: int) -> OwnBackdrop | None:
    """Return an own background by its id."""
    return await one(
        connection, sa.select(backdrops).where(backdrops.c.id == backdrop_id), OwnBackdrop
    )


async def of_seller(connection: AsyncConnection, seller_id: int) -> list[OwnBackdrop]:
    """Return the seller's usable own backgrounds, newest first."""
    rows = await connection.execute(
        sa.select(backdrops)
        .where(backdrops.c.seller_id == seller_id, backdrops.c.file.is_not(None))
        .order_by(backdrops.c.id.desc())
    )
    return [value(row, OwnBackdrop) for row in rows.mappings()]


async def rename(connection: AsyncConnection, backdrop_id: int, title: str) -> None:
    """Give a background another title, cut after a word to what a button holds."""
    await connection.execute(
        sa.update(backdrops)
        .where(backdrops.c.id == backdrop_id)
        .values(title=shortened(title, MAX_TITLE) or None)
    )


async def delete(connection: AsyncConnection, backdrop_id: int) -> None:
    """Forget a background."""
    await connection.execute(sa.delete(backdrops).where(backdrops.c.id == backdrop_id))
