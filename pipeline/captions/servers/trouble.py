"""A refused request as an error: its line for the log, and the kind that decides what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pipeline.captions.servers.completion import REFUSALS
from pipeline.errors import (
    CaptionError,
    CaptionRefusedError,
    CaptionRequestError,
    CaptionServiceError,
)

if TYPE_CHECKING:
    from pipeline.captions.servers.unsupported import RefusedError

NO_SUCH_PATH: Final = frozenset({404, 405, 501})
_ACCESS: Final = frozenset({401, 403})
_NO_CREDIT: Final = 402
_THIS_REQUEST: Final = frozenset({400, 413, 422})
"""The service is well, it is one picture that it dislikes."""
_TOLD_AT_MOST: Final = 300
_PAGE_AT_MOST: Final = 4000


def error_of(refused: RefusedError, model: str, key: str) -> CaptionError:  # noqa: PLR0911 - a table
    """Give the error that a refusal ends as; ``key`` is taken out of its words."""
    status = refused.status
    said = short(f"Caption service: Error code: {status} - {_words_of(refused.body)}", key)
    if refused.code.lower() in REFUSALS or "ResponsibleAIPolicy" in str(refused.body)[:2000]:
        return CaptionRefusedError(f"The caption service blocks the picture: {refused.code}")
    if refused.is_of_the_picture:
        return CaptionRequestError(f"{model} takes no pictures; choose one that does: {said}")
    if refused.is_of_the_model:
        return CaptionServiceError(
            f"The caption service has no model {model}: set CAPTION_MODEL or "
            f"COMPATIBLE_MODEL to one that it has: {said}"
        )
    if status in _ACCESS:
        return CaptionServiceError(
            f"The caption service refuses the key (HTTP {status}): "
            "check OPENAI_API_KEY, OPENAI_BASE_URL and the account",
        )
    if refused.code == "insufficient_quota" or status == _NO_CREDIT:
        return CaptionServiceError("The caption service's account has no credit left")
    if status in _THIS_REQUEST:
        return CaptionRequestError(said)
    if status in NO_SUCH_PATH:
        return CaptionServiceError(
            f"The caption service has no model {model}, or its address should end in /v1: {said}"
        )
    return CaptionServiceError(said)


def failure_line(error: Exception, key: str) -> str:
    """Return the log line of a lost connection and the like."""
    cause = f" ({error.__cause__!r})" if error.__cause__ is not None else ""
    return short(f"Caption service: {str(error) or type(error).__name__}{cause}", key)


def short(text: str, key: str) -> str:
    """Cut a text for the log to a line, without the key that a server may have echoed."""
    return " ".join(text.replace(key, "…")[: 4 * _TOLD_AT_MOST].split())[:_TOLD_AT_MOST]


def _words_of(body: object) -> object:
    """Give what an answer says; of a page for people, as gateways show it, its title."""
    if not isinstance(body, str):
        return body
    head = body[:_PAGE_AT_MOST]
    lowered = head.lower()
    if "<html" not in lowered and "<!doctype" not in lowered:
        return body
    start, end = lowered.find("<title>"), lowered.find("</title>")
    title = head[start + len("<title>") : end] if 0 <= start < end else ""
    return f"a web page, {title!r}" if title else "a web page"
