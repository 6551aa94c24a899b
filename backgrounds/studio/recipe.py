"""What ``scenes.toml`` says of a scene."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

FILE = Path(__file__).parents[1] / "scenes.toml"

View: TypeAlias = Literal["front", "above"]


@dataclass(frozen=True, slots=True)
class Finish:
    """What something is made of: a texture of ``textures.py`` in ``colours``, each #rrggbb."""

    colours: tuple[str, ...]
    texture: str = "paper"


@dataclass(frozen=True, slots=True)
class Prop:
    """Something in the scene: a shape of ``shapes.py``, the numbers that it takes, its finish."""

    shape: str
    finish: Finish
    numbers: dict[str, float] = field(default_factory=dict)
    is_glossy: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """The key light: an area light that is a disc as seen from the product.

    ``azimuth`` in degrees tells from where it comes: 0 from the camera, 90 from the left, 180 from
    behind; ``elevation`` is above the floor, ``size`` the disc's angular radius. ``ambient`` is the
    light from all round against the key's on the floor. ``colour`` is linear RGB, the largest 1.
    ``gobo`` is what stands between: "", "window" or "leaves".
    """

    azimuth: float = 50.0
    elevation: float = 52.0
    size: float = 16.0
    ambient: float = 0.9
    colour: tuple[float, float, float] = (1.0, 0.97, 0.93)
    gobo: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One picture: the product's place is the origin; one unit is nearly half the frame's width.

    ``kind`` is the set: "sweep", whose floor bends into the wall, "room" with a corner, or "table".
    From above only the floor is seen. ``drop`` is how far the floor lies below the product, and
    ``gloss`` how much of the product the floor mirrors.
    """

    name: str
    view: View
    floor: Finish
    wall: Finish
    kind: str = "sweep"
    key: Key = Key()
    props: tuple[Prop, ...] = ()
    drop: float = 0.0
    back: float = 1.4
    width: float = 0.0
    gloss: float = 0.0
    samples: int = 48


KEYS = {
    "front": Key(),
    "above": Key(azimuth=130.0, elevation=50.0, size=14.0, ambient=0.7),
}
"""The key light of a scene that names none: a flat lay is lit from the upper left."""


def recipes(file: Path = FILE) -> dict[str, Recipe]:
    """Read all scenes by their names. Raises OSError, KeyError, TypeError or ValueError."""
    listed = tomllib.loads(file.read_text(encoding="utf-8"))
    return {entry["name"]: _recipe(entry) for entry in listed["scene"]}


def _recipe(entry: dict[str, Any]) -> Recipe:
    plain = {key: entry[key] for key in entry.keys() - {"floor", "wall", "key", "props"}}
    floor = _finish(entry["floor"])
    key = dict(entry.get("key", {}))
    if "colour" in key:
        key["colour"] = tuple(key["colour"])
    light = Key(**key) if key else KEYS[entry["view"]]
    return Recipe(
        **plain,
        floor=floor,
        wall=_finish(entry["wall"]) if "wall" in entry else floor,
        key=light,
        props=tuple(_prop(prop) for prop in entry.get("props", ())),
    )


def _finish(entry: dict[str, Any]) -> Finish:
    return Finish(tuple(entry["colours"]), entry.get("texture", "paper"))


def _prop(entry: dict[str, Any]) -> Prop:
    known = {"shape", "finish", "glossy"}
    return Prop(
        entry["shape"],
        _finish(entry["finish"]),
        {key: float(value) for key, value in entry.items() if key not in known},
        is_glossy=bool(entry.get("glossy", False)),
    )
