"""A finished picture as the file that its market takes, and which of the rules it breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.markets.picture import check_file
from pipeline.photo.encode import (
    MARK_BYTES,
    SourceType,
    encode_png,
    jpeg_within,
    mark_generated,
)

if TYPE_CHECKING:
    from pipeline.compose import Composition
    from pipeline.markets.picture import Breach


@dataclass(frozen=True, slots=True)
class MarketFile:
    """An encoded picture of ``size``, width and height; ``suffix`` is that of its name."""

    data: bytes
    suffix: str
    size: tuple[int, int]
    broken: tuple[Breach, ...] = ()


def market_file(composition: Composition, most: int, *, generated: bool = False) -> MarketFile:
    """Encode a picture of less than ``most`` bytes, and of what its market takes.

    Where its background is ``generated`` it is marked so.

    It is a JPEG where the market takes one, else a PNG, which is as large as it is.
    """
    rules = composition.style.rules
    height, width = composition.pixels.shape[:2]
    jpeg = rules is None or not rules.formats or "jpeg" in rules.formats
    if jpeg:
        bound = most if rules is None or rules.bytes is None else min(most, rules.bytes)
        bound -= MARK_BYTES * generated
        data = jpeg_within(composition.pixels, bound)
    else:
        data = encode_png(composition.pixels)
    if generated:
        data = mark_generated(data, SourceType.PART)
    broken = () if rules is None else (*composition.broken, *check_file(rules, data))
    return MarketFile(data, "jpg" if jpeg else "png", (width, height), broken)
