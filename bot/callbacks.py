"""What the buttons carry: at most 64 bytes each."""

from __future__ import annotations

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData

# The separator is not ":", which backdrop references contain.
SEPARATOR = "|"


class Place(CallbackData, prefix="place", sep=SEPARATOR):
    """Put a photo's product on a backdrop."""

    photo: int
    backdrop: str


class SendOwn(CallbackData, prefix="own", sep=SEPARATOR):
    """Take the next picture as a background for a photo, or as the default."""

    photo: int


class Another(CallbackData, prefix="caption", sep=SEPARATOR):
    """Write another caption for a photo."""

    photo: int


class Cancel(CallbackData, prefix="cancel", sep=SEPARATOR):
    """Take the next picture as a product after all."""


class Preference(StrEnum):
    """What a seller can set by a button; each is a column of the sellers table."""

    LANGUAGE = "language"
    BACKDROP = "default_backdrop"
    AUTOMATIC = "automatic"
    FORMAT = "format"
    SHADOW = "shadow"
    MARGIN = "margin"
    MARKET = "market"
    TONE = "tone"
    LENGTH = "caption_length"
    CAPTION_LANGUAGE = "caption_language"
    EMOJI = "emoji"
    ALBUM = "album_captions"

    @property
    def key(self) -> str:
        """The preference as the catalogue spells it."""
        return self.value.replace("_", "-")


class Menu(CallbackData, prefix="menu", sep=SEPARATOR):
    """Show the settings, or the values of one of them, in the message that is tapped."""

    what: Preference | None = None


class Prefer(CallbackData, prefix="prefer", sep=SEPARATOR):
    """Set a preference; an empty value clears it."""

    what: Preference
    value: str = ""


class Forget(CallbackData, prefix="forget", sep=SEPARATOR):
    """Delete all that is kept about the seller, or not after all."""

    sure: bool


class Mute(CallbackData, prefix="mute", sep=SEPARATOR):
    """Decline the operator's broadcasts."""


class Send(CallbackData, prefix="send", sep=SEPARATOR):
    """Send an operator's draft to everyone, or throw it away."""

    broadcast: int
    sure: bool
