"""Who is there: the bot, two sellers, and the group in which both are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playground.errors import Json


@dataclass(frozen=True, slots=True)
class Person:
    """A user with a private chat of the same number. ``language`` is an IETF tag."""

    id: int
    first_name: str
    username: str
    language: str

    def user(self) -> Json:
        """Return the `User`."""
        return {
            "id": self.id,
            "is_bot": False,
            "first_name": self.first_name,
            "username": self.username,
            "language_code": self.language,
        }

    def chat(self) -> Json:
        """Return the `Chat` that the bot has with the person."""
        return {
            "id": self.id,
            "type": "private",
            "first_name": self.first_name,
            "username": self.username,
        }


ANNA: Final = Person(7_100_000_001, "Анна", "anna_sews", "ru")
EMMA: Final = Person(7_100_000_002, "Emma", "emma_shop", "en")
SELLERS: Final = (ANNA, EMMA)
GROUP: Final[Json] = {"id": -1_007_100_000_003, "type": "supergroup", "title": "Витрина · Shop"}
BOT: Final[Json] = {
    "id": 424242,
    "is_bot": True,
    "first_name": "Vitrina",
    "username": "vitrina_local_bot",
}
