"""Backgrounds: the presets of a folder, a seller's own picture, and how either fills a frame."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast, get_args

import cv2
import numpy as np
from PIL import Image

from pipeline.errors import BackdropError, PhotoTooSmallError
from pipeline.scenes import USUAL, Scene, read
from pipeline.values import checked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.values import Photo, Pixels

ShadowKind: TypeAlias = Literal["none", "soft", "lying", "floating"]
"""``soft`` stands on the floor, ``lying`` lies on it, ``floating`` hangs before a wall."""

MAX_DECODED = 8
"""Decoded pictures kept in memory, of however many; one of 2,048 x 2,048 pixels takes 13 MB."""
MAX_CACHED_PIXELS = 2_000_000
"""Pixels up to which the last frame that a background filled is kept: 6 MB."""
SOFT_BELOW = 1000
"""Pixels; an own picture whose longer side is below this looks soft behind a sharp product."""
MIN_SIDE = 240
"""Pixels; an own picture whose shorter side is below this is refused."""
SUBLEVELS = 256
"""Backgrounds are resampled in this many steps a level."""
BASE = 0.84
"""Where a product stands in a frame, as a share of its height."""
PAINTED_CONTACT = 0.8
"""Where a product stands in a drawn scene, a share of its height: its floor is the lower third."""
GRADIENT_SIDE = 512
"""Side of a gradient before it is fitted to a picture, in pixels."""
PLAIN_SIDE = 16
"""Pixels of a side of a background of one colour; it fills any frame."""
NOISE_SIDE = 256
"""Side of the square of noise that the dither repeats."""


@dataclass(frozen=True, slots=True)
class Light:
    """How a background lights what is put on it; all strengths are 0..1."""

    shadow: ShadowKind = "soft"
    strength: float = 0.8
    tone: float = 0.5


@dataclass(frozen=True, slots=True)
class Preset:
    """One entry of ``presets.toml``.

    ``titles`` maps a language code to what the seller reads; ``words`` are further names that a
    seller may write in its place. ``surface`` is the file of the same material seen from above,
    empty where ``file`` serves. ``group`` is one of the list's groups.
    """

    name: str
    file: str
    titles: dict[str, str]
    light: Light
    words: tuple[str, ...] = ()
    surface: str = ""
    group: str = ""

    @property
    def spoken(self) -> tuple[str, ...]:
        """All that a seller may call it."""
        return (self.name, *self.titles.values(), *self.words)


@dataclass(frozen=True, slots=True, eq=False)
class Backdrop:
    """A background ready to be composed on.

    ``pixels`` is (height, width, 3) uint8 RGB, of its own size, and read-only. ``is_small`` tells
    that it has to be enlarged so far that the seller should know. ``scene`` tells where a product
    stands and how it is lit. Raises ValueError where it is something else.
    """

    pixels: Pixels
    light: Light = Light()
    is_small: bool = False
    open_surface: Callable[[], Backdrop] | None = None
    """Opens `surface`, where that is another picture: it is not decoded before it is needed."""
    scene: Scene = USUAL
    is_generated: bool = False
    """Whether a model has drawn it: what is composed on it is marked so."""
    _last: dict[tuple[int, int], Pixels] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pixels", checked(self.pixels, ("h", "w", 3), "uint8"))

    @property
    def surface(self) -> Backdrop:
        """What a product that lies is put on: the same seen from above, or this one.

        Raises BackdropError where it cannot be read.
        """
        return self if self.open_surface is None else self.open_surface()

    @property
    def is_pure_white(self) -> bool:
        """Whether every pixel is 255."""
        white = np.iinfo(np.uint8).max
        return bool((self.pixels[0, 0] == white).all()) and int(self.pixels.min()) == white

    def crop(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Choose the part that covers a frame: its left, top, width and height in pixels.

        Sideways it is the middle. The floor comes where a product stands in the frame, as far as
        the picture reaches.
        """
        rows, columns = self.pixels.shape[:2]
        left, top, wide, high = middle(rows, columns, width, height)
        if self.scene.contact is not None:
            wished = round(self.scene.contact * rows - BASE * high)
            top = min(max(wished, 0), rows - high)
        return left, top, wide, high

    def stage(self, width: int, height: int) -> tuple[float, float] | None:
        """Return where a podium is in a frame: its height and width, as shares; None without."""
        scene = self.scene
        if scene.contact is None or not scene.is_podium:
            return None
        rows, columns = self.pixels.shape[:2]
        _, top, wide, high = self.crop(width, height)
        return (scene.contact * rows - top) / high, min(1.0, scene.width * columns / wide)

    def filled(self, width: int, height: int) -> Pixels:
        """Cover a frame by `fill`: a new array.

        A seller's photos are of one size, and markets' formats are few: the last is kept. Returns
        (height, width, 3) uint8 RGB; both sides are in pixels.
        """
        size = width, height
        known = self._last.get(size)
        if known is not None:
            return known.copy()
        filled = fill(self.pixels, width, height, self.crop(width, height))
        if width * height <= MAX_CACHED_PIXELS:
            self._last.clear()
            self._last[size] = filled.copy()
        return filled


class Backdrops:
    """The presets of a folder, as its ``presets.toml`` names them."""

    def __init__(self, folder: Path) -> None:
        """Read the list. Raises BackdropError where it is missing or wrong."""
        self._folder = folder
        try:
            listed = tomllib.loads((folder / "presets.toml").read_text(encoding="utf-8"))
            presets = [preset(entry) for entry in listed["preset"]]
            groups = {str(entry["name"]): dict(entry["title"]) for entry in listed.get("group", ())}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BackdropError(f"{folder / 'presets.toml'} is unusable: {error!r}") from error
        self._presets = {preset.name: preset for preset in presets}
        self.groups: Mapping[str, Mapping[str, str]] = groups
        self._open = lru_cache(maxsize=MAX_DECODED)(self._decode)

    @property
    def names(self) -> tuple[str, ...]:
        """The presets' names, in the order in which the seller sees them."""
        return tuple(self._presets)

    @property
    def presets(self) -> tuple[Preset, ...]:
        """What the list says of each, in that order."""
        return tuple(self._presets.values())

    def preset(self, name: str) -> Preset:
        """Return what the list says of ``name``. Raises BackdropError where it has none."""
        try:
            return self._presets[name]
        except KeyError:
            known = ", ".join(self._presets)
            raise BackdropError(f"no background {name!r}; there are {known}") from None

    def load(self, name: str) -> Backdrop:
        """Return the preset ``name``, decoded. Raises BackdropError where that fails."""
        chosen = self.preset(name)
        return self._open(chosen.file, chosen.light, chosen.surface)

    def _decode(self, file: str, light: Light, surface: str = "") -> Backdrop:
        opener = partial(self._open, surface, light) if surface else None
        try:
            scene = read((self._folder / file).with_suffix(".json"))
            with Image.open(self._folder / file) as picture:
                pixels = np.asarray(picture.convert("RGB"))
            return Backdrop(pixels, light, open_surface=opener, scene=scene)
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise BackdropError(f"background {file!r} cannot be read: {error}") from error


def preset(entry: dict[str, Any]) -> Preset:
    """Check one table of the list. Raises KeyError, TypeError or ValueError where it is wrong."""
    usual = Light()
    shadow = entry.get("shadow", usual.shadow)
    if shadow not in get_args(ShadowKind):
        raise ValueError(f"shadow of {entry['name']!r} is {shadow!r}")
    light = Light(
        cast("ShadowKind", shadow),
        float(entry.get("strength", usual.strength)),
        float(entry.get("tone", usual.tone)),
    )
    if not (0 <= light.strength <= 1 and 0 <= light.tone <= 1):
        raise ValueError(f"strength and tone of {entry['name']!r} must lie in 0..1")
    return Preset(
        str(entry["name"]),
        str(entry["file"]),
        dict(entry["title"]),
        light,
        tuple(map(str, entry.get("words", ()))),
        str(entry.get("surface", "")),
        str(entry.get("group", "")),
    )


def own_backdrop(photo: Photo) -> Backdrop:
    """Make a background of a seller's own picture.

    Raises PhotoTooSmallError where its shorter side is below MIN_SIDE. One whose longer side is
    below SOFT_BELOW looks soft, which ``is_small`` tells.
    """
    if min(photo.size) < MIN_SIDE:
        raise PhotoTooSmallError(f"a background of {photo.size}", limit=MIN_SIDE)
    return Backdrop(photo.pixels, Light(), is_small=max(photo.size) < SOFT_BELOW)


def painted_backdrop(photo: Photo, *, above: bool) -> Backdrop:
    """Make a background of a scene that a model has drawn by our prompt, seen from ``above`` or no.

    Raises PhotoTooSmallError as `own_backdrop`.
    """
    light = Light("lying") if above else Light()
    scene = replace(USUAL, elevation=90.0) if above else replace(USUAL, contact=PAINTED_CONTACT)
    return replace(own_backdrop(photo), light=light, scene=scene, is_generated=True)


def plain(digits: str) -> Backdrop:
    """Make a background of one colour: six hexadecimal digits. Raises ValueError."""
    red, green, blue = bytes.fromhex(digits)
    return Backdrop(np.full((PLAIN_SIDE, PLAIN_SIDE, 3), (red, green, blue), np.uint8))


def gradient(top: str, bottom: str) -> Backdrop:
    """Make a background that goes from one colour to another, as `plain` has them."""
    first, last = (np.frombuffer(bytes.fromhex(digits), np.uint8) for digits in (top, bottom))
    down = np.linspace(first, last, GRADIENT_SIDE).round().astype(np.uint8)
    return Backdrop(np.repeat(down[:, None], GRADIENT_SIDE, axis=1))


def middle(rows: int, columns: int, width: int, height: int) -> tuple[int, int, int, int]:
    """Choose the middle of a picture that has the shape of a frame: left, top, width and height."""
    scale = max(width / columns, height / rows)
    wide = min(columns, max(1, round(width / scale)))
    high = min(rows, max(1, round(height / scale)))
    return (columns - wide) // 2, (rows - high) // 2, wide, high


def fill(
    pixels: Pixels, width: int, height: int, crop: tuple[int, int, int, int] | None = None
) -> Pixels:
    """Cover a frame of ``width`` x ``height`` by a part of ``pixels``, never stretched.

    Always a new array. Resampled values are dithered by half a level before they are rounded, which
    hides bands in smooth gradients and leaves flat areas exactly as they are. ``pixels`` and the
    answer are (h, w, 3) uint8 RGB; sizes are in pixels. ``crop`` is the part's left, top, width and
    height; without it, it is the middle.
    """
    rows, columns = pixels.shape[:2]
    left, top, wide, high = crop or middle(rows, columns, width, height)
    scale = max(width / wide, height / high)
    view = pixels[top : top + high, left : left + wide]
    if (wide, high) == (width, height):
        return view.copy()
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    filled = np.empty((height, width, 3), np.uint8)
    # A channel at a time: in 16 bits, all three of a large frame would be the peak of memory.
    steps = np.arange(256, dtype=np.uint16).reshape(1, -1) * np.uint16(SUBLEVELS)
    for channel in range(3):
        fine = cv2.LUT(cv2.extractChannel(view, channel), steps)
        fine = cv2.resize(fine, (width, height), interpolation=method)
        cv2.insertChannel(dithered(fine, channel), filled, channel)
    return filled


def dithered(fine: NDArray[np.uint16], seed: int) -> NDArray[np.uint8]:
    """Round (h, w) of SUBLEVELS steps a level to uint8 under rectangular dither; changes ``fine``.

    The noise stays below half a level either way, so that whole levels stay what they are.
    """
    half = SUBLEVELS // 2 - 1
    noise = np.random.default_rng(seed).integers(
        0, 2 * half, (NOISE_SIDE, NOISE_SIDE), np.uint16, endpoint=True
    )
    height, width = fine.shape
    wide = np.tile(noise, (1, -(-width // NOISE_SIDE)))[:, :width]
    for top in range(0, height, NOISE_SIDE):
        part = fine[top : top + NOISE_SIDE]
        cv2.add(part, wide[: part.shape[0]], dst=part)
    rounded: NDArray[np.uint8] = cv2.convertScaleAbs(
        fine, alpha=1 / SUBLEVELS, beta=-half / SUBLEVELS
    )
    return rounded
