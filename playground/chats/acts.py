"""What a person does in a chat."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from playground.chats.entities import marked, units
from playground.errors import RefusedError

if TYPE_CHECKING:
    from playground.chats.history import Chats
    from playground.chats.people import Person
    from playground.errors import Json

ALBUM: Final = 10
"""Photos that stand together; an app makes another album of the rest."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a person sends at once: words, and files by name, as photos or as they are."""

    words: str = ""
    files: list[tuple[str, bytes]] = field(default_factory=list)
    as_files: bool = False
    reply_to: int = 0


async def send(chats: Chats, person: Person, chat: Json, sent: Sent) -> list[Json]:
    """Put it into the chat; return the messages. Raises RefusedError for what no app sends."""
    more: Json = {}
    if (replied := chats.find(chat["id"], sent.reply_to)) is not None:
        more["reply_to_message"] = {k: v for k, v in replied.items() if k != "reply_to_message"}
    if not sent.files:
        bodies = [_words(sent.words, "text", 4096)]
        if not bodies[0]:
            raise RefusedError("message text is empty")
    else:
        bodies = [await _file(chats, *file, as_is=sent.as_files) for file in sent.files]
        bodies[0] |= _words(sent.words, "caption", 1024)
    made = []
    for start in range(0, len(bodies), ALBUM):
        together = bodies[start : start + ALBUM]
        if len(together) > 1:
            more = {**more, "media_group_id": str(secrets.randbelow(10**17) + 10**16)}
        made += [chats.said(person, chat, {**body, **more}) for body in together]
    return made


async def _file(chats: Chats, name: str, data: bytes, *, as_is: bool) -> Json:
    if as_is:
        return {"document": chats.files.add_document(data, name)}
    try:
        return {"photo": await chats.files.add_photo(data)}
    except RefusedError:
        # An app sends as a file what it cannot show as a photo.
        return {"document": chats.files.add_document(data, name)}


def _words(words: str, name: str, most: int) -> Json:
    read = marked(words)
    if units(read.text) > most:
        raise RefusedError(f"message {name} is too long")
    if not read.text:
        return {}
    entities = "entities" if name == "text" else "caption_entities"
    return {name: read.text, **({entities: list(read.entities)} if read.entities else {})}
