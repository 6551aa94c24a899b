"""A market's rules for the main picture, and the check that says which of them a result breaks."""

from __future__ import annotations

import io
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from pydantic import TypeAdapter

from pipeline.masks import extent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.masks import BinaryMask
    from pipeline.values import Pixels

_PAIRS = {"size", "ratio", "least", "narrowest", "widest"}
_COUNTS = {"longest", "longest_least", "megapixels", "quality", "bytes", "count"}
_MARGIN_BELOW = 0.45
_SIDE_AT_MOST = 5000
"""Pixels of a side of what we make."""
WHITE = 255
GREY = 10
"""A colour whose channels differ by no more than this, of 255, counts as no colour."""
TINTED = 0.01
"""A background of which less than this share has a colour is not coloured."""
STANDARD_SUM = 3697
"""Sum of the luminance quantisation table of ITU-T T.81, annex K: quality 50 of libjpeg."""


@dataclass(frozen=True, slots=True)
class PictureRules:
    """What a market asks of the main picture; None or the default where it asks nothing.

    ``size`` is the width and height that we make, None for the photo's own; ``margin`` the share
    of each side that we leave free. The rest is checked: ``ratio`` of width to height, or the
    ``narrowest`` and the ``widest``; ``least`` width and height; the ``longest`` side and the
    least that it may have, ``longest_least``; ``megapixels`` at most; ``fill``, the least share of
    the frame's width or height, whichever is more, that the product's box takes; ``white``,
    whether all around the product must be 255, a shadow included; ``coloured``, whether a coloured
    background is allowed; ``quality``, the least JPEG quality on libjpeg's scale; ``bytes``, the
    largest file; ``formats``, those of the file, as Pillow calls them in lower case.

    ``overlay`` tells whether the picture may bear text, ``count`` how many pictures a listing may
    have. ``unverified`` names the fields that were not read on the market's own page: they are
    only advised, as are all those of ``advice``.
    """

    size: tuple[int, int] | None = None
    margin: float | None = None
    ratio: tuple[int, int] | None = None
    least: tuple[int, int] | None = None
    narrowest: tuple[int, int] | None = None
    widest: tuple[int, int] | None = None
    longest: int | None = None
    longest_least: int | None = None
    megapixels: int | None = None
    fill: float | None = None
    white: bool = False
    coloured: bool = True
    quality: int | None = None
    bytes: int | None = None
    formats: tuple[str, ...] = ()
    overlay: bool = True
    count: int | None = None
    unverified: tuple[str, ...] = ()
    advice: PictureRules | None = None


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that a result breaks: the field of PictureRules, what was found, what is asked.

    ``found`` and ``wanted`` need no translation. ``advised`` tells that the market takes the
    picture all the same, for all that is known.
    """

    rule: str
    found: str
    wanted: str
    advised: bool = False

    @property
    def text_key(self) -> str:
        """The seller's sentence in the catalogue; ``found`` and ``wanted`` fill it."""
        return f"rule-{self.rule.replace('_', '-')}"


def picture_rules(told: dict[str, Any]) -> PictureRules:
    """Check a ``[picture]`` table. Raises KeyError, TypeError or ValueError where it is wrong."""
    unknown = set(told) - {field.name for field in fields(PictureRules)}
    if unknown:
        raise KeyError(*sorted(unknown))
    values = dict(told)
    for key in told.keys() & _PAIRS:
        values[key] = pair(told[key])
    for key in told.keys() & {"formats", "unverified"}:
        values[key] = tuple(told[key])
    if "advice" in told:
        values["advice"] = picture_rules(told["advice"])
    for key in told.keys() & {"formats", "unverified"}:
        if not isinstance(told[key], list):
            raise TypeError(f"{key} is {told[key]!r}, expected a list")
    rules: PictureRules = TypeAdapter(PictureRules).validate_python(values)
    _bounded(rules)
    if odd := set(rules.unverified) - {field.name for field in fields(PictureRules)}:
        raise KeyError(*sorted(odd))
    return rules


def _bounded(rules: PictureRules) -> None:
    """Raise ValueError for figures that make no picture."""
    for key in _COUNTS:
        if (value := getattr(rules, key)) is not None and value <= 0:
            raise ValueError(f"{key} is {value}, expected more than 0")
    if rules.margin is not None and not 0 <= rules.margin < _MARGIN_BELOW:
        raise ValueError(f"margin {rules.margin} leaves no room")
    if rules.size is not None and max(rules.size) > _SIDE_AT_MOST:
        raise ValueError(f"size {rules.size} is more than {_SIDE_AT_MOST} pixels a side")
    if rules.fill is not None and not 0 < rules.fill <= 1 - 2 * (rules.margin or 0):
        raise ValueError(f"fill {rules.fill} cannot be had with margin {rules.margin}")


def pair(told: list[int]) -> tuple[int, int]:
    """Read a width and a height."""
    width, height = told
    if not (width > 0 and height > 0):
        raise ValueError(f"{told} is no width and height")
    return width, height


def check(rules: PictureRules, picture: Pixels, product: BinaryMask) -> tuple[Breach, ...]:
    """Tell which rules a composed picture breaks, whatever its file will be.

    ``picture`` is (h, w, 3) uint8 RGB, ``product`` (h, w) uint8, 255 where the product is seen.
    """

    def broken(rules: PictureRules) -> Iterator[Breach]:
        yield from _size(rules, picture.shape[1], picture.shape[0])
        yield from _content(rules, picture, product)

    return _levelled(rules, broken)


def check_file(rules: PictureRules, encoded: bytes) -> tuple[Breach, ...]:
    """Tell which rules a JPEG or PNG breaks that only its file can: quality, bytes, format."""
    with Image.open(io.BytesIO(encoded), formats=["JPEG", "PNG"]) as image:
        form = (image.format or "").lower()
        tables = image.quantization if isinstance(image, JpegImageFile) else None

    def broken(rules: PictureRules) -> Iterator[Breach]:
        quality = 100 if tables is None else jpeg_quality(sum(tables[0]))
        if rules.quality is not None and quality < rules.quality:
            yield Breach("quality", str(quality), str(rules.quality))
        if rules.bytes is not None and len(encoded) > rules.bytes:
            found, wanted = (f"{count / 1e6:.1f} MB" for count in (len(encoded), rules.bytes))
            yield Breach("bytes", found, wanted)
        if rules.formats and form not in rules.formats:
            yield Breach("formats", form, ", ".join(rules.formats))

    return _levelled(rules, broken)


def check_count(rules: PictureRules, pictures: int) -> tuple[Breach, ...]:
    """Tell whether a listing has more pictures than it may."""

    def broken(rules: PictureRules) -> Iterator[Breach]:
        if rules.count is not None and pictures > rules.count:
            yield Breach("count", str(pictures), str(rules.count))

    return _levelled(rules, broken)


def _levelled(
    rules: PictureRules, broken: Callable[[PictureRules], Iterator[Breach]]
) -> tuple[Breach, ...]:
    """Check the rules and then the advice, which is not repeated where the rule is broken too."""
    found = [replace(one, advised=one.rule in rules.unverified) for one in broken(rules)]
    said = {one.rule for one in found}
    advised = () if rules.advice is None else broken(rules.advice)
    found += [replace(one, advised=True) for one in advised if one.rule not in said]
    return tuple(found)


def jpeg_quality(total: int) -> int:
    """Estimate libjpeg's quality, 1..100, from the sum of the luminance quantisation table."""
    scale = 100 * total / STANDARD_SUM
    return round((200 - scale) / 2 if scale <= 100 else 5000 / scale)  # noqa: PLR2004 - libjpeg's own formula, turned round


def _size(rules: PictureRules, width: int, height: int) -> Iterator[Breach]:
    found = f"{width}×{height}"
    if rules.ratio is not None:
        across, down = rules.ratio
        if abs(width * down - height * across) > max(across, down):
            yield Breach("ratio", found, f"{across}:{down}")
    for rule, bound, sign in (("narrowest", rules.narrowest, 1), ("widest", rules.widest, -1)):
        if bound is not None:
            across, down = bound
            if sign * (across * height - width * down) > max(across, down):
                yield Breach(rule, found, f"{across}:{down}")
    if rules.longest_least is not None and max(width, height) < rules.longest_least:
        yield Breach("longest_least", found, str(rules.longest_least))
    if rules.megapixels is not None and width * height > rules.megapixels * 1_000_000:
        yield Breach("megapixels", f"{width * height / 1e6:.0f}", str(rules.megapixels))
    if rules.least is not None and (width < rules.least[0] or height < rules.least[1]):
        yield Breach("least", found, f"{rules.least[0]}×{rules.least[1]}")
    if rules.longest is not None and max(width, height) > rules.longest:
        yield Breach("longest", found, str(rules.longest))


def _content(rules: PictureRules, picture: Pixels, product: BinaryMask) -> Iterator[Breach]:
    if rules.fill is not None:
        left, top, right, bottom = extent(product)
        share = max((right - left) / product.shape[1], (bottom - top) / product.shape[0])
        if share < rules.fill:
            yield Breach("fill", f"{share:.0%}", f"{rules.fill:.0%}")
    around = cv2.bitwise_not(product)
    many = max(1, cv2.countNonZero(around))
    if rules.white:
        pure = cv2.inRange(picture, (WHITE,) * 3, (WHITE,) * 3)
        other = cv2.countNonZero(cv2.bitwise_and(around, cv2.bitwise_not(pure)))
        if other:
            yield Breach("white", f"{max(other / many, 0.001):.1%}", "0%")
    if not rules.coloured:
        spread = np.ptp(picture, axis=2)
        tinted = cv2.countNonZero(cv2.bitwise_and(around, cv2.inRange(spread, GREY + 1, WHITE)))
        if tinted > TINTED * many:
            yield Breach("coloured", f"{tinted / many:.0%}", f"{TINTED:.0%}")
