"""What a person does in a chat."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from playground.chats.entities import marked, units
from playground.chats.history import forwarded
from playground.errors import RefusedError

if TYPE_CHECKING:
    from playground.chats.history import Chats
    from playground.chats.people import Person
    from playground.errors import Json

MOST: Final = {"text": 4096, "caption": 1024}
"""UTF-16 units."""
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
        bodies = [_words(sent.words, "text", MOST["text"])]
        if not bodies[0]:
            raise RefusedError("message text is empty")
    else:
        bodies = [await _file(chats, *file, as_is=sent.as_files) for file in sent.files]
        bodies[0] |= _words(sent.words, "caption", MOST["caption"])
    made = []
    for start in range(0, len(bodies), ALBUM):
        together = bodies[start : start + ALBUM]
        if len(together) > 1:
            more = {**more, "media_group_id": chats.new_group()}
        made += [chats.said(person, chat, {**body, **more}) for body in together]
    return made


def forward(chats: Chats, person: Person, messages: list[Json], chat: Json) -> list[Json]:
    """Put messages of another chat, or an album of them, into the chat; return the new ones."""
    group = {"media_group_id": chats.new_group()} if len(messages) > 1 else {}
    return [chats.said(person, chat, {**forwarded(one), **group}) for one in messages]


def edit(chats: Chats, person: Person, message: Json, words: str) -> Json:
    """Change the words of a person's message; return it. Raises RefusedError for another's."""
    if message["from"]["id"] != person.id:
        raise RefusedError("message can't be edited")
    name = "text" if "text" in message else "caption"
    told = _words(words, name, MOST[name])
    if name == "text" and not told:
        raise RefusedError("message text is empty")
    marks = "entities" if name == "text" else "caption_entities"
    kept = {key: value for key, value in message.items() if key not in {name, marks}}
    return chats.rewritten({**kept, **told, "edit_date": int(time.time())})


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
