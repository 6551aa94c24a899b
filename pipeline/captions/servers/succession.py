"""Which model is asked: the one that is set, and its successor once it is gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from pipeline.captions.servers.catalogue import ROUTED, catalogue

if TYPE_CHECKING:
    from pipeline.captions.servers.catalogue import Catalogue

Today: TypeAlias = Callable[[], date]


def utc_today() -> date:
    """Return the date, by UTC."""
    return datetime.now(UTC).date()


@dataclass(frozen=True, slots=True)
class Replacement:
    """``successor`` is asked in place of ``model``, whose provider no longer has it.

    ``retired`` is the day from which that holds; None where the provider itself said so.
    """

    model: str
    successor: str
    retired: date | None = None

    def __str__(self) -> str:
        why = "not found" if self.retired is None else f"retired on {self.retired}"
        return f"{self.successor} in place of {self.model}, which is {why}"


class Succession:
    """The model that is set and those that follow it by the catalogue.

    With ``dated`` the successor is asked from the day of retirement on, and the model itself only
    where the server does not have the successor. ``told`` is called once per change.
    """

    def __init__(
        self,
        model: str,
        *,
        dated: bool = True,
        today: Today = utc_today,
        known: Catalogue | None = None,
        told: Callable[[Replacement], None] | None = None,
    ) -> None:
        self._known = known or catalogue()
        self._dated = dated
        self._today = today
        self._told = told
        self._line: Final = self._following(model)
        self._gone: set[str] = set()
        self._last = model
        self.replacement: Replacement | None = None
        self._look()

    @property
    def current(self) -> str:
        """The model to ask now."""
        self._look()
        return self._last

    def gone(self, model: str) -> bool:
        """Note that the server does not have ``model``; tell whether there is another to ask.

        Once it has none of them, all are asked anew next time.
        """
        self._gone.add(model)
        if self._gone.issuperset(self._line):
            self._gone.clear()
            return False
        self._look()
        return True

    def _following(self, model: str) -> tuple[str, ...]:
        """List the model and its successors, each with the prefix of OpenRouter if it has one."""
        prefix = ROUTED if model.startswith(ROUTED) else ""
        line = [model]
        while (one := self._known.find(line[-1])) is not None and one.successor is not None:
            line.append(prefix + one.successor)
        return tuple(line)

    def _retired(self, model: str) -> date | None:
        """Return the day of retirement where that has come."""
        one = self._known.find(model) if self._dated else None
        due = one is not None and one.retires is not None and one.retires <= self._today()
        return one.retires if one is not None and due else None

    def _look(self) -> None:
        # Stable: those that are past their day come last, each group in the order of succession.
        order = sorted(self._line, key=lambda one: self._retired(one) is not None)
        found = next(one for one in order if one not in self._gone)
        if found == self._last:
            return
        self._last = found
        model = self._line[0]
        if found == model:
            self.replacement = None
            return
        retired = None if model in self._gone else self._retired(model)
        self.replacement = Replacement(model, found, retired)
        if self._told is not None:
            self._told(self.replacement)
