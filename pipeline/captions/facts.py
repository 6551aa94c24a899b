"""The facts in a seller's words: price, size, height and measures, to the letter.

A caption never leaves the price or the size out, and never prints what could not be read for sure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pipeline.captions.grammar import Reading, What, readings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_LABELS: Final = {
    "ru": {What.PRICE: "Цена: {}", What.SIZE: "Размер: {}", What.HEIGHT: "Рост: {}"},
    "en": {What.PRICE: "Price: {}", What.SIZE: "Size: {}", What.HEIGHT: "Height: {}"},
}
_OLD: Final = {"ru": "{} (было {})", "en": "{} (was {})"}
_READ_AT_MOST: Final = 4096
_TOKEN = re.compile(r"[0-9]+|[a-zа-яё]+")
_THOUSANDS = re.compile(r"(?<=[0-9])[ \u00a0\u202f.,](?=[0-9]{3}(?![0-9]))")
_CYRILLIC: Final = str.maketrans("хмлс", "xmls")
_NAMED: Final = {
    What.PRICE: r"цен[уыа]|стоимость|price",
    What.SIZE: r"размер(?:ы|а)?|sizes?",
    What.HEIGHT: r"рост|height",
    What.MEASURE: r"мер(?:ки|ку)|замеры|вес|measure(?:s|ments)?|weight",
}
_SEAM: Final = " ,;:–—-\t\u00a0"
"""What stands between facts and goes with them."""
_REMOVE = re.compile(
    r"(?:^|(?<=[,.;!\n]))\s?(?:(?:убери(?:те)?|убрать|удали(?:те)?|удалить|сотри|без|не\s(?:пиши|указывай)|"
    r"remove|delete|drop|without|no)\s(?:the\s)?)"
    f"(?:{'|'.join(f'(?P<{what}>{words})' for what, words in _NAMED.items())})"
    r"(?:,?\s(?:пожалуйста|please|из\sподписи|совсем))?[.!]?(?=[\s,;]|$)(?!\s\w)",
    re.IGNORECASE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text tells for sure.

    ``price`` is the one price of the product, None where there are several or none; ``was`` the
    price before it. ``sizes``, ``heights`` and ``measures`` are in the text's order.
    """

    text: str
    price: Reading | None
    was: Reading | None
    sizes: tuple[Reading, ...]
    heights: tuple[Reading, ...]
    measures: tuple[Reading, ...]

    def value(self, reading: Reading) -> str:
        """Give a fact without its label, as the seller wrote it, in one line."""
        return " ".join(self.text[reading.value : reading.end].split())

    @property
    def amount(self) -> str:
        """The price as a bare number; empty where there is none or it is a range."""
        price = self.price
        if price is None or price.amount is None:
            return ""
        is_whole = price.amount == price.amount.to_integral_value()
        return f"{price.amount:.0f}" if is_whole else f"{price.amount:.2f}"

    def values(self) -> Iterator[tuple[What, str]]:
        """Give what is known of each kind that has a line of its own, the price first."""
        if self.price is not None:
            yield What.PRICE, self.value(self.price)
        for what, found in ((What.SIZE, self.sizes), (What.HEIGHT, self.heights)):
            if found:
                yield what, ", ".join(dict.fromkeys(map(self.value, found)))


def facts_in(text: str) -> Facts:
    """Read the facts of a seller's words, 4,096 characters at most; what is unsure is left out."""
    text = text[:_READ_AT_MOST]
    found = readings_of(text)
    sizes = [one for one in found if one.what is What.SIZE]
    asked, was = _prices([one for one in found if one.what is What.PRICE], text)
    return Facts(
        text=text,
        price=asked,
        was=was,
        sizes=() if any(one.unsure for one in sizes) else tuple(sizes),
        heights=tuple(one for one in found if one.what is What.HEIGHT),
        measures=tuple(one for one in found if one.what is What.MEASURE),
    )


def prices_in(text: str) -> Iterator[str]:
    """Find all sums of money, as they stand in the text, whatever they are for."""
    for one in readings_of(text):
        if one.what is What.PRICE:
            yield text[one.start : one.end].strip()


def lines_of(facts: Facts, language: str) -> Iterator[tuple[What, str]]:
    """Write facts as a list's items, with a label in the languages that have one here."""
    labels = _LABELS.get(language, {})
    for what, value in facts.values():
        shown = value
        if what is What.PRICE and facts.was is not None:
            shown = _OLD.get(language, "{}").format(value, facts.value(facts.was))
        yield what, labels.get(what, "{}").format(shown)


def is_told(facts: Facts, what: What, text: str) -> bool:
    """Tell whether a text gives the facts of that kind, however it writes them."""
    found = readings_of(text)
    other = {What.PRICE} if what is not What.PRICE else set(What) - {What.PRICE}
    rest = _without(text, [one for one in found if one.what in other])
    if what is What.PRICE and facts.price is not None and facts.price.amount is not None:
        amounts = {one.amount for one in found if one.what is What.PRICE}
        return facts.price.amount in amounts or facts.amount in _numbers(rest)
    wanted = dict(facts.values()).get(what, "")
    return marks_in(rest) >= marks_in(wanted)


def without(text: str, what: What) -> str:
    """Take the facts of a kind out of a seller's words, labels and all."""
    return _without(text, [one for one in readings_of(text) if one.what is what])


def amended(words: str, more: str) -> str:
    """Add more of the seller's words; a price, size or height in them takes the earlier's place.

    «Убери цену», "remove the size" and the like take a fact out and are not kept themselves. Of
    either text 4,096 characters are kept.
    """
    words, more = words[:_READ_AT_MOST], more[:_READ_AT_MOST]
    for match in _REMOVE.finditer(more):
        words = without(words, What(match.lastgroup or What.PRICE))
    if _REMOVE.search(more):
        more = _tidied(_REMOVE.sub("", more))
    told = facts_in(more)
    for what, _ in told.values():
        words = without(words, what)
    return "\n".join(filter(None, (words, more)))


def _prices(found: list[Reading], text: str) -> tuple[Reading | None, Reading | None]:
    old = next((one for one in found if one.old), None)
    asked = [one for one in found if not one.old and not one.aside]
    for better in ("new", "labelled"):
        if chosen := [one for one in asked if getattr(one, better)]:
            asked = chosen
            break
    told = {one.amount if one.amount is not None else text[one.value : one.end] for one in asked}
    if len(told) != 1 or any(one.unsure for one in asked):
        return None, None
    return asked[0], old


def _without(text: str, found: list[Reading]) -> str:
    for one in reversed(found):
        before, after = text[: one.start], text[one.end :]
        left, right = before.rstrip(_SEAM), after.lstrip(_SEAM)
        if not left or not right or left[-1] in "\n.!?" or right[0] in "\n.!?":
            joint = " " if left and right and right[0] not in "\n.!?" else ""
        else:
            joint = ", " if "," in before[len(left) :] + after[: -len(right)] else " "
        text = f"{left}{joint}{right}"
    return _tidied(text) if found else text


def _tidied(text: str) -> str:
    """Drop the lines in which nothing is said, and the spaces and marks around the others."""
    lines = (line.strip().lstrip(".!?" + _SEAM) for line in text.splitlines())
    return "\n".join(line for line in lines if any(map(str.isalnum, line)))


def _numbers(text: str) -> set[str]:
    return {token for token in marks_in(text) if token[0].isdigit()}


def marks_in(text: str) -> set[str]:
    """Give the numbers of a text and the letters that are sizes, in one spelling."""
    joined = _THOUSANDS.sub("", text.casefold())
    tokens = (token.translate(_CYRILLIC) for token in _TOKEN.findall(joined))
    return {
        one
        for one in tokens
        if one[0].isdigit() or not one.strip("xsml") or one in {"eu", "us", "uk"}
    }
