"""Listings as the file that a market's bulk upload takes; its columns are the market's data."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.captions.facts import facts_in
from pipeline.captions.render import card_text, derived_parts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.captions.listing import Listing
    from pipeline.markets import TextRules
    from pipeline.markets.text import Column, Upload

_BULLET = re.compile(r"bullet_(\d)")


@dataclass(frozen=True, slots=True)
class Row:
    """One product: its name, its picture's file, its listing, the seller's own words."""

    id: str
    picture: str
    listing: Listing
    facts: str = ""


def upload_of(rules: TextRules, rows: Iterable[Row]) -> bytes:
    """Write the file, a line of headings and one per product. Raises ValueError without columns."""
    if rules.upload is None:
        raise ValueError("the market's upload is not known")
    return _written(rules.upload, rules, rows)


def _written(upload: Upload, rules: TextRules, rows: Iterable[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=upload.delimiter, lineterminator="\r\n")
    writer.writerow([column.name for column in upload.columns])
    for row in rows:
        writer.writerow([_cell(column, row, rules) for column in upload.columns])
    return text.getvalue().encode(upload.encoding)


def _cell(column: Column, row: Row, rules: TextRules) -> str:
    # A spreadsheet would take a leading sign for a formula.
    return (column.value or _filled(column.source, row, rules)).lstrip("=+-@\t\r")


def article_of(name: str, most: int) -> str:
    """Make an article number of a product's name: one that is too long ends in its digest."""
    if most == 0 or len(name) <= most:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: most - len(digest) - 1]}-{digest}"


def _filled(source: str, row: Row, rules: TextRules) -> str:
    listing = row.listing
    if (match := _BULLET.fullmatch(source)) is not None:
        return next(iter(listing.bullets[int(match[1]) - 1 :]), "")
    if source in {"product", "colour", "material"}:
        return str(getattr(listing.seen, source))
    made = {
        "id": article_of(row.id, rules.upload.id_most if rules.upload else 0),
        "picture": row.picture,
        "price": facts_in(row.facts).amount,
        "text": card_text(listing.model_copy(update={"title": ""}), rules),
        "bullets": "\n".join(listing.bullets),
        "keywords": ", ".join(listing.keywords),
        "keywords_spaced": " ".join(listing.keywords),
    }
    made |= dict(derived_parts(listing, rules))
    return made[source] if source in made else str(getattr(listing, source))
