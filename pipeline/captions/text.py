"""Plain text: tidied, measured, and cut where a reader would cut it."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MARKUP = re.compile(
    r"</?(?:a|b|br|code|em|i|li|p|s|strong|u|ul)\b[^<>]*>|\*\*|__|`+", re.IGNORECASE
)
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]+", re.MULTILINE)
_ITEM_MARK = re.compile(r"^(?:[-–—*•·▪●✓✔]+|\d{1,2}[.)])\s+")
_HASHTAGS = re.compile(r"(?:\s*(?<!\w)#\w+)+\s*$|(?<!\w)#(?=\w)", re.MULTILINE)
_SHOUTING = re.compile(r"!{2,}")
_EMOJI = re.compile(
    r" ?[\u2600-\u27bf\U0001f000-\U0001faff][\ufe0f\u200d\u20e3\U0001f3fb-\U0001f3ff]*"
)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}

_SENTENCE_END = re.compile(
    r"(?<!\b[^\W\d_])"  # not the point of "т. д."
    r"[.!?…]+[\"»”)]*"
    r"(?=\s+[^a-zа-яё]|\s*$)"  # the next one does not start in lower case
    r"|(?<=\S)(?=\s*\n)",
)
_CLAUSE_END = re.compile(r"(?=[,;:](?:\s|$)|\s+[—–-]\s|\s+\(|(?<!\b[^\W\d_])[.!?…]+(?:\s|$))")
_WORD_END = re.compile(r"(?<=\S)(?=\s|$)")
# A clause that only leads up to another is no sentence of its own.
_LEADS_UP = re.compile(
    r"^\s*(?:когда|если|хотя|чтобы|пока|раз|как только|так как|поскольку|"
    r"when|if|while|though|although|because|since|as|unless|until|once)\b",
    re.IGNORECASE,
)
_LOOSE_END = re.compile(
    r"(?:\s+(?:и|а|в|во|с|со|к|на|по|за|из|от|до|у|о|об|для|под|или|не|без|"
    r"a|an|and|at|by|for|from|in|of|on|or|the|to|with)|[\s,;:—–\-(«\"“])+$",
    re.IGNORECASE,
)


def length(text: str) -> int:
    """Count UTF-16 code units: an emoji is two or more, and Telegram never counts higher."""
    return len(text.encode("utf-16-le")) // 2


def tidy(text: str) -> str:
    """Take out markup, hashtags, invisible characters and stray spaces; paragraphs are kept."""
    text = unicodedata.normalize("NFC", text).translate(_FULL_WIDTH)
    text = _spaced("".join(filter(_is_visible, text)))
    text = _HASHTAGS.sub("", _HEADING.sub("", _MARKUP.sub("", text)))
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


def is_unfinished(text: str) -> bool:
    """Tell whether the text breaks off: at a comma, a dash, an open bracket, a preposition."""
    return _LOOSE_END.search(text) is not None


def finished(text: str) -> str:
    """Leave out a last sentence that breaks off; of a text that is one, what leads up to it."""
    if not is_unfinished(text):
        return text
    *whole, last = list(sentences(text)) or [""]
    kept = "".join(whole).rstrip()
    return finished(kept) if kept else _ended(_LOOSE_END.sub("", last))


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


def sentences(text: str) -> Iterator[str]:
    """Split into sentences, each with the space that follows it."""
    start = 0
    for match in _SENTENCE_END.finditer(text):
        end = match.end()
        while end < len(text) and text[end].isspace():
            end += 1
        if text[start:end].strip():
            yield text[start:end]
            start = end
    if text[start:].strip():
        yield text[start:]


def keep_sentences(text: str, wanted: Callable[[str], bool]) -> str:
    """Keep only the wanted sentences."""
    return tidy("".join(sentence for sentence in sentences(text) if wanted(sentence)))


def trim(text: str, limit: int) -> str:
    """Keep the whole sentences that fit; else the first one's leading clauses; else nothing."""
    if length(text) <= limit:
        return text
    kept = ""
    for sentence in sentences(text):
        if length((kept + sentence).rstrip()) > limit:
            break
        kept += sentence
    if kept or _LEADS_UP.match(text):
        return kept.rstrip()
    return _ended(_cut(text, limit - 1, _CLAUSE_END))


def trim_phrase(text: str, limit: int) -> str:
    """Keep the leading clauses of a heading or a list's item that fit; else nothing."""
    return text if length(text) <= limit else _cut(text, limit, _CLAUSE_END)


def trim_words(text: str, limit: int) -> str:
    """Keep the leading clauses if they fill half the limit; else the leading words that fit."""
    if length(text) <= limit:
        return text
    clauses = _cut(text, limit, _CLAUSE_END)
    return clauses if length(clauses) * 2 >= limit else _cut(text, limit, _WORD_END)


def _cut(text: str, limit: int, boundary: re.Pattern[str]) -> str:
    best = ""
    for match in boundary.finditer(text):
        if length(text[: match.start()]) > limit:
            break
        best = text[: match.start()]
    return _LOOSE_END.sub("", best)


def _ended(text: str) -> str:
    return f"{text}." if text else ""
