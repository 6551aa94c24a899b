"""Who may edit a photo: its owner, by what Telegram signed when the page was opened.

https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiogram.utils.web_app import safe_parse_webapp_init_data
from aiohttp import web

from bot.jobs import NOT_FOUND
from bot.middlewares.token_bucket import RateLimiter, Verdict
from bot.texts import language_of
from pipeline.errors import (
    EditorClosedError,
    EditorExpiredError,
    EditorPhotoError,
    EditorTooFastError,
)
from storage import photos
from storage.photos import PhotoState

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiogram.utils.web_app import WebAppUser

    from editor.context import EditorContext
    from storage.photos import PhotoRecord
    from storage.sellers import Seller

SCHEME: Final = "tma "
MAX_INIT_DATA: Final = 4096
"""Characters; Telegram's own are below 1,000."""
MAX_AGE_SECONDS: Final = 3600.0
LANGUAGE: Final = web.RequestKey("language", str)
"""The request's own value: the language in which its errors are told."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that was let in: whose it is, and the photo as it is now."""

    seller: Seller
    photo: PhotoRecord


def is_editable(photo: PhotoRecord) -> bool:
    """Tell whether a photo is cut out, or waits for its seller to say what the product is."""
    waits = photo.failure_key in NOT_FOUND and photo.source_file is not None
    return photo.state is PhotoState.READY or (photo.state is PhotoState.FAILED and waits)


class Access:
    """Lets requests in."""

    def __init__(self, context: EditorContext, *, clock: Callable[[], float] = time.time) -> None:
        """``clock`` tells Unix time in seconds."""
        self._context = context
        self._clock = clock
        self._limits = RateLimiter(context.services.rules.edits_a_minute)

    async def visit(self, request: web.Request) -> Visit:
        """Return who asks about which photo.

        Raises EditorExpiredError for what Telegram did not sign within the hour, EditorTooFastError
        and EditorClosedError, and EditorPhotoError for a photo that is not there, not the user's,
        or not cut out.
        """
        user = self._user(request.headers.get("Authorization", ""))
        request[LANGUAGE] = language_of(user.language_code)
        services = self._context.services
        is_operator = user.id in services.rules.operators
        if not services.rules.admits(user.id):
            raise EditorClosedError(f"user {user.id} is not let in")
        if not is_operator and await services.bans.has(user.id):
            raise EditorClosedError(f"user {user.id} is banned")
        if not is_operator and self._limits.take(user.id) is not Verdict.PASS:
            raise EditorTooFastError(f"user {user.id} asks too often")
        photo_id = self._context.links.photo_id(request.match_info["key"])
        if photo_id is None:
            raise EditorPhotoError("a key that was not made here")
        async with services.database.read() as connection:
            found = await photos.with_seller(connection, photo_id)
        if found is None or found[1].id != user.id:
            raise EditorPhotoError(f"photo {photo_id} is not user {user.id}'s")
        photo, seller = found
        request[LANGUAGE] = seller.language
        if not is_editable(photo):
            raise EditorPhotoError(f"photo {photo_id} is {photo.state}")
        return Visit(seller, photo)

    def _user(self, header: str) -> WebAppUser:
        """Return whom Telegram's signature names."""
        data = header.removeprefix(SCHEME)
        if data == header or len(data) > MAX_INIT_DATA:
            raise EditorExpiredError("no initData")
        try:
            told = safe_parse_webapp_init_data(self._context.services.bot.token, data)
        except (ValueError, TypeError) as error:  # TypeError: a hash that is not ASCII
            raise EditorExpiredError("initData that Telegram did not sign") from error
        age = self._clock() - told.auth_date.timestamp()
        if told.user is None or age > MAX_AGE_SECONDS:
            raise EditorExpiredError(f"initData of {age:.0f} seconds ago")
        return told.user
