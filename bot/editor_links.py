"""The editor's addresses: a photo's own cannot be guessed, and needs no row to be looked up."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from storage.photos import PhotoRecord

PATH: Final = "/editor/"
"""Where the page is, below EDITOR_URL."""
MAC_BYTES: Final = 18
MAX_DIGITS: Final = 18
"""Digits of a photo's id at most: it fits into 64 bits."""


class EditorLinks:
    """Makes and reads the key of a photo: its id, and a keyed hash of that."""

    def __init__(self, url: str, token: str) -> None:
        """Serve below ``url``; the bot's ``token`` is the secret that keys are made of."""
        self._url = url.rstrip("/") + PATH
        self._secret = hashlib.sha256(f"editor:{token}".encode()).digest()

    def link(self, photo: PhotoRecord) -> str | None:
        """Return the address for a photo's button; None in groups, which have no such buttons."""
        if photo.chat_id != photo.seller_id:
            return None
        return f"{self._url}?photo={self.key(photo.id)}"

    def key(self, photo_id: int) -> str:
        """Return the key of a photo."""
        return f"{photo_id}-{self._mac(photo_id)}"

    def photo_id(self, key: str) -> int | None:
        """Return whose key this is; None for one that we did not make."""
        digits, _, mac = key.partition("-")
        if not (digits.isascii() and digits.isdecimal()) or len(digits) > MAX_DIGITS:
            return None
        number = int(digits)
        if not hmac.compare_digest(mac.encode(), self._mac(number).encode()):
            return None
        return number

    def _mac(self, photo_id: int) -> str:
        digest = hmac.digest(self._secret, str(photo_id).encode(), "sha256")
        return base64.urlsafe_b64encode(digest[:MAC_BYTES]).decode()
