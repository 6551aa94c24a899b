"""Telegram's HTML: a text and its entities, as https://core.telegram.org/bots/api#html-style."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from playground.errors import RefusedError

if TYPE_CHECKING:
    from playground.errors import Json

TAGS: Final = {
    "a": "text_link", "b": "bold", "strong": "bold", "i": "italic", "em": "italic",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "u": "underline",
    "ins": "underline", "tg-spoiler": "spoiler", "span": "spoiler", "code": "code", "pre": "pre",
    "blockquote": "blockquote", "tg-emoji": "custom_emoji",
}  # fmt: skip
"""The entity of each tag."""
_MARK: Final = re.compile(r"<|&(?:lt|gt|amp|quot|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});")
_TAG: Final = re.compile(r"<(/?)([a-zA-Z0-9-]{0,32})([^<>]{0,4096})>")
_ATTRIBUTE: Final = re.compile(
    r"([a-zA-Z-]{1,32})\s{0,8}=\s{0,8}(?:\"([^\"]*)\"|'([^']*)'|([^\s]+))"
)
_FOUND: Final = re.compile(
    r"(?P<url>https?://[^\s<>\"]{3,2000})"
    r"|(?<![\w/])(?P<bot_command>/[a-zA-Z0-9_]{1,32}(?:@\w{3,32})?)(?!\w)"
    r"|(?<![\w@])(?P<mention>@[a-zA-Z][a-zA-Z0-9_]{3,31})(?!\w)"
    r"|(?<![\w#])(?P<hashtag>#\w{1,64})"
)
"""What Telegram marks by itself."""


def units(text: str) -> int:
    """Return the length in UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


@dataclass(frozen=True, slots=True)
class Marked:
    """A text as it is shown, and its entities."""

    text: str
    entities: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class _Open:
    """A tag without its end so far; ``start`` in UTF-16 units of the text."""

    tag: str
    entity: Json
    start: int


def marked(text: str, parse_mode: str = "", entities: list[Json] | None = None) -> Marked:
    """Read a text as the call's ``parse_mode`` says; it is stripped, as Telegram does.

    Raises RefusedError in Telegram's words for HTML that it does not take.
    """
    if parse_mode.lower() == "html":
        read = _Reader(text).read()
    elif parse_mode:
        raise RefusedError("unsupported parse_mode")
    else:
        read = Marked(text, tuple(entities or ()))
    read = _stripped(read)
    return Marked(read.text, (*read.entities, *_found(read)))


def _stripped(read: Marked) -> Marked:
    """Take the space off both ends, and move the entities."""
    ahead = units(read.text) - units(read.text.lstrip())
    text = read.text.strip()
    moved = []
    for entity in read.entities:
        start = max(entity["offset"] - ahead, 0)
        end = min(entity["offset"] + entity["length"] - ahead, units(text))
        if end > start:
            moved.append({**entity, "offset": start, "length": end - start})
    return Marked(text, tuple(moved))


def _found(read: Marked) -> list[Json]:
    """Mark links, commands, mentions and hashtags where nothing else is marked."""
    taken = [
        (entity["offset"], entity["offset"] + entity["length"])
        for entity in read.entities
        if entity["type"] in {"code", "pre", "text_link"}
    ]
    found = []
    for match in _FOUND.finditer(read.text):
        start = units(read.text[: match.start()])
        end = start + units(match[0])
        if not any(start < until and end > since for since, until in taken):
            found.append({"type": match.lastgroup, "offset": start, "length": end - start})
    return found


class _Reader:
    """Reads one text from its start to its end."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._text: list[str] = []
        self._length = 0
        self._open: list[_Open] = []
        self._entities: list[Json] = []

    def read(self) -> Marked:
        at = 0
        while (mark := _MARK.search(self._source, at)) is not None:
            self._add(self._source[at : mark.start()])
            at = mark.end()
            if mark[0] == "<":
                at = self._tag(mark.start())
            else:
                self._add(html.unescape(mark[0]))
        self._add(self._source[at:])
        if self._open:
            tag = self._open[-1].tag
            raise _bad(f'Can\'t find end tag corresponding to start tag "{tag}"')
        self._entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return Marked("".join(self._text), tuple(self._entities))

    def _add(self, text: str) -> None:
        self._text.append(text)
        self._length += units(text)

    def _tag(self, at: int) -> int:
        """Read the tag at ``at``; return where it ends."""
        offset = len(self._source[:at].encode())
        tag = _TAG.match(self._source, at)
        if tag is None:
            raise _bad(f"Unclosed start tag at byte offset {offset}")
        name = tag[2].lower()
        if tag[1]:
            self._close(name, offset)
        elif name not in TAGS:
            raise _bad(f'Unsupported start tag "{name}" at byte offset {offset}')
        else:
            self._open.append(_Open(name, self._entity(name, tag[3], offset), self._length))
        return tag.end()

    def _entity(self, name: str, rest: str, offset: int) -> Json:
        given = {
            key.lower(): html.unescape(first or second or third)
            for key, first, second, third in _ATTRIBUTE.findall(rest)
        }
        entity: Json = {"type": TAGS[name]}
        if name == "span" and given.get("class") != "tg-spoiler":
            raise _bad(f'Tag "span" must have class "tg-spoiler" at byte offset {offset}')
        if name == "a":
            entity["url"] = given.get("href", "")
        elif name == "tg-emoji":
            entity["custom_emoji_id"] = given.get("emoji-id", "")
        elif name == "blockquote" and "expandable" in rest:
            entity["type"] = "expandable_blockquote"
        elif name == "code" and self._open and self._open[-1].tag == "pre":
            language = given.get("class", "").removeprefix("language-")
            self._open[-1].entity.update({"language": language} if language else {})
            entity["type"] = ""
        return entity

    def _close(self, name: str, offset: int) -> None:
        if not self._open:
            raise _bad(f"Unexpected end tag at byte offset {offset}")
        opened = self._open.pop()
        if name not in {opened.tag, ""}:
            raise _bad(
                f'Unmatched end tag at byte offset {offset}, expected "</{opened.tag}>", '
                f'found "</{name}>"'
            )
        length = self._length - opened.start
        is_link_to_nothing = opened.tag == "a" and not opened.entity["url"]
        if length and opened.entity["type"] and not is_link_to_nothing:
            self._entities.append({**opened.entity, "offset": opened.start, "length": length})


def _bad(said: str) -> RefusedError:
    return RefusedError(f"can't parse entities: {said}")
