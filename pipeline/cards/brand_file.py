"""A brand as a TOML file, for whoever makes cards of a folder."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, get_args

from pipeline.cards import fonts
from pipeline.cards.values import Brand, Corners, PriceTag
from pipeline.errors import CardError

if TYPE_CHECKING:
    from pathlib import Path

_CHOICES = {"corners": get_args(Corners), "price_tag": get_args(PriceTag), "fonts": (*fonts.PAIRS,)}


@dataclass(frozen=True, slots=True)
class BrandFile:
    """A brand without its logo, and the path of the picture that it is cut out of, or None."""

    brand: Brand
    logo: Path | None = None


def read_brand(path: Path) -> BrandFile:
    """Read a brand. Raises CardError that says what is wrong with it.

    Its keys are those of `Brand`; ``logo`` is a picture's path, from the file's own folder.
    """
    try:
        told: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        logo = told.pop("logo", None)
        _check(told)
        return BrandFile(Brand(**told), None if logo is None else path.parent / logo)
    except (OSError, ValueError, TypeError) as error:
        raise CardError(f"the brand {path} is unusable: {error}") from error


def _check(told: dict[str, Any]) -> None:
    """Raise ValueError where a key or a choice is unknown."""
    known = {field.name for field in fields(Brand)}
    if unknown := told.keys() - known:
        raise ValueError(f"{min(unknown)!r} is none of {', '.join(sorted(known))}")
    for key in told.keys() & _CHOICES.keys():
        if told[key] not in _CHOICES[key]:
            raise ValueError(f"{key} is {told[key]!r}, expected {', '.join(_CHOICES[key])}")
