"""The few words that cards set themselves, by language: `templates/words.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).parent / "templates" / "words.toml"
_WEIGHT = re.compile(r"\d\s?(?:кг|г|гр|мг|kg|g|oz|lb)(?!\w)", re.IGNORECASE)
_VOLUME = re.compile(r"\d\s?(?:мл|л|ml|l)(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Words:
    """Headings, and names of facts that a seller gave without one."""

    sizes: str
    contents: str
    care: str
    material: str
    material_and_care: str
    size: str
    height: str
    weight: str
    volume: str

    def measured_by(self, value: str) -> str:
        """Name a measure by its unit."""
        if _WEIGHT.search(value):
            return self.weight
        return self.volume if _VOLUME.search(value) else self.size

    def as_dict(self) -> dict[str, str]:
        """Give all by their names, as templates take them."""
        return asdict(self)


@cache
def _all() -> dict[str, Words]:
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {language: Words(**words) for language, words in told.items()}


def words_for(language: str) -> Words:
    """Give the words of a language, those of English where there are none."""
    words = _all()
    return words.get(language, words["en"])
