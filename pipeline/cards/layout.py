"""Where everything of one card goes: an arrangement of the template, tried on this very product."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from pipeline.cards import fonts
from pipeline.cards.care import sign_of
from pipeline.cards.placing import FreeSpace, place_product, point_on
from pipeline.cards.wording import shorter, typeset
from pipeline.cards.words import words_for
from pipeline.compose.framing import SOLID_ALPHA
from pipeline.masks import between, extent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.cards.colours import Palette
    from pipeline.cards.placing import Placed
    from pipeline.cards.templates import Arrangement, Callouts, Share, Template
    from pipeline.cards.values import Brand, CardContent, CardFormat
    from pipeline.values import Box, CutOut

UNIT: Final = 900
"""Templates are drawn in units of which a portrait is this many wide."""
WIDEST: Final = 0.88
"""The ratio of width to height up to which text grows with the width."""
LABEL_GAP: Final = 0.03
"""The share of the width between two labels."""
LABEL_LEAST: Final = 0.2
"""The share of the width that a label beside the product has at least."""
TIGHT: Final = {"Onest": -0.02, "Manrope": -0.02, "Golos Text": -0.015, "Unbounded": -0.03}
"""Large letters of these families stand closer, in ems."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """One way to lay a card out: the product placed, and all that Typst is told.

    ``placed`` is in pixels of the picture, ``data`` in those of the card's full size; ``worth`` is
    how large the product is, by the arrangement's weight.
    """

    placed: Placed
    data: dict[str, Any]
    worth: float


def layouts(
    template: Template,
    cut_out: CutOut,
    content: CardContent,
    brand: Brand,
    palette: Palette,
    form: CardFormat,
    scale: float,
) -> Iterator[Layout]:
    """Give the ways in which the product leaves each slot its room, the worthiest first."""
    size = round(form.width * scale), round(form.height * scale)
    said = _said(content, brand)
    left, top, right, bottom = extent(between(cut_out.alpha, SOLID_ALPHA, 1))
    seen = right - left, bottom - top

    def largest(arrangement: Arrangement) -> float:
        """Foretell the worth of an arrangement: that of the product as large as its box lets it."""
        x0, y0, x1, y1 = _pixels(arrangement.product, size)
        across, down = (x1 - x0) / max(1, seen[0]), (y1 - y0) / max(1, seen[1])
        return min(across, down) * arrangement.weight

    fitting = (one for one in template.arrangements if form.shape in one.shapes)
    for arrangement in sorted(fitting, key=largest, reverse=True):
        box = _pixels(arrangement.product, size)
        placed = place_product(cut_out, size, box, arrangement.align)
        logo = arrangement.logo if brand.logo is not None else None
        slots = _slots(arrangement, FreeSpace(placed), size, logo)
        if slots is None:
            continue
        geometry = _geometry(arrangement, placed, slots, content, scale)
        if geometry is None:
            continue
        data = {
            "width": form.width,
            "height": form.height,
            "unit": min(form.width, form.height * WIDEST) / UNIT,
            "shape": form.shape,
            "corner": 0 if brand.corners == "square" else 1,
            "palette": {name: getattr(palette, name) for name in palette.__slots__},
            "price_tag": brand.price_tag,
            **said,
            **geometry,
        }
        left, top, right, bottom = placed.extent
        area = (right - left) * (bottom - top) / (size[0] * size[1])
        yield Layout(placed, data, area**0.5 * arrangement.weight)


def _slots(
    arrangement: Arrangement, free: FreeSpace, size: tuple[int, int], logo: Share | None
) -> dict[str, Box] | None:
    """Find the room of each slot; None where one has none."""
    if logo is not None and not free.is_free(_pixels(logo, size)):
        logo = None  # the product is there, and is never covered
    found: dict[str, Box] = {} if logo is None else {"logo": _pixels(logo, size)}
    for name, slot in arrangement.slots.items():
        least = slot.least[0] * size[0], slot.least[1] * size[1]
        most = slot.most[0] * size[0], slot.most[1] * size[1]
        within = slot.within
        if logo is not None and name == "title":
            within = within[0], within[1], min(within[2], logo[0] - 0.02), within[3]
        box = free.rectangle(_pixels(within, size), least, most)
        if box is None:
            return None
        found[name] = box
    return found


def _geometry(
    arrangement: Arrangement,
    placed: Placed,
    slots: dict[str, Box],
    content: CardContent,
    scale: float,
) -> dict[str, Any] | None:
    left, top, right, bottom = placed.extent
    height, width = placed.mask.shape
    callouts: list[dict[str, Any]] = []
    if arrangement.callouts is not None:
        labels = _labels(arrangement.callouts, placed, len(content.claims))
        if not labels:
            return None
        for label, claim in zip(labels, content.claims, strict=False):
            point = point_on(placed.mask, label.side, label.at)
            callouts.append(
                {
                    "side": label.side,
                    "box": _scaled(label.box, scale),
                    "point": [point[0] / scale, point[1] / scale],
                    "text": typeset(claim.text, content.language),
                }
            )
    return {
        "arrangement": arrangement.name,
        "slots": {name: _scaled(box, scale) for name, box in slots.items()},
        "fixed": {
            name: _scaled(_pixels(box, (width, height)), scale)
            for name, box in arrangement.fixed.items()
        },
        "box": _scaled(placed.box, scale),
        "product": _scaled((left, top, right, bottom), scale),
        "windowed": placed.windowed,
        "callouts": callouts,
    }


@dataclass(frozen=True, slots=True)
class _Label:
    """Where a claim with a line stands: ``at`` is the row or column of the product it points to."""

    side: str
    box: Box
    at: float


def _labels(callouts: Callouts, placed: Placed, count: int) -> list[_Label]:
    """Share the claims out among the sides, each label in a box of its own; none without room."""
    height, width = placed.mask.shape
    left, top, right, bottom = placed.extent
    sides = [side for side in ("left", "right", "above", "below") if getattr(callouts, side)]
    count = min(count, callouts.most * len(sides))
    shares = [len(range(index, count, len(sides))) for index in range(len(sides))]
    gap = round(LABEL_GAP * width / 2)
    found: dict[str, list[_Label]] = {}
    for side, many in zip(sides, shares, strict=True):
        first, last = getattr(callouts, side)
        found[side] = []
        for index in range(many):
            middle = (index + 0.5) / many
            if side in {"left", "right"}:
                high = (bottom - top) / many
                y = top + index * high
                # Beside the product, however wide that is.
                near = min(last * width, left - 2 * gap) if side == "left" else last * width
                far = max(first * width, right + 2 * gap) if side == "right" else first * width
                if near - far < LABEL_LEAST * width:
                    return []
                box = far, y + gap, near, y + high - gap
                at = top + middle * (bottom - top)
            else:
                low, end = callouts.across[0] * width, callouts.across[1] * width
                wide = (end - low) / many
                x = low + index * wide
                # The outermost keep to the frame's margins, as titles do.
                inner, outer = x + gap * (index > 0), x + wide - gap * (index < many - 1)
                box = inner, first * height, outer, last * height
                at = left + middle * (right - left)
            x0, y0, x1, y1 = (round(edge) for edge in box)
            found[side].append(_Label(side, (x0, y0, x1, y1), at))
    # The first claims stand highest: left, right, left, right.
    return [
        found[side][index]
        for index in range(max(shares, default=0))
        for side in sides
        if index < len(found[side])
    ]


def _said(content: CardContent, brand: Brand) -> dict[str, Any]:
    """Set all words in the content's language, and choose the fonts that have their letters."""
    language = content.language

    def line(text: str) -> str:
        return typeset(text, language)

    told: dict[str, Any] = {
        "language": language,
        "titles": list(shorter(line(content.title))),
        "claims": [line(claim.text) for claim in content.claims],
        "sizes": [[line(label), line(value)] for label, value in content.sizes],
        "price": None if content.price is None else line(content.price),
        "old_price": None if content.old_price is None else line(content.old_price),
        "care": [{"text": line(one), **asdict(sign_of(one))} for one in content.care],
        "contents": [line(one) for one in content.contents],
        "material": None if content.material is None else line(content.material),
        "words": words_for(language).as_dict(),
    }
    letters = "".join(_letters(told))
    pair = fonts.pair_for(brand.fonts, letters)
    told["fonts"] = {
        "head": pair.head.family,
        "head_weight": pair.head.weight,
        "head_tracking": TIGHT.get(pair.head.family, 0),
        "body": pair.body.family,
        "body_weight": pair.body.weight,
    }
    return told


def _letters(told: Any) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict):
        for one in told.values():
            yield from _letters(one)
    elif isinstance(told, list):
        for one in told:
            yield from _letters(one)


def _pixels(share: Share, size: tuple[int, int]) -> Box:
    left, top, right, bottom = share
    return (
        round(left * size[0]),
        round(top * size[1]),
        round(right * size[0]),
        round(bottom * size[1]),
    )


def _scaled(box: Box, scale: float) -> list[float]:
    """Give a box as x, y, width and height at the card's full size."""
    left, top, right, bottom = box
    return [left / scale, top / scale, (right - left) / scale, (bottom - top) / scale]
