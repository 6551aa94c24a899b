"""An operator's own templates, tried out before any seller sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from pipeline.cards.draw import draw_card
from pipeline.cards.values import FORMATS, CardContent, Claim
from pipeline.values import CutOut

if TYPE_CHECKING:
    from pipeline.cards.templates import Templates

_SMALL: Final = 0.25
_SIDE: Final = 120


def try_out(templates: Templates) -> None:
    """Draw each of the operator's templates in each shape that it has, on a plain product.

    Raises CardError, with what Typst says, for the first that cannot be drawn.
    """
    alpha = np.zeros((2 * _SIDE, 2 * _SIDE), np.float32)
    alpha[_SIDE // 2 : -_SIDE // 2, _SIDE // 2 : -_SIDE // 2] = 1
    product = CutOut(np.full((*alpha.shape, 3), (60, 110, 160), np.uint8), alpha)
    claims = tuple(Claim(text, "sample") for text in ("Cotton", "Soft", "Light"))
    content = CardContent(
        "Shirt", claims, (("Size", "S, M"), ("Length", "70 cm")), "$20", "$30",
        ("Hand wash", "Do not iron"), ("Shirt", "Bag"), "en", "Cotton",
    )  # fmt: skip
    for name in templates.own:
        template = templates.get(name)
        for form in FORMATS.values():
            if template.suits(form.shape):
                draw_card(template, product, content, form=form, scale=_SMALL)
