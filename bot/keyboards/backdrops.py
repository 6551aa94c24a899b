"""What backgrounds are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.intents.colours import colour_titles
from storage.backdrops import BLURRED, OWN, colour_of, gradient_of, own_ref, preset_ref

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.texts import Texts
    from pipeline.backdrops import Preset
    from storage.backdrops import OwnBackdrop

MAX_RECENT = 3
"""Backgrounds used lately that have buttons of their own: a row."""


class BackdropNames:
    """Names the presets and the sellers' own backgrounds in words."""

    def __init__(
        self,
        texts: Texts,
        presets: Sequence[Preset],
        groups: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """Keep the presets in the order of their buttons, and what their groups are called."""
        self._texts = texts
        self._presets = presets
        self._groups = groups or {}
        self._colours = colour_titles()

    def presets(self, language: str, group: str | None = None) -> list[tuple[str, str]]:
        """List the presets' references and titles; of one group where it is given."""
        title = self._texts.title
        return [
            (preset_ref(preset.name), title(language, preset.titles, preset.name))
            for preset in self._presets
            if group is None or preset.group == group
        ]

    def first(self, language: str) -> list[tuple[str, str]]:
        """List the presets that have a button under every photo: the first group's."""
        return self.presets(language, self._presets[0].group)

    def groups(self, language: str, *, all_of_them: bool = False) -> list[tuple[str, str]]:
        """List the groups but the first, or all, and what they are called."""
        first = self._presets[0].group
        title = self._texts.title
        return [
            (name, title(language, titles, name))
            for name, titles in self._groups.items()
            if all_of_them or name != first
        ]

    def recent(
        self, language: str, used: Sequence[str], shown: str | None = None
    ) -> list[tuple[str, str]]:
        """List the presets ``used`` lately that are neither of the first group nor ``shown``."""
        away = {self._presets[0].group, shown}
        titles = dict(self.presets(language))
        return [
            (ref, titles[ref]) for ref in used if ref in titles and self.group_of(ref) not in away
        ][:MAX_RECENT]

    def group_of(self, ref: str | None) -> str | None:
        """Return the group of a reference to a preset; None of anything else."""
        return next((p.group for p in self._presets if preset_ref(p.name) == ref), None)

    def has_group(self, name: str) -> bool:
        """Tell whether presets can be shown by this group."""
        return any(preset.group == name for preset in self._presets)

    def own(self, language: str, backdrop: OwnBackdrop) -> str:
        """Name an own background."""
        return backdrop.title or self._texts(language, "button-own")

    def label(self, language: str, ref: str | None, owns: Sequence[OwnBackdrop]) -> str:
        """Name a reference; None means that the seller is asked."""
        if ref is None or ref == BLURRED:
            return self._texts(language, f"background-{ref or 'none'}")
        if colours := gradient_of(ref) or colour_of(ref):
            ends = (colours,) if isinstance(colours, str) else colours
            return " → ".join(self._colour(language, digits) for digits in ends)
        if not ref.startswith(OWN):
            return dict(self.presets(language)).get(ref, ref)
        for backdrop in owns:
            if own_ref(backdrop.id) == ref:
                return self.own(language, backdrop)
        return self._texts(language, "button-own")

    def _colour(self, language: str, digits: str) -> str:
        return self._colours.get(digits, {}).get(language, f"#{digits}")

    def offers(self, ref: str, owns: Sequence[OwnBackdrop]) -> bool:
        """Tell whether a reference is one that the seller can choose."""
        if ref == BLURRED or colour_of(ref) is not None or gradient_of(ref) is not None:
            return True
        return any(ref == preset_ref(preset.name) for preset in self._presets) or any(
            ref == own_ref(backdrop.id) for backdrop in owns
        )
