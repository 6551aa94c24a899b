"""What Telegram adds to the address of a Mini App that it opens: who opened it, signed.

https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from playground.errors import RefusedError

if TYPE_CHECKING:
    from playground.chats.people import Person
    from playground.errors import Json

VERSION: Final = "9.0"
PLATFORM: Final = "weba"
"""The Web App API's version and the client that the playground counts as."""


def opened(message: Json | None, url: str, person: Person, token: str, theme: Json) -> str:
    """Return the address of a button's page as Telegram opens it for a person.

    Raises RefusedError where the message has no such button.
    """
    rows = (message or {}).get("reply_markup", {}).get("inline_keyboard", [])
    apps = [button.get("web_app", {}).get("url") for row in rows for button in row]
    if url not in apps:
        raise RefusedError("the button is no longer there")
    told = {
        "tgWebAppData": init_data(person, token),
        "tgWebAppVersion": VERSION,
        "tgWebAppPlatform": PLATFORM,
        "tgWebAppThemeParams": json.dumps(theme),
    }
    return f"{url}#{urlencode(told, quote_via=quote)}"


def init_data(person: Person, token: str) -> str:
    """Return who the person is, signed with the bot's token."""
    told = {
        "auth_date": str(int(time.time())),
        "query_id": secrets.token_urlsafe(16),
        "user": json.dumps(person.user(), ensure_ascii=False),
    }
    lines = "\n".join(f"{name}={told[name]}" for name in sorted(told))
    key = hmac.digest(b"WebAppData", token.encode(), "sha256")
    signature = hmac.new(key, lines.encode(), hashlib.sha256).hexdigest()
    return urlencode(told | {"hash": signature}, quote_via=quote)
