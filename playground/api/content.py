"""Texts, captions and files of a call, checked, as a message has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from playground.chats.entities import marked, units
from playground.errors import RefusedError

if TYPE_CHECKING:
    from playground.api.forms import Form
    from playground.chats.files import Files
    from playground.errors import Json

MAX_TEXT: Final = 4096
"""UTF-16 units of a text, after its entities are read."""
MAX_CAPTION: Final = 1024
ATTACHED: Final = "attach://"


def text(form: Form) -> Json:
    """Return a message's text. Raises RefusedError for an empty and for a long one."""
    read = marked(form.text("text"), form.text("parse_mode"), form.json("entities"))
    if not read.text:
        raise RefusedError("message text is empty")
    if units(read.text) > MAX_TEXT:
        raise RefusedError("message is too long")
    preview = form.json("link_preview_options")
    return {
        "text": read.text,
        **({"entities": list(read.entities)} if read.entities else {}),
        **({"link_preview_options": preview} if preview else {}),
    }


def caption(given: Json) -> Json:
    """Return the caption of a call's or a medium's fields. Raises RefusedError for a long one."""
    entities = given.get("caption_entities")
    read = marked(
        str(given.get("caption") or ""),
        str(given.get("parse_mode") or ""),
        entities if isinstance(entities, list) else None,
    )
    if units(read.text) > MAX_CAPTION:
        raise RefusedError("message caption is too long")
    above = given.get("show_caption_above_media") in {True, "true"}
    return {
        **({"caption": read.text} if read.text else {}),
        **({"caption_entities": list(read.entities)} if read.entities else {}),
        **({"show_caption_above_media": True} if above else {}),
    }


async def media(form: Form, files: Files, kind: str, value: Any) -> Json:
    """Return the file that ``value`` names as a message has it: an upload, or an id of before.

    ``kind`` is ``photo`` or ``document``. Raises RefusedError for neither.
    """
    name = str(value or "")
    upload = form.files.get(name.removeprefix(ATTACHED) if name else kind)
    if upload is not None:
        if not upload.data:
            raise RefusedError("file must be non-empty")
        if kind == "photo":
            return {"photo": await files.add_photo(upload.data)}
        return {"document": files.add_document(upload.data, upload.name)}
    if not name:
        raise RefusedError(f"there is no {kind} in the request")
    if name not in files:
        raise RefusedError("wrong file identifier/HTTP URL specified")
    kept = files[name]
    if (kept.folder == "photos") != (kind == "photo"):
        raise RefusedError(f"can't use file of type {kept.folder.capitalize()[:-1]} as {kind}")
    return dict(kept.shown)


def reply(form: Form, find: Any) -> Json:
    """Return what a message is in reply to; ``find`` returns a message of the chat, or None.

    Raises RefusedError where it is not there and must be.
    """
    given = form.json("reply_parameters") or {}
    number = given.get("message_id") or form.integer("reply_to_message_id", 0)
    if not number:
        return {}
    found = find(int(number))
    if found is not None:
        return {"reply_to_message": without_reply(found)}
    if given.get("allow_sending_without_reply") or form.flag("allow_sending_without_reply"):
        return {}
    raise RefusedError("message to be replied not found")


def without_reply(message: Json) -> Json:
    """Return a message as it stands in a reply to it: replies go one level deep."""
    return {name: value for name, value in message.items() if name != "reply_to_message"}
