"""The linter: which of a market's rules a text breaks, whoever wrote it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol

from pipeline.captions.contacts import has_contact
from pipeline.captions.facts import prices_in
from pipeline.captions.flaws import Flaw
from pipeline.captions.sentences import is_unfinished
from pipeline.captions.text import has_emoji, length, markup_in, tidy_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.markets.text import Limits, TextRules

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_SMALL = {
    "a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with",
    "и", "а", "в", "во", "с", "со", "к", "на", "по", "за", "из", "от", "до", "у", "о", "об",
    "для", "под", "или", "не", "без",
}  # fmt: skip
_CAPITALS_FROM = 4
_BULLET = re.compile(r"^\s*(?:[-–—*•·▪●✓✔]+|\d{1,2}[.)])\s+")
_KEYWORDS = re.compile(r"^\s*(?:ключевые слова|теги|keywords|tags)\s*:\s*", re.IGNORECASE)


class Written(Protocol):
    """A text by its parts; a `Listing` is one."""

    @property
    def title(self) -> str: ...  # noqa: D102 - named as the part it holds
    @property
    def description(self) -> str: ...  # noqa: D102 - likewise
    @property
    def bullets(self) -> tuple[str, ...]: ...  # noqa: D102 - likewise
    @property
    def call_to_action(self) -> str: ...  # noqa: D102 - likewise
    @property
    def keywords(self) -> tuple[str, ...]: ...  # noqa: D102 - likewise


@dataclass(frozen=True, slots=True)
class Parts:
    """A text of the seller's own, taken apart."""

    title: str
    description: str = ""
    bullets: tuple[str, ...] = ()
    call_to_action: str = ""
    keywords: tuple[str, ...] = ()


def parts_of(text: str) -> Parts:
    """Take a seller's text apart.

    The first line is the title; lines with a dash, a dot or a number before them are bullets; what
    follows «Ключевые слова:» or "Keywords:" are keywords, with commas between; the rest describes.
    """
    lines = text.strip().splitlines() or [""]
    described: list[str] = []
    bullets: list[str] = []
    keywords: list[str] = []
    for line in lines[1:]:
        if (match := _KEYWORDS.match(line)) is not None:
            keywords += filter(None, map(str.strip, re.split("[,;]", line[match.end() :])))
        elif _BULLET.match(line):
            bullets.append(_BULLET.sub("", line).strip())
        else:
            described.append(line)
    return Parts(
        title=lines[0].strip(),
        description="\n".join(described).strip(),
        bullets=tuple(bullets),
        keywords=tuple(keywords),
    )


def named_parts(text: Written) -> Iterator[tuple[str, str]]:
    """Give the parts that hold sentences, each bullet by its number from 0."""
    yield "title", text.title
    yield "description", text.description
    for number, bullet in enumerate(text.bullets):
        yield f"bullets[{number}]", bullet
    yield "call_to_action", text.call_to_action


def lint(text: Written, rules: TextRules, limits: Limits | None = None) -> tuple[Flaw, ...]:
    """Tell which rules a text breaks, all at once; ``limits`` defaults to the market's own."""
    flaws = (
        *_lengths(text, rules, limits or rules.most),
        *_title(text.title, rules),
        *(flaw for name, part in named_parts(text) for flaw in _part(name, part, rules)),
        *_words("keywords", ", ".join(text.keywords), rules.words),
    )
    return tuple(replace(flaw, advised=_is_advised(flaw, rules)) for flaw in flaws)


def capitals_in(text: str) -> list[str]:
    """Find the words in capitals, of four letters or more: a shorter one is a size or the like."""
    return list(filter(_is_shouted, _WORD.findall(text)))


def forbidden_in(text: str, rules: TextRules) -> Iterator[str]:
    """Find the words and phrases of a text that the market forbids, as they stand there."""
    yield from _phrases_in(text, rules.words)


def without_forbidden(text: str, rules: TextRules, *, title: bool = False) -> str:
    """Take the forbidden characters out, and from a title the forbidden and repeated words too."""
    text = text.translate({ord(character): " " for character in rules.characters})
    if not title:
        return tidy_line(text) if "\n" not in text else text
    text = text.translate({ord(character): " " for character in rules.title_characters})
    for character in rules.title_once:
        head, mark, rest = text.partition(character)
        text = head + mark + rest.replace(character, " ")
    for words in (rules.words, rules.title_words):
        if (pattern := _phrases(words)) is not None:
            text = pattern.sub(" ", text)
    if not rules.title_price:
        for price in tuple(prices_in(text)):
            text = text.replace(price, " ")
    if rules.capitals_at_most is not None:
        text = _WORD.sub(_calmed, text)
    line = tidy_line(_unrepeated(text, rules))  # no two spaces side by side are left
    for mark in ",.;:":
        line = line.replace(f" {mark}", mark)
    return line.strip(" ,;:—–-")


def _lengths(text: Written, rules: TextRules, limits: Limits) -> Iterator[Flaw]:
    for part in ("title", "description"):
        if part in rules.order and not getattr(text, part).strip():
            yield Flaw("empty", part)
    for name, part in named_parts(text):
        kind = name.partition("[")[0]
        most = limits.bullet if kind == "bullets" else getattr(limits, kind)
        if kind in rules.order and length(part) > most:
            yield Flaw("long", name, str(length(part)), str(most))
        least = (rules.least or {}).get("bullet" if kind == "bullets" else kind, 0)
        if part and length(part) < least:
            yield Flaw("short", name, str(length(part)), str(least))
    together = sum(map(length, text.bullets))
    if "bullets" in rules.order and 0 < limits.bullets_together < together:
        yield Flaw("together", "bullets", str(together), str(limits.bullets_together))
    if "bullets" in rules.order and len(text.bullets) > limits.bullets:
        yield Flaw("many", "bullets", str(len(text.bullets)), str(limits.bullets))
    if "keywords" in rules.order:
        yield from _keywords(text.keywords, limits)


def _keywords(keywords: tuple[str, ...], limits: Limits) -> Iterator[Flaw]:
    if len(keywords) > limits.keywords:
        yield Flaw("many", "keywords", str(len(keywords)), str(limits.keywords))
    for number, word in enumerate(keywords):
        if length(word) > limits.keyword:
            yield Flaw("long", f"keywords[{number}]", str(length(word)), str(limits.keyword))
    together = len(" ".join(keywords).encode())
    if 0 < limits.keywords_bytes < together:
        yield Flaw("bytes", "keywords", str(together), str(limits.keywords_bytes))


def _title(title: str, rules: TextRules) -> Iterator[Flaw]:
    yield from _words("title", title, rules.title_words)
    if not rules.title_price and rules.price and (price := next(prices_in(title), None)):
        yield Flaw("price", "title", price)
    advised = rules.title_words_advised
    if advised is not None and (count := len(_WORD.findall(title))) >= advised:
        yield Flaw("wordy", "title", str(count), str(advised))
    found = _characters(title, rules.title_characters)
    if found:
        yield Flaw("character", "title", found)
    found = " ".join(character for character in rules.title_once if title.count(character) > 1)
    if found:
        yield Flaw("once", "title", found)
    if rules.word_at_most is not None:
        for word, times in _counted(title).items():
            if times > rules.word_at_most:
                yield Flaw("repeat", "title", word, str(rules.word_at_most))
    if rules.capitals_at_most is not None:
        shouted = capitals_in(title)
        if len(shouted) > rules.capitals_at_most:
            yield Flaw("capitals", "title", ", ".join(shouted), str(rules.capitals_at_most))


def _part(name: str, part: str, rules: TextRules) -> Iterator[Flaw]:
    if found := _characters(part, rules.characters):
        yield Flaw("character", name, found)
    yield from _words(name, part, rules.words)
    if not rules.emoji and has_emoji(part):
        yield Flaw("emoji", name)
    if found := markup_in(part):
        yield Flaw("markup", name, found)
    if not rules.price and (price := next(prices_in(part), None)):
        yield Flaw("price", name, price)
    if name == "description" and is_unfinished(part):
        yield Flaw("unfinished", name)
    if has_contact(part):
        yield Flaw("contact", name)


def _words(name: str, part: str, words: tuple[str, ...]) -> Iterator[Flaw]:
    for found in dict.fromkeys(map(str.casefold, _phrases_in(part, words))):
        yield Flaw("word", name, found)


def _phrases_in(text: str, words: tuple[str, ...]) -> Iterator[str]:
    if (pattern := _phrases(words)) is not None:
        for match in pattern.finditer(text):
            yield match[0]


_FIELDS: Final = {
    "empty": "most", "long": "most", "many": "most", "bytes": "most", "together": "most",
    "short": "least", "character": "characters", "once": "title_once", "word": "words",
    "repeat": "word_at_most", "capitals": "capitals_at_most", "price": "price", "emoji": "emoji",
}  # fmt: skip
"""The field of `TextRules` that a flaw is about."""


def _is_advised(flaw: Flaw, rules: TextRules) -> bool:
    """Tell whether the broken rule is one that was not read on the market's own page."""
    if flaw.rule == "wordy":
        return True
    field = _FIELDS.get(flaw.rule)
    if field is None or flaw.rule == "empty":
        return False
    part = flaw.part.partition("[")[0]
    if flaw.rule == "word" and part == "title" and any(_phrases_in(flaw.found, rules.title_words)):
        return "title_words" in rules.unverified
    named = {field, f"title_{field}"} if part == "title" and field != "most" else {field}
    if field == "most":
        named.add(f"most.{part}")
    return not named.isdisjoint(rules.unverified)


def _characters(text: str, forbidden: str) -> str:
    return " ".join(character for character in forbidden if character in text)


def _counted(title: str) -> Counter[str]:
    return Counter(word for word in map(str.casefold, _WORD.findall(title)) if _counts(word))


def _counts(word: str) -> bool:
    return len(word) > 1 and word not in _SMALL


def _unrepeated(title: str, rules: TextRules) -> str:
    if rules.word_at_most is None:
        return title
    most, seen = rules.word_at_most, Counter[str]()

    def kept(match: re.Match[str]) -> str:
        word = match[0].casefold()
        seen[word] += _counts(word)
        return match[0] if seen[word] <= most else ""

    return _WORD.sub(kept, title)


def _is_shouted(word: str) -> bool:
    return word.isupper() and sum(map(str.isalpha, word)) >= _CAPITALS_FROM


def _calmed(match: re.Match[str]) -> str:
    return match[0].capitalize() if _is_shouted(match[0]) else match[0]


@cache
def _phrases(phrases: tuple[str, ...]) -> re.Pattern[str] | None:
    """Make one pattern of all phrases, the longest first; None where there is none."""
    if not phrases:
        return None
    longest_first = sorted(phrases, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(_phrase, longest_first))})(?!\w)", re.IGNORECASE)


def _phrase(words: str) -> str:
    return r"\s+".join(re.escape(word).replace(r"\*", r"\w*") for word in words.split())
