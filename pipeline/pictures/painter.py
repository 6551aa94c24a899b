"""What a picture provider is asked for, whoever runs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from decimal import Decimal

COUNT: Final = 4
"""Variants of one scene."""


@dataclass(frozen=True, slots=True)
class Painted:
    """Files as a provider made them, not decoded yet; ``billed`` of them are to be paid."""

    pictures: tuple[bytes, ...]
    billed: int


class Painter(Protocol):
    """A model behind a picture provider."""

    @property
    def model(self) -> str:
        """The model, as its provider calls it."""
        ...

    @property
    def size(self) -> str:
        """Width and height in pixels, ``1024x1536``."""
        ...

    @property
    def price(self) -> Decimal:
        """US dollars for one picture."""
        ...

    async def paint(self, prompt: str, *, once: str) -> Painted:
        """Draw COUNT variants, or as many of them as can be had.

        ``once`` names the wish: a provider that knows it answers the same wish only once. Raises
        SceneRefusedError where it declines, SceneServiceError for everything else; ``billed`` of
        an error is what may have to be paid all the same.
        """
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...
