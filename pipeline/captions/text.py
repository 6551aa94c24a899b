"""Plain text: tidied and measured."""

from __future__ import annotations

import re
import unicodedata

_MARKUP = re.compile(
    r"</?(?:a|b|br|code|em|i|li|p|s|strong|u|ul)\b[^<>]*>|\*\*|__|`+", re.IGNORECASE
)
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]+", re.MULTILINE)
_ITEM_MARK = re.compile(r"^(?:[-–—*•·▪●✓✔]+|\d{1,2}[.)])\s+")
_HASHTAG = re.compile(r"(?<!#)#++\w+")
_HASH = re.compile(r"(?<![\w#])#++(?=\w)")
_SHOUTING = re.compile(r"!{2,}")
_EMOJI = re.compile(
    r" ?[\u2600-\u27bf\U0001f000-\U0001faff][\ufe0f\u200d\u20e3\U0001f3fb-\U0001f3ff]*"
)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}

_MARKS_AT_MOST = 30
"""Marks on one letter, as in the Stream-Safe Text Format of UAX #15: sorting more is quadratic."""


def length(text: str) -> int:
    """Count UTF-16 code units: an emoji is two or more, and Telegram never counts higher."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """Keep what ``limit`` UTF-16 code units hold, wherever that ends; nothing below 1."""
    limit = max(limit, 0)  # a negative end would count from the end of the text
    if len(text) * 2 <= limit:  # no character is more than two
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= limit * 2:
        return text
    return units[: limit * 2].decode("utf-16-le", "ignore")


def tidy(text: str) -> str:
    """Take out markup, hashtags, invisible characters and stray spaces; paragraphs are kept."""
    text = unicodedata.normalize("NFC", _stream_safe(text)).translate(_FULL_WIDTH)
    text = _spaced("".join(filter(_is_visible, text)))
    text = _without_hashtags(_HEADING.sub("", _MARKUP.sub("", text)))
    return _spaced(_SHOUTING.sub("!", text))


def tidy_line(text: str) -> str:
    """Tidy into one line, without the mark of a list's item."""
    line = " ".join(tidy(text).split())
    return _ITEM_MARK.sub("", line).strip()


def without_emoji(text: str) -> str:
    """Take out emoji, each with the space before it."""
    return _EMOJI.sub("", text)


def has_emoji(text: str) -> bool:
    """Tell whether there is an emoji in the text."""
    return _EMOJI.search(text) is not None


def markup_in(text: str) -> str:
    """Return the first tag or mark of Markdown; nothing where there is none."""
    match = _MARKUP.search(text) or _HEADING.search(text)
    return match[0].strip() if match else ""


def _without_hashtags(text: str) -> str:
    """Take out the hashtags that end a line; of others only the sign goes."""
    if "#" not in text:
        return text
    lines: list[str] = []
    for line in text.split("\n"):
        words = line.split()
        while words and _HASHTAG.fullmatch(words[-1]):
            words.pop()
        if words or not line:
            lines.append(_HASH.sub("", " ".join(words)))
    return "\n".join(lines)


def _stream_safe(text: str) -> str:
    """Drop what is more than `_MARKS_AT_MOST` combining marks on one letter."""
    if text.isascii():
        return text
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MARKS_AT_MOST:
            kept.append(character)
    return "".join(kept)


def _spaced(text: str) -> str:
    paragraphs = (" ".join(line.split()) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(paragraphs)).strip()


def _is_visible(character: str) -> bool:
    # A zero-width joiner holds composite emoji together.
    return character in "\n\u200d" or unicodedata.category(character) not in {
        "Cc",
        "Cf",
        "Cs",
        "Co",
    }
