"""A listing while it is being written: what of it is whole already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError
from pydantic_core import from_json

from pipeline.captions.language import is_written_in
from pipeline.captions.listing import Listing
from pipeline.captions.render import card_text
from pipeline.captions.review import review
from pipeline.captions.sentences import sentences
from pipeline.captions.servers.answers import after_thoughts

if TYPE_CHECKING:
    from pipeline.captions.values import Request

_NOTHING: Final[dict[str, Any]] = {
    "unknown": (),
    "contradictions": (),
    "title": "",
    "description": "",
    "bullets": (),
    "call_to_action": "",
    "keywords": (),
}


def drafted(said: str, request: Request) -> Listing | None:
    """Read what is whole in a JSON object that is still being written, after its review.

    Only finished sentences and items count, so that no half of a phone number gets past the
    review. Returns None before there is a title, and where there is nothing that may be shown.
    """
    said = after_thoughts(said)
    start = said.find("{")
    if start < 0:
        return None
    try:
        found = from_json(said[start:], allow_partial="trailing-strings")
        whole = _is_closed(said[start:])
        draft = Listing.model_validate({**_NOTHING, **(found if whole else _finished(found))})
    except (ValueError, ValidationError, TypeError):
        return None
    if not draft.title:
        return None
    listing = review(draft, request).listing
    text = card_text(listing, request.rules)
    return listing if text and is_written_in(text, request.language) else None


def _finished(found: dict[str, Any]) -> dict[str, Any]:
    """Leave out the end that is still being written."""
    *done, last = found
    value = found[last]
    if isinstance(value, list):
        value = value[:-1]
    elif last == "description" and isinstance(value, str):
        value = "".join(list(sentences(value))[:-1])
    else:
        return {key: found[key] for key in done}
    return {**{key: found[key] for key in done}, last: value}


def _is_closed(said: str) -> bool:
    try:
        from_json(said)
    except ValueError:
        return False
    return True
