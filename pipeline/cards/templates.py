"""The templates: a Typst file that draws, and a TOML file that says what it needs and where."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Final
from weakref import finalize

from pipeline.cards.colours import Palette
from pipeline.cards.staging import COMMON, stage
from pipeline.cards.typeset import Typesetter
from pipeline.errors import CardError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.cards.values import CardContent, Shape

FOLDER: Final = Path(__file__).parent / "templates"
_NEEDS: Final = frozenset(
    {
        "claims",
        "sizes",
        "price",
        "care",
        "contents",
        "material",
        "care_or_material",
        "claims_or_price",
    }
)

Share = tuple[float, float, float, float]
"""Left, top, right and bottom in shares of the frame."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a text may go: the free rectangle ``within`` a box that is worth most.

    It is no narrower and no lower than ``least``; what is more than ``most`` is worth nothing. All
    in shares of the frame.
    """

    within: Share
    least: tuple[float, float] = (0.0, 0.0)
    most: tuple[float, float] = (1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Callouts:
    """Where labels with lines to the product stand: columns ``left`` and ``right`` of it.

    Or rows ``above`` and ``below``: from and to in shares of the frame; None where there are none.
    ``across`` is what the labels of a row share out, ``most`` how many a side has.
    """

    left: tuple[float, float] | None = None
    right: tuple[float, float] | None = None
    above: tuple[float, float] | None = None
    below: tuple[float, float] | None = None
    across: tuple[float, float] = (0.05, 0.95)
    most: int = 3


@dataclass(frozen=True, slots=True)
class Arrangement:
    """One way to lay a template out, for frames of these ``shapes``.

    ``product`` is the box that the product fills, ``align`` "bottom" where it stands on its lower
    edge. ``fixed`` are boxes that are drawn and hold no text. Titles keep away from ``logo``, the
    box of a brand's logo. ``weight`` is what its product's size is worth beside that of others.
    """

    name: str
    shapes: tuple[str, ...]
    product: Share
    slots: dict[str, Slot]
    fixed: dict[str, Share] = field(default_factory=dict)
    align: str = "middle"
    callouts: Callouts | None = None
    logo: Share = (0.78, 0.05, 0.94, 0.115)
    weight: float = 1.0


@dataclass(frozen=True)
class Template:
    """A kind of card. ``titles`` maps a language code to what the seller reads.

    ``needs`` is how many of each a content must have. ``over`` tells that something is drawn on the
    product: never text. ``ground`` are the colours of the palette at the top and at the bottom.
    """

    name: str
    path: Path
    order: int
    titles: dict[str, str]
    needs: dict[str, int]
    arrangements: tuple[Arrangement, ...]
    over: bool = False
    shadow: str = "soft"
    ground: tuple[str, str] = ("ground", "ground_far")

    @cached_property
    def typesetter(self) -> Typesetter:
        """The template, ready to be set. Raises WeightsError where a font is bad."""
        return Typesetter(self.path)

    def title(self, language: str) -> str:
        """Name the template to a seller who reads ``language``."""
        return self.titles.get(language) or self.titles.get("en", self.name)

    def fits(self, content: CardContent) -> bool:
        """Tell whether there is enough to fill it with."""
        return bool(content.title) and all(
            _count(content, what) >= least for what, least in self.needs.items()
        )

    def suits(self, shape: Shape) -> bool:
        """Tell whether it can be laid out in such a frame."""
        return any(shape in one.shapes for one in self.arrangements)


def _count(content: CardContent, what: str) -> int:
    if what == "care_or_material":
        return len(content.care) + bool(content.material)
    if what == "claims_or_price":
        return len(content.claims) + bool(content.price)
    found = getattr(content, what)
    return len(found) if isinstance(found, tuple) else int(bool(found))


class Templates:
    """All templates of a folder, by name, in the order of their buttons.

    ``own`` names those of the operator's among them.
    """

    def __init__(self, folder: Path = FOLDER, own: Path | None = None) -> None:
        """Read the folder, and that of the operator's, whose templates take the place of others.

        Raises CardError where a template is wrong.
        """
        named = {one.name: one for one in _all(folder)}
        self.own: tuple[str, ...] = ()
        if own is not None:
            # They are set from a copy, which goes when nobody holds this any more.
            staged = Path(mkdtemp(prefix="vitrina-cards-"))
            finalize(self, rmtree, staged, ignore_errors=True)
            stage(own, folder / COMMON, staged)
            added = {one.name: one for one in _all(staged)}
            self.own = tuple(added)
            named |= added
        found = sorted(named.values(), key=lambda one: (one.order, one.name))
        self._templates = {one.name: one for one in found}

    @property
    def names(self) -> tuple[str, ...]:
        """The templates' names, in the order in which the seller sees them."""
        return tuple(self._templates)

    def get(self, name: str) -> Template:
        """Return a template. Raises CardError where there is none of that name."""
        try:
            return self._templates[name]
        except KeyError:
            raise CardError(f"no card {name!r}; there are {', '.join(self._templates)}") from None

    def fits(self, name: str, content: CardContent) -> bool:
        """Tell whether there is enough to fill a template with. Raises CardError for another."""
        return self.get(name).fits(content)

    def fitting(self, content: CardContent) -> tuple[str, ...]:
        """Name the templates that there is enough to fill with."""
        return tuple(name for name in self.names if self.fits(name, content))


@cache
def load_templates(own: Path | None = None) -> Templates:
    """Read the templates that there are, once; ``own`` is the folder of an operator's.

    Raises CardError where one is wrong.
    """
    return Templates(own=own)


def _all(folder: Path) -> list[Template]:
    return [_read(path) for path in sorted(folder.glob("*.toml")) if path.stem != "words"]


def _read(path: Path) -> Template:
    try:
        return _template(path, tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CardError(f"the template {path.name} is unusable: {_told(error)}") from error


def _told(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{', '.join(map(str, error.args))} is missing or unknown"
    return str(error)


def _template(path: Path, told: dict[str, Any]) -> Template:
    unknown = told.keys() - {
        "order", "title", "needs", "over", "shadow", "ground", "arrangement"
    }  # fmt: skip
    unknown |= told.get("needs", {}).keys() - _NEEDS
    if unknown:
        raise KeyError(*sorted(unknown))
    drawing = path.with_suffix(".typ")
    if not drawing.is_file():
        raise ValueError(f"{drawing.name} is missing")
    return Template(
        name=path.stem,
        path=drawing,
        order=int(told["order"]),
        titles=dict(told["title"]),
        needs=dict(told.get("needs", {})),
        arrangements=tuple(map(_arrangement, _by_edges(told["arrangement"]))),
        over=bool(told.get("over", False)),
        shadow=str(told.get("shadow", "soft")),
        ground=_ground(told.get("ground", ["ground", "ground_far"])),
    )


def _by_edges(arrangements: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Give an arrangement for each of its edges, the largest product first.

    An edge is the product's lower one; the slots below it keep their distance.
    """
    for told in arrangements:
        rest = {key: value for key, value in told.items() if key not in {"edges", "slots"}}
        left, top, right, bottom = told["product"]
        for edge in sorted(told.get("edges", [bottom]), reverse=True):
            slots = {}
            for name, slot in told.get("slots", {}).items():
                x, y, *ends = slot["within"]
                down = edge - bottom if y >= bottom else 0
                slots[name] = {**slot, "within": [x, y + down, *ends]}
            yield {**rest, "product": [left, top, right, edge], "slots": slots}


def _arrangement(told: dict[str, Any]) -> Arrangement:
    slots = {name: _slot(one) for name, one in told.get("slots", {}).items()}
    callouts = told.get("callouts")
    rest = {key: value for key, value in told.items() if key not in {"slots", "callouts", "fixed"}}
    return Arrangement(
        **{
            **rest,
            "shapes": tuple(told["shapes"]),
            "product": _share(told["product"]),
            "slots": slots,
            **({"logo": _share(told["logo"])} if "logo" in told else {}),
            "fixed": {name: _share(one) for name, one in told.get("fixed", {}).items()},
            "callouts": None if callouts is None else Callouts(**_tuples(callouts)),
        }
    )


def _ground(told: list[str]) -> tuple[str, str]:
    top, bottom = told
    if not {top, bottom} <= {one.name for one in fields(Palette)}:
        raise ValueError(f"ground is {told}, expected two colours of the palette")
    return top, bottom


def _slot(told: dict[str, Any]) -> Slot:
    values = _tuples(told)
    return Slot(**{**values, "within": _share(told["within"])})


def _tuples(told: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(one) if isinstance(one, list) else one for key, one in told.items()}


def _share(told: list[float]) -> Share:
    left, top, right, bottom = map(float, told)
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise ValueError(f"{told} is no box in shares of the frame")
    return left, top, right, bottom
