"""What backgrounds are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.intents.colours import colour_titles
from storage.backdrops import OWN, colour_of, own_ref, preset_ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.texts import Texts
    from pipeline.backdrops import Preset
    from storage.backdrops import OwnBackdrop


class BackdropNames:
    """Names the presets and the sellers' own backgrounds in words."""

    def __init__(self, texts: Texts, presets: Sequence[Preset]) -> None:
        """Keep the presets in the order of their buttons."""
        self._texts = texts
        self._presets = presets
        self._colours = colour_titles()

    def presets(self, language: str) -> list[tuple[str, str]]:
        """List the presets' references and titles."""
        title = self._texts.title
        return [(preset_ref(p.name), title(language, p.titles, p.name)) for p in self._presets]

    def own(self, language: str, backdrop: OwnBackdrop) -> str:
        """Name an own background."""
        return backdrop.title or self._texts(language, "button-own")

    def label(self, language: str, ref: str | None, owns: Sequence[OwnBackdrop]) -> str:
        """Name a reference; None means that the seller is asked."""
        if ref is None:
            return self._texts(language, "background-none")
        if (digits := colour_of(ref)) is not None:
            return self._colours.get(digits, {}).get(language, f"#{digits}")
        if not ref.startswith(OWN):
            return dict(self.presets(language)).get(ref, ref)
        for backdrop in owns:
            if own_ref(backdrop.id) == ref:
                return self.own(language, backdrop)
        return self._texts(language, "button-own")

    def offers(self, ref: str, owns: Sequence[OwnBackdrop]) -> bool:
        """Tell whether a reference is one that the seller can choose."""
        if colour_of(ref) is not None:
            return True
        return any(ref == preset_ref(preset.name) for preset in self._presets) or any(
            ref == own_ref(backdrop.id) for backdrop in owns
        )
