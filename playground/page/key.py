"""A key for captions that is typed into the page: for this run, kept nowhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from playground.errors import RefusedError

if TYPE_CHECKING:
    from playground.errors import Json

LONGEST: Final = 400
"""Characters of each part."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of OpenAI, or of the server at ``base_url``, and its model; empty is the default."""

    key: str = field(repr=False)
    base_url: str = ""
    model: str = ""

    def settings(self) -> dict[str, str]:
        """Return the bot's settings of it."""
        given = {
            "OPENAI_API_KEY": self.key,
            "OPENAI_BASE_URL": self.base_url,
            "CAPTION_MODEL": self.model,
        }
        return {name: value for name, value in given.items() if value}


def read_key(asked: Json) -> Key:
    """Read what the page sends. Raises RefusedError for what can be no key or address."""
    key, base_url, model = (
        str(asked.get(name) or "").strip() for name in ("key", "base_url", "model")
    )
    parts = (key, base_url, model)
    if not key or any(len(one) > LONGEST or not one.isprintable() for one in parts):
        raise RefusedError("that is no key")
    if not key.isascii():
        raise RefusedError("that is no key")
    if base_url and (urlsplit(base_url).scheme not in {"http", "https"}):
        raise RefusedError("expected an address such as https://example.org/v1")
    return Key(key, base_url, model)
