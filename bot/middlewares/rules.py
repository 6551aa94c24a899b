"""What the operator allows: who may use the bot, how much, and who the operators are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """The operator's configuration, as the conversation sees it. 0 sets no limit.

    ``allowed`` empty lets everyone in; ``blocked`` wins over it; ``operators`` are always let in
    and never limited. Users are named by Telegram's numbers.
    """

    photos_a_minute: int = 30
    photos_a_day: int = 500
    photos_at_once: int = 50
    captions_a_day: int = 500
    scenes_a_day: int = 10
    commands_a_minute: int = 30
    taps_a_minute: int = 120
    edits_a_minute: int = 600
    exports_a_day: int = 3
    allowed: frozenset[int] = frozenset()
    blocked: frozenset[int] = frozenset()
    operators: frozenset[int] = frozenset()
    retention_days: float = 7.0
    tips: bool = True

    def admits(self, seller_id: int) -> bool:
        """Tell whether a user may use the bot."""
        if seller_id in self.operators:
            return True
        return seller_id not in self.blocked and (not self.allowed or seller_id in self.allowed)
