"""What a seller's words ask for, and all that was read of a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from bot.keyboards.callbacks import Preference

if TYPE_CHECKING:
    from bot.keyboards.callbacks import Delivery
    from pipeline.captions.grammar import What


@dataclass(frozen=True, slots=True)
class Change:
    """Another background, format, shadow and so on: the value as a button's code gives it."""

    what: Preference
    value: str


@dataclass(frozen=True, slots=True)
class UnknownBackdrop:
    """A background that there is not; ``said`` are the words for it.

    ``start`` and ``end`` are where these stand in the message, where that is known.
    """

    said: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Send:
    """A file of the result, or its caption for copying."""

    what: Delivery


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Another caption."""


@dataclass(frozen=True, slots=True)
class AddFacts:
    """Words about the product, as the seller wrote them."""

    words: str


@dataclass(frozen=True, slots=True)
class RemoveFact:
    """A kind of fact that the caption is not to tell any more."""

    what: What


@dataclass(frozen=True, slots=True)
class WrongCutOut:
    """Something else is the product."""


@dataclass(frozen=True, slots=True)
class Undo:
    """All as it was before the last change."""


@dataclass(frozen=True, slots=True)
class ForAll:
    """The changes of the same message hold for all photos to come, too."""


Intent: TypeAlias = (
    Change | UnknownBackdrop | Send | Rewrite | AddFacts | RemoveFact | WrongCutOut | Undo | ForAll
)


@dataclass(frozen=True, slots=True)
class Understood:
    """A message as it was read.

    ``unclear`` are the words that ask for something and could not be placed; ``is_talk`` tells that
    there is nothing but thanks, a greeting or the like, ``is_question`` that something is asked.
    """

    intents: tuple[Intent, ...] = ()
    unclear: str = ""
    is_talk: bool = False
    is_question: bool = False

    @property
    def facts(self) -> str:
        """All words about the product."""
        return "\n".join(one.words for one in self.intents if isinstance(one, AddFacts))

    @property
    def backdrop(self) -> str | None:
        """The background's reference, if one is asked for."""
        found = [
            one.value
            for one in self.intents
            if isinstance(one, Change) and one.what is Preference.BACKDROP
        ]
        return found[-1] if found else None
