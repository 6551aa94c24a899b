"""Words and names as other programs have written them: not always in UTF-8."""

from __future__ import annotations

import codecs
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 100_000
"""Bytes of a text file that are read: a seller's words are a few lines."""


def decoded(data: bytes) -> str:
    """Return text in UTF-8, in UTF-16 with its mark, or in Windows' or DOS's Cyrillic.

    Cyrillic letters begin at 0xC0 in Windows-1251, and most are below 0xB0 in code page 866.
    """
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        dos = sum(0x80 <= byte < 0xB0 for byte in data)  # noqa: PLR2004 - see above
        windows = sum(byte >= 0xC0 for byte in data)  # noqa: PLR2004 - see above
        return data.decode("cp866" if dos > windows else "cp1251", "replace")


def read_text(path: Path) -> str:
    """Read a text file in any of these encodings. Raises OSError."""
    with path.open("rb") as file:
        return decoded(file.read(MOST_BYTES)).strip()


def readable(name: str) -> str:
    """Return a file's name as its writer meant it: unzip leaves those of Windows as they are."""
    return decoded(os.fsencode(name))
