"""A market's rules for the text of a listing, and the columns of the file it takes."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic reads it
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

PARTS = ("title", "description", "bullets", "call_to_action", "keywords", "highlights", "alt")
"""The parts of a listing that a market may ask for.

``highlights``, phrases with commas between, and ``alt``, the picture in words, are made of what is
seen.
"""


class Length(StrEnum):
    """How much a seller wants to read."""

    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that each part may hold: characters for texts, a count for lists.

    ``bullets_together`` bounds the characters of all bullets, ``keywords_bytes`` all keywords
    together, in UTF-8 with a space between; 0 does not.
    """

    title: int
    description: int
    bullet: int = 0
    bullets: int = 0
    bullets_together: int = 0
    highlights: int = 0
    alt: int = 0
    call_to_action: int = 0
    keyword: int = 40
    keywords: int = 0
    keywords_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an upload: its ``name``, and what fills it.

    ``source`` is a part of the listing, ``bullet_N``, a field of what is seen (``colour``,
    ``material``, ``product``), or ``id``, ``picture``, ``price``. ``value`` is the same in every
    row.
    """

    name: str
    source: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that the market's bulk upload takes. ``encoding`` is Python's name for it.

    ``id_most`` is how many characters an article number may have, 0 for any.
    """

    columns: tuple[Column, ...]
    id_most: int = 0
    delimiter: str = ","
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class TextRules:
    """What a market asks of a listing's text.

    ``most`` is the market's own limit; ``lengths`` takes some of it back for each `Length`.
    ``least`` is the fewest characters of a part. ``order`` names the parts a listing has, in the
    order in which the market shows them; ``title_order`` says what comes first in a title.
    ``characters`` may stand nowhere, ``title_characters`` not in the title, ``title_once`` at most
    once there. ``words`` are forbidden, a star standing for any ending. ``word_at_most`` bounds
    how often the title may say a word, ``capitals_at_most`` its words in capitals; None does not.
    ``price`` tells whether a price may be named, ``title_price`` whether in the title too,
    ``emoji`` whether emoji may be used. ``title_words`` are forbidden in the title alone; of more
    than ``title_words_advised`` words it is advised against.

    ``length`` is how long a text for this market is unless the seller wishes otherwise.

    ``unverified`` names the fields that stand for what is commonly reported, not read on the
    market's own page; ``most.title`` is one limit alone. They are only advised.
    """

    most: Limits
    lengths: Mapping[str, Mapping[str, int]]
    order: tuple[str, ...]
    title_order: str = ""
    least: Mapping[str, int] | None = None
    characters: str = ""
    title_characters: str = ""
    title_once: str = ""
    words: tuple[str, ...] = ()
    word_at_most: int | None = None
    capitals_at_most: int | None = None
    price: bool = False
    title_price: bool = True
    title_words: tuple[str, ...] = ()
    title_words_advised: int | None = None
    emoji: bool = False
    length: Length = Length.MEDIUM
    unverified: tuple[str, ...] = ()
    upload: Upload | None = None

    def limits(self, length: Length) -> Limits:
        """Give the limits of a text of that length."""
        return replace(self.most, **self.lengths.get(length, {}))


def text_rules(told: dict[str, Any]) -> TextRules:
    """Check a ``[text]`` table. Raises KeyError, TypeError or ValueError where it is wrong."""
    _known(told, TextRules)
    most = Limits(**told["most"])
    _numbers(told["most"])
    lengths: dict[str, dict[str, int]] = told.get("lengths", {})
    for name, narrower in lengths.items():
        Length(name)
        replace(most, **narrower)
        over = [part for part, limit in narrower.items() if limit > getattr(most, part)]
        if over:
            raise ValueError(f"lengths.{name} is more than the most for {over}")
    order = tuple(told["order"])
    if not set(order) <= set(PARTS) or order[:1] != ("title",):
        raise ValueError(f"order is {order}, expected parts of {PARTS} from the title on")
    upload = told.get("upload")
    rest: dict[str, Any] = {
        key: tuple(told[key]) for key in ("words", "title_words", "unverified") if key in told
    }
    known = {field.name for field in fields(TextRules)}
    if odd := {name.partition(".")[0] for name in rest.get("unverified", ())} - known:
        raise KeyError(*sorted(odd))
    for name in rest.keys() | {"order"}:
        if not isinstance(told[name], list):
            raise TypeError(f"{name} is {told[name]!r}, expected a list")
    values = {
        **told,
        **rest,
        "most": asdict(most),
        "lengths": lengths,
        "order": order,
        "length": Length(told.get("length", Length.MEDIUM)),
        "upload": None if upload is None else asdict(_upload(upload)),
    }
    rules: TextRules = TypeAdapter(TextRules).validate_python(values)
    return rules


def _upload(told: dict[str, Any]) -> Upload:
    _known(told, Upload)
    columns = tuple(Column(**column) for column in told["columns"])
    return Upload(**{**told, "columns": columns})


def _known(told: dict[str, Any], kind: type[TextRules | Upload]) -> None:
    unknown = set(told) - {field.name for field in fields(kind)}
    if unknown:
        raise KeyError(*sorted(unknown))


def _numbers(told: dict[str, Any]) -> None:
    for part, limit in told.items():
        if not isinstance(limit, int) or limit < 0:
            raise ValueError(f"{part} is {limit!r}, expected a count")
