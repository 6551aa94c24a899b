"""What the sections of the settings share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Settings that belong together.

    The docstring's first line is the section's title. A field's docstring is what operators read of
    it, in `.env.example` and in `docs/configuration.md`: both are written by
    ``python -m vitrina.settings``.
    """

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)
