"""Trace the scenes named, or all: a JPEG and a JSON of what is known of it, beside presets.toml."""

from __future__ import annotations

import argparse
import json
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pyoidn

from backgrounds.studio import finish, tracing
from backgrounds.studio.camera import Camera
from backgrounds.studio.recipe import Finish, Recipe, recipes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from backgrounds.studio.camera import Geometry
    from backgrounds.studio.recipe import Key
    from backgrounds.studio.tracing import Part

PLAIN, ROOM, CRISP, THINGS = 128, 256, 384, 512
"""Sides of the square in which light is traced, in pixels: of a bare sweep, of a floor and a wall,
with the sun's edges, and with things, whose shadows are small where they touch the floor. Geometry
has twice as many."""
FEWER = 0.5
"""The share of a pixel's samples with which so many pixels of things do."""

SMOOTH = 0.02
"""Deviation of the blur of light without edges, in sides of the picture."""
GREY = Finish(("#bcbcbc",))
FORWARD = 0.2
"""Units before a podium's middle at which a product's foot is seen to stand."""
SHADED = 0.7
"""The share of light from all round where a window's or leaves' shadow lies."""


def main() -> int:
    """Render what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="scenes of scenes.toml; all where none is named")
    parser.add_argument("--folder", type=Path, default=Path(__file__).parents[1])
    parser.add_argument("--share", type=float, default=1.0, help="of the samples, for a look")
    parser.add_argument("--side", type=int, default=finish.SIDE, help="in pixels, for a look")
    given = parser.parse_args()
    known = recipes()
    for name in given.names or known:
        recipe = known[name]
        data, told = render(recipe, given.share, given.side)
        (given.folder / f"{name}.jpg").write_bytes(data)
        text = json.dumps(told, indent=2, sort_keys=True)
        (given.folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        print(f"{name}: {len(data) // 1000} kB", flush=True)  # noqa: T201 - its progress
    return 0


def render(recipe: Recipe, share: float, wanted: int) -> tuple[bytes, dict[str, Any]]:
    """Return the JPEG and what the renderer knows."""
    camera = Camera.of(recipe)
    colours = [recipe.floor, recipe.wall, *(prop.finish for prop in recipe.props)]
    parts = tracing.parts_of(recipe, {c: finish.linear(c) for f in colours for c in f.colours})
    side = CRISP if recipe.key.gobo else ROOM if len(parts) > 1 else PLAIN
    if recipe.props and not recipe.key.gobo:
        side, share = THINGS, share * FEWER
    side = min(side, wanted // 2)
    samples = max(4, round(recipe.samples * share))
    if recipe.view == "above" and not recipe.props:  # light is the same on any one surface
        light, coarse, fine = on_bare_floor(recipe.key, side, samples, wanted)
    else:
        light, coarse, fine = traced(recipe, parts, side, samples, wanted)
    level = exposure(recipe, light, coarse)
    even = np.asarray(light / level, np.float32)
    doubtful = 1 if recipe.props else 2
    painted = finish.upsampled(even, coarse.part, fine.part, doubtful=doubtful)
    painted *= finish.albedo(recipe, parts, fine)
    pixels = finish.developed(painted, fine, len(recipe.name))
    return finish.jpeg(pixels), told(recipe, camera, light, level)


@lru_cache(maxsize=1)
def on_bare_floor(
    key: Key, side: int, samples: int, wanted: int
) -> tuple[NDArray[Any], Geometry, Geometry]:
    """Trace, as `traced` does, what falls on a floor that is seen from above."""
    recipe = Recipe("", "above", GREY, GREY, key=key)
    parts = tracing.parts_of(recipe, {c: finish.linear(c) for c in GREY.colours})
    return traced(recipe, parts, side, samples, wanted)


def traced(
    recipe: Recipe, parts: list[Part], side: int, samples: int, wanted: int
) -> tuple[NDArray[Any], Geometry, Geometry]:
    """Trace the light on each of ``side`` pixels a side, without noise, and what they show.

    The last of the answer is what each of ``wanted`` pixels a side shows.
    """
    camera = Camera.of(recipe)
    with tracing.temporary() as folder:
        loaded = tracing.scene(recipe, parts, Path(folder))
        noisy = tracing.radiance(loaded, camera, side, samples)
        coarse = tracing.geometry(loaded, camera, side)
        part = tracing.parts_seen(loaded, camera, wanted) if recipe.props else None
        fine = finish.enlarged(tracing.geometry(loaded, camera, 2 * side), wanted, part)
    mean = np.array([np.ones(3) if part.is_glossy else part.albedo for part in parts])
    light = np.asarray(noisy / mean[coarse.part], np.float32)
    return clean(light, coarse, sharp=bool(recipe.key.gobo)), coarse, fine


def clean(light: NDArray[Any], coarse: Geometry, *, sharp: bool = False) -> NDArray[Any]:
    """Denoise by Intel Open Image Denoise, guided by the normals.

    Where one part is all that is seen it is blurred too, unless its light is ``sharp``.
    """
    white = np.ones_like(light)
    albedo = np.ascontiguousarray(white * (0.3 + 0.1 * (coarse.part % 5))[:, :, None], np.float32)
    normal = np.ascontiguousarray(coarse.normal, np.float32)
    cleaned = pyoidn.denoise(np.ascontiguousarray(light), albedo=albedo, normal=normal, hdr=True)
    if (coarse.part == coarse.part[0, 0]).all() and not sharp:  # nothing has an edge
        cleaned = cv2.GaussianBlur(cleaned, (0, 0), len(light) * SMOOTH)
    return np.asarray(cleaned, np.float32)


def exposure(recipe: Recipe, light: NDArray[Any], coarse: Geometry) -> NDArray[Any]:
    """Return the light, (3,), under which a colour is to look as named: a grey card's.

    It stands on the wall behind the product, or lies in the middle of a surface.
    """
    side = light.shape[0]
    top, bottom = (0.25, 0.5) if recipe.view == "front" else (0.33, 0.67)
    rows = slice(round(top * side), round(bottom * side))
    card = light[rows, side // 5 : 4 * side // 5]
    wall = int(recipe.kind != "sweep" and recipe.view == "front")
    mine = card[coarse.part[rows, side // 5 : 4 * side // 5] == wall]
    lit = 85 if recipe.key.gobo else 62
    return np.asarray(
        np.percentile(mine if len(mine) else card.reshape(-1, 3), lit, axis=0), np.float32
    )


def told(
    recipe: Recipe, camera: Camera, light: NDArray[Any], level: NDArray[Any]
) -> dict[str, Any]:
    """Describe the scene for the composition; shares are of the picture's width and height."""
    _, contact = camera.seen((0.0, -FORWARD if recipe.width else 0.0, 0.0))
    key, side = recipe.key, light.shape[0]
    row = min(side - 1, round(contact * side))
    floor = light[row - 2 : row + 3, side // 2 - 5 : side // 2 + 5].mean(axis=(0, 1)) * np.pi
    ambient = np.clip(1 - np.asarray(key.colour) / np.maximum(floor, 1e-3), 0.1, 0.95)
    if key.gobo:  # the product stands where little of the sun comes
        ambient = np.full(3, SHADED)
    ahead = camera.axes[2]
    return {
        "view": recipe.view,
        "contact": round(contact, 4),
        "width": round(recipe.width / camera_width(camera), 4) if recipe.width else 0.0,
        "horizon": round(camera.horizon(), 4) if recipe.view == "front" else None,
        "camera": {
            "tilt": round(float(np.degrees(np.arcsin(-ahead[2]))), 2),
            "field": round(camera.field, 2),
            "elevation": round(camera.elevation, 2),
            "eye": list(camera.eye),
        },
        "light": {
            "azimuth": key.azimuth,
            "elevation": key.elevation,
            "size": max(key.size, 12.0) if key.gobo else key.size,
            "colour": [round(v, 3) for v in key.colour],
            "ambient": [round(float(v), 3) for v in ambient],
        },
        "floor": [round(float(v), 3) for v in floor / np.pi / level],
        "gloss": recipe.gloss,
    }


def camera_width(camera: Camera) -> float:
    """Return how many units the picture is wide at the product."""
    distance = float(np.linalg.norm(np.subtract(camera.eye, camera.target)))
    return float(2 * np.tan(np.radians(camera.field) / 2) * distance)


if __name__ == "__main__":
    sys.exit(main())
