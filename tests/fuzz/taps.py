"""What a tap can carry that no button of the seller's own does."""

from __future__ import annotations

import itertools
from enum import Enum
from typing import TYPE_CHECKING, Any, get_args

from aiogram.filters.callback_data import CallbackData

from bot.keyboards import callbacks

if TYPE_CHECKING:
    from collections.abc import Iterator

TYPES = sorted(
    (kind for kind in vars(callbacks).values() if isinstance(kind, type)), key=lambda k: k.__name__
)
DATA = [kind for kind in TYPES if issubclass(kind, CallbackData) and kind is not CallbackData]
NUMBERS = (-1, 1, 2, 2**63)


def values(annotation: Any) -> list[str]:
    """Return all that a field may carry, as a button has it."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [str(member.value) for member in annotation]
    if annotation is bool:
        return ["0", "1"]
    if annotation is int:
        return [str(number) for number in NUMBERS]
    if annotation is str:
        return ["", "preset:white", "own:1", "square", "x"]
    return ["", *(value for inner in get_args(annotation) for value in values(inner))]


def forged(kind: type[CallbackData]) -> Iterator[str]:
    """Yield data of a kind with every value that its fields may carry."""
    fields = kind.model_fields.values()
    for chosen in itertools.product(*(values(field.annotation) for field in fields)):
        yield "|".join((kind.__prefix__, *chosen))
