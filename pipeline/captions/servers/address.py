"""Where a chat completions server is, from what operators write as its address."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from pipeline.errors import SettingsError

OPENAI: Final = "https://api.openai.com/v1"
_AZURE: Final = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")
_ENDPOINT: Final = "/chat/completions"


@dataclass(frozen=True, slots=True)
class Address:
    """A server: the base of its paths, and what each request carries as query and headers."""

    base_url: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def is_azure(self) -> bool:
        """Whether Microsoft runs it, where models have other names and other last days."""
        return (urlsplit(self.base_url).hostname or "").endswith(_AZURE)

    @property
    def name(self) -> str:
        """What it is called in messages and kept under: without a password that it may hold."""
        parts = urlsplit(self.base_url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def address_of(given: str | None, key: str) -> Address:
    """Read an address; none, or an empty one, is OpenAI's own.

    The whole address of the endpoint does as well as its base; ``?api-version=`` is kept, and Azure
    is given the key by its own header too. Raises SettingsError where it is no http(s) address.
    """
    given = (given or "").strip() or OPENAI
    try:
        parts = urlsplit(given)
        _ = parts.port  # may be no number
    except ValueError:
        raise SettingsError("The caption service's address cannot be read") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError("The caption service's address does not begin with http(s)://")
    path = parts.path.rstrip("/").removesuffix(_ENDPOINT)
    base = urlunsplit(parts._replace(path=path, query="", fragment=""))
    address = Address(base, dict(parse_qsl(parts.query)))
    return Address(base, address.query, {"api-key": key}) if address.is_azure else address
