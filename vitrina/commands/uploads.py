"""The listings of a batch as the files that the markets' bulk uploads take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.captions import Request, market_of_text
from pipeline.captions.upload import Row, upload_of
from pipeline.errors import StorageError
from vitrina.commands.facts_table import words_for
from vitrina.commands.result_folders import listing_in, name_targets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pipeline.markets import TextRules
    from vitrina.commands.batch import BatchOptions


def write_uploads(sources: Iterable[Path], options: BatchOptions) -> list[Path]:
    """Write the listings of all results as the files that the markets' bulk uploads take.

    Returns their paths: none of a market whose upload is not known, or without listings. Raises
    StorageError where one cannot be written.
    """
    targets, paths = name_targets(sources, options.output), []
    for wish in options.wishes:
        rules = rules_of_text(wish.market)
        rows = [
            Row(
                target.name,
                _picture(target, wish.folder),
                listing,
                _words_or_none(source, options.facts),
            )
            for source, target in targets.items()
            if (listing := listing_in(target / wish.folder)) is not None
        ]
        if rules.upload is None or not rows:
            continue
        path = options.output / f"{wish.market}.csv"
        try:
            path.write_bytes(upload_of(rules, rows))
        except OSError as error:
            raise StorageError(f"cannot write {path}: {error}") from error
        paths.append(path)
    return paths


def _picture(target: Path, folder: str) -> str:
    """Name a result's picture from the output folder on: JPEG, or PNG where a market wants that."""
    for found in sorted((target / folder).glob("result.*")):
        return f"{target.name}/{folder}{found.name}"
    return f"{target.name}/{folder}result.jpg"


def _words_or_none(source: Path, facts: Mapping[str, str]) -> str:
    """Return the words of a photo whose result is there, even if they cannot be read any more."""
    try:
        return words_for(source, facts)
    except OSError:
        return ""


def rules_of_text(market: str) -> TextRules:
    """Return a market's rules for texts; of one that has none, those of a post."""
    return Request(b"", market=market_of_text(market)).rules
