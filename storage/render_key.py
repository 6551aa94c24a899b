"""What a photo's message shows, as a value and as the line that its row holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SEPARATOR = "|"
TEXT = "text"
MAX_DIGITS = 15
"""Digits of a number of photos at most; a file's key is longer, which tells the two apart."""


class View(StrEnum):
    """What a photo's message is to show."""

    OFFER = "offer"
    RESULT = "result"
    CHOICES = "choices"
    PARTS = "parts"
    SCENES = "scenes"


@dataclass(frozen=True, slots=True)
class RenderKey:
    """All that a picture depends on: equal keys are equal pictures.

    ``file`` is the start of the mask's key in the file store, the side that the photo was enlarged
    to, and of a RESULT where its product was put; of CHOICES the candidates' whole key.
    ``backdrop``, ``format``, ``margin`` and ``shadow`` are of a RESULT, ``parts`` of PARTS; of
    SCENES ``backdrop`` is the group. Of a RESULT is ``market`` too, whose rules it is held against
    where its format is not that market's.
    """

    view: View
    file: str
    backdrop: str | None = None
    format: str = ""
    margin: str = ""
    shadow: str = ""
    parts: tuple[int, ...] = ()
    market: str = ""

    def __str__(self) -> str:
        """Write the line that ``parse`` reads."""
        said: tuple[object, ...] = (self.file,)
        if self.view is View.RESULT:
            said = (self.backdrop or "", self.format, self.margin, self.shadow, self.file)
            said += (self.market,) * bool(self.market)
        elif self.view is View.SCENES:
            said = (self.backdrop or "", self.file)
        elif self.view is View.PARTS:
            said = (self.file, len(self.parts), *self.parts)
        return SEPARATOR.join(map(str, (self.view.value, *said)))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that stands for a photo until it is cut out, with a picture or as text.

    It says that ``ahead`` photos go first; None where it says nothing of that.
    """

    is_text: bool = False
    ahead: int | None = None

    def __str__(self) -> str:
        """Write the line that ``parse`` reads."""
        kind = TEXT if self.is_text else View.OFFER.value
        return kind if self.ahead is None else f"{kind}{SEPARATOR}{self.ahead}"


def parse(line: str | None) -> RenderKey | Waiting | None:
    """Read a line of any version; None where there is none or nothing can be made of it."""
    kind, *said = (line or "").split(SEPARATOR)
    if kind in {TEXT, View.OFFER} and not said:
        return Waiting(is_text=kind == TEXT)
    match kind, said:
        case ((View.OFFER | "text"), [ahead]) if ahead.isdecimal() and len(ahead) <= MAX_DIGITS:
            return Waiting(is_text=kind == TEXT, ahead=int(ahead))
        case ((View.OFFER | View.CHOICES | View.SCENES), [*group, file]) if len(group) == (
            kind == View.SCENES
        ):
            return RenderKey(View(kind), file, group[0] if group else None)
        case View.RESULT, [backdrop, form, margin, shadow, file, *market] if len(market) <= 1:
            look = backdrop or None, form, margin, shadow
            return RenderKey(View.RESULT, file, *look, market=market[0] if market else "")
        case View.PARTS, [file, _, *parts] if all(part.isdecimal() for part in parts):
            return RenderKey(View.PARTS, file, parts=tuple(map(int, parts)))
        case _:
            return None
