"""The settings as operators read them: `.env.example` and the page of the documentation."""

from __future__ import annotations

import inspect
import textwrap
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from vitrina.settings import HOME, SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

    from vitrina.settings.section import Section

WIDTH = 100
ENV_HEAD = (
    "# Copy to .env and fill in. Every setting may also be an environment variable, which wins.\n"
    "# Written by `make settings` from vitrina/settings/, as docs/configuration.md is.\n"
)
PAGE_HEAD = """\
# Configuration

Settings are read from `.env` in the folder that the program is started in, and from the
environment, which wins. `cp .env.example .env` makes a file with all of them. A setting that is
empty counts as absent. `vitrina doctor` says whether what is set works.
"""


def env_example() -> str:
    """Return the text of `.env.example`."""
    return "\n".join([ENV_HEAD, *map(_env_section, SECTIONS)])


def configuration_page() -> str:
    """Return the text of `docs/configuration.md`."""
    return "\n".join([PAGE_HEAD, *map(_page_section, SECTIONS)])


def _env_section(section: type[Section]) -> str:
    title, about = _title(section)
    lines = [f"# --- {title} ".ljust(WIDTH - 1, "-")]
    lines += [*_comment(about), ""] if about else []
    for name, field in section.model_fields.items():
        default = _default(field)
        lines += _comment(field.description or "")
        if _is_a_folder_of_ours(field):
            lines.append(f"# {name.upper()}={(field.examples or [''])[0]}")
        else:
            lines.append(f"{name.upper()}={default}")
    return "\n".join(lines) + "\n"


def _page_section(section: type[Section]) -> str:
    title, about = _title(section)
    lines = [f"## {title}", "", *([about, ""] if about else [])]
    lines += ["| Setting | Default | Meaning |", "|---|---|---|"]
    lines += _rows(section)
    return "\n".join(lines) + "\n"


def _rows(section: type[Section]) -> Iterator[str]:
    for name, field in section.model_fields.items():
        default = "" if _is_a_folder_of_ours(field) else _default(field)
        shown = f"`{default}`" if default else ""
        yield f"| `{name.upper()}` | {shown} | {_one_line(field.description or '')} |"


def _title(section: type[Section]) -> tuple[str, str]:
    title, _, about = (inspect.getdoc(section) or "").partition("\n")
    return title.rstrip("."), _one_line(about)


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        _one_line(text),
        WIDTH - 2,
        initial_indent="# ",
        subsequent_indent="# ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _is_a_folder_of_ours(field: FieldInfo) -> bool:
    return isinstance(field.default, Path) and field.default.is_relative_to(HOME)


def _default(field: FieldInfo) -> str:
    value = field.default
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if value or value == 0 else ""
