"""Whether the editor's page is where EDITOR_URL says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.editor_links import PATH
from vitrina.commands.doctor.finding import Finding, ok, warn

if TYPE_CHECKING:
    from vitrina.settings import Settings

ANSWER_SECONDS: Final = 10.0
MAX_PAGE: Final = 64 * 1024
TITLE: Final = "Vitrina"
"""What the page's file has in it."""


async def editor(settings: Settings) -> Finding:
    """Ask for the page as a seller's phone does, through the proxy before it."""
    if settings.editor_url is None:
        return ok("off: EDITOR_URL is empty, products are chosen by numbers")
    url = settings.editor_url.rstrip("/") + PATH
    advice = f"the bot must run, and the proxy bring {PATH} to EDITOR_PORT"
    try:
        async with (
            ClientSession(timeout=ClientTimeout(ANSWER_SECONDS), trust_env=True) as session,
            session.get(url) as answer,
        ):
            page = await answer.content.read(MAX_PAGE)
    except (ClientError, TimeoutError) as error:
        return warn(f"{url} cannot be reached: {error!r}; {advice}")
    if answer.status != 200 or TITLE.encode() not in page:  # noqa: PLR2004 - OK
        return warn(f"{url} answers {answer.status} and is not the editor: {advice}")
    return ok(url)
