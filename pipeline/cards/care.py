"""Care instructions: which phrases are one, and the sign that labels sewn into clothes have for it.

The signs are those of ISO 3758, and the wrung cloth, for which that standard has none and labels
do. An instruction has a sign where the sign says just the same: one that forbids what the seller
does not forbid is worse than none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

SignName: TypeAlias = Literal[
    "wash", "hand", "bleach", "iron", "tumble", "dry", "clean", "wring", "other"
]


def _word(pattern: str) -> re.Pattern[str]:
    """Find words that begin so."""
    return re.compile(rf"(?<!\w)(?:{pattern})", re.IGNORECASE)


IS_CARE: Final = _word(
    r"(?:(?:не|нельзя|только|можно|лучше|сильно|бережн\w+|деликатн\w+|щадящ\w+|ручн\w+|машинн\w+|"
    r"барабанн\w+|подверга\w+|использ\w+|применя\w+|рекомендуется|или|без|сдавать|в|no|do not|"
    r"don[’']t|never|only|or|use|a|the|gentle|delicate|cool|cold|warm|hand|machine|professional) )"
    r"{0,3}"
    r"(?:стир(?:ать|айте|ка|ки|ку|ке)(?!\w)|глад(?:ить|ьте)|глаж(?:к|ен)|утюж(?:ить|ьте)|отпарива|"
    r"отбел|хлор|химчист|хим\w{0,9}\.? ?чист|сух\w+ чистк|аквачист|суш(?:ить|ите)|"
    r"суш(?:ка|ки|ку)(?!\w| для)|сушильн\w+ машин|отж(?:им|ать)|выж(?:им|ать)|выкручив|замачив|"
    r"кипятить|полоска|hand-wash|wash(?!ed|er|bag)|bleach|(?:non-)?chlorine|wring|spin|soak|steam|"
    r"(?:do not|don[’']t|never|cool|warm|medium|hot) iron|"
    r"iron(?:ing)?(?= (?:on|at|with|without|low|inside|only|if|up|medium|high)(?!\w)|$)|"
    r"(?:dry|wet)[ -]?clean|dry (?:flat|in|on|away)|drying|(?:line|drip|tumble|hang(?: to)?) dry)"
)
"""How an instruction begins."""

_FAMILIES: Final[dict[SignName, re.Pattern[str]]] = {
    "bleach": _word(r"отбел|хлор|bleach|(?:non-)?chlorine"),
    "clean": _word(
        r"химчист|хим\w{0,9}\.? ?чист|(?:сух|мокр|влажн|профессиональн)\w+ чистк|аквачист|"
        r"(?:dry|wet)[ -]?clean|professional\w* clean"
    ),
    "iron": _word(r"глад|глаж|утюж|iron"),
    "dry": _word(r"суш|барабан|tumble|dry(?![ -]?clean)|drip|hang"),
    "wring": _word(r"отж(?:им|ать|м)|выж(?:им|ать|м)|выкручив|wring"),
    "wash": _word(r"стир|wash|launder|(?:\w+ )?cycle"),
}
_HAND = _word(r"ручн|рук(?:ами|ах)|вручную|hand")
_MACHINE = _word(r"машин|центрифуг|machine")
_DRUM = _word(r"барабан|машин|сушил|tumble|machine|dryer|drier")
_NOT = re.compile(
    r"(?<!\w)(?:не|нельзя|без|избега\w+|do not|don[’']t|never|not|no|avoid)(?: \w+){0,2} ?$",
    re.IGNORECASE,
)
_FORBIDDEN = _word(
    r"запрещ|нельзя|недопуст|не (?:рекоменд|допуск|разреш)|not (?:allow|recommend)|prohib|forbid"
)
_NEEDLESS = _word(r"(?:не|no|not) (?:\w+ )?(?:треб|нужн|надо|нужда|need|requir)|без глаж")
_PARTLY = _word(
    r"принт|рисун|аппликац|вышив|нашив|надпис|батаре|радиатор|обогрев|сильно|слишком|часто|"
    r"print|decor|appliqu|embroid|radiator|heater|hard|too|often"
)
"""What an instruction forbids alone where it names it: no sign says that."""
_AT_MOST = _word(r"(?:выше|свыше|более|больше|горяч|высок|above|over|hot|high|more than|exceed)")
_OXYGEN = _word(
    r"(?:не|без|no|not|never|non|free)\b.{0,40}(?:хлор|chlor)|кислород|oxygen|non-chlor"
)
_STEAMLESS = _word(r"(?:без|не|without|not|no)(?: \w+){0,2} (?:пар(?:а|ом|у)?(?!\w)|steam)")
_WET = _word(r"аква|мокр|влажн|wet")
_HEATS: Final = (
    _word(r"низк|слаб|чуть|прохладн|т[её]пл|(?:не|no|not) (?:\w+ )?(?:горяч|hot)|low|cool"),
    _word(r"средн|умеренн|medium|warm|normal"),
    _word(r"высок|горяч|high|hot"),
)
_HEATED_TO: Final = (110, 150, 999)
"""Degrees up to which an iron has one, two and three dots."""
_DRUM_TO: Final = (60, 999)
_MILD: Final = (_word(r"бережн|щадящ|gentl|mild"), _word(r"деликатн|delicate|very (?:mild|gentl)"))
_SUN = _word(r"солн|луч(?:ей|ами|ах|и)(?!\w)|sun")
_KINDS: Final = {
    "line": _word(r"вер[её]в|вертикальн|вешал|плечик|подвешен|развешен|line|hang"),
    "drip": _word(r"без (?:отжима|выжимания)|drip"),
    "flat": _word(r"плоск|горизонтальн|расправл|разлож|flat|horizontal"),
    "shade": _word(
        r"тен[иь]|shade|(?:вдали|без|избега\w+|away|out|avoid)(?: \w+){0,3} (?:луч|солн|sun)"
    ),
}
_DEGREES = re.compile(
    r"(?<![\d.,])(?:[2-9][05]|1\d0|2[01]0)"
    r"(?!\d|[.,]\d| ?(?:мин|час|раз|дн|об|min|h|times|days|%|°? ?f\b))",
    re.IGNORECASE,
)
_TUB_AT_MOST: Final = 95


@dataclass(frozen=True, slots=True)
class CareSign:
    """What a sign shows: ``crossed`` forbids it, ``degrees`` stand in a tub, empty for none.

    ``dots`` are the heat of an iron or a drum, ``bars`` below the sign how gently it is treated: 0
    where nothing was said. ``kinds`` are ways to dry ("line", "drip", "flat", "shade"), "oxygen"
    for a bleach without chlorine, "steamless" for an iron, "wet" for cleaning.
    """

    name: SignName
    crossed: bool = False
    degrees: str = ""
    dots: int = 0
    bars: int = 0
    kinds: tuple[str, ...] = ()


_OTHER: Final = CareSign("other")


def sign_of(text: str) -> CareSign:
    """Find the sign for one instruction; "other" where there is none for sure."""
    line = text.replace("\u00a0", " ")
    found = {name: match for name, words in _FAMILIES.items() if (match := words.search(line))}
    if not found or _NEEDLESS.search(line):
        return _OTHER
    # A wash without bleach is about the bleach.
    name = "bleach" if "bleach" in found else min(found, key=lambda one: found[one].start())
    crossed = _NOT.search(line[: found[name].start()]) is not None
    partly = crossed and _PARTLY.search(line) is not None
    crossed = crossed or _FORBIDDEN.search(line) is not None
    if partly:
        return _OTHER
    sign = _READERS[name](line, crossed)
    return replace(sign, bars=0) if sign.crossed else sign


def _washed(line: str, crossed: bool) -> CareSign:  # noqa: FBT001 - see `_READERS`
    by_hand, by_machine = _HAND.search(line), _MACHINE.search(line)
    if crossed and _AT_MOST.search(line):
        crossed = False  # not hotter than that
    elif crossed and (by_hand or by_machine):
        return _OTHER  # only so
    if by_hand and not by_machine:
        return CareSign("hand")
    degrees = _degrees(line)
    told = str(degrees) if 0 < degrees <= _TUB_AT_MOST and not crossed else ""
    return CareSign("wash", crossed, told, bars=_first(_MILD, line))


def _bleached(line: str, crossed: bool) -> CareSign:  # noqa: FBT001 - see `_READERS`
    if _OXYGEN.search(line):
        return CareSign("bleach", kinds=("oxygen",))
    return CareSign("bleach", crossed)


def _ironed(line: str, crossed: bool) -> CareSign:  # noqa: FBT001 - see `_READERS`
    degrees = _degrees(line)
    dots = _up_to(_HEATED_TO, degrees) if degrees else _first(_HEATS, line)
    kinds = ("steamless",) if _STEAMLESS.search(line) else ()
    if kinds:
        crossed = False
    elif crossed and _AT_MOST.search(line):
        crossed, dots = False, dots if degrees else 1  # not hotter than that
    return CareSign("iron", crossed, dots=0 if crossed else dots, kinds=kinds)


def _dried(line: str, crossed: bool) -> CareSign:  # noqa: FBT001 - see `_READERS`
    if crossed and _SUN.search(line):
        return CareSign("dry", kinds=("shade",))
    if _DRUM.search(line):
        degrees = _degrees(line)
        dots = _up_to(_DRUM_TO, degrees) if degrees else _first((*_HEATS[:2], *_MILD[:1]), line)
        # A gentle drum is a cool one.
        return CareSign("tumble", crossed, dots=0 if crossed else {3: 1}.get(dots, dots))
    kinds = tuple(name for name, words in _KINDS.items() if words.search(line))
    return _OTHER if crossed else CareSign("dry", kinds=kinds)


def _cleaned(line: str, crossed: bool) -> CareSign:  # noqa: FBT001 - see `_READERS`
    wet = ("wet",) if _WET.search(line) else ()
    return CareSign("clean", crossed, bars=_first(_MILD, line), kinds=wet)


def _wrung(line: str, crossed: bool) -> CareSign:  # noqa: FBT001 - see `_READERS`
    return CareSign("wring", crossed=True) if crossed and not _MACHINE.search(line) else _OTHER


_READERS: Final = {
    "wash": _washed,
    "bleach": _bleached,
    "iron": _ironed,
    "dry": _dried,
    "clean": _cleaned,
    "wring": _wrung,
}
"""Each takes a line of its family and whether it forbids."""


def _degrees(line: str) -> int:
    found = _DEGREES.search(line)
    return 0 if found is None else int(found[0])


def _up_to(bounds: tuple[int, ...], degrees: int) -> int:
    return next(dots for dots, most in enumerate(bounds, 1) if degrees <= most)


def _first(patterns: tuple[re.Pattern[str], ...], line: str) -> int:
    """Return the number, from 1, of the first pattern that is found; 0 where none is."""
    return next((number for number, one in enumerate(patterns, 1) if one.search(line)), 0)
