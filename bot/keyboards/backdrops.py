"""What backgrounds are called, and which one a seller's words mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.backdrops import OWN, own_ref, preset_ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.texts import Texts
    from pipeline.backdrops import Preset
    from storage.backdrops import OwnBackdrop

QUOTES = " .!,;:«»\"'"


class BackdropNames:
    """Names the presets and the sellers' own backgrounds in words."""

    def __init__(self, texts: Texts, presets: Sequence[Preset]) -> None:
        """Keep the presets in the order of their buttons."""
        self._texts = texts
        self._presets = presets

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
        if not ref.startswith(OWN):
            return dict(self.presets(language)).get(ref, ref)
        for backdrop in owns:
            if own_ref(backdrop.id) == ref:
                return self.own(language, backdrop)
        return self._texts(language, "button-own")

    def offers(self, ref: str, owns: Sequence[OwnBackdrop]) -> bool:
        """Tell whether a reference is one that the seller can choose."""
        return any(ref == preset_ref(preset.name) for preset in self._presets) or any(
            ref == own_ref(backdrop.id) for backdrop in owns
        )

    def meant(self, words: str, owns: Sequence[OwnBackdrop]) -> tuple[str | None, str]:
        """Read a backdrop off a seller's words: its reference, and what else they say.

        Only a line that names a background and nothing else picks it: "white linen" is a fact.
        """
        known = {_plain(name): preset_ref(p.name) for p in self._presets for name in p.spoken}
        known |= {_plain(own.title): own_ref(own.id) for own in owns if own.title}
        ref, facts = None, []
        for line in words.splitlines():
            plain = _plain(line)
            if ref is None and plain in known:
                ref = known[plain]
            else:
                facts.append(line)
        return ref, "\n".join(facts).strip()


def _plain(words: str) -> str:
    return words.casefold().replace("ё", "е").strip(QUOTES)
